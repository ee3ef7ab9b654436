/* Orders that change after they were told: amended, returned item by item, given to another
 * partner. Whatever comes in whatever order, the books end at the same figures. */
#include "rooms/conversion/books_testing.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/id.h"
#include "rooms/partner/partner.h"

TEST(an_amended_order_is_judged_anew_by_the_rules_of_its_time)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    b->program.commission.percent_bp = 2000; /* for orders of tomorrow */
    books_advance(b, 1);
    books_change(b);
    ASSERT_OK(books_amend(b, order.id, "N-1", 12000));
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 1200); /* 120.00 × 10 % */
    ASSERT_OK(books_amend(b, order.id, "N-2", 5000));
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 500);
    ASSERT_INT(books_commission(b, order.id).earned_amount, 1000);
    ASSERT_INT(books_commission(b, order.id).adjusted_amount, -500);
    ASSERT_OK(books_amend(b, order.id, "N-1", 12000)); /* told before: nothing happens */
    ASSERT_ERR(books_amend(b, order.id, "N-1", 12001), &AMENDMENT_EXISTS);
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 500);
    ASSERT_OK(books_refund(b, order.id, "R-1", 2000, NULL));
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 300); /* 30.00 are left of 50.00 */
    ASSERT_ERR(books_amend(b, order.id, "N-3", 1999), &AMENDMENT_BELOW_REFUNDS);
    ASSERT_ERR(books_refund(b, order.id, "R-2", 3001, NULL), &REFUND_EXCEEDS_ORDER);
    ASSERT_OK(books_refund(b, order.id, "R-2", 3000, NULL));
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 0);
    books_check(b);
}

TEST(an_item_that_comes_back_takes_its_own_commission)
{
    struct conversion_item items[] = {
        { .sku = STR("TEA"), .quantity = 1, .amount = 7000 },
        { .sku = STR("W-1"), .category = STR("workshops"), .quantity = 2, .amount = 3000 },
    };
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "I-1", 10000, 0);
    struct conversion_recorded stands;

    order.items = (struct list){ items, 2 };
    ASSERT_OK(books_tell(b, &order, &stands)); /* 10 % of 100.00 */
    ASSERT_OK(books_refund_item(b, order.id, "R-1", "W-1", 1500));
    ASSERT_INT(books_worth(b, order.id, 0), 850);
    ASSERT_OK(books_refund(b, order.id, "R-2", 4250, NULL)); /* half of what is left */
    ASSERT_INT(books_worth(b, order.id, 0), 425);
    ASSERT_OK(books_refund_item(b, order.id, "R-3", "TEA", 4250)); /* mixed pieces end at zero */
    ASSERT_INT(books_worth(b, order.id, 0), 0);
    books_check(b);
}

TEST(a_moved_sale_leaves_nothing_behind_and_follows_its_new_owner)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "M-1", 9999, 0), nobodys = books_order(b, "M-2", 500, -1);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_OK(books_give_to(b, order.id, 2));
    ASSERT_INT(books_worth(b, order.id, 0), 0);
    ASSERT_INT(books_worth(b, order.id, 2), 1000);
    ASSERT_ERR(books_give_to(b, order.id, 2), &MOVE_TO);
    ASSERT_OK(books_refund(b, order.id, "R-1", 3333, NULL));
    ASSERT_INT(books_worth(b, order.id, 2), 667);
    ASSERT_OK(books_give_to(b, order.id, 0)); /* and back: it waits where it had waited */
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 667);
    ASSERT_INT(books_balance(b, 2, "EUR").pending, 0);
    ASSERT_OK(books_tell(b, &nobodys, &stands));
    ASSERT_OK(books_give_to(b, nobodys.id, 1));
    ASSERT_INT(books_worth(b, nobodys.id, 1), 50);
    ASSERT_ERR(books_give_to(b, nobodys.id, BOOKS_PARTNERS - 1), &PARTNER_NOT_APPROVED);
    books_check(b);
}

/* A sale, its amendment and two refunds that only fit the amended order. */
static err tell_step(struct books *b, int step, const struct conversion *order)
{
    struct conversion_recorded stands;

    switch (step) {
    case 0:
        return books_tell(b, order, &stands);
    case 1:
        return books_amend_order(b, order->order_id, "N-1", 12000);
    case 2:
        return books_refund_order(b, order->order_id, "R-1", 3000);
    default:
        return books_refund_order(b, order->order_id, "R-2", 8000);
    }
}

TEST(every_order_of_telling_ends_at_the_same_entitlement)
{
    struct books *b = books_open(t);

    for (int i = 0; i < 24; i++) {
        struct conversion order = books_order(b, NULL, 10000, 1);
        int left[] = { 0, 1, 2, 3 }, count = 4, again = -1;
        test_case("story %d", i);
        for (int rest = i; count > 0; rest /= count + 1) {
            int at = rest % count, step = left[at];
            err refused = tell_step(b, step, &order);
            if (refused) {
                ASSERT_ERR(refused, &REFUND_EXCEEDS_ORDER);
                again = step; /* the shop tries once more when the order was amended */
            }
            left[at] = left[--count];
        }
        if (again >= 0)
            ASSERT_OK(tell_step(b, again, &order));
        ASSERT_INT(books_worth(b, order.id, 1), 100); /* 120.00 − 110.00 at 10 % */
    }
    books_check(b);
}

static int64_t tell_of_kim(struct books *b, const char *name, int p, int64_t day)
{
    struct conversion order = books_order(b, name, 10000, p);
    struct conversion_recorded stands;

    order.customer_id = STR("kim");
    order.occurred_at = (instant){ INT64_C(1796083200000) + DAY_MS / 2 + day * DAY_MS };
    ASSERT_OK(books_tell(b, &order, &stands));
    return order.id;
}

TEST(a_bound_customer_goes_with_the_sale_from_when_it_was_moved)
{
    struct books *b = books_open(t);
    int64_t first, early, late;

    b->program.customer_binding = BINDING_SALE;
    b->program.customer_days = 366;
    books_change(b);
    books_advance(b, 10);
    first = tell_of_kim(b, "B-1", 0, 1);
    ASSERT_INT(books_worth(b, tell_of_kim(b, "B-2", -1, 5), 0), 1000); /* the control */
    ASSERT_OK(books_give_to(b, first, 1));                              /* on the tenth day */
    books_advance(b, 10);
    early = tell_of_kim(b, "B-3", -1, 6); /* told after the move, placed before it */
    late = tell_of_kim(b, "B-4", -1, 15);
    ASSERT_INT(books_worth(b, early, 0), 1000);
    ASSERT_INT(books_worth(b, early, 1), 0);
    ASSERT_INT(books_worth(b, late, 0), 0);
    ASSERT_INT(books_worth(b, late, 1), 1000);
    books_check(b);
}

RUN_TESTS(ROW(an_amended_order_is_judged_anew_by_the_rules_of_its_time),
    ROW(an_item_that_comes_back_takes_its_own_commission),
    ROW(a_moved_sale_leaves_nothing_behind_and_follows_its_new_owner),
    ROW(a_bound_customer_goes_with_the_sale_from_when_it_was_moved),
    ROW(every_order_of_telling_ends_at_the_same_entitlement))
