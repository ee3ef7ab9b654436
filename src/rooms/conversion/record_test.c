/* Orders in a real store: from the telling to the balance. */
#include "rooms/conversion/books_testing.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/log.h"
#include "rooms/coupon/coupon.h"

static int64_t pending(struct books *b, int p)
{
    return books_balance(b, p, "EUR").pending;
}

TEST(a_coupon_sale_pays_its_partner_although_nobody_clicked)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 9950, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_FALSE(stands.already);
    ASSERT_TRUE(stands.conversion.attributed);
    ASSERT_STR(stands.conversion.reason, "coupon");
    ASSERT_INT(stands.commissions.count, 1);
    ASSERT_INT(pending(b, 0), 995);
    books_check(b);
}

TEST(the_same_order_again_is_an_answer_and_another_content_a_conflict)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 9950, 0), again, other;
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    again = books_order(b, "A-1", 9950, 0);
    ASSERT_OK(books_tell(b, &again, &stands));
    ASSERT_TRUE(stands.already);
    ASSERT_INT(stands.conversion.id, order.id);
    other = books_order(b, "A-1", 9951, 0);
    ASSERT_ERR(books_tell(b, &other, &stands), &ORDER_EXISTS);
    other = books_order(b, "A-1", 9950, 1);
    ASSERT_ERR(books_tell(b, &other, &stands), &ORDER_EXISTS);
    ASSERT_INT(pending(b, 0), 995);
    ASSERT_INT(pending(b, 1), 0);
    books_check(b);
}

TEST(metadata_in_another_order_says_the_same)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 100, 0);
    struct conversion_recorded stands;

    order.metadata.text = STR("{\"a\":\"1\",\"b\":\"2\"}");
    ASSERT_OK(books_tell(b, &order, &stands));
    order.metadata.text = STR("{\"b\":\"2\",\"a\":\"1\"}");
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_TRUE(stands.already);
    order.metadata.text = STR("{\"b\":\"2\",\"a\":\"2\"}");
    ASSERT_ERR(books_tell(b, &order, &stands), &ORDER_EXISTS);
}

TEST(orders_without_valid_evidence_are_kept_and_earn_nobody_anything)
{
    static const struct {
        int partner;
        const char *reason;
    } cases[] = { { -1, "no_evidence" }, { BOOKS_PARTNERS - 1, "no_valid_touch" } };
    struct books *b = books_open(t);

    EACH (c, cases) {
        struct conversion order = books_order(b, NULL, 5000, c->partner);
        struct conversion_recorded stands;
        test_case("%s", c->reason);
        ASSERT_OK(books_tell(b, &order, &stands));
        ASSERT_FALSE(stands.conversion.attributed);
        ASSERT_STR(stands.conversion.reason, c->reason);
        ASSERT_INT(stands.commissions.count, 0);
    }
    books_check(b);
}

TEST(a_code_of_the_shop_that_is_nobodys_is_no_mistake)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 5000, -1);
    struct conversion_recorded stands;

    order.coupon = STR("SPRING");
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_STR(stands.conversion.reason, "no_evidence");
}

TEST(a_token_that_cannot_be_read_is_refused_and_leaves_nothing)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 5000, 0);
    struct conversion_recorded stands;

    order.click = STR("forged");
    err refused = books_tell(b, &order, &stands);
    ASSERT_TRUE(refused);
    ASSERT_STR(str_of(refused->code), "click_invalid");
    order.click = STR_NONE; /* the same order without it is new */
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_FALSE(stands.already);
}

TEST(what_lies_ahead_or_has_no_name_is_refused)
{
    struct books *b = books_open(t);
    instant now = t->env->now(t->env);
    static const struct {
        const char *order_id, *type;
        int64_t ahead_ms;
        const char *code;
    } cases[] = {
        { "A", "sale", CONVERSION_FUTURE_MS, NULL },
        { "B", "sale", CONVERSION_FUTURE_MS + 1, "in_future" },
        { "", "sale", 0, "order_id" },
        { " A", "sale", 0, "order_id" },
        { "C", "Sale", 0, "type_name" },
        { "D", "newsletter_sign_up", 0, NULL },
        { "E", "", 0, "type_name" },
    };

    EACH (c, cases) {
        struct conversion order = books_order(b, c->order_id, 100, 0);
        struct conversion_recorded stands;
        test_case("%s %s", c->order_id, c->type);
        order.type = str_of(c->type);
        order.occurred_at = instant_plus_ms(now, c->ahead_ms);
        err refused = books_tell(b, &order, &stands);
        ASSERT_STR(refused ? str_of(refused->code) : STR_NONE, c->code);
    }
}

