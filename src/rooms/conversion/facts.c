/* An order as it stands now: its items, its shares and what came back of it, put together from the
 * facts, and handed to the books. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "http/json.h"
#include "rooms/conversion/conversion.sql.h"

/* ---- items, as they are kept in JSON
 * ---------------------------------------------------------------------------- */

static str text_of(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT ? value->text : STR_NONE;
}

static int64_t int_of(const struct value *object, const char *name, int64_t otherwise)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT ? value->number : otherwise;
}

err conversion_items_read(struct arena *arena, str json, struct list *out)
{
    struct value list;

    *out = (struct list){ 0 };
    if (str_empty(json))
        return NULL;
    TRY(value_read(arena, json, &list));
    struct conversion_item *items = ARENA_ARRAY(arena, struct conversion_item, list.count + 1);
    for (size_t i = 0; i < list.count; i++)
        items[i] = (struct conversion_item){ .sku = text_of(&list.items[i], "sku"),
            .name = text_of(&list.items[i], "name"),
            .category = text_of(&list.items[i], "category"),
            .quantity = int_of(&list.items[i], "quantity", 1),
            .amount = int_of(&list.items[i], "amount", 0) };
    *out = (struct list){ items, list.count };
    return NULL;
}

/* ---- moved
 * -------------------------------------------------------------------------------------------------------
 */

static size_t find_share(const struct decide_share *shares, size_t count, int64_t partner_id)
{
    size_t i = 0;
    while (i < count && shares[i].partner_id != partner_id)
        i++;
    return i;
}

static void drop_share(struct decide_share *shares, size_t *count, size_t at)
{
    for (size_t i = at; i + 1 < *count; i++)
        shares[i] = shares[i + 1];
    (*count)--;
}

/* One share goes over, into the share that its new owner has already or in place. */
static void move_share(
    struct decide_share *shares, size_t *count, size_t from, const struct conversion_move *move)
{
    size_t to = find_share(shares, *count, move->to_partner_id);

    if (to < *count && to != from) {
        shares[to].share_bp += shares[from].share_bp;
        drop_share(shares, count, from);
        return;
    }
    shares[from] = (struct decide_share){ .partner_id = move->to_partner_id,
        .group = move->to_group,
        .share_bp = shares[from].share_bp };
}

void conversion_apply_move(
    struct decide_share *shares, size_t *count, const struct conversion_move *move)
{
    if (*count == 0) { /* nobody had it */
        shares[0] = (struct decide_share){
            .partner_id = move->to_partner_id, .group = move->to_group, .share_bp = 10000
        };
        *count = 1;
        return;
    }
    if (move->from_partner_id) {
        size_t from = find_share(shares, *count, move->from_partner_id);
        if (from < *count)
            move_share(shares, count, from, move);
        return;
    }
    while (*count > 1 || shares[0].partner_id != move->to_partner_id)
        move_share(shares, count, shares[0].partner_id == move->to_partner_id ? 1 : 0, move);
}

err conversion_shares_now(
    struct db *db, const struct conversion *c, struct decide_share **out, size_t *out_count)
{
    struct touches touches;
    struct decide_share *judged;
    struct list moves;

    TRY(conversion_read_touches(db, c->id, &touches));
    TRY(conversion_moves(db, c->id, &moves));
    *out_count = conversion_shares(&touches, db_arena(db), &judged);
    *out = ARENA_ARRAY(db_arena(db), struct decide_share, *out_count + 1);
    for (size_t i = 0; i < *out_count; i++)
        (*out)[i] = judged[i];
    for (size_t i = 0; i < moves.count; i++)
        conversion_apply_move(*out, out_count, (const struct conversion_move *)moves.at + i);
    return NULL;
}

/* ---- what came back
 * ---------------------------------------------------------------------------------------------- */

static bool is_item(const struct conversion_item *of_order, const struct conversion_item *told)
{
    if (!str_empty(told->sku))
        return str_eq(told->sku, of_order->sku);
    return !str_empty(told->name) && str_eq(told->name, of_order->name);
}

/* What a refund names goes to the first lines of that article; what is more than they are worth
 * counts for the whole order, which the books see to. */
static void add_returned(const struct conversion *c, const struct list *told, int64_t *returned)
{
    const struct conversion_item *items = c->items.at, *back = told->at;

    for (size_t i = 0; i < told->count; i++) {
        int64_t left = back[i].amount;
        for (size_t k = 0; k < c->items.count && left > 0; k++) {
            int64_t room = items[k].amount - returned[k];
            int64_t part = left < room ? left : room;
            if (!is_item(&items[k], &back[i]) || part <= 0)
                continue;
            returned[k] += part;
            left -= part;
        }
    }
}

static int64_t sum_of(const struct list *items)
{
    const struct conversion_item *item = items->at;
    int64_t sum = 0;
    for (size_t i = 0; i < items->count; i++)
        if (__builtin_add_overflow(sum, item[i].amount, &sum))
            return INT64_MAX;
    return sum;
}

