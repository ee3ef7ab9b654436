/* Planning, making and settling batches. */
#include "rooms/payout/payout_inside.h"

#include <inttypes.h>

#include "base/id.h"
#include "rooms/audit/audit.h"
#include "rooms/message/message.h"
#include "rooms/partner/partner.h"
#include "rooms/payout/payout.sql.h"
#include "rooms/program/program.h"

amount payout_pays(const struct payout_line *line)
{
    return currency_none(line->pay_currency) ? (amount){ line->amount, line->currency }
                                             : (amount){ line->pay_amount, line->pay_currency };
}

static err last_account(
    struct db *db, int64_t program_id, int64_t partner_id, struct payout_line *out, bool *found)
{
    return db_one(db, &PAYOUT_LAST_ACCOUNT,
        PARAMS(P("program_id", program_id), P("partner_id", partner_id)), &payout_line_fields, out,
        found);
}

static err plan_line(struct db *db, const struct payout_order *order,
    const struct payout_plan *plan, const struct commission_due *due, struct payout_plan_line *out)
{
    struct partner partner = { 0 };
    struct payout_line last = { 0 };
    amount pays = { due->net, due->currency };
    bool found;

    if (plan->is_exchanged)
        TRY(exchange_convert(pays, order->pay_in, plan->rate.rate_e12, &pays));
    TRY(partner_get(db, order->program_id, due->partner_id, &partner));
    TRY(last_account(db, order->program_id, due->partner_id, &last, &found));
    *out = (struct payout_plan_line){ .due = *due,
        .pays = pays,
        .skip = payout_judge(due, pays, plan->minimum, partner.status == PARTNER_SUSPENDED),
        .no_account = str_empty(partner.payout_account),
        .account_changed = found && !str_eq(last.payout_account, partner.payout_account),
        .partner_name = partner.name,
        .payout_method = partner.payout_method,
        .payout_account = partner.payout_account,
        .payout_name = partner.payout_name,
        .website = partner.website,
        .tax_id = partner.tax_id };
    return NULL;
}

/* Paid in the programme's own currency: by the rate that was in force at the cut-off. */
static err plan_rate(struct db *db, const struct payout_order *order, const struct program *program,
    struct payout_plan *plan)
{
    bool found;

    plan->pays.currency = order->currency;
    if (currency_none(order->pay_in) || currency_eq(order->pay_in, order->currency))
        return NULL;
    if (!currency_eq(order->pay_in, program->currency))
        return &PAY_IN;
    TRY(exchange_at(db, order->program_id, order->currency, order->cutoff, &plan->rate, &found));
    plan->is_exchanged = true;
    plan->pays.currency = order->pay_in;
    return found ? NULL : &RATE_MISSING;
}

err payout_planned(struct db *db, const struct payout_order *order, struct payout_plan *out)
{
    struct commission_due_query query = {
        .program_id = order->program_id, .currency = order->currency, .cutoff = order->cutoff
    };
    struct program program = { 0 };
    struct list due = { 0 };

    TRY(program_get(db, order->program_id, &program));
    TRY(commission_due(db, &query, &due));
    *out = (struct payout_plan){ .count = due.count,
        .lines = ARENA_ARRAY(db_arena(db), struct payout_plan_line, due.count),
        /* The minimum is a sum of the programme's currency: it cannot be held against another. */
        .minimum = currency_eq(program.currency, order->currency) ||
                           currency_eq(program.currency, order->pay_in)
                       ? program.minimum_payout
                       : 0 };
    TRY(plan_rate(db, order, &program, out));
    for (size_t i = 0; i < due.count; i++)
        TRY(plan_line(db, order, out, (struct commission_due *)due.at + i, &out->lines[i]));
    payout_sum(out);
    return NULL;
}

/* What every statement of a batch says. */
struct frame {
    struct program program;
    struct program_terms terms;
    const struct exchange_rate *rate; /* null: paid in its own currency */
};

