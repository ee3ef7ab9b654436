/* The life of a commission: every step is an entry, an event and the row kept true, in one write.
 */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_past.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_source.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/commission/commission.sql.h"

/* What entries and events of a move are called. */
static const struct {
    const char *entry, *event;
} move_words[MOVE_COUNT] = {
    [MOVE_APPROVE] = { "approve", "approved" },
    [MOVE_DECLINE] = { "decline", "declined" },
    [MOVE_HOLD] = { "hold", "held" },
    [MOVE_RELEASE] = { "release", "released" },
    [MOVE_MATURE] = { "mature", "matured" },
    [MOVE_WAIT] = { "wait", "adjusted" },
    [MOVE_RESUME] = { "release", "released" },
};

/* A commission may be held and released more than once: the event's id makes the key its own. */
static str move_key(
    struct db *db, const struct ledger_act *act, const struct commission *c, const char *what)
{
    struct arena *arena = db_arena(db);
    return str_printf(arena, "%s:%" PRI_STR ":%" PRI_STR, what,
        STR_ARG(id_print(arena, "com", c->id)), STR_ARG(id_print(arena, "evt", id_new(act->env))));
}

static err post_between(struct db *db, const struct ledger_act *act, const struct commission *c,
    const struct ledger_entry *entry, const struct ledger_posting postings[2],
    int64_t *out_entry_id)
{
    struct ledger_entry full = *entry;
    struct ledger_posted posted;

    full.program_id = c->program_id;
    full.commission_id = c->id;
    full.is_test = c->is_test;
    TRY(ledger_post(db, act, &full, postings, 2, &posted));
    *out_entry_id = posted.entry_id;
    return NULL;
}

/* ---- between pending, held and payable
 * -------------------------------------------------------------------- */

static err shift_booked(struct db *db, const struct ledger_act *act, const struct commission *c,
    enum commission_place to, int move, str memo, int64_t *out_entry_id)
{
    struct ledger_entry entry = { .key = move_key(db, act, c, move_words[move].entry),
        .kind = str_of(move_words[move].entry),
        .memo = memo,
        .is_first = true };
    struct ledger_posting postings[] = {
        { commission_account(c->place), c->partner_id, { c->booked, c->currency } },
        { commission_account(to), c->partner_id, { -c->booked, c->currency } },
    };
    return post_between(db, act, c, &entry, postings, out_entry_id);
}

/* Whenever the clock's job comes by, it counts from the end of the hold; an order that was told
 * after that, from when it was told: a cut-off that has been paid stays as it is. */
static instant matured_at(const struct commission *c)
{
    return c->matures_at.ms > c->created_at.ms ? c->matures_at : c->created_at;
}

/* Not before what it hangs on: `since`. */
static instant payable_from(const struct commission *c, int move, instant now, instant since)
{
    instant from = move == MOVE_MATURE ? matured_at(c) : move == MOVE_RESUME ? c->payable_at : now;
    return from.ms > since.ms ? from : since;
}

/* A bonus that is approved before what it hangs on becomes payable with that. */
static err approve_ahead(struct db *db, const struct ledger_act *act, struct commission *c)
{
    c->payable_at = act->at;
    TRY(commission_keep(db, c));
    return commission_note_event(db, act, c,
        &(struct happening){ .kind = "approved", .amount = c->booked, .reason = STR("source") });
}

err commission_shift(struct db *db, const struct ledger_act *act, struct commission *c, int move,
    str reason, str note)
{
    enum commission_place to;
    int64_t entry_id;
    instant since = { 0 };
    bool waits = false;

    if (c->status == COMMISSION_DECLINED || !commission_may(move, c->place, &to))
        return &COMMISSION_STATE;
    if (move == MOVE_RELEASE && !instant_none(c->payable_at))
        to = PLACE_PAYABLE; /* it had been payable before it was held */
    if (to == PLACE_PAYABLE)
        TRY(source_since(db, c, &waits, &since));
    if (waits && move != MOVE_RELEASE)
        return approve_ahead(db, act, c);
    to = waits ? PLACE_PENDING : to;
    TRY(shift_booked(db, act, c, to, move, reason, &entry_id));

    c->place = to;
    c->status = commission_status_of(c, false);
    c->status_reason = move == MOVE_HOLD ? reason : STR_NONE;
    c->status_note = move == MOVE_HOLD ? note : STR_NONE;
    if (to == PLACE_PAYABLE)
        c->payable_at = payable_from(c, move, act->at, since);
    TRY(commission_keep(db, c));
    TRY(commission_note_event(db, act, c,
        &(struct happening){ .kind = move_words[move].event,
            .amount = move == MOVE_WAIT ? 0 : c->booked,
            .entry_id = entry_id,
            .reason = reason,
            .note = note }));
    return source_moved(db, act, c);
}

