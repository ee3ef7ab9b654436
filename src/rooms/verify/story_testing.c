/* A story with a bit of everything, under rules of every kind. */
#include "rooms/verify/story_testing.h"

/* Some of a story's steps are not possible when they come; that is part of it. */
static void tolerate(err refused)
{
    ASSERT_TRUE(!refused || refused->kind < ERR_INTERNAL);
}

void story_tell(struct books *b, int64_t orders)
{
    struct conversion_recorded stands;
    struct conversion_item items[] = {
        { .sku = STR("T-600"), .quantity = 1, .amount = 7236 },
        { .sku = STR("W-1"), .category = STR("workshops"), .quantity = 3, .amount = 3984 },
    };
    struct conversion told[100];

    for (int64_t i = 0; i < orders; i++) {
        struct conversion order = books_order(b, NULL, test_random_between(b->t, 1, 30000),
            (int)test_random_between(b->t, -1, BOOKS_PARTNERS - 1));
        order.customer_id = str_printf(b->t->arena, "c-%d", (int)test_random_between(b->t, 1, 6));
        order.source = test_random_between(b->t, 0, 4) ? SOURCE_API : SOURCE_BROWSER;
        if (test_random_between(b->t, 0, 2) == 0)
            order.items = (struct list){ items, 2 };
        ASSERT_OK(books_tell(b, &order, &stands));
        told[i % 100] = stands.conversion;
        if (test_random_between(b->t, 0, 2) == 0)
            ASSERT_OK(
                books_refund(b, order.id, "R-1", test_random_between(b->t, 1, order.amount), NULL));
        books_advance(b, test_random_between(b->t, 0, 4));
        (void)books_mature(b);
        if (i % 7 == 3)
            ASSERT_OK(books_give(b, (int)(i % 3), i % 2 ? 300 : -200, NULL));
    }
    for (int p = 0; p < 3; p++)
        if (!books_pay(b, p, "EUR", 900, 901 + p, NULL) && p)
            ASSERT_OK(books_paid(b, 901 + p));
    for (int64_t i = 0; i < orders; i += 5) {
        tolerate(books_amend(b, told[i % 100].id, "A-1", test_random_between(b->t, 0, 40000)));
        tolerate(books_give_to(b, told[i % 100].id, (int)(i % 3)));
    }
    /* Money comes back while it is on its way, and after; one payment fails, another is returned.
     */
    for (int64_t i = 0; i < orders; i += 3)
        tolerate(books_refund(
            b, told[i % 100].id, "R-2", test_random_between(b->t, 1, told[i % 100].amount), NULL));
    tolerate(books_failed(b, 901));
    tolerate(books_failed(b, 902));
    books_advance(b, 20);
    (void)books_mature(b);
    for (int p = 0; p < 3; p++)
        tolerate(books_pay(b, p, "EUR", 910, 911 + p, NULL));
    for (int64_t i = 0; i < orders; i += 4)
        tolerate(books_refund(b, told[i % 100].id, "R-3", 1, NULL));
    for (int64_t i = 0; i < orders; i += 3) {
        tolerate(books_refund_item(b, told[i % 100].id, "R-4", "W-1", i % 2 ? 1328 : 3984));
        tolerate(books_amend(b, told[i % 100].id, "A-2", told[i % 100].amount));
        tolerate(books_give_to(b, told[i % 100].id, (int)((i + 1) % 3)));
    }
    books_check(b);
}

static const struct statement set_recruiter = { "set_recruiter",
    { "UPDATE partner SET recruited_by = ?1 WHERE id = ?2",
        "UPDATE partner SET recruited_by = $1 WHERE id = $2" },
    (const char *const[]){ "by", "id", NULL }, true };

static err recruit(struct db *db, void *arg)
{
    struct books *b = arg;
    for (int i = 0; i < 3; i++)
        TRY(db_run(db, &set_recruiter,
            PARAMS(P("by", b->partners[i + 1]), P("id", b->partners[i])), NULL, NULL, NULL));
    return NULL;
}

static struct rule_step revenue_steps[] = { { 30000, 1250, 0 }, { 90000, 1777, 0 } };
static struct rule_step order_steps[] = { { 3, 1100, 0 }, { 6, 1313, 0 } };
static struct rule_step renewal_steps[] = { { 2, 700, 0 }, { 5, 350, 0 } };
static struct rule_level recruit_levels[] = { { 1000 }, { 333 } };

/* Every kind at once. */
void story_rules(struct books *b)
{
    currency eur = { "EUR" };
    struct rule rules[] = {
        { .name = STR("marginal"),
            .scope.partner_id = b->partners[0],
            .reward = { .percent_bp = 1000 },
            .tiered_by = { .currency = eur },
            .tiers = { revenue_steps, 2 },
            .cap = { 2500, eur } },
        { .name = STR("whole"),
            .scope.partner_id = b->partners[1],
            .reward = { .percent_bp = 1000 },
            .tiered_by = { .mode = MODE_RETROACTIVE, .period = PERIOD_YEAR, .currency = eur },
            .tiers = { revenue_steps, 2 } },
        { .name = STR("counted"),
            .scope.category = STR("workshops"),
            .reward = { .percent_bp = 1000 },
            .tiered_by = { .measure = VOLUME_ORDERS, .mode = MODE_RETROACTIVE },
            .tiers = { order_steps, 2 } },
        { .name = STR("renewed"),
            .scope.partner_id = b->partners[2],
            .reward = { .percent_bp = 1500 },
            .recurring = { .orders = 6, .months = 2, .steps = { renewal_steps, 2 } } },
        { .kind = RULE_PARTNER_CAP, .reward = { .amount = 9000, .currency = eur } },
        { .kind = RULE_BUDGET,
            .tiered_by.period = PERIOD_EVER,
            .reward = { .amount = 60000, .currency = eur } },
        { .kind = RULE_FIRST_SALE, .reward = { .amount = 700, .currency = eur } },
        { .kind = RULE_TARGET,
            .target = 50000,
            .tiered_by.currency = eur,
            .reward = { .amount = 1100, .currency = eur } },
        { .kind = RULE_TARGET,
            .target = 4,
            .tiered_by = { .measure = VOLUME_ORDERS, .period = PERIOD_YEAR },
            .reward = { .amount = 1300, .currency = eur } },
        { .kind = RULE_RECRUIT, .levels = { recruit_levels, 2 } },
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        books_rule(b, rules[i]);
    ASSERT_OK(books_write(b, recruit, b));
}
