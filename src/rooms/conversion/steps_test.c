/* Steps by volume and renewals in the books: reached, lost again by refunds and declines, and the
 * same whatever was told first. */
#include "rooms/conversion/books_testing.h"

#include "base/id.h"

/* Told with its time: `day` of December 2026, and a customer. */
static int64_t tell(struct books *b, int64_t minor, int day, const char *customer, int p)
{
    struct conversion order = books_order(b, NULL, minor, p);
    struct conversion_recorded stands;

    /* 2026-12-01; two of one moment would go by their ids */
    order.occurred_at = (instant){ INT64_C(1796083200000) + day * DAY_MS + minor };
    order.customer_id = str_of(customer);
    ASSERT_OK(books_tell(b, &order, &stands));
    return order.id;
}

static struct books *books_with(struct test *t, struct rule rule)
{
    struct books *b = books_open_named(t, rule.name.at);

    b->program.window_days = 366;
    books_change(b);
    books_advance(b, 60);
    rule.scope.partner_id = b->partners[0];
    books_rule(b, rule);
    return b;
}

static struct rule stepped(const char *name, enum rule_mode mode, struct rule_step *steps, size_t n)
{
    return (struct rule){ .name = str_of(name),
        .reward = { .percent_bp = 1000 },
        .tiered_by = { .measure = VOLUME_REVENUE, .mode = mode, .currency = { "EUR" } },
        .tiers = { steps, n } };
}

TEST(a_marginal_step_cuts_the_line_that_reaches_it_and_moves_when_volume_comes_back)
{
    struct rule_step steps[] = { { 100000, 1500, 0 } };
    struct books *b = books_with(t, stepped("marginal", MODE_MARGINAL, steps, 1));
    int64_t first = tell(b, 80000, 1, NULL, 0), second = tell(b, 40000, 2, NULL, 0);
    int64_t third = tell(b, 10000, 3, NULL, 0), january = tell(b, 10000, 32, NULL, 0);

    ASSERT_INT(books_worth(b, first, 0), 8000);  /* 800.00 × 10 % */
    ASSERT_INT(books_worth(b, second, 0), 5000); /* 200.00 × 10 % + 200.00 × 15 % */
    ASSERT_INT(books_worth(b, third, 0), 1500);  /* 100.00 × 15 % */
    ASSERT_INT(books_worth(b, january, 0), 1000); /* another month */
    ASSERT_OK(books_refund(b, first, "R-1", 80000, NULL));
    ASSERT_INT(books_worth(b, second, 0), 4000); /* the volume is 400.00 now */
    ASSERT_INT(books_worth(b, third, 0), 1000);
    int64_t late = tell(b, 90000, 0, NULL, 0); /* told last, happened first */
    ASSERT_INT(books_worth(b, late, 0), 9000);
    ASSERT_INT(books_worth(b, second, 0), 5500); /* 100.00 × 10 % + 300.00 × 15 % */
    ASSERT_INT(books_worth(b, third, 0), 1500);
    ASSERT_OK(books_amend(b, second, "N-1", 5000));
    ASSERT_INT(books_worth(b, second, 0), 500);
    ASSERT_INT(books_worth(b, third, 0), 1250); /* 50.00 × 10 % + 50.00 × 15 % */
    books_check(b);
}

TEST(a_step_of_the_whole_period_is_given_and_taken_back_for_all_its_orders)
{
    struct rule_step steps[] = { { 100000, 1200, 0 }, { 200000, 1500, 0 } };
    struct books *b = books_with(t, stepped("retroactive", MODE_RETROACTIVE, steps, 2));
    int64_t first = tell(b, 60000, 1, NULL, 0), second = tell(b, 39999, 2, NULL, 0);

    ASSERT_INT(books_worth(b, first, 0), 6000);
    ASSERT_INT(books_worth(b, second, 0), 4000); /* 39.999 */
    int64_t third = tell(b, 1, 3, NULL, 0);      /* 1,000.00 is reached */
    ASSERT_INT(books_worth(b, first, 0), 7200);
    ASSERT_INT(books_worth(b, second, 0), 4800); /* 47.9988 */
    ASSERT_INT(books_worth(b, third, 0), 0);
    int64_t fourth = tell(b, 100000, 30, NULL, 0);
    ASSERT_INT(books_worth(b, first, 0), 9000); /* 15 % for all of December */
    ASSERT_INT(books_worth(b, fourth, 0), 15000);
    ASSERT_OK(books_refund(b, fourth, "R-1", 1, NULL)); /* one cent short of 2,000.00 */
    ASSERT_INT(books_worth(b, first, 0), 7200);
    ASSERT_INT(books_worth(b, fourth, 0), 12000); /* 999.99 × 12 % = 119.9988 */
    struct commission c = books_commission(b, fourth);
    ASSERT_OK(books_move(b, MOVE_DECLINE, c.id, NULL)); /* declined: counts for nothing */
    ASSERT_INT(books_worth(b, first, 0), 7200);
    c = books_commission(b, second);
    ASSERT_OK(books_move(b, MOVE_DECLINE, c.id, NULL));
    ASSERT_INT(books_worth(b, first, 0), 6000);
    ASSERT_INT(books_worth(b, second, 0), 0);
    books_check(b);
}

