/* Rules and rounding of commissions, as tables. */
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"

#include "base/test.h"

static const currency EUR = { "EUR" }, GBP = { "GBP" };

static struct rule percent(int64_t id, int32_t bp)
{
    return (
        struct rule){ .id = id, .version = 1, .starts_at = { 1 }, .reward = { .percent_bp = bp } };
}

static struct rule fixed(int64_t id, int64_t minor, enum rule_per per)
{
    return (struct rule){ .id = id,
        .version = 1,
        .starts_at = { 1 },
        .reward = { .amount = minor, .currency = EUR, .per = per } };
}

static struct decide_order order_of(int64_t minor)
{
    return (struct decide_order){
        .type = STR("sale"), .amount = { minor, EUR }, .judged_at = { 1000 }
    };
}

TEST(commission_is_rounded_once_half_away_from_zero)
{
    static const struct {
        int64_t base, bp, wanted;
    } cases[] = {
        { 12990, 1000, 1299 }, /* 1299.0 */
        { 9950, 1000, 995 },   /* 995.0 */
        { 5, 1000, 1 },        /* 0.5 → 1 */
        { 4, 1000, 0 },        /* 0.4 → 0 */
        { 13643, 1234, 1684 }, /* 1683.5462 → 1684 */
        { 0, 1000, 0 },
        { 1, 10000, 1 },
        { INT64_C(1000000000000000), 10000, INT64_C(1000000000000000) },
    };

    EACH (c, cases) {
        struct rule rule = percent(1, (int32_t)c->bp);
        struct decide_order order = order_of(c->base);
        struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
        struct decision d;
        test_case("%lld at %lld bp", (long long)c->base, (long long)c->bp);
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
        ASSERT_INT(d.part_count, c->wanted || c->base == 4 ? 1 : 0);
        ASSERT_INT(d.part_count ? d.parts[0].amount : 0, c->wanted);
    }
}

TEST(items_take_their_own_rules_and_the_sum_is_rounded_once)
{
    /* The receipt of the design: 72.36 and 24.23 at 12 %, a workshop 39.84 at 40 %:
     * 8.6832 + 2.9076 + 15.9360 = 27.5268 → 27.53 */
    struct rule rules[] = { percent(1, 1000), percent(2, 1200), percent(3, 4000) };
    rules[1].scope.group = STR("Storytellers");
    rules[2].scope.category = STR("workshops");
    struct decide_item items[] = {
        { .sku = STR("T-600"), .quantity = 1, .amount = 7236 },
        { .sku = STR("SU-100"), .quantity = 2, .amount = 2423 },
        { .sku = STR("W-GL1"), .category = STR("workshops"), .quantity = 1, .amount = 3984 },
    };
    struct decide_order order = order_of(13643);
    order.items = items;
    order.item_count = 3;
    struct decide_share share = {
        .partner_id = 7, .group = STR("Storytellers"), .share_bp = 10000
    };
    struct decision d;

    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 3, &d));
    ASSERT_INT(d.line_count, 3);
    ASSERT_STR(exact_decimal(t->arena, d.lines[0].exact, EUR), "8.6832");
    ASSERT_STR(exact_decimal(t->arena, d.lines[1].exact, EUR), "2.9076");
    ASSERT_STR(exact_decimal(t->arena, d.lines[2].exact, EUR), "15.936");
    ASSERT_INT(d.part_count, 1);
    ASSERT_STR(exact_decimal(t->arena, d.parts[0].exact, EUR), "27.5268");
    ASSERT_INT(d.parts[0].amount, 2753);
    ASSERT_INT(d.parts[0].rule->id, 3);
}

TEST(what_no_item_covers_is_judged_as_the_order)
{
    struct rule rules[] = { percent(1, 1000), percent(2, 5000) };
    rules[1].scope.sku = STR("B-1");
    struct decide_item items[] = { { .sku = STR("B-1"), .quantity = 2, .amount = 4990 } };
    struct decide_order order = order_of(12990);
    order.items = items;
    order.item_count = 1;
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 2, &d));
    ASSERT_INT(d.line_count, 2);
    ASSERT_INT(d.lines[1].item, DECIDE_REST);
    ASSERT_INT(d.lines[1].base.minor, 8000);
    ASSERT_INT(d.parts[0].amount, 2495 + 800);
}

