/* Payouts over API and console: preview, make, file, settle. */
#include "rooms/payout/payout_inside.h"

#include <inttypes.h>

#include "http/csv.h"
#include "rooms/partner/partner.h"
#include "rooms/payout/payout.sql.h"
#include "rooms/program/program.h"
#include "migrations.h"

static struct ledger_act act_of(struct request *rq)
{
    str who = rq->who->key_id ? id_print(rq->arena, "key", rq->who->key_id)
                              : id_print(rq->arena, "per", rq->who->person_id);

    return (struct ledger_act){ .env = rq->env,
        .at = rq->now,
        .actor = str_printf(
            rq->arena, "%s:%" PRI_STR, rq->who->key_id ? "key" : "person", STR_ARG(who)) };
}

str payout_mask(struct arena *arena, str account)
{
    if (str_empty(account))
        return STR_NONE;
    return account.len <= 4
               ? STR("••••")
               : str_printf(arena, "•••• %" PRI_STR, STR_ARG(str_from(account, account.len - 4)));
}

static err load(struct request *rq, struct payout *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "pay", &id));
    return payout_find(rq->db, rq->program_id, rq->partner_id, id, out);
}

/* ---- answers
 * -------------------------------------------------------------------------------------------- */

static void show_line(struct request *rq, struct view *item, const struct payout_line *line)
{
    struct view *page = view_page(item);

    view_record(item, NULL, &payout_line_fields, line);
    view_str(item, "account_masked", payout_mask(rq->arena, line->payout_account));
    view_bool(page, "has_carried", line->carried != 0);
    view_bool(page, "no_account", str_empty(line->payout_account));
    view_bool(page, "is_exchanged", !currency_none(line->pay_currency));
    view_money(page, "pays", payout_pays(line));
    view_words(page, "method_words", partner_method_words(line->payout_method));
}

static err answer(struct request *rq, struct reply *rp, const struct payout *p)
{
    struct view *v = reply_view(rp), *list;
    struct list lines = { 0 };
    int64_t commissions = 0, gross = 0, carried = 0;

    view_record(v, NULL, &payout_fields, p);
    TRY(payout_lines(rq->db, p->program_id, p->id, rq->partner_id, &lines));
    list = view_list(v, "lines");
    for (size_t i = 0; i < lines.count; i++) {
        const struct payout_line *line = (struct payout_line *)lines.at + i;

        show_line(rq, view_item(list), line);
        commissions += line->commissions;
        gross += line->gross;
        carried += line->carried;
    }
    v = view_page(v);
    view_int(v, "commissions", commissions);
    view_money(v, "gross", (amount){ gross, p->currency });
    view_money(v, "carried", (amount){ carried, p->currency });
    view_bool(v, "has_carried", carried != 0);
    view_bool(v, "is_exchanged", !currency_none(p->pay_in));
    view_bool(v, "is_settled", p->pending_count == 0 && p->line_count > 0);
    return NULL;
}

/* What waits, per currency: the head of the list page. */
static err show_waiting(struct request *rq, struct view *v)
{
    struct ledger_whose whose = { .program_id = rq->program_id };
    struct list balances = { 0 };
    struct view *list = view_list(view_page(v), "waiting");
    struct program program = { 0 };

    TRY(program_of_request(rq, &program));
    TRY(ledger_balances(rq->db, &whose, &balances));
    for (size_t i = 0; i < balances.count; i++) {
        const struct ledger_balance *b = (struct ledger_balance *)balances.at + i;
        struct view *item;

        if (b->payable == 0 && b->carried == 0)
            continue;
        item = view_item(list);
        view_currency(item, "currency", b->currency);
        view_money(item, "payable", (amount){ b->payable, b->currency });
        view_money(item, "carried", (amount){ b->carried, b->currency });
        view_bool(item, "has_carried", b->carried != 0);
    }
    view_instant(view_page(v), "next_day", program_next_payout(&program, rq->now));
    return NULL;
}