/* ---- taking back
 * ------------------------------------------------------------------------------------------ */

static bool waits_in_account(const struct commission *c)
{
    return c->place == PLACE_PENDING || c->place == PLACE_HELD || c->place == PLACE_PAYABLE;
}

/* How much of `less` comes out of the account it sits in; the rest is carried. */
static int64_t part_in_place(const struct commission *c, int64_t less)
{
    if (!waits_in_account(c))
        return 0;
    return less < c->booked ? less : c->booked;
}

static err carry_rest(struct db *db, const struct ledger_act *act, const struct commission *c,
    int64_t rest, const struct taking_back *taking, int64_t entry_id)
{
    struct carry carry = { .id = id_new(act->env),
        .program_id = c->program_id,
        .partner_id = c->partner_id,
        .commission_id = c->id,
        .entry_id = entry_id,
        .currency = c->currency,
        .amount = -rest,
        .reason = taking->reason,
        .at = act->at,
        .is_test = c->is_test };

    return rest ? commission_carry_add(db, &carry) : NULL;
}

static err post_taking(struct db *db, const struct ledger_act *act, const struct commission *c,
    int64_t in_place, int64_t rest, const struct taking_back *taking, struct ledger_posted *out)
{
    struct ledger_entry entry = { .program_id = c->program_id,
        .key = taking->key.at ? taking->key : move_key(db, act, c, taking->entry_kind),
        .kind = str_of(taking->entry_kind),
        .cause_type = str_of(taking->cause_type),
        .cause_id = taking->cause_id,
        .commission_id = c->id,
        .memo = taking->reason,
        .is_test = c->is_test,
        .is_first = !taking->key.at };
    /* What a refund gives back (a cent between partners of a split) is owed at once, not carried.
     */
    enum ledger_kind rest_account = rest > 0 ? LEDGER_CARRIED : LEDGER_PAYABLE;
    struct ledger_posting postings[] = {
        { waits_in_account(c) ? commission_account(c->place) : rest_account, c->partner_id,
            { in_place, c->currency } },
        { rest_account, c->partner_id, { rest, c->currency } },
        { LEDGER_EXPENSE, c->partner_id, { -taking->less, c->currency } },
    };
    return ledger_post(db, act, &entry, postings, 3, out);
}

/* Stands for the reason of a hold without one, while nothing is left to be held. */
#define HELD_UNSAID STR("held")

/* What had gone to nothing and is worth something again waits where it had waited. */
static void wait_again(struct commission *c)
{
    if (!str_empty(c->status_reason)) {
        c->place = PLACE_HELD;
        if (str_eq(c->status_reason, HELD_UNSAID))
            c->status_reason = STR_NONE;
        return;
    }
    c->place = instant_none(c->payable_at) ? PLACE_PENDING : PLACE_PAYABLE;
}

/* Where it waits hangs on its own order alone: nowhere once nothing of that is kept, and where it had
 * waited as long as something is, be it worth nothing under a cap. */
static void find_place(struct commission *c, bool declines)
{
    bool is_over = declines || c->status == COMMISSION_DECLINED || !c->is_kept;

    if (!is_over && c->place == PLACE_NONE)
        wait_again(c);
    if (is_over && waits_in_account(c) && c->amount == 0 && c->booked == 0) {
        if (c->place == PLACE_HELD && str_empty(c->status_reason))
            c->status_reason = HELD_UNSAID;
        c->place = PLACE_NONE;
    }
    c->status = commission_status_of(c, declines || c->status == COMMISSION_DECLINED);
}

err commission_stay(struct db *db, const struct ledger_act *act, struct commission *c,
    const struct taking_back *why)
{
    enum commission_status was = c->status;

    find_place(c, false);
    TRY(commission_keep(db, c));
    if (c->status == was)
        return NULL;
    return commission_note_event(db, act, c,
        &(struct happening){ .kind = why->event,
            .reason = why->reason,
            .note = why->note,
            .cause_type = why->cause_type,
            .cause_id = why->cause_id });
}

err commission_take_back(struct db *db, const struct ledger_act *act, struct commission *c,
    const struct taking_back *taking)
{
    if (taking->less < 0 && c->place == PLACE_NONE && c->status != COMMISSION_DECLINED)
        wait_again(c);
    int64_t in_place = part_in_place(c, taking->less), rest = taking->less - in_place;
    struct ledger_posted posted;

    TRY(post_taking(db, act, c, in_place, rest, taking, &posted));
    TRY(carry_rest(db, act, c, rest, taking, posted.entry_id));
    c->amount -= taking->less;
    c->booked -= in_place;
    if (taking->adjusts)
        c->adjusted_amount -= taking->less;
    else if (!taking->declines)
        c->reversed_amount += taking->less;
    else {
        c->status_reason = taking->reason;
        c->status_note = taking->note;
    }
    find_place(c, taking->declines);
    TRY(commission_keep(db, c));
    return commission_note_event(db, act, c,
        &(struct happening){ .kind = taking->event,
            .amount = taking->adjusts ? -taking->less : taking->less,
            .entry_id = posted.entry_id,
            .reason = taking->reason,
            .note = taking->note,
            .cause_type = taking->cause_type,
            .cause_id = taking->cause_id });
}