TEST(a_late_event_is_judged_by_the_terms_of_its_time)
{
    struct books *b = books_open(t);
    instant first_day = t->env->now(t->env);
    struct conversion order;
    struct conversion_recorded stands;

    books_advance(b, 5);
    b->program.commission.percent_bp = 2000;
    b->program.hold_days = 60;
    books_change(b);
    books_advance(b, 5);

    order = books_order(b, "LATE", 10000, 0);
    order.occurred_at = instant_plus_days(first_day, 2);
    ASSERT_OK(books_tell(b, &order, &stands));
    struct commission c = books_commission(b, order.id);
    ASSERT_INT(c.amount, 1000);
    ASSERT_INT(c.rule_version, 1);
    ASSERT_INT(c.matures_at.ms, instant_plus_days(order.occurred_at, 30).ms);

    order = books_order(b, "NEW", 10000, 0);
    ASSERT_OK(books_tell(b, &order, &stands));
    c = books_commission(b, order.id);
    ASSERT_INT(c.amount, 2000);
    ASSERT_INT(c.rule_version, 2);
    ASSERT_INT(c.matures_at.ms, instant_plus_days(t->env->now(t->env), 60).ms);
}

TEST(a_known_customer_stays_with_his_partner_inside_the_window)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    order.customer_id = STR("c-77");
    ASSERT_OK(books_tell(b, &order, &stands));
    books_advance(b, 29);
    order = books_order(b, "A-2", 10000, -1);
    order.customer_id = STR("c-77");
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_STR(stands.conversion.reason, "customer");
    ASSERT_INT(stands.commissions.count, 1);
    books_advance(b, 2); /* the window counts from the first touch, not from the last order */
    order = books_order(b, "A-3", 10000, -1);
    order.customer_id = STR("c-77");
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_FALSE(stands.conversion.attributed);
    order = books_order(b, "A-4", 10000, -1);
    order.customer_id = STR("c-78");
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_STR(stands.conversion.reason, "no_evidence");
}

TEST(a_coupon_is_used_up_by_credited_orders)
{
    struct books *b = books_open(t);
    struct conversion_recorded stands;
    struct conversion order = books_order(b, "A-1", 1000, 0);

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_TRUE(stands.conversion.coupon_id != 0);
    ASSERT_OK(books_tell(b, &order, &stands)); /* told twice is used once */
    struct db *db = store_lend(b->store, t->arena);
    struct coupon coupon;
    bool found;
    ASSERT_OK(coupon_find_code(db, b->program.id, STR("CODE0"), &coupon, &found));
    store_return(db);
    ASSERT_INT(coupon.uses, 1);
}

static int64_t uses_of(struct books *b, const char *code)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct coupon coupon = { 0 };
    bool found;

    ASSERT_OK(coupon_find_code(db, b->program.id, str_of(code), &coupon, &found));
    store_return(db);
    return coupon.uses;
}

static err decline_credited(struct db *db, void *arg)
{
    struct conversion c = *(const struct conversion *)arg;
    struct ledger_act act = { db_env(db), db_now(db), STR("person") };
    return conversion_decline(db, &act, &c, STR("fraud"), STR_NONE);
}

TEST(each_of_two_codes_that_share_an_order_is_used_once_and_given_back)
{
    struct books *b = books_open(t);
    struct conversion_recorded stands;
    struct conversion browsers = books_order(b, "W-2", 1000, 0), shops = books_order(b, "W-2", 2000, 1);

    browsers.source = SOURCE_BROWSER;
    ASSERT_OK(books_tell(b, &browsers, &stands));
    ASSERT_INT(uses_of(b, "CODE0"), 1);
    ASSERT_OK(books_tell(b, &shops, &stands));
    ASSERT_INT(uses_of(b, "CODE0"), 1);
    ASSERT_INT(uses_of(b, "CODE1"), 1);
    ASSERT_OK(books_write(b, decline_credited, &stands.conversion));
    ASSERT_INT(uses_of(b, "CODE0"), 0);
    ASSERT_INT(uses_of(b, "CODE1"), 0);
}

