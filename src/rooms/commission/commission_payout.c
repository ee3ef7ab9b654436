/* Doors for payouts: what is due, what a line takes up, and what becomes of it. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_source.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "rooms/commission/commission.sql.h"

enum line_state { LINE_TAKEN, LINE_STATE_PAID, LINE_STATE_FAILED };
static const char *const line_state_names[] = { "taken", "paid", "failed", NULL };

struct line {
    int64_t line_id, program_id, partner_id, payout_id;
    currency currency;
    int64_t commissions, gross, negatives, carried, net;
    enum line_state state;
    instant taken_at;
    currency pay_currency; /* none: its own */
    int64_t pay_amount, rate_e12;
    str rate;
    instant rate_day;
};

/* clang-format off */
static const struct field line_list[] = {
    FIELD_ID(line,    line_id,    "pln"),
    FIELD_ID(line,    program_id, "prg"),
    FIELD_ID(line,    partner_id, "par"),
    FIELD_ID(line,    payout_id,  "pay"),
    FIELD(line,       currency),
    FIELD(line,       commissions),
    FIELD_MONEY(line, gross,      "currency"),
    FIELD(line,       negatives),
    FIELD_MONEY(line, carried,    "currency"),
    FIELD_MONEY(line, net,        "currency"),
    FIELD(line,       state,      .names = line_state_names),
    FIELD(line,       taken_at),
    FIELD(line,       pay_currency),
    FIELD_MONEY(line, pay_amount, "pay_currency"),
    FIELD(line,       rate),
    FIELD(line,       rate_e12),
    FIELD(line,       rate_day),
};
static const struct fields line_fields = FIELDS(line_list, line);

static const struct field due_list[] = {
    FIELD_ID(commission_due,    partner_id,  "par"),
    FIELD(commission_due,       currency),
    FIELD(commission_due,       commissions),
    FIELD_MONEY(commission_due, gross,       "currency"),
    FIELD(commission_due,       negatives),
    FIELD_MONEY(commission_due, carried,     "currency"),
    FIELD_MONEY(commission_due, net,         "currency"),
};
const struct fields commission_due_fields = FIELDS(due_list, commission_due);

static const struct field item_list[] = {
    FIELD(commission_line_item,       id),
    FIELD_ID(commission_line_item,    line_id,       "pln"),
    FIELD_ID(commission_line_item,    commission_id, "com"),
    FIELD_ID(commission_line_item,    conversion_id, "cnv"),
    FIELD_ID(commission_line_item,    carry_id,   "car"),
    FIELD(commission_line_item,       order_id),
    FIELD(commission_line_item,       kind,          .names = commission_kind_names),
    FIELD(commission_line_item,       reason),
    FIELD(commission_line_item,       currency),
    FIELD_MONEY(commission_line_item, amount,        "currency"),
    FIELD_MONEY(commission_line_item, base_amount,   "base_currency"),
    FIELD(commission_line_item,       base_currency),
    FIELD(commission_line_item,       occurred_at),
    FIELD(commission_line_item,       at),
};
const struct fields commission_line_item_fields = FIELDS(item_list, commission_line_item);
/* clang-format on */

err commission_due(struct db *db, const struct commission_due_query *query, struct list *out)
{
    return db_all(db, &COMMISSION_DUE_LIST,
        PARAMS(P("program_id", query->program_id), param_ref("partner_id", query->partner_id),
            P("currency", query->currency), P("cutoff", query->cutoff)),
        &commission_due_fields, out);
}

err commission_of_line(struct db *db, int64_t program_id, int64_t line_id, struct list *out)
{
    return db_all(db, &COMMISSION_LINE_ITEMS,
        PARAMS(P("program_id", program_id), P("line_id", line_id)), &commission_line_item_fields,
        out);
}

static err find_line(
    struct db *db, int64_t program_id, int64_t line_id, struct line *out, bool *out_found)
{
    return db_one(db, &COMMISSION_LINE_ONE,
        PARAMS(P("program_id", program_id), P("line_id", line_id)), &line_fields, out, out_found);
}

/* ---- taking up
 * -------------------------------------------------------------------------------------------- */