TEST(items_above_the_order_share_its_amount)
{
    struct rule rule = percent(1, 1000);
    struct decide_item items[] = {
        { .sku = STR("A"), .quantity = 1, .amount = 6000 },
        { .sku = STR("B"), .quantity = 1, .amount = 6000 },
    };
    struct decide_order order = order_of(9001);
    order.items = items;
    order.item_count = 2;
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.lines[0].base.minor, 4501);
    ASSERT_INT(d.lines[1].base.minor, 4500);
    ASSERT_INT(d.parts[0].amount, 900);
}

TEST(the_most_specific_rule_wins)
{
    struct rule all = percent(1, 100), group = percent(2, 200), coupon = percent(3, 300),
                sku = percent(4, 400), partner = percent(5, 500), both = percent(6, 600),
                newer = percent(7, 700);
    group.scope.group = STR("G");
    coupon.scope.coupon = STR("ANNA10");
    sku.scope.sku = STR("S");
    partner.scope.partner_id = 7;
    both.scope.partner_id = 7;
    both.scope.customer = CUSTOMER_NEW;
    newer.starts_at.ms = 5;
    static const struct {
        const char *words;
        int rules; /* how many of the list below stand */
        bool coupon, group, item, is_new;
        int64_t partner;
        int64_t wanted;
    } cases[] = {
        { "programme", 7, false, false, false, false, 8, 7 },
        { "group", 7, false, true, false, false, 8, 2 },
        { "coupon before group", 7, true, true, false, false, 8, 3 },
        { "product before coupon", 7, true, true, true, false, 8, 4 },
        { "partner before product", 7, true, true, true, false, 7, 5 },
        { "narrower before wider", 7, true, true, true, true, 7, 6 },
        { "newer before older", 7, false, false, false, false, 8, 7 },
        { "only the older stands", 6, false, false, false, false, 8, 1 },
    };
    struct rule rules[] = { all, group, coupon, sku, partner, both, newer };
    struct decide_item item = { .sku = STR("S"), .quantity = 1, .amount = 10000 };

    EACH (c, cases) {
        struct decide_order order = order_of(10000);
        struct decide_share share = { .partner_id = c->partner, .share_bp = 10000 };
        struct decision d;
        test_case("%s", c->words);
        order.coupon = c->coupon ? STR("anna10") : STR_NONE;
        order.is_new_customer = c->is_new;
        order.items = &item;
        order.item_count = c->item;
        share.group = c->group ? STR("G") : STR_NONE;
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, (size_t)c->rules, &d));
        ASSERT_INT(d.lines[0].rule->id, c->wanted);
    }
}

TEST(an_order_is_judged_by_the_rules_in_force_at_its_time)
{
    struct rule rules[] = { percent(1, 1000), percent(2, 2000) };
    rules[0].starts_at.ms = 100;
    rules[0].ends_at.ms = rules[1].starts_at.ms = 200;
    static const struct {
        int64_t at, wanted;
    } cases[] = { { 99, 0 }, { 100, 100 }, { 199, 100 }, { 200, 200 } };

    EACH (c, cases) {
        struct decide_order order = order_of(1000);
        struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
        struct decision d;
        test_case("at %lld", (long long)c->at);
        order.judged_at.ms = c->at;
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 2, &d));
        ASSERT_INT(d.part_count ? d.parts[0].amount : 0, c->wanted);
    }
}

