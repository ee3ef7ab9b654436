/* Caps, budgets and bonuses in the books: what is left of a cap goes to the earlier orders, what is
 * freed goes back, and a bonus follows what it was given for. */
#include "rooms/conversion/books_testing.h"

#include "base/id.h"
#include "rooms/partner/partner.h"

static int64_t tell(struct books *b, int64_t minor, int day, int p)
{
    struct conversion order = books_order(b, NULL, minor, p);
    struct conversion_recorded stands;

    order.occurred_at = (instant){ INT64_C(1796083200000) + day * DAY_MS + minor };
    ASSERT_OK(books_tell(b, &order, &stands));
    return order.id;
}

static struct books *books_with(struct test *t, struct rule rule)
{
    struct books *b = books_open_named(t, rule_kind_names[rule.kind]);

    b->program.window_days = 366;
    books_change(b);
    books_advance(b, 60);
    books_rule(b, rule);
    return b;
}

/* All bonuses of a partner, live. */
static int64_t bonuses(struct books *b, int p)
{
    struct ledger_balance now = books_balance(b, p, "EUR");
    return now.pending + now.payable + now.carried + now.in_payout + now.paid;
}

TEST(a_partners_cap_cuts_the_latest_and_gives_back_what_is_freed)
{
    struct books *b = books_with(t, (struct rule){ .kind = RULE_PARTNER_CAP,
                                        .reward = { .amount = 2000, .currency = { "EUR" } } });
    int64_t first = tell(b, 12000, 1, 0), second = tell(b, 10000, 5, 0), other = tell(b, 30000, 5, 1);
    int64_t january = tell(b, 9000, 33, 0);

    ASSERT_INT(books_worth(b, first, 0), 1200);
    ASSERT_INT(books_worth(b, second, 0), 800); /* 10.00, of which 8.00 are left of 20.00 */
    ASSERT_INT(books_worth(b, other, 1), 2000); /* his own cap */
    ASSERT_INT(books_worth(b, january, 0), 900);
    int64_t third = tell(b, 5000, 6, 0), early = tell(b, 3000, 0, 0);
    ASSERT_INT(books_worth(b, early, 0), 300);
    ASSERT_INT(books_worth(b, second, 0), 500); /* told before, cut for the earlier one */
    ASSERT_INT(books_worth(b, third, 0), 0);
    ASSERT_OK(books_refund(b, first, "R-1", 12000, NULL));
    ASSERT_INT(books_worth(b, second, 0), 1000);
    ASSERT_INT(books_worth(b, third, 0), 500);
    ASSERT_OK(books_move(b, MOVE_DECLINE, books_commission(b, second).id, NULL));
    ASSERT_INT(books_worth(b, third, 0), 500);
    ASSERT_INT(bonuses(b, 0), 300 + 500 + 900);
    books_check(b);
}

static struct commission_event last_event(struct books *b, int64_t commission_id)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct list events;

    ASSERT_OK(commission_events(db, b->program.id, commission_id, &events));
    store_return(db);
    return ((const struct commission_event *)events.at)[events.count - 1];
}

TEST(what_a_cap_leaves_with_nothing_waits_and_is_reversed_only_with_its_order)
{
    struct books *b = books_with(t, (struct rule){ .kind = RULE_PARTNER_CAP,
                                        .reward = { .amount = 1000, .currency = { "EUR" } } });
    int64_t cut = tell(b, 8000, 5, 0), none = tell(b, 7000, 6, 0), first = tell(b, 10000, 1, 0);

    for (int i = 0; i < 2; i++) { /* cut to nothing by what was told later, or begun with nothing */
        struct commission c = books_commission(b, i ? cut : none);
        ASSERT_INT(c.amount, 0);
        ASSERT_INT(c.status, COMMISSION_PENDING);
        ASSERT_INT(c.place, PLACE_PENDING);
        ASSERT_OK(books_move(b, MOVE_HOLD, c.id, &c));
        ASSERT_INT(c.status, COMMISSION_HELD);
    }
    ASSERT_OK(books_refund(b, none, "R-1", 7000, NULL)); /* worth 0 before and after */
    ASSERT_INT(books_commission(b, none).status, COMMISSION_REVERSED);
    ASSERT_INT(books_commission(b, none).place, PLACE_NONE);
    ASSERT_OK(books_amend(b, none, "N-1", 9000)); /* 20.00 are kept, under the cap nothing */
    ASSERT_INT(books_commission(b, none).status, COMMISSION_HELD);
    ASSERT_OK(books_refund(b, first, "wrong size", 10000, NULL));
    ASSERT_INT(books_commission(b, first).status, COMMISSION_REVERSED);
    struct commission c = books_commission(b, cut);
    ASSERT_INT(c.amount, 800);
    ASSERT_INT(c.status, COMMISSION_HELD);
    /* The other customer's reason is not his affair: the order is named. */
    ASSERT_STR(last_event(b, c.id).note, books_commission(b, first).order_id.at);
    ASSERT_STR(last_event(b, c.id).reason, "cap");
    books_check(b);
}