static err add_item(struct db *db, int64_t line_id, int64_t n, int64_t commission_id,
    int64_t carry_id, int64_t minor)
{
    return db_run(db, &COMMISSION_LINE_ITEM_INSERT,
        PARAMS(P("line_id", line_id), P("n", n), P("commission_id", commission_id),
            param_ref("carry_id", carry_id), P("amount", minor)),
        NULL, NULL, NULL);
}

static err enter_payout(struct db *db, const struct ledger_act *act,
    const struct commission_take *take, struct commission *c, int64_t entry_id)
{
    c->place = PLACE_IN_PAYOUT;
    c->payout_id = take->payout_id;
    c->payout_line_id = take->line_id;
    c->status = commission_status_of(c, c->status == COMMISSION_DECLINED);
    TRY(commission_keep(db, c));
    return commission_note_event(db, act, c,
        &(struct happening){ .kind = "put_in_payout",
            .amount = c->booked,
            .entry_id = entry_id,
            .cause_type = "payout_line",
            .cause_id = take->line_id });
}

static err take_commissions(struct db *db, const struct ledger_act *act,
    const struct commission_take *take, int64_t entry_id, int64_t *n)
{
    struct list rows;
    TRY(db_all(db, &COMMISSION_DUE_ROWS,
        PARAMS(P("program_id", take->program_id), P("partner_id", take->partner_id),
            P("currency", take->currency), P("cutoff", take->cutoff)),
        &commission_fields, &rows));

    struct commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        TRY(add_item(db, take->line_id, ++*n, c[i].id, 0, c[i].booked));
        TRY(enter_payout(db, act, take, &c[i], entry_id));
    }
    return NULL;
}

static err take_carries(struct db *db, const struct ledger_act *act,
    const struct commission_take *take, int64_t entry_id, int64_t *n)
{
    struct list rows;
    TRY(db_all(db, &COMMISSION_CARRY_OPEN,
        PARAMS(P("program_id", take->program_id), P("partner_id", take->partner_id),
            P("currency", take->currency)),
        &carry_fields, &rows));

    const struct carry *carry = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        struct commission c = { 0 };
        TRY(add_item(
            db, take->line_id, ++*n, carry[i].commission_id, carry[i].id, carry[i].amount));
        TRY(db_run(db, &COMMISSION_CARRY_TAKE,
            PARAMS(P("id", carry[i].id), P("payout_line_id", take->line_id)), NULL, NULL, NULL));
        TRY(commission_find(db, take->program_id, 0, carry[i].commission_id, &c));
        if (c.place == PLACE_CARRIED) /* a negative adjustment goes with what it carries */
            TRY(enter_payout(db, act, take, &c, entry_id));
    }
    return NULL;
}

static str line_key(struct db *db, const char *what, int64_t line_id)
{
    return str_printf(
        db_arena(db), "%s:%" PRI_STR, what, STR_ARG(id_print(db_arena(db), "pln", line_id)));
}

static struct ledger_entry line_entry(
    struct db *db, int64_t program_id, const char *kind, int64_t line_id, str memo)
{
    return (struct ledger_entry){ .program_id = program_id,
        .key = line_key(db, kind, line_id),
        .kind = str_of(kind),
        .cause_type = STR("payout_line"),
        .cause_id = line_id,
        .memo = memo };
}

static err post_line(
    struct db *db, const struct ledger_act *act, const struct line *line, int64_t *out_entry_id)
{
    struct ledger_entry entry =
        line_entry(db, line->program_id, "payout_line", line->line_id, STR_NONE);
    struct ledger_posting postings[] = {
        { LEDGER_PAYABLE, line->partner_id, { line->gross, line->currency } },
        { LEDGER_CARRIED, line->partner_id, { line->carried, line->currency } },
        { LEDGER_IN_PAYOUT, line->partner_id, { -line->net, line->currency } },
    };
    struct ledger_posted posted;

    TRY(ledger_post(db, act, &entry, postings, 3, &posted));
    *out_entry_id = posted.entry_id;
    return NULL;
}

static struct commission_due figures(const struct line *line)
{
    return (struct commission_due){ .partner_id = line->partner_id,
        .currency = line->currency,
        .commissions = line->commissions,
        .gross = line->gross,
        .negatives = line->negatives,
        .carried = line->carried,
        .net = line->net };
}