TEST(fixed_sums_are_given_once_an_order_or_for_each_item)
{
    struct decide_item items[] = {
        { .sku = STR("A"), .quantity = 3, .amount = 900 },
        { .sku = STR("B"), .quantity = 1, .amount = 100 },
    };
    static const struct {
        enum rule_per per;
        int32_t share_bp;
        int64_t wanted;
    } cases[] = {
        { PER_ORDER, 10000, 250 }, { PER_ITEM, 10000, 1000 }, { PER_ORDER, 5000, 125 },
        { PER_ITEM, 3333, 333 }, /* 333.3 */
    };

    EACH (c, cases) {
        struct rule rule = fixed(1, 250, c->per);
        struct decide_order order = order_of(1000);
        struct decide_share share = { .partner_id = 7, .share_bp = c->share_bp };
        struct decision d;
        test_case("per %s, %d bp", rule_per_names[c->per], c->share_bp);
        order.amount.currency = GBP;
        order.items = items;
        order.item_count = 2;
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
        ASSERT_INT(d.part_count, 1);
        ASSERT_TRUE(currency_eq(
            d.parts[0].currency, EUR)); /* the rule's own, though the order is in pounds */
        ASSERT_INT(d.parts[0].amount, c->wanted);
    }
}

TEST(shares_add_up_to_the_whole)
{
    /* 10 % of 9.99 is 0.999 → 1.00; three thirds: 0.3330 0.3330 0.3330 → 34 33 33 */
    struct rule rule = percent(1, 1000);
    struct decide_order order = order_of(999);
    struct decide_share shares[] = { { .partner_id = 1, .share_bp = 3334 },
        { .partner_id = 2, .share_bp = 3333 }, { .partner_id = 3, .share_bp = 3333 } };
    struct decision d;

    ASSERT_OK(commission_decide(t->arena, &order, shares, 3, &rule, 1, &d));
    ASSERT_INT(d.part_count, 3);
    ASSERT_INT(d.parts[0].amount, 34);
    ASSERT_INT(d.parts[1].amount, 33);
    ASSERT_INT(d.parts[2].amount, 33);
}

TEST(percent_and_fixed_together_make_one_commission_per_currency)
{
    struct rule rules[] = { percent(1, 1000), fixed(2, 500, PER_ITEM) };
    rules[1].scope.category = STR("workshops");
    struct decide_item items[] = {
        { .category = STR("workshops"), .quantity = 2, .amount = 4000 }
    };
    struct decide_order order = order_of(10000);
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    order.amount.currency = GBP;
    order.items = items;
    order.item_count = 1;
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 2, &d));
    ASSERT_INT(d.part_count, 2);
    ASSERT_INT(d.parts[0].amount, 1000); /* two workshops at 5.00 EUR */
    ASSERT_STR(str_of(d.parts[0].currency.code), "EUR");
    ASSERT_INT(d.parts[1].amount, 600); /* 10 % of the rest, 60.00 GBP */
    ASSERT_STR(str_of(d.parts[1].currency.code), "GBP");
}

TEST(absurd_sums_are_refused_not_wrapped)
{
    struct rule rule = fixed(1, INT64_MAX / 2, PER_ITEM);
    struct decide_item item = { .quantity = 3, .amount = 1 };
    struct decide_order order = order_of(1);
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    order.items = &item;
    order.item_count = 1;
    ASSERT_ERR(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d), &AMOUNT_OVERFLOW);
}

