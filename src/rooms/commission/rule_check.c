/* What a rule may say: cleaned and checked, each mistake told beside its field. */
#include "rooms/commission/rule.h"
#include "rooms/commission/rule_inside.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/arena.h"
#include "http/json.h"
#include "http/request.h"

/* clang-format off */
static const struct err REWARD_ONE = { ERR_INVALID, "reward_one",
    N_("Give a percentage or a fixed amount, not both."), "reward" };
static const struct err RULE_TIMES = { ERR_INVALID, "rule_times",
    N_("The end must lie after the beginning."), "ends_at" };
static const struct err RULE_PAST = { ERR_INVALID, "rule_past",
    N_("Sales already made keep their rule: a change cannot begin or end in the past."), "starts_at" };
static const struct err RULE_COUNTRY = { ERR_INVALID, "country_form",
    N_("Use the two-letter code of the country, such as PL."), "scope/country" };
static const struct err RULE_RANGE = { ERR_INVALID, "rule_range",
    N_("The upper end must lie above the lower one."), "scope/order_below" };
static const struct err RULE_SUB = { ERR_INVALID, "rule_sub",
    N_("Name one of sub1 to sub5 and its value, such as sub1=newsletter."), "scope/sub" };
static const struct err STEPS_RISE = { ERR_INVALID, "steps_rise",
    N_("Each step must begin above the one before it."), "tiers" };
static const struct err STEPS_SORT = { ERR_INVALID, "steps_sort",
    N_("Steps are of the same sort as the rule’s reward: all percentages, or all fixed sums."), "tiers" };
static const struct err STEPS_ONE = { ERR_INVALID, "steps_one",
    N_("A rule has steps by volume or renewals, not both."), "recurring" };
static const struct err NOT_OF_KIND = { ERR_INVALID, "not_of_kind",
    N_("Rules of this kind do not have this."), NULL };
static const struct err SUM_NEEDED = { ERR_INVALID, "sum_needed",
    N_("This kind of rule needs a sum of money."), "reward/amount" };
static const struct err TARGET_NEEDED = { ERR_INVALID, "target_needed",
    N_("Say which volume is to be reached."), "target" };
static const struct err LEVELS_NEEDED = { ERR_INVALID, "levels_needed",
    N_("Give a percentage for at least one level."), "levels" };
static const struct err LEVELS_MUCH = { ERR_INVALID, "levels_much",
    N_("All levels together may not be more than 100 %."), "levels" };
static const struct err CLICK_SUM = { ERR_INVALID, "click_sum",
    N_("A click earns a fixed sum, whatever is bought."), "reward" };
static const struct err CLICK_SCOPE = { ERR_INVALID, "click_scope",
    N_("A rule for clicks asks for the partner and his group at most."), "scope" };
static const struct err REWARD_NEEDED = { ERR_INVALID, "reward_needed",
    N_("Say what it gives: a percentage, which may be 0, or a fixed sum."), "reward" };
static const struct err RULE_EVENT = { ERR_INVALID, "rule_event",
    N_("A type is “sale”, “lead” or a name of small letters, digits and underscores."), "scope/event" };
static const struct err PER_ITEM_NOT = { ERR_INVALID, "not_of_kind",
    N_("Rules of this kind do not have this."), "reward/per" };
/* clang-format on */

/* ---- cleaned
 * ------------------------------------------------------------------------------------------------
 */

static str none_if_empty(str text)
{
    text = str_trim(text);
    return str_empty(text) ? STR_NONE : text;
}

static void clean_scope(struct arena *arena, struct rule_scope *scope, currency unit)
{
    scope->group = none_if_empty(scope->group);
    scope->coupon = none_if_empty(scope->coupon);
    scope->sku = none_if_empty(scope->sku);
    scope->category = none_if_empty(scope->category);
    scope->event = none_if_empty(scope->event);
    scope->sub = none_if_empty(scope->sub);
    scope->country = none_if_empty(scope->country);
    if (scope->country.at)
        scope->country = str_upper(arena, scope->country);
    if (!scope->order_from && !scope->order_below)
        scope->order_currency = (currency){ 0 };
    else if (currency_none(scope->order_currency))
        scope->order_currency = unit;
}

static bool any_fixed(const struct list *steps)
{
    const struct rule_step *step = steps->at;
    for (size_t i = 0; i < steps->count; i++)
        if (step[i].amount > 0)
            return true;
    return false;
}

