/* Caps and budgets: what they leave to each commission, the latest cut first. */
#include "rooms/commission/commission_beside.h"

#include "base/arena.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_sum.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"
#include "rooms/partner/partner.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(beside, commission_id, "com"),
    FIELD_ID(beside, rule_line_id,  "rul"),
    FIELD(beside,    level),
    FIELD_ID(beside, rule_id,       "rul"),
    FIELD_ID(beside, program_id,    "prg"),
    FIELD(beside,    is_test),
    FIELD(beside,    kind,          .names = rule_kind_names),
    FIELD(beside,    partner_id),
    FIELD(beside,    currency),
    FIELD(beside,    occurred_at),
    FIELD(beside,    period_from),
    FIELD(beside,    granted),
    FIELD_ID(beside, bonus_id,      "com"),
    FIELD(beside,    orders),
    FIELD(beside,    revenue),
    FIELD_ID(beside, conversion_id, "cnv"),
    FIELD_ID(beside, seller_id,     "par"),
};
const struct fields beside_fields = FIELDS(list, beside);

/* One that a cap looks at. */
struct member {
    int64_t commission_id, rule_line_id, rule_id;
    enum rule_kind kind;
    int64_t partner_id;
    instant occurred_at;
    int64_t period_from, granted;
    int64_t worth, capped; /* before any cap; the least that partners' caps leave */
    bool is_capped;
};
static const struct field member_list[] = {
    FIELD_ID(member, commission_id, "com"), FIELD_ID(member, rule_line_id, "rul"), FIELD_ID(member, rule_id, "rul"),
    FIELD(member, kind, .names = rule_kind_names), FIELD(member, partner_id), FIELD(member, occurred_at),
    FIELD(member, period_from), FIELD(member, granted), FIELD(member, worth), FIELD(member, capped),
    FIELD(member, is_capped),
};
static const struct fields member_fields = FIELDS(member_list, member);

struct recruiter {
    int64_t partner_id;
    enum partner_status status;
};
static const struct field recruiter_list[] = {
    FIELD_ID(recruiter, partner_id, "par"), FIELD(recruiter, status, .names = partner_status_names),
};
static const struct fields recruiter_fields = FIELDS(recruiter_list, recruiter);
/* clang-format on */

static bool is_cap(enum rule_kind kind)
{
    return kind == RULE_PARTNER_CAP || kind == RULE_BUDGET;
}

bool beside_matters(const struct list *rules)
{
    const struct rule *rule = rules->at;
    for (size_t i = 0; i < rules->count; i++)
        if (rule[i].kind != RULE_COMMISSION)
            return true;
    return false;
}

err beside_of(struct db *db, int64_t commission_id, struct list *out)
{
    return db_all(
        db, &COMMISSION_BESIDE_OF, PARAMS(P("commission_id", commission_id)), &beside_fields, out);
}

/* ---- commissions at work
 * ---------------------------------------------------------------------------------------- */

static bool touched_has(const struct touched *all, int64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->ids[i] == id)
            return true;
    return false;
}

void touched_put(struct arena *arena, struct touched *all, const struct touched_one *one)
{
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 16;
        struct touched_one *more = ARENA_ARRAY(arena, struct touched_one, room);
        int64_t *ids = ARENA_ARRAY(arena, int64_t, room);
        for (size_t i = 0; i < all->count; i++) {
            more[i] = all->at[i];
            ids[i] = all->ids[i];
        }
        all->at = more;
        all->ids = ids;
        all->room = room;
    }
    all->ids[all->count] = one->c.id;
    all->at[all->count++] = *one;
}

/* One that a cap leaves something else. */
static err touched_add(struct db *db, struct touched *all, int64_t program_id, int64_t id,
    const struct commission_why *why)
{
    struct touched_one one = { .why = why, .is_beside = true };

    if (touched_has(all, id))
        return NULL;
    TRY(commission_find(db, program_id, 0, id, &one.c));
    touched_put(db_arena(db), all, &one);
    return NULL;
}

static bool is_same(const struct beside *a, const struct beside *b)
{
    return a->rule_line_id == b->rule_line_id && a->partner_id == b->partner_id &&
           a->period_from == b->period_from;
}

