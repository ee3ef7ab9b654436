/* What rules are made of: rows, request bodies, views and the API document. */
#include "rooms/commission/rule.h"
#include "rooms/commission/rule_inside.h"

#define STEP_FROM(words)                                                                           \
    .kind = KIND_INT, .offset = offsetof(struct rule_step, from), .flags = FIELD_REQUIRED,         \
    .min = 1, .max = RULE_AMOUNT_MOST, .help = words

/* clang-format off */
static const struct field scope_list[] = {
    FIELD_ID(rule_scope, partner_id, "par", .flags = FIELD_TAKEN),
    FIELD(rule_scope,    group,      .flags = FIELD_TAKEN, .max = 80),
    FIELD(rule_scope,    coupon,     .flags = FIELD_TAKEN, .max = 40, .help = "A code; the order used it."),
    FIELD(rule_scope,    sku,        .flags = FIELD_TAKEN, .max = 80),
    FIELD(rule_scope,    category,   .flags = FIELD_TAKEN, .max = 80),
    FIELD(rule_scope,    event,      .flags = FIELD_TAKEN, .max = 40, .help = "The conversion's type; absent: any."),
    FIELD(rule_scope,    customer,   .flags = FIELD_TAKEN, .names = rule_customer_names),
    FIELD(rule_scope,    country,    .flags = FIELD_TAKEN, .max = 2, .help = "Of the order, as the shop told it: ISO 3166-1 alpha-2."),
    FIELD_MONEY(rule_scope, order_from,  "order_currency", .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST, .help = "The order's amount, from this on. 0: open."),
    FIELD_MONEY(rule_scope, order_below, "order_currency", .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST, .help = "The order's amount, below this. 0: open."),
    FIELD(rule_scope,    order_currency, .flags = FIELD_TAKEN, .help = "Of both; absent: the programme's. Orders in another do not fit."),
    FIELD(rule_scope,    sub,        .flags = FIELD_TAKEN, .max = 140, .help = "Of the winning click, such as sub1=newsletter."),
};
const struct fields rule_scope_fields = FIELDS(scope_list, rule_scope);

static const struct field reward_list[] = {
    FIELD(rule_reward,       percent_bp, .flags = FIELD_TAKEN, .min = 0, .max = 10000),
    FIELD_MONEY(rule_reward, amount, "currency", .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST),
    FIELD(rule_reward,       currency),
    FIELD(rule_reward,       per,        .flags = FIELD_TAKEN, .names = rule_per_names),
};
const struct fields rule_reward_fields = FIELDS(reward_list, rule_reward);

static const struct field tier_list[] = {
    { .name = "from", STEP_FROM("A volume: minor units, or which order of the period.") },
    FIELD(rule_step, percent_bp, .flags = FIELD_TAKEN, .min = 0, .max = 10000),
    FIELD(rule_step, amount,     .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST),
};
static const struct fields tier_fields = { tier_list, 3, sizeof(struct rule_step), "rule_tier" };

static const struct field step_list[] = {
    { .name = "from_order", STEP_FROM("Which order of one customer.") },
    FIELD(rule_step, percent_bp, .flags = FIELD_TAKEN, .min = 0, .max = 10000),
    FIELD(rule_step, amount,     .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST),
};
static const struct fields step_fields = { step_list, 3, sizeof(struct rule_step), "rule_renewal" };

static const struct field volume_list[] = {
    FIELD(rule_volume, measure,  .flags = FIELD_TAKEN, .names = rule_measure_names),
    FIELD(rule_volume, period,   .flags = FIELD_TAKEN, .names = rule_period_names, .help = "Of the UTC calendar."),
    FIELD(rule_volume, mode,     .flags = FIELD_TAKEN, .names = rule_mode_names, .help = "marginal: what lies above a step; retroactive: all of the period."),
    FIELD(rule_volume, currency, .flags = FIELD_TAKEN, .help = "Of revenue; absent: the programme's. Orders in another count for nothing."),
};
const struct fields rule_volume_fields = FIELDS(volume_list, rule_volume);