static err payout_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == MANAGE)
        TRY(show_waiting(rq, reply_view(rp)));
    return reply_listing(rp, &PAYOUT_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id),
            param_ref("id", 0)),
        &payout_fields, NULL);
}

static err payout_show(struct request *rq, struct reply *rp)
{
    struct payout p = { 0 };

    TRY(load(rq, &p));
    return answer(rq, rp, &p);
}

/* ---- preview
 * ---------------------------------------------------------------------------------------------- */

static void show_plan_line(
    struct request *rq, struct view *item, const struct payout_plan_line *line)
{
    currency c = line->due.currency;

    view_id(item, "partner_id", "par", line->due.partner_id);
    view_str(item, "partner_name", line->partner_name);
    view_str(item, "method", line->payout_method);
    view_words(view_page(item), "method_words", partner_method_words(line->payout_method));
    view_str(item, "account_masked", payout_mask(rq->arena, line->payout_account));
    view_int(item, "commissions", line->due.commissions);
    view_money(item, "gross", (amount){ line->due.gross, c });
    view_money(item, "carried", (amount){ line->due.carried, c });
    view_bool(item, "has_carried", line->due.carried != 0);
    view_money(item, "net", (amount){ line->due.net, c });
    view_money(item, "pays", line->pays);
    view_bool(item, "no_account", line->no_account);
    view_bool(item, "account_changed", line->account_changed);
    view_enum(item, "skip", payout_skip_names, line->skip);
}

static void show_plan(struct request *rq, struct view *v, const struct payout_order *order,
    const struct payout_plan *plan)
{
    struct view *paid = view_list(v, "paid"), *waiting = view_list(v, "skipped");
    int64_t flagged = 0;

    view_currency(v, "currency", order->currency);
    view_instant(v, "cutoff", order->cutoff);
    view_str(v, "cutoff_date", instant_print_date(rq->arena, order->cutoff));
    view_money(v, "minimum", (amount){ plan->minimum, order->currency });
    view_int(v, "commissions", plan->commissions);
    view_money(v, "gross", (amount){ plan->gross, order->currency });
    view_money(v, "carried", (amount){ plan->carried, order->currency });
    view_bool(v, "has_carried", plan->carried != 0);
    view_money(v, "amount", (amount){ plan->amount, order->currency });
    view_bool(v, "is_exchanged", plan->is_exchanged);
    view_money(v, "pays", plan->pays);
    view_currency(v, "pay_in", order->pay_in);
    view_str(v, "rate", plan->rate.rate);
    view_instant(v, "rate_day", plan->rate.day);
    view_int(v, "paid_count", (int64_t)plan->paid_count);
    view_int(v, "skipped_count", (int64_t)plan->skipped_count);
    for (size_t i = 0; i < plan->count; i++) {
        const struct payout_plan_line *line = &plan->lines[i];

        show_plan_line(rq, view_item(line->skip == SKIP_NONE ? paid : waiting), line);
        flagged += line->skip == SKIP_NONE && (line->no_account || line->account_changed);
    }
    view_int(v, "flagged", flagged);
}

struct payout_form {
    currency currency, pay_in;
    instant cutoff;
};

/* clang-format off */
static const struct field form_list[] = {
    FIELD(payout_form, currency, .flags = FIELD_REQUIRED, .help = "A batch pays one currency."),
    FIELD(payout_form, pay_in,   .flags = FIELD_TAKEN, .help = "The programme's own currency: foreign commissions are paid in it, by the rate of the cut-off."),
    FIELD(payout_form, cutoff,   .flags = FIELD_REQUIRED, .help = "Takes what was payable by then; not in the future."),
};
static const struct fields form_fields = FIELDS(form_list, payout_form);

struct failing {
    str reason;
};
static const struct field failing_list[] = {
    FIELD(failing, reason, .flags = FIELD_REQUIRED, .max = 300, .help = "Why; the partner reads it."),
};
static const struct fields failing_fields = FIELDS(failing_list, failing);
/* clang-format on */

