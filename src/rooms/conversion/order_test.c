/* The same facts told in several orders, under every kind of rule at once: each commission ends with
 * the same amount, the same word and in the same place. */
#include "rooms/conversion/books_testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/commission/commission.h"

enum { ORDERS = 16, FACTS_MOST = ORDERS * 5, TELLINGS = 4, WORLDS = 5, SELLERS = 4 };

enum fact_kind { TELL, REFUND, AMEND, GIVE, HOLD, APPROVE, DECLINE };

struct fact {
    enum fact_kind kind;
    int order;
    int64_t amount;
    int partner;
};

struct order {
    int64_t amount, id;
    int day, partner; /* -1: known from earlier orders, shared */
    int customer;
    int64_t day_ms; /* apart: two of one moment would go by their ids */
    char name[16];
    bool is_told;
};

struct story {
    struct order orders[ORDERS];
    struct fact facts[FACTS_MOST];
    size_t count;
};

/* ---- a story
 * ------------------------------------------------------------------------------------------------ */

static void add(struct story *s, struct fact fact)
{
    s->facts[s->count++] = fact;
}

/* Facts that commute: what would be refused in one order of telling and not in another is not told. */
static void add_changes(struct test *t, struct story *s, int i)
{
    struct order *o = &s->orders[i];
    int64_t least = o->amount;

    switch (test_random_between(t, 0, 7)) {
    case 0: /* all of it, in two pieces */
        add(s, (struct fact){ REFUND, i, o->amount - o->amount / 3, 0 });
        if (o->amount / 3 > 0)
            add(s, (struct fact){ REFUND, i, o->amount / 3, 0 });
        return;
    case 1:
        add(s, (struct fact){ HOLD, i, 0, 0 });
        return;
    case 2:
        add(s, (struct fact){ APPROVE, i, 0, 0 });
        return;
    case 3:
        add(s, (struct fact){ DECLINE, i, 0, 0 });
        return;
    case 4:
        add(s, (struct fact){ GIVE, i, 0, (int)test_random_between(t, 0, SELLERS - 1) });
        break;
    case 5: {
        int64_t counts = test_random_between(t, 1, 40000);
        add(s, (struct fact){ AMEND, i, counts, 0 });
        least = counts < least ? counts : least;
        break;
    }
    default:
        break;
    }
    if (test_random_between(t, 0, 2) == 0)
        add(s, (struct fact){ REFUND, i, test_random_between(t, 1, least), 0 });
}

static void make_story(struct test *t, struct story *s)
{
    *s = (struct story){ 0 };
    for (int i = 0; i < ORDERS; i++) {
        struct order *o = &s->orders[i];
        *o = (struct order){ .amount = test_random_between(t, 1, 30000),
            .day = (int)test_random_between(t, 1, 50),
            .partner = (int)test_random_between(t, -1, SELLERS - 1),
            .customer = (int)test_random_between(t, 0, 2),
            .day_ms = i };
        (void)snprintf(o->name, sizeof o->name, "S-%d", i);
        add(s, (struct fact){ TELL, i, 0, 0 });
        add_changes(t, s, i);
    }
}

static void shuffle(struct test *t, struct story *s)
{
    for (size_t i = s->count - 1; i > 0; i--) {
        size_t k = (size_t)test_random_between(t, 0, (int64_t)i);
        struct fact was = s->facts[i];
        s->facts[i] = s->facts[k];
        s->facts[k] = was;
    }
}

/* ---- told
 * ---------------------------------------------------------------------------------------------------- */

static void tell_order(struct books *b, struct order *o)
{
    static const char *const customers[] = { "lee", "max", "ann" };
    struct conversion order = books_order(b, o->name, o->amount, o->partner);
    struct conversion_recorded stands;

    order.occurred_at = (instant){ INT64_C(1796083200000) + o->day * DAY_MS + o->day_ms };
    order.customer_id = str_of(o->partner < 0 ? "kim" : customers[o->customer]);
    ASSERT_OK(books_tell(b, &order, &stands));
    o->id = order.id;
    o->is_told = true;
}

static void move_rows(struct books *b, const struct order *o, enum commission_move move)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct list rows;

    ASSERT_OK(commission_of_conversion(db, b->program.id, o->id, &rows));
    store_return(db);
    const struct commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (c[i].kind != COMMISSION_BONUS)
            ASSERT_OK(books_move(b, move, c[i].id, NULL));
}

