/* The second hand on terms of an order's time and on payments in another currency: it agrees after
 * the story, and names what somebody changed. */
#include "rooms/verify/verify_inside.h"

#include "base/id.h"
#include "rooms/conversion/books_testing.h"

struct found {
    struct arena *arena;
    int64_t count;
    str all;
};

static err note(const struct verify_difference *d, void *arg)
{
    struct found *found = arg;
    found->count++;
    found->all = str_printf(found->arena, "%" PRI_STR "%" PRI_STR "\n", STR_ARG(found->all),
        STR_ARG(verify_sentence(found->arena, d)));
    return NULL;
}

static struct found verify(struct books *b)
{
    struct found found = { .arena = b->t->arena, .all = STR("") };
    struct verify_outcome out;
    store_keep(b->t->arena);
    ASSERT_OK(verify_run(b->store, note, &found, &out));
    store_keep(b->t->arena);
    return found;
}

struct paying {
    struct ledger_act act;
    struct exchange_rate rate;
    struct commission_take take;
    struct commission_due due;
    struct commission_pays pays;
};

static err pay_exchanged(struct db *db, void *arg)
{
    struct paying *p = arg;
    bool already;

    TRY(exchange_add(db, &p->rate, &already));
    TRY(commission_take_into_payout(db, &p->act, &p->take, &p->due));
    TRY(commission_payout_paid(db, &p->act, p->take.program_id, p->take.line_id));
    return commission_pays(db, p->take.program_id, p->take.line_id, &p->pays);
}

/* A sale in dollars, paid in euros; a bound customer; a refund that comes too late. */
static void tell_story(struct books *b)
{
    struct conversion_recorded stands;
    struct conversion dollars = books_order(b, "USD-1", 12345, 0),
                      first = books_order(b, "FIRST", 10000, 1),
                      second = books_order(b, "SECOND", 10000, 2);

    b->program.clawback_days = 5;
    b->program.customer_binding = BINDING_SALE;
    books_change(b);
    books_advance(b, 1);
    dollars.currency = (currency){ "USD" };
    first.customer_id = second.customer_id = STR("c-1");
    ASSERT_OK(books_tell(b, &dollars, &stands));
    ASSERT_OK(books_tell(b, &first, &stands));
    ASSERT_OK(books_tell(b, &second, &stands));
    ASSERT_INT(books_worth(b, second.id, 1), 1000); /* his customer, another's code */
    books_advance(b, 6);
    ASSERT_OK(books_refund(b, first.id, "R-1", 10000, NULL));
    ASSERT_INT(books_worth(b, first.id, 1), 1000);
    books_advance(b, 40);
    (void)books_mature(b);

    struct paying p = { .act = books_act(b),
        .rate = { .id = id_new(b->t->env),
            .program_id = b->program.id,
            .currency = { "USD" },
            .day = instant_day(books_act(b).at),
            .rate = STR("0.9234"),
            .rate_e12 = INT64_C(923400000000),
            .created_at = books_act(b).at } };
    p.take = (struct commission_take){ .program_id = b->program.id,
        .partner_id = b->partners[0],
        .payout_id = 700,
        .line_id = 701,
        .currency = { "USD" },
        .cutoff = p.act.at,
        .rate = &p.rate,
        .pay_currency = { "EUR" } };
    ASSERT_OK(books_write(b, pay_exchanged, &p));
    ASSERT_INT(p.due.net, 1235);
    ASSERT_INT(p.pays.amount.minor, 1140); /* 12.35 × 0.9234 = 11.40399 */
    ASSERT_INT(books_balance(b, 0, "EUR").paid, 1140);
    ASSERT_INT(books_balance(b, 0, "USD").paid, 0);
    books_check(b);
}

struct attack {
    const char *guard, *sql;
};

static err run_attack(struct db *db, void *arg)
{
    const struct attack *a = arg;
    str rest = str_of(a->guard), name;
    const char *by_engine[2];

    if (str_cut(&rest, ' ', &name)) {
        by_engine[0] = str_printf(db_arena(db), "DROP TRIGGER %" PRI_STR, STR_ARG(name)).at;
        by_engine[1] = str_printf(db_arena(db), "DROP TRIGGER %s", a->guard).at;
        struct statement drop = { "drop", { by_engine[0], by_engine[1] },
            (const char *const[]){ NULL }, true };
        TRY(db_run(db, &drop, NO_PARAMS, NULL, NULL, NULL));
    }
    struct statement attack = { "attack", { a->sql, a->sql }, (const char *const[]){ NULL }, true };
    return db_run(db, &attack, NO_PARAMS, NULL, NULL, NULL);
}

TEST(terms_and_exchanged_payments_are_reckoned_again_and_named)
{
    static const struct {
        const char *name;
        struct attack attack;
        const char *named; /* null: nothing was changed */
    } cases[] = {
        { "untouched", { NULL, NULL }, NULL },
        { "paid", { NULL, "UPDATE commission_line SET pay_amount = pay_amount + 1" },
            "payment at the rate: 11.41 EUR in the books, 11.40 EUR out of the facts" },
        { "rate", { NULL, "UPDATE commission_line SET rate = '0.9244'" }, "payment at the rate" },
        { "told",
            { "exchange_rate_kept ON exchange_rate",
                "UPDATE exchange_rate SET rate_e12 = rate_e12 + 1" },
            "a rate that was told" },
        { "clawback",
            { "conversion_terms_kept ON conversion", "UPDATE conversion SET clawback_days = 0" },
            "FIRST" },
        { "binding",
            { "conversion_terms_kept ON conversion",
                "UPDATE conversion SET customer_binding = 'any'" },
            "share of touch" },
        { "bound",
            { "conversion_touch_kept ON conversion_touch",
                "UPDATE conversion_touch SET bound_bp = bound_bp - 1 WHERE bound_bp > 0" },
            "part of touch 2 in the order that binds, in 1/10,000" },
        { "from",
            { "conversion_touch_kept ON conversion_touch",
                "UPDATE conversion_touch SET from_conversion_id = (SELECT MIN(id) FROM conversion) "
                "WHERE from_conversion_id IS NOT NULL" },
            "the order that binds its customer" },
    };

    EACH (c, cases) {
        struct books *b = books_open_named(t, c->name);
        test_case("%s", c->name);
        tell_story(b);
        if (c->attack.sql)
            ASSERT_OK(books_write(b, run_attack, (void *)(uintptr_t)&c->attack));
        struct found found = verify(b);
        if (c->named) {
            ASSERT_TRUE(found.count > 0);
            ASSERT_HAS(found.all, c->named);
        } else {
            ASSERT_STR(found.all, "");
        }
    }
}

RUN_TESTS(ROW(terms_and_exchanged_payments_are_reckoned_again_and_named))
