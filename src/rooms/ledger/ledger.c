/* Rules of an entry: it balances per currency, and the same key means the same movement. */
#include "rooms/ledger/ledger.h"
#include "rooms/ledger/ledger_rules.h"

#include "base/arena.h"

const char *const ledger_kind_names[] = { "expense", "pending", "held", "payable", "in_payout",
    "carried", "paid", "exchange", NULL };

const struct err LEDGER_CONFLICT = { ERR_CONFLICT, "ledger_conflict",
    N_("This movement is already in the books with other amounts."), NULL };
const struct err LEDGER_UNBALANCED = { ERR_INTERNAL, "ledger_unbalanced",
    N_("The books refused an entry that does not balance."), NULL };

size_t ledger_without_zeros(
    const struct ledger_posting *postings, size_t count, struct ledger_posting *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (postings[i].amount.minor != 0)
            out[kept++] = postings[i];
    return kept;
}

static err sum_of_currency(
    const struct ledger_posting *postings, size_t count, currency unit, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++)
        if (currency_eq(postings[i].amount.currency, unit))
            TRY(minor_add(*out, postings[i].amount.minor, out));
    return NULL;
}

err ledger_balanced(const struct ledger_posting *postings, size_t count)
{
    if (count < 2)
        return &LEDGER_UNBALANCED;
    for (size_t i = 0; i < count; i++) {
        int64_t sum;
        if (currency_none(postings[i].amount.currency))
            return &LEDGER_UNBALANCED;
        TRY(sum_of_currency(postings, count, postings[i].amount.currency, &sum));
        if (sum != 0)
            return &LEDGER_UNBALANCED;
    }
    return NULL;
}

bool ledger_same(const struct ledger_posting *postings, size_t count,
    const struct ledger_line *kept, size_t kept_count)
{
    if (count != kept_count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (postings[i].account != kept[i].account ||
            postings[i].partner_id != kept[i].partner_id ||
            postings[i].amount.minor != kept[i].amount ||
            !currency_eq(postings[i].amount.currency, kept[i].currency))
            return false;
    return true;
}

void ledger_balance_take(struct ledger_balance *balance, enum ledger_kind account, int64_t sum)
{
    switch (account) {
    case LEDGER_PENDING:
        balance->pending -= sum;
        break;
    case LEDGER_HELD:
        balance->held -= sum;
        break;
    case LEDGER_PAYABLE:
        balance->payable -= sum;
        break;
    case LEDGER_IN_PAYOUT:
        balance->in_payout -= sum;
        break;
    case LEDGER_CARRIED:
        balance->carried -= sum; /* a debit balance: printed below zero */
        break;
    case LEDGER_PAID:
        balance->paid -= sum;
        break;
    case LEDGER_EXPENSE:
    case LEDGER_EXCHANGE:
    case LEDGER_KINDS:
        break;
    }
}
