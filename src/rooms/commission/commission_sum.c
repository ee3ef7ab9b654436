/* Sums of what partners had and what caps gave: kept once somebody asked for them. */
#include "rooms/commission/commission_sum.h"

#include "rooms/commission/commission.sql.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

struct sum {
    int64_t program_id, rule_line_id, partner_id;
    bool is_test;
    int64_t period_from;
    str period, counts;
    int64_t total;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(sum, program_id, "prg"), FIELD_ID(sum, rule_line_id, "rul"), FIELD(sum, partner_id), FIELD(sum, is_test),
    FIELD(sum, period_from), FIELD(sum, period), FIELD(sum, counts), FIELD(sum, total),
};
static const struct fields sum_fields = FIELDS(list, sum);
/* clang-format on */

static const struct param *key_of(const struct sum *sum, struct param out[7])
{
    out[0] = P("rule_line_id", sum->rule_line_id);
    out[1] = P("partner_id", sum->partner_id);
    out[2] = P("is_test", sum->is_test);
    out[3] = P("period_from", sum->period_from);
    out[4] = P("period", sum->period);
    out[5] = P("counts", sum->counts);
    out[6] = (struct param){ .name = NULL };
    return out;
}

/* What a rule counts: its currency, of which the rule outlives the statement, or orders. */
static str measure_of(const struct rule *rule)
{
    const struct rule_volume *by = &rule->tiered_by;
    return by->measure == VOLUME_ORDERS ? STR("orders") : str_of(by->currency.code);
}

static err find(struct db *db, struct sum *sum, bool *out_found)
{
    struct param key[7];
    return db_one(db, &COMMISSION_SUM_ONE, key_of(sum, key), &sum_fields, sum, out_found);
}

static err keep(struct db *db, const struct sum *sum)
{
    return db_put(db, &COMMISSION_SUM_INSERT, &sum_fields, sum);
}

/* ---- volumes
 * ----------------------------------------------------------------------------------------------------- */

err sum_volume(struct db *db, const struct volume *was, const struct volume *is)
{
    int64_t orders = is->orders - (was ? was->orders : 0);
    int64_t revenue = is->revenue - (was ? was->revenue : 0);
    instant month, year, to;

    if (orders == 0 && revenue == 0)
        return NULL;
    rule_period_of(PERIOD_MONTH, is->occurred_at, &month, &to);
    rule_period_of(PERIOD_YEAR, is->occurred_at, &year, &to);
    return db_run(db, &COMMISSION_SUM_VOLUME,
        PARAMS(P("rule_line_id", is->rule_line_id), P("partner_id", is->partner_id),
            P("is_test", is->is_test), P("month", month.ms), P("year", year.ms),
            P("currency", is->currency), P("orders", orders), P("revenue", revenue)),
        NULL, NULL, NULL);
}

static err read_volume(struct db *db, const struct rule *rule, struct sum *sum, instant at)
{
    instant from, to;

    rule_period_of(rule->tiered_by.period, at, &from, &to);
    return db_int(db, &COMMISSION_VOLUME_TOTAL,
        PARAMS(P("counts", sum->counts), P("program_id", sum->program_id),
            P("rule_line_id", sum->rule_line_id), P("partner_id", sum->partner_id),
            P("is_test", sum->is_test), P("from", from.ms),
            P("to", instant_none(to) ? INT64_MAX : to.ms)),
        &sum->total);
}

err sum_of_volume(struct db *db, const struct rule *rule, const struct volume *like, bool keeps,
    int64_t *out)
{
    const struct rule_volume *by = &rule->tiered_by;
    struct sum sum = { .program_id = like->program_id,
        .rule_line_id = like->rule_line_id,
        .partner_id = like->partner_id,
        .is_test = like->is_test,
        .period = str_of(rule_period_names[by->period]),
        .counts = measure_of(rule) };
    instant from, to;
    bool is_kept;

    rule_period_of(by->period, like->occurred_at, &from, &to);
    sum.period_from = from.ms;
    TRY(find(db, &sum, &is_kept));
    if (!is_kept) {
        TRY(read_volume(db, rule, &sum, like->occurred_at));
        if (keeps)
            TRY(keep(db, &sum));
    }
    *out = sum.total;
    return NULL;
}

/* ---- caps and goals
 * ---------------------------------------------------------------------------------------------- */

static struct sum sum_beside(const struct beside *b, str counts)
{
    return (struct sum){ .program_id = b->program_id,
        .rule_line_id = b->rule_line_id,
        .partner_id = b->partner_id,
        .is_test = b->is_test,
        .period_from = b->period_from,
        .period = STR("own"),
        .counts = counts };
}

err sum_goal(struct db *db, const struct beside *b, str counts, int64_t more)
{
    struct sum sum = sum_beside(b, counts);

    sum.total = more;
    return more == 0 ? NULL : db_put(db, &COMMISSION_SUM_ADD, &sum_fields, &sum);
}

err sum_granted(struct db *db, const struct beside *b, int64_t more)
{
    return sum_goal(db, b, STR("granted"), more);
}

static err sum_or_read(struct db *db, const struct statement *statement, const struct beside *b,
    str counts, bool keeps, int64_t *out)
{
    struct sum sum = sum_beside(b, counts);
    bool is_kept;

    TRY(find(db, &sum, &is_kept));
    if (!is_kept) {
        TRY(db_int(db, statement,
            PARAMS(P("counts", counts), P("program_id", b->program_id),
                P("rule_line_id", b->rule_line_id), P("partner_id", b->partner_id),
                P("is_test", b->is_test), P("period_from", b->period_from)),
            &sum.total));
        if (keeps)
            TRY(keep(db, &sum));
    }
    *out = sum.total;
    return NULL;
}

err sum_of_granted(struct db *db, const struct beside *b, int64_t *out)
{
    return sum_or_read(db, &COMMISSION_BESIDE_TOTAL, b, STR("granted"), true, out);
}

err sum_of_goal(
    struct db *db, const struct rule *rule, const struct beside *like, bool keeps, int64_t *out)
{
    return sum_or_read(db, &COMMISSION_GOAL_TOTAL, like, measure_of(rule), keeps, out);
}