static const struct err CUTOFF_FUTURE = { ERR_INVALID, "in_future",
    N_("The cut-off cannot lie in the future: nobody knows yet what will be payable then."),
    "cutoff" };

/* The cut-off of the page: now, unless the address names a day; then its end. */
static err preview_order(
    struct request *rq, const struct program *program, struct payout_order *out)
{
    str day = request_query(rq, "cutoff"), code = request_query(rq, "currency");

    *out = (struct payout_order){
        .program_id = program->id, .currency = program->currency, .cutoff = rq->now
    };
    if (!str_empty(code))
        TRY(currency_read(code, &out->currency));
    if (!str_empty(request_query(rq, "pay_in")))
        TRY(currency_read(request_query(rq, "pay_in"), &out->pay_in));
    if (!str_empty(day) && instant_read(day, &out->cutoff)) {
        if (day.len == 10)
            out->cutoff = instant_plus_ms(out->cutoff, DAY_MS - 1);
        if (out->cutoff.ms > rq->now.ms)
            out->cutoff = rq->now;
    }
    return NULL;
}

static err payout_preview(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };
    struct payout_order order;
    struct payout_plan plan = { 0 };

    TRY(program_of_request(rq, &program));
    TRY(preview_order(rq, &program, &order));
    view_bool(
        view_page(reply_view(rp)), "is_foreign", !currency_eq(order.currency, program.currency));
    view_str(view_page(reply_view(rp)), "own", str_dup(rq->arena, str_of(program.currency.code)));
    TRY(payout_planned(rq->db, &order, &plan));
    show_plan(rq, reply_view(rp), &order, &plan);
    view_str(reply_view(rp), "cutoff_exact", instant_print(rq->arena, order.cutoff));
    return NULL;
}

/* ---- make
 * -------------------------------------------------------------------------------------------------
 */

struct making {
    struct payout_order order;
    struct ledger_act act;
    struct payout payout;
};

static err make_write(struct db *db, void *arg)
{
    struct making *m = arg;

    return payout_make(db, &m->act, &m->order, &m->payout);
}

static err payout_create(struct request *rq, struct reply *rp)
{
    struct making m = { .act = act_of(rq) };
    struct payout_form form = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &form_fields, &form));
    if (form.cutoff.ms > rq->now.ms + MINUTE_MS)
        return request_problem(rq, "cutoff", &CUTOFF_FUTURE);
    m.order = (struct payout_order){ .id = request_new_id(rq),
        .program_id = rq->program_id,
        .currency = form.currency,
        .pay_in = form.pay_in,
        .cutoff = form.cutoff,
        .by = str_of(rq->who->name),
        .who = rq->who,
        .address = rq->peer_address,
        .audit_id = id_new(rq->env) };
    TRY(store_write(rq->store, make_write, &m));
    TRY(answer(rq, rp, &m.payout));
    return reply_created(rp, m.payout.line_count ? "payout/made" : "payout/empty",
        "/payouts/%" PRI_STR, STR_ARG(id_print(rq->arena, "pay", m.payout.id)));
}

/* ---- settle
 * -----------------------------------------------------------------------------------------------
 */

struct settling {
    struct payout_settling settling;
    struct ledger_act act;
};

static const struct err WHY_FAILED = { ERR_INVALID, "required", N_("This is needed."), "reason" };

static err settle_write(struct db *db, void *arg)
{
    struct settling *s = arg;

    return payout_settle(db, &s->act, &s->settling);
}

