/* Statements: one payout line with everything behind its figure, as page, JSON and CSV. Made from
 * rows that are never changed: printed again it is the same to the byte. */
#include "rooms/payout/payout_inside.h"

#include <inttypes.h>

#include "base/secret.h"
#include "http/csv.h"
#include "rooms/partner/partner.h"
#include "rooms/payout/payout.sql.h"
#include "rooms/program/program.h"

err statement_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    return reply_listing(rp, &PAYOUT_LINE_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("payout_id", 0),
            param_ref("partner_id", rq->partner_id), param_ref("id", 0)),
        &payout_line_fields, NULL);
}

/* A statement is the partner's: of a recruiter's part, the order is another's. */
static bool is_anothers(const struct commission_line_item *item)
{
    return item->kind == COMMISSION_BONUS && item->conversion_id;
}

static err statement_csv(
    struct request *rq, struct reply *rp, const struct payout_line *line, const struct list *items)
{
    static const char *const head[] = { "commission", "order", "kind", "sold", "counted",
        "counted_currency", "amount", "currency", "reason" };
    struct buf b = buf_new(rq->arena);
    str id = id_print(rq->arena, "pln", line->id);

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_cell(&b, str_of(head[i]), i == 0);
    csv_end(&b);
    for (size_t i = 0; i < items->count; i++) {
        const struct commission_line_item *item = (struct commission_line_item *)items->at + i;

        csv_cell(&b, id_print(rq->arena, "com", item->commission_id), true);
        csv_cell(&b, is_anothers(item) ? STR_NONE : item->order_id, false);
        csv_cell(
            &b, str_of(item->carry_id ? "taken_up" : commission_kind_names[item->kind]), false);
        csv_cell(
            &b, instant_print(rq->arena, item->carry_id ? item->at : item->occurred_at), false);
        csv_number(&b,
            amount_decimal(rq->arena, (amount){ item->base_amount, item->base_currency }), false);
        csv_cell(&b, str_of(item->base_currency.code), false);
        csv_number(&b, amount_decimal(rq->arena, (amount){ item->amount, item->currency }), false);
        csv_cell(&b, str_of(item->currency.code), false);
        csv_cell(&b, item->reason, false);
        csv_end(&b);
    }
    if (!currency_none(line->pay_currency)) {
        csv_cell(&b, STR("rate"), true);
        for (int i = 0; i < 5; i++)
            csv_cell(&b, i == 2 ? instant_print_date(rq->arena, line->rate_day) : STR(""), false);
        csv_number(&b, line->rate, false);
        csv_cell(&b, str_of(line->pay_currency.code), false);
        csv_cell(&b, STR(""), false);
        csv_end(&b);
    }
    csv_cell(&b, STR("total"), true);
    for (int i = 0; i < 5; i++)
        csv_cell(&b, STR(""), false);
    csv_number(&b, amount_decimal(rq->arena, payout_pays(line)), false);
    csv_cell(&b, str_of(payout_pays(line).currency.code), false);
    csv_cell(&b, STR(""), false);
    csv_end(&b);
    return reply_file(rp, "text/csv; charset=utf-8",
        str_printf(rq->arena, "statement-%" PRI_STR ".csv", STR_ARG(id)), buf_str(&b));
}

/* A number that the reader can compare between two prints: over every figure of the statement. */
static str fingerprint(
    struct arena *arena, const struct payout_line *line, const struct list *items)
{
    struct buf b = buf_new(arena);

    buf_printf(&b, "%" PRId64 " %" PRId64 " %s %" PRId64 "\n", line->id, line->partner_id,
        line->currency.code, line->amount);
    if (!currency_none(line->pay_currency))
        buf_printf(&b, "%" PRId64 " %s %" PRI_STR "\n", line->pay_amount, line->pay_currency.code,
            STR_ARG(line->rate));
    for (size_t i = 0; i < items->count; i++) {
        const struct commission_line_item *item = (struct commission_line_item *)items->at + i;

        buf_printf(&b, "%" PRId64 " %" PRId64 " %" PRId64 "\n", item->commission_id, item->carry_id,
            item->amount);
    }
    return str_first(secret_hash(arena, buf_str(&b)), 16);
}