TEST(conditions_of_the_order_and_its_click)
{
    struct rule all = percent(1, 100), country = percent(2, 200), large = percent(3, 300),
                middle = percent(4, 400), sub = percent(5, 500);
    country.scope.country = STR("PL");
    large.scope = (struct rule_scope){ .order_from = 20000, .order_currency = EUR };
    middle.scope =
        (struct rule_scope){ .order_from = 10000, .order_below = 20000, .order_currency = EUR };
    sub.scope.sub = STR("sub2=letter");
    static const struct {
        const char *words, *country, *sub2;
        int64_t amount;
        bool is_pounds;
        int64_t wanted;
    } cases[] = {
        { "nothing fits", "DE", "x", 9999, false, 1 },
        { "country", "PL", "x", 9999, false, 2 },
        { "from is inclusive", NULL, "x", 20000, false, 3 },
        { "below is exclusive", NULL, "x", 19999, false, 4 },
        { "its own beginning", NULL, "x", 10000, false, 4 },
        { "other money fits no range", NULL, "x", 20000, true, 1 },
        { "the click's own id", NULL, "letter", 500, false, 5 },
        { "the whole id, not its beginning", NULL, "letters", 500, false, 1 },
    };
    struct rule rules[] = { all, country, large, middle, sub };

    EACH (c, cases) {
        struct decide_order order = order_of(c->amount);
        struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
        struct decision d;
        test_case("%s", c->words);
        order.amount.currency = c->is_pounds ? GBP : EUR;
        order.country = str_of(c->country);
        share.subs[1] = str_of(c->sub2);
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 5, &d));
        ASSERT_INT(d.lines[0].rule->id, c->wanted);
    }
}

TEST(kinds_that_apply_beside_decide_no_line)
{
    struct rule rules[] = { percent(1, 1000), fixed(2, 5000, PER_ORDER) };
    struct decide_order order = order_of(10000);
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    rules[1].scope.partner_id = 7;
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 2, &d));
    ASSERT_INT(d.lines[0].rule->id, 2);
    for (int kind = RULE_FIRST_SALE; kind <= RULE_BUDGET; kind++) {
        rules[1].kind = (enum rule_kind)kind;
        test_case("%s", rule_kind_names[kind]);
        ASSERT_OK(commission_decide(t->arena, &order, &share, 1, rules, 2, &d));
        ASSERT_INT(d.lines[0].rule->id, 1);
        ASSERT_INT(d.tried_count, 1);
    }
}

TEST(a_cap_holds_over_all_lines_and_shares)
{
    /* 10 % of 400.00 + 300.00 + 100.00 is 80.00, at most 50.00: 40.00 + 10.00 + 0 */
    struct rule rule = percent(1, 1000);
    struct decide_item items[] = {
        { .quantity = 1, .amount = 40000 },
        { .quantity = 1, .amount = 30000 },
        { .quantity = 1, .amount = 10000 },
    };
    struct decide_order order = order_of(80000);
    struct decide_share shares[] = { { .partner_id = 7, .share_bp = 7500 },
        { .partner_id = 8, .share_bp = 2500 } };
    struct decision d;

    rule.cap = (struct rule_cap){ 5000, EUR };
    order.items = items;
    order.item_count = 3;
    ASSERT_OK(commission_decide(t->arena, &order, shares, 2, &rule, 1, &d));
    ASSERT_INT(d.part_count, 2);
    ASSERT_INT(d.parts[0].amount, 3750);
    ASSERT_INT(d.parts[1].amount, 1250);
    ASSERT_TRUE(d.lines[0].cut.e8 == 0);
    ASSERT_TRUE(d.lines[1].cut.e8 == exact_of(1500).e8); /* 30.00 × 75 % − (37.50 − 30.00) */
    ASSERT_TRUE(d.lines[2].cut.e8 == d.lines[2].exact.e8);
    order.amount.currency = GBP; /* a cap in euros says nothing about pounds */
    ASSERT_OK(commission_decide(t->arena, &order, shares, 2, &rule, 1, &d));
    ASSERT_INT(d.parts[0].amount, 6000);
}

