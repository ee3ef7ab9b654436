/* Steps, renewals and caps as worked cases, with the arithmetic beside them. */
#include "rooms/commission/rule_earn.h"

#include "base/test.h"

static const currency EUR = { "EUR" }, GBP = { "GBP" };

/* 5 %, from 1,000.00 on 7 %, from 5,000.00 on 10 %. */
static struct rule_step shares_of_revenue[] = { { 100000, 700, 0 }, { 500000, 1000, 0 } };

static struct rule by_revenue(enum rule_mode mode)
{
    return (struct rule){ .reward = { .percent_bp = 500 },
        .tiered_by = { .mode = mode, .currency = EUR },
        .tiers = { shares_of_revenue, 2 } };
}

TEST(volume_above_a_step_earns_its_rate)
{
    static const struct {
        int64_t before, base, wanted_e4;
        size_t slices;
    } cases[] = {
        { 0, 10000, 5000000, 1 },        /* 100.00 × 5 % = 5.00 */
        { 99999, 1, 500, 1 },            /* the last cent below */
        { 100000, 1, 700, 1 },           /* the first one above */
        { 90000, 20000, 12000000, 2 },   /* 100.00 × 5 % + 100.00 × 7 % = 12.00 */
        { 90000, 510000, 385000000, 3 }, /* 100 × 5 % + 4,000 × 7 % + 1,000 × 10 % = 385.00 */
        { 500000, 333, 333000, 1 },      /* 3.33 × 10 % = 0.333 */
        { 99999, 2, 1200, 2 },           /* a cent on either side: 0.05 + 0.07 cents */
    };
    struct rule rule = by_revenue(MODE_MARGINAL);

    EACH (c, cases) {
        struct rule_ask ask = { .base = { c->base, EUR },
            .quantity = 1,
            .share_bp = 10000,
            .before = c->before,
            .volume = c->base };
        struct rule_earned earned;
        test_case("%lld after %lld", (long long)c->base, (long long)c->before);
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        ASSERT_TRUE(earned.exact.e8 == (__int128)c->wanted_e4 * 10000);
        ASSERT_INT(earned.count, c->slices);
    }
}

TEST(a_step_reached_holds_for_the_whole_period)
{
    static const struct {
        int64_t rest, base, bp;
    } cases[] = {
        { 0, 10000, 500 },
        { 89999, 10000, 500 }, /* 999.99 in all */
        { 90000, 10000, 700 }, /* 1,000.00 in all: every order of the month at 7 % */
        { 490000, 10000, 1000 },
    };
    struct rule rule = by_revenue(MODE_RETROACTIVE);

    EACH (c, cases) {
        struct rule_ask ask = {
            .base = { c->base, EUR }, .share_bp = 10000, .before = c->rest, .volume = c->base
        };
        struct rule_earned earned;
        test_case("%lld beside", (long long)c->rest);
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        ASSERT_TRUE(earned.exact.e8 == exact_share(c->base, c->bp, 10000).e8);
    }
}

/* 300.00 of 1,000.00 are kept: 100.00 at 5 % and 200.00 at 7 % are 19.00, exactly, after all the
 * dividing. */
TEST(what_was_kept_of_a_cut_line_earns_what_its_slices_say)
{
    for (int round = 0; round < 5000; round++) {
        int64_t whole = test_random_between(t, 2, 10000000);
        int64_t kept = test_random_between(t, 1, whole);
        int64_t low = test_random_between(t, 1, kept), worth;
        struct rule rule = by_revenue(MODE_MARGINAL);
        struct rule_ask ask = { .base = { whole, EUR }, .share_bp = 10000 };
        struct rule_earned earned;
        __int128 wanted; /* minor × 10^4 */

        if (low >= 100000 || kept - low > 400000)
            continue;
        ask.volume = rule_volume_of(&rule, ask.base, 10000, kept, whole);
        ask.before = 100000 - low;
        ASSERT_INT(ask.volume, kept);
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        wanted = (__int128)low * 500 + (__int128)(kept - low) * 700;
        ASSERT_OK(exact_round(exact_scale(earned.exact, kept, whole), &worth));
        ASSERT_INT(worth, (int64_t)((wanted + 5000) / 10000));
    }
}