static err make_line(struct db *db, const struct ledger_act *act, const struct payout_order *order,
    const struct frame *frame, const struct payout_plan_line *planned)
{
    struct commission_due taken = { 0 };
    struct payout_line line = { .id = id_new(act->env),
        .program_id = order->program_id,
        .payout_id = order->id,
        .partner_id = planned->due.partner_id,
        .currency = order->currency,
        .status = LINE_PENDING,
        .payout_method = planned->payout_method,
        .payout_account = planned->payout_account,
        .payout_name = planned->payout_name,
        .tax_id = planned->tax_id,
        .partner_name = planned->partner_name,
        .program_name = frame->program.name,
        .contact_email = frame->program.contact_email,
        .website = planned->website,
        .terms_version = frame->terms.version,
        .created_at = act->at };
    struct commission_take take = { .program_id = order->program_id,
        .partner_id = line.partner_id,
        .payout_id = order->id,
        .line_id = line.id,
        .currency = order->currency,
        .cutoff = order->cutoff,
        .rate = frame->rate,
        .pay_currency = order->pay_in };

    TRY(commission_take_into_payout(db, act, &take, &taken));
    line.commissions = taken.commissions;
    line.gross = taken.gross;
    line.carried = taken.carried;
    line.amount = taken.net;
    if (frame->rate) {
        struct commission_pays pays;
        TRY(commission_pays(db, line.program_id, line.id, &pays));
        line.pay_currency = pays.amount.currency;
        line.pay_amount = pays.amount.minor;
        line.rate = pays.rate;
        line.rate_day = pays.rate_day;
    }
    return db_put(db, &PAYOUT_LINE_INSERT, &payout_line_fields, &line);
}

/* What is due by now is payable now: a batch does not wait for the clock's next round. */
static err mature_all(struct db *db, const struct ledger_act *act)
{
    enum { AT_ONCE = 500 };
    int64_t count;

    do
        TRY(commission_mature(db, act, AT_ONCE, &count));
    while (count == AT_ONCE);
    return NULL;
}

err payout_make(struct db *db, const struct ledger_act *act, const struct payout_order *order,
    struct payout *out)
{
    struct payout_plan plan = { 0 };
    struct payout row = { .id = order->id,
        .program_id = order->program_id,
        .currency = order->currency,
        .cutoff = order->cutoff,
        .created_at = act->at,
        .created_by = order->by };
    struct frame frame = { 0 };
    int64_t changes;

    TRY(mature_all(db, act));
    TRY(program_get(db, order->program_id, &frame.program));
    TRY(program_terms_at(db, order->program_id, act->at, &frame.terms));
    TRY(payout_planned(db, order, &plan));
    frame.rate = plan.is_exchanged ? &plan.rate : NULL;
    row.minimum = plan.minimum;
    row.pay_in = plan.is_exchanged ? order->pay_in : (currency){ 0 };
    TRY(db_run(db, &PAYOUT_INSERT, NO_PARAMS, &payout_fields, &row, &changes));
    if (changes == 0) /* the same call once more after a crash */
        return payout_find(db, order->program_id, 0, order->id, out);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.lines[i].skip == SKIP_NONE)
            TRY(make_line(db, act, order, &frame, &plan.lines[i]));
    TRY(audit_write(db, &(struct audit_entry){ .id = order->audit_id,
                            .program_id = order->program_id,
                            .who = order->who,
                            .action = "payout.make",
                            .object = "pay",
                            .object_id = order->id,
                            .address = order->address,
                            .after = str_printf(db_arena(db),
                                "{\"lines\":%zu,\"amount\":%" PRId64 ",\"currency\":\"%s\"}",
                                plan.paid_count, plan.amount, order->currency.code),
                            .at = act->at }));
    TRY(announce(db, "payout.made", order->program_id, order->id));
    return payout_find(db, order->program_id, 0, order->id, out);
}

static const char *const paid_words[] = { N_("We have sent you {amount}."),
    N_("The statement shows every commission in it, and what was taken up from refunds."), NULL };
static const char *const failed_words[] = {
    N_("Our payment of {amount} did not go through: {reason}"),
    N_("The amount is payable again and comes with the next payment. Please check the account "
       "under “Profile and payment”."),
    NULL
};
static const struct mail_text mail_paid = { "payout.paid", N_("{program} has paid you {amount}"),
    paid_words, NULL, false };
static const struct mail_text mail_failed = { "payout.failed",
    N_("A payment of {program} did not go through"), failed_words, NULL, false };

