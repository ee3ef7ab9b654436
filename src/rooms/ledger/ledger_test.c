/* Entries: they balance, the same again is an answer, and balances are sums of postings. */
#include "rooms/ledger/ledger_rules.h"

#include "base/test.h"
#include "migrations.h"
#include "store/test_store.h"

static const currency EUR = { "EUR" }, JPY = { "JPY" };

TEST(an_entry_balances_per_currency)
{
    struct ledger_posting good[] = { { LEDGER_EXPENSE, 1, { 100, EUR } },
        { LEDGER_PENDING, 1, { -60, EUR } }, { LEDGER_CARRIED, 1, { -40, EUR } } };
    struct ledger_posting loose[] = { { LEDGER_EXPENSE, 1, { 100, EUR } },
        { LEDGER_PENDING, 1, { -99, EUR } } };
    struct ledger_posting mixed[] = { { LEDGER_EXPENSE, 1, { 100, EUR } },
        { LEDGER_PENDING, 1, { -100, JPY } } };
    struct ledger_posting two[] = { { LEDGER_EXPENSE, 1, { 100, EUR } },
        { LEDGER_PENDING, 1, { -100, EUR } }, { LEDGER_EXPENSE, 1, { 5, JPY } },
        { LEDGER_PENDING, 1, { -5, JPY } } };
    struct ledger_posting huge[] = { { LEDGER_EXPENSE, 1, { INT64_MAX, EUR } },
        { LEDGER_EXPENSE, 1, { INT64_MAX, EUR } }, { LEDGER_PENDING, 1, { 2, EUR } } };

    ASSERT_OK(ledger_balanced(good, 3));
    ASSERT_OK(ledger_balanced(two, 4));
    ASSERT_ERR(ledger_balanced(loose, 2), &LEDGER_UNBALANCED);
    ASSERT_ERR(ledger_balanced(mixed, 2), &LEDGER_UNBALANCED);
    ASSERT_ERR(ledger_balanced(good, 1), &LEDGER_UNBALANCED);
    ASSERT_ERR(ledger_balanced(huge, 3), &AMOUNT_OVERFLOW);
}

struct posting_arg {
    struct ledger_act act;
    struct ledger_entry entry;
    struct ledger_posting postings[2];
    struct ledger_posted posted;
};

static err post(struct db *db, void *arg)
{
    struct posting_arg *a = arg;
    return ledger_post(db, &a->act, &a->entry, a->postings, 2, &a->posted);
}

static err reverse(struct db *db, void *arg)
{
    struct posting_arg *a = arg;
    struct ledger_entry back = a->entry;
    back.key = STR("back:1");
    back.kind = STR("payout_failed");
    return ledger_reverse(db, &a->act, a->entry.key, &back, &a->posted);
}

static struct posting_arg accrual(struct test *t, int64_t minor)
{
    return (struct posting_arg){ .act = { t->env, t->env->now(t->env), STR("test") },
        .entry = { .program_id = 1, .key = STR("accrue:1"), .kind = STR("accrue") },
        .postings = {
            { LEDGER_EXPENSE, 7, { minor, EUR } }, { LEDGER_PENDING, 7, { -minor, EUR } } } };
}

static struct ledger_balance balance(struct test *t, struct store *s, instant until)
{
    struct ledger_whose whose = { .program_id = 1, .partner_id = 7, .until = until };
    struct db *db = store_lend(s, t->arena);
    struct ledger_balance out;
    ASSERT_OK(ledger_balance_of(db, &whose, EUR, &out));
    store_return(db);
    return out;
}

TEST(the_same_key_again_is_an_answer_and_other_postings_a_conflict)
{
    struct store *s = test_store(t, all_migrations);
    struct posting_arg a = accrual(t, 995), other = accrual(t, 996), loose = accrual(t, 5);
    int64_t first;

    ASSERT_OK(store_write(s, post, &a));
    ASSERT_FALSE(a.posted.already);
    first = a.posted.entry_id;
    ASSERT_OK(store_write(s, post, &a));
    ASSERT_TRUE(a.posted.already);
    ASSERT_INT(a.posted.entry_id, first);
    ASSERT_ERR(store_write(s, post, &other), &LEDGER_CONFLICT);
    loose.entry.key = STR("accrue:2");
    loose.postings[1].amount.minor = -4;
    ASSERT_ERR(store_write(s, post, &loose), &LEDGER_UNBALANCED);
    ASSERT_INT(balance(t, s, (instant){ 0 }).pending, 995);
}

TEST(a_reversal_takes_everything_back_and_a_balance_is_known_as_it_was_then)
{
    struct store *s = test_store(t, all_migrations);
    struct posting_arg a = accrual(t, 995);
    instant then = t->env->now(t->env);

    ASSERT_OK(store_write(s, post, &a));
    test_advance(t, 1000);
    a.act.at = t->env->now(t->env);
    ASSERT_OK(store_write(s, reverse, &a));
    ASSERT_INT(balance(t, s, (instant){ 0 }).pending, 0);
    ASSERT_INT(balance(t, s, then).pending, 995);
    ASSERT_INT(balance(t, s, instant_plus_ms(then, -1)).pending, 0);
}

TEST(an_entry_of_nothing_is_not_made)
{
    struct store *s = test_store(t, all_migrations);
    struct posting_arg a = accrual(t, 0);

    ASSERT_OK(store_write(s, post, &a));
    ASSERT_INT(a.posted.entry_id, 0);
    ASSERT_OK(store_write(s, reverse, &a)); /* and reversing it changes nothing */
    ASSERT_INT(a.posted.entry_id, 0);
}

TEST(what_is_owed_is_printed_positive_and_what_is_carried_negative)
{
    static const struct {
        enum ledger_kind account;
        int64_t sum;
        struct ledger_balance wanted;
    } cases[] = {
        { LEDGER_PENDING, -5, { .pending = 5 } },
        { LEDGER_HELD, -5, { .held = 5 } },
        { LEDGER_PAYABLE, -5, { .payable = 5 } },
        { LEDGER_IN_PAYOUT, -5, { .in_payout = 5 } },
        { LEDGER_PAID, -5, { .paid = 5 } },
        { LEDGER_CARRIED, 5, { .carried = -5 } },
        { LEDGER_EXPENSE, 5, { .paid = 0 } },
    };

    EACH (c, cases) {
        struct ledger_balance is = { .currency = { "" } };
        test_case("%s", ledger_kind_names[c->account]);
        ledger_balance_take(&is, c->account, c->sum);
        ASSERT_INT(is.pending, c->wanted.pending);
        ASSERT_INT(is.held, c->wanted.held);
        ASSERT_INT(is.payable, c->wanted.payable);
        ASSERT_INT(is.in_payout, c->wanted.in_payout);
        ASSERT_INT(is.paid, c->wanted.paid);
        ASSERT_INT(is.carried, c->wanted.carried);
    }
}

RUN_TESTS(ROW(an_entry_balances_per_currency),
    ROW(the_same_key_again_is_an_answer_and_other_postings_a_conflict),
    ROW(a_reversal_takes_everything_back_and_a_balance_is_known_as_it_was_then),
    ROW(an_entry_of_nothing_is_not_made),
    ROW(what_is_owed_is_printed_positive_and_what_is_carried_negative))
