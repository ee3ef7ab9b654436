/* Words, states and reasons of commissions: one table says which move leads where. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"

#include <string.h>

#include "base/arena.h"

const char *const commission_status_names[] = { "pending", "payable", "paid", "reversed",
    "declined", "held", NULL };
const char *const commission_kind_names[] = { "sale", "lead", "bonus", "adjustment",
    "click", NULL };
const char *const commission_place_names[] = { "none", "pending", "held", "payable", "in_payout",
    "paid", "carried", NULL };
const char *const rule_kind_names[] = { "commission", "first_sale", "target", "recruit",
    "partner_cap", "budget", NULL };
const char *const rule_measure_names[] = { "revenue", "orders", NULL };
const char *const rule_period_names[] = { "month", "year", "ever", NULL };
const char *const rule_mode_names[] = { "marginal", "retroactive", NULL };
const char *const rule_per_names[] = { "order", "item", NULL };
const char *const rule_customer_names[] = { "any", "new", "returning", NULL };

const struct err COMMISSION_NOT_FOUND = { ERR_NOT_FOUND, "commission_not_found",
    N_("There is no such commission."), NULL };
const struct err COMMISSION_STATE = { ERR_CONFLICT, "commission_state",
    N_("This is not possible in the state the commission is in."), NULL };
const struct err COMMISSION_BOOKS = { ERR_CONFLICT, "books_differ",
    N_("What a partner’s commissions say is payable is not what the books say, so nothing is paid. "
       "The verification under Books names the difference."),
    NULL };
const struct err COMMISSION_REASON = { ERR_INVALID, "reason_needed",
    N_("Choose a reason from the list; “other” needs a note."), "reason" };

/* clang-format off */
static const struct transition {
    int move;
    enum commission_place from, to;
} transitions[] = {
    { MOVE_APPROVE, PLACE_PENDING, PLACE_PAYABLE },
    { MOVE_MATURE,  PLACE_PENDING, PLACE_PAYABLE },
    { MOVE_HOLD,    PLACE_PENDING, PLACE_HELD    },
    { MOVE_HOLD,    PLACE_PAYABLE, PLACE_HELD    },
    { MOVE_WAIT,    PLACE_PAYABLE, PLACE_PENDING },
    { MOVE_RESUME,  PLACE_PENDING, PLACE_PAYABLE },
    { MOVE_RELEASE, PLACE_HELD,    PLACE_PENDING }, /* payable again when it was before: commission_shift */
    { MOVE_DECLINE, PLACE_PENDING, PLACE_NONE    }, /* final: a mistake is mended by a bonus, with its trail */
    { MOVE_DECLINE, PLACE_HELD,    PLACE_NONE    },
    { MOVE_DECLINE, PLACE_PAYABLE, PLACE_NONE    },
};

static const struct reason {
    const char *code, *words;
} reasons[] = {
    { "duplicate",  N_("Counted before") },
    { "fraud",      N_("Fraud") },
    { "cancelled",  N_("The order was cancelled") },
    { "own_order",  N_("The partner’s own order") },
    { "terms",      N_("Against the terms") },
    { "other",      N_("Other") },
    /* given by the house, not by hand: */
    { "unverified", N_("Reported by a browser; the shop has not confirmed it yet") },
    { "replaced",   N_("The shop reported the order itself, with other content") },
    { "refund",     N_("Refund") },
    { "chargeback", N_("Chargeback") },
    { "declined",   N_("The order was declined") },
    { "amended",    N_("The order was amended") },
    { "clicks",     N_("Clicks that were told late") },
    { "click",      N_("What the click told became known after the order") },
    { "cap",        N_("A cap or budget leaves another sum") },
    { "first_sale", N_("For a first sale") },
    { "target",     N_("For reaching a target") },
    { "recruit",    N_("For what a recruited partner earns") },
    { "source",     N_("What it hangs on waits, or does not any more") },
    { "volume",     N_("The volume or the renewals it is judged by changed") },
    { "moved",      N_("The sale was moved to another partner") },
};
/* clang-format on */

