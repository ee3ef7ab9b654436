/* Clicks whose rows come after their order: judged again by what they tell, once, and the second
 * hand agrees before and after. */
#include "rooms/verify/verify_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "rooms/conversion/books_testing.h"

static err note(const struct verify_difference *d, void *arg)
{
    struct arena *arena = arg;
    test_case("%s", str_c(arena, verify_sentence(arena, d)));
    return NULL;
}

static int64_t differences(struct books *b)
{
    struct verify_outcome out;

    store_keep(b->t->arena);
    ASSERT_OK(verify_run(b->store, note, b->t->arena, &out));
    store_keep(b->t->arena);
    books_check(b);
    return out.differences;
}

/* 10 %, and 20 % for what comes by the newsletter. */
static struct books *books_of(struct test *t)
{
    struct books *b = books_open(t);

    books_rule(b, (struct rule){ .name = STR("Newsletter"),
                      .scope = { .sub = STR("sub1=letter") },
                      .reward = { .percent_bp = 2000 } });
    return b;
}

static struct conversion told_by(struct books *b, const struct books_click *click, int64_t minor)
{
    struct conversion order = books_order(b, NULL, minor, -1);
    struct conversion_recorded stands;

    order.click = click->token;
    ASSERT_OK(books_tell_in(b, click->app, &order, &stands));
    return stands.conversion;
}

TEST(an_order_before_its_click_is_judged_again_by_the_ids_of_the_click)
{
    static const struct {
        const char *name, *sub;
        int64_t worth;
    } cases[] = {
        { "the rule's", "letter", 2000 },
        { "another", "blog", 1000 },
        { "none", NULL, 1000 },
    };
    struct books *b = books_of(t);

    EACH (c, cases) {
        struct books_click click = books_click(b, 0);
        struct conversion order = told_by(b, &click, 10000);
        test_case("%s", c->name);
        ASSERT_INT(books_worth(b, order.id, 0), 1000);
        ASSERT_TRUE(books_hear(b, order.id)); /* not yet */
        ASSERT_INT(books_worth(b, order.id, 0), 1000);
        ASSERT_INT(differences(b), 0);
        books_drain(b, &click, c->sub);
        for (int again = 0; again < 2; again++) {
            ASSERT_FALSE(books_hear(b, order.id));
            ASSERT_INT(books_worth(b, order.id, 0), c->worth);
        }
        ASSERT_INT(books_commission(b, order.id).earned_amount, 1000);
        ASSERT_INT(books_commission(b, order.id).adjusted_amount, c->worth - 1000);
        ASSERT_INT(differences(b), 0);
    }
}

TEST(a_click_that_is_there_needs_no_second_look)
{
    struct books *b = books_of(t);
    struct books_click click = books_click(b, 0);

    books_drain(b, &click, "letter");
    struct conversion order = told_by(b, &click, 10000);
    ASSERT_INT(books_commission(b, order.id).earned_amount, 2000);
    ASSERT_FALSE(books_hear(b, order.id));
    ASSERT_INT(differences(b), 0);
}

/* The click's row at each place in a story of refund, amendment and payout: always the same end. */
TEST(whenever_the_click_comes_the_entitlement_is_the_same)
{
    struct books *b = books_of(t);

    for (int comes = 0; comes <= 4; comes++) {
        struct books_click click = books_click(b, 1);
        struct conversion order;
        test_case("row comes at %d", comes);
        if (comes == 0)
            books_drain(b, &click, "letter");
        order = told_by(b, &click, 10000);
        for (int step = 1; step <= 4; step++) {
            if (step == comes)
                books_drain(b, &click, "letter");
            (void)books_hear(b, order.id);
            if (step == 1)
                ASSERT_OK(books_refund(b, order.id, "R-1", 3333, NULL));
            if (step == 2)
                ASSERT_OK(books_amend(b, order.id, "N-1", 20000));
            if (step == 3) {
                books_advance(b, 31);
                (void)books_mature(b);
                ASSERT_OK(books_pay(b, 1, "EUR", 900 + comes * 10, 901 + comes * 10, NULL));
                ASSERT_OK(books_paid(b, 901 + comes * 10));
            }
        }
        ASSERT_INT(books_worth(b, order.id, 1), 3333); /* 166.67 × 20 % = 33.334 */
        ASSERT_INT(differences(b), 0);
    }
}

