/* Many orders, one after the other: what each had before decides what it earns. Figures in cents. */
#include "rooms/commission/decide.h"

#include "base/test.h"

enum { ANNA = 1, BEN = 2 };
static const currency EUR = { "EUR" };

struct told {
    const char *at;
    int64_t partner_id, amount, refunded;
    const char *customer;
    int64_t wanted; /* exact, in cents */
};

static struct decide_order order_of(const struct told *told)
{
    instant at = test_instant(told->at);

    return (struct decide_order){ .type = STR("sale"),
        .amount = { told->amount, EUR },
        .at = at,
        .judged_at = at,
        .refunded = told->refunded };
}

static void check(struct test *t, const struct rule *rule, const struct told *told, size_t count)
{
    struct commission_memory *memory = commission_memory_new();
    bool looks_ahead = commission_rules_look_ahead(rule, 1);

    for (int pass = looks_ahead ? 0 : 1; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            struct decide_order order = order_of(&told[i]);
            struct decide_share share = { .partner_id = told[i].partner_id, .share_bp = 10000 };
            struct commission_choice choice;
            test_case("order %zu", i + 1);
            ASSERT_OK(commission_choose(
                t->arena, &order, str_of(told[i].customer), &share, 1, rule, 1, &choice));
            if (pass == 0) {
                commission_count(memory, &choice);
                continue;
            }
            commission_recall(memory, &choice);
            ASSERT_OK(commission_conclude(t->arena, &order, &share, &choice));
            const struct decision *d = &choice.decision;
            ASSERT_INT(d->part_count ? d->parts[0].exact.e8 / 1000000 : 0, told[i].wanted * 100);
        }
    commission_memory_free(memory);
}

static struct rule tiers(enum rule_measure measure, enum rule_mode mode, struct rule_step *steps)
{
    return (struct rule){ .id = 7,
        .line_id = 7,
        .reward.percent_bp = 500,
        .tiered_by = { measure, PERIOD_MONTH, mode, EUR },
        .tiers = { steps, 1 } };
}

TEST(what_lies_above_a_step_earns_its_rate_and_a_month_begins_anew)
{
    /* 5 %, and 10 % of what lies above 100.00 in a month. */
    struct rule_step step = { .from = 10000, .percent_bp = 1000 };
    struct rule rule = tiers(VOLUME_REVENUE, MODE_MARGINAL, &step);
    static const struct told told[] = {
        { "2026-03-02T10:00:00Z", ANNA, 8000, 0, NULL, 400 },
        { "2026-03-03T10:00:00Z", ANNA, 4000, 0, NULL, 300 }, /* 20.00 at 5 %, 20.00 at 10 % */
        { "2026-03-04T10:00:00Z", BEN, 4000, 0, NULL, 200 },  /* his own volume */
        { "2026-03-05T10:00:00Z", ANNA, 1000, 0, NULL, 100 },
        { "2026-04-01T00:00:00Z", ANNA, 1000, 0, NULL, 50 },
    };
    check(t, &rule, told, 5);
}

TEST(what_came_back_counts_for_no_volume)
{
    struct rule_step step = { .from = 10000, .percent_bp = 1000 };
    struct rule rule = tiers(VOLUME_REVENUE, MODE_MARGINAL, &step);
    static const struct told told[] = {
        { "2026-03-02T10:00:00Z", ANNA, 10000, 10000, NULL, 500 }, /* at full value: scaled later */
        { "2026-03-03T10:00:00Z", ANNA, 4000, 0, NULL, 200 },
    };
    check(t, &rule, told, 2);
}

TEST(the_step_that_the_whole_month_reaches_holds_for_its_first_order_too)
{
    struct rule_step step = { .from = 10000, .percent_bp = 1000 };
    struct rule rule = tiers(VOLUME_REVENUE, MODE_RETROACTIVE, &step);
    static const struct told told[] = {
        { "2026-03-02T10:00:00Z", ANNA, 6000, 0, NULL, 600 },
        { "2026-03-03T10:00:00Z", BEN, 6000, 0, NULL, 300 },
        { "2026-03-04T10:00:00Z", ANNA, 4000, 0, NULL, 400 },
        { "2026-04-04T10:00:00Z", ANNA, 4000, 0, NULL, 200 },
    };
    check(t, &rule, told, 4);
}

TEST(the_third_order_of_a_month_earns_the_rate_of_the_third)
{
    struct rule_step step = { .from = 3, .percent_bp = 1000 };
    struct rule rule = tiers(VOLUME_ORDERS, MODE_MARGINAL, &step);
    static const struct told told[] = {
        { "2026-03-02T10:00:00Z", ANNA, 1000, 0, NULL, 50 },
        { "2026-03-03T10:00:00Z", ANNA, 1000, 0, NULL, 50 },
        { "2026-03-04T10:00:00Z", ANNA, 1000, 0, NULL, 100 },
    };
    check(t, &rule, told, 3);
}

TEST(renewals_earn_until_their_number_or_their_months_are_over)
{
    struct rule rule = { .id = 7, .line_id = 7, .reward.percent_bp = 1000, .recurring = { .orders = 2, .months = 3 } };
    static const struct told told[] = {
        { "2026-01-31T10:00:00Z", ANNA, 1000, 0, "c-1", 100 },
        { "2026-02-28T10:00:00Z", ANNA, 1000, 0, "c-1", 100 },
        { "2026-03-31T10:00:00Z", ANNA, 1000, 0, "c-1", 0 }, /* the third */
        { "2026-03-31T11:00:00Z", ANNA, 1000, 0, "C-1", 100 }, /* somebody else */
        { "2026-09-30T10:00:00Z", ANNA, 1000, 0, "C-1", 0 },   /* too late */
        { "2026-09-30T10:00:00Z", ANNA, 1000, 0, NULL, 100 },  /* nobody in particular */
    };
    check(t, &rule, told, 6);
}

RUN_TESTS(ROW(what_lies_above_a_step_earns_its_rate_and_a_month_begins_anew), ROW(what_came_back_counts_for_no_volume),
    ROW(the_step_that_the_whole_month_reaches_holds_for_its_first_order_too),
    ROW(the_third_order_of_a_month_earns_the_rate_of_the_third),
    ROW(renewals_earn_until_their_number_or_their_months_are_over))