static err write_to_partner(struct db *db, const struct ledger_act *act,
    const struct payout_settling *s, const struct payout_line *line)
{
    struct partner partner = { 0 };
    struct program program = { 0 };
    const struct lang *lang;
    str sum;

    TRY(partner_get(db, s->program_id, line->partner_id, &partner));
    TRY(program_get(db, s->program_id, &program));
    TRY(message_lang(db, partner.lang, &lang));
    sum = format_money(db_arena(db), lang, payout_pays(line));
    return message_queue(db,
        &(struct message){ .id = id_new(act->env),
            .program_id = s->program_id,
            .to_email = partner.email,
            .to_name = partner.name,
            .lang = partner.lang,
            .text = s->to == LINE_PAID ? &mail_paid : &mail_failed,
            .values = (const struct mail_value[]){ { "program", program.name }, { "amount", sum },
                { "reason", s->reason.at ? s->reason : STR("") }, { NULL, STR_NONE } },
            .now = act->at });
}

static err settle_line(struct db *db, const struct ledger_act *act, const struct payout_settling *s,
    const struct payout_line *line)
{
    if (line->status == s->to)
        return NULL;
    if (line->status == LINE_FAILED)
        return &LINE_STATE;
    if (s->to == LINE_PAID)
        TRY(commission_payout_paid(db, act, s->program_id, line->id));
    else
        TRY(commission_payout_failed(db, act, s->program_id, line->id, s->reason));
    TRY(db_run(db, &PAYOUT_LINE_SETTLE,
        PARAMS(P("program_id", s->program_id), P("id", line->id),
            P("status", payout_line_status_names[s->to]), P("reason", s->reason), P("at", act->at),
            P("by", s->by)),
        NULL, NULL, NULL));
    TRY(db_run(db, &PAYOUT_LINE_EVENT_INSERT,
        PARAMS(P("id", id_new(act->env)), P("program_id", s->program_id), P("line_id", line->id),
            P("status", payout_line_status_names[s->to]), P("reason", s->reason),
            P("settled_at", act->at), P("settled_by", s->by)),
        NULL, NULL, NULL));
    TRY(write_to_partner(db, act, s, line));
    return announce(
        db, s->to == LINE_PAID ? "payout.paid" : "payout.failed", s->program_id, line->id);
}

err payout_settle(struct db *db, const struct ledger_act *act, const struct payout_settling *s)
{
    struct list lines = { 0 };
    size_t settled = 0;

    TRY(db_all(db, &PAYOUT_LINE_LIST,
        PARAMS(P("program_id", s->program_id), P("payout_id", s->payout_id),
            param_ref("partner_id", 0), param_ref("id", s->line_id)),
        &payout_line_fields, &lines));
    if (s->line_id && lines.count == 0)
        return &LINE_NOT_FOUND;
    for (size_t i = 0; i < lines.count; i++) {
        const struct payout_line *line = (struct payout_line *)lines.at + i;

        if (!s->line_id && line->status != LINE_PENDING)
            continue;
        if (line->status != s->to)
            settled++;
        TRY(settle_line(db, act, s, line));
    }
    if (settled == 0)
        return NULL;
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                               .program_id = s->program_id,
                               .who = s->who,
                               .action = s->to == LINE_PAID ? "payout.paid" : "payout.failed",
                               .object = "pay",
                               .object_id = s->payout_id,
                               .address = s->address,
                               .after = str_printf(db_arena(db), "{\"lines\":%zu}", settled),
                               .at = act->at });
}

err payout_find(
    struct db *db, int64_t program_id, int64_t partner_id, int64_t id, struct payout *out)
{
    return db_get(db, &PAYOUT_LIST,
        PARAMS(P("program_id", program_id), param_ref("partner_id", partner_id), P("id", id)),
        &payout_fields, out, &PAYOUT_NOT_FOUND);
}

err payout_lines(
    struct db *db, int64_t program_id, int64_t payout_id, int64_t partner_id, struct list *out)
{
    return db_all(db, &PAYOUT_LINE_LIST,
        PARAMS(P("program_id", program_id), P("payout_id", payout_id),
            param_ref("partner_id", partner_id), param_ref("id", 0)),
        &payout_line_fields, out);
}
