/* Who earned the sale, as tables. Times are days before the order, which is on day 0. */
#include "rooms/attribution/attribution.h"

#include "base/test.h"

static const instant ORDER = { 1000 * DAY_MS };

static struct touch click_of(int64_t partner, int64_t days_before)
{
    return (struct touch){ .kind = TOUCH_CLICK,
        .evidence = EVIDENCE_COOKIE,
        .click_id = 1000 - days_before,
        .partner_id = partner,
        .at = { ORDER.ms - days_before * DAY_MS } };
}

static struct touch coupon_of(int64_t partner)
{
    return (struct touch){ .kind = TOUCH_COUPON,
        .evidence = EVIDENCE_COUPON,
        .coupon_id = 5,
        .partner_id = partner,
        .at = ORDER };
}

static struct attribution decide(enum program_attribution model, enum program_precedence precedence,
    struct touch *touches, size_t count)
{
    struct attribution_terms terms = {
        .model = model, .precedence = precedence, .window_days = 30
    };
    struct attribution_order order = { .at = ORDER };
    struct attribution out;
    attribution_decide(&terms, &order, touches, count, &out);
    return out;
}

TEST(each_model_shares_as_it_says)
{
    static const struct {
        enum program_attribution model;
        int clicks;
        int32_t shares[6];
        const char *reasons[6];
    } cases[] = {
        { ATTRIBUTION_LAST_CLICK, 3, { 0, 0, 10000 },
            { "later_click", "later_click", "last_click" } },
        { ATTRIBUTION_FIRST_CLICK, 3, { 10000, 0, 0 },
            { "first_click", "earlier_click", "earlier_click" } },
        { ATTRIBUTION_LINEAR, 1, { 10000 }, { "linear" } },
        { ATTRIBUTION_LINEAR, 3, { 3334, 3333, 3333 }, { "linear", "linear", "linear" } },
        { ATTRIBUTION_LINEAR, 6, { 1667, 1667, 1667, 1667, 1666, 1666 }, { "linear" } },
        { ATTRIBUTION_POSITION, 1, { 10000 }, { "position" } },
        { ATTRIBUTION_POSITION, 2, { 5000, 5000 }, { "position", "position" } },
        { ATTRIBUTION_POSITION, 3, { 4000, 2000, 4000 }, { "position" } },
        { ATTRIBUTION_POSITION, 5, { 4000, 667, 667, 666, 4000 }, { "position" } },
    };

    EACH (c, cases) {
        struct touch touches[6];
        int32_t sum = 0;
        test_case("%s of %d", program_attribution_names[c->model], c->clicks);
        for (int i = 0; i < c->clicks; i++) /* given newest first: the decision sorts */
            touches[i] = click_of(i + 1, i + 1);
        struct attribution all = decide(c->model, PRECEDENCE_COUPON, touches, (size_t)c->clicks);
        ASSERT_TRUE(all.attributed);
        ASSERT_STR(str_of(all.reason), program_attribution_names[c->model]);
        for (int i = 0; i < c->clicks; i++) {
            ASSERT_INT(touches[i].share_bp, c->shares[i]);
            if (c->reasons[i])
                ASSERT_STR(str_of(touches[i].reason), c->reasons[i]);
            sum += touches[i].share_bp;
        }
        ASSERT_INT(sum, 10000);
    }
}

TEST(the_window_counts_to_the_millisecond)
{
    static const struct {
        int64_t late_ms; /* after the window opened */
        const char *reason;
    } cases[] = { { -1, "outside_window" }, { 0, "last_click" }, { 1, "last_click" } };

    EACH (c, cases) {
        struct touch touch = click_of(1, 30);
        test_case("%lld", (long long)c->late_ms);
        touch.at.ms += c->late_ms;
        struct attribution all = decide(ATTRIBUTION_LAST_CLICK, PRECEDENCE_COUPON, &touch, 1);
        ASSERT_STR(str_of(touch.reason), c->reason);
        ASSERT_INT(all.attributed, touch.won);
    }
}

