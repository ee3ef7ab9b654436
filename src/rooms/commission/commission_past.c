/* Volumes and renewals: what each order adds, and whose worth changes with it. */
#include "rooms/commission/commission_past.h"

#include "base/arena.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_sum.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(volume, conversion_id, "cnv"),
    FIELD_ID(volume, partner_id,    "par"),
    FIELD_ID(volume, rule_line_id,  "rul"),
    FIELD_ID(volume, program_id,    "prg"),
    FIELD(volume,    is_test),
    FIELD(volume,    occurred_at),
    FIELD(volume,    customer_id),
    FIELD(volume,    currency),
    FIELD_ID(volume, rule_id,       "rul"),
    FIELD(volume,    revenue),
    FIELD(volume,    orders),
    FIELD(volume,    stands),
};
const struct fields volume_fields = FIELDS(list, volume);
/* clang-format on */

bool past_matters(const struct list *rules)
{
    const struct rule *rule = rules->at;
    for (size_t i = 0; i < rules->count; i++)
        if (rule[i].kind == RULE_COMMISSION && rule_has_past(&rule[i]))
            return true;
    return false;
}

/* ---- what this order adds
 * --------------------------------------------------------------------------------------- */

static int64_t revenue_of(const struct commission_order *order, const struct decide_line *line)
{
    const struct decide_order *o = order->cause.order;
    struct rule counts = { .tiered_by = {
                               .measure = VOLUME_REVENUE, .currency = o->amount.currency } };

    return rule_volume_of(&counts, line->base, order->cause.shares[line->share].share_bp,
        o->amount.minor - order->refunded, o->amount.minor);
}

static bool is_declined(const struct list *rows, int64_t partner_id)
{
    const struct commission *c = rows->at;
    bool any = false;

    for (size_t i = 0; i < rows->count; i++)
        if (c[i].partner_id == partner_id && c[i].kind != COMMISSION_BONUS) {
            any = true;
            if (c[i].status != COMMISSION_DECLINED)
                return false;
        }
    return any;
}

struct volumes {
    struct volume *at;
    size_t count;
};

static struct volume *volume_of(
    struct volumes *all, const struct commission_order *order, const struct decide_line *line)
{
    int64_t partner_id = order->cause.shares[line->share].partner_id;
    const struct decide_order *o = order->cause.order;

    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].partner_id == partner_id && all->at[i].rule_line_id == line->rule->line_id)
            return &all->at[i];
    all->at[all->count] = (struct volume){ .conversion_id = order->cause.conversion_id,
        .partner_id = partner_id,
        .rule_line_id = line->rule->line_id,
        .program_id = order->cause.program_id,
        .is_test = order->cause.is_test,
        .occurred_at = o->at,
        .customer_id = str_empty(order->cause.customer_id) ? STR_NONE : order->cause.customer_id,
        .currency = o->amount.currency,
        .rule_id = line->rule->id,
        .orders = o->amount.minor > order->refunded,
        .stands = true };
    return &all->at[all->count++];
}

static void volumes_of(struct arena *arena, const struct commission_order *order,
    const struct decision *d, const struct list *rows, struct volumes *out)
{
    out->at = ARENA_ARRAY(arena, struct volume, d->line_count + 1);
    for (size_t i = 0; i < d->line_count; i++)
        if (d->lines[i].rule && rule_has_past(d->lines[i].rule)) {
            struct volume *v = volume_of(out, order, &d->lines[i]);
            v->revenue += revenue_of(order, &d->lines[i]);
        }
    for (size_t i = 0; i < out->count; i++)
        if (is_declined(rows, out->at[i].partner_id)) {
            out->at[i].revenue = out->at[i].orders = 0;
            out->at[i].stands = false;
        }
}

/* ---- what it is measured by
 * ------------------------------------------------------------------------------------- */

static struct instant_span {
    instant from, to;
} span_of(const struct rule *rule, instant at)
{
    struct instant_span span;
    rule_period_of(rule->tiered_by.period, at, &span.from, &span.to);
    if (instant_none(span.to))
        span.to = (instant){ INT64_MAX };
    return span;
}

static int64_t measured(const struct rule *rule, const struct volume *v)
{
    if (rule->tiered_by.measure == VOLUME_ORDERS)
        return v->orders;
    return currency_eq(v->currency, rule->tiered_by.currency) ? v->revenue : 0;
}

/* Of the rows that `statement` takes, as the rule measures. */
static err measure(struct db *db, const struct statement *statement, const struct rule *rule,
    const struct volume *v, int64_t *out)
{
    const struct rule_volume *by = &rule->tiered_by;
    struct instant_span span = span_of(rule, v->occurred_at);

    return db_int(db, statement,
        PARAMS(P("counts", by->measure == VOLUME_ORDERS ? STR("orders") : str_of(by->currency.code)),
            P("program_id", v->program_id), P("rule_line_id", v->rule_line_id),
            P("partner_id", v->partner_id), P("is_test", v->is_test), P("to", span.to.ms),
            P("at", v->occurred_at.ms), P("conversion_id", v->conversion_id)),
        out);
}