/* ---- by hand and by the clock
 * ------------------------------------------------------------------------------ */

static err decline_row(
    struct db *db, const struct ledger_act *act, struct commission *c, str reason, str note)
{
    struct taking_back taking = { .less = c->amount,
        .entry_kind = "decline",
        .event = "declined",
        .reason = reason,
        .note = note,
        .declines = true };
    return commission_take_back(db, act, c, &taking);
}

/* Other orders may hang on one that counts for nothing now; who has their facts settles them. */
static err tell_others(struct db *db, int64_t program_id, int64_t conversion_id)
{
    bool matters = false;

    if (conversion_id)
        TRY(commission_hangs(db, conversion_id, &matters));
    return matters ? announce(db, "commission.worth_gone", program_id, conversion_id) : NULL;
}

err commission_change(struct db *db, const struct ledger_act *act,
    const struct commission_moving *moving, struct commission *out)
{
    enum commission_place to;
    str reason = moving->reason, note = moving->note;

    TRY(commission_reason_read(moving->move, &reason, &note));
    TRY(commission_find(db, moving->program_id, 0, moving->id, out));
    if (moving->move != MOVE_DECLINE)
        return commission_shift(db, act, out, (int)moving->move, reason, note);
    if (out->status == COMMISSION_DECLINED || !commission_may(MOVE_DECLINE, out->place, &to))
        return &COMMISSION_STATE;
    TRY(decline_row(db, act, out, reason, note));
    return tell_others(db, out->program_id, out->conversion_id);
}

static err decline_all(struct db *db, const struct ledger_act *act, int64_t program_id,
    int64_t conversion_id, str reason, str note)
{
    struct list all;
    TRY(commission_of_conversion(db, program_id, conversion_id, &all));

    struct commission *rows = all.at;
    for (size_t i = 0; i < all.count; i++)
        if (rows[i].status != COMMISSION_DECLINED)
            TRY(decline_row(db, act, &rows[i], reason, note));
    return NULL;
}

err commission_decline_conversion(struct db *db, const struct ledger_act *act, int64_t program_id,
    int64_t conversion_id, str reason, str note)
{
    TRY(decline_all(db, act, program_id, conversion_id, reason, note));
    return tell_others(db, program_id, conversion_id);
}

err commission_replace_conversion(struct db *db, const struct ledger_act *act, int64_t program_id,
    int64_t conversion_id, bool *out_hangs)
{
    TRY(decline_all(db, act, program_id, conversion_id, STR("replaced"), STR_NONE));
    return commission_hangs(db, conversion_id, out_hangs);
}

err commission_confirm_conversion(
    struct db *db, const struct ledger_act *act, int64_t program_id, int64_t conversion_id)
{
    struct list all;
    TRY(commission_of_conversion(db, program_id, conversion_id, &all));

    struct commission *rows = all.at;
    for (size_t i = 0; i < all.count; i++) {
        if (!str_eq(rows[i].status_reason, STR("unverified")))
            continue;
        if (rows[i].place == PLACE_HELD) {
            TRY(commission_shift(db, act, &rows[i], MOVE_RELEASE, STR("confirmed"), STR_NONE));
        } else if (rows[i].status == COMMISSION_REVERSED) {
            rows[i].status_reason = STR_NONE; /* should it be worth something again, it is free */
            TRY(commission_keep(db, &rows[i]));
        }
    }
    return NULL;
}

static err mature_some(
    struct db *db, const struct ledger_act *act, int64_t most, int64_t *out_count)
{
    struct list due;
    TRY(db_all(db, &COMMISSION_TO_MATURE, PARAMS(P("now", act->at), P("most", most)),
        &commission_fields, &due));

    struct commission *rows = due.at;
    for (size_t i = 0; i < due.count; i++)
        TRY(commission_shift(db, act, &rows[i], MOVE_MATURE, STR_NONE, STR_NONE));
    *out_count += (int64_t)due.count;
    return NULL;
}

/* What hangs on those that mature now may be due itself. */
err commission_mature(struct db *db, const struct ledger_act *act, int64_t most, int64_t *out_count)
{
    *out_count = 0;
    TRY(mature_some(db, act, most, out_count));
    if (*out_count > 0 && *out_count < most)
        TRY(mature_some(db, act, most - *out_count, out_count));
    return NULL;
}
