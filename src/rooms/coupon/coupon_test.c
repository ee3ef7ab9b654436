/* Codes: when they are evidence, and what they may look like. */
#include "rooms/coupon/coupon_inside.h"

#include "base/test.h"

TEST(a_code_is_evidence_inside_its_dates_and_uses)
{
    static const struct {
        int64_t starts, ends, max, uses, at;
        enum coupon_status status;
        const char *wanted;
    } cases[] = {
        { 0, 0, 0, 0, 50, COUPON_ACTIVE, NULL },
        { 0, 0, 0, 999, 50, COUPON_ACTIVE, NULL },
        { 60, 0, 0, 0, 50, COUPON_ACTIVE, "coupon_not_started" },
        { 50, 0, 0, 0, 50, COUPON_ACTIVE, NULL },
        { 0, 51, 0, 0, 50, COUPON_ACTIVE, NULL },
        { 0, 50, 0, 0, 50, COUPON_ACTIVE, "coupon_expired" },
        { 0, 0, 3, 2, 50, COUPON_ACTIVE, NULL },
        { 0, 0, 3, 3, 50, COUPON_ACTIVE, "coupon_used_up" },
        { 0, 0, 0, 0, 50, COUPON_PAUSED, "coupon_paused" },
    };

    EACH (c, cases) {
        struct coupon coupon = { .starts_at = { c->starts },
            .ends_at = { c->ends },
            .max_uses = c->max,
            .uses = c->uses,
            .status = c->status };
        test_case("%lld to %lld, %lld of %lld", (long long)c->starts, (long long)c->ends,
            (long long)c->uses, (long long)c->max);
        ASSERT_STR(str_of(coupon_objection(&coupon, (instant){ c->at })), c->wanted);
    }
}

TEST(codes_have_no_spaces_and_a_length)
{
    static const struct {
        const char *code;
        const struct err *wanted;
    } cases[] = {
        { "ANNA10", NULL },
        { "anna-10.x_y", NULL },
        { "zażółć", NULL },
        { "-20%", NULL },
        { "A", &COUPON_CODE },
        { "", &COUPON_CODE },
        { "AN NA", &COUPON_CODE },
        { "A\tB", &COUPON_CODE },
        { "A<b>", &COUPON_CODE },
        { "12345678901234567890123456789012345678901", &COUPON_CODE },
    };

    EACH (c, cases) {
        struct coupon coupon = { .code = str_of(c->code) };
        test_case("%s", c->code);
        ASSERT_ERR(coupon_check(&coupon), c->wanted);
    }
}

TEST(a_coupon_ends_after_it_begins)
{
    struct coupon coupon = { .code = STR("OK"), .starts_at = { 5 }, .ends_at = { 5 } };
    ASSERT_ERR(coupon_check(&coupon), &COUPON_DATES);
    coupon.ends_at.ms = 6;
    ASSERT_OK(coupon_check(&coupon));
}

TEST(codes_are_compared_without_case_and_surrounding_space)
{
    ASSERT_STR(coupon_key(t->arena, STR(" anna10 ")), "ANNA10");
}

RUN_TESTS(ROW(a_code_is_evidence_inside_its_dates_and_uses), ROW(codes_have_no_spaces_and_a_length),
    ROW(a_coupon_ends_after_it_begins), ROW(codes_are_compared_without_case_and_surrounding_space))
