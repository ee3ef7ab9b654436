/* The second hand agrees with the first after any story, and names one cent that somebody moved. */
#include "rooms/verify/verify_inside.h"

#include "base/id.h"
#include "base/log.h"
#include "migrations.h"
#include "rooms/conversion/books_testing.h"
#include "rooms/verify/story_testing.h"

struct found {
    struct arena *arena;
    int64_t count;
    str first, all;
};

static err note(const struct verify_difference *d, void *arg)
{
    struct found *found = arg;
    str sentence = verify_sentence(found->arena, d);
    if (found->count++ == 0)
        found->first = sentence;
    found->all = str_printf(
        found->arena, "%" PRI_STR "%" PRI_STR "\n", STR_ARG(found->all), STR_ARG(sentence));
    return NULL;
}

/* The same comes out of small groups, each but the last of which others follow. */
static struct found verify(struct books *b, struct verify_outcome *out)
{
    struct found found = { .arena = b->t->arena }, by_seven = found;
    struct verify_outcome of_seven;

    store_keep(b->t->arena);
    ASSERT_OK(verify_in_groups(b->store, 7, note, &by_seven, &of_seven));
    ASSERT_OK(verify_run(b->store, note, &found, out));
    store_keep(b->t->arena);
    ASSERT_STR(by_seven.all, found.all.at ? found.all.at : NULL);
    ASSERT_INT(of_seven.conversions, out->conversions);
    ASSERT_INT(of_seven.commissions, out->commissions);
    return found;
}

struct ruling {
    struct ledger_act act;
    struct rule rule;
};

static err add_rule(struct db *db, void *arg)
{
    struct ruling *r = arg;
    struct rule rule = r->rule;
    return commission_rule_add(db, &r->act, &rule);
}

static void add_rules(struct books *b)
{
    struct ruling workshops = { books_act(b),
        { .program_id = b->program.id,
            .scope = { .category = STR("workshops") },
            .reward = { .amount = 150, .currency = { "EUR" }, .per = PER_ITEM } } };
    struct ruling group = { books_act(b), { .program_id = b->program.id,
                                              .scope = { .group = STR("Storytellers") },
                                              .reward = { .percent_bp = 1234 } } };
    struct ruling returning = { books_act(b),
        { .program_id = b->program.id,
            .scope = { .partner_id = b->partners[2], .customer = CUSTOMER_RETURNING },
            .reward = { .percent_bp = 777 } } };

    ASSERT_OK(books_write(b, add_rule, &workshops));
    ASSERT_OK(books_write(b, add_rule, &group));
    ASSERT_OK(books_write(b, add_rule, &returning));
}

TEST(the_second_hand_agrees_after_any_story)
{
    static const enum program_attribution models[] = { ATTRIBUTION_LAST_CLICK,
        ATTRIBUTION_FIRST_CLICK, ATTRIBUTION_LINEAR, ATTRIBUTION_POSITION };

    EACH (model, models) {
        struct books *b = books_open_named(t, program_attribution_names[*model]);
        struct verify_outcome out;
        test_case("%s", program_attribution_names[*model]);
        b->program.attribution = *model;
        b->program.coupon_precedence =
            PRECEDENCE_CLICK; /* codes of earlier orders count as touches */
        b->program.customer_days = 60;
        b->program.clawback_days = *model == ATTRIBUTION_LINEAR ? 2 : 0;
        b->program.customer_binding = *model == ATTRIBUTION_POSITION ? BINDING_COUPON : BINDING_ANY;
        books_change(b);
        add_rules(b);
        books_advance(b, 1);
        story_tell(b, 60);
        struct found found = verify(b, &out);
        ASSERT_STR(found.all, found.all.at ? "" : NULL);
        ASSERT_INT(out.differences, 0);
        ASSERT_INT(out.conversions, 60);
        ASSERT_TRUE(out.commissions > 30);
        ASSERT_TRUE(out.postings > 100);
    }
}

struct attack {
    const char *guard; /* the trigger that would refuse it: "x_kept ON x"; null: nothing would */
    const char *sql;
};

static err run_text(struct db *db, const char *sqlite, const char *postgres)
{
    struct statement statement = { "attack", { sqlite, postgres }, (const char *const[]){ NULL },
        true };
    return db_run(db, &statement, NO_PARAMS, NULL, NULL, NULL);
}

static err run_attack(struct db *db, void *arg)
{
    const struct attack *a = arg;
    str rest = str_of(a->guard), name;
    if (str_cut(&rest, ' ', &name))
        TRY(run_text(db, str_printf(db_arena(db), "DROP TRIGGER %" PRI_STR, STR_ARG(name)).at,
            str_printf(db_arena(db), "DROP TRIGGER %s", a->guard).at));
    return run_text(db, a->sql, a->sql);
}