static err find_due(struct db *db, const struct commission_take *take, struct line *out)
{
    struct commission_due_query query = { take->program_id, take->partner_id, take->currency,
        take->cutoff };
    struct list due;

    TRY(commission_due(db, &query, &due));
    const struct commission_due *d = due.at;
    if (due.count == 0 || d->net <= 0)
        return &COMMISSION_STATE;
    *out = (struct line){ .line_id = take->line_id,
        .program_id = take->program_id,
        .partner_id = take->partner_id,
        .payout_id = take->payout_id,
        .currency = take->currency,
        .commissions = d->commissions,
        .gross = d->gross,
        .negatives = d->negatives,
        .carried = d->carried,
        .net = d->net,
        .state = LINE_TAKEN };
    return NULL;
}

/* Before money is taken out: what the rows say waits is what the accounts say. */
static err books_agree(struct db *db, const struct commission_take *take)
{
    struct ledger_whose whose = { .program_id = take->program_id, .partner_id = take->partner_id };
    struct ledger_balance balance = { 0 };
    struct commission_due waits = { 0 };
    bool found;

    TRY(db_one(db, &COMMISSION_WAITS,
        PARAMS(P("program_id", take->program_id), P("partner_id", take->partner_id),
            P("currency", take->currency)),
        &commission_due_fields, &waits, &found));
    TRY(ledger_balance_of(db, &whose, take->currency, &balance));
    if (waits.gross == balance.payable && waits.carried == balance.carried)
        return NULL;
    log_line(LOG_ERROR,
        "books and commissions differ, nothing is paid partner=%" PRI_STR " payable=%" PRId64
        " by_rows=%" PRId64 " carried=%" PRId64 " by_rows=%" PRId64,
        STR_ARG(id_print(db_arena(db), "par", take->partner_id)), balance.payable, waits.gross,
        balance.carried, waits.carried);
    return &COMMISSION_BOOKS;
}

static err fix_rate(const struct commission_take *take, struct line *line)
{
    amount pays;

    if (!take->rate)
        return NULL;
    TRY(exchange_convert(
        (amount){ line->net, line->currency }, take->pay_currency, take->rate->rate_e12, &pays));
    if (pays.minor <= 0)
        return &COMMISSION_STATE;
    line->pay_currency = pays.currency;
    line->pay_amount = pays.minor;
    line->rate = take->rate->rate;
    line->rate_e12 = take->rate->rate_e12;
    line->rate_day = take->rate->day;
    return NULL;
}

err commission_pays(struct db *db, int64_t program_id, int64_t line_id, struct commission_pays *out)
{
    struct line line = { 0 };
    bool found;

    TRY(find_line(db, program_id, line_id, &line, &found));
    *out = (struct commission_pays){ .amount = { line.net, line.currency } };
    if (!currency_none(line.pay_currency))
        *out = (struct commission_pays){ { line.pay_amount, line.pay_currency }, line.rate,
            line.rate_day };
    return NULL;
}

err commission_take_into_payout(struct db *db, const struct ledger_act *act,
    const struct commission_take *take, struct commission_due *out)
{
    struct line line = { 0 };
    int64_t entry_id, n = 0;
    bool found;

    TRY(find_line(db, take->program_id, take->line_id, &line, &found));
    if (found) {
        *out = figures(&line);
        return NULL;
    }
    TRY(books_agree(db, take));
    TRY(find_due(db, take, &line));
    TRY(fix_rate(take, &line));
    line.taken_at = act->at;
    TRY(db_put(db, &COMMISSION_LINE_INSERT, &line_fields, &line));
    TRY(post_line(db, act, &line, &entry_id));
    TRY(take_commissions(db, act, take, entry_id, &n));
    TRY(take_carries(db, act, take, entry_id, &n));
    *out = figures(&line);
    return NULL;
}

/* ---- settled
 * ---------------------------------------------------------------------------------------------- */

static err set_state(struct db *db, const struct line *line, enum line_state state)
{
    return db_run(db, &COMMISSION_LINE_STATE,
        PARAMS(P("line_id", line->line_id), P("state", line_state_names[state])), NULL, NULL, NULL);
}

