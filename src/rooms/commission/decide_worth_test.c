/* Properties of the one rounding, over many random orders: what is told holds for every one of
 * them. */
#include "rooms/commission/decide.h"

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

RUN_TESTS(ROW(the_sum_is_never_more_than_half_a_unit_from_exact),
    ROW(each_part_is_less_than_a_unit_from_its_exact_sum),
    ROW(parts_always_sum_to_what_one_partner_would_get),
    ROW(whatever_pieces_bring_all_back_nothing_is_left))
