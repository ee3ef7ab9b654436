/* The debugger: what we knew of an order, what was decided, what was posted, and whether the same
 * comes out now. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/buf.h"

#include "rooms/conversion/conversion.sql.h"
#include "rooms/coupon/coupon.h"
#include "rooms/program/program.h"

/* ---- finding: by order, conversion, click, commission or code
 * ------------------------------------------------- */

static err by_order(struct request *rq, str asked, struct list *out)
{
    return db_all(rq->db, &CONVERSION_ALL_BY_ORDER,
        PARAMS(P("program_id", rq->program_id), P("order_id", asked)), &conversion_fields, out);
}

static err id_by_code(struct request *rq, str asked, int64_t *out)
{
    struct coupon coupon = { 0 };
    bool found;

    TRY(coupon_find_code(rq->db, rq->program_id, asked, &coupon, &found));
    if (!found)
        return NULL;
    return db_int(rq->db, &CONVERSION_ID_BY_COUPON,
        PARAMS(P("program_id", rq->program_id), P("coupon_id", coupon.id)), out);
}

static err find_id(struct request *rq, str asked, int64_t *out)
{
    struct commission c = { 0 };
    int64_t id;

    *out = 0;
    if (id_read("cnv", asked, out))
        return NULL;
    if (id_read("clk", asked, &id))
        return db_int(rq->db, &CONVERSION_ID_BY_CLICK,
            PARAMS(P("program_id", rq->program_id), P("click_id", id)), out);
    if (id_read("com", asked, &id)) {
        err failed = commission_find(rq->db, rq->program_id, 0, id, &c);
        if (failed && !err_is(failed, &COMMISSION_NOT_FOUND))
            return failed;
        *out = c.conversion_id;
        return NULL;
    }
    return id_by_code(rq, asked, out);
}

static err find(struct request *rq, str asked, struct conversion *out, bool *out_found)
{
    struct list rows;
    int64_t id;

    TRY(by_order(rq, asked, &rows));
    *out_found = rows.count > 0;
    if (*out_found) {
        *out = ((const struct conversion *)rows.at)[rows.count - 1]; /* the telling that stands */
        return NULL;
    }
    TRY(find_id(rq, asked, &id));
    if (!id)
        return NULL;
    err failed = conversion_find(rq->db, rq->program_id, 0, id, out);
    if (failed && !err_is(failed, &CONVERSION_NOT_FOUND))
        return failed;
    *out_found = !failed;
    return NULL;
}

/* ---- deciding again
 * ------------------------------------------------------------------------------------------ */

struct again {
    struct touches touches;
    struct decision decision;
    struct decide_order order;
    const struct decide_share *shares;
    bool same_shares, same_amounts;
};

static bool same_verdicts(const struct touches *kept, const struct touches *now)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->at[i].share_bp != now->at[i].share_bp ||
            kept->at[i].click_id != now->at[i].click_id)
            return false;
    return true;
}

static err attribute_again(struct db *db, const struct conversion *c, struct again *out)
{
    struct attribution_terms terms = { .model = c->model,
        .precedence = c->precedence,
        .window_days = (int32_t)c->window_days,
        .customer_days = (int32_t)c->customer_days,
        .binding = c->customer_binding };
    struct attribution_order order = { .at = c->occurred_at };
    struct attribution verdict;
    struct touches kept;

    TRY(conversion_read_touches(db, c->id, &kept));
    TRY(conversion_read_touches(db, c->id, &out->touches));
    attribution_decide(&terms, &order, out->touches.at, out->touches.count, &verdict);
    out->same_shares = same_verdicts(&kept, &out->touches) && verdict.attributed == c->attributed;
    return NULL;
}

static err decide_again(struct db *db, struct conversion *c, struct again *out)
{
    struct commission_order order;

    TRY(attribute_again(db, c, out));
    TRY(conversion_gather_facts(db, c, &out->order, &order));
    out->shares = order.cause.shares;
    TRY(commission_recheck(db, &order, &out->decision, &out->same_amounts));
    if (c->status == CONVERSION_DECLINED || c->status == CONVERSION_REPLACED)
        out->same_amounts = true; /* it counts for nothing */
    return NULL;
}

/* ---- shown
 * -------------------------------------------------------------------------------------------------------
 */

