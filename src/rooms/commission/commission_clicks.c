/* Rewards for clicks: what the unique clicks of a day bring, as one commission for each partner. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_inside.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/attribution/attribution.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/rule_inside.h"
#include "rooms/partner/partner.h"
#include "view/view.h"

enum {
    DAYS_BACK = 7, /* clicks that were told late count as long as that after the last look */
    GRACE_MS = 60 * 60 * 1000,
};

struct click_day {
    int64_t program_id, partner_id, day, commission_id, rule_id, clicks;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(click_day, program_id,    "prg"),
    FIELD_ID(click_day, partner_id,    "par"),
    FIELD(click_day,    day),
    FIELD_ID(click_day, commission_id, "com"),
    FIELD_ID(click_day, rule_id,       "rul"),
    FIELD(click_day,    clicks),
};
static const struct fields click_day_fields = FIELDS(list, click_day);

struct program_row {
    int64_t id;
};
static const struct field program_list[] = { FIELD_ID(program_row, id, "prg") };
static const struct fields program_row_fields = FIELDS(program_list, program_row);
/* clang-format on */

/* ---- one day of one partner
 * ----------------------------------------------------------------------------------------- */

/* The rule for clicks that stood when the day began; one that names no event is not for clicks. */
static const struct rule *rule_for(
    const struct list *rules, const struct decide_share *share, instant begun)
{
    const struct rule *rule = rules->at;
    struct decide_order order = { .type = STR("click"), .at = begun, .judged_at = begun };

    for (size_t i = 0; i < rules->count; i++)
        if (rule[i].kind == RULE_COMMISSION && str_eq(rule[i].scope.event, STR("click")) &&
            rule_is_fixed(&rule[i]) && rule_in_force(&rule[i], begun) &&
            rule_matches(&rule[i], &order, share, NULL))
            return &rule[i];
    return NULL;
}

static str receipt_of(struct arena *arena, const struct commission *c, const struct rule *rule,
    const struct click_day *day)
{
    struct view *receipt = view_new(arena);
    struct buf out = buf_new(arena);
    str sum = exact_decimal(arena, exact_of(c->earned_amount), c->currency);

    view_null(receipt, "order");
    view_int(receipt, "share_bp", c->share_bp);
    (void)view_list(receipt, "rules");
    struct view *line = view_item(view_list(receipt, "lines"));
    view_text(line, "of", "clicks");
    view_int(line, "quantity", day->clicks);
    view_id(line, "rule_id", "rul", rule->id);
    view_minor(line, "amount", (amount){ rule->reward.amount, c->currency });
    view_currency(line, "reward_currency", c->currency);
    view_text(line, "per", "item");
    view_str(line, "exact", sum);
    view_currency(line, "currency", c->currency);
    struct view *total = view_object(receipt, "sum");
    view_str(total, "exact", sum);
    view_str(total, "rounding", STR("0"));
    view_minor(total, "amount", (amount){ c->earned_amount, c->currency });
    view_currency(total, "currency", c->currency);
    view_json(receipt, &out);
    return str_dup(arena, buf_str(&out));
}

static err begin_day(struct db *db, const struct ledger_act *act, const struct rule *rule,
    struct click_day *day, int64_t worth)
{
    instant begun = { day->day * DAY_MS }, ended = { (day->day + 1) * DAY_MS - 1 };
    struct attribution_terms terms;

    TRY(attribution_terms_at(db, day->program_id, begun, &terms));
    struct commission c = { .id = id_new(act->env),
        .program_id = day->program_id,
        .partner_id = day->partner_id,
        .kind = COMMISSION_CLICK,
        .currency = rule->reward.currency,
        .amount = worth,
        .earned_amount = worth,
        .full_amount = worth,
        .base_currency = rule->reward.currency,
        .share_bp = 10000,
        .rule_id = rule->id,
        .rule_version = rule->version,
        .occurred_at = ended,
        .matures_at = instant_plus_days(ended, terms.hold_days),
        .created_at = act->at,
        .is_kept = true,
        .place = PLACE_PENDING,
        .booked = worth };

