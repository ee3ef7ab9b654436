/* Payouts: a batch per currency and cut-off, one line per partner; statements that show what is
 * behind each figure; the file for the bank. The commission room moves the money; here is who gets
 * which line and when. */
#pragma once

#include "base/amount.h"
#include "base/field.h"
#include "base/instant.h"
#include "rooms/commission/commission.h"
#include "rooms/room.h"
#include "store/store.h"

enum payout_line_status { LINE_PENDING, LINE_PAID, LINE_FAILED };
extern const char *const payout_line_status_names[];

enum payout_status {
    PAYOUT_EMPTY,  /* nothing was payable: kept as the answer to the call that made it */
    PAYOUT_OPEN,   /* lines wait to be paid */
    PAYOUT_PAID,   /* every line is settled, at least one paid */
    PAYOUT_FAILED, /* every line failed */
};
extern const char *const payout_status_names[];

struct payout {
    int64_t id, program_id;
    currency currency;
    instant cutoff;
    int64_t minimum;
    instant created_at;
    str created_by;
    /* sums over its lines: */
    int64_t line_count, amount, paid_amount, failed_amount, pending_count;
    struct currency pay_in; /* none: its own currency */
    int64_t pay_amount;     /* what goes out, in it */
    enum payout_status status;
};
extern const struct fields payout_fields;

struct payout_line {
    int64_t id, program_id, payout_id, partner_id;
    currency currency;
    int64_t commissions, gross, carried, amount;
    enum payout_line_status status;
    str reason;
    str payout_method, payout_account, payout_name,
        tax_id; /* as they were when the line was made */
    str partner_name;
    instant settled_at, created_at;
    str settled_by;
    str program_name, contact_email, website; /* as they were then; none on older lines */
    int64_t terms_version;
    struct currency pay_currency; /* none: its own */
    int64_t pay_amount;
    str rate; /* at which, and of which day */
    instant rate_day;
    instant cutoff; /* of the batch, by join */
};
extern const struct fields payout_line_fields;

extern const struct err PAYOUT_NOT_FOUND; /* 404 */
extern const struct err LINE_NOT_FOUND;   /* 404 */
extern const struct err PAY_IN;           /* 422: only the programme's own currency */
extern const struct err LINE_STATE;       /* 409: settled otherwise already */

/* Whom a batch would pay, and whom not. Pure reading: the preview and the batch come from the same
 * rows. */
enum payout_skip { SKIP_NONE, SKIP_BELOW_MINIMUM, SKIP_NEGATIVE, SKIP_SUSPENDED };
extern const char *const payout_skip_names[];
struct payout_plan_line {
    struct commission_due due;
    amount pays; /* what goes out */
    enum payout_skip skip;
    bool no_account;      /* he has not said yet where to */
    bool account_changed; /* since his last paid line */
    str partner_name, payout_method, payout_account, payout_name, tax_id, website;
};
struct payout_plan {
    struct payout_plan_line *lines;
    size_t count;
    int64_t minimum;
    int64_t commissions, gross, carried, amount; /* of those that would be paid */
    size_t paid_count, skipped_count;
    int64_t skipped; /* net of those below the minimum */
    bool is_exchanged;
    struct exchange_rate rate; /* when it is: rate and day */
    amount pays;               /* sum of what goes out */
};
struct payout_order {
    int64_t id; /* id_new(), made before the write */
    int64_t program_id;
    currency currency;
    struct currency pay_in; /* none: the same; else the programme's own */
    instant cutoff;
    str by;
    const struct who *who;
    str address;
    int64_t audit_id;
};
MUST_CHECK err payout_planned(struct db *, const struct payout_order *, struct payout_plan *out);
/* Inside a write: takes what is due into lines. Run twice pays once: the second batch is empty. */
MUST_CHECK err payout_make(
    struct db *, const struct ledger_act *, const struct payout_order *, struct payout *out);

struct payout_settling {
    int64_t program_id, payout_id;
    int64_t line_id; /* 0: every line that waits */
    enum payout_line_status to;
    str reason;
    str by;
    const struct who *who;
    str address;
    int64_t audit_id;
};
/* Inside a write. The same again changes nothing. */
MUST_CHECK err payout_settle(
    struct db *, const struct ledger_act *, const struct payout_settling *);

MUST_CHECK err payout_find(
    struct db *, int64_t program_id, int64_t partner_id, int64_t id, struct payout *out);
/* Rows of struct payout_line. partner_id 0: all. */
MUST_CHECK err payout_lines(
    struct db *, int64_t program_id, int64_t payout_id, int64_t partner_id, struct list *out);

extern const struct room payout_room;