TEST(lines_of_one_order_climb_the_steps_together)
{
    /* 5 %, above 1,000.00 7 %; 900.00 before: 80.00 × 5 %, then 20.00 × 5 % + 30.00 × 7 % = 7.10 */
    static struct rule_step steps[] = { { 100000, 700, 0 } };
    struct rule rule = percent(1, 500);
    struct decide_item items[] = { { .quantity = 1, .amount = 8000 },
        { .quantity = 1, .amount = 5000 } };
    struct decide_past past = { .partner_id = 7, .line_id = 9, .before = 90000, .nth = 1 };
    struct decide_order order = order_of(13000);
    struct decide_share share = { .partner_id = 7, .share_bp = 10000 };
    struct decision d;

    rule.line_id = 9;
    rule.tiers = (struct list){ steps, 1 };
    rule.tiered_by.currency = EUR;
    order.items = items;
    order.item_count = 2;
    order.past = &past;
    order.past_count = 1;
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.lines[0].earned->count, 1);
    ASSERT_INT(d.lines[1].earned->count, 2);
    ASSERT_INT(d.parts[0].amount, 710);
    rule.tiered_by.mode = MODE_RETROACTIVE; /* the whole period at 7 % */
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.parts[0].amount, 910);
    order.refunded = 6500; /* 965.00 in all: back below */
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.parts[0].amount, 650);
    order.past_count = 0;
    ASSERT_OK(commission_decide(t->arena, &order, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.parts[0].amount, 650);
}

TEST(refunds_reverse_in_proportion)
{
    /* 27.5268 of an order of 136.43; 12.11 come back: 27.5268 × 124.32 ÷ 136.43 = 25.0834… → 25.08
     */
    static const struct {
        int64_t exact_e4, whole, refunded, wanted;
    } cases[] = {
        { 275268, 13643, 0, 2753 }, { 275268, 13643, 1211, 2508 }, { 275268, 13643, 13643, 0 },
        { 5000, 1000, 500, 25 }, /* 0.25 */
        { 5000, 1000, 990, 1 },  /* 0.005 → 0.01 */
        { 5000, 1000, 991, 0 },  /* 0.0045 → 0 */
        { 99500, 0, 0, 995 },    /* a fixed sum for a free order */
    };

    EACH (c, cases) {
        exact e = { (__int128)c->exact_e4 * 1000000 };
        int64_t worth;
        test_case("%lld of %lld back", (long long)c->refunded, (long long)c->whole);
        ASSERT_OK(commission_worth(&e, 1, c->whole, c->refunded, &worth));
        ASSERT_INT(worth, c->wanted);
    }
}

TEST(any_pieces_that_return_everything_leave_exactly_zero)
{
    for (int round = 0; round < 3000; round++) {
        int64_t whole = test_random_between(t, 1, 3000000), sum = 0, total;
        size_t count = (size_t)test_random_between(t, 1, 6);
        exact parts[6], all = { 0 };
        int64_t before[6], worth[6], reversed[6] = { 0 };
        for (size_t i = 0; i < count; i++) {
            parts[i] = exact_share(
                whole, test_random_between(t, 1, 10000), test_random_between(t, 1, 10000));
            all = exact_add(all, parts[i]);
        }
        ASSERT_OK(commission_worth(parts, count, whole, 0, before));
        ASSERT_OK(exact_round(all, &total));
        for (size_t i = 0; i < count; i++)
            sum += before[i];
        ASSERT_INT(sum, total); /* the parts are the whole */

        for (int64_t refunded = 0; refunded < whole;) {
            refunded += test_random_between(t, 1, whole - refunded);
            ASSERT_OK(commission_worth(parts, count, whole, refunded, worth));
            for (size_t i = 0; i < count; i++)
                reversed[i] += before[i] - reversed[i] - worth[i];
        }
        for (size_t i = 0; i < count; i++) {
            ASSERT_INT(worth[i], 0);
            ASSERT_INT(reversed[i], before[i]);
        }
    }
}

TEST(no_part_is_more_than_one_unit_from_exact)
{
    for (int round = 0; round < 3000; round++) {
        int64_t whole = test_random_between(t, 1, INT64_C(1000000000000));
        int64_t refunded = test_random_between(t, 0, whole), worth[5];
        exact parts[5];
        for (size_t i = 0; i < 5; i++)
            parts[i] = exact_share(
                whole, test_random_between(t, 0, 10000), test_random_between(t, 0, 10000));
        ASSERT_OK(commission_worth(parts, 5, whole, refunded, worth));
        for (size_t i = 0; i < 5; i++) {
            __int128 near = parts[i].e8 / whole * (whole - refunded) / 100000000;
            __int128 off = near - worth[i];
            ASSERT_TRUE(off > -3 && off < 3); /* `near` itself is off by less than two */
        }
    }
}