/* What sorts before it: all of the period without it and what comes after, which for the latest
 * order is itself alone. */
static err before(struct db *db, const struct rule *rule, const struct volume *v, int64_t *out)
{
    int64_t all, rest;

    TRY(sum_of_volume(db, rule, v, false, &all));
    TRY(measure(db, &COMMISSION_VOLUME_REST, rule, v, &rest));
    *out = all - rest;
    return NULL;
}

/* All else of the period. */
static err beside(struct db *db, const struct rule *rule, const struct volume *v, int64_t *out)
{
    int64_t all, own;

    TRY(sum_of_volume(db, rule, v, false, &all));
    TRY(measure(db, &COMMISSION_VOLUME_OWN, rule, v, &own));
    *out = all - own;
    return NULL;
}

/* ---- its past
 * --------------------------------------------------------------------------------------------------- */

static err read_renewal(struct db *db, const struct volume *v, struct decide_past *out)
{
    const struct param *params = PARAMS(P("program_id", v->program_id),
        P("rule_line_id", v->rule_line_id), P("partner_id", v->partner_id),
        P("is_test", v->is_test), P("customer_id", v->customer_id), P("at", v->occurred_at.ms),
        P("conversion_id", v->conversion_id));
    int64_t before, first;

    out->nth = 1;
    if (str_empty(v->customer_id))
        return NULL;
    TRY(db_int(db, &COMMISSION_VOLUME_NTH, params, &before));
    TRY(db_int(db, &COMMISSION_VOLUME_FIRST, params, &first));
    out->nth = before + 1;
    out->months = rule_months_between((instant){ first }, v->occurred_at);
    return NULL;
}

static err read_one(
    struct db *db, const struct rule *rule, const struct volume *v, struct decide_past *out)
{
    bool is_whole = rule->tiered_by.mode == MODE_RETROACTIVE;

    *out = (struct decide_past){ .partner_id = v->partner_id, .line_id = v->rule_line_id, .nth = 1 };
    if (rule->tiers.count == 0)
        return read_renewal(db, v, out);
    return is_whole ? beside(db, rule, v, &out->before) : before(db, rule, v, &out->before);
}

err past_read(struct db *db, const struct commission_order *order, const struct decision *d,
    struct decide_past **out, size_t *out_count)
{
    struct volumes now = { 0 };
    struct list none = { 0 };

    volumes_of(db_arena(db), order, d, &none, &now);
    *out = ARENA_ARRAY(db_arena(db), struct decide_past, now.count + 1);
    *out_count = 0;
    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *line = &d->lines[i];
        if (!line->rule || !rule_has_past(line->rule))
            continue;
        const struct volume *v = volume_of(&now, order, line);
        bool done = false;
        for (size_t k = 0; k < *out_count; k++)
            done |= (*out)[k].partner_id == v->partner_id && (*out)[k].line_id == v->rule_line_id;
        if (!done)
            TRY(read_one(db, line->rule, v, &(*out)[(*out_count)++]));
    }
    return NULL;
}

/* ---- whose worth hangs on it
 * ------------------------------------------------------------------------------------- */

struct commission_rippled *ripple_put(
    struct arena *arena, struct commission_ripple *all, int64_t conversion_id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].conversion_id == conversion_id)
            return &all->at[i];
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 16;
        struct commission_rippled *more = ARENA_ARRAY(arena, struct commission_rippled, room);
        for (size_t i = 0; i < all->count; i++)
            more[i] = all->at[i];
        all->at = more;
        all->room = room;
    }
    all->at[all->count] = (struct commission_rippled){ .conversion_id = conversion_id };
    return &all->at[all->count++];
}

/* Which step a volume lies in: 0 is the rule's own reward. */
static size_t step_of(const struct rule *rule, int64_t reached)
{
    const struct rule_step *step = rule->tiers.at;
    size_t at = 0;

    while (at < rule->tiers.count && step[at].from <= reached)
        at++;
    return at;
}

/* Would a line that begins at `a` earn the same if it began at `b`? */
static bool same_steps(const struct rule *rule, int64_t a, int64_t b, int64_t volume)
{
    bool is_count = rule->tiered_by.measure == VOLUME_ORDERS;
    size_t step = step_of(rule, is_count ? a + 1 : a);

    if (is_count)
        return step_of(rule, b + 1) == step;
    volume = volume > 0 ? volume - 1 : 0;
    return step_of(rule, b) == step && step_of(rule, a + volume) == step &&
           step_of(rule, b + volume) == step;
}

struct change {
    const struct volume *was, *is; /* was null: it is new */
};

static err rows_of(struct db *db, const struct statement *statement, const struct rule *rule,
    const struct volume *v, struct list *out)
{
    struct instant_span span = span_of(rule, v->occurred_at);

    return db_all(db, statement,
        PARAMS(P("program_id", v->program_id), P("rule_line_id", v->rule_line_id),
            P("partner_id", v->partner_id), P("is_test", v->is_test), P("from", span.from.ms),
            P("to", span.to.ms), P("at", v->occurred_at.ms), P("customer_id", v->customer_id),
            P("conversion_id", v->conversion_id)),
        &volume_fields, out);
}