TEST(a_renewal_that_is_over_waits_for_an_earlier_one_to_fall_away)
{
    struct books *b = books_with(t, (struct rule){ .name = STR("over"),
                                        .reward = { .percent_bp = 1000 },
                                        .scope.event = STR("sale"),
                                        .recurring = { .orders = 1 } });
    struct conversion orders[] = { books_order(b, NULL, 5000, 0), books_order(b, NULL, 6000, 0) };
    struct conversion_recorded stands;

    for (int i = 0; i < 2; i++) {
        orders[i].customer_id = STR("kim");
        orders[i].occurred_at = (instant){ INT64_C(1796083200000) + i * DAY_MS };
        ASSERT_OK(books_tell(b, &orders[i], &stands));
    }
    struct commission second = books_commission(b, orders[1].id);
    ASSERT_INT(second.amount, 0);
    ASSERT_INT(second.status, COMMISSION_PENDING);
    ASSERT_HAS(second.receipt, "\"is_over\":true");
    ASSERT_OK(books_give_to(b, orders[0].id, 1)); /* hers now: his second is his first */
    ASSERT_INT(books_commission(b, orders[1].id).amount, 600);
    books_check(b);
}

TEST(a_budget_is_for_all_partners_together)
{
    struct books *b = books_with(t, (struct rule){ .kind = RULE_BUDGET,
                                        .tiered_by.period = PERIOD_EVER,
                                        .reward = { .amount = 1500, .currency = { "EUR" } } });
    int64_t first = tell(b, 10000, 1, 0), second = tell(b, 10000, 40, 1), third = tell(b, 100, 41, 2);

    ASSERT_INT(books_worth(b, first, 0), 1000);
    ASSERT_INT(books_worth(b, second, 1), 500);
    ASSERT_INT(books_worth(b, third, 2), 0);
    ASSERT_OK(books_refund(b, first, "R-1", 9900, NULL));
    ASSERT_INT(books_worth(b, second, 1), 1000);
    ASSERT_INT(books_worth(b, third, 2), 10);
    books_check(b);
}

TEST(a_first_sale_gives_once_and_takes_back_when_nothing_is_left)
{
    struct books *b = books_with(t, (struct rule){ .kind = RULE_FIRST_SALE,
                                        .reward = { .amount = 700, .currency = { "EUR" } } });
    int64_t first = tell(b, 1000, 1, 0);

    ASSERT_INT(bonuses(b, 0), 100 + 700);
    int64_t second = tell(b, 1000, 2, 0);
    ASSERT_INT(bonuses(b, 0), 200 + 700);
    ASSERT_OK(books_refund(b, first, "R-1", 1000, NULL));
    ASSERT_INT(bonuses(b, 0), 100 + 700); /* the second is his first now */
    ASSERT_OK(books_refund(b, second, "R-1", 1000, NULL));
    ASSERT_INT(bonuses(b, 0), 0);
    ASSERT_INT(bonuses(b, 1), 0);
    (void)tell(b, 1000, 3, 0);
    ASSERT_INT(bonuses(b, 0), 100 + 700);
    books_check(b);
}

TEST(a_target_gives_when_its_volume_is_reached_and_takes_back_below_it)
{
    struct books *b = books_with(
        t, (struct rule){ .kind = RULE_TARGET,
               .target = 20000,
               .tiered_by = { .measure = VOLUME_REVENUE, .currency = { "EUR" } },
               .reward = { .amount = 2500, .currency = { "EUR" } } });
    int64_t first = tell(b, 15000, 1, 0);

    ASSERT_INT(bonuses(b, 0), 1500);
    (void)tell(b, 5000, 2, 0);
    ASSERT_INT(bonuses(b, 0), 2000 + 2500);
    ASSERT_OK(books_refund(b, first, "R-1", 1, NULL));
    ASSERT_INT(bonuses(b, 0), 2000);
    (void)tell(b, 19000, 35, 0); /* another month */
    ASSERT_INT(bonuses(b, 0), 3900);
    (void)tell(b, 1, 3, 0);
    ASSERT_INT(bonuses(b, 0), 3900 + 2500);
    books_check(b);
}

struct recruiting {
    int64_t program_id, id, by;
};