TEST(a_later_order_of_the_customer_waits_for_the_same_click)
{
    struct books *b = books_of(t);
    struct books_click click = books_click(b, 0);
    struct conversion first = books_order(b, "C-1", 10000, -1), second = books_order(b, "C-2", 10000, -1);
    struct conversion_recorded stands;

    first.click = click.token;
    first.customer_id = second.customer_id = STR("carla");
    ASSERT_OK(books_tell_in(b, click.app, &first, &stands));
    ASSERT_OK(books_tell(b, &second, &stands));
    ASSERT_INT(books_worth(b, second.id, 0), 1000);
    books_drain(b, &click, "letter");
    ASSERT_FALSE(books_hear(b, second.id));
    ASSERT_INT(books_worth(b, second.id, 0), 2000);
    ASSERT_INT(books_worth(b, first.id, 0), 1000); /* its own turn comes */
    ASSERT_FALSE(books_hear(b, first.id));
    ASSERT_INT(books_worth(b, first.id, 0), 2000);
    struct conversion third = books_order(b, "C-3", 10000, -1);
    third.customer_id = STR("carla");
    ASSERT_OK(books_tell(b, &third, &stands));
    ASSERT_INT(books_commission(b, third.id).earned_amount, 2000); /* it is known by now */
    ASSERT_INT(differences(b), 0);
}

/* A made-up memory of what the click told. */
#define MAKE_UP                                                                                    \
    "INSERT INTO conversion_late (conversion_id, n, click_id, subs, created_at) SELECT "           \
    "conversion_id, n, click_id, '[\"letter\"]', 1 FROM conversion_touch WHERE conversion_id = $1"
static const struct statement made_up = { "made_up", { MAKE_UP, MAKE_UP },
    (const char *const[]){ "conversion_id", NULL }, true };

static err make_up(struct db *db, void *arg)
{
    const int64_t *id = arg;
    return db_run(db, &made_up, PARAMS(P("conversion_id", *id)), NULL, NULL, NULL);
}

TEST(a_made_up_memory_of_a_click_is_found)
{
    struct books *b = books_of(t);
    struct books_click click = books_click(b, 0);
    struct conversion order = told_by(b, &click, 10000);

    ASSERT_OK(books_write(b, make_up, &order.id));
    ASSERT_INT(differences(b), 1); /* the sum does not follow */
    books_drain(b, &click, "blog");
    ASSERT_INT(differences(b), 2); /* and it is not what the click says */
}

TEST(an_order_that_was_declined_earns_nothing_by_a_late_click)
{
    struct books *b = books_of(t);
    struct books_click click = books_click(b, 0);
    struct conversion order = told_by(b, &click, 10000);
    struct commission c;

    ASSERT_OK(books_move(b, MOVE_DECLINE, books_commission(b, order.id).id, &c));
    books_drain(b, &click, "letter");
    ASSERT_FALSE(books_hear(b, order.id));
    ASSERT_INT(books_worth(b, order.id, 0), 0);
    ASSERT_INT(differences(b), 0);
}

RUN_TESTS(ROW(an_order_before_its_click_is_judged_again_by_the_ids_of_the_click),
    ROW(a_click_that_is_there_needs_no_second_look),
    ROW(whenever_the_click_comes_the_entitlement_is_the_same),
    ROW(a_later_order_of_the_customer_waits_for_the_same_click),
    ROW(a_made_up_memory_of_a_click_is_found),
    ROW(an_order_that_was_declined_earns_nothing_by_a_late_click))