const char *const commission_reasons[] = { "duplicate", "fraud", "cancelled", "own_order", "terms",
    "other", NULL };

const char *commission_reason_words(const char *code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].code, code) == 0)
            return reasons[i].words;
    return code;
}

bool commission_reason_known(str code)
{
    for (size_t i = 0; commission_reasons[i]; i++)
        if (str_eq(code, str_of(commission_reasons[i])))
            return true;
    return false;
}

err commission_reason_read(enum commission_move move, str *reason, str *note)
{
    if (move != MOVE_DECLINE && move != MOVE_HOLD)
        return NULL;
    *reason = str_trim(*reason);
    *note = str_trim(*note);
    if (str_empty(*reason) && move == MOVE_HOLD) {
        *reason = STR_NONE; /* a look costs nothing and needs no name */
        return NULL;
    }
    if (!str_empty(*reason) && !commission_reason_known(*reason)) {
        *note = str_empty(*note) ? *reason : *note;
        *reason = STR("other");
    }
    if (str_empty(*reason) || (str_eq(*reason, STR("other")) && str_empty(*note)))
        return &COMMISSION_REASON;
    return NULL;
}

bool commission_may(int move, enum commission_place place, enum commission_place *to)
{
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++)
        if (transitions[i].move == move && transitions[i].from == place) {
            *to = transitions[i].to;
            return true;
        }
    return false;
}

/* Something of it still waits in an account that a payout draws from. */
static bool still_waits(const struct commission *c)
{
    return c->booked != 0 &&
           (c->place == PLACE_PENDING || c->place == PLACE_HELD || c->place == PLACE_PAYABLE);
}

enum commission_status commission_status_of(const struct commission *c, bool is_declined)
{
    if (is_declined)
        return COMMISSION_DECLINED;
    if (c->amount == 0 && !c->is_kept && !still_waits(c))
        return COMMISSION_REVERSED;
    switch (c->place) {
    case PLACE_PENDING:
        return COMMISSION_PENDING;
    case PLACE_HELD:
        return COMMISSION_HELD;
    case PLACE_PAYABLE:
    case PLACE_IN_PAYOUT:
    case PLACE_CARRIED:
        return COMMISSION_PAYABLE;
    case PLACE_PAID:
        return COMMISSION_PAID;
    case PLACE_NONE:
        break;
    }
    return COMMISSION_REVERSED;
}

enum ledger_kind commission_account(enum commission_place place)
{
    switch (place) {
    case PLACE_PENDING:
        return LEDGER_PENDING;
    case PLACE_HELD:
        return LEDGER_HELD;
    case PLACE_PAYABLE:
        return LEDGER_PAYABLE;
    case PLACE_IN_PAYOUT:
        return LEDGER_IN_PAYOUT;
    case PLACE_PAID:
        return LEDGER_PAID;
    case PLACE_CARRIED:
        return LEDGER_CARRIED;
    case PLACE_NONE:
        break;
    }
    return LEDGER_KINDS;
}

/* ---- exact amounts as text: a whole number of 10^-8 minor units
 * ------------------------------------------- */

str exact_text(struct arena *arena, exact e)
{
    char digits[48];
    size_t at = sizeof digits;
    unsigned __int128 rest = e.e8 < 0 ? 0 - (unsigned __int128)e.e8 : (unsigned __int128)e.e8;

    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest);
    if (e.e8 < 0)
        digits[--at] = '-';
    return str_dup(arena, (str){ digits + at, sizeof digits - at });
}

bool exact_from_text(str text, exact *out)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    str digits = is_negative ? str_from(text, 1) : text;
    __int128 sum = 0;

    if (str_empty(digits))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        if (__builtin_mul_overflow(sum, (__int128)10, &sum) ||
            __builtin_add_overflow(sum, (__int128)(digits.at[i] - '0'), &sum))
            return false;
    }
    out->e8 = is_negative ? -sum : sum;
    return true;
}

bool commission_exact_now(const struct commission *c, exact *out)
{
    return exact_from_text(str_empty(c->exact_now) ? c->exact : c->exact_now, out);
}