/* Nothing at first and 5.00 from the tenth order on is a fixed sum too. */
static bool is_fixed(const struct rule *rule)
{
    if (rule->reward.amount > 0 || rule->reward.percent_bp > 0)
        return rule->reward.amount > 0;
    return any_fixed(&rule->tiers) || any_fixed(&rule->recurring.steps);
}

static bool counts_revenue(const struct rule *rule)
{
    bool counts = rule->tiers.count > 0 || rule->kind == RULE_TARGET;
    return counts && rule->tiered_by.measure == VOLUME_REVENUE;
}

void rule_clean(struct arena *arena, struct rule *rule, currency unit)
{
    clean_scope(arena, &rule->scope, unit);
    rule->reward.currency = is_fixed(rule) ? unit : (currency){ 0 };
    if (!counts_revenue(rule))
        rule->tiered_by.currency = (currency){ 0 };
    else if (currency_none(rule->tiered_by.currency))
        rule->tiered_by.currency = unit;
    if (rule->cap.amount == 0)
        rule->cap.currency = (currency){ 0 };
    else if (currency_none(rule->cap.currency))
        rule->cap.currency = unit;
}

/* ---- checked
 * ------------------------------------------------------------------------------------------------
 */

static void refuse(struct request *rq, const char *field, err e)
{
    (void)request_problem(rq, rule_input(rq, field), e);
}

static bool is_sub(str text)
{
    return text.len > 5 && str_starts(text, STR("sub")) && text.at[3] >= '1' && text.at[3] <= '5' &&
           text.at[4] == '=';
}

static bool is_country(str code)
{
    return code.len == 2 && isupper((unsigned char)code.at[0]) &&
           isupper((unsigned char)code.at[1]);
}

static void check_scope(struct request *rq, const struct rule_scope *scope)
{
    if (scope->event.at && !commission_is_event(scope->event))
        refuse(rq, "scope/event", &RULE_EVENT);
    if (scope->country.at && !is_country(scope->country))
        refuse(rq, "scope/country", &RULE_COUNTRY);
    if (scope->order_below && scope->order_below <= scope->order_from)
        refuse(rq, "scope/order_below", &RULE_RANGE);
    if (scope->sub.at && !is_sub(scope->sub))
        refuse(rq, "scope/sub", &RULE_SUB);
}

static void check_steps(struct request *rq, const struct rule *rule, const struct list *steps,
    const char *name, const char *from)
{
    const struct rule_step *step = steps->at;
    bool fixed = rule_is_fixed(rule);

    for (size_t i = 0; i < steps->count; i++) {
        if (i > 0 && step[i].from <= step[i - 1].from)
            rule_refuse_step(rq, name, i, from, &STEPS_RISE);
        if (fixed && step[i].percent_bp > 0)
            rule_refuse_step(rq, name, i, "percent_bp", &STEPS_SORT);
        if (!fixed && step[i].amount > 0)
            rule_refuse_step(rq, name, i, "amount", &STEPS_SORT);
    }
}

bool commission_is_event(str type)
{
    for (size_t i = 0; i < type.len; i++) {
        char c = type.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && i > 0) || (c == '_' && i > 0)))
            return false;
    }
    return type.len >= 1 && type.len <= 40;
}

static bool is_told(struct request *rq, const char *member, const char *input)
{
    const struct value *body = request_json(rq);
    const struct value *reward = body ? value_member(body, STR("reward")) : NULL;

    return body ? reward && value_member(reward, str_of(member))
                : !str_empty(str_trim(request_form(rq, input)));
}

/* Nothing at all is a reward when it is said, as of gift cards. */
static void check_reward(struct request *rq, const struct rule *rule)
{
    bool has_steps = rule->tiers.count > 0 || rule->recurring.steps.count > 0;

    if (rule->reward.percent_bp && rule->reward.amount)
        refuse(rq, "reward", &REWARD_ONE);
    if (!rule->id && !has_steps && !is_told(rq, "percent_bp", "reward_percent") &&
        !is_told(rq, "amount", "reward_amount"))
        refuse(rq, "reward", &REWARD_NEEDED);
}