bool beside_is_earlier(const struct beside *a, const struct beside *b)
{
    if (a->occurred_at.ms != b->occurred_at.ms)
        return a->occurred_at.ms < b->occurred_at.ms;
    if (a->conversion_id != b->conversion_id)
        return a->conversion_id < b->conversion_id;
    if (a->seller_id != b->seller_id)
        return a->seller_id < b->seller_id;
    return a->commission_id < b->commission_id;
}

void earliest_add(struct arena *arena, struct earliest *all, const struct beside *b)
{
    for (size_t i = 0; i < all->count; i++)
        if (is_same(&all->at[i], b)) {
            if (beside_is_earlier(b, &all->at[i]))
                all->at[i] = *b;
            return;
        }
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 8;
        struct beside *more = ARENA_ARRAY(arena, struct beside, room);
        for (size_t i = 0; i < all->count; i++)
            more[i] = all->at[i];
        all->at = more;
        all->room = room;
    }
    all->at[all->count++] = *b;
}

/* ---- which rules
 * -------------------------------------------------------------------------------------------------- */

static err keep(struct db *db, const struct beside *b)
{
    TRY(db_put(db, &COMMISSION_BESIDE_INSERT, &beside_fields, b));
    return sum_granted(db, b, b->granted);
}

static int64_t period_of(const struct rule *rule, instant at)
{
    instant from, to;

    if (rule->kind != RULE_PARTNER_CAP && rule->kind != RULE_BUDGET && rule->kind != RULE_TARGET)
        return 0;
    rule_period_of(rule->tiered_by.period, at, &from, &to);
    return from.ms;
}

static err room_of(struct db *db, const struct rule *rule, const struct beside *b, int64_t *out)
{
    int64_t before, rest;

    TRY(sum_of_granted(db, b, &before));
    TRY(db_int(db, &COMMISSION_BESIDE_REST,
        PARAMS(P("program_id", b->program_id), P("rule_line_id", b->rule_line_id),
            P("partner_id", b->partner_id), P("is_test", b->is_test),
            P("period_from", b->period_from), P("occurred_at", b->occurred_at),
            P("conversion_id", b->conversion_id), P("seller_id", b->seller_id),
            P("commission_id", b->commission_id)),
        &rest));
    before -= rest;
    *out = rule->reward.amount > before ? rule->reward.amount - before : 0;
    return NULL;
}

/* The recruiters of a partner, nearest first, each once. Who is suspended has no part of what is
 * made meanwhile; those above him have theirs. */
static err recruiters_of(struct db *db, const struct beside *like, const struct rule *rule,
    int64_t partner_id, instant at)
{
    int64_t seen[RULE_STEPS_MOST + 2] = { partner_id }, approved;

    TRY(db_int(db, &COMMISSION_APPROVED_AT,
        PARAMS(P("id", partner_id), P("program_id", like->program_id)), &approved));
    if (rule->months > 0 && rule_months_between((instant){ approved }, at) >= rule->months)
        return NULL;
    for (size_t level = 1; level <= rule->levels.count && level <= RULE_STEPS_MOST; level++) {
        struct beside b = *like;
        struct recruiter by = { 0 };
        bool found;
        TRY(db_one(db, &COMMISSION_RECRUITER,
            PARAMS(P("id", seen[level - 1]), P("program_id", like->program_id)), &recruiter_fields,
            &by, &found));
        if (!found)
            return NULL;
        for (size_t i = 0; i < level; i++)
            if (seen[i] == by.partner_id)
                return NULL; /* round in a circle */
        seen[level] = b.partner_id = by.partner_id;
        b.level = (int64_t)level;
        if (by.status == PARTNER_APPROVED)
            TRY(keep(db, &b));
    }
    return NULL;
}

static err begin_rule(struct db *db, const struct rule *rule, const struct commission *c,
    int64_t worth, int64_t *out_granted)
{
    struct beside b = { .commission_id = c->id,
        .rule_line_id = rule->line_id,
        .rule_id = rule->id,
        .program_id = c->program_id,
        .is_test = c->is_test,
        .kind = rule->kind,
        .partner_id = rule->kind == RULE_BUDGET ? 0 : c->partner_id,
        .currency = c->currency,
        .conversion_id = c->conversion_id,
        .seller_id = c->partner_id,
        .occurred_at = c->occurred_at,
        .period_from = period_of(rule, c->occurred_at) };
    int64_t room;

    if (rule->kind == RULE_RECRUIT)
        return recruiters_of(db, &b, rule, c->partner_id, c->occurred_at);
    if (is_cap(rule->kind)) {
        if (!currency_eq(rule->reward.currency, c->currency))
            return NULL;
        TRY(room_of(db, rule, &b, &room));
        b.granted = worth < room ? worth : room;
        *out_granted = b.granted < *out_granted ? b.granted : *out_granted;
    }
    return keep(db, &b);
}