static void tell_fact(struct books *b, struct story *s, const struct fact *fact, int n)
{
    struct order *o = &s->orders[fact->order];
    const char *name = str_c(b->t->arena, str_printf(b->t->arena, "F-%d", n));
    err failed;

    switch (fact->kind) {
    case TELL:
        tell_order(b, o);
        break;
    case REFUND:
        ASSERT_OK(books_refund_order(b, str_of(o->name), name, fact->amount));
        break;
    case AMEND:
        ASSERT_OK(books_amend_order(b, str_of(o->name), name, fact->amount));
        break;
    case GIVE:
        failed = books_give_to(b, o->id, fact->partner);
        if (failed)
            ASSERT_STR(str_of(failed->code), "move_to"); /* it is his already, in any order */
        break;
    case HOLD:
        move_rows(b, o, MOVE_HOLD);
        break;
    case APPROVE:
        move_rows(b, o, MOVE_APPROVE);
        break;
    case DECLINE:
        move_rows(b, o, MOVE_DECLINE);
        break;
    }
}

/* What needs an order that is not told yet waits for it. */
static bool can_tell(const struct story *s, const struct fact *fact)
{
    bool waits_itself = fact->kind == TELL || fact->kind == REFUND || fact->kind == AMEND;
    return waits_itself || s->orders[fact->order].is_told;
}

static void tell_story(struct books *b, struct story *s)
{
    bool done[FACTS_MOST] = { false };

    for (size_t left = s->count; left > 0;)
        for (size_t i = 0; i < s->count; i++)
            if (!done[i] && can_tell(s, &s->facts[i])) {
                tell_fact(b, s, &s->facts[i], (int)i);
                done[i] = true;
                left--;
            }
}

/* ---- every kind of rule
 * -------------------------------------------------------------------------------------- */

static struct rule_step revenue_steps[] = { { 30000, 1250, 0 }, { 60000, 1777, 0 } };
static struct rule_step order_steps[] = { { 2, 1100, 0 }, { 3, 1313, 0 } };
static struct rule_step renewal_steps[] = { { 2, 700, 0 } };
static struct rule_level recruit_levels[] = { { 1000 }, { 333 } };

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