static void show_items(struct view *v, const struct list *items, const struct payout_line *line)
{
    struct view *commissions = view_list(v, "items"), *negatives = view_list(v, "taken_up");
    int64_t base = 0;
    bool one_currency = true;

    for (size_t i = 0; i < items->count; i++) {
        const struct commission_line_item *item = (struct commission_line_item *)items->at + i;
        struct view *row = view_item(item->carry_id ? negatives : commissions);

        view_id(row, "commission_id", "com", item->commission_id);
        view_id(row, "conversion_id", "cnv", is_anothers(item) ? 0 : item->conversion_id);
        view_str(row, "order_id", is_anothers(item) ? STR_NONE : item->order_id);
        view_enum(row, "kind", commission_kind_names, item->kind);
        view_instant(row, "occurred_at", item->occurred_at);
        view_instant(row, "at", item->at);
        view_str(row, "reason", item->reason);
        view_money(row, "counted", (amount){ item->base_amount, item->base_currency });
        view_money(row, "amount", (amount){ item->amount, item->currency });
        if (!item->carry_id && item->base_amount) {
            one_currency = one_currency && currency_eq(item->base_currency, line->currency);
            base += item->base_amount;
        }
    }
    if (one_currency)
        view_money(view_page(v), "counted", (amount){ base, line->currency });
}

/* As it was known then: a line that was not made yet is not there. */
static err look_back(struct request *rq, struct payout_line *line)
{
    struct payout_line then = { 0 };
    instant known_at;
    bool found;

    TRY(ledger_known_at(rq, &known_at));
    if (instant_none(known_at))
        return NULL;
    if (line->created_at.ms > known_at.ms)
        return &LINE_NOT_FOUND;
    TRY(db_one(rq->db, &PAYOUT_LINE_EVENT_AT,
        PARAMS(P("program_id", line->program_id), P("line_id", line->id), P("until", known_at)),
        &payout_line_fields, &then, &found));
    line->status = found ? then.status : LINE_PENDING;
    line->reason = then.reason;
    line->settled_at = then.settled_at;
    line->settled_by = then.settled_by;
    return NULL;
}

/* Lines from before these were kept with them. */
static err fill_frame(struct request *rq, const struct program *program, struct payout_line *line)
{
    struct partner partner = { 0 };
    struct program_terms terms = { 0 };

    if (line->program_name.at)
        return NULL;
    TRY(partner_get(rq->db, rq->program_id, line->partner_id, &partner));
    TRY(program_terms_at(rq->db, program->id, line->created_at, &terms));
    line->program_name = program->name;
    line->contact_email = program->contact_email;
    line->website = partner.website;
    line->terms_version = terms.version;
    return NULL;
}

err statement_show(struct request *rq, struct reply *rp)
{
    struct payout_line line = { 0 };
    struct program program = { 0 };
    struct list items = { 0 };
    struct view *v = reply_view(rp);
    int64_t id;

    TRY(program_of_request(rq, &program));
    TRY(request_param_id(rq, "id", "pln", &id));
    TRY(db_get(rq->db, &PAYOUT_LINE_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("payout_id", 0),
            param_ref("partner_id", rq->partner_id), P("id", id)),
        &payout_line_fields, &line, &LINE_NOT_FOUND));
    TRY(look_back(rq, &line));
    TRY(fill_frame(rq, &program, &line));
    TRY(commission_of_line(rq->db, rq->program_id, line.id, &items));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return statement_csv(rq, rp, &line, &items);
    view_record(v, NULL, &payout_line_fields, &line);
    view_str(v, "account_masked", payout_mask(rq->arena, line.payout_account));
    view_str(v, "fingerprint", fingerprint(rq->arena, &line, &items));
    show_items(v, &items, &line);
    v = view_page(v);
    view_words(v, "method_words", partner_method_words(line.payout_method));
    view_str(v, "program_name", line.program_name);
    view_str(v, "contact_email", line.contact_email);
    view_str(v, "website", line.website);
    view_int(v, "terms_version", line.terms_version);
    view_bool(v, "has_carried", line.carried != 0);
    view_bool(v, "is_exchanged", !currency_none(line.pay_currency));
    view_money(v, "pays", payout_pays(&line));
    view_str(v, "reference",
        str_printf(
            rq->arena, "TRB-%" PRI_STR, STR_ARG(str_from(id_print(rq->arena, "pln", line.id), 4))));
    view_int(v, "commissions_count", line.commissions);
    view_bool(v, "is_portal", rq->surface == PORTAL);
    if (rq->surface == MANAGE)
        rp->page = "payout/statement_console";
    view_text(v, "base", rq->surface == PORTAL ? "/portal" : "/manage");
    return NULL;
}