static err rows_in_line(struct db *db, const struct line *line, struct list *out)
{
    return db_all(db, &COMMISSION_IN_LINE,
        PARAMS(P("program_id", line->program_id), P("payout_line_id", line->line_id)),
        &commission_fields, out);
}

static err settle_row(
    struct db *db, const struct ledger_act *act, struct commission *c, const struct happening *what)
{
    c->status = commission_status_of(c, c->status == COMMISSION_DECLINED);
    TRY(commission_keep(db, c));
    return commission_note_event(db, act, c, what);
}

static err pay_rows(
    struct db *db, const struct ledger_act *act, const struct line *line, int64_t entry_id)
{
    struct list rows;
    TRY(rows_in_line(db, line, &rows));

    struct commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        c[i].place = PLACE_PAID;
        c[i].paid_at = act->at;
        TRY(settle_row(db, act, &c[i],
            &(struct happening){ .kind = "paid",
                .amount = c[i].booked,
                .entry_id = entry_id,
                .cause_type = "payout_line",
                .cause_id = line->line_id }));
    }
    return NULL;
}

err commission_payout_paid(
    struct db *db, const struct ledger_act *act, int64_t program_id, int64_t line_id)
{
    struct line line = { 0 };
    struct ledger_posted posted;
    bool found;

    TRY(find_line(db, program_id, line_id, &line, &found));
    if (!found || line.state == LINE_STATE_FAILED)
        return &COMMISSION_STATE;
    if (line.state == LINE_STATE_PAID)
        return NULL;
    struct ledger_entry entry = line_entry(db, program_id, "payout_paid", line_id, STR_NONE);
    bool exchanged = !currency_none(line.pay_currency);
    struct ledger_posting postings[] = {
        { LEDGER_IN_PAYOUT, line.partner_id, { line.net, line.currency } },
        { exchanged ? LEDGER_EXCHANGE : LEDGER_PAID, line.partner_id,
            { -line.net, line.currency } },
        { LEDGER_EXCHANGE, line.partner_id, { line.pay_amount, line.pay_currency } },
        { LEDGER_PAID, line.partner_id, { -line.pay_amount, line.pay_currency } },
    };
    TRY(ledger_post(db, act, &entry, postings, exchanged ? 4 : 2, &posted));
    TRY(set_state(db, &line, LINE_STATE_PAID));
    return pay_rows(db, act, &line, posted.entry_id);
}

static err return_rows(struct db *db, const struct ledger_act *act, const struct line *line,
    int64_t entry_id, str reason)
{
    struct list rows;
    TRY(rows_in_line(db, line, &rows));

    struct commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        c[i].place = c[i].earned_amount < 0 ? PLACE_CARRIED : PLACE_PAYABLE;
        c[i].payout_id = c[i].payout_line_id = 0;
        c[i].paid_at = (instant){ 0 };
        TRY(settle_row(db, act, &c[i],
            &(struct happening){ .kind = "payout_failed",
                .amount = c[i].booked,
                .entry_id = entry_id,
                .note = reason,
                .cause_type = "payout_line",
                .cause_id = line->line_id }));
        TRY(source_follow(db, act, &c[i])); /* what it hangs on may be held meanwhile */
    }
    return NULL;
}

/* Money that came back from the bank: first the payment is undone, then the line. */
static err reverse_line(struct db *db, const struct ledger_act *act, const struct line *line,
    str reason, int64_t *out_entry_id)
{
    struct ledger_posted posted;

    if (line->state == LINE_STATE_PAID) {
        struct ledger_entry back =
            line_entry(db, line->program_id, "payout_returned", line->line_id, reason);
        TRY(ledger_reverse(db, act, line_key(db, "payout_paid", line->line_id), &back, &posted));
    }
    struct ledger_entry entry =
        line_entry(db, line->program_id, "payout_failed", line->line_id, reason);
    TRY(ledger_reverse(db, act, line_key(db, "payout_line", line->line_id), &entry, &posted));
    assert(posted.entry_id);
    *out_entry_id = posted.entry_id;
    return NULL;
}

err commission_payout_failed(
    struct db *db, const struct ledger_act *act, int64_t program_id, int64_t line_id, str reason)
{
    struct line line = { 0 };
    int64_t entry_id;
    bool found;