static err settle(struct request *rq, struct reply *rp, enum payout_line_status to, bool is_one,
    const char *flash)
{
    struct settling s = { .act = act_of(rq) };
    struct failing form = { 0 };
    struct payout p = { 0 };

    TRY(load(rq, &p));
    if (to == LINE_FAILED)
        TRY(request_read(rq, &failing_fields, &form));
    if (to == LINE_FAILED && str_empty(str_trim(form.reason)))
        return request_problem(rq, "reason", &WHY_FAILED);
    s.settling = (struct payout_settling){ .program_id = rq->program_id,
        .payout_id = p.id,
        .to = to,
        .reason = form.reason,
        .by = str_of(rq->who->name),
        .who = rq->who,
        .address = rq->peer_address,
        .audit_id = id_new(rq->env) };
    if (is_one && request_param_id(rq, "line", "pln", &s.settling.line_id))
        return &LINE_NOT_FOUND;
    TRY(store_write(rq->store, settle_write, &s));
    TRY(payout_find(rq->db, rq->program_id, 0, p.id, &p));
    TRY(answer(rq, rp, &p));
    return reply_done(rp, flash, "/payouts/%" PRI_STR, STR_ARG(id_print(rq->arena, "pay", p.id)));
}

static err line_paid(struct request *rq, struct reply *rp)
{
    return settle(rq, rp, LINE_PAID, true, "payout/line_paid");
}

static err line_failed(struct request *rq, struct reply *rp)
{
    return settle(rq, rp, LINE_FAILED, true, "payout/line_failed");
}

static err payout_paid(struct request *rq, struct reply *rp)
{
    return settle(rq, rp, LINE_PAID, false, "payout/paid");
}

/* ---- file
 * -------------------------------------------------------------------------------------------------
 */

static const struct err FORMAT_UNKNOWN = { ERR_INVALID, "format_unknown",
    N_("Only format=csv is made."), "format" };

/* One row per line that is not failed: what a bank upload or a person with a banking page needs.
 * Made from rows that never change, so the same file comes out the same to the byte until a line is
 * settled. */
static err payout_file(struct request *rq, struct reply *rp)
{
    static const char *const head[] = { "line", "partner", "name", "account_holder", "method",
        "account", "amount", "currency", "reference", "status" };
    struct payout p = { 0 };
    struct list lines = { 0 };
    struct buf b = buf_new(rq->arena);
    str format = request_query(rq, "format"), id;

    TRY(load(rq, &p));
    if (!str_empty(format) && !str_eq(format, STR("csv")))
        return &FORMAT_UNKNOWN;
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_cell(&b, str_of(head[i]), i == 0);
    csv_end(&b);
    TRY(payout_lines(rq->db, p.program_id, p.id, rq->partner_id, &lines));
    id = id_print(rq->arena, "pay", p.id);
    for (size_t i = 0; i < lines.count; i++) {
        const struct payout_line *line = (struct payout_line *)lines.at + i;

        csv_cell(&b, id_print(rq->arena, "pln", line->id), true);
        csv_cell(&b, id_print(rq->arena, "par", line->partner_id), false);
        csv_cell(&b, line->partner_name, false);
        csv_cell(&b, str_empty(line->payout_name) ? line->partner_name : line->payout_name, false);
        csv_cell(&b, line->payout_method, false);
        csv_cell(&b, line->payout_account, false);
        csv_number(&b, amount_decimal(rq->arena, payout_pays(line)), false);
        csv_cell(&b, str_of(payout_pays(line).currency.code), false);
        csv_cell(&b,
            str_printf(rq->arena, "TRB-%" PRI_STR,
                STR_ARG(str_from(id_print(rq->arena, "pln", line->id), 4))),
            false);
        csv_cell(&b, str_of(payout_line_status_names[line->status]), false);
        csv_end(&b);
    }
    return reply_file(rp, "text/csv; charset=utf-8",
        str_printf(rq->arena, "payout-%" PRI_STR ".csv", STR_ARG(id)), buf_str(&b));
}

/* ---- tables
 * -----------------------------------------------------------------------------------------------
 */

static err count_open(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = true;
    return db_int(rq->db, &PAYOUT_OPEN_COUNT, PARAMS(P("program_id", rq->program_id)), out);
}

