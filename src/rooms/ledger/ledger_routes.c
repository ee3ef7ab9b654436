/* Balances as JSON and on pages; entries as they are shown in trails. */
#include "rooms/ledger/ledger.h"

#include "base/arena.h"
#include "base/id.h"
#include "http/csv.h"
#include "migrations.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

static void one_view(
    struct db *db, struct view *into, struct view *rows, const struct ledger_balance *b)
{
    struct view *one = view_object(into, str_c(db_arena(db), str_of(b->currency.code)));

    view_minor(one, "pending", (amount){ b->pending, b->currency });
    view_minor(one, "payable", (amount){ b->payable, b->currency });
    view_minor(one, "held", (amount){ b->held, b->currency });
    view_minor(one, "carried", (amount){ b->carried, b->currency });
    view_minor(one, "in_payout", (amount){ b->in_payout, b->currency });
    view_minor(one, "paid", (amount){ b->paid, b->currency });
    view_record(view_item(rows), NULL, &ledger_balance_fields, b);
}

/* The programme's own currency is always there, also before anything moved. */
err ledger_balance_view(struct db *db, const struct ledger_whose *whose, struct view *into)
{
    struct view *rows = view_list(view_page(into), "balances");
    struct program program = { 0 };
    struct list all;
    bool has_own = false;

    TRY(ledger_balances(db, whose, &all));
    TRY(program_get(db, whose->program_id, &program));
    const struct ledger_balance *balances = all.at;
    for (size_t i = 0; i < all.count; i++) {
        one_view(db, into, rows, &balances[i]);
        has_own |= currency_eq(balances[i].currency, program.currency);
    }
    if (!has_own)
        one_view(db, into, rows, &(struct ledger_balance){ .currency = program.currency });
    return NULL;
}

static const char *const account_words[LEDGER_KINDS] = {
    [LEDGER_EXPENSE] = N_("Commission cost"),
    [LEDGER_PENDING] = N_("Owed, pending"),
    [LEDGER_HELD] = N_("Owed, held"),
    [LEDGER_PAYABLE] = N_("Owed, payable"),
    [LEDGER_IN_PAYOUT] = N_("Owed, in payout"),
    [LEDGER_CARRIED] = N_("Carried, to be recovered"),
    [LEDGER_PAID] = N_("Paid out"),
    [LEDGER_EXCHANGE] = N_("Exchanged"),
};

static const struct entry_words {
    const char *kind, *words;
} entry_words[] = {
    { "accrue", N_("commission earned") },
    { "mature", N_("hold ended") },
    { "approve", N_("approved by hand") },
    { "hold", N_("held") },
    { "release", N_("released") },
    { "decline", N_("declined") },
    { "refund", N_("refund") },
    { "chargeback", N_("chargeback") },
    { "amend", N_("order amended") },
    { "move", N_("sale moved") },
    { "adjust", N_("worked out again") },
    { "wait", N_("not payable yet") },
    { "bonus", N_("bonus") },
    { "adjustment", N_("adjustment") },
    { "payout_line", N_("put into a payout") },
    { "payout_paid", N_("paid out") },
    { "payout_returned", N_("payment returned") },
    { "payout_failed", N_("payout failed") },
};

static const char *words_of(str kind)
{
    for (size_t i = 0; i < sizeof entry_words / sizeof entry_words[0]; i++)
        if (str_eq(kind, str_of(entry_words[i].kind)))
            return entry_words[i].words;
    return "";
}

static struct view *entry_view(struct view *entries, const struct ledger_line *line)
{
    struct view *entry = view_item(entries);
    view_id(entry, "id", "ent", line->entry_id);
    view_str(entry, "kind", line->kind);
    view_instant(entry, "at", line->at);
    view_str(entry, "actor", line->actor);
    view_str(entry, "memo", line->memo);
    view_words(view_page(entry), "words", words_of(line->kind));
    return view_list(entry, "postings");
}

void ledger_lines_view(struct view *into, const char *name, const struct list *lines)
{
    const struct ledger_line *line = lines->at;
    struct view *entries = view_list(into, name), *postings = NULL;

    for (size_t i = 0; i < lines->count; i++) {
        if (i == 0 || line[i].entry_id != line[i - 1].entry_id)
            postings = entry_view(entries, &line[i]);
        struct view *posting = view_item(postings);
        bool is_debit = line[i].amount > 0;
        int64_t size = is_debit ? line[i].amount : -line[i].amount;
        view_enum(posting, "account", ledger_kind_names, line[i].account);
        view_id(posting, "partner_id", "par", line[i].partner_id);
        if (is_debit) {
            view_minor(posting, "debit", (amount){ size, line[i].currency });
            view_null(posting, "credit");
        } else {
            view_null(posting, "debit");
            view_minor(posting, "credit", (amount){ size, line[i].currency });
        }
        view_currency(posting, "currency", line[i].currency);
        view_words(view_page(posting), "account_words", account_words[line[i].account]);
    }
}

struct ledger_act ledger_act_of(struct request *rq)
{
    const struct who *who = rq->who;
    str actor = who->key_id ? id_print(rq->arena, "key", who->key_id)
                            : id_print(rq->arena, "per", who->person_id);

