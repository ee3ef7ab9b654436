/* Facts put together by the second hand: who has a seat, what came back by its name, what the order
 * is now, and whether the rows say what was told. */
#include "rooms/verify/verify_inside.h"

#include "base/arena.h"
#include "http/json.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- who has a seat
 * --------------------------------------------------------------------------------------------------- */

static struct seat *seat_of(struct seats *seats, int64_t partner_id)
{
    for (size_t i = 0; i < seats->count; i++)
        if (seats->at[i].partner_id == partner_id)
            return &seats->at[i];
    return NULL;
}

bool seats_by_touches(
    const struct fact_order *order, const int32_t *shares, struct seats *out)
{
    const struct fact_touch *touches = order->touches.at;

    out->count = 0;
    for (size_t i = 0; i < order->touches.count; i++) {
        struct seat *seat = seat_of(out, touches[i].partner_id);
        if (shares[i] <= 0)
            continue;
        if (!seat && out->count == RECKONED_MOST - 1)
            return false;
        if (!seat) {
            seat = &out->at[out->count++];
            *seat = (struct seat){ .partner_id = touches[i].partner_id,
                .group = touches[i].partner_group };
        }
        seat->share_bp += shares[i];
        seat->subs = touches[i].subs;
    }
    return true;
}

static void leave(struct seats *seats, struct seat *seat)
{
    size_t at = (size_t)(seat - seats->at);
    for (seats->count--; at < seats->count; at++)
        seats->at[at] = seats->at[at + 1];
}

/* One owner of the whole sits where the first sat, unless he sat there already somewhere. */
static void give_all(struct seats *seats, const struct fact_move *move)
{
    struct seat *own = seat_of(seats, move->to_partner_id);
    struct seat only = { .partner_id = move->to_partner_id,
        .group = own ? own->group : move->to_group,
        .share_bp = 10000 };

    if (own)
        only.subs = own->subs;

    seats->at[0] = only;
    seats->count = 1;
}

void follow_moves(const struct fact_order *order, struct seats *seats)
{
    const struct fact_move *moves = order->moves.at;

    for (size_t i = 0; i < order->moves.count; i++) {
        struct seat *to = seat_of(seats, moves[i].to_partner_id), *from;
        if (!moves[i].from_partner_id) {
            give_all(seats, &moves[i]);
            continue;
        }
        from = seat_of(seats, moves[i].from_partner_id);
        if (!from || from == to)
            continue;
        if (!to) {
            from->partner_id = moves[i].to_partner_id;
            from->group = moves[i].to_group;
            from->subs = (strs){ 0 };
            continue;
        }
        to->share_bp += from->share_bp;
        leave(seats, from);
    }
}

/* ---- what came back by its name
 * --------------------------------------------------------------------------------------------- */

static str say(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT ? value->text : STR("");
}

static int64_t count_of(const struct value *object, const char *name, int64_t none)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT ? value->number : none;
}

static bool names(const struct value *told, const struct fact_item *item)
{
    str sku = say(told, "sku"), name = say(told, "name");
    return sku.len ? str_eq(sku, item->sku) : name.len && str_eq(name, item->name);
}

static void take_named(const struct fact_order *order, const struct value *told, int64_t *back)
{
    const struct fact_item *items = order->items.at;
    int64_t left = count_of(told, "amount", 0);

    for (size_t k = 0; k < order->items.count; k++)
        if (names(told, &items[k])) {
            int64_t part = least(left, items[k].amount - back[k]);
            back[k] += part;
            left -= part;
        }
}

/* Until when what comes back takes commission back. */
static int64_t order_in_time(const struct fact_order *order)
{
    return order->clawback_days ? order->occurred_at.ms + order->clawback_days * DAY_MS : INT64_MAX;
}

bool read_back(struct arena *arena, const struct fact_order *order, int64_t *back)
{
    const struct fact_refund *refunds = order->refunds.at;

    for (size_t i = 0; i < order->refunds.count; i++) {
        struct value told = { 0 };
        __int128 sum = 0;
        if (!refunds[i].items_json.len || refunds[i].at.ms > order_in_time(order))
            continue;
        if (value_read(arena, refunds[i].items_json, &told))
            return false;
        for (size_t k = 0; k < told.count; k++)
            sum += count_of(&told.items[k], "amount", 0);
        for (size_t k = 0; k < told.count && sum <= refunds[i].amount; k++)
            take_named(order, &told.items[k], back);
    }
    return true;
}

bool reckon_changed(const struct fact_order *order)
{
    const struct fact_refund *refunds = order->refunds.at;
    const struct fact_touch *touches = order->touches.at;
    bool changed = order->amendments.count || order->moves.count;

    for (size_t i = 0; i < order->refunds.count; i++)
        changed |= refunds[i].items_json.len > 0;
    for (size_t i = 0; i < order->touches.count; i++)
        changed |= touches[i].came;
    return changed;
}

bool reckon_same_subs(const strs *kept, const struct fact_click *click)
{
    const str all[] = { click->sub1, click->sub2, click->sub3, click->sub4, click->sub5 };

    for (size_t i = 0; i < 5; i++) {
        str had = i < kept->count ? kept->at[i] : STR("");
        if (had.len != all[i].len || (had.len && !str_eq(had, all[i])))
            return false;
    }
    return true;
}

static bool read_items(struct arena *arena, str json, struct list *out)
{
    struct value told = { 0 };

    if (value_read(arena, json, &told))
        return false;
    struct fact_item *items = ARENA_ARRAY(arena, struct fact_item, told.count + 1);
    for (size_t i = 0; i < told.count; i++)
        items[i] = (struct fact_item){ .n = (int64_t)i + 1,
            .sku = say(&told.items[i], "sku"),
            .name = say(&told.items[i], "name"),
            .category = say(&told.items[i], "category"),
            .quantity = count_of(&told.items[i], "quantity", 1),
            .amount = count_of(&told.items[i], "amount", 0) };
    *out = (struct list){ items, told.count };
    return true;
}

bool reckon_now(struct arena *arena, struct fact_order *order, int64_t *out_amount)
{
    const struct fact_amendment *amendments = order->amendments.at;

    *out_amount = order->told_amount;
    order->items = order->told_items;
    for (size_t i = 0; i < order->amendments.count; i++) {
        *out_amount = amendments[i].amount;
        if (amendments[i].items_json.len &&
            !read_items(arena, amendments[i].items_json, &order->items))
            return false;
    }
    return true;
}

/* ---- as it was told
 * ----------------------------------------------------------------------------------------------------
 */

static bool says_int(const struct value *object, const char *name, int64_t number)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT && value->number == number;
}

static bool says_text(const struct value *object, const char *name, str text)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT && str_eq(value->text, text);
}

bool reckon_content(struct arena *arena, const struct fact_order *order)
{
    const struct fact_item *items = order->told_items.at;
    const struct value *told;
    struct value value;

    if (value_read(arena, order->content, &value))
        return false;
    if (!says_int(&value, "amount", order->told_amount) ||
        !says_text(&value, "order_id", order->order_id) ||
        !says_text(&value, "currency", str_of(order->currency.code)))
        return false;
    told = value_member(&value, STR("items"));
    if (!told || told->kind != VALUE_LIST || told->count != order->told_items.count)
        return false;
    for (size_t i = 0; i < told->count; i++)
        if (!says_int(&told->items[i], "amount", items[i].amount) ||
            !says_int(&told->items[i], "quantity", items[i].quantity))
            return false;
    return true;
}