err beside_begin(struct db *db, const struct commission_order *order,
    const struct decide_share *share, const struct list *rules, const struct commission *c)
{
    static const enum rule_kind turns[] = { RULE_PARTNER_CAP, RULE_BUDGET, RULE_FIRST_SALE,
        RULE_TARGET, RULE_RECRUIT };
    const struct rule *rule = rules->at;
    int64_t left = c->full_amount;

    for (size_t turn = 0; turn < sizeof turns / sizeof turns[0]; turn++) {
        int64_t worth = left;
        for (size_t i = 0; i < rules->count; i++)
            if (rule[i].kind == turns[turn] && rule_in_force(&rule[i], order->cause.order->judged_at) &&
                rule_matches(&rule[i], order->cause.order, share, NULL))
                TRY(begin_rule(db, &rule[i], c, worth, &left));
    }
    return NULL;
}

err beside_worth(struct db *db, const struct commission *c, int64_t *out)
{
    int64_t least;

    TRY(db_int(db, &COMMISSION_BESIDE_LEAST,
        PARAMS(P("commission_id", c->id), P("most", c->full_amount)), &least));
    *out = least < c->full_amount ? least : c->full_amount;
    return NULL;
}

/* ---- what is left to those after
 * ------------------------------------------------------------------------------------- */

/* From `b` on, in time. */
static err cut_from(struct db *db, const struct beside *b, struct touched *all,
    const struct commission_why *why)
{
    struct rule rule = { 0 };
    struct list rows;
    int64_t before;

    TRY(db_all(db, &COMMISSION_BESIDE_FROM,
        PARAMS(P("program_id", b->program_id), P("rule_line_id", b->rule_line_id),
            P("partner_id", b->partner_id), P("is_test", b->is_test),
            P("period_from", b->period_from), P("occurred_at", b->occurred_at),
            P("conversion_id", b->conversion_id), P("seller_id", b->seller_id),
            P("commission_id", b->commission_id)),
        &member_fields, &rows));
    TRY(sum_of_granted(db, b, &before));
    const struct member *m = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        before -= m[i].granted;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t worth = m[i].is_capped && m[i].capped < m[i].worth ? m[i].capped : m[i].worth;
        if (rule.id != m[i].rule_id)
            TRY(commission_rule_find(db, b->program_id, m[i].rule_id, &rule));
        int64_t room = rule.reward.amount > before ? rule.reward.amount - before : 0;
        int64_t granted = worth < room ? worth : room;
        before += granted;
        if (granted == m[i].granted)
            continue;
        TRY(db_run(db, &COMMISSION_BESIDE_GRANTED,
            PARAMS(P("commission_id", m[i].commission_id), P("rule_line_id", m[i].rule_line_id),
                P("granted", granted)),
            NULL, NULL, NULL));
        TRY(sum_granted(db, b, granted - m[i].granted));
        TRY(touched_add(db, all, b->program_id, m[i].commission_id, why));
    }
    return NULL;
}

/* Those that are added have this kind cut already. */
static err caps_of_kind(struct db *db, enum rule_kind kind, struct touched *all,
    const struct commission_why *why)
{
    struct earliest from = { 0 };

    for (size_t i = 0; i < all->count; i++) {
        struct list rows;
        if (!all->at[i].is_beside)
            continue;
        TRY(beside_of(db, all->at[i].c.id, &rows));
        const struct beside *b = rows.at;
        for (size_t k = 0; k < rows.count; k++)
            if (b[k].kind == kind)
                earliest_add(db_arena(db), &from, &b[k]);
    }
    for (size_t i = 0; i < from.count; i++)
        TRY(cut_from(db, &from.at[i], all, why));
    return NULL;
}

err beside_caps(struct db *db, struct touched *all, const struct commission_why *why)
{
    TRY(caps_of_kind(db, RULE_PARTNER_CAP, all, why));
    return caps_of_kind(db, RULE_BUDGET, all, why);
}