TEST(what_the_books_do_not_bear_out_is_not_paid)
{
    static const struct {
        const char *what, *guard, *sql;
    } cases[] = {
        { "a cent more in a row", NULL,
            "UPDATE commission SET booked = booked + 1 WHERE id ="
            " (SELECT MAX(id) FROM commission WHERE place = 'payable' AND partner_id ="
            " (SELECT MIN(id) FROM partner))" },
        { "a debt that was forgotten", NULL,
            "UPDATE commission_carry SET payout_line_id = 1 WHERE payout_line_id IS NULL AND partner_id ="
            " (SELECT MIN(id) FROM partner)" },
    };

    EACH (c, cases) {
        struct books *b = books_open_named(t, c->what);
        struct attack attack = { c->guard, c->sql };
        test_case("%s", c->what);
        for (int p = 0; p < 2; p++) {
            ASSERT_OK(books_give(b, p, 900, NULL));
            ASSERT_OK(books_give(b, p, -200, NULL));
        }
        ASSERT_OK(books_write(b, run_attack, &attack));
        ASSERT_ERR(books_pay(b, 0, "EUR", 900, 901, NULL), &COMMISSION_BOOKS);
        ASSERT_OK(books_pay(b, 1, "EUR", 900, 902, NULL)); /* the control */
        ASSERT_OK(books_paid(b, 902));
    }
}

TEST(one_cent_moved_by_hand_is_found_and_named)
{
    static const struct {
        struct attack attack;
        const char *named;
    } cases[] = {
        { { "ledger_posting_kept ON ledger_posting",
              "UPDATE ledger_posting SET amount = amount + 1 WHERE entry_id = (SELECT "
              "MIN(entry_id) FROM "
              "ledger_posting) AND line = (SELECT MIN(line) FROM ledger_posting)" },
            "sum of an entry" },
        { { "ledger_posting_kept ON ledger_posting",
              "UPDATE ledger_posting SET amount = amount + CASE WHEN amount > 0 THEN 1 ELSE -1 END "
              "WHERE entry_id ="
              " (SELECT MIN(entry_id) FROM ledger_posting)" },
            "cost by its postings" },
        { { NULL, "UPDATE commission SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM "
                  "commission "
                  "WHERE amount > 5)" },
            "worth" },
        { { NULL,
              "UPDATE commission SET booked = booked - 1 WHERE id = (SELECT MIN(id) FROM commission"
              " WHERE place = 'pending' AND booked > 5)" },
            "what waits in pending" },
        { { "commission_kept ON commission",
              "UPDATE commission SET earned_amount = earned_amount + 1 WHERE id ="
              " (SELECT MIN(c.id) FROM commission c JOIN conversion o ON o.id = c.conversion_id"
              " WHERE NOT EXISTS (SELECT 1 FROM amendment a WHERE a.conversion_id = o.id)"
              " AND NOT EXISTS (SELECT 1 FROM conversion_move m WHERE m.conversion_id = o.id)"
              " AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.conversion_id = o.id"
              " AND r.items_json IS NOT NULL))" },
            "earned" },
        { { "conversion_amount_kept ON conversion",
              "UPDATE conversion SET amount = amount + 1 WHERE id = "
              "(SELECT MIN(id) FROM conversion)" },
            "amount as it was amended" },
        { { "conversion_kept ON conversion",
              "UPDATE conversion SET told_amount = told_amount + 1 WHERE id = "
              "(SELECT MIN(id) FROM conversion)" },
            "rows against what was told" },
        { { "conversion_move_kept ON conversion_move",
              "UPDATE conversion_move SET to_partner_id = (SELECT MAX(id) FROM partner) WHERE id = "
              "(SELECT MAX(id) FROM conversion_move)" },
            "of order" },
        { { "amendment_kept ON amendment",
              "UPDATE amendment SET amount = amount + 1 WHERE id = (SELECT MAX(amended_by) FROM "
              "conversion)" },
            "as it was amended" },
        { { NULL, "UPDATE conversion SET refunded_amount = refunded_amount - 1 WHERE id ="
                  " (SELECT MIN(id) FROM conversion WHERE refunded_amount > 0)" },
            "sum of refunds" },
        { { "conversion_touch_kept ON conversion_touch",
              "UPDATE conversion_touch SET share_bp = 9999 WHERE won = 1" },
            "share of touch" },
        { { "rule_kept ON rule",
              "UPDATE rule SET reward_percent_bp = 1001 WHERE scope_group IS NULL" },
            "exact sum" },
        { { "commission_event_kept ON commission_event",
              "UPDATE commission_event SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM "
              "commission_event)" },
            "worth by its events" },
        { { NULL, "UPDATE commission_line SET gross = gross + 1, net = net + 1 WHERE line_id ="
                  " (SELECT MIN(line_id) FROM commission_line)" },
            "net of a payout line" },
        { { NULL, "UPDATE coupon SET uses = uses + 1 WHERE id = (SELECT MIN(id) FROM coupon)" },
            "uses of a code" },
        { { NULL,
              "UPDATE commission SET status = 'held' WHERE id = (SELECT MIN(id) FROM commission "
              "WHERE status = 'pending')" },
            "the word “held” instead of “pending”" },
        { { NULL,
              "UPDATE commission SET is_kept = 1 - is_kept WHERE id = (SELECT MIN(id) FROM "
              "commission WHERE status = 'pending' AND amount > 0)" },
            "whether anything of its order is kept" },
    };

    EACH (c, cases) {
        struct books *b = books_open_named(t, c->named);
        struct verify_outcome out;
        test_case("%s", c->named);
        story_tell(b, 24);
        ASSERT_INT(verify(b, &out).count, 0); /* the control */
        ASSERT_OK(books_write(b, run_attack, (void *)(uintptr_t)&c->attack));
        struct found found = verify(b, &out);
        ASSERT_TRUE(found.count > 0);
        ASSERT_HAS(found.all, c->named);
    }
}

