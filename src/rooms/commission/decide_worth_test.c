/* Properties of the one rounding, over many random orders: what is told holds for every one of
 * them. */
#include "rooms/commission/commission.h"

#include "base/test.h"

enum { ROUNDS = 20000, PARTS_MOST = 6, PIECES_MOST = 5 };

struct random_order {
    exact parts[PARTS_MOST];
    size_t count;
    int64_t whole;
};

static __int128 sum_of(const struct random_order *o)
{
    __int128 sum = 0;
    for (size_t i = 0; i < o->count; i++)
        sum += o->parts[i].e8;
    return sum;
}

static int64_t total_of(const int64_t *worth, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += worth[i];
    return sum;
}

/* Percentages of shares of an order, as commissions are; every fourth is tiny, every fourth large. */
static struct random_order order_of(struct test *t, int round)
{
    int64_t most = round % 4 == 0 ? 5 : round % 4 == 1 ? INT64_C(1000000000000) : 50000;
    struct random_order o = { .count = (size_t)test_random_between(t, 1, PARTS_MOST),
        .whole = test_random_between(t, 1, most) };

    for (size_t i = 0; i < o.count; i++)
        o.parts[i] = exact_share(
            o.whole, test_random_between(t, 0, 10000), test_random_between(t, 0, 10000));
    return o;
}

TEST(the_sum_is_never_more_than_half_a_unit_from_exact)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct random_order o = order_of(t, round);
        int64_t worth[PARTS_MOST], gone = test_random_between(t, 0, o.whole);

        ASSERT_OK(commission_worth(o.parts, o.count, o.whole, gone, worth));
        /* |2 × sum × 10^8 × whole − 2 × exact × kept| ≤ 10^8 × whole */
        __int128 unit = (__int128)100000000 * o.whole;
        __int128 off = 2 * (total_of(worth, o.count) * unit - sum_of(&o) * (o.whole - gone));
        test_case("round %d", round);
        ASSERT_TRUE((off < 0 ? -off : off) <= unit);
    }
}

TEST(each_part_is_less_than_a_unit_from_its_exact_sum)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct random_order o = order_of(t, round);
        int64_t worth[PARTS_MOST], gone = test_random_between(t, 0, o.whole);

        ASSERT_OK(commission_worth(o.parts, o.count, o.whole, gone, worth));
        __int128 unit = (__int128)100000000 * o.whole;
        for (size_t i = 0; i < o.count; i++) {
            __int128 off = worth[i] * unit - o.parts[i].e8 * (o.whole - gone);
            test_case("round %d, part %zu", round, i);
            ASSERT_TRUE((off < 0 ? -off : off) < unit);
        }
    }
}

TEST(parts_always_sum_to_what_one_partner_would_get)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct random_order o = order_of(t, round);
        int64_t worth[PARTS_MOST], alone, gone = test_random_between(t, 0, o.whole);
        exact all = { sum_of(&o) };

        ASSERT_OK(commission_worth(o.parts, o.count, o.whole, gone, worth));
        ASSERT_OK(commission_worth(&all, 1, o.whole, gone, &alone));
        test_case("round %d", round);
        ASSERT_INT(total_of(worth, o.count), alone);
    }
}

TEST(whatever_pieces_bring_all_back_nothing_is_left)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct random_order o = order_of(t, round);
        int64_t left[PARTS_MOST], now[PARTS_MOST], gone = 0, moved = 0;

        ASSERT_OK(commission_worth(o.parts, o.count, o.whole, 0, left));
        int64_t earned = total_of(left, o.count);
        for (int piece = 0; gone < o.whole; piece++) {
            gone = piece == PIECES_MOST ? o.whole : test_random_between(t, gone + 1, o.whole);
            ASSERT_OK(commission_worth(o.parts, o.count, o.whole, gone, now));
            for (size_t i = 0; i < o.count; i++) {
                moved += left[i] - now[i]; /* what is posted: the difference */
                left[i] = now[i];
            }
        }
        test_case("round %d", round);
        ASSERT_INT(moved, earned);
        for (size_t i = 0; i < o.count; i++)
            ASSERT_INT(left[i], 0);
    }
}

/* Of a fixed sum, or a sum for each item, too: what came back by name first, the rest in proportion. */
static void fixed_sum_is_exact(struct test *t, enum rule_per per, int round)
{
    int64_t most = round % 4 < 2 ? 30 : 20000; /* small orders meet halves often */
    int64_t tea = test_random_between(t, 1, most), pot = test_random_between(t, 1, most);
    int64_t whole = tea + pot, named = test_random_between(t, 0, tea - 1);
    int64_t refunded = test_random_between(t, named, whole), worth[2], sum;
    int64_t fixed = test_random_between(t, 1, 2000);
    const struct decide_item items[] = {
        { .sku = STR("TEA"), .quantity = 1, .amount = tea }, { .quantity = 1, .amount = pot }
    };
    const struct rule rule = { .id = 1,
        .line_id = 1,
        .scope.sku = per == PER_ITEM ? STR("TEA") : STR_NONE,
        .reward = { .amount = fixed, .currency = { "EUR" }, .per = per } };
    const struct decide_share share = { .partner_id = 1, .share_bp = 10000 };
    const struct decide_order told = { .amount = { whole, { "EUR" } },
        .items = items,
        .item_count = 2,
        .judged_at = { 1 } };
    const int64_t returned[] = { named, 0 };
    const struct commission_order order = {
        .cause = { .order = &told, .shares = &share, .share_count = 1 },
        .returned = returned,
        .refunded = refunded,
    };
    __int128 of = whole - refunded, by = whole;
    struct decision d;

    if (per == PER_ITEM) { /* the tea's part of it, and of that what is left besides */
        of *= tea - named;
        by = (__int128)tea * (whole - named);
    }
    ASSERT_OK(commission_decide(t->arena, &told, &share, 1, &rule, 1, &d));
    ASSERT_INT(d.part_count, 1);
    ASSERT_OK(commission_worth_now(t->arena, &order, &d, worth));
    sum = (int64_t)((2 * fixed * of + by) / (2 * by));
    test_case("round %d: %lld of %lld, %lld by name, %lld in all", round, (long long)tea,
        (long long)whole, (long long)named, (long long)refunded);
    ASSERT_INT(worth[0], sum);
}

TEST(a_half_of_a_fixed_sum_is_rounded_up_whatever_came_back_by_name)
{
    for (int round = 0; round < ROUNDS; round++)
        fixed_sum_is_exact(t, round % 2 ? PER_ITEM : PER_ORDER, round);
}

RUN_TESTS(ROW(a_half_of_a_fixed_sum_is_rounded_up_whatever_came_back_by_name),
    ROW(the_sum_is_never_more_than_half_a_unit_from_exact),
    ROW(each_part_is_less_than_a_unit_from_its_exact_sum),
    ROW(parts_always_sum_to_what_one_partner_would_get),
    ROW(whatever_pieces_bring_all_back_nothing_is_left))
