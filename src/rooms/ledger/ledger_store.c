/* Entries and postings in the store; balances out of them. */
#include "rooms/ledger/ledger.h"
#include "rooms/ledger/ledger_rules.h"

#include <assert.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/ledger/ledger.sql.h"

/* clang-format off */
static const struct field line_list[] = {
    FIELD_ID(ledger_line, entry_id,      "ent"),
    FIELD_ID(ledger_line, program_id,    "prg"),
    FIELD(ledger_line,    key),
    FIELD(ledger_line,    kind),
    FIELD(ledger_line,    at),
    FIELD(ledger_line,    cause_type),
    FIELD(ledger_line,    cause_id,      .flags = FIELD_SECRET),
    FIELD_ID(ledger_line, commission_id, "com"),
    FIELD(ledger_line,    actor),
    FIELD(ledger_line,    memo),
    FIELD(ledger_line,    line),
    FIELD(ledger_line,    account,       .names = ledger_kind_names),
    FIELD_ID(ledger_line, partner_id,    "par"),
    FIELD(ledger_line,    currency),
    FIELD_MONEY(ledger_line, amount,     "currency"),
};
const struct fields ledger_line_fields = FIELDS(line_list, ledger_line);

static const struct field balance_list[] = {
    FIELD(ledger_balance,       currency),
    FIELD_MONEY(ledger_balance, pending,   "currency", .help = "Earned, inside the hold period."),
    FIELD_MONEY(ledger_balance, payable,   "currency", .help = "Due at the next payout."),
    FIELD_MONEY(ledger_balance, held,      "currency", .help = "Stopped until it is released or declined."),
    FIELD_MONEY(ledger_balance, carried,   "currency", .help = "Negative: to be taken up by the next payout."),
    FIELD_MONEY(ledger_balance, in_payout, "currency", .help = "In a payout that is not settled yet."),
    FIELD_MONEY(ledger_balance, paid,      "currency", .help = "Gone out so far."),
};
const struct fields ledger_balance_fields = FIELDS(balance_list, ledger_balance);
/* clang-format on */

static err find_key(struct db *db, str key, int64_t *out_id)
{
    return db_int(db, &LEDGER_ENTRY_BY_KEY, PARAMS(P("key", key)), out_id);
}

static err lines_of_entry(struct db *db, int64_t entry_id, struct list *out)
{
    return db_all(
        db, &LEDGER_LINES_OF_ENTRY, PARAMS(P("entry_id", entry_id)), &ledger_line_fields, out);
}

static err make_account(struct db *db, const struct ledger_act *act,
    const struct ledger_entry *entry, const struct ledger_posting *posting)
{
    return db_run(db, &LEDGER_ACCOUNT_INSERT,
        PARAMS(P("id", id_new(act->env)), P("program_id", entry->program_id),
            P("partner_id", posting->partner_id), P("is_test", entry->is_test),
            P("currency", posting->amount.currency),
            P("kind", ledger_kind_names[posting->account])),
        NULL, NULL, NULL);
}

static err put_posting(struct db *db, const struct ledger_entry *entry, int64_t line,
    const struct ledger_posting *posting, int64_t *out_changes)
{
    return db_run(db, &LEDGER_POSTING_INSERT,
        PARAMS(P("entry_id", entry->id), P("line", line), P("amount", posting->amount.minor),
            P("program_id", entry->program_id), P("partner_id", posting->partner_id),
            P("is_test", entry->is_test), P("currency", posting->amount.currency),
            P("kind", ledger_kind_names[posting->account])),
        NULL, NULL, out_changes);
}

static err put_two(struct db *db, const struct ledger_entry *entry,
    const struct ledger_posting postings[2], int64_t *out_changes)
{
    return db_run(db, &LEDGER_POSTING_INSERT_TWO,
        PARAMS(P("entry_id", entry->id), P("program_id", entry->program_id),
            P("is_test", entry->is_test), P("amount", postings[0].amount.minor),
            P("partner_id", postings[0].partner_id), P("currency", postings[0].amount.currency),
            P("kind", ledger_kind_names[postings[0].account]),
            P("other_amount", postings[1].amount.minor),
            P("other_partner_id", postings[1].partner_id),
            P("other_currency", postings[1].amount.currency),
            P("other_kind", ledger_kind_names[postings[1].account])),
        NULL, NULL, out_changes);
}

/* Accounts are made when they are first needed. What stands already is put once more for nothing. */
static err put_each(struct db *db, const struct ledger_act *act, const struct ledger_entry *entry,
    const struct ledger_posting *postings, size_t count, int64_t *inout_done)
{
    for (size_t i = 0; i < count; i++) {
        int64_t line = (int64_t)i + 1, changes;
        TRY(put_posting(db, entry, line, &postings[i], &changes));
        if (changes == 0) {
            TRY(make_account(db, act, entry, &postings[i]));
            TRY(put_posting(db, entry, line, &postings[i], &changes));
        }
        *inout_done += changes;
    }
    return NULL;
}

static err put_postings(struct db *db, const struct ledger_act *act,
    const struct ledger_entry *entry, const struct ledger_posting *postings, size_t count)
{
    int64_t done = 0;

    if (count == 2)
        TRY(put_two(db, entry, postings, &done));
    if (done < (int64_t)count)
        TRY(put_each(db, act, entry, postings, count, &done));
    assert(done == (int64_t)count);
    return NULL;
}