/* ---- the browser and the shop
 * --------------------------------------------------------------------------------- */

static struct conversion browser_order(struct books *b, int64_t minor)
{
    struct conversion order = books_order(b, "W-1", minor, 0);
    order.source = SOURCE_BROWSER;
    return order;
}

TEST(a_browsers_word_is_held_until_the_shop_says_the_same)
{
    struct books *b = books_open(t);
    struct conversion order = browser_order(b, 5000), shop;
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_INT(stands.conversion.status, CONVERSION_UNVERIFIED);
    ASSERT_INT(books_balance(b, 0, "EUR").held, 500);
    ASSERT_INT(pending(b, 0), 0);
    shop = books_order(b, "W-1", 5000, -1);
    ASSERT_OK(books_tell(b, &shop, &stands));
    ASSERT_TRUE(stands.already);
    ASSERT_INT(stands.conversion.id, order.id);
    ASSERT_INT(stands.conversion.status, CONVERSION_CONFIRMED);
    ASSERT_INT(books_balance(b, 0, "EUR").held, 0);
    ASSERT_INT(pending(b, 0), 500);
    ASSERT_OK(books_tell(b, &shop, &stands)); /* the shop tries again */
    ASSERT_TRUE(stands.already);
    order = browser_order(b, 5000); /* and the page is loaded again */
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_TRUE(stands.already);
    ASSERT_INT(pending(b, 0), 500);
    books_check(b);
}

TEST(the_shops_other_word_replaces_the_browsers_and_keeps_its_evidence)
{
    struct books *b = books_open(t);
    struct conversion order = browser_order(b, 900000), shop;
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    shop = books_order(b, "W-1", 5000, -1);
    ASSERT_OK(books_tell(b, &shop, &stands));
    ASSERT_FALSE(stands.already);
    ASSERT_INT(stands.conversion.id, shop.id);
    ASSERT_STR(stands.conversion.reason, "coupon");
    ASSERT_INT(books_balance(b, 0, "EUR").held, 0);
    ASSERT_INT(pending(b, 0), 500);
    struct db *db = store_lend(b->store, t->arena);
    struct conversion old;
    ASSERT_OK(conversion_find(db, b->program.id, 0, order.id, &old));
    store_return(db);
    ASSERT_INT(old.status, CONVERSION_REPLACED);
    ASSERT_INT(old.replaced_by, shop.id);
    order = browser_order(b, 1); /* a browser cannot talk the shop down */
    ASSERT_ERR(books_tell(b, &order, &stands), &ORDER_EXISTS);
    books_check(b);
}

TEST(a_trusted_browser_counts_at_once)
{
    struct books *b = books_open(t);
    struct conversion order;
    struct conversion_recorded stands;

    b->program.trust_browser = true;
    books_change(b);
    test_advance(t, 10);
    order = browser_order(b, 5000);
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_INT(stands.conversion.status, CONVERSION_CONFIRMED);
    ASSERT_INT(pending(b, 0), 500);
}

/* ---- refunds
 * ------------------------------------------------------------------------------------------------------
 */

TEST(refunds_reverse_in_proportion_up_to_the_order)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 9999, 0); /* 999.9 → 1000 */
    struct conversion_recorded stands;
    struct refund refund;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_INT(pending(b, 0), 1000);
    ASSERT_OK(books_refund(b, order.id, "R-1", 3333, &refund)); /* 666.6 → 667 */
    ASSERT_INT(pending(b, 0), 667);
    ASSERT_OK(books_refund(b, order.id, "R-1", 3333, &refund)); /* told twice */
    ASSERT_INT(pending(b, 0), 667);
    ASSERT_ERR(books_refund(b, order.id, "R-1", 3334, NULL), &REFUND_EXISTS);
    ASSERT_ERR(books_refund(b, order.id, "R-2", 6667, NULL), &REFUND_EXCEEDS_ORDER);
    ASSERT_OK(books_refund(b, order.id, "R-2", 6666, &refund));
    ASSERT_INT(pending(b, 0), 0);
    ASSERT_INT(books_commission(b, order.id).status, COMMISSION_REVERSED);
    ASSERT_ERR(books_refund(b, order.id, "R-3", 1, NULL), &REFUND_EXCEEDS_ORDER);
    books_check(b);
}