TEST(clocks_of_shops_may_differ_a_little)
{
    static const struct {
        enum touch_evidence evidence;
        int64_t after_ms;
        const char *reason;
    } cases[] = {
        { EVIDENCE_TOKEN, ATTRIBUTION_SKEW_MS, "last_click" },
        { EVIDENCE_TOKEN, ATTRIBUTION_SKEW_MS + 1, "after_order" },
        { EVIDENCE_COOKIE, ATTRIBUTION_SKEW_MS + 1, "after_order" },
        { EVIDENCE_CUSTOMER, 1, "after_order" },
        { EVIDENCE_CUSTOMER, 0, "last_click" },
    };

    EACH (c, cases) {
        struct touch touch = click_of(1, 0);
        test_case("%s, %lld ms", touch_evidence_names[c->evidence], (long long)c->after_ms);
        touch.evidence = c->evidence;
        touch.at.ms += c->after_ms;
        decide(ATTRIBUTION_LAST_CLICK, PRECEDENCE_COUPON, &touch, 1);
        ASSERT_STR(str_of(touch.reason), c->reason);
    }
}

TEST(coupon_against_click_by_the_programmes_switch)
{
    static const struct {
        enum program_precedence precedence;
        bool has_click, coupon_barred;
        int64_t winner;
        const char *why, *click, *coupon;
    } cases[] = {
        { PRECEDENCE_COUPON, true, false, 2, "coupon", "coupon_wins", "coupon" },
        { PRECEDENCE_CLICK, true, false, 1, "last_click", "last_click", "click_wins" },
        { PRECEDENCE_CLICK, false, false, 2, "coupon", NULL, "coupon" },
        { PRECEDENCE_COUPON, true, true, 1, "last_click", "last_click", "coupon_expired" },
        { PRECEDENCE_COUPON, false, true, 0, "no_valid_touch", NULL, "coupon_expired" },
    };

    EACH (c, cases) {
        struct touch touches[2] = { coupon_of(2), click_of(1, 1) };
        struct attribution_share shares[2];
        size_t count = c->has_click ? 2 : 1;
        test_case(
            "%s, %d, %d", program_precedence_names[c->precedence], c->has_click, c->coupon_barred);
        if (c->coupon_barred)
            touches[0].bar = TOUCH_COUPON_EXPIRED;
        struct attribution all = decide(ATTRIBUTION_LAST_CLICK, c->precedence, touches, count);
        ASSERT_STR(str_of(all.reason), c->why);
        ASSERT_INT(attribution_shares(touches, count, shares), c->winner ? 1 : 0);
        if (c->winner)
            ASSERT_INT(shares[0].partner_id, c->winner);
        for (size_t i = 0; i < count; i++)
            ASSERT_STR(
                str_of(touches[i].reason), touches[i].kind == TOUCH_COUPON ? c->coupon : c->click);
    }
}

TEST(barred_touches_lose_by_name_and_others_move_up)
{
    for (enum touch_bar bar = TOUCH_ROBOT; bar < TOUCH_BARS; bar++) {
        struct touch touches[2] = { click_of(1, 2), click_of(2, 1) };
        test_case("%s", touch_bar_names[bar]);
        touches[1].bar = bar;
        decide(ATTRIBUTION_LAST_CLICK, PRECEDENCE_COUPON, touches, 2);
        ASSERT_INT(touches[0].share_bp, 10000);
        ASSERT_STR(str_of(touches[1].reason), touch_bar_names[bar]);
        ASSERT_INT(touches[1].share_bp, 0);
    }
}

TEST(a_known_customer_counts_from_the_first_click_and_may_count_longer)
{
    static const struct {
        int32_t customer_days;
        int64_t days_before;
        const char *why;
    } cases[] = {
        { 0, 29, "customer" },
        { 0, 31, "no_valid_touch" },
        { 90, 31, "customer" },
        { 90, 91, "no_valid_touch" },
    };

    EACH (c, cases) {
        struct attribution_terms terms = { .window_days = 30, .customer_days = c->customer_days };
        struct attribution_order order = { .at = ORDER };
        struct touch touch = click_of(1, c->days_before);
        struct attribution all;
        test_case("%d days, click %lld days before", c->customer_days, (long long)c->days_before);
        touch.kind = TOUCH_CUSTOMER;
        touch.evidence = EVIDENCE_CUSTOMER;
        attribution_decide(&terms, &order, &touch, 1, &all);
        ASSERT_STR(str_of(all.reason), c->why);
    }
}