    return (struct ledger_act){ .env = rq->env,
        .at = rq->now,
        .actor = !actor.at ? STR("visitor")
                           : str_printf(rq->arena, "%s:%" PRI_STR, who->key_id ? "key" : "person",
                                 STR_ARG(actor)) };
}

static const struct err KNOWN_AT = { ERR_INVALID, "known_at",
    N_("Say a day such as 2026-12-31, or a time such as 2026-12-31T10:00:00Z."), "known_at" };

err ledger_known_at(struct request *rq, instant *out)
{
    str text = request_query(rq, "known_at");

    *out = (instant){ 0 };
    if (str_empty(text))
        return NULL;
    if (!instant_read(text, out) || instant_none(*out))
        return request_problem(rq, "known_at", &KNOWN_AT);
    if (text.len == 10)
        *out = instant_plus_ms(
            instant_plus_days(*out, 1), -(int64_t)rq->offset_minutes * MINUTE_MS - 1);
    return NULL;
}

static void balance_csv(struct request *rq, struct buf *b, const struct ledger_balance *row)
{
    int64_t sums[] = { row->pending, row->held, row->payable, row->in_payout, row->carried,
        row->paid };

    csv_cell(b, str_of(row->currency.code), true);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        csv_number(b, amount_decimal(rq->arena, (amount){ sums[i], row->currency }), false);
    csv_end(b);
}

static err balance_file(struct request *rq, struct reply *rp, const struct ledger_whose *whose)
{
    static const char *const head[] = { "currency", "pending", "held", "payable", "in_payout",
        "carried", "paid" };
    struct buf b = buf_new(rq->arena);
    struct list rows;

    TRY(ledger_balances(rq->db, whose, &rows));
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_cell(&b, str_of(head[i]), i == 0);
    csv_end(&b);
    for (size_t i = 0; i < rows.count; i++)
        balance_csv(rq, &b, (const struct ledger_balance *)rows.at + i);
    return reply_file(rp, "text/csv; charset=utf-8", STR("balance.csv"), buf_str(&b));
}

static err balance_answer(struct request *rq, struct reply *rp, struct ledger_whose *whose)
{
    TRY(ledger_known_at(rq, &whose->until));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return balance_file(rq, rp, whose);
    TRY(ledger_balance_view(rq->db, whose, reply_view(rp)));
    if (rq->surface == API)
        return NULL;
    struct view *page = view_page(reply_view(rp));
    view_str(page, "known_at", request_query(rq, "known_at"));
    view_instant(page, "until", instant_none(whose->until) ? rq->now : whose->until);
    view_bool(page, "is_now", instant_none(whose->until));
    view_str(page, "rows_url",
        rq->surface == PORTAL
            ? STR("/portal/commissions?")
            : str_printf(rq->arena, "/manage/commissions?partner_id=%" PRI_STR "&",
                  STR_ARG(id_print(rq->arena, "par", whose->partner_id))));
    view_bool(page, "is_portal", rq->surface == PORTAL);
    view_str(page, "csv_url",
        str_printf(rq->arena, "?format=csv&known_at=%" PRI_STR,
            STR_ARG(str_url_encode(rq->arena, request_query(rq, "known_at")))));
    return NULL;
}

static err own_balance(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    struct ledger_whose whose = {
        .program_id = rq->program_id, .partner_id = rq->partner_id, .is_test = rq->who->is_test
    };
    return balance_answer(rq, rp, &whose);
}

static err partner_balance(struct request *rq, struct reply *rp)
{
    struct ledger_whose whose = { .program_id = rq->program_id, .is_test = rq->who->is_test };
    struct partner partner = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "par", &whose.partner_id));
    if (rq->partner_id && rq->partner_id != whose.partner_id)
        return &PARTNER_NOT_FOUND;
    TRY(partner_get(rq->db, rq->program_id, whose.partner_id, &partner));
    view_id(view_page(reply_view(rp)), "partner_id", "par", partner.id);
    view_str(view_page(reply_view(rp)), "partner_name", partner.name);
    if (rq->surface == MANAGE)
        rp->page = "ledger/balance_console";
    return balance_answer(rq, rp, &whose);
}

/* For the API document: the currency's code is the member's name. */
#define BALANCE                                                                                    \
    "*:(pending:integer payable:integer held:integer carried:integer in_payout:integer "           \
    "paid:integer)"

/* clang-format off */
static const struct route routes[] = {
    { GET, "/balance",               API | PORTAL, COMMISSIONS_READ, own_balance, "ledger/balance", ROUTE_CSV, NULL, NULL,
        "What the partner is owed, per currency; with a staff key, what all partners are owed.", "200",
        .query = "known_at", .also = BALANCE },
    { GET, "/partners/{id}/balance", API | MANAGE, COMMISSIONS_READ, partner_balance, "ledger/balance_console", ROUTE_CSV, NULL, NULL,
        "What one partner is owed, per currency: every figure is a sum of postings.", "200",
        .query = "known_at", .also = BALANCE },
    { 0 },
};
/* clang-format on */

const struct room ledger_room = {
    .name = "ledger", .routes = routes, .migrations = ledger_migrations
};