static err refund_ahead(struct db *db, void *arg)
{
    struct books *b = arg;
    struct ledger_act act = books_act(b);
    struct refund refund = { .id = 77,
        .program_id = b->program.id,
        .order_id = STR("A-1"),
        .refund_id = STR("R-0"),
        .amount = 4000,
        .currency = { "EUR" } };
    bool already;
    TRY(conversion_refund(db, &act, &refund, &already));
    return str_eq(refund.status, STR("waiting")) ? NULL : &REFUND_EXISTS;
}

TEST(a_refund_may_come_before_its_sale)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_write(b, refund_ahead, b));
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_INT(stands.conversion.refunded_amount, 4000);
    ASSERT_INT(stands.conversion.status, CONVERSION_PARTIALLY_REFUNDED);
    ASSERT_INT(pending(b, 0), 600);
    ASSERT_INT(books_commission(b, order.id).earned_amount, 1000);
    books_check(b);
}

TEST(a_refund_after_payment_is_carried_and_taken_up)
{
    struct books *b = books_open(t);
    struct conversion first = books_order(b, "A-1", 100000, 0),
                      second = books_order(b, "A-2", 50000, 0);
    struct conversion_recorded stands;
    struct commission_due due;

    ASSERT_OK(books_tell(b, &first, &stands));
    books_advance(b, 31);
    ASSERT_INT(books_mature(b), 1);
    ASSERT_OK(books_pay(b, 0, "EUR", 901, 902, &due));
    ASSERT_INT(due.net, 10000);
    ASSERT_INT(books_balance(b, 0, "EUR").in_payout, 10000);
    ASSERT_OK(books_paid(b, 902));
    ASSERT_OK(books_paid(b, 902)); /* said twice */
    ASSERT_INT(books_balance(b, 0, "EUR").paid, 10000);
    ASSERT_INT(books_commission(b, first.id).status, COMMISSION_PAID);

    ASSERT_OK(books_refund(b, first.id, "R-1", 30000, NULL));
    struct ledger_balance balance = books_balance(b, 0, "EUR");
    ASSERT_INT(balance.paid, 10000);
    ASSERT_INT(balance.carried, -3000);
    ASSERT_INT(books_commission(b, first.id).amount, 7000);
    ASSERT_INT(books_commission(b, first.id).status, COMMISSION_PAID);
    ASSERT_ERR(
        books_pay(b, 0, "EUR", 903, 904, NULL), &COMMISSION_STATE); /* nobody is paid below zero */

    second.occurred_at = (instant){ 0 };
    ASSERT_OK(books_tell(b, &second, &stands));
    books_advance(b, 31);
    ASSERT_INT(books_mature(b), 1);
    ASSERT_OK(books_pay(b, 0, "EUR", 903, 904, &due));
    ASSERT_INT(due.gross, 5000);
    ASSERT_INT(due.carried, -3000);
    ASSERT_INT(due.net, 2000);
    balance = books_balance(b, 0, "EUR");
    ASSERT_INT(balance.carried, 0);
    ASSERT_INT(balance.in_payout, 2000);
    books_check(b);
}

TEST(a_failed_line_returns_to_the_cent_and_is_paid_later)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 100000, 0);
    struct conversion_recorded stands;
    struct commission_due due;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_OK(books_give(b, 0, -500, NULL));
    books_advance(b, 31);
    books_mature(b);
    ASSERT_OK(books_pay(b, 0, "EUR", 901, 902, &due));
    ASSERT_INT(due.net, 9500);
    ASSERT_OK(
        books_pay(b, 0, "EUR", 901, 902, &due)); /* the same line again gives the same figures */
    ASSERT_INT(due.net, 9500);
    ASSERT_OK(books_refund(b, order.id, "R-1", 10000, NULL)); /* while the bank is at work */
    ASSERT_INT(books_balance(b, 0, "EUR").carried, -1000);
    ASSERT_OK(books_failed(b, 902));
    ASSERT_OK(books_failed(b, 902));
    struct ledger_balance balance = books_balance(b, 0, "EUR");
    ASSERT_INT(balance.payable, 10000);
    ASSERT_INT(balance.carried, -1500);
    ASSERT_INT(balance.in_payout, 0);
    ASSERT_ERR(books_paid(b, 902), &COMMISSION_STATE);
    books_check(b);
    ASSERT_OK(books_pay(b, 0, "EUR", 903, 904, &due));
    ASSERT_INT(due.net, 8500);
    ASSERT_OK(books_paid(b, 904));
    ASSERT_OK(books_failed(b, 904)); /* the bank sent it back after all */
    ASSERT_INT(books_balance(b, 0, "EUR").payable, 10000);
    ASSERT_INT(books_balance(b, 0, "EUR").paid, 0);
    books_check(b);
}