/* False in out_new when the key is there already. */
static err put_entry(struct db *db, const struct ledger_entry *entry, bool *out_new)
{
    int64_t changes = 1;
    TRY(db_run(db, &LEDGER_ENTRY_INSERT,
        PARAMS(P("id", entry->id), P("program_id", entry->program_id), P("key", entry->key),
            P("kind", entry->kind), P("at", entry->at), P("cause_type", entry->cause_type),
            param_ref("cause_id", entry->cause_id),
            param_ref("commission_id", entry->commission_id), P("actor", entry->actor),
            P("memo", entry->memo), P("is_test", entry->is_test)),
        NULL, NULL, entry->is_first ? NULL : &changes));
    *out_new = changes == 1;
    return NULL;
}

/* What stands under this key, if anything, must be the same movement. */
static err answer_standing(struct db *db, str key, const struct ledger_posting *postings,
    size_t count, struct ledger_posted *out)
{
    struct list kept;
    int64_t entry_id;
    TRY(find_key(db, key, &entry_id));
    if (!entry_id)
        return NULL;
    TRY(lines_of_entry(db, entry_id, &kept));
    if (!ledger_same(postings, count, kept.at, kept.count))
        return &LEDGER_CONFLICT;
    *out = (struct ledger_posted){ .entry_id = entry_id, .already = true };
    return NULL;
}

err ledger_post(struct db *db, const struct ledger_act *act, const struct ledger_entry *given,
    const struct ledger_posting *given_postings, size_t given_count, struct ledger_posted *out)
{
    struct ledger_posting *postings =
        ARENA_ARRAY(db_arena(db), struct ledger_posting, given_count + 1);
    size_t count = ledger_without_zeros(given_postings, given_count, postings);
    struct ledger_entry entry = *given;
    bool is_new;

    *out = (struct ledger_posted){ 0 };
    if (count == 0)
        return answer_standing(db, entry.key, postings, count, out);
    TRY(ledger_balanced(postings, count));

    if (!entry.id)
        entry.id = id_new(act->env);
    entry.at = act->at;
    entry.actor = act->actor;
    TRY(put_entry(db, &entry, &is_new));
    if (!is_new)
        return answer_standing(db, entry.key, postings, count, out);
    TRY(put_postings(db, act, &entry, postings, count));
    out->entry_id = entry.id;
    return NULL;
}

err ledger_reverse(struct db *db, const struct ledger_act *act, str key_of_entry,
    const struct ledger_entry *reversal, struct ledger_posted *out)
{
    struct list kept;
    int64_t entry_id;

    TRY(find_key(db, key_of_entry, &entry_id));
    if (!entry_id) { /* an entry of nothing but zeros was never made */
        *out = (struct ledger_posted){ 0 };
        return NULL;
    }
    TRY(lines_of_entry(db, entry_id, &kept));
    const struct ledger_line *lines = kept.at;
    struct ledger_posting *back = ARENA_ARRAY(db_arena(db), struct ledger_posting, kept.count + 1);
    for (size_t i = 0; i < kept.count; i++) {
        back[i] = (struct ledger_posting){ .account = lines[i].account,
            .partner_id = lines[i].partner_id };
        back[i].amount.currency = lines[i].currency;
        TRY(minor_sub(0, lines[i].amount, &back[i].amount.minor));
    }
    return ledger_post(db, act, reversal, back, kept.count, out);
}

static err sums_of(struct db *db, const struct ledger_whose *whose, struct list *out)
{
    const struct param *params =
        PARAMS(P("program_id", whose->program_id), param_ref("partner_id", whose->partner_id),
            P("is_test", whose->is_test), P("until", whose->until));

    if (!instant_none(whose->until))
        return db_all(db, &LEDGER_SUMS_UNTIL, params, &ledger_line_fields, out);
    if (whose->partner_id)
        return db_all(db, &LEDGER_SUMS_OF_PARTNER, params, &ledger_line_fields, out);
    return db_all(db, &LEDGER_SUMS_OF_PROGRAM, params, &ledger_line_fields, out);
}

err ledger_balances(struct db *db, const struct ledger_whose *whose, struct list *out)
{
    struct list sums;
    TRY(sums_of(db, whose, &sums));

    const struct ledger_line *sum = sums.at;
    struct ledger_balance *balances =
        ARENA_ARRAY(db_arena(db), struct ledger_balance, sums.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < sums.count; i++) {
        if (count == 0 || !currency_eq(balances[count - 1].currency, sum[i].currency))
            balances[count++].currency = sum[i].currency;
        ledger_balance_take(&balances[count - 1], sum[i].account, sum[i].amount);
    }
    *out = (struct list){ balances, count };
    return NULL;
}

err ledger_balance_of(
    struct db *db, const struct ledger_whose *whose, currency unit, struct ledger_balance *out)
{
    struct list all;
    TRY(ledger_balances(db, whose, &all));

    const struct ledger_balance *balances = all.at;
    *out = (struct ledger_balance){ .currency = unit };
    for (size_t i = 0; i < all.count; i++)
        if (currency_eq(balances[i].currency, unit))
            *out = balances[i];
    return NULL;
}

err ledger_lines_of_commission(
    struct db *db, int64_t program_id, int64_t commission_id, struct list *out)
{
    return db_all(db, &LEDGER_LINES_OF_COMMISSION,
        PARAMS(P("program_id", program_id), P("commission_id", commission_id)), &ledger_line_fields,
        out);
}

err ledger_lines_of_cause(
    struct db *db, int64_t program_id, str cause_type, int64_t cause_id, struct list *out)
{
    return db_all(db, &LEDGER_LINES_OF_CAUSE,
        PARAMS(P("program_id", program_id), P("cause_type", cause_type), P("cause_id", cause_id)),
        &ledger_line_fields, out);
}