/* Members that only some kinds have. */
static void check_parts(struct request *rq, const struct rule *rule)
{
    const struct rule_recurring *r = &rule->recurring;
    bool renews = r->orders > 0 || r->months > 0 || r->steps.count > 0;

    if (rule->tiers.count > 0 && renews)
        refuse(rq, "recurring", &STEPS_ONE);
    if (rule->target > 0 && rule->kind != RULE_TARGET)
        refuse(rq, "target", &NOT_OF_KIND);
    if (rule->levels.count > 0 && rule->kind != RULE_RECRUIT)
        refuse(rq, "levels", &NOT_OF_KIND);
    if (rule->months > 0 && rule->kind != RULE_RECRUIT)
        refuse(rq, "months", &NOT_OF_KIND);
    if (rule->kind == RULE_COMMISSION)
        return;
    if (rule->tiers.count > 0)
        refuse(rq, "tiers", &NOT_OF_KIND);
    if (renews)
        refuse(rq, "recurring", &NOT_OF_KIND);
    if (rule->cap.amount > 0)
        refuse(rq, "cap", &NOT_OF_KIND);
}

/* What applies beside the list asks for the partner and his group at most. */
static void check_narrow_scope(struct request *rq, const struct rule *rule)
{
    struct rule_scope rest = rule->scope;

    if (rule->kind == RULE_BUDGET && (rest.partner_id || rest.group.at))
        refuse(rq, rest.partner_id ? "scope/partner_id" : "scope/group", &NOT_OF_KIND);
    rest.partner_id = 0;
    rest.group = STR_NONE;
    if (!rule_is_for_everyone(&rest))
        refuse(rq, "scope", &NOT_OF_KIND);
}

static void check_levels(struct request *rq, const struct rule *rule)
{
    const struct rule_level *level = rule->levels.at;
    int64_t sum = 0;

    for (size_t i = 0; i < rule->levels.count; i++)
        sum += level[i].percent_bp;
    if (rule->levels.count == 0 || sum == 0)
        refuse(rq, "levels", &LEVELS_NEEDED);
    if (sum > 10000)
        refuse(rq, "levels", &LEVELS_MUCH);
}

static void check_beside(struct request *rq, const struct rule *rule)
{
    bool has_sum = rule->kind != RULE_RECRUIT;

    check_narrow_scope(rq, rule);
    if (rule->reward.percent_bp > 0)
        refuse(rq, "reward/percent_bp", &NOT_OF_KIND);
    if (has_sum && rule->reward.amount == 0)
        refuse(rq, "reward/amount", &SUM_NEEDED);
    if (!has_sum && rule->reward.amount > 0)
        refuse(rq, "reward/amount", &NOT_OF_KIND);
    if (rule->reward.per == PER_ITEM)
        refuse(rq, "reward/per", &PER_ITEM_NOT);
    if (rule->kind == RULE_TARGET && rule->target == 0)
        refuse(rq, "target", &TARGET_NEEDED);
    if (rule->kind == RULE_RECRUIT)
        check_levels(rq, rule);
}

/* Clicks of a day are counted, not looked at one by one. */
static void check_clicks(struct request *rq, const struct rule *rule)
{
    struct rule_scope rest = rule->scope;

    rest.partner_id = 0;
    rest.group = rest.event = STR_NONE;
    if (!rule_is_for_everyone(&rest))
        refuse(rq, "scope", &CLICK_SCOPE);
    if (rule->reward.percent_bp > 0 || rule_has_past(rule) || rule->cap.amount > 0)
        refuse(rq, "reward", &CLICK_SUM);
}

err rule_check(struct request *rq, const struct rule *rule, instant earliest)
{
    check_scope(rq, &rule->scope);
    check_parts(rq, rule);
    if (rule->kind != RULE_COMMISSION)
        check_beside(rq, rule);
    else
        check_reward(rq, rule);
    if (rule->kind == RULE_COMMISSION && rule_is_for_clicks(rule))
        check_clicks(rq, rule);
    check_steps(rq, rule, &rule->tiers, "tiers", "from");
    check_steps(rq, rule, &rule->recurring.steps, "recurring/steps", "from_order");
    if (!instant_none(rule->ends_at) && rule->ends_at.ms <= rule->starts_at.ms)
        refuse(rq, "ends_at", &RULE_TIMES);
    if (rule->starts_at.ms < earliest.ms)
        refuse(rq, "starts_at", &RULE_PAST);
    return request_problems(rq);
}
