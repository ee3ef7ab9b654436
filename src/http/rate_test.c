/* How often somebody may. */
#include "http/rate.h"

#include "base/test.h"

TEST(a_burst_is_allowed_and_then_one_per_refill)
{
    struct rate *rate = rate_open(t->env, 64);

    for (int i = 0; i < 5; i++)
        ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 5, 60000), 0);
    ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 5, 60000), 12000);
    test_advance(t, 11999);
    ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 5, 60000), 1);
    test_advance(t, 1);
    ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 5, 60000), 0);
    ASSERT_TRUE(rate_take(rate, "sign-in", STR("anna"), 5, 60000) > 0);
    test_advance(t, 3600000);
    for (int i = 0; i < 5; i++)
        ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 5, 60000), 0);
    ASSERT_TRUE(rate_take(rate, "sign-in", STR("anna"), 5, 60000) > 0);
    rate_close(rate);
}

TEST(keys_and_classes_do_not_share)
{
    struct rate *rate = rate_open(t->env, 64);

    ASSERT_INT(rate_take(rate, "apply", STR("anna"), 1, 60000), 0);
    ASSERT_TRUE(rate_take(rate, "apply", STR("anna"), 1, 60000) > 0);
    ASSERT_INT(rate_take(rate, "apply", STR("ben"), 1, 60000), 0);
    ASSERT_INT(rate_take(rate, "sign-in", STR("anna"), 1, 60000), 0);
    rate_close(rate);
}

TEST(a_flood_of_keys_does_not_set_a_busy_one_free)
{
    struct rate *rate = rate_open(t->env, 64);

    for (int i = 0; i < 10; i++)
        (void)rate_take(rate, "sign-in", STR("anna"), 10, 600000);
    for (int i = 0; i < 2000; i++)
        (void)rate_take(rate, "sign-in", str_printf(t->arena, "flood-%d", i), 10, 600000);
    ASSERT_TRUE(rate_take(rate, "sign-in", STR("anna"), 10, 600000) > 0);
    rate_close(rate);
}

RUN_TESTS(ROW(a_burst_is_allowed_and_then_one_per_refill), ROW(keys_and_classes_do_not_share),
    ROW(a_flood_of_keys_does_not_set_a_busy_one_free))
