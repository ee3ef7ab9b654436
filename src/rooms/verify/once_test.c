/* What is told is worked out to its end before anything is booked: each commission gets one entry of
 * it at most, whatever rules look at other orders. */
#include "rooms/verify/verify_inside.h"

#include "base/id.h"
#include "migrations.h"
#include "rooms/verify/story_testing.h"

enum { STEPS = 220, ORDERS_MOST = 120 };

#define ALIKE(sql)                                                                                 \
    {                                                                                              \
        sql, sql                                                                                   \
    }
static const struct statement last_entry = { "last_entry",
    ALIKE("SELECT COALESCE(MAX(id), 0) FROM ledger_entry"), (const char *const[]){ NULL }, false };
/* Commissions whose worth was booked more than once since. */
static const struct statement booked_twice = { "booked_twice",
    ALIKE("SELECT COUNT(*) FROM (SELECT commission_id FROM ledger_entry WHERE id > $1 AND kind IN "
          "('accrue', 'bonus', 'adjust', 'refund', 'chargeback', 'amend', 'move', 'decline') "
          "GROUP BY commission_id HAVING COUNT(*) > 1) AS twice"),
    (const char *const[]){ "since", NULL }, false };
/* Orders of others that what was told moved. */
static const struct statement moved_others = { "moved_others",
    ALIKE("SELECT COUNT(*) FROM ledger_entry WHERE id > $1 AND kind = 'adjust'"),
    (const char *const[]){ "since", NULL }, false };

struct story {
    struct books *b;
    struct conversion orders[ORDERS_MOST];
    bool has_changed[ORDERS_MOST]; /* refunded, amended: told over again with a telling by the shop */
    int count;
    int64_t since; /* the last entry before what is told now */
    int64_t found;
};

static err read_last(struct db *db, void *arg)
{
    struct story *s = arg;
    return db_int(db, &last_entry, NO_PARAMS, &s->since);
}

static err read_twice(struct db *db, void *arg)
{
    struct story *s = arg;
    return db_int(db, &booked_twice, PARAMS(P("since", s->since)), &s->found);
}

static err read_moved(struct db *db, void *arg)
{
    struct story *s = arg;
    return db_int(db, &moved_others, PARAMS(P("since", s->since)), &s->found);
}

static int64_t any(struct story *s, int64_t from, int64_t to)
{
    return test_random_between(s->b->t, from, to);
}

static void sell(struct story *s)
{
    struct conversion_item items[] = {
        { .sku = STR("W-1"), .category = STR("workshops"), .quantity = 3, .amount = 3984 },
    };
    struct conversion order =
        books_order(s->b, NULL, any(s, 4000, 40000), (int)any(s, -1, BOOKS_PARTNERS - 2));
    struct conversion_recorded stands;

    if (s->count == ORDERS_MOST)
        return;
    order.customer_id = str_printf(s->b->t->arena, "c-%d", (int)any(s, 1, 4));
    order.source = any(s, 0, 3) ? SOURCE_API : SOURCE_BROWSER;
    order.occurred_at =
        (instant){ s->b->t->env->now(s->b->t->env).ms - any(s, 0, 10) * DAY_MS }; /* late */
    if (any(s, 0, 2) == 0)
        order.items = (struct list){ items, 1 };
    ASSERT_OK(books_tell(s->b, &order, &stands));
    s->orders[s->count++] = stands.conversion;
}

/* What a browser told is told by the shop, with another amount. */
static err tell_by_shop(struct story *s, const struct conversion *browsers)
{
    struct conversion order = books_order(s->b, NULL, browsers->amount + 1000, (int)any(s, 0, 3));
    struct conversion_recorded stands;

    order.order_id = browsers->order_id;
    order.occurred_at = browsers->occurred_at;
    order.customer_id = browsers->customer_id;
    return books_tell(s->b, &order, &stands);
}

static err decline(struct story *s, const struct conversion *c)
{
    struct db *db = store_lend(s->b->store, s->b->t->arena);
    struct list rows;
    err e = commission_of_conversion(db, s->b->program.id, c->id, &rows);

    store_return(db);
    TRY(e);
    return rows.count ? books_move(s->b, MOVE_DECLINE, ((struct commission *)rows.at)[0].id, NULL)
                      : NULL;
}