TEST(volume_is_what_was_kept_of_the_share)
{
    static const struct {
        const char *unit;
        int64_t base, share, kept, whole, wanted;
    } cases[] = {
        { "EUR", 10000, 10000, 10000, 10000, 10000 },
        { "EUR", 10000, 5000, 10000, 10000, 5000 },
        { "EUR", 10000, 10000, 2500, 10000, 2500 },
        { "EUR", 4000, 3333, 5000, 10000, 667 }, /* 666.6 */
        { "EUR", 3, 5000, 1, 1, 2 },             /* 1.5 → 2 */
        { "GBP", 10000, 10000, 10000, 10000, 0 },
        { "EUR", 10000, 10000, 0, 10000, 0 },
        { "EUR", 0, 10000, 0, 0, 0 },
    };
    struct rule rule = by_revenue(MODE_MARGINAL);

    EACH (c, cases) {
        currency unit = { 0 };
        test_case("%lld %s", (long long)c->base, c->unit);
        ASSERT_OK(currency_read(str_of(c->unit), &unit));
        ASSERT_INT(
            rule_volume_of(&rule, (amount){ c->base, unit }, (int32_t)c->share, c->kept, c->whole),
            c->wanted);
    }
    rule.tiered_by = (struct rule_volume){ .measure = VOLUME_ORDERS };
    ASSERT_INT(rule_volume_of(&rule, (amount){ 500, GBP }, 10000, 1, 500), 1);
    ASSERT_INT(rule_volume_of(&rule, (amount){ 500, GBP }, 10000, 0, 500), 0);
}

TEST(the_nth_order_of_a_month_earns_its_rate)
{
    /* 5.00 each, from the 10th 6.00, from the 50th 8.00 */
    static struct rule_step steps[] = { { 10, 0, 600 }, { 50, 0, 800 } };
    static const struct {
        enum rule_mode mode;
        int64_t before, wanted;
    } cases[] = {
        { MODE_MARGINAL, 0, 500 },
        { MODE_MARGINAL, 8, 500 },
        { MODE_MARGINAL, 9, 600 },
        { MODE_MARGINAL, 49, 800 },
        { MODE_RETROACTIVE, 8, 500 },
        { MODE_RETROACTIVE, 9, 600 },
    };
    struct rule rule = { .reward = { .amount = 500, .currency = EUR },
        .tiered_by = { .measure = VOLUME_ORDERS },
        .tiers = { steps, 2 } };

    EACH (c, cases) {
        struct rule_ask ask = {
            .base = { 999, EUR }, .share_bp = 10000, .before = c->before, .volume = 1
        };
        struct rule_earned earned;
        test_case("%s, after %lld", rule_mode_names[c->mode], (long long)c->before);
        rule.tiered_by.mode = c->mode;
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        ASSERT_TRUE(earned.exact.e8 == exact_of(c->wanted).e8);
        ask.is_given = true; /* a fixed sum is given once an order */
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        ASSERT_TRUE(earned.exact.e8 == 0);
    }
}

TEST(renewals_step_down_and_end)
{
    /* 30 %, from the second order 20 %, from the fourth 10 %; six orders or twelve months */
    static struct rule_step steps[] = { { 2, 2000, 0 }, { 4, 1000, 0 } };
    static const struct {
        int64_t nth, months, bp;
    } cases[] = {
        { 1, 0, 3000 },
        { 0, 0, 3000 },
        { 2, 1, 2000 },
        { 3, 2, 2000 },
        { 4, 3, 1000 },
        { 6, 11, 1000 },
        { 7, 11, 0 },
        { 2, 12, 0 },
        { 3, 11, 2000 },
    };
    struct rule rule = { .reward = { .percent_bp = 3000 },
        .recurring = { .orders = 6, .months = 12, .steps = { steps, 2 } } };

    EACH (c, cases) {
        struct rule_ask ask = {
            .base = { 10000, EUR }, .share_bp = 10000, .nth = c->nth, .months = c->months
        };
        struct rule_earned earned;
        test_case("order %lld, month %lld", (long long)c->nth, (long long)c->months);
        ASSERT_OK(rule_earns(&rule, &ask, &earned));
        ASSERT_TRUE(earned.exact.e8 == exact_share(10000, c->bp, 10000).e8);
        ASSERT_INT(earned.count, c->bp > 0);
    }
}