TEST(a_bound_customer_stays_with_his_partners_while_the_binding_lasts)
{
    static const struct {
        enum program_binding binding;
        int64_t days_before;
        int32_t shares[3]; /* bound, bound, a click of today */
        const char *why;
        int32_t parts[2]; /* that they had of the order that binds */
    } cases[] = {
        { BINDING_ANY, 50, { 0, 0, 10000 }, "last_click" },
        { BINDING_SALE, 50, { 5000, 5000, 0 }, "customer" },
        { BINDING_COUPON, 90, { 5000, 5000, 0 }, "customer" },
        { BINDING_SALE, 50, { 7000, 3000, 0 }, "customer", { 7000, 3000 } },
        { BINDING_SALE, 50, { 6667, 3333, 0 }, "customer", { 4000, 2000 } }, /* the third may not earn */
        { BINDING_LEAD, 91, { 0, 0, 10000 }, "last_click" },
    };

    EACH (c, cases) {
        struct attribution_terms terms = { .window_days = 30,
            .customer_days = 90,
            .binding = c->binding };
        struct attribution_order order = { .at = ORDER };
        struct touch touches[3] = { click_of(1, c->days_before), click_of(2, c->days_before),
            click_of(3, 0) };
        struct attribution all;
        test_case("%s, %lld days before", program_binding_names[c->binding],
            (long long)c->days_before);
        for (int i = 0; i < 2; i++) {
            touches[i].kind = TOUCH_CUSTOMER;
            touches[i].evidence = EVIDENCE_CUSTOMER;
            touches[i].bound_bp = c->parts[i];
        }
        attribution_decide(&terms, &order, touches, 3, &all);
        ASSERT_STR(str_of(all.reason), c->why);
        for (int i = 0; i < 3; i++)
            ASSERT_INT(touches[i].share_bp, c->shares[i]);
    }
}

TEST(no_touch_is_no_evidence)
{
    struct attribution all = decide(ATTRIBUTION_LINEAR, PRECEDENCE_COUPON, NULL, 0);
    ASSERT_FALSE(all.attributed);
    ASSERT_STR(str_of(all.reason), "no_evidence");
}

TEST(shares_of_one_partner_are_one_share)
{
    struct touch touches[4] = { click_of(1, 4), click_of(2, 3), click_of(1, 2), click_of(3, 1) };
    struct attribution_share shares[4];

    decide(ATTRIBUTION_LINEAR, PRECEDENCE_COUPON, touches, 4);
    ASSERT_INT(attribution_shares(touches, 4, shares), 3);
    ASSERT_INT(shares[0].partner_id, 1);
    ASSERT_INT(shares[0].share_bp, 5000);
    ASSERT_INT(shares[0].touch, 2);
    ASSERT_INT(shares[1].share_bp, 2500);
    ASSERT_INT(shares[2].share_bp, 2500);
}

TEST(shares_always_sum_to_the_whole)
{
    for (int round = 0; round < 2000; round++) {
        struct touch touches[40];
        size_t count = (size_t)test_random_between(t, 1, 40);
        int32_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            touches[i] = click_of(test_random_between(t, 1, 6), test_random_between(t, 0, 40));
            touches[i].bar = test_random_between(t, 0, 9) ? TOUCH_FREE : TOUCH_ROBOT;
            if (test_random_between(t, 0, 5) == 0)
                touches[i].kind = TOUCH_COUPON;
        }
        struct attribution all = decide((enum program_attribution)test_random_between(t, 0, 3),
            (enum program_precedence)test_random_between(t, 0, 1), touches, count);
        for (size_t i = 0; i < count; i++) {
            sum += touches[i].share_bp;
            ASSERT_TRUE(touches[i].reason);
            ASSERT_INT(touches[i].won, touches[i].share_bp > 0);
        }
        ASSERT_INT(sum, all.attributed ? 10000 : 0);
    }
}

RUN_TESTS(ROW(each_model_shares_as_it_says), ROW(the_window_counts_to_the_millisecond),
    ROW(clocks_of_shops_may_differ_a_little), ROW(coupon_against_click_by_the_programmes_switch),
    ROW(barred_touches_lose_by_name_and_others_move_up),
    ROW(a_known_customer_counts_from_the_first_click_and_may_count_longer),
    ROW(a_bound_customer_stays_with_his_partners_while_the_binding_lasts),
    ROW(no_touch_is_no_evidence), ROW(shares_of_one_partner_are_one_share),
    ROW(shares_always_sum_to_the_whole))