/* clang-format off */
#define MONEY "(amount:integer currency:string)"
#define ITEM "(commission_id:string conversion_id:string order_id:string kind:string occurred_at:string at:string reason:string " \
    "counted:" MONEY " amount:" MONEY ")"
#define LINE "account_masked:string fingerprint:string items:[" ITEM "] taken_up:[" ITEM "]"

const struct route payout_routes[] = {
    /* method path                              shown on      needs         handler         page */
    { GET,  "/payouts",                         API | MANAGE, PAYOUTS_READ, payout_index,   "payout/list", ROUTE_CSV,
      .gives = &payout_fields, .summary = "Batches, newest first" },
    { GET,  "/payouts/new",                     MANAGE,       PAYOUTS_READ, payout_preview, "payout/preview" },
    { POST, "/payouts",                         API | MANAGE, PAYOUTS_WRITE, payout_create, "payout/preview", ROUTE_MONEY,
      .takes = &form_fields, .gives = &payout_fields, .also = "lines:[payout_line]",
      .summary = "Make a batch of all that was payable at the cut-off, above the minimum, after taking up negatives", .statuses = "201" },
    { GET,  "/payouts/{id}",                    API | MANAGE, PAYOUTS_READ, payout_show,    "payout/show", 0,
      .gives = &payout_fields, .also = "lines:[payout_line]",
      .summary = "One batch with its lines" },
    { GET,  "/payouts/{id}/file",               API | MANAGE, PAYOUTS_READ, payout_file,    NULL, ROUTE_BARE,
      .summary = "The file for the bank: ?format=csv" },
    { POST, "/payouts/{id}/lines/{line}/paid",  API | MANAGE, PAYOUTS_WRITE, line_paid,     "payout/show", ROUTE_MONEY,
      .gives = &payout_fields, .also = "lines:[payout_line]",
      .summary = "One line was paid", .statuses = "200 409" },
    { POST, "/payouts/{id}/lines/{line}/failed", API | MANAGE, PAYOUTS_WRITE, line_failed,  "payout/show", ROUTE_MONEY,
      .takes = &failing_fields, .gives = &payout_fields, .also = "lines:[payout_line]",
      .summary = "One line failed: its commissions are payable again", .statuses = "200 409" },
    { POST, "/payouts/{id}/paid",               API | MANAGE, PAYOUTS_WRITE, payout_paid,   "payout/show", ROUTE_MONEY,
      .gives = &payout_fields, .also = "lines:[payout_line]",
      .summary = "Every line that waits was paid", .statuses = "200 409" },
    { GET,  "/receivables",                     API | MANAGE, PAYOUTS_READ, receivable_index, "payout/receivables", ROUTE_CSV,
      .gives = &receivable_fields, .summary = "What partners owe: taken back after payment, and more than all that waits for them" },
    { GET,  "/statements",                      API | PORTAL, PAYOUTS_READ, statement_index, "payout/statements", ROUTE_CSV,
      .gives = &payout_line_fields, .also = LINE, .summary = "Payout lines of a partner" },
    { GET,  "/statements/{id}",                 API | MANAGE | PORTAL, PAYOUTS_READ, statement_show, "payout/statement", ROUTE_CSV,
      .gives = &payout_line_fields, .also = LINE, .query = "known_at", .summary = "The statement of one line: what is behind each figure, also as it was known at a past time" },
    { 0 },
};

static const struct nav_item payout_nav[] = {
    { MANAGE, N_("Money"), N_("Payouts"),    "/payouts",    "bank",      PAYOUTS_READ, 3, count_open },
    { PORTAL, NULL,        N_("Statements"), "/statements", "statement", PAYOUTS_READ, 6, NULL },
    { 0 },
};
/* clang-format on */

const struct room payout_room = {
    .name = "payout",
    .routes = payout_routes,
    .migrations = payout_migrations,
    .nav = payout_nav,
};