static void tried_view(struct request *rq, struct view *v, const struct again *again)
{
    const struct decision *d = &again->decision;
    struct view *list = view_list(v, "tried");

    for (size_t i = 0; i < d->tried_count; i++) {
        const struct rule *rule = d->tried[i];
        int64_t lines = 0;
        for (size_t k = 0; k < d->line_count; k++)
            lines += d->lines[k].rule == rule;
        struct view *item = view_item(list);
        view_id(item, "rule_id", "rul", rule->id);
        view_int(item, "version", rule->version);
        view_str(item, "name", rule->name);
        commission_scope_view(rq->arena, item, "conditions", &rule->scope);
        commission_rule_view(item, rule);
        view_bool(item, "is_used", lines > 0);
        view_int(item, "lines", lines);
    }
}

static void lines_view(struct request *rq, struct view *v, const struct again *again)
{
    const struct decision *d = &again->decision;
    struct view *list = view_list(v, "lines");

    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *line = &d->lines[i];
        const struct decide_item *of = line->item >= 0 ? &again->order.items[line->item] : NULL;
        struct view *item = view_item(list);
        view_str(item, "name", of ? (of->name.at ? of->name : of->sku) : STR_NONE);
        view_bool(item, "is_order", line->item == DECIDE_ORDER);
        view_bool(item, "is_rest", line->item == DECIDE_REST);
        view_bool(item, "has_rule", line->rule != NULL);
        if (line->rule) {
            view_id(item, "rule_id", "rul", line->rule->id);
            view_int(item, "version", line->rule->version);
            commission_line_view(rq->arena, item, line);
        }
        view_money(item, "base", line->base);
        view_percent_bp(item, "share", again->shares[line->share].share_bp);
        if (!line->rule)
            view_str(item, "exact", exact_decimal(rq->arena, line->exact, line->base.currency));
    }
}

static err entries_view(struct request *rq, struct view *v, const struct list *commissions)
{
    struct list all = { 0 };

    for (size_t i = 0; i < commissions->count; i++) {
        struct list lines;
        TRY(commission_ledger_lines(
            rq->db, rq->program_id, ((const struct commission *)commissions->at)[i].id, &lines));
        struct ledger_line *more =
            ARENA_ARRAY(rq->arena, struct ledger_line, all.count + lines.count + 1);
        for (size_t k = 0; k < all.count; k++)
            more[k] = ((const struct ledger_line *)all.at)[k];
        for (size_t k = 0; k < lines.count; k++)
            more[all.count + k] = ((const struct ledger_line *)lines.at)[k];
        all = (struct list){ more, all.count + lines.count };
    }
    ledger_lines_view(v, "entries", &all);
    return NULL;
}

/* "As received", with a line for each member. */
static str pretty(struct arena *arena, str json)
{
    struct buf out = buf_new(arena);
    bool in_text = false;
    int depth = 0;

    for (size_t i = 0; i < json.len; i++) {
        char c = json.at[i];
        if (c == '"' && (i == 0 || json.at[i - 1] != '\\'))
            in_text = !in_text;
        if (!in_text && (c == '}' || c == ']'))
            depth--;
        buf_char(&out, c);
        if (!in_text && (c == '{' || c == '['))
            depth++;
        if (!in_text && c == ':')
            buf_char(&out, ' ');
        if (!in_text && c == ',' && depth <= 1)
            buf_add(&out, STR("\n "));
    }
    return str_dup(arena, buf_str(&out));
}

static err explain(struct request *rq, struct view *v, struct conversion *c)
{
    struct list commissions;
    struct again again = { 0 };

    view_bool(v, "in_river", true);
    TRY(conversion_view(rq, v, c));
    TRY(commission_of_conversion(rq->db, c->program_id, c->id, &commissions));
    TRY(decide_again(rq->db, c, &again));
    view_bool(v, "is_same", again.same_shares && again.same_amounts);
    view_bool(v, "has_commission", commissions.count > 0);
    view_str(v, "received", pretty(rq->arena, c->content));
    if (c->confirm_content.at)
        view_str(v, "confirmed_as", pretty(rq->arena, c->confirm_content));
    view_str(v, "actor", c->actor);
    view_int(v, "hold_days", c->hold_days);
    tried_view(rq, v, &again);
    lines_view(rq, v, &again);
    return entries_view(rq, v, &commissions);
}

err debugger_show(struct request *rq, struct reply *rp)
{
    str asked = str_trim(request_query(rq, "o"));
    struct conversion c = { 0 };
    struct view *v = reply_view(rp);
    bool found = false;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    view_str(v, "asked", asked);
    if (str_empty(asked))
        return NULL;
    TRY(find(rq, asked, &c, &found));
    view_bool(v, "is_found", found);
    view_bool(v, "is_missing", !found);
    return found ? explain(rq, view_object(v, "order"), &c) : NULL;
}
