/* A programme with partners and codes in a real store. */
#include "rooms/conversion/books_testing.h"
#include "rooms/conversion/conversion_inside.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/id.h"
#include "migrations.h"
#include "rooms/coupon/coupon.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"
#include "rooms/program/program.sql.h"
#include "store/test_store.h"

#define STATEMENT(name_, writes_, sql_, ...)                                                       \
    static const struct statement name_ = { #name_, { sql_, sql_ },                                \
        (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, writes_ }

STATEMENT(partner_row, true,
    "INSERT INTO partner (id, program_id, email, name, kind, tags, status, reason, flags, "
    "terms_version, created_at,"
    " updated_at, \"group\") VALUES ($1, $2, $3, $4, 'blogger', '[]', $5, 'none', 0, 0, 1, 1, $6)",
    "id", "program_id", "email", "name", "status", "partner_group");

/* Entries that do not balance, per currency. */
STATEMENT(loose_entries, false,
    "SELECT COUNT(*) FROM (SELECT p.entry_id FROM ledger_posting p JOIN ledger_account a ON a.id = "
    "p.account_id"
    " GROUP BY p.entry_id, a.currency HAVING SUM(p.amount) <> 0) AS loose", );

/* What the rows of commissions say sits in an account, less what its postings say. */
STATEMENT(loose_places, false,
    "SELECT COUNT(*) FROM (SELECT partner_id, currency, kind, SUM(amount) AS off FROM ("
    " SELECT partner_id, currency, place AS kind, booked AS amount FROM commission"
    "  WHERE place IN ('pending', 'held', 'payable')"
    " UNION ALL SELECT partner_id, currency, CASE WHEN amount < 0 THEN 'carried' ELSE 'payable' "
    "END, amount"
    "  FROM commission_carry WHERE payout_line_id IS NULL"
    " UNION ALL SELECT a.partner_id, a.currency, a.kind, p.amount FROM ledger_posting p"
    "  JOIN ledger_account a ON a.id = p.account_id WHERE a.kind IN ('pending', 'held', 'payable', "
    "'carried')"
    ") AS parts GROUP BY partner_id, currency, kind HAVING SUM(amount) <> 0) AS loose", );

/* Everything a partner was ever owed is what his commissions are worth, and costs as much. */
STATEMENT(loose_worth, false,
    "SELECT COUNT(*) FROM (SELECT partner_id, currency FROM ("
    " SELECT partner_id, currency, amount FROM commission"
    " UNION ALL SELECT a.partner_id, a.currency, -p.amount FROM ledger_posting p"
    "  JOIN ledger_account a ON a.id = p.account_id WHERE a.kind = 'expense'"
    ") AS parts GROUP BY partner_id, currency HAVING SUM(amount) <> 0) AS loose", );

static err write_program(struct db *db, void *arg)
{
    struct books *b = arg;
    struct program_terms terms = { .id = b->program.id, .program_id = b->program.id, .version = 1 };
    return program_insert(db, &b->program, &terms);
}

static err write_partners(struct db *db, void *arg)
{
    struct books *b = arg;

    for (int i = 0; i < BOOKS_PARTNERS; i++) {
        str name = str_printf(db_arena(db), "Partner %d", i);
        struct coupon coupon = { .id = b->partners[i] + 1,
            .program_id = b->program.id,
            .partner_id = b->partners[i],
            .code = str_printf(db_arena(db), "CODE%d", i),
            .created_at = db_now(db) };
        TRY(db_run(db, &partner_row,
            PARAMS(P("id", b->partners[i]), P("program_id", b->program.id), P("name", name),
                P("email", str_printf(db_arena(db), "p%d@x.example", i)),
                P("status", i == BOOKS_PARTNERS - 1 ? "suspended" : "approved"),
                P("partner_group", i == 1 ? STR("Storytellers") : STR_NONE)),
            NULL, NULL, NULL));
        TRY(coupon_add(db, &coupon));
    }
    return NULL;
}

struct books *books_on(struct test *t, struct store *store)
{
    struct books *b = ARENA_NEW(t->arena, struct books);

    *b = (struct books){ .t = t, .store = store };
    b->program = (struct program){ .id = id_new(t->env),
        .name = STR("Tea"),
        .slug = STR("tea"),
        .currency = { "EUR" },
        .window_days = 30,
        .hold_days = 30,
        .minimum_payout = 2500,
        .click_parameter = STR("tclid"),
        .payout_day = 31,
        .hue = -1,
        .commission = { .percent_bp = 1000 },
        .created_at = t->env->now(t->env),
        .updated_at = t->env->now(t->env) };
    for (int i = 0; i < BOOKS_PARTNERS; i++)
        b->partners[i] = id_new(t->env) + i * 10;
    ASSERT_OK(books_write(b, write_program, b));
    ASSERT_OK(books_write(b, write_partners, b));
    return b;
}

struct books *books_open(struct test *t)
{
    return books_on(t, test_store(t, all_migrations));
}

static void close_store(void *store)
{
    store_close(store);
}

struct books *books_open_named(struct test *t, const char *name)
{
    struct store_options options = test_store_options(t, all_migrations);
    struct store *store = NULL;

    options.url = test_store_url(t, name);
    ASSERT_OK(store_open(&options, &store));
    arena_defer(t->arena, close_store, store);
    return books_on(t, store);
}

struct ledger_act books_act(struct books *b)
{
    return (struct ledger_act){ b->t->env, b->t->env->now(b->t->env), STR("test") };
}

void books_advance(struct books *b, int64_t days)
{
    test_advance(b->t, days * DAY_MS);
}

err books_write(struct books *b, store_fn fn, void *arg)
{
    store_keep(b->t->arena);
    return store_write(b->store, fn, arg);
}

static err change_program(struct db *db, void *arg)
{
    struct books *b = arg;

    TRY(db_put(db, &PROGRAM_UPDATE, &program_fields, &b->program));
    TRY(announce(db, "program.reward_changed", b->program.id, b->program.id));
    return announce(db, "program.changed", b->program.id, b->program.id);
}

void books_change(struct books *b)
{
    ASSERT_OK(books_write(b, change_program, b));
}

struct conversion books_order(struct books *b, const char *order_id, int64_t minor, int p)
{
    return (struct conversion){ .id = id_new(b->t->env),
        .program_id = b->program.id,
        .type = STR("sale"),
        .order_id =
            order_id ? str_of(order_id) : str_printf(b->t->arena, "O-%lld", (long long)++b->orders),
        .amount = minor,
        .currency = { "EUR" },
        .coupon = p < 0 ? STR_NONE : str_printf(b->t->arena, "code%d", p) };
}

struct telling_arg {
    struct conversion_recording told;
    struct conversion_recorded stands;
};

static err tell(struct db *db, void *arg)
{
    struct telling_arg *a = arg;
    return conversion_record(db, &a->told, &a->stands);
}

err books_tell(struct books *b, const struct conversion *c, struct conversion_recorded *out)
{
    return books_tell_in(b, NULL, c, out);
}

err books_tell_in(struct books *b, const struct app *app, const struct conversion *c,
    struct conversion_recorded *out)
{
    struct telling_arg a = { .told = { .conversion = *c, .act = books_act(b), .app = app } };

    TRY(conversion_check(c, a.told.act.at));
    TRY(books_write(b, tell, &a));
    *out = a.stands;
    return NULL;
}

struct refund_arg {
    struct ledger_act act;
    struct refund refund;
    bool already;
};

static err refund(struct db *db, void *arg)
{
    struct refund_arg *a = arg;
    return conversion_refund(db, &a->act, &a->refund, &a->already);
}

err books_refund(struct books *b, int64_t conversion_id, const char *refund_id, int64_t minor,
    struct refund *out)
{
    struct refund_arg a = { .act = books_act(b),
        .refund = { .id = id_new(b->t->env),
            .program_id = b->program.id,
            .conversion_id = conversion_id,
            .refund_id = str_of(refund_id),
            .amount = minor } };

    TRY(books_write(b, refund, &a));
    if (out)
        *out = a.refund;
    return NULL;
}

err books_refund_item(
    struct books *b, int64_t conversion_id, const char *refund_id, const char *sku, int64_t minor)
{
    struct conversion_item item = { .sku = str_of(sku), .quantity = 1, .amount = minor };
    struct refund_arg a = { .act = books_act(b),
        .refund = { .id = id_new(b->t->env),
            .program_id = b->program.id,
            .conversion_id = conversion_id,
            .refund_id = str_of(refund_id),
            .items = { &item, 1 },
            .amount = minor } };

    a.refund.items_json = conversion_items_text(b->t->arena, &a.refund.items);
    return books_write(b, refund, &a);
}

struct amend_arg {
    struct ledger_act act;
    struct amendment amendment;
};

static err amend(struct db *db, void *arg)
{
    struct amend_arg *a = arg;
    struct amendment told = a->amendment;
    bool already;
    return conversion_amend(db, &a->act, &told, &already);
}

err books_amend(struct books *b, int64_t conversion_id, const char *amendment_id, int64_t minor)
{
    struct amend_arg a = { books_act(b), { .id = id_new(b->t->env),
                                             .program_id = b->program.id,
                                             .conversion_id = conversion_id,
                                             .amendment_id = str_of(amendment_id),
                                             .amount = minor } };
    return books_write(b, amend, &a);
}

err books_amend_order(struct books *b, str order_id, const char *amendment_id, int64_t minor)
{
    struct amend_arg a = { books_act(b), { .id = id_new(b->t->env),
                                             .program_id = b->program.id,
                                             .order_id = order_id,
                                             .amendment_id = str_of(amendment_id),
                                             .amount = minor,
                                             .currency = { "EUR" } } };
    return books_write(b, amend, &a);
}

err books_refund_order(struct books *b, str order_id, const char *refund_id, int64_t minor)
{
    struct refund_arg a = { .act = books_act(b),
        .refund = { .id = id_new(b->t->env),
            .program_id = b->program.id,
            .order_id = order_id,
            .refund_id = str_of(refund_id),
            .amount = minor,
            .currency = { "EUR" } } };
    return books_write(b, refund, &a);
}

struct give_to_arg {
    struct ledger_act act;
    int64_t program_id, conversion_id;
    struct conversion_move move;
};

static err give_to(struct db *db, void *arg)
{
    struct give_to_arg *a = arg;
    struct conversion_move move = a->move;
    struct conversion c = { 0 };

    TRY(conversion_find(db, a->program_id, 0, a->conversion_id, &c));
    return conversion_move(db, &a->act, &c, &move);
}

err books_give_to(struct books *b, int64_t conversion_id, int p)
{
    struct give_to_arg a = { .act = books_act(b),
        .program_id = b->program.id,
        .conversion_id = conversion_id,
        .move = { .id = id_new(b->t->env),
            .to_partner_id = b->partners[p],
            .reason = STR("his newsletter") } };
    return books_write(b, give_to, &a);
}

struct move_arg {
    struct ledger_act act;
    struct commission_moving what;
    struct commission after;
};

static err move(struct db *db, void *arg)
{
    struct move_arg *a = arg;
    return commission_change(db, &a->act, &a->what, &a->after);
}

err books_move(
    struct books *b, enum commission_move what, int64_t commission_id, struct commission *out)
{
    struct move_arg a = { .act = books_act(b),
        .what = { what, b->program.id, commission_id, STR("fraud"), STR_NONE } };

    TRY(books_write(b, move, &a));
    if (out)
        *out = a.after;
    return NULL;
}

struct mature_arg {
    struct ledger_act act;
    int64_t count;
};

static err mature(struct db *db, void *arg)
{
    struct mature_arg *a = arg;
    return commission_mature(db, &a->act, 10000, &a->count);
}

int64_t books_mature(struct books *b)
{
    struct mature_arg a = { .act = books_act(b) };
    ASSERT_OK(books_write(b, mature, &a));
    return a.count;
}

struct pay_arg {
    struct ledger_act act;
    struct commission_take take;
    struct commission_due due;
};

static err pay(struct db *db, void *arg)
{
    struct pay_arg *a = arg;
    return commission_take_into_payout(db, &a->act, &a->take, &a->due);
}

err books_pay(struct books *b, int p, const char *currency_code, int64_t payout, int64_t line,
    struct commission_due *out)
{
    struct pay_arg a = { .act = books_act(b),
        .take = { .program_id = b->program.id,
            .partner_id = b->partners[p],
            .payout_id = payout,
            .line_id = line } };

    ASSERT_OK(currency_read(str_of(currency_code), &a.take.currency));
    a.take.cutoff = a.act.at;
    TRY(books_write(b, pay, &a));
    if (out)
        *out = a.due;
    return NULL;
}

struct settle_arg {
    struct ledger_act act;
    int64_t program_id, line;
};

static err paid(struct db *db, void *arg)
{
    struct settle_arg *a = arg;
    return commission_payout_paid(db, &a->act, a->program_id, a->line);
}

static err failed(struct db *db, void *arg)
{
    struct settle_arg *a = arg;
    return commission_payout_failed(db, &a->act, a->program_id, a->line, STR("account closed"));
}

err books_paid(struct books *b, int64_t line)
{
    struct settle_arg a = { books_act(b), b->program.id, line };
    return books_write(b, paid, &a);
}

err books_failed(struct books *b, int64_t line)
{
    struct settle_arg a = { books_act(b), b->program.id, line };
    return books_write(b, failed, &a);
}

struct give_arg {
    struct ledger_act act;
    struct commission_by_hand what;
    struct commission made;
};

static err give(struct db *db, void *arg)
{
    struct give_arg *a = arg;
    return commission_add(db, &a->act, &a->what, &a->made);
}

err books_give(struct books *b, int p, int64_t minor, struct commission *out)
{
    struct give_arg a = { .act = books_act(b),
        .what = { .id = id_new(b->t->env),
            .program_id = b->program.id,
            .partner_id = b->partners[p],
            .amount = { minor, { "EUR" } },
            .kind = minor > 0 ? COMMISSION_BONUS : COMMISSION_ADJUSTMENT,
            .reason = STR("for the season") } };

    TRY(books_write(b, give, &a));
    if (out)
        *out = a.made;
    return NULL;
}

/* ---- looking
 * -------------------------------------------------------------------------------------------------
 */

struct ledger_balance books_balance(struct books *b, int p, const char *currency_code)
{
    struct ledger_whose whose = { .program_id = b->program.id, .partner_id = b->partners[p] };
    struct db *db = store_lend(b->store, b->t->arena);
    struct ledger_balance out;
    currency unit;

    ASSERT_OK(currency_read(str_of(currency_code), &unit));
    ASSERT_OK(ledger_balance_of(db, &whose, unit, &out));
    store_return(db);
    return out;
}

struct commission books_commission(struct books *b, int64_t conversion_id)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct list rows;

    ASSERT_OK(commission_of_conversion(db, b->program.id, conversion_id, &rows));
    store_return(db);
    ASSERT_INT(rows.count, 1);
    return *(const struct commission *)rows.at;
}