TEST(every_move_leads_where_the_table_says)
{
    static const struct {
        int move;
        enum commission_place from;
        int to; /* -1: refused */
    } cases[] = {
        { MOVE_APPROVE, PLACE_PENDING, PLACE_PAYABLE },
        { MOVE_APPROVE, PLACE_HELD, -1 },
        { MOVE_APPROVE, PLACE_PAYABLE, -1 },
        { MOVE_APPROVE, PLACE_IN_PAYOUT, -1 },
        { MOVE_APPROVE, PLACE_PAID, -1 },
        { MOVE_APPROVE, PLACE_NONE, -1 },
        { MOVE_DECLINE, PLACE_PENDING, PLACE_NONE },
        { MOVE_DECLINE, PLACE_HELD, PLACE_NONE },
        { MOVE_DECLINE, PLACE_PAYABLE, PLACE_NONE },
        { MOVE_DECLINE, PLACE_IN_PAYOUT, -1 },
        { MOVE_DECLINE, PLACE_PAID, -1 },
        { MOVE_HOLD, PLACE_PENDING, PLACE_HELD },
        { MOVE_HOLD, PLACE_PAYABLE, PLACE_HELD },
        { MOVE_HOLD, PLACE_HELD, -1 },
        { MOVE_HOLD, PLACE_IN_PAYOUT, -1 },
        { MOVE_RELEASE, PLACE_HELD, PLACE_PENDING },
        { MOVE_RELEASE, PLACE_PENDING, -1 },
        { MOVE_MATURE, PLACE_PENDING, PLACE_PAYABLE },
        { MOVE_MATURE, PLACE_HELD, -1 },
    };

    EACH (c, cases) {
        enum commission_place to = PLACE_NONE;
        test_case("move %d from %s", c->move, commission_place_names[c->from]);
        ASSERT_INT(commission_may(c->move, c->from, &to), c->to >= 0);
        if (c->to >= 0)
            ASSERT_INT(to, c->to);
    }
}

TEST(exact_amounts_survive_their_text)
{
    static const char *const cases[] = { "0", "1", "-1", "99500000000",
        "-170141183460469231731687303715884105" };

    EACH (c, cases) {
        exact e = { 0 };
        ASSERT_TRUE(exact_from_text(str_of(*c), &e));
        ASSERT_STR(exact_text(t->arena, e), *c);
    }
    exact none;
    ASSERT_FALSE(exact_from_text(STR(""), &none));
    ASSERT_FALSE(exact_from_text(STR("-"), &none));
    ASSERT_FALSE(exact_from_text(STR("12.5"), &none));
}

RUN_TESTS(ROW(commission_is_rounded_once_half_away_from_zero),
    ROW(items_take_their_own_rules_and_the_sum_is_rounded_once),
    ROW(what_no_item_covers_is_judged_as_the_order), ROW(items_above_the_order_share_its_amount),
    ROW(the_most_specific_rule_wins), ROW(an_order_is_judged_by_the_rules_in_force_at_its_time),
    ROW(fixed_sums_are_given_once_an_order_or_for_each_item), ROW(shares_add_up_to_the_whole),
    ROW(percent_and_fixed_together_make_one_commission_per_currency),
    ROW(conditions_of_the_order_and_its_click), ROW(kinds_that_apply_beside_decide_no_line),
    ROW(a_cap_holds_over_all_lines_and_shares), ROW(lines_of_one_order_climb_the_steps_together),
    ROW(absurd_sums_are_refused_not_wrapped), ROW(refunds_reverse_in_proportion),
    ROW(any_pieces_that_return_everything_leave_exactly_zero),
    ROW(no_part_is_more_than_one_unit_from_exact), ROW(every_move_leads_where_the_table_says),
    ROW(exact_amounts_survive_their_text))