    c.status = commission_status_of(&c, false);
    c.exact = exact_text(db_arena(db), exact_of(worth));
    c.receipt = receipt_of(db_arena(db), &c, rule, day);
    TRY(commission_begin(db, act, &c));
    day->commission_id = c.id;
    day->rule_id = rule->id;
    return db_put(db, &COMMISSION_CLICK_DAY_PUT, &click_day_fields, day);
}

/* Clicks that were told late: the same commission is worth more. */
static err follow_day(
    struct db *db, const struct ledger_act *act, struct click_day *kept, int64_t clicks)
{
    struct commission_why why = { .entry_kind = "adjust", .reason = STR("clicks") };
    struct commission c = { 0 };
    struct rule rule = { 0 };
    int64_t worth;

    if (kept->clicks == clicks)
        return NULL;
    TRY(commission_rule_find(db, kept->program_id, kept->rule_id, &rule));
    TRY(commission_find(db, kept->program_id, 0, kept->commission_id, &c));
    if (__builtin_mul_overflow(rule.reward.amount, clicks, &worth))
        return &AMOUNT_OVERFLOW;
    kept->clicks = clicks;
    c.full_amount = worth;
    TRY(commission_post_difference(db, act, &c, worth, &why));
    return db_put(db, &COMMISSION_CLICK_DAY_PUT, &click_day_fields, kept);
}

static err settle_day(struct db *db, const struct ledger_act *act, struct click_day *day)
{
    struct click_day kept = { 0 };
    struct partner partner = { 0 };
    struct list rules;
    int64_t worth;
    bool found;

    TRY(db_one(db, &COMMISSION_CLICK_DAY_ONE,
        PARAMS(P("program_id", day->program_id), P("partner_id", day->partner_id),
            P("day", day->day)),
        &click_day_fields, &kept, &found));
    if (found)
        return follow_day(db, act, &kept, day->clicks);
    TRY(partner_get(db, day->program_id, day->partner_id, &partner));
    if (partner.status != PARTNER_APPROVED)
        return NULL;
    instant begun = { day->day * DAY_MS };
    TRY(commission_rules_at(db, day->program_id, begun, &rules));
    struct decide_share share = { .partner_id = partner.id, .share_bp = 10000 };
    TRY(partner_group_at(db, day->program_id, partner.id, begun, &share.group));
    const struct rule *rule = rule_for(&rules, &share, begun);
    if (!rule || rule->reward.amount == 0)
        return NULL;
    if (__builtin_mul_overflow(rule->reward.amount, day->clicks, &worth))
        return &AMOUNT_OVERFLOW;
    return begin_day(db, act, rule, day, worth);
}

/* ---- all days that are over
 * ------------------------------------------------------------------------------------------ */

err commission_click_days(struct db *db, const struct ledger_act *act, int64_t program_id)
{
    int64_t to = (act->at.ms - GRACE_MS) / DAY_MS, look;
    struct list sums;

    TRY(db_int(db, &COMMISSION_CLICK_LOOK, PARAMS(P("program_id", program_id)), &look));
    int64_t from = (look < to ? look : to) - DAYS_BACK;
    TRY(db_all(db, &COMMISSION_CLICK_SUMS,
        PARAMS(P("program_id", program_id), P("from", from * DAY_MS),
            P("to", to * DAY_MS)),
        &click_day_fields, &sums));
    struct click_day *day = sums.at;
    for (size_t i = 0; i < sums.count; i++) {
        day[i].program_id = program_id;
        TRY(settle_day(db, act, &day[i]));
    }
    if (look >= to)
        return NULL;
    return db_run(db, &COMMISSION_CLICK_LOOK_PUT, PARAMS(P("program_id", program_id), P("day", to)),
        NULL, NULL, NULL);
}

err commission_click_programs(struct db *db, struct list *out)
{
    return db_all(db, &COMMISSION_CLICK_PROGRAMS, NO_PARAMS, &program_row_fields, out);
}
