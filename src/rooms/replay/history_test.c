/* History decided again under its own rules is what the books say, to the minor unit. */
#include "rooms/replay/replay.h"

#include "base/id.h"
#include "migrations.h"
#include "rooms/verify/story_testing.h"

struct earned {
    int64_t partner_id;
    currency currency;
    int64_t sum;
};
static const struct field earned_list[] = {
    FIELD_ID(earned, partner_id, "par"),
    FIELD(earned, currency),
    FIELD(earned, sum),
};
static const struct fields earned_fields = FIELDS(earned_list, earned);

#define ALIKE(sql)                                                                                 \
    {                                                                                              \
        sql, sql                                                                                   \
    }
static const struct statement what_stands = { "what_stands",
    ALIKE("SELECT partner_id, currency, CAST(SUM(amount) AS BIGINT) AS sum FROM commission "
          "WHERE is_test = 0 AND (kind IN ('sale', 'lead') OR bonus_for IS NOT NULL) "
          "GROUP BY partner_id, currency ORDER BY partner_id, currency"),
    (const char *const[]){ NULL }, false };
static const struct statement some_commissions = { "some_commissions",
    ALIKE("SELECT id AS partner_id FROM commission WHERE status IN ('pending', 'payable', 'held') "
          "AND place <> 'in_payout' ORDER BY id"),
    (const char *const[]){ NULL }, false };

static err read_stands(struct db *db, void *arg)
{
    return db_all(db, &what_stands, NO_PARAMS, &earned_fields, arg);
}

static err read_some(struct db *db, void *arg)
{
    return db_all(db, &some_commissions, NO_PARAMS, &earned_fields, arg);
}

struct history {
    struct books *b;
    struct list rules;
};

static err read_rules(struct db *db, void *arg)
{
    struct history *h = arg;
    return commission_rules_ever(db, h->b->program.id, &h->rules);
}

/* Sales, bonuses and what recruiters have of them. */
static void decline_some(struct books *b)
{
    struct list rows;

    ASSERT_OK(store_read(b->store, read_some, &rows));
    const struct earned *row = rows.at;
    for (size_t i = 3; i < rows.count; i += 7) {
        err refused = books_move(b, MOVE_DECLINE, row[i].partner_id, NULL);
        ASSERT_TRUE(!refused || refused->kind < ERR_INTERNAL);
    }
}

static const struct replay_line *line_of(
    const struct replay_outcome *out, int64_t partner_id, currency unit)
{
    const struct replay_line *line = out->lines.at;
    for (size_t i = 0; i < out->lines.count; i++)
        if (line[i].partner_id == partner_id && currency_eq(line[i].currency, unit))
            return &line[i];
    return NULL;
}

static struct replay_outcome replay(struct books *b, const struct replay_draft *draft)
{
    struct replay_outcome out;
    struct replay_ask ask = { .program_id = b->program.id, .draft = draft };

    ASSERT_OK(replay_run(b->store, b->t->arena, &ask, &out));
    store_keep(b->t->arena);
    return out;
}

/* Both sides, each partner, each currency; and nobody else has anything. */
static void same_as_books(struct books *b, const struct replay_outcome *out, bool both)
{
    const struct replay_line *line = out->lines.at;
    struct list stands;
    size_t found = 0;

    store_keep(b->t->arena);
    ASSERT_OK(store_read(b->store, read_stands, &stands));
    const struct earned *row = stands.at;
    for (size_t i = 0; i < stands.count; i++) {
        const struct replay_line *of = line_of(out, row[i].partner_id, row[i].currency);
        test_case(
            "%s %s", id_print(b->t->arena, "par", row[i].partner_id).at, row[i].currency.code);
        ASSERT_INT(of ? of->before : 0, row[i].sum);
        if (both)
            ASSERT_INT(of ? of->after : 0, row[i].sum);
        found += of != NULL;
    }
    ASSERT_TRUE(found > 2);
    for (size_t i = 0; i < out->lines.count; i++)
        if (line[i].before != 0) {
            size_t k = 0;
            while (k < stands.count && row[k].partner_id != line[i].partner_id)
                k++;
            ASSERT_TRUE(k < stands.count);
        }
}

