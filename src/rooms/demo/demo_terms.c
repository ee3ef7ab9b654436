/* What the programme pays, and when it changed: rates that rise with what a partner sells, bonuses,
 * a cap, a change that partners know of before it starts. */
#include "rooms/demo/demo_story.h"

#include "base/id.h"
#include "rooms/commission/commission.h"
#include "rooms/program/program.h"

enum { RULES_AT_ONCE = 8 };

static const currency EUR = { "EUR" };

const char demo_terms_first[] =
    "Commission is paid on the price without VAT and shipping. An order counts when it was placed "
    "within 30 days of a visit from your link, or with your code.\n\n"
    "Commissions are held for 30 days, while orders may come back. We pay on the last day of the "
    "month, from €25.\n\n"
    "Please do not bid on our name in search engines, and say in your texts that the link is a "
    "partner link.";
static const char terms_second[] =
    "Commission is paid on the price without VAT and shipping. An order counts when it was placed "
    "within 30 days of a visit from your link, or with your code.\n\n"
    "**New:** workshops pay 40 % instead of 30 %.\n\n"
    "Commissions are held for 30 days, while orders may come back. We pay on the last day of the "
    "month, from €25.\n\n"
    "Please do not bid on our name in search engines, and say in your texts that the link is a "
    "partner link. Coupon sites: please do not show codes that were not given to you.";

struct ruling {
    struct ledger_act act;
    struct rule rules[RULES_AT_ONCE];
    size_t count;
    struct program_terms terms;
};

static err rule_write(struct db *db, void *arg)
{
    struct ruling *r = arg;

    for (size_t i = 0; i < r->count; i++)
        TRY(commission_rule_add(db, &r->act, &r->rules[i]));
    return r->terms.id ? program_terms_add(db, &r->terms) : NULL;
}

static struct rule *rule_new(
    const struct story *s, struct ruling *r, const char *name, enum rule_kind kind)
{
    struct rule *rule = &r->rules[r->count++];

    *rule = (struct rule){ .id = id_new(s->env),
        .program_id = s->program_id,
        .name = str_of(name),
        .kind = kind,
        .starts_at = story_now_of(s) };
    return rule;
}

/* 12 %, 13 % of what a month brings above 600, 15 % of what it brings above 1,500. */
static void add_storytellers(const struct story *s, struct ruling *r)
{
    static struct rule_step steps[] = { { .from = 60000, .percent_bp = 1300 },
        { .from = 150000, .percent_bp = 1500 } };
    struct rule *rule = rule_new(s, r, "Storytellers", RULE_COMMISSION);

    rule->scope.group = STR("Storytellers");
    rule->reward.percent_bp = 1200;
    rule->tiered_by = (struct rule_volume){ .measure = VOLUME_REVENUE,
        .period = PERIOD_MONTH,
        .mode = MODE_MARGINAL,
        .currency = EUR };
    rule->tiers = (struct list){ steps, 2 };
}

/* What every partner may earn beside. */
static void add_bonuses(const struct story *s, struct ruling *r)
{
    static struct rule_level levels[] = { { 1000 }, { 200 } };
    struct rule *rule = rule_new(s, r, "Welcome", RULE_FIRST_SALE);

    rule->reward = (struct rule_reward){ .amount = 1000, .currency = EUR };
    rule = rule_new(s, r, "A good month", RULE_TARGET);
    rule->reward = (struct rule_reward){ .amount = 2500, .currency = EUR };
    rule->target = 80000;
    rule->tiered_by = (struct rule_volume){
        .measure = VOLUME_REVENUE, .period = PERIOD_MONTH, .currency = EUR
    };
    rule = rule_new(s, r, "Bring a friend", RULE_RECRUIT);
    rule->levels = (struct list){ levels, 2 };
    rule->months = 6;
}

static struct rule *add_workshops(
    const struct story *s, struct ruling *r, int32_t percent_bp, int64_t cap)
{
    struct rule *rule = rule_new(s, r, "Workshops", RULE_COMMISSION);

    rule->scope.category = STR("workshops");
    rule->reward.percent_bp = percent_bp;
    rule->cap = (struct rule_cap){ .amount = cap, .currency = EUR };
    return rule;
}

int64_t story_change_ms(const struct story *s)
{
    return s->end_ms - 20 * DAY_MS; /* workshops pay more from here on */
}

err story_first_rules(struct story *s)
{
    struct ruling r = { .act = story_act_of(s, "demo") };
    struct rule *rule;

    add_storytellers(s, &r);
    rule = rule_new(s, &r, "Coupon sites", RULE_COMMISSION);
    rule->scope.group = STR("Coupon sites");
    rule->reward.percent_bp = 500;
    rule = rule_new(s, &r, "Coupon sites, at most", RULE_PARTNER_CAP);
    rule->scope.group = STR("Coupon sites");
    rule->reward = (struct rule_reward){ .amount = 3000, .currency = EUR };
    rule->tiered_by.period = PERIOD_MONTH;
    add_workshops(s, &r, 3000, 4000)->ends_at = (instant){ story_change_ms(s) };
    add_bonuses(s, &r);
    return store_write(s->app->store, rule_write, &r);
}

err story_new_rules(struct story *s)
{
    struct ruling r = { .act = story_act_of(s, "demo") };

    add_workshops(s, &r, 4000, 5000);
    r.terms = (struct program_terms){ .id = id_new(s->env),
        .program_id = s->program_id,
        .version = 2,
        .body = str_of(terms_second),
        .summary = STR("Workshops pay 40 % instead of 30 %"),
        .starts_at = story_now_of(s),
        .created_at = story_now_of(s),
        .created_by = STR("Helena Brandt") };
    return store_write(s->app->store, rule_write, &r);
}

err story_planned_rules(struct story *s)
{
    struct ruling r = { .act = story_act_of(s, "Marta Zielińska") };
    struct civil next = instant_civil((instant){ s->end_ms });
    struct rule *rule = rule_new(s, &r, "Tea for the holidays", RULE_COMMISSION);

    next = (struct civil){ .year = next.month == 12 ? next.year + 1 : next.year,
        .month = next.month == 12 ? 1 : next.month + 1,
        .day = 1 };
    rule->scope.category = STR("tea");
    rule->scope.group = STR("Storytellers");
    rule->reward.percent_bp = 1400;
    rule->starts_at = instant_from_civil(next);
    rule->ends_at = instant_plus_days(rule->starts_at, 24);
    return store_write(s->app->store, rule_write, &r);
}