TEST(a_cut_off_takes_only_what_was_payable_by_then)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 100000, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    books_advance(b, 29);
    ASSERT_INT(books_mature(b), 0);
    ASSERT_ERR(books_pay(b, 0, "EUR", 901, 902, NULL), &COMMISSION_STATE);
    books_advance(
        b, 10); /* the clock's job comes late: it was payable on the 30th day all the same */
    ASSERT_INT(books_mature(b), 1);
    ASSERT_INT(
        books_commission(b, order.id).payable_at.ms, books_commission(b, order.id).matures_at.ms);
}

/* ---- by hand
 * -------------------------------------------------------------------------------------------------------
 */

TEST(moves_by_hand_go_where_the_table_says)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;
    struct commission c;

    ASSERT_OK(books_tell(b, &order, &stands));
    int64_t id = books_commission(b, order.id).id;
    ASSERT_OK(books_move(b, MOVE_HOLD, id, &c));
    ASSERT_INT(c.status, COMMISSION_HELD);
    ASSERT_ERR(books_move(b, MOVE_APPROVE, id, &c), &COMMISSION_STATE);
    ASSERT_OK(books_move(b, MOVE_RELEASE, id, &c));
    ASSERT_INT(c.status, COMMISSION_PENDING);
    ASSERT_OK(books_move(b, MOVE_APPROVE, id, &c));
    ASSERT_INT(c.status, COMMISSION_PAYABLE);
    ASSERT_OK(books_move(b, MOVE_HOLD, id, &c));
    ASSERT_INT(books_balance(b, 0, "EUR").held, 1000);
    ASSERT_OK(books_move(b, MOVE_RELEASE, id, &c));
    ASSERT_INT(c.status, COMMISSION_PAYABLE); /* it had been payable before */
    ASSERT_OK(books_move(b, MOVE_DECLINE, id, &c));
    ASSERT_INT(c.status, COMMISSION_DECLINED);
    ASSERT_INT(c.amount, 0);
    ASSERT_STR(c.status_reason, "fraud");
    ASSERT_ERR(books_move(b, MOVE_DECLINE, id, &c), &COMMISSION_STATE);
    ASSERT_OK(books_refund(b, order.id, "R-1", 5000, NULL)); /* a refund of it moves nothing more */
    struct ledger_balance balance = books_balance(b, 0, "EUR");
    ASSERT_INT(balance.pending + balance.held + balance.payable + balance.carried, 0);
    books_check(b);
}

TEST(bonus_is_payable_at_once_and_an_adjustment_below_zero_is_carried)
{
    struct books *b = books_open(t);
    struct commission c;
    struct commission_due due;

    ASSERT_OK(books_give(b, 0, 5000, &c));
    ASSERT_INT(c.status, COMMISSION_PAYABLE);
    ASSERT_OK(books_give(b, 0, -1200, &c));
    ASSERT_INT(books_balance(b, 0, "EUR").payable, 5000);
    ASSERT_INT(books_balance(b, 0, "EUR").carried, -1200);
    ASSERT_OK(books_pay(b, 0, "EUR", 901, 902, &due));
    ASSERT_INT(due.net, 3800);
    ASSERT_OK(books_paid(b, 902));
    ASSERT_INT(books_balance(b, 0, "EUR").paid, 3800);
    books_check(b);
}

struct declining {
    struct ledger_act act;
    int64_t program_id, id;
};

static err decline_order(struct db *db, void *arg)
{
    struct declining *d = arg;
    struct conversion c = { 0 };
    TRY(conversion_find(db, d->program_id, 0, d->id, &c));
    return conversion_decline(db, &d->act, &c, STR("fraud"), STR_NONE);
}