struct ruling {
    struct ledger_act act;
    struct rule rule;
};

static err add_rule(struct db *db, void *arg)
{
    struct ruling *r = arg;
    struct rule rule = r->rule;
    return commission_rule_add(db, &r->act, &rule);
}

void books_rule(struct books *b, struct rule rule)
{
    struct ruling r = { books_act(b), rule };

    r.rule.program_id = b->program.id;
    ASSERT_OK(books_write(b, add_rule, &r));
}

int64_t books_worth(struct books *b, int64_t conversion_id, int p)
{
    struct db *db = store_lend(b->store, b->t->arena);
    struct list rows;
    int64_t sum = 0;

    ASSERT_OK(commission_of_conversion(db, b->program.id, conversion_id, &rows));
    const struct commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (c[i].partner_id == b->partners[p] && c[i].kind != COMMISSION_BONUS)
            sum += c[i].amount;
    store_return(db);
    return sum;
}

static void none_of(struct books *b, const struct statement *statement)
{
    struct db *db = store_lend(b->store, b->t->arena);
    int64_t count;

    ASSERT_OK(db_int(db, statement, NO_PARAMS, &count));
    store_return(db);
    if (count)
        test_case("%s", statement->name);
    ASSERT_INT(count, 0);
}

void books_check(struct books *b)
{
    none_of(b, &loose_entries);
    none_of(b, &loose_places);
    none_of(b, &loose_worth);
}
