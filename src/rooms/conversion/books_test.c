/* The books against a model written plainly beside them, driven by the same random operations; and
 * 64 threads that tell the same at once. */
#include "rooms/conversion/books_testing.h"

#include <pthread.h>
#include <string.h>

#include "base/id.h"
#include "migrations.h"
#include "store/test_store.h"

/* ---- the model: no postings, no events; only what each commission is worth and where it waits
 * -------------------- */

enum { PARTNERS = 4, ORDERS_MOST = 400, PARTS_MOST = 4, LINES_MOST = 200 };

enum where { NOWHERE, PENDING, HELD, PAYABLE, IN_LINE, PAID_OUT };

struct part {
    int64_t id; /* of the real commission */
    int partner;
    __int128 exact; /* 10^-8 minor */
    int64_t earned, worth, booked;
    enum where where;
    bool declined, was_payable;
    int line;
};

struct sale {
    int64_t id, amount, refunded, matures_ms;
    struct part parts[PARTS_MOST];
    int part_count;
};

struct owed_line {
    int64_t id;
    int partner;
    int64_t net;
    enum { TAKEN, SETTLED, FAILED } state;
};

struct carry_of {
    int partner;
    int64_t amount;
    int line; /* -1: open */
};

struct model {
    struct sale sales[ORDERS_MOST];
    int sale_count;
    struct owed_line lines[LINES_MOST];
    int line_count;
    struct carry_of carries[ORDERS_MOST * PARTS_MOST];
    int carry_count;
};

/* Largest remainder, the slow way: give one unit to the largest rest until nothing is left. */
static void split(const struct sale *sale, int64_t *out)
{
    __int128 whole = sale->amount, kept = sale->amount - sale->refunded, sum = 0, given = 0;
    __int128 rests[PARTS_MOST], unit = (__int128)100000000 * whole;

    for (int i = 0; i < sale->part_count; i++) {
        __int128 n = sale->parts[i].exact * kept;
        out[i] = (int64_t)(n / unit);
        rests[i] = n % unit;
        sum += n;
        given += out[i];
    }
    __int128 total = (2 * sum + unit) / (2 * unit);
    while (given < total) {
        int best = 0;
        for (int i = 1; i < sale->part_count; i++)
            if (rests[i] > rests[best])
                best = i;
        rests[best] = -1;
        out[best]++;
        given++;
    }
}

static void carry(struct model *m, int partner, int64_t minor)
{
    if (minor)
        m->carries[m->carry_count++] = (struct carry_of){ partner, minor, -1 };
}

static void take_back(struct model *m, struct part *part, int64_t less)
{
    bool waits = part->where == PENDING || part->where == HELD || part->where == PAYABLE;
    int64_t here = !waits ? 0 : less < part->booked ? less : part->booked;

    part->worth -= less;
    part->booked -= here;
    carry(m, part->partner, -(less - here));
}

static struct ledger_balance balance_of(const struct model *m, int partner)
{
    struct ledger_balance out = { .currency = { "EUR" } };

    for (int s = 0; s < m->sale_count; s++)
        for (int i = 0; i < m->sales[s].part_count; i++) {
            const struct part *part = &m->sales[s].parts[i];
            if (part->partner != partner)
                continue;
            out.pending += part->where == PENDING ? part->booked : 0;
            out.held += part->where == HELD ? part->booked : 0;
            out.payable += part->where == PAYABLE ? part->booked : 0;
        }
    for (int i = 0; i < m->carry_count; i++)
        if (m->carries[i].partner == partner && m->carries[i].line < 0)
            *(m->carries[i].amount < 0 ? &out.carried : &out.payable) += m->carries[i].amount;
    for (int i = 0; i < m->line_count; i++)
        if (m->lines[i].partner == partner) {
            out.in_payout += m->lines[i].state == TAKEN ? m->lines[i].net : 0;
            out.paid += m->lines[i].state == SETTLED ? m->lines[i].net : 0;
        }
    return out;
}

/* ---- the same operations on both
 * ------------------------------------------------------------------------------------ */

struct both {
    struct test *t;
    struct books *b;
    struct model m;
};

struct accruing {
    struct ledger_act act;
    struct commission_cause cause;
    struct list made;
};

static err accrue(struct db *db, void *arg)
{
    struct accruing *a = arg;
    struct commission_settling none = { 0 };
    return commission_accrue(db, &a->act, &a->cause, &a->made, &none);
}

