/* Targets and first sales: what each commission adds, and who reaches them. Whoever comes after him
 * changes nothing, so that most orders are not compared with any other. */
#include "rooms/commission/commission_goal.h"

#include "rooms/commission/commission.sql.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_sum.h"
#include "rooms/commission/rule_inside.h"

/* One that may reach it. */
struct runner {
    int64_t commission_id, rule_id;
    instant occurred_at, matures_at;
    currency base_currency;
    int64_t orders, revenue;
    int64_t others; /* of its order, before it, that count */
};
/* Of an order, in one currency. */
struct part {
    int64_t commission_id, orders, revenue;
};
struct goal {
    int64_t giver_id, giver_order;
    instant giver_at;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(runner, commission_id, "com"), FIELD_ID(runner, rule_id, "rul"), FIELD(runner, occurred_at),
    FIELD(runner, matures_at), FIELD(runner, base_currency), FIELD(runner, orders), FIELD(runner, revenue),
    FIELD(runner, others),
};
static const struct fields runner_fields = FIELDS(list, runner);
static const struct field part_list[] = {
    FIELD_ID(part, commission_id, "com"), FIELD(part, orders), FIELD(part, revenue),
};
static const struct fields part_fields = FIELDS(part_list, part);
static const struct field goal_list[] = {
    FIELD_ID(goal, giver_id, "com"), FIELD_ID(goal, giver_order, "cnv"), FIELD(goal, giver_at),
};
static const struct fields goal_fields = FIELDS(goal_list, goal);
/* clang-format on */

/* ---- what each adds
 * -------------------------------------------------------------------------------------------- */

/* What an order adds by its first part that counts: an order that earns in two currencies is one. */
static struct part first_part(const struct list *parts)
{
    const struct part *part = parts->at;

    for (size_t i = 0; i < parts->count; i++)
        if (part[i].orders)
            return part[i];
    return (struct part){ 0 };
}

err goal_note(
    struct db *db, const struct commission *c, const struct beside *b, bool *out_changes)
{
    bool counts = c->status != COMMISSION_DECLINED && c->is_kept;
    int64_t revenue = counts ? c->kept_amount : 0;
    struct list parts;

    *out_changes = counts != b->orders || revenue != b->revenue;
    if (!*out_changes)
        return NULL;
    TRY(db_all(db, &COMMISSION_GOAL_PARTS,
        PARAMS(P("rule_line_id", b->rule_line_id), P("conversion_id", c->conversion_id),
            P("partner_id", c->partner_id)),
        &part_fields, &parts));
    struct part was = first_part(&parts), *part = parts.at;
    for (size_t i = 0; i < parts.count; i++)
        if (part[i].commission_id == c->id)
            part[i] = (struct part){ c->id, counts, revenue };
    struct part is = first_part(&parts);
    TRY(db_run(db, &COMMISSION_GOAL_NOTE,
        PARAMS(P("commission_id", c->id), P("rule_line_id", b->rule_line_id), P("orders", counts),
            P("revenue", revenue)),
        NULL, NULL, NULL));
    TRY(sum_goal(db, b, STR("orders"), is.orders - was.orders));
    return sum_goal(db, b, str_of(c->base_currency.code), is.revenue - was.revenue);
}

/* ---- who reaches it
 * -------------------------------------------------------------------------------------------- */

static int64_t measured(const struct rule *rule, const struct runner *r)
{
    if (r->others > 0)
        return 0;
    if (rule->tiered_by.measure == VOLUME_ORDERS)
        return r->orders;
    return currency_eq(rule->tiered_by.currency, r->base_currency) ? r->revenue : 0;
}

/* What those before rows[at] have reached, as this version of the rule measures. */
static err reached_before(struct db *db, const struct rule *rule, const struct beside *like,
    const struct list *rows, size_t at, int64_t *out)
{
    const struct runner *r = rows->at;

    *out = 0;
    if (rule->kind == RULE_FIRST_SALE)
        return NULL;
    TRY(sum_of_goal(db, rule, like, true, out));
    for (size_t i = at; i < rows->count; i++)
        *out -= measured(rule, &r[i]);
    return NULL;
}

/* The first of the rows that reaches it; the version of the rule that judged it says how. */
static err first_of(struct db *db, const struct beside *like, const struct list *rows,
    struct rule *rule, struct giver *out)
{
    const struct runner *r = rows->at;
    int64_t reached = 0;

    for (size_t i = 0; i < rows->count; i++) {
        if (!r[i].orders)
            continue;
        if (rule->id != r[i].rule_id) { /* another version may measure otherwise */
            TRY(commission_rule_find(db, like->program_id, r[i].rule_id, rule));
            TRY(reached_before(db, rule, like, rows, i, &reached));
        }
        reached += measured(rule, &r[i]);
        if (rule->kind == RULE_FIRST_SALE || reached >= rule->target) {
            *out = (struct giver){ r[i].commission_id, r[i].occurred_at, r[i].matures_at };
            return NULL;
        }
    }
    return NULL;
}

static const struct param *key_of(const struct beside *b, struct param out[5])
{
    out[0] = P("rule_line_id", b->rule_line_id);
    out[1] = P("partner_id", b->partner_id);
    out[2] = P("is_test", b->is_test);
    out[3] = P("period_from", b->period_from);
    out[4] = (struct param){ .name = NULL };
    return out;
}

static bool is_before(const struct goal *goal, const struct beside *b)
{
    struct beside giver = { .occurred_at = goal->giver_at,
        .conversion_id = goal->giver_order,
        .seller_id = b->seller_id,
        .commission_id = goal->giver_id };
    return beside_is_earlier(&giver, b);
}

err goal_seek(struct db *db, const struct beside *first, struct rule *out_rule, struct giver *out,
    bool *out_moves)
{
    struct goal goal = { 0 };
    struct param key[5];
    struct list rows;
    bool is_known;

    *out = (struct giver){ 0 };
    *out_moves = false;
    TRY(db_one(db, &COMMISSION_GOAL_ONE, key_of(first, key), &goal_fields, &goal, &is_known));
    if (goal.giver_id && is_before(&goal, first))
        return NULL;
    TRY(db_all(db, &COMMISSION_GOAL_MEMBERS,
        PARAMS(P("program_id", first->program_id), P("rule_line_id", first->rule_line_id),
            P("partner_id", first->partner_id), P("is_test", first->is_test),
            P("period_from", first->period_from),
            P("at", is_known ? first->occurred_at.ms : INT64_MIN),
            P("conversion_id", first->conversion_id), P("commission_id", first->commission_id)),
        &runner_fields, &rows));
    TRY(first_of(db, first, &rows, out_rule, out));
    *out_moves = !is_known || out->commission_id != goal.giver_id;
    if (!*out_moves)
        return NULL;
    goal = (struct goal){ .giver_id = out->commission_id, .giver_at = out->occurred_at };
    return db_run(
        db, &COMMISSION_GOAL_KEEP, key_of(first, key), &goal_fields, &goal, NULL);
}