    TRY(find_line(db, program_id, line_id, &line, &found));
    if (!found)
        return &COMMISSION_STATE;
    if (line.state == LINE_STATE_FAILED)
        return NULL;
    TRY(reverse_line(db, act, &line, reason, &entry_id));
    TRY(set_state(db, &line, LINE_STATE_FAILED));
    TRY(return_rows(db, act, &line, entry_id, reason));
    return db_run(
        db, &COMMISSION_CARRY_RETURN, PARAMS(P("payout_line_id", line_id)), NULL, NULL, NULL);
}

/* ---- the part of one commission
 * --------------------------------------------------------------------------- */

struct line_part {
    struct ledger_line *at;
    size_t count;
};

/* An entry of a payout line, narrowed to one commission: payable to in_payout, in_payout to paid,
 * and back. */
static void add_part(struct line_part *part, const struct ledger_line *whole, int64_t minor,
    enum ledger_kind debit, enum ledger_kind credit)
{
    struct ledger_line *lines = &part->at[part->count];

    lines[0] = lines[1] = *whole;
    lines[0].line = 1;
    lines[0].account = debit;
    lines[0].amount = minor;
    lines[1].line = 2;
    lines[1].account = credit;
    lines[1].amount = -minor;
    part->count += 2;
}

static void narrow(
    struct line_part *part, const struct ledger_line *whole, int64_t minor, enum ledger_kind paid)
{
    if (str_eq(whole->kind, STR("payout_line")))
        add_part(part, whole, minor, LEDGER_PAYABLE, LEDGER_IN_PAYOUT);
    else if (str_eq(whole->kind, STR("payout_paid")))
        add_part(part, whole, minor, LEDGER_IN_PAYOUT, paid);
    else if (str_eq(whole->kind, STR("payout_returned")))
        add_part(part, whole, minor, paid, LEDGER_IN_PAYOUT);
    else if (str_eq(whole->kind, STR("payout_failed")))
        add_part(part, whole, minor, LEDGER_IN_PAYOUT, LEDGER_PAYABLE);
}

static err part_of_line(
    struct db *db, const struct line *line, int64_t commission_id, struct line_part *part)
{
    struct list items, lines;
    int64_t minor = 0;

    TRY(commission_of_line(db, line->program_id, line->line_id, &items));
    const struct commission_line_item *item = items.at;
    for (size_t i = 0; i < items.count; i++)
        if (item[i].commission_id == commission_id && !item[i].carry_id)
            minor += item[i].amount;
    if (minor == 0)
        return NULL;
    TRY(ledger_lines_of_cause(db, line->program_id, STR("payout_line"), line->line_id, &lines));
    const struct ledger_line *whole = lines.at;
    for (size_t i = 0; i < lines.count; i++)
        if (i == 0 || whole[i].entry_id != whole[i - 1].entry_id)
            narrow(part, &whole[i], minor,
                currency_none(line->pay_currency) ? LEDGER_PAID : LEDGER_EXCHANGE);
    return NULL;
}

static int compare_lines(const void *a, const void *b)
{
    const struct ledger_line *x = a, *y = b;
    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    if (x->entry_id != y->entry_id)
        return x->entry_id < y->entry_id ? -1 : 1;
    return x->line - y->line;
}

err commission_ledger_lines(
    struct db *db, int64_t program_id, int64_t commission_id, struct list *out)
{
    struct list own, payouts;

    TRY(ledger_lines_of_commission(db, program_id, commission_id, &own));
    TRY(db_all(db, &COMMISSION_LINES_OF,
        PARAMS(P("program_id", program_id), P("commission_id", commission_id)), &line_fields,
        &payouts));
    struct line_part part = { .at = ARENA_ARRAY(db_arena(db), struct ledger_line,
                                  own.count + payouts.count * 8 + 1) };
    for (size_t i = 0; i < own.count; i++)
        part.at[part.count++] = ((const struct ledger_line *)own.at)[i];
    for (size_t i = 0; i < payouts.count; i++)
        TRY(part_of_line(db, (const struct line *)payouts.at + i, commission_id, &part));
    qsort(part.at, part.count, sizeof part.at[0], compare_lines);
    *out = (struct list){ part.at, part.count };
    return NULL;
}
