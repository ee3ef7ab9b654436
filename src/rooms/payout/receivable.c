/* What partners owe: negatives that nothing waiting for them can take up. Most are made up by the
 * next sales; those of partners who have left are to be asked for, or given up. */
#include "rooms/payout/payout_inside.h"

#include "rooms/partner/partner.h"
#include "rooms/payout/payout.sql.h"
#include "rooms/program/program.h"

struct receivable {
    int64_t id, program_id, partner_id;
    str partner_name, email;
    enum partner_status partner_status;
    bool has_left; /* not approved any more */
    currency currency;
    int64_t carried, waiting, owed;
};

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(receivable,    id, "acc"),
    FIELD_ID(receivable,    program_id, "prg"),
    FIELD_ID(receivable,    partner_id, "par", .flags = FIELD_FILTER),
    FIELD(receivable,       partner_name,   .flags = FIELD_SORT),
    FIELD(receivable,       email),
    FIELD(receivable,       partner_status, .flags = FIELD_FILTER, .names = partner_status_names),
    FIELD(receivable,       has_left,       .flags = FIELD_FILTER, .help = "Suspended or rejected: nothing more will come to take it up."),
    FIELD(receivable,       currency,       .flags = FIELD_FILTER),
    FIELD_MONEY(receivable, carried,        "currency", .help = "Taken back after payment and not taken up yet; negative."),
    FIELD_MONEY(receivable, waiting,        "currency", .help = "Pending, held and payable: takes it up in time."),
    FIELD_MONEY(receivable, owed,           "currency", .flags = FIELD_SORT, .help = "What is left to be paid back."),
};
const struct fields receivable_fields = FIELDS(list, receivable);
/* clang-format on */

err receivable_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    return reply_listing(rp, &PAYOUT_RECEIVABLES,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id)),
        &receivable_fields, NULL);
}