static void do_sale(struct both *w)
{
    struct test *t = w->t;
    struct sale *sale = &w->m.sales[w->m.sale_count];
    struct decide_share shares[PARTS_MOST];
    int count = (int)test_random_between(t, 1, PARTS_MOST), left = 10000;

    if (w->m.sale_count == ORDERS_MOST)
        return;
    *sale = (struct sale){
        .id = id_new(t->env), .amount = test_random_between(t, 1, 30000), .part_count = 0
    };
    struct decide_order order = { .program_id = w->b->program.id,
        .type = STR("sale"),
        .order_id = STR("x"),
        .amount = { sale->amount, { "EUR" } },
        .at = t->env->now(t->env),
        .judged_at = t->env->now(t->env) };
    for (int i = 0; i < count; i++) {
        int bp = i == count - 1 ? left : (int)test_random_between(t, 1, left - (count - i));
        shares[i] = (struct decide_share){ .partner_id = w->b->partners[i], .share_bp = bp };
        left -= bp;
        sale->parts[sale->part_count++] = (struct part){
            .partner = i, .exact = (__int128)sale->amount * 1000 * bp, .where = PENDING
        };
    }
    struct accruing a = { .act = books_act(w->b),
        .cause = { .program_id = w->b->program.id,
            .conversion_id = sale->id,
            .order = &order,
            .shares = shares,
            .share_count = (size_t)count,
            .hold_days = 30 } };
    ASSERT_OK(books_write(w->b, accrue, &a));

    int64_t worth[PARTS_MOST];
    split(sale, worth);
    const struct commission *made = a.made.at;
    ASSERT_INT(a.made.count, count);
    sale->matures_ms = order.at.ms + 30 * DAY_MS;
    for (int i = 0; i < count; i++) {
        sale->parts[i].id = made[i].id;
        sale->parts[i].earned = sale->parts[i].worth = sale->parts[i].booked = worth[i];
        ASSERT_INT(made[i].amount, worth[i]);
    }
    w->m.sale_count++;
}

struct reversing {
    struct ledger_act act;
    struct commission_refund what;
};

static err reverse(struct db *db, void *arg)
{
    struct reversing *r = arg;
    return commission_refund(db, &r->act, &r->what);
}

static void do_refund(struct both *w)
{
    struct sale *sale;
    int64_t worth[PARTS_MOST];

    if (w->m.sale_count == 0)
        return;
    sale = &w->m.sales[test_random_between(w->t, 0, w->m.sale_count - 1)];
    if (sale->refunded == sale->amount)
        return;
    sale->refunded += test_random_between(w->t, 0, 3)
                          ? test_random_between(w->t, 1, sale->amount - sale->refunded)
                          : sale->amount - sale->refunded;
    struct reversing r = { books_act(w->b), { w->b->program.id, sale->id, id_new(w->t->env),
                                                sale->amount, sale->refunded, STR("came back") } };
    ASSERT_OK(books_write(w->b, reverse, &r));
    split(sale, worth);
    for (int i = 0; i < sale->part_count; i++)
        if (!sale->parts[i].declined)
            take_back(&w->m, &sale->parts[i], sale->parts[i].worth - worth[i]);
}

static struct part *any_part(struct both *w)
{
    if (w->m.sale_count == 0)
        return NULL;
    struct sale *sale = &w->m.sales[test_random_between(w->t, 0, w->m.sale_count - 1)];
    return &sale->parts[test_random_between(w->t, 0, sale->part_count - 1)];
}

/* What is gone entirely waits nowhere any more. */
static bool is_over(const struct part *part)
{
    return part->declined || (part->earned != 0 && part->worth == 0 && part->booked == 0);
}

static void do_move(struct both *w)
{
    struct part *part = any_part(w);
    enum commission_move move = (enum commission_move)test_random_between(w->t, 0, 3);
    bool may = false;

    if (!part)
        return;
    switch (move) {
    case MOVE_APPROVE:
        may = part->where == PENDING;
        break;
    case MOVE_HOLD:
        may = part->where == PENDING || part->where == PAYABLE;
        break;
    case MOVE_RELEASE:
        may = part->where == HELD;
        break;
    case MOVE_DECLINE:
        may = part->where == PENDING || part->where == HELD || part->where == PAYABLE;
        break;
    }
    may = may && !is_over(part);
    err failed = books_move(w->b, move, part->id, NULL);
    ASSERT_INT(failed == NULL, may);
    if (!may)
        return;
    if (move == MOVE_APPROVE) {
        part->where = PAYABLE;
        part->was_payable = true;
    } else if (move == MOVE_HOLD) {
        part->where = HELD;
    } else if (move == MOVE_RELEASE) {
        part->where = part->was_payable ? PAYABLE : PENDING;
    } else {
        take_back(&w->m, part, part->worth);
        part->declined = true;
    }
}

