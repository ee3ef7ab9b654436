/* Many hands on one commission at once: whoever comes first, the others are told, and the books
 * say one thing. */
#include "rooms/conversion/books_testing.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/id.h"
#include "migrations.h"
#include "store/test_store.h"

enum { RACERS = 32, ROUNDS = 24 };
enum deed {
    DEED_APPROVE,
    DEED_DECLINE,
    DEED_HOLD,
    DEED_RELEASE,
    DEED_REFUND,
    DEED_MATURE,
    DEED_PAYOUT,
    DEED_PAID,
    DEEDS
};

struct racer {
    pthread_t thread;
    struct books *b;
    enum deed deed;
    struct ledger_act act;
    int64_t commission_id, line_id;
    struct refund refund;
    err failed;
};

static err act_once(struct db *db, void *arg)
{
    struct racer *r = arg;
    int64_t program_id = r->b->program.id, count;
    struct commission_moving moving = { (enum commission_move)r->deed, program_id, r->commission_id,
        STR("fraud"), STR_NONE };
    struct commission_take take = { .program_id = program_id,
        .partner_id = r->b->partners[0],
        .payout_id = r->line_id,
        .line_id = r->line_id,
        .currency = { "EUR" },
        .cutoff = r->act.at };
    struct commission_due due;
    struct commission after = { 0 };
    struct refund refund = r->refund;
    bool already;

    switch (r->deed) {
    case DEED_REFUND:
        return conversion_refund(db, &r->act, &refund, &already);
    case DEED_MATURE:
        return commission_mature(db, &r->act, 100, &count);
    case DEED_PAYOUT:
        return commission_take_into_payout(db, &r->act, &take, &due);
    case DEED_PAID:
        return commission_payout_paid(db, &r->act, program_id, r->line_id);
    default:
        return commission_change(db, &r->act, &moving, &after);
    }
}

static void *run(void *arg)
{
    struct racer *r = arg;
    struct arena *arena = arena_new();

    store_keep(arena);
    r->failed = store_write(r->b->store, act_once, r);
    store_keep(NULL);
    arena_free(arena);
    return NULL;
}

static void race(struct racer *racers)
{
    for (int i = 0; i < RACERS; i++)
        ASSERT_INT(pthread_create(&racers[i].thread, NULL, run, &racers[i]), 0);
    for (int i = 0; i < RACERS; i++)
        ASSERT_INT(pthread_join(racers[i].thread, NULL), 0);
}

static struct books *books_in_file(struct test *t, struct store **out)
{
    struct store_options options = test_store_options(t, all_migrations);

    options.rerun = false;
    ASSERT_OK(store_open(&options, out));
    return books_on(t, *out);
}

static int64_t events_of(struct books *b, int64_t commission_id, const char *kind)
{
    struct list events;
    struct db *db = store_lend(b->store, b->t->arena);
    int64_t count = 0;

    ASSERT_OK(commission_events(db, b->program.id, commission_id, &events));
    store_return(db);
    for (size_t i = 0; i < events.count; i++)
        count += str_eq(((struct commission_event *)events.at)[i].kind, str_of(kind));
    return count;
}

TEST(thirty_two_hands_on_one_commission_leave_one_story)
{
    struct store *store;
    struct books *b = books_in_file(t, &store);
    struct racer *racers = test_calloc(RACERS, sizeof *racers);
    int64_t declined_rounds = 0, paid_rounds = 0, refused = 0;

    for (int round = 0; round < ROUNDS || (!paid_rounds && round < 20 * ROUNDS); round++) {
        struct conversion order = books_order(b, NULL, 10000, 0);
        struct conversion_recorded stands;
        ASSERT_OK(books_tell(b, &order, &stands));
        struct commission c = books_commission(b, order.id);
        int64_t line = id_new(t->env);
        int declined = 0;

        test_case("round %d", round);
        if (round % 2)
            ASSERT_OK(books_move(b, MOVE_APPROVE, c.id, NULL));
        for (int i = 0; i < RACERS; i++) {
            racers[i] = (struct racer){ .b = b,
                .deed = (enum deed)test_random_between(t, 0, DEEDS - 1),
                .act = books_act(b),
                .commission_id = c.id,
                .line_id = line };
            racers[i].refund = (struct refund){ .id = id_new(t->env),
                .program_id = b->program.id,
                .conversion_id = order.id,
                .refund_id = str_printf(t->arena, "R-%d", i),
                .amount = 1111,
                .currency = { "EUR" } };
        }
        race(racers);
        for (int i = 0; i < RACERS; i++) {
            ASSERT_TRUE(!racers[i].failed || racers[i].failed->kind < ERR_INTERNAL);
            declined += racers[i].deed == DEED_DECLINE && !racers[i].failed;
            refused += racers[i].failed != NULL;
        }
        ASSERT_TRUE(declined <= 1);
        ASSERT_INT(events_of(b, c.id, "declined"), declined);
        ASSERT_TRUE(events_of(b, c.id, "paid") <= 1);
        c = books_commission(b, order.id);
        ASSERT_TRUE(!declined || (c.status == COMMISSION_DECLINED && c.amount == 0));
        ASSERT_TRUE(!declined || (c.booked == 0 && c.payout_line_id == 0));
        declined_rounds += declined;
        paid_rounds += c.place == PLACE_PAID;
        books_check(b);
    }
    ASSERT_TRUE(declined_rounds > 0); /* the control: each of them does happen */
    ASSERT_TRUE(paid_rounds > 0);
    ASSERT_TRUE(refused > 0);
    test_free(racers);
    store_close(store);
}

TEST(of_many_who_decline_or_hold_one_succeeds)
{
    static const enum deed deeds[] = { DEED_DECLINE, DEED_HOLD, DEED_APPROVE };

    EACH (deed, deeds) {
        struct books *b = books_open_named(t, *deed == DEED_HOLD      ? "hold"
                                              : *deed == DEED_DECLINE ? "decline"
                                                                      : "approve");
        struct racer *racers = test_calloc(RACERS, sizeof *racers);
        struct conversion order = books_order(b, NULL, 10000, 0);
        struct conversion_recorded stands;
        int done = 0;

        ASSERT_OK(books_tell(b, &order, &stands));
        struct commission c = books_commission(b, order.id);
        for (int i = 0; i < RACERS; i++)
            racers[i] =
                (struct racer){ .b = b, .deed = *deed, .act = books_act(b), .commission_id = c.id };
        race(racers);
        for (int i = 0; i < RACERS; i++) {
            done += !racers[i].failed;
            ASSERT_TRUE(!racers[i].failed || err_is(racers[i].failed, &COMMISSION_STATE));
        }
        ASSERT_INT(done, 1);
        struct ledger_balance now = books_balance(b, 0, "EUR");
        ASSERT_INT(now.pending, 0);
        ASSERT_INT(now.held, *deed == DEED_HOLD ? 1000 : 0);
        ASSERT_INT(now.payable, *deed == DEED_APPROVE ? 1000 : 0);
        books_check(b);
        test_free(racers);
    }
}

RUN_TESTS(ROW(thirty_two_hands_on_one_commission_leave_one_story),
    ROW(of_many_who_decline_or_hold_one_succeeds))