static const struct statement set_seat = { "seat",
    { "UPDATE partner SET status = 'suspended', decided_at = ?1 WHERE id = ?2",
        "UPDATE partner SET status = 'suspended', decided_at = $1 WHERE id = $2" },
    (const char *const[]){ "at", "id", NULL }, true };

static err suspend(struct db *db, void *arg)
{
    struct books *b = arg;
    return db_run(
        db, &set_seat, PARAMS(P("at", db_now(db)), P("id", b->partners[1])), NULL, NULL, NULL);
}

/* Who recruited partner 0 has no part of his last orders. */
static void tell_without_recruiter(struct books *b)
{
    struct conversion_recorded stands;

    ASSERT_OK(books_write(b, suspend, b));
    for (int i = 0; i < 3; i++) {
        books_advance(b, 1);
        struct conversion order = books_order(b, NULL, 10000 + i, 0);
        ASSERT_OK(books_tell(b, &order, &stands));
    }
}

static struct books *told_history(struct test *t, int number)
{
    struct books *b = books_open_named(t, str_printf(t->arena, "history-%d", number).at);

    b->program.attribution = number % 2 ? ATTRIBUTION_LINEAR : ATTRIBUTION_LAST_CLICK;
    b->program.coupon_precedence = number % 2 ? PRECEDENCE_CLICK : PRECEDENCE_COUPON;
    b->program.customer_days = 60;
    b->program.clawback_days = number == 2 ? 2 : 0;
    books_change(b);
    story_rules(b);
    books_advance(b, 1);
    story_tell(b, 60);
    decline_some(b);
    tell_without_recruiter(b);
    return b;
}

TEST(under_the_rules_of_history_a_replay_is_what_the_books_say)
{
    for (int i = 0; i < 4; i++) {
        struct history h = { .b = told_history(t, i) };
        struct replay_draft draft = { 0 };
        struct replay_outcome out = replay(h.b, &draft);
        same_as_books(h.b, &out, true);
        ASSERT_INT(out.gain + out.lose, 0);

        ASSERT_OK(store_read(h.b->store, read_rules, &h));
        draft.has_rules = true; /* the same rules as a draft */
        draft.rules = h.rules;
        out = replay(h.b, &draft);
        same_as_books(h.b, &out, true);
    }
}

/* A draft of the rules of history but one kind; the budget is a cap too. */
static struct replay_outcome replay_without(const struct history *h, enum rule_kind without)
{
    const struct rule *rules = h->rules.at;
    struct replay_draft draft = { .has_rules = true };
    struct rule *kept = ARENA_ARRAY(h->b->t->arena, struct rule, h->rules.count);

    for (size_t i = 0; i < h->rules.count; i++)
        if (rules[i].kind != without &&
            (without != RULE_PARTNER_CAP || rules[i].kind != RULE_BUDGET))
            kept[draft.rules.count++] = rules[i];
    draft.rules.at = kept;
    struct replay_outcome out = replay(h->b, &draft);
    same_as_books(h->b, &out, false);
    return out;
}

TEST(a_draft_without_its_caps_pays_more_and_without_its_bonuses_less)
{
    static const enum rule_kind kinds[] = { RULE_PARTNER_CAP, RULE_FIRST_SALE, RULE_TARGET,
        RULE_RECRUIT };
    bool seen[4] = { 0 };

    /* By chance no cap may bind in a history; then it is another's turn. */
    for (int i = 0; i < 8 && !(seen[0] && seen[1] && seen[2] && seen[3]); i++) {
        struct history h = { .b = told_history(t, i) };
        ASSERT_OK(store_read(h.b->store, read_rules, &h));
        for (int k = 0; k < 4; k++) {
            bool is_cap = kinds[k] == RULE_PARTNER_CAP;
            test_case("%s", rule_kind_names[kinds[k]]);
            struct replay_outcome out = replay_without(&h, kinds[k]);
            ASSERT_INT(is_cap ? out.lose : out.gain, 0);
            seen[k] |= (is_cap ? out.gain : out.lose) > 0;
        }
    }
    for (int k = 0; k < 4; k++) {
        test_case("%s", rule_kind_names[kinds[k]]);
        ASSERT_TRUE(seen[k]);
    }
}