static void add_rules(struct books *b, int64_t cap, int64_t budget)
{
    currency eur = { "EUR" };
    struct rule rules[] = {
        { .name = STR("marginal"),
            .scope.partner_id = b->partners[0],
            .reward = { .percent_bp = 1000 },
            .tiered_by = { .currency = eur },
            .tiers = { revenue_steps, 2 },
            .cap = { 2500, eur } },
        { .name = STR("whole"), /* nothing below the first step */
            .scope.partner_id = b->partners[1],
            .tiered_by = { .mode = MODE_RETROACTIVE, .period = PERIOD_YEAR, .currency = eur },
            .tiers = { revenue_steps, 2 } },
        { .name = STR("counted"),
            .scope.partner_id = b->partners[3],
            .reward = { .percent_bp = 1000 },
            .tiered_by = { .measure = VOLUME_ORDERS, .mode = MODE_RETROACTIVE },
            .tiers = { order_steps, 2 } },
        { .name = STR("renewed"),
            .scope.partner_id = b->partners[2],
            .reward = { .percent_bp = 1500 },
            .recurring = { .orders = 2, .months = 2, .steps = { renewal_steps, 1 } } },
        { .kind = RULE_PARTNER_CAP, .reward = { .amount = cap, .currency = eur } },
        { .kind = RULE_BUDGET,
            .tiered_by.period = PERIOD_EVER,
            .reward = { .amount = budget, .currency = eur } },
        { .kind = RULE_FIRST_SALE, .reward = { .amount = 700, .currency = eur } },
        { .kind = RULE_TARGET,
            .target = 40000,
            .tiered_by.currency = eur,
            .reward = { .amount = 1100, .currency = eur } },
        { .kind = RULE_TARGET,
            .target = 3,
            .tiered_by = { .measure = VOLUME_ORDERS, .period = PERIOD_YEAR },
            .reward = { .amount = 1300, .currency = eur } },
        { .kind = RULE_RECRUIT, .levels = { recruit_levels, 2 } },
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        books_rule(b, rules[i]);
    ASSERT_OK(books_write(b, recruit, b));
}

/* A customer whom two partners share, known before anything else is told. */
static void know_kim(struct books *b)
{
    for (int i = 0; i < 2; i++) {
        struct conversion order = books_order(b, i ? "K-1" : "K-0", 5000 + i, i);
        struct conversion_recorded stands;
        order.occurred_at = (instant){ INT64_C(1796083200000) + DAY_MS / 2 + i };
        order.customer_id = STR("kim");
        ASSERT_OK(books_tell(b, &order, &stands));
    }
}

/* ---- how it ended
 * ------------------------------------------------------------------------------------------- */

struct end {
    str order_id, partner, kind, bonus_for, status, place;
    int64_t period, amount;
};
/* clang-format off */
static const struct field end_list[] = {
    FIELD(end, order_id), FIELD(end, partner), FIELD(end, kind), FIELD(end, bonus_for), FIELD(end, status), FIELD(end, place),
    FIELD(end, period), FIELD(end, amount),
};
static const struct fields end_fields = FIELDS(end_list, end);
/* clang-format on */

/* Left out is what never was anything to anybody: who got nothing of an order that is gone has a row
 * or has none, by what came first; a recruiter's row begins when it is first worth something. */
static const struct statement ends = { "ends",
    { "SELECT c.order_id, p.email AS partner, c.kind, c.bonus_for, c.status, c.place, c.amount,"
      " COALESCE(g.period_from, 0) AS period"
      " FROM commission c JOIN partner p ON p.id = c.partner_id"
      " LEFT JOIN commission_bonus g ON g.commission_id = c.id"
      " WHERE NOT (c.status = 'reversed' AND c.amount = 0)"
      " AND NOT (COALESCE(c.bonus_for, '') = 'recruit' AND c.amount = 0)"
      " ORDER BY c.order_id, p.email, c.kind, c.bonus_for, g.period_from, c.amount, c.id",
        "SELECT c.order_id, p.email AS partner, c.kind, c.bonus_for, c.status, c.place, c.amount,"
        " COALESCE(g.period_from, 0) AS period"
        " FROM commission c JOIN partner p ON p.id = c.partner_id"
        " LEFT JOIN commission_bonus g ON g.commission_id = c.id"
        " WHERE NOT (c.status = 'reversed' AND c.amount = 0)"
        " AND NOT (COALESCE(c.bonus_for, '') = 'recruit' AND c.amount = 0)"
        " ORDER BY c.order_id, p.email, c.kind, c.bonus_for, g.period_from, c.amount, c.id" },
    (const char *const[]){ NULL }, false };

static str ending(struct books *b)
{
    struct db *db = store_lend(b->store, b->t->arena);
    str all = STR("");
    struct list rows;

    ASSERT_OK(db_all(db, &ends, NO_PARAMS, &end_fields, &rows));
    const struct end *e = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        all = str_printf(b->t->arena,
            "%" PRI_STR "%" PRI_STR " %" PRI_STR " %" PRI_STR " %" PRI_STR " %lld: %lld %" PRI_STR
            " in %" PRI_STR "\n",
            STR_ARG(all), STR_ARG(e[i].order_id), STR_ARG(e[i].partner), STR_ARG(e[i].kind),
            STR_ARG(e[i].bonus_for), (long long)e[i].period, (long long)e[i].amount,
            STR_ARG(e[i].status), STR_ARG(e[i].place));
    store_return(db);
    return all;
}

static str told(struct test *t, struct story *s, const char *name, int64_t cap, int64_t budget)
{
    test_at(t, "2026-12-01T10:00:00Z");
    struct books *b = books_open_named(t, name);

    b->program.window_days = b->program.customer_days = 366;
    b->program.attribution = ATTRIBUTION_LINEAR;
    books_change(b);
    books_advance(b, 60);
    add_rules(b, cap, budget);
    know_kim(b);
    for (int i = 0; i < ORDERS; i++)
        s->orders[i].is_told = false;
    tell_story(b, s);
    books_mature(b); /* what is older than 30 days */
    books_mature(b);
    books_check(b);
    return ending(b);
}

/* Line by line, so that a difference is shown by itself. */
static void same_lines(struct test *t, str first, str other)
{
    while (!str_empty(first) || !str_empty(other)) {
        str one = STR(""), two = STR("");
        (void)str_cut(&first, '\n', &one);
        (void)str_cut(&other, '\n', &two);
        ASSERT_STR(two, str_c(t->arena, one));
    }
}

TEST(whatever_was_told_first_each_commission_ends_with_the_same_word_and_sum)
{
    size_t capped = 0;

    for (int world = 0; world < WORLDS; world++) {
        int64_t cap = test_random_between(t, 500, 4000), budget = test_random_between(t, 4000, 12000);
        struct story story;
        size_t at;
        make_story(t, &story);
        str first = told(t, &story, str_printf(t->arena, "order-%d", world).at, cap, budget);
        capped += str_find(first, ':', &at);
        for (int i = 1; i < TELLINGS; i++) {
            shuffle(t, &story);
            str other =
                told(t, &story, str_printf(t->arena, "order-%d-%d", world, i).at, cap, budget);
            test_case("world %d, told in order %d", world, i);
            same_lines(t, first, other);
        }
    }
    ASSERT_INT(capped, WORLDS);
}

RUN_TESTS(ROW(whatever_was_told_first_each_commission_ends_with_the_same_word_and_sum))