static void do_time(struct both *w)
{
    books_advance(w->b, test_random_between(w->t, 0, 12));
    (void)books_mature(w->b);
    for (int s = 0; s < w->m.sale_count; s++)
        for (int i = 0; i < w->m.sales[s].part_count; i++) {
            struct part *part = &w->m.sales[s].parts[i];
            if (part->where == PENDING && !is_over(part) &&
                w->m.sales[s].matures_ms <= w->t->env->now(w->t->env).ms) {
                part->where = PAYABLE;
                part->was_payable = true;
            }
        }
}

static void do_give(struct both *w)
{
    int partner = (int)test_random_between(w->t, 0, PARTNERS - 1);
    int64_t minor = test_random_between(w->t, -900, 900);

    if (minor == 0 || w->m.sale_count == ORDERS_MOST)
        return;
    struct commission made;
    ASSERT_OK(books_give(w->b, partner, minor, &made));
    if (minor < 0) {
        carry(&w->m, partner, minor);
        return;
    }
    struct sale *sale =
        &w->m.sales[w->m.sale_count++]; /* a bonus is a sale of its own that nobody returns */
    *sale = (struct sale){ .amount = 1, .refunded = 1, .part_count = 1 };
    sale->parts[0] = (struct part){ .id = made.id,
        .partner = partner,
        .earned = minor,
        .worth = minor,
        .booked = minor,
        .where = PAYABLE,
        .was_payable = true };
}

static void do_pay(struct both *w)
{
    int partner = (int)test_random_between(w->t, 0, PARTNERS - 1), line = w->m.line_count;
    struct ledger_balance due = balance_of(&w->m, partner);
    int64_t net = due.payable + due.carried, id = id_new(w->t->env);
    struct commission_due taken;

    if (line == LINES_MOST)
        return;
    err failed = books_pay(w->b, partner, "EUR", id, id, &taken);
    ASSERT_INT(failed == NULL, net > 0);
    if (failed)
        return;
    ASSERT_INT(taken.net, net);
    w->m.lines[w->m.line_count++] = (struct owed_line){ id, partner, net, TAKEN };
    for (int s = 0; s < w->m.sale_count; s++)
        for (int i = 0; i < w->m.sales[s].part_count; i++) {
            struct part *part = &w->m.sales[s].parts[i];
            if (part->partner == partner && part->where == PAYABLE && part->booked) {
                part->where = IN_LINE;
                part->line = line;
            }
        }
    for (int i = 0; i < w->m.carry_count; i++)
        if (w->m.carries[i].partner == partner && w->m.carries[i].line < 0)
            w->m.carries[i].line = line;
}

static void do_settle(struct both *w)
{
    if (w->m.line_count == 0)
        return;
    int at = (int)test_random_between(w->t, 0, w->m.line_count - 1);
    struct owed_line *line = &w->m.lines[at];
    bool pays = test_random_between(w->t, 0, 2) > 0;
    err failed = pays ? books_paid(w->b, line->id) : books_failed(w->b, line->id);

    ASSERT_INT(failed == NULL, !(pays && line->state == FAILED));
    if (failed || line->state == FAILED || (pays && line->state == SETTLED))
        return;
    line->state = pays ? SETTLED : FAILED;
    for (int s = 0; s < w->m.sale_count; s++)
        for (int i = 0; i < w->m.sales[s].part_count; i++) {
            struct part *part = &w->m.sales[s].parts[i];
            if ((part->where == IN_LINE || part->where == PAID_OUT) && part->line == at)
                part->where = pays ? PAID_OUT : PAYABLE;
        }
    for (int i = 0; i < w->m.carry_count && !pays; i++)
        if (w->m.carries[i].line == at)
            w->m.carries[i].line = -1;
}

static void compare(struct both *w, int step)
{
    for (int p = 0; p < PARTNERS; p++) {
        struct ledger_balance is = books_balance(w->b, p, "EUR"), wanted = balance_of(&w->m, p);
        test_case("step %d, partner %d", step, p);
        ASSERT_INT(is.pending, wanted.pending);
        ASSERT_INT(is.held, wanted.held);
        ASSERT_INT(is.payable, wanted.payable);
        ASSERT_INT(is.carried, wanted.carried);
        ASSERT_INT(is.in_payout, wanted.in_payout);
        ASSERT_INT(is.paid, wanted.paid);
    }
}