bool refund_items_fit(const struct refund *refund, const struct list *items)
{
    return sum_of(items) <= refund->amount;
}

static err read_returned(struct db *db, const struct conversion *c, int64_t **out)
{
    struct list refunds;

    *out = ARENA_ARRAY(db_arena(db), int64_t, c->items.count + 1);
    TRY(conversion_refunds(db, c->id, &refunds));
    const struct refund *refund = refunds.at;
    for (size_t i = 0; i < refunds.count; i++) {
        struct list items;
        if (!str_eq(refund[i].status, STR("applied")) || refund[i].is_late)
            continue;
        TRY(conversion_items_read(db_arena(db), refund[i].items_json, &items));
        if (refund_items_fit(&refund[i], &items))
            add_returned(c, &items, *out);
    }
    return NULL;
}

/* ---- for deciding once more
 * ---------------------------------------------------------------------------------------------- */

err conversion_changes(
    struct db *db, int64_t program_id, int64_t id, struct conversion_changes *out)
{
    struct conversion c = { 0 };
    struct decide_order order;
    int64_t *returned;

    TRY(conversion_find(db, program_id, 0, id, &c));
    TRY(conversion_items(db, &c));
    order = conversion_decide_order(db_arena(db), &c);
    TRY(read_returned(db, &c, &returned));
    *out = (struct conversion_changes){
        .items = order.items, .item_count = order.item_count, .returned = returned
    };
    return conversion_moves(db, id, &out->moves);
}

void conversion_changes_share(
    const struct conversion_changes *changes, struct decide_share *shares, size_t *count)
{
    for (size_t i = 0; i < changes->moves.count; i++)
        conversion_apply_move(shares, count, (const struct conversion_move *)changes->moves.at + i);
}

/* ---- the books follow
 * --------------------------------------------------------------------------------------------------- */

err conversion_gather_facts(struct db *db, struct conversion *c, struct decide_order *order,
    struct commission_order *out)
{
    struct decide_share *shares;
    int64_t *returned;
    size_t count;

    TRY(conversion_items(db, c));
    *order = conversion_decide_order(db_arena(db), c);
    TRY(conversion_shares_now(db, c, &shares, &count));
    TRY(read_returned(db, c, &returned));
    *out = (struct commission_order){ .cause = { .program_id = c->program_id,
                                          .conversion_id = c->id,
                                          .kind = conversion_commission_kind(c),
                                          .order = order,
                                          .shares = shares,
                                          .share_count = count,
                                          .customer_id = c->customer_id,
                                          .hold_days = (int32_t)c->hold_days,
                                          .is_test = c->is_test,
                                          .held = c->status == CONVERSION_UNVERIFIED ? "unverified"
                                                                                     : NULL },
        .told_at = c->created_at,
        .returned = returned };
    return db_int(db, &REFUND_COUNTED, PARAMS(P("conversion_id", c->id)), &out->refunded);
}

err conversion_weigh(struct db *db, struct conversion *c, const struct commission_why *why,
    struct commission_settling *settling)
{
    struct decide_order order;
    struct commission_order now;

    TRY(conversion_gather_facts(db, c, &order, &now));
    return commission_weigh(db, &now, why, settling);
}

err conversion_follow(struct db *db, const struct ledger_act *act, const struct conversion *cause,
    struct commission_settling *settling)
{
    struct commission_why why = { .entry_kind = "adjust",
        .cause_type = "conversion",
        .cause_id = cause->id,
        .reason = STR("volume"),
        .note = cause->order_id };

    for (size_t i = 0; i < settling->ripple.count; i++) { /* they add what they added before */
        struct conversion c = { 0 };
        if (settling->ripple.at[i].is_weighed)
            continue;
        TRY(conversion_find(
            db, cause->program_id, 0, settling->ripple.at[i].conversion_id, &c));
        TRY(conversion_weigh(db, &c, &why, settling));
    }
    return commission_book(db, act, settling);
}

err conversion_books(struct db *db, const struct ledger_act *act, const struct conversion *given,
    const struct commission_why *why)
{
    struct commission_settling settling = { 0 };
    struct conversion c = *given;

    TRY(conversion_weigh(db, &c, why, &settling));
    return conversion_follow(db, act, given, &settling);
}

/* A commission was declined by hand: its order counts for nothing any more. */
static err worth_gone(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    struct ledger_act act = { db_env(db), db_now(db), STR("books") };
    struct commission_why why = { .entry_kind = "adjust",
        .cause_type = "conversion",
        .cause_id = object_id,
        .reason = STR("volume") };
    struct conversion c = { 0 };

    (void)event;
    TRY(conversion_find(db, program_id, 0, object_id, &c));
    return conversion_books(db, &act, &c, &why);
}

const struct listener conversion_listeners[] = {
    { "commission.worth_gone", worth_gone },
    { NULL, NULL },
};