/* Some are not possible when they come; that is part of it. */
static void tell(struct story *s, int step)
{
    int64_t at = any(s, 0, s->count - 1);
    const struct conversion *c = &s->orders[at];
    str name = str_printf(s->b->t->arena, "N-%d", step);
    err e = NULL;

    int64_t what = any(s, 0, 7);
    s->has_changed[at] |= what <= 2;
    switch (what) {
    case 0:
        e = books_refund(s->b, c->id, name.at, any(s, 1, c->amount), NULL);
        break;
    case 1:
        e = books_refund_item(s->b, c->id, name.at, "W-1", any(s, 1, 3984));
        break;
    case 2:
        e = books_amend(s->b, c->id, name.at, any(s, 0, 40000));
        break;
    case 3:
        e = books_give_to(s->b, c->id, (int)any(s, 0, 3));
        break;
    case 4:
        e = decline(s, c);
        break;
    case 5:
        e = c->source == SOURCE_BROWSER && !s->has_changed[at] ? tell_by_shop(s, c) : NULL;
        break;
    default:
        sell(s);
    }
    ASSERT_TRUE(!e || e->kind < ERR_INTERNAL);
}

/* Some are paid while the story goes on: of those, what is given and taken is carried. */
static void pay(struct story *s, int step)
{
    books_advance(s->b, 31);
    (void)books_mature(s->b);
    for (int p = 0; p < 3; p++)
        if (!books_pay(s->b, p, "EUR", 1000 + step, 1001 + 10 * step + p, NULL))
            ASSERT_OK(books_paid(s->b, 1001 + 10 * step + p));
}

static err nothing(const struct verify_difference *d, void *arg)
{
    struct test *t = arg;
    test_case("%s", verify_sentence(t->arena, d).at);
    ASSERT_TRUE(!d);
    return NULL;
}

static struct story *begin(struct test *t)
{
    struct story *s = ARENA_NEW(t->arena, struct story);

    s->b = books_open(t);
    store_keep(t->arena);
    s->b->program.window_days = 366;
    books_change(s->b);
    books_advance(s->b, 60);
    story_rules(s->b);
    for (int i = 0; i < 5; i++)
        sell(s);
    return s;
}

TEST(each_commission_gets_one_entry_of_what_is_told)
{
    struct story *s = begin(t);
    struct verify_outcome out;
    int64_t rippled = 0;

    for (int step = 0; step < STEPS; step++) {
        ASSERT_OK(store_read(s->b->store, read_last, s));
        tell(s, step);
        test_case("step %d", step);
        ASSERT_OK(store_read(s->b->store, read_twice, s));
        ASSERT_INT(s->found, 0);
        ASSERT_OK(store_read(s->b->store, read_moved, s));
        rippled += s->found > 1;
        if (step % 40 == 39)
            pay(s, step);
    }
    ASSERT_TRUE(rippled > STEPS / 20); /* there was something to be told of others */
    books_check(s->b);
    ASSERT_OK(verify_run(s->b->store, nothing, t, &out));
}

/* The control: between two tellings it is found that one was booked twice. */
TEST(two_tellings_may_book_one_twice)
{
    struct story *s = begin(t);
    struct conversion order = books_order(s->b, NULL, 20000, 0);
    struct conversion_recorded stands;

    order.occurred_at = (instant){ t->env->now(t->env).ms - 11 * DAY_MS }; /* before all others */
    ASSERT_OK(store_read(s->b->store, read_last, s));
    ASSERT_OK(books_tell(s->b, &order, &stands));
    ASSERT_OK(store_read(s->b->store, read_twice, s));
    ASSERT_INT(s->found, 0);
    ASSERT_OK(books_refund(s->b, order.id, "R-1", 18000, NULL));
    ASSERT_OK(store_read(s->b->store, read_twice, s));
    ASSERT_TRUE(s->found > 0);
}

RUN_TESTS(ROW(each_commission_gets_one_entry_of_what_is_told), ROW(two_tellings_may_book_one_twice))
