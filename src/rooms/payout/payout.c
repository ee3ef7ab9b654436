/* Rules and field tables of payouts: who is taken into a batch, and who waits. No SQL, no clock. */
#include "rooms/payout/payout.h"

#include "rooms/payout/payout_inside.h"

const char *const payout_line_status_names[] = { "pending", "paid", "failed", NULL };
const char *const payout_status_names[] = { "empty", "open", "paid", "failed", NULL };
const char *const payout_skip_names[] = { "none", "below_minimum", "negative", "suspended", NULL };

const struct err PAYOUT_NOT_FOUND = { ERR_NOT_FOUND, "payout_not_found",
    N_("There is no such payout."), NULL };
const struct err LINE_NOT_FOUND = { ERR_NOT_FOUND, "line_not_found",
    N_("There is no such payout line."), NULL };
const struct err PAY_IN = { ERR_INVALID, "pay_in",
    N_("Foreign commissions are paid in their own currency or in the programme’s."), "pay_in" };
const struct err LINE_STATE = { ERR_CONFLICT, "line_state",
    N_("This line failed already; its commissions are payable again and come with the next "
       "payout."),
    NULL };

/* clang-format off */
static const struct field payout_list[] = {
    FIELD_ID(payout, id, "pay"),
    FIELD_ID(payout, program_id, "prg"),
    FIELD(payout, currency,      .flags = FIELD_REQUIRED | FIELD_FILTER, .help = "A batch pays one currency."),
    FIELD(payout, cutoff,        .flags = FIELD_REQUIRED | FIELD_SORT, .help = "Takes what was payable by then."),
    FIELD_MONEY(payout, minimum, "currency", .help = "Smaller sums wait."),
    FIELD(payout, status,        .flags = FIELD_FILTER, .names = payout_status_names),
    FIELD(payout, line_count),
    FIELD(payout, pending_count),
    FIELD_MONEY(payout, amount, "currency"),
    FIELD_MONEY(payout, paid_amount, "currency"),
    FIELD_MONEY(payout, failed_amount, "currency"),
    FIELD(payout, pay_in,        .help = "Paid in this currency instead, by the rate of the cut-off."),
    FIELD_MONEY(payout, pay_amount, "pay_in"),
    FIELD(payout, created_at,    .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(payout, created_by),
};
const struct fields payout_fields = FIELDS(payout_list, payout);

static const struct field line_list[] = {
    FIELD_ID(payout_line, id, "pln"),
    FIELD_ID(payout_line, program_id, "prg"),
    FIELD_ID(payout_line, payout_id, "pay"),
    FIELD_ID(payout_line, partner_id, "par", .flags = FIELD_FILTER),
    FIELD(payout_line, partner_name),
    FIELD(payout_line, currency),
    FIELD(payout_line, commissions, .help = "How many commissions are in the line."),
    FIELD_MONEY(payout_line, gross, "currency", .help = "Their sum."),
    FIELD_MONEY(payout_line, carried, "currency", .help = "Taken up from refunds after payment; 0 or negative."),
    FIELD_MONEY(payout_line, amount, "currency", .help = "What is paid: gross + carried."),
    FIELD(payout_line, pay_currency, .help = "When it is paid in another currency: in which."),
    FIELD_MONEY(payout_line, pay_amount, "pay_currency", .help = "What goes out then."),
    FIELD(payout_line, rate,        .help = "At which rate, a decimal."),
    FIELD(payout_line, rate_day,    .help = "Of which day."),
    FIELD(payout_line, status,      .flags = FIELD_FILTER, .names = payout_line_status_names),
    FIELD(payout_line, reason),
    FIELD(payout_line, payout_method),
    FIELD(payout_line, payout_account, .flags = FIELD_SECRET),
    FIELD(payout_line, payout_name),
    FIELD(payout_line, tax_id,      .flags = FIELD_SECRET),
    FIELD(payout_line, settled_at),
    FIELD(payout_line, settled_by),
    FIELD(payout_line, program_name,  .flags = FIELD_SECRET),
    FIELD(payout_line, contact_email, .flags = FIELD_SECRET),
    FIELD(payout_line, website,       .flags = FIELD_SECRET),
    FIELD(payout_line, terms_version, .flags = FIELD_SECRET),
    FIELD(payout_line, created_at),
    FIELD(payout_line, cutoff),
};
const struct fields payout_line_fields = FIELDS(line_list, payout_line);
/* clang-format on */

enum payout_skip payout_judge(
    const struct commission_due *due, amount pays, int64_t minimum, bool is_suspended)
{
    if (due->net <= 0)
        return SKIP_NEGATIVE;
    if (pays.minor <= 0 || pays.minor < minimum)
        return SKIP_BELOW_MINIMUM;
    return is_suspended ? SKIP_SUSPENDED : SKIP_NONE;
}

void payout_sum(struct payout_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct payout_plan_line *line = &plan->lines[i];

        if (line->skip != SKIP_NONE) {
            plan->skipped_count++;
            plan->skipped += line->due.net;
            continue;
        }
        plan->paid_count++;
        plan->commissions += line->due.commissions;
        plan->gross += line->due.gross;
        plan->carried += line->due.carried;
        plan->amount += line->due.net;
        plan->pays.minor += line->pays.minor;
    }
}