static const struct field recurring_list[] = {
    FIELD(rule_recurring, orders, .flags = FIELD_TAKEN, .min = 0, .max = 100000, .help = "How many orders of one customer earn, the first included. 0: all."),
    FIELD(rule_recurring, months, .flags = FIELD_TAKEN, .min = 0, .max = 1200, .help = "For how many calendar months since the first. 0: for life."),
    FIELD(rule_recurring, steps,  .flags = FIELD_TAKEN, .max = RULE_STEPS_MOST, .record = &step_fields),
};
const struct fields rule_recurring_fields = FIELDS(recurring_list, rule_recurring);

static const struct field cap_list[] = {
    FIELD_MONEY(rule_cap, amount, "currency", .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST, .help = "The most that one order earns under this rule, over all partners. 0: none."),
    FIELD(rule_cap,       currency, .flags = FIELD_TAKEN, .help = "Absent: the programme's. Commissions in another are not capped."),
};
const struct fields rule_cap_fields = FIELDS(cap_list, rule_cap);

static const struct field level_list[] = {
    FIELD(rule_level, percent_bp, .flags = FIELD_REQUIRED, .min = 0, .max = 10000),
};
static const struct fields level_fields = FIELDS(level_list, rule_level);

static const struct field list[] = {
    FIELD_ID(rule, id,         "rul"),
    FIELD_ID(rule, program_id, "prg", .flags = FIELD_TAKEN | FIELD_FIXED),
    FIELD_ID(rule, line_id,    "rul", .flags = FIELD_FILTER, .help = "The same over all versions: the id of the first."),
    FIELD(rule,    version),
    FIELD(rule,    name,       .flags = FIELD_TAKEN, .max = 80),
    FIELD(rule,    kind,       .flags = FIELD_TAKEN | FIELD_FIXED | FIELD_FILTER, .names = rule_kind_names, .help = "Commission rules stand in the order of precedence; the others apply beside."),
    FIELD(rule,    scope,      .flags = FIELD_TAKEN | FIELD_FIXED, .record = &rule_scope_fields),
    FIELD(rule,    reward,     .flags = FIELD_TAKEN, .record = &rule_reward_fields),
    FIELD(rule,    tiered_by,  .flags = FIELD_TAKEN, .record = &rule_volume_fields, .help = "What tiers and targets count."),
    FIELD(rule,    tiers,      .flags = FIELD_TAKEN, .max = RULE_STEPS_MOST, .record = &tier_fields, .help = "Ascending. Below the first the reward holds."),
    FIELD(rule,    recurring,  .flags = FIELD_TAKEN, .record = &rule_recurring_fields),
    FIELD(rule,    cap,        .flags = FIELD_TAKEN, .record = &rule_cap_fields),
    FIELD(rule,    target,     .flags = FIELD_TAKEN, .min = 0, .max = RULE_AMOUNT_MOST, .help = "Of kind target: the volume to be reached, as tiered_by counts it."),
    FIELD(rule,    levels,     .flags = FIELD_TAKEN, .max = RULE_STEPS_MOST, .record = &level_fields, .help = "Of kind recruit: who recruited the partner, who recruited that one, and so on."),
    FIELD(rule,    months,     .flags = FIELD_TAKEN, .min = 0, .max = 1200, .help = "Of kind recruit: calendar months since the recruited partner's approval. 0: for life."),
    FIELD(rule,    starts_at,  .flags = FIELD_TAKEN | FIELD_FILTER | FIELD_SORT, .help = "Absent: now."),
    FIELD(rule,    ends_at,    .flags = FIELD_TAKEN | FIELD_FILTER, .help = "Exclusive; absent: open."),
    FIELD(rule,    created_at, .flags = FIELD_SORT),
    FIELD(rule,    actor),
    FIELD(rule,    tiers_json,     .flags = FIELD_SECRET),
    FIELD(rule,    recurring_json, .flags = FIELD_SECRET),
    FIELD(rule,    levels_json,    .flags = FIELD_SECRET),
};
const struct fields rule_fields = FIELDS(list, rule);
/* clang-format on */