TEST(renewals_step_down_and_end)
{
    struct rule_step steps[] = { { 2, 500, 0 } };
    struct rule rule = { .name = STR("renewals"),
        .reward = { .percent_bp = 2000 },
        .recurring = { .orders = 3, .steps = { steps, 1 } } };
    struct books *b = books_with(t, rule);
    int64_t second = tell(b, 1000, 5, "kim", 0), other = tell(b, 1000, 5, "lee", 0);

    ASSERT_INT(books_worth(b, second, 0), 200);
    int64_t first = tell(b, 1000, 1, "kim", 0); /* told late */
    ASSERT_INT(books_worth(b, first, 0), 200);
    ASSERT_INT(books_worth(b, second, 0), 50);
    ASSERT_INT(books_worth(b, other, 0), 200);
    int64_t third = tell(b, 1000, 9, "kim", 0), fourth = tell(b, 1000, 10, "kim", 0);
    ASSERT_INT(books_worth(b, third, 0), 50);
    ASSERT_INT(books_worth(b, fourth, 0), 0); /* three earn */
    ASSERT_OK(books_give_to(b, first, 1));    /* was not his: all others move up */
    ASSERT_INT(books_worth(b, second, 0), 200);
    ASSERT_INT(books_worth(b, third, 0), 50);
    ASSERT_INT(books_worth(b, fourth, 0), 50);
    books_check(b);
}

/* ---- the same facts in another order of telling
 * ------------------------------------------------------------------------- */

enum { FACTS = 40 };

struct fact {
    int64_t amount, refund, id;
    int day, customer, partner;
};

static void tell_all(struct books *b, struct fact *facts, const int *order)
{
    static const char *const customers[] = { "kim", "lee", "max" };

    for (int i = 0; i < FACTS; i++) {
        struct fact *f = &facts[order[i]];
        f->id = tell(b, f->amount, f->day, customers[f->customer], f->partner);
        if (f->refund && i % 2)
            ASSERT_OK(books_refund(b, f->id, "R-1", f->refund, NULL));
    }
    for (int i = 0; i < FACTS; i++) {
        struct fact *f = &facts[order[i]];
        if (f->refund && i % 2 == 0)
            ASSERT_OK(books_refund(b, f->id, "R-1", f->refund, NULL));
    }
    books_check(b);
}

static void shuffle(struct test *t, int *order)
{
    for (int i = FACTS - 1; i > 0; i--) {
        int k = (int)test_random_between(t, 0, i), was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
}

TEST(what_was_told_first_makes_no_difference)
{
    struct rule_step steps[] = { { 100000, 1200, 0 }, { 250000, 1555, 0 } };
    struct rule_step orders[] = { { 3, 1200, 0 }, { 7, 1777, 0 } };
    struct rule_step renewals[] = { { 2, 900, 0 }, { 4, 333, 0 } };
    struct rule rules[] = { stepped("m", MODE_MARGINAL, steps, 2),
        stepped("r", MODE_RETROACTIVE, steps, 2), stepped("o", MODE_RETROACTIVE, orders, 2),
        { .name = STR("n"),
            .reward = { .percent_bp = 1500 },
            .recurring = { .orders = 6, .months = 2, .steps = { renewals, 2 } } } };
    struct fact facts[2][FACTS];
    int order[FACTS];

    rules[2].tiered_by.measure = VOLUME_ORDERS;
    rules[2].tiered_by.period = PERIOD_YEAR;
    for (int i = 0; i < FACTS; i++) {
        order[i] = i;
        facts[0][i] = (struct fact){ .amount = test_random_between(t, 1, 30000),
            .day = (int)test_random_between(t, 0, 50),
            .customer = (int)test_random_between(t, 0, 2) };
        if (test_random_between(t, 0, 2) == 0)
            facts[0][i].refund = test_random_between(t, 1, facts[0][i].amount);
        facts[1][i] = facts[0][i];
    }
    for (size_t r = 0; r < 4; r++) {
        struct books *one = books_with(t, rules[r]);
        tell_all(one, facts[0], order);
        shuffle(t, order);
        rules[r].name = str_printf(t->arena, "%zu again", r);
        struct books *other = books_with(t, rules[r]);
        tell_all(other, facts[1], order);
        for (int i = 0; i < FACTS; i++) {
            test_case("rule %zu, order %d", r, i);
            ASSERT_INT(
                books_worth(other, facts[1][i].id, 0), books_worth(one, facts[0][i].id, 0));
        }
    }
}

RUN_TESTS(ROW(a_marginal_step_cuts_the_line_that_reaches_it_and_moves_when_volume_comes_back),
    ROW(a_step_of_the_whole_period_is_given_and_taken_back_for_all_its_orders),
    ROW(renewals_step_down_and_end), ROW(what_was_told_first_makes_no_difference))