TEST(random_operations_leave_the_books_as_the_model_says)
{
    struct store_options options = test_store_options(t, all_migrations);
    struct store *store;
    options.rerun = false; /* ids would be made twice; record_test runs every write twice */
    ASSERT_OK(store_open(&options, &store));
    struct both *w = test_calloc(1, sizeof *w);
    w->t = t;
    w->b = books_on(t, store);
    for (int step = 0; step < 600; step++) {
        switch (test_random_between(t, 0, 9)) {
        case 0:
        case 1:
        case 2:
            do_sale(w);
            break;
        case 3:
        case 4:
            do_refund(w);
            break;
        case 5:
            do_move(w);
            break;
        case 6:
            do_time(w);
            break;
        case 7:
            do_give(w);
            break;
        case 8:
            do_pay(w);
            break;
        default:
            do_settle(w);
            break;
        }
        compare(w, step);
    }
    books_check(w->b);
    ASSERT_TRUE(w->m.sale_count > 100); /* the story was not an empty one */
    ASSERT_TRUE(w->m.line_count > 20);
    ASSERT_TRUE(w->m.carry_count > 20);
    test_free(w);
    store_close(store);
}

/* ---- 64 at once
 * --------------------------------------------------------------------------------------------------------
 */

enum { THREADS = 64 };

struct teller {
    pthread_t thread;
    struct books *b;
    struct conversion order;
    struct refund refund;
    struct ledger_act act;
    struct conversion_recorded stands;
    bool refund_already;
    int64_t id;
    err failed;
};

static err tell_once(struct db *db, void *arg)
{
    struct teller *r = arg;
    struct conversion_recording told = { .conversion = r->order, .act = r->act };
    TRY(conversion_record(db, &told, &r->stands));
    r->id = r->stands.conversion.id;
    return NULL;
}

static err refund_once(struct db *db, void *arg)
{
    struct teller *r = arg;
    struct refund refund = r->refund;
    TRY(conversion_refund(db, &r->act, &refund, &r->refund_already));
    r->id = refund.id;
    return NULL;
}

static void *tell_thread(void *arg)
{
    struct teller *r = arg;
    struct arena *arena = arena_new();
    store_keep(arena);
    r->failed = store_write(r->b->store, tell_once, r);
    store_keep(NULL);
    arena_free(arena);
    return NULL;
}

static void *refund_thread(void *arg)
{
    struct teller *r = arg;
    struct arena *arena = arena_new();
    store_keep(arena);
    r->failed = store_write(r->b->store, refund_once, r);
    store_keep(NULL);
    arena_free(arena);
    return NULL;
}

static void run_all(struct teller *tellers, void *(*run)(void *))
{
    for (int i = 0; i < THREADS; i++)
        ASSERT_INT(pthread_create(&tellers[i].thread, NULL, run, &tellers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        ASSERT_INT(pthread_join(tellers[i].thread, NULL), 0);
}

TEST(sixty_four_who_tell_the_same_have_one_effect_and_one_answer)
{
    struct store_options options = test_store_options(t, all_migrations);
    struct store *store;
    options.rerun = false;
    ASSERT_OK(store_open(&options, &store));
    struct books *b = books_on(t, store);
    struct teller *tellers = test_calloc(THREADS, sizeof *tellers);
    int fresh = 0;

    for (int i = 0; i < THREADS; i++) {
        tellers[i] = (struct teller){
            .b = b, .order = books_order(b, "SAME", 10000, 0), .act = books_act(b)
        };
        tellers[i].refund = (struct refund){ .id = id_new(t->env),
            .program_id = b->program.id,
            .order_id = STR("SAME"),
            .refund_id = STR("R-1"),
            .amount = 2500,
            .currency = { "EUR" } };
    }
    run_all(tellers, tell_thread);
    for (int i = 0; i < THREADS; i++) {
        ASSERT_OK(tellers[i].failed);
        ASSERT_INT(tellers[i].id, tellers[0].id);
        fresh += !tellers[i].stands.already;
    }
    ASSERT_INT(fresh, 1);
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 1000);

    run_all(tellers, refund_thread);
    fresh = 0;
    for (int i = 0; i < THREADS; i++) {
        ASSERT_OK(tellers[i].failed);
        ASSERT_INT(tellers[i].id, tellers[0].id);
        fresh += !tellers[i].refund_already;
    }
    ASSERT_INT(fresh, 1);
    ASSERT_INT(books_balance(b, 0, "EUR").pending, 750);
    books_check(b);
    test_free(tellers);
    store_close(store);
}

RUN_TESTS(ROW(random_operations_leave_the_books_as_the_model_says),
    ROW(sixty_four_who_tell_the_same_have_one_effect_and_one_answer))