static const struct statement set = { "recruit",
    { "UPDATE partner SET recruited_by = ?1 WHERE id = ?2",
        "UPDATE partner SET recruited_by = $1 WHERE id = $2" },
    (const char *const[]){ "by", "id", NULL }, true };

static err recruit(struct db *db, void *arg)
{
    struct recruiting *r = arg;
    return db_run(db, &set, PARAMS(P("by", r->by), P("id", r->id)), NULL, NULL, NULL);
}

TEST(recruiters_earn_of_what_their_recruits_earn_level_by_level)
{
    struct rule_level levels[] = { { 1000 }, { 500 } };
    struct books *b =
        books_with(t, (struct rule){ .kind = RULE_RECRUIT, .levels = { levels, 2 } });
    struct recruiting chain[] = { { b->program.id, b->partners[0], b->partners[1] },
        { b->program.id, b->partners[1], b->partners[2] },
        { b->program.id, b->partners[2], b->partners[3] } };

    for (int i = 0; i < 3; i++)
        ASSERT_OK(books_write(b, recruit, &chain[i]));
    int64_t sale = tell(b, 10000, 1, 0); /* 10.00 for him */
    ASSERT_INT(books_worth(b, sale, 0), 1000);
    ASSERT_INT(bonuses(b, 1), 100);
    ASSERT_INT(bonuses(b, 2), 50);
    ASSERT_INT(bonuses(b, 3), 0);
    ASSERT_OK(books_refund(b, sale, "R-1", 3330, NULL)); /* 6.67 are left */
    ASSERT_INT(bonuses(b, 1), 67);
    ASSERT_INT(bonuses(b, 2), 33); /* 0.3335 */
    (void)tell(b, 5000, 2, 1);     /* 5.00 for the recruiter himself */
    ASSERT_INT(bonuses(b, 1), 67 + 500);
    ASSERT_INT(bonuses(b, 2), 33 + 50);
    ASSERT_INT(bonuses(b, 3), 25);
    ASSERT_OK(books_refund(b, sale, "R-2", 6670, NULL));
    ASSERT_INT(bonuses(b, 1), 500);
    ASSERT_INT(bonuses(b, 2), 50);
    books_check(b);
}

/* The last partner of the books is suspended. */
static const struct statement set_seat = { "seat",
    { "UPDATE partner SET status = ?1 WHERE id = ?2",
        "UPDATE partner SET status = $1 WHERE id = $2" },
    (const char *const[]){ "status", "id", NULL }, true };

struct seating {
    int64_t partner_id;
    const char *status;
};

static err seat(struct db *db, void *arg)
{
    struct seating *s = arg;
    return db_run(
        db, &set_seat, PARAMS(P("status", s->status), P("id", s->partner_id)), NULL, NULL, NULL);
}

TEST(who_is_suspended_has_no_part_of_what_his_recruits_earn_meanwhile)
{
    enum { SUSPENDED = BOOKS_PARTNERS - 1 };
    struct rule_level levels[] = { { 1000 }, { 500 } };
    struct books *b = books_with(t, (struct rule){ .kind = RULE_RECRUIT, .levels = { levels, 2 } });
    struct recruiting chain[] = { { b->program.id, b->partners[0], b->partners[SUSPENDED] },
        { b->program.id, b->partners[SUSPENDED], b->partners[1] } };
    struct seating back = { b->partners[SUSPENDED], "approved" };
    struct seating gone = { b->partners[SUSPENDED], "suspended" };

    for (int i = 0; i < 2; i++)
        ASSERT_OK(books_write(b, recruit, &chain[i]));
    int64_t first = tell(b, 10000, 1, 0);
    ASSERT_INT(bonuses(b, SUSPENDED), 0);
    ASSERT_INT(bonuses(b, 1), 50); /* who recruited him has his */
    ASSERT_OK(books_write(b, seat, &back));
    int64_t second = tell(b, 20000, 2, 0);
    ASSERT_INT(bonuses(b, SUSPENDED), 200);
    ASSERT_INT(bonuses(b, 1), 150);
    ASSERT_OK(books_write(b, seat, &gone));
    ASSERT_OK(books_refund(b, first, "R-1", 5000, NULL));
    ASSERT_OK(books_refund(b, second, "R-2", 5000, NULL)); /* what he has goes on as its source */
    ASSERT_INT(bonuses(b, SUSPENDED), 150);
    ASSERT_INT(bonuses(b, 1), 25 + 75);
    books_check(b);
}

static const struct statement one_bonus = { "one_bonus",
    { "SELECT MAX(id) FROM commission WHERE bonus_for IS NOT NULL AND partner_id = ?1",
        "SELECT MAX(id) FROM commission WHERE bonus_for IS NOT NULL AND partner_id = $1" },
    (const char *const[]){ "partner_id", NULL }, false };