TEST(declining_a_paid_order_carries_it_back)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    books_advance(b, 31);
    books_mature(b);
    ASSERT_OK(books_pay(b, 0, "EUR", 901, 902, NULL));
    ASSERT_OK(books_paid(b, 902));
    ASSERT_ERR(
        books_move(b, MOVE_DECLINE, books_commission(b, order.id).id, NULL), &COMMISSION_STATE);
    struct declining d = { books_act(b), b->program.id, order.id };
    ASSERT_OK(books_write(b, decline_order, &d));
    ASSERT_INT(books_balance(b, 0, "EUR").carried, -1000);
    ASSERT_INT(books_balance(b, 0, "EUR").paid, 1000);
    ASSERT_ERR(books_write(b, decline_order, &d), &CONVERSION_STATE);
    books_check(b);
}

TEST(test_orders_have_accounts_of_their_own)
{
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    order.is_test = true;
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_INT(pending(b, 0), 0);
    order = books_order(b, "A-1", 10000, 0); /* the live order of that name is another */
    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_FALSE(stands.already);
    ASSERT_INT(pending(b, 0), 1000);
}

static err run_statement(struct db *db, void *arg)
{
    return db_run(db, arg, NO_PARAMS, NULL, NULL, NULL);
}

TEST(the_books_refuse_to_be_changed)
{
    static const char *const cases[] = {
        "UPDATE ledger_posting SET amount = amount + 1",
        "DELETE FROM ledger_posting",
        "UPDATE ledger_entry SET memo = 'x'",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_account",
        "UPDATE commission SET earned_amount = 1",
        "DELETE FROM commission",
        "UPDATE commission_event SET amount = 1",
        "UPDATE rule SET reward_percent_bp = 1",
        "UPDATE conversion SET amount = 1",
        "UPDATE conversion_touch SET share_bp = 1",
        "DELETE FROM refund",
    };
    struct books *b = books_open(t);
    struct conversion order = books_order(b, "A-1", 10000, 0);
    struct conversion_recorded stands;

    ASSERT_OK(books_tell(b, &order, &stands));
    ASSERT_OK(books_refund(b, order.id, "R-1", 1, NULL));
    log_level_set(LOG_ERROR + 1);
    EACH (c, cases) {
        struct statement statement = { "attack", { *c, *c }, (const char *const[]){ NULL }, true };
        test_case("%s", *c);
        ASSERT_TRUE(books_write(b, run_statement, &statement));
    }
    struct statement harmless = { "control",
        { "UPDATE commission SET status_note = 'seen'",
            "UPDATE commission SET status_note = 'seen'" },
        (const char *const[]){ NULL }, true };
    ASSERT_OK(books_write(b, run_statement, &harmless));
    log_level_set(LOG_ERROR);
    books_check(b);
}

RUN_TESTS(ROW(a_coupon_sale_pays_its_partner_although_nobody_clicked),
    ROW(the_same_order_again_is_an_answer_and_another_content_a_conflict),
    ROW(metadata_in_another_order_says_the_same),
    ROW(orders_without_valid_evidence_are_kept_and_earn_nobody_anything),
    ROW(a_code_of_the_shop_that_is_nobodys_is_no_mistake),
    ROW(a_token_that_cannot_be_read_is_refused_and_leaves_nothing),
    ROW(what_lies_ahead_or_has_no_name_is_refused),
    ROW(a_late_event_is_judged_by_the_terms_of_its_time),
    ROW(a_known_customer_stays_with_his_partner_inside_the_window),
    ROW(a_coupon_is_used_up_by_credited_orders), ROW(each_of_two_codes_that_share_an_order_is_used_once_and_given_back),
    ROW(a_browsers_word_is_held_until_the_shop_says_the_same),
    ROW(the_shops_other_word_replaces_the_browsers_and_keeps_its_evidence),
    ROW(a_trusted_browser_counts_at_once), ROW(refunds_reverse_in_proportion_up_to_the_order),
    ROW(a_refund_may_come_before_its_sale), ROW(a_refund_after_payment_is_carried_and_taken_up),
    ROW(a_failed_line_returns_to_the_cent_and_is_paid_later),
    ROW(a_cut_off_takes_only_what_was_payable_by_then), ROW(moves_by_hand_go_where_the_table_says),
    ROW(bonus_is_payable_at_once_and_an_adjustment_below_zero_is_carried),
    ROW(declining_a_paid_order_carries_it_back), ROW(test_orders_have_accounts_of_their_own),
    ROW(the_books_refuse_to_be_changed))