TEST(months_are_counted_as_people_do)
{
    static const struct {
        const char *first, *at;
        int64_t wanted;
    } cases[] = {
        { "2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z", 0 },
        { "2026-01-15T10:00:00Z", "2026-02-15T09:59:59Z", 0 },
        { "2026-01-15T10:00:00Z", "2026-02-15T10:00:00Z", 1 },
        { "2026-01-31T00:00:00Z", "2026-02-27T23:00:00Z", 0 },
        { "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", 1 },
        { "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z", 12 },
        { "2025-11-30T00:00:00Z", "2027-01-29T00:00:00Z", 13 },
        { "2026-05-01T00:00:00Z", "2026-04-01T00:00:00Z", 0 },
    };

    EACH (c, cases) {
        instant first = { 0 }, at = { 0 };
        test_case("%s to %s", c->first, c->at);
        ASSERT_TRUE(instant_read(str_of(c->first), &first) && instant_read(str_of(c->at), &at));
        ASSERT_INT(rule_months_between(first, at), c->wanted);
    }
}

TEST(periods_follow_the_calendar)
{
    static const struct {
        enum rule_period period;
        const char *at, *from, *to;
    } cases[] = {
        { PERIOD_MONTH, "2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01" },
        { PERIOD_MONTH, "2026-02-01T00:00:00Z", "2026-02-01", "2026-03-01" },
        { PERIOD_YEAR, "2026-07-04T12:00:00Z", "2026-01-01", "2027-01-01" },
    };

    EACH (c, cases) {
        instant at, from, to;
        test_case("%s of %s", rule_period_names[c->period], c->at);
        ASSERT_TRUE(instant_read(str_of(c->at), &at));
        rule_period_of(c->period, at, &from, &to);
        ASSERT_STR(instant_print_date(t->arena, from), c->from);
        ASSERT_STR(instant_print_date(t->arena, to), c->to);
    }
}

TEST(a_cap_is_shared_like_the_order)
{
    struct rule rule = { .reward = { .percent_bp = 1000 }, .cap = { 5000, EUR } };
    exact most = { 0 };

    ASSERT_TRUE(rule_cap_of(&rule, EUR, 2500, &most));
    ASSERT_TRUE(most.e8 == exact_of(1250).e8);
    ASSERT_FALSE(rule_cap_of(&rule, GBP, 2500, &most));
    rule.cap.amount = 0;
    ASSERT_FALSE(rule_cap_of(&rule, EUR, 2500, &most));
}

TEST(lists_survive_their_row)
{
    static struct rule_step renewals[] = { { 2, 100, 0 } };
    static struct rule_level levels[] = { { 500 }, { 100 } };
    struct rule rule = by_revenue(MODE_MARGINAL), back;

    rule.recurring.steps = (struct list){ renewals, 1 };
    rule.levels = (struct list){ levels, 2 };
    rule_pack(t->arena, &rule);
    ASSERT_STR(rule.tiers_json,
        "[{\"from\":100000,\"percent_bp\":700},{\"from\":500000,\"percent_bp\":1000}]");
    back = (struct rule){ .tiers_json = rule.tiers_json,
        .recurring_json = rule.recurring_json,
        .levels_json = rule.levels_json };
    ASSERT_OK(rule_unpack(t->arena, &back));
    ASSERT_INT(back.tiers.count, 2);
    ASSERT_INT(((struct rule_step *)back.tiers.at)[1].from, 500000);
    ASSERT_INT(((struct rule_step *)back.tiers.at)[1].percent_bp, 1000);
    ASSERT_INT(((struct rule_step *)back.recurring.steps.at)[0].percent_bp, 100);
    ASSERT_INT(((struct rule_level *)back.levels.at)[1].percent_bp, 100);
    back.tiers_json = STR("[{\"from\":\"many\"}]");
    ASSERT_ERR(rule_unpack(t->arena, &back), &RULE_BROKEN);
}

RUN_TESTS(ROW(volume_above_a_step_earns_its_rate), ROW(a_step_reached_holds_for_the_whole_period),
    ROW(what_was_kept_of_a_cut_line_earns_what_its_slices_say),
    ROW(volume_is_what_was_kept_of_the_share), ROW(the_nth_order_of_a_month_earns_its_rate),
    ROW(renewals_step_down_and_end), ROW(months_are_counted_as_people_do),
    ROW(periods_follow_the_calendar), ROW(a_cap_is_shared_like_the_order),
    ROW(lists_survive_their_row))
