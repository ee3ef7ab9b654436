/* The books: accounts, entries, postings, balances. Double entry, append-only; every balance is a
 * sum of postings and nothing else. Only this room writes postings, and only ledger_post() moves
 * money. Chart of accounts with a worked example per event: docs/LEDGER.md. */
#pragma once

#include "base/amount.h"
#include "base/env.h"
#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

/* What an account holds. Every account belongs to one programme, partner, currency and mode (live
 * or test). */
enum ledger_kind {
    LEDGER_EXPENSE,   /* what commissions cost the programme; debit side */
    LEDGER_PENDING,   /* owed, inside the hold period */
    LEDGER_HELD,      /* owed, stopped by hand or by a mark until released */
    LEDGER_PAYABLE,   /* owed and due at the next payout */
    LEDGER_IN_PAYOUT, /* owed, in a payout line that is not settled yet */
    LEDGER_CARRIED,   /* the negative side: what the partner owes back, to be taken up by the next
                         payout */
    LEDGER_PAID,      /* gone out to the partner */
    LEDGER_EXCHANGE,  /* between two currencies, where a line is paid in another than it was earned
                         in */
    LEDGER_KINDS,
};
extern const char *const ledger_kind_names[]; /* "expense", "pending", … */

/* On whose behalf the books move. */
struct ledger_act {
    const struct env *env; /* where new ids come from */
    instant at;            /* when it is booked: the "now" of the request or job */
    str actor;             /* "person:per_…", "key:key_…", "clock", "shop": shown in trails */
};

/* Half a movement. Debit is positive, credit negative, minor units. */
struct ledger_posting {
    enum ledger_kind account;
    int64_t partner_id;
    amount amount;
};

struct ledger_entry {
    int64_t id; /* 0: ledger_post makes one */
    int64_t program_id;
    str key;  /* unique: "accrue:com_…", "refund:rfd_…:com_…" */
    str kind; /* "accrue", "mature", "hold", "release", "decline", "refund", "payout_line", … */
    instant at;
    str cause_type;        /* "conversion", "refund", "payout_line", "person", "clock" */
    int64_t cause_id;      /* 0: none */
    int64_t commission_id; /* 0: none (payout lines move many) */
    str actor, memo;
    bool is_test; /* an entry never mixes test and live accounts */
    bool is_first; /* its key names what this write makes: nothing can stand under it yet */
};

struct ledger_posted {
    int64_t entry_id;
    bool already; /* the same key with the same postings stood there before */
};

extern const struct err LEDGER_CONFLICT;   /* 409: the key stands with other postings */
extern const struct err LEDGER_UNBALANCED; /* internal: postings of an entry do not sum to zero */

/* Posts an entry: two or more postings that sum to zero per currency. Zero postings are left out;
 * an entry of nothing but zeros is not made (entry_id 0). Call inside a write. entry->at and actor
 * come from `act`. The same key again with the same postings is an answer (already), with others
 * LEDGER_CONFLICT. */
MUST_CHECK err ledger_post(struct db *, const struct ledger_act *act,
    const struct ledger_entry *entry, const struct ledger_posting *postings, size_t count,
    struct ledger_posted *out);

/* The exact reversal of an entry, under a key and kind of its own. */
MUST_CHECK err ledger_reverse(struct db *, const struct ledger_act *act, str key_of_entry,
    const struct ledger_entry *reversal, struct ledger_posted *out);

/* Whose balance. `until` none: now; otherwise as it was known at that instant. */
struct ledger_whose {
    int64_t program_id;
    int64_t partner_id; /* 0: all partners of the programme together */
    bool is_test;
    instant until;
};

/* Per currency; liabilities are printed positive, carried ≤ 0. */
struct ledger_balance {
    currency currency;
    int64_t pending, payable, held, carried, in_payout, paid;
};
extern const struct fields ledger_balance_fields;

/* One struct ledger_balance per currency that ever moved, in the order of codes. */
MUST_CHECK err ledger_balances(struct db *, const struct ledger_whose *, struct list *out);
/* As an object keyed by currency: {"EUR": {"pending": 995, …}}; pages also get a list `balances`.
 */
MUST_CHECK err ledger_balance_view(struct db *, const struct ledger_whose *, struct view *into);

/* The balance of one partner and currency; zeros when nothing moved. */
MUST_CHECK err ledger_balance_of(
    struct db *, const struct ledger_whose *, currency, struct ledger_balance *out);

/* Entries with their postings, oldest first: a line per posting. */
struct ledger_line {
    int64_t entry_id, program_id, commission_id, cause_id, partner_id;
    str key, kind, cause_type, actor, memo;
    instant at;
    int32_t line;
    enum ledger_kind account;
    currency currency;
    int64_t amount;
};
extern const struct fields ledger_line_fields;
/* Every entry that moved this commission, also as part of a payout line. */
MUST_CHECK err ledger_lines_of_commission(
    struct db *, int64_t program_id, int64_t commission_id, struct list *out);
MUST_CHECK err ledger_lines_of_cause(
    struct db *, int64_t program_id, str cause_type, int64_t cause_id, struct list *out);
/* {"entries": [{id, kind, at, memo, postings: [{account, debit, credit, currency}]}]} */
void ledger_lines_view(struct view *into, const char *name, const struct list *lines);

/* ?known_at= of a request: an instant, or a day, whose end in the reader's zone is meant; none when
 * it is absent. Errors: 422 known_at. */
MUST_CHECK err ledger_known_at(struct request *, instant *out);

/* The person or key that calls, now. */
struct ledger_act ledger_act_of(struct request *);

extern const struct room ledger_room;
