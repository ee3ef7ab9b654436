/* How many orders a second are decided, in memory, by one thread: touches to shares, rules to exact
 * sums, one rounding. The same program code as behind the API. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "rooms/attribution/attribution.h"
#include "rooms/commission/decide.h"

enum { RULES = 20, TOUCHES = 3, ITEMS = 2 };

static struct rule rules[RULES];

static void make_rules(void)
{
    static const char *const groups[] = { "Storytellers", "Shops", "Searchers" };

    for (int i = 0; i < RULES; i++) {
        rules[i] = (struct rule){ .id = i + 1, .line_id = i + 1, .version = 1, .reward.percent_bp = 500 + 37 * i };
        if (i % 4 == 1)
            rules[i].scope.group = str_of(groups[i % 3]);
        else if (i % 4 == 2)
            rules[i].scope.partner_id = 100 + i;
        else if (i % 4 == 3)
            rules[i].scope.category = i % 8 == 3 ? STR("tea") : STR("books");
    }
}

static int64_t decide(struct arena *arena, int64_t n)
{
    instant at = { 1800000000000 + n * 1000 };
    struct attribution_terms terms = { .model = (enum program_attribution)(n % 4), .window_days = 30 };
    struct attribution_order placed = { .at = at };
    struct touch touches[TOUCHES];
    struct attribution verdict;
    struct attribution_share found[TOUCHES];
    struct decide_share shares[TOUCHES] = { 0 };
    struct decide_item items[ITEMS] = { { .category = STR("tea"), .quantity = 1, .amount = 3000 + n % 977 },
        { .category = STR("cups"), .quantity = 2, .amount = 1500 } };
    struct decide_order order = { .type = STR("sale"), .amount = { 5000 + n % 977, { "EUR" } }, .items = items,
        .item_count = n % 2 ? ITEMS : 0, .at = at, .judged_at = at };
    struct decision d;
    int64_t worth[2 * TOUCHES] = { 0 }, sum = 0;
    exact exacts[2 * TOUCHES];

    for (int i = 0; i < TOUCHES; i++)
        touches[i] = (struct touch){ .kind = TOUCH_CLICK, .click_id = n * TOUCHES + i + 1, .partner_id = 100 + (n + i) % 40,
            .at = { at.ms - (TOUCHES - i) * INT64_C(86400000) } };
    attribution_decide(&terms, &placed, touches, TOUCHES, &verdict);
    size_t count = attribution_shares(touches, TOUCHES, found);
    for (size_t i = 0; i < count; i++)
        shares[i] = (struct decide_share){ .partner_id = found[i].partner_id, .share_bp = found[i].share_bp };
    if (commission_decide(arena, &order, shares, count, rules, RULES, &d))
        abort();
    for (size_t i = 0; i < d.part_count; i++)
        exacts[i] = d.parts[i].exact;
    if (commission_worth(exacts, d.part_count, order.amount.minor, n % 5 == 0 ? 1000 : 0, worth))
        abort();
    for (size_t i = 0; i < d.part_count; i++)
        sum += worth[i];
    return sum;
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000, sum = 0;
    struct arena *arena = arena_new();
    struct timespec began, ended;

    make_rules();
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int64_t n = 0; n < count; n++) {
        sum += decide(arena, n);
        arena_reset(arena);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    arena_free(arena);
    double seconds = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
    printf("{\"orders\":%lld,\"seconds\":%.3f,\"per_second\":%.0f,\"sum\":%lld}\n", (long long)count, seconds,
        (double)count / seconds, (long long)sum);
    return 0;
}