/* Rules of every kind with other figures, so that both sides have something to look up. */
static struct list other_rules(const struct history *h)
{
    const struct rule *rules = h->rules.at;
    struct rule *other = ARENA_ARRAY(h->b->t->arena, struct rule, h->rules.count);

    for (size_t i = 0; i < h->rules.count; i++) {
        other[i] = rules[i];
        other[i].reward.percent_bp += rules[i].reward.percent_bp / 3;
        other[i].reward.amount += rules[i].reward.amount / 3;
    }
    return (struct list){ other, h->rules.count };
}

static void same_outcome(const struct replay_outcome *a, const struct replay_outcome *b)
{
    const struct replay_line *x = a->lines.at, *y = b->lines.at;

    ASSERT_INT(a->orders, b->orders);
    ASSERT_INT(a->lines.count, b->lines.count);
    ASSERT_INT(a->gain, b->gain);
    ASSERT_INT(a->lose, b->lose);
    for (size_t i = 0; i < a->lines.count; i++) {
        ASSERT_INT(x[i].partner_id, y[i].partner_id);
        ASSERT_INT(x[i].orders_before, y[i].orders_before);
        ASSERT_INT(x[i].orders, y[i].orders);
        ASSERT_INT(x[i].before, y[i].before);
        ASSERT_INT(x[i].after, y[i].after);
    }
}

TEST(many_threads_with_small_batches_come_to_what_one_does)
{
    struct history h = { .b = told_history(t, 5) };
    ASSERT_OK(store_read(h.b->store, read_rules, &h));
    struct replay_draft drafts[] = {
        { .has_rules = true, .rules = other_rules(&h) },
        { .has_model = true, .model = ATTRIBUTION_FIRST_CLICK, .customer_days = 1 },
    };
    const instant middle = { t->env->now(t->env).ms - 80 * DAY_MS };

    EACH (draft, drafts)
        for (int part = 0; part < 2; part++) {
            struct replay_outcome one, many;
            struct replay_ask ask = { .program_id = h.b->program.id,
                .draft = draft,
                .from = part ? middle : (instant){ 0 },
                .threads = 1 };
            ASSERT_OK(replay_run(h.b->store, t->arena, &ask, &one));
            ask.threads = 5;
            for (ask.batch = 1; ask.batch < 8; ask.batch += 3) {
                test_case("batches of %zu, part %d", ask.batch, part);
                ASSERT_OK(replay_run(h.b->store, t->arena, &ask, &many));
                same_outcome(&one, &many);
                ASSERT_TRUE(one.gain + one.lose > 0);
                ASSERT_TRUE(one.orders > 10);
            }
        }
}

struct listening {
    int calls, most;
    bool is_odd;
};

static bool stop_later(int64_t done, int64_t parts, void *arg)
{
    struct listening *l = arg;
    l->is_odd |= done <= 0 || done > parts;
    return ++l->calls < l->most;
}

TEST(a_replay_is_stopped_while_others_wait_for_their_turn)
{
    struct history h = { .b = told_history(t, 6) };
    struct replay_draft draft = { .window_days = 3 };
    struct replay_outcome out;
    struct listening listening = { .most = 2 };
    struct replay_ask ask = { .program_id = h.b->program.id,
        .draft = &draft,
        .threads = 5,
        .batch = 2,
        .progress = stop_later,
        .arg = &listening };

    ASSERT_ERR(replay_run(h.b->store, t->arena, &ask, &out), &REPLAY_STOPPED);
    ASSERT_INT(listening.calls, 2);
    listening = (struct listening){ .most = 1000000 };
    ASSERT_OK(replay_run(h.b->store, t->arena, &ask, &out));
    ASSERT_TRUE(listening.calls > 5 && !listening.is_odd);
}

RUN_TESTS(ROW(many_threads_with_small_batches_come_to_what_one_does),
    ROW(a_replay_is_stopped_while_others_wait_for_their_turn), ROW(under_the_rules_of_history_a_replay_is_what_the_books_say),
    ROW(a_draft_without_its_caps_pays_more_and_without_its_bonuses_less))
