/* Customers that are remembered while orders are decided. */
#include "rooms/commission/decide_customers.h"

#include "base/arena.h"
#include "base/test.h"

enum { ANNA = 1, BEN = 2, RULE = 7, OTHER_RULE = 8 };

static int64_t next(struct customers *c, int64_t partner_id, int64_t line_id, const char *who,
    int64_t ms, bool counts)
{
    struct customer_key key = customer_key(partner_id, line_id, str_of(who));
    instant first;
    int64_t before;

    customers_fetch(c, &key);
    before = customers_next(c, &key, (instant){ ms }, counts, &first);
    return before * 1000 + first.ms;
}

TEST(a_customer_is_one_for_each_partner_and_rule)
{
    struct customers *c = customers_new();

    ASSERT_INT(next(c, ANNA, RULE, "c-1", 5, true), 5);
    ASSERT_INT(next(c, ANNA, RULE, "c-1", 6, true), 1005); /* one before, at 5 */
    ASSERT_INT(next(c, ANNA, RULE, "C-1", 7, true), 7);
    ASSERT_INT(next(c, BEN, RULE, "c-1", 8, true), 8);
    ASSERT_INT(next(c, ANNA, OTHER_RULE, "c-1", 9, true), 9);
    ASSERT_INT(next(c, ANNA, RULE, "c-1", 10, true), 2005);
    customers_free(c);
}

TEST(an_order_that_does_not_count_is_not_the_first)
{
    struct customers *c = customers_new();

    ASSERT_INT(next(c, ANNA, RULE, "c-1", 5, false), 5);
    ASSERT_INT(next(c, ANNA, RULE, "c-1", 6, true), 6);
    ASSERT_INT(next(c, ANNA, RULE, "c-1", 7, false), 1006);
    ASSERT_INT(next(c, ANNA, RULE, "c-1", 8, true), 1006);
    customers_free(c);
}

TEST(many_customers_are_kept_apart_while_tables_grow)
{
    enum { CUSTOMERS = 60000, ORDERS = 3 };
    struct customers *c = customers_new();

    for (int64_t order = 0; order < ORDERS; order++)
        for (int64_t i = 0; i < CUSTOMERS; i++) {
            struct customer_key key =
                customer_key(ANNA, RULE, str_printf(t->arena, "c-%d", (int)i));
            instant first;
            ASSERT_INT(
                customers_next(c, &key, (instant){ order * CUSTOMERS + i }, true, &first), order);
            ASSERT_INT(first.ms, i);
        }
    customers_free(c);
}

RUN_TESTS(ROW(a_customer_is_one_for_each_partner_and_rule),
    ROW(an_order_that_does_not_count_is_not_the_first),
    ROW(many_customers_are_kept_apart_while_tables_grow))