TEST(the_second_hand_agrees_under_every_kind_of_rule)
{
    for (int i = 0; i < 3; i++) {
        struct books *b = books_open_named(t, str_printf(t->arena, "every-kind-%d", i).at);
        struct verify_outcome out;
        test_case("story %d", i);
        b->program.attribution = i ? ATTRIBUTION_LINEAR : ATTRIBUTION_LAST_CLICK;
        b->program.coupon_precedence = i ? PRECEDENCE_CLICK : PRECEDENCE_COUPON;
        b->program.customer_days = 60;
        books_change(b);
        story_rules(b);
        books_advance(b, 1);
        story_tell(b, 60);
        struct found found = verify(b, &out);
        ASSERT_STR(found.all, found.all.at ? "" : NULL);
        ASSERT_INT(out.conversions, 60);
        ASSERT_TRUE(out.commissions > 40);
    }
}

TEST(a_cent_moved_in_a_bonus_or_a_cap_is_found)
{
#define ONE_MORE "UPDATE commission SET amount = amount + 1, adjusted_amount = adjusted_amount + 1 WHERE id = "
    static const struct {
        struct attack attack;
        const char *named;
    } cases[] = {
        { { NULL, ONE_MORE "(SELECT MIN(commission_id) FROM commission_bonus)" }, ", bonus" },
        { { NULL, ONE_MORE "(SELECT MIN(bonus_id) FROM commission_beside)" },
            "the recruiter's part" },
        { { NULL, ONE_MORE "(SELECT MAX(id) FROM commission WHERE kind = 'sale' AND amount > 5)" },
            "worth by the facts" },
        { { "rule_terms_kept ON rule", "UPDATE rule SET tiers_json = NULL WHERE name = 'whole'" },
            "worth by the facts" },
        { { NULL, "UPDATE commission_sum SET total = total + 1 WHERE period <> 'own'" }, "kept sum of" },
        { { NULL, "UPDATE commission_sum SET total = total + 1 WHERE counts = 'granted'" },
            "what a cap granted" },
        { { NULL, "UPDATE commission_sum SET total = total - 1 WHERE period = 'own' AND counts = 'EUR'" },
            "kept sum of revenue" },
        { { NULL, "UPDATE commission SET place = 'payable', status = 'payable' WHERE id = (SELECT"
                  " MIN(c.id) FROM commission c JOIN commission s ON s.id = c.source_id"
                  " WHERE c.place = 'pending' AND s.place = 'pending')" },
            "payable before what it hangs on" },
    };
    int at = 0;

    EACH (c, cases) {
        struct books *b = books_open_named(t, str_printf(t->arena, "bonus-case-%d", at++).at);
        struct verify_outcome out;
        test_case("%s", c->named);
        story_rules(b);
        books_advance(b, 1);
        story_tell(b, 24);
        ASSERT_INT(verify(b, &out).count, 0); /* the control */
        ASSERT_OK(books_write(b, run_attack, (void *)(uintptr_t)&c->attack));
        struct found found = verify(b, &out);
        ASSERT_TRUE(found.count > 0);
        ASSERT_HAS(found.all, c->named);
    }
}

RUN_TESTS(ROW(the_second_hand_agrees_after_any_story),
    ROW(the_second_hand_agrees_under_every_kind_of_rule),
    ROW(a_cent_moved_in_a_bonus_or_a_cap_is_found), ROW(what_the_books_do_not_bear_out_is_not_paid), ROW(one_cent_moved_by_hand_is_found_and_named))