/* The row of a rule's bonus: the partner's only one. */
static struct commission bonus_of(struct books *b, int p)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct commission c = { 0 };
    int64_t id;

    ASSERT_OK(db_int(db, &one_bonus, PARAMS(P("partner_id", b->partners[p])), &id));
    ASSERT_OK(commission_find(db, b->program.id, 0, id, &c));
    store_return(db);
    return c;
}

/* The seller's own commission of an order that a recruiter has a part of. */
static struct commission sold(struct books *b, int64_t conversion_id)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct list rows;

    ASSERT_OK(commission_of_conversion(db, b->program.id, conversion_id, &rows));
    store_return(db);
    return *(const struct commission *)rows.at;
}

TEST(a_recruiters_bonus_waits_for_what_it_hangs_on)
{
    struct rule_level levels[] = { { 1000 } };
    struct books *b = books_with(t, (struct rule){ .kind = RULE_RECRUIT, .levels = { levels, 1 } });
    struct recruiting chain = { b->program.id, b->partners[0], b->partners[1] };

    ASSERT_OK(books_write(b, recruit, &chain));
    int64_t held = tell(b, 10000, 1, 0);
    ASSERT_OK(books_move(b, MOVE_HOLD, sold(b, held).id, NULL));
    books_mature(b);
    ASSERT_INT(bonus_of(b, 1).place, PLACE_PENDING);
    struct commission bonus;
    ASSERT_OK(books_move(b, MOVE_APPROVE, bonus_of(b, 1).id, &bonus)); /* by hand: not before it */
    ASSERT_INT(bonus.place, PLACE_PENDING);
    ASSERT_OK(books_move(b, MOVE_RELEASE, sold(b, held).id, NULL));
    ASSERT_INT(bonus_of(b, 1).place, PLACE_PENDING);
    books_mature(b); /* both at once: the bonus after its source */
    ASSERT_INT(sold(b, held).place, PLACE_PAYABLE);
    ASSERT_INT(bonus_of(b, 1).place, PLACE_PAYABLE);
    ASSERT_OK(books_move(b, MOVE_HOLD, sold(b, held).id, NULL));
    ASSERT_INT(bonus_of(b, 1).place, PLACE_PENDING); /* out of the next payout again */
    ASSERT_INT(books_balance(b, 1, "EUR").payable, 0);
    ASSERT_OK(books_move(b, MOVE_DECLINE, sold(b, held).id, NULL));
    ASSERT_INT(bonus_of(b, 1).amount, 0); /* the conversion room hears of it in the same write */
    ASSERT_INT(bonus_of(b, 1).status, COMMISSION_REVERSED);
    books_check(b);
}

TEST(a_first_sale_bonus_hangs_on_the_sale_that_is_first_now)
{
    struct books *b = books_with(t, (struct rule){ .kind = RULE_FIRST_SALE,
                                        .reward = { .amount = 700, .currency = { "EUR" } } });
    int64_t first = tell(b, 1000, 1, 0);

    books_mature(b);
    ASSERT_INT(bonus_of(b, 0).place, PLACE_PAYABLE); /* the control: it matures with its sale */
    int64_t second = tell(b, 1000, 50, 0);
    ASSERT_OK(books_refund(b, first, "R-1", 1000, NULL));
    struct commission bonus = bonus_of(b, 0);
    ASSERT_INT(bonus.amount, 700);
    ASSERT_INT(bonus.place, PLACE_PENDING); /* its hold is not over */
    ASSERT_INT(bonus.matures_at.ms, books_commission(b, second).matures_at.ms);
    books_advance(b, 30);
    books_mature(b);
    ASSERT_INT(bonus_of(b, 0).place, PLACE_PAYABLE);
    books_check(b);
}

RUN_TESTS(ROW(a_partners_cap_cuts_the_latest_and_gives_back_what_is_freed),
    ROW(what_a_cap_leaves_with_nothing_waits_and_is_reversed_only_with_its_order),
    ROW(a_renewal_that_is_over_waits_for_an_earlier_one_to_fall_away),
    ROW(a_budget_is_for_all_partners_together),
    ROW(a_first_sale_gives_once_and_takes_back_when_nothing_is_left),
    ROW(a_target_gives_when_its_volume_is_reached_and_takes_back_below_it),
    ROW(a_recruiters_bonus_waits_for_what_it_hangs_on),
    ROW(a_first_sale_bonus_hangs_on_the_sale_that_is_first_now),
    ROW(recruiters_earn_of_what_their_recruits_earn_level_by_level),
    ROW(who_is_suspended_has_no_part_of_what_his_recruits_earn_meanwhile))