/* A step of the whole period was reached or lost. */
static err ripple_whole(struct db *db, const struct rule *rule, const struct change *c,
    struct commission_ripple *out)
{
    int64_t others, now = measured(rule, c->is), less = c->was ? measured(rule, c->was) : 0;
    struct list rows;

    if (now == less)
        return NULL;
    TRY(beside(db, rule, c->is, &others));
    if (step_of(rule, others + now) == step_of(rule, others + less))
        return NULL;
    TRY(rows_of(db, &COMMISSION_VOLUME_ALL, rule, c->is, &rows));
    const struct volume *v = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (v[i].rule_id == rule->id)
            (void)ripple_put(db_arena(db), out, v[i].conversion_id);
    return NULL;
}

/* What comes after it begins at another volume. */
static err ripple_after(struct db *db, const struct rule *rule, const struct change *c,
    struct commission_ripple *out)
{
    int64_t at, now = measured(rule, c->is), less = c->was ? measured(rule, c->was) : 0;
    struct list rows;

    if (now == less)
        return NULL;
    TRY(rows_of(db, &COMMISSION_VOLUME_AFTER, rule, c->is, &rows));
    if (rows.count == 0)
        return NULL;
    TRY(before(db, rule, c->is, &at));
    const struct volume *v = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t volume = measured(rule, &v[i]);
        if (v[i].rule_id == rule->id && !same_steps(rule, at + now, at + less, volume))
            (void)ripple_put(db_arena(db), out, v[i].conversion_id);
        at += volume;
    }
    return NULL;
}

/* The orders of its customer after it are one more or one fewer. */
static err ripple_renewals(struct db *db, const struct rule *rule, const struct change *c,
    struct commission_ripple *out)
{
    struct list rows;

    if (str_empty(c->is->customer_id) || c->is->stands == (c->was && c->was->stands))
        return NULL;
    TRY(rows_of(db, &COMMISSION_VOLUME_RENEWALS, rule, c->is, &rows));
    const struct volume *v = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (v[i].rule_id == rule->id)
            (void)ripple_put(db_arena(db), out, v[i].conversion_id);
    return NULL;
}

/* Other orders of the line may be judged by other versions of it, each with steps of its own. */
static err ripple(struct db *db, const struct change *c, struct commission_ripple *out)
{
    struct rule line = { .program_id = c->is->program_id, .line_id = c->is->rule_line_id };
    struct list versions;
    int64_t all;
    TRY(rule_versions(db, &line, &versions));

    const struct rule *rule = versions.at;
    for (size_t i = 0; i < versions.count; i++) {
        if (rule[i].tiers.count)
            TRY(sum_of_volume(db, &rule[i], c->is, true, &all));
        if (rule[i].tiers.count == 0)
            TRY(ripple_renewals(db, &rule[i], c, out));
        else if (rule[i].tiered_by.mode == MODE_RETROACTIVE)
            TRY(ripple_whole(db, &rule[i], c, out));
        else
            TRY(ripple_after(db, &rule[i], c, out));
    }
    return NULL;
}

static bool same(const struct volume *a, const struct volume *b)
{
    return a->revenue == b->revenue && a->orders == b->orders && a->stands == b->stands &&
           a->rule_id == b->rule_id;
}

static const struct volume *find(const struct list *rows, const struct volume *like)
{
    const struct volume *v = rows->at;
    for (size_t i = 0; i < rows->count; i++)
        if (v[i].partner_id == like->partner_id && v[i].rule_line_id == like->rule_line_id)
            return &v[i];
    return NULL;
}

static err change_to(struct db *db, const struct volume *was, const struct volume *is,
    struct commission_ripple *out)
{
    if (was && same(was, is))
        return NULL;
    TRY(db_put(db, &COMMISSION_VOLUME_PUT, &volume_fields, is));
    TRY(sum_volume(db, was, is));
    return ripple(db, &(struct change){ was, is }, out);
}

err past_keep(struct db *db, const struct commission_order *order, const struct decision *d,
    const struct list *rows, struct commission_ripple *out)
{
    struct volumes now = { 0 };
    struct list kept;

    volumes_of(db_arena(db), order, d, rows, &now);
    TRY(db_all(db, &COMMISSION_VOLUME_OF_ORDER,
        PARAMS(P("conversion_id", order->cause.conversion_id)), &volume_fields, &kept));
    for (size_t i = 0; i < now.count; i++)
        TRY(change_to(db, find(&kept, &now.at[i]), &now.at[i], out));
    const struct volume *was = kept.at;
    for (size_t i = 0; i < kept.count; i++) { /* those that are not his any more */
        struct volume gone = was[i];
        gone.revenue = gone.orders = 0;
        gone.stands = false;
        if (!find(&(struct list){ now.at, now.count }, &was[i]))
            TRY(change_to(db, &was[i], &gone, out));
    }
    return NULL;
}

err commission_hangs(struct db *db, int64_t conversion_id, bool *out)
{
    int64_t count;
    TRY(db_int(db, &COMMISSION_HANGS, PARAMS(P("conversion_id", conversion_id)), &count));
    *out = count > 0;
    return NULL;
}
