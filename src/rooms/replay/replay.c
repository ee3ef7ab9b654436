/* The run: orders with their touches are read part by part, by more than one thread where rules do
 * not look back, and each is decided twice: as it stands and as drafted. */
#include "rooms/replay/replay.h"
#include "rooms/replay/replay_inside.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "rooms/conversion/conversion.h"
#include "rooms/replay/replay.sql.h"

enum { PARTS = 256, THREADS_MOST = 16, TOUCHES_MOST = 512, THREADS = 2 };

const struct err REPLAY_STOPPED = { ERR_CONFLICT, "replay_stopped",
    N_("It was stopped before its end."), NULL };

/* An order with one of its touches. */
struct heard {
    int64_t id, amount, refunded, window_days, customer_days;
    str type, coupon, country, customer_id;
    currency currency;
    bool new_customer;
    instant occurred_at, judged_at, created_at;
    enum program_attribution model;
    enum program_precedence precedence;
    enum program_binding customer_binding;
    /* the touch: */
    enum touch_kind kind;
    enum touch_evidence evidence;
    enum touch_bar bar;
    int64_t click_id, partner_id, share_bp, bound_bp;
    instant at;
    bool won;
    str partner_group;
    strs subs;
};
/* clang-format off */
static const struct field heard_list[] = {
    FIELD_ID(heard, id, "cnv"), FIELD(heard, type), FIELD(heard, amount), FIELD(heard, currency),
    FIELD(heard, coupon), FIELD(heard, country), FIELD(heard, new_customer), FIELD(heard, customer_id), FIELD(heard, occurred_at),
    FIELD(heard, judged_at), FIELD(heard, created_at), FIELD(heard, refunded), FIELD(heard, window_days), FIELD(heard, customer_days),
    FIELD(heard, model, .names = program_attribution_names),
    FIELD(heard, precedence, .names = program_precedence_names),
    FIELD(heard, customer_binding, .names = program_binding_names),
    FIELD(heard, kind, .names = touch_kind_names), FIELD(heard, evidence, .names = touch_evidence_names),
    FIELD(heard, bar, .names = touch_bar_names), FIELD_ID(heard, click_id, "clk"), FIELD_ID(heard, partner_id, "par"),
    FIELD(heard, share_bp), FIELD(heard, bound_bp), FIELD(heard, at), FIELD(heard, won), FIELD(heard, partner_group), FIELD(heard, subs),
};
static const struct fields heard_fields = FIELDS(heard_list, heard);

static const struct field item_list[] = {
    FIELD(decide_item, sku), FIELD(decide_item, name), FIELD(decide_item, category), FIELD(decide_item, quantity),
    FIELD(decide_item, amount),
};
static const struct fields item_fields = FIELDS(item_list, decide_item);

struct declined {
    int64_t id, partner_id;
};
static const struct field declined_list[] = {
    FIELD_ID(declined, id, "cnv"), FIELD_ID(declined, partner_id, "par"),
};
static const struct fields declined_fields = FIELDS(declined_list, declined);

struct declined_bonus {
    int64_t line_id, partner_id, period_from;
};
static const struct field bonus_list[] = {
    FIELD_ID(declined_bonus, line_id, "rul"), FIELD_ID(declined_bonus, partner_id, "par"),
    FIELD(declined_bonus, period_from),
};
static const struct fields bonus_fields = FIELDS(bonus_list, declined_bonus);

static const struct field person_list[] = {
    FIELD_ID(commission_person, id, "par"), FIELD_ID(commission_person, recruited_by, "par"),
    FIELD(commission_person, approved_at),
};
static const struct fields person_fields = FIELDS(person_list, commission_person);
/* clang-format on */

/* As it was, or as drafted. */
struct side {
    struct list rules;
    bool has_past, looks_ahead, looks_beside, is_backdated;
};

struct run {
    struct store *store;
    const struct replay_ask *ask;
    struct side before, after;
    bool new_touches; /* shares are worked out anew */
    bool all_touches; /* and those that lost are read */
    bool by_time, with_items;
    struct list declined, changed, declined_bonuses, declined_parts, people;
    int64_t first, last; /* ids, or times */
    int passes;
    atomic_int next;
    atomic_bool stopped;
    pthread_mutex_t lock;
};

/* One thread's part of the work. */
struct worker {
    struct run *run;
    struct db *db;
    struct arena *order_arena;
    struct heard row, head;
    bool is_open, counts;
    struct touch touches[TOUCHES_MOST];
    size_t touch_count;
    struct decide_item *items;
    size_t item_count, item_room;
    struct conversion_changes changes;
    bool is_changed;
    struct tally before, after;
    struct commission_memory *memory_before, *memory_after;
    int64_t orders;
    err failure;
};

/* An order as one side has it. */
struct one_side {
    const struct side *side;
    struct commission_memory *memory;
    const struct decide_order *order;
    const struct decide_share *shares;
    size_t share_count;
    struct tally *to;
};

/* ---- one order
 * -------------------------------------------------------------------------------------------- */

static err take_item(void *record, void *arg)
{
    struct worker *w = arg;
    const struct decide_item *item = record;
    struct arena *arena = w->order_arena;

    if (w->item_count == w->item_room) {
        size_t room = w->item_room ? w->item_room * 2 : 8;
        struct decide_item *more = ARENA_ARRAY(arena, struct decide_item, room);
        for (size_t i = 0; i < w->item_count; i++)
            more[i] = w->items[i];
        w->items = more;
        w->item_room = room;
    }
    w->items[w->item_count++] = (struct decide_item){ .sku = str_dup(arena, item->sku),
        .category = str_dup(arena, item->category),
        .quantity = item->quantity,
        .amount = item->amount };
    return NULL;
}

/* Sorted by id; partner_id 0: any. */
static bool is_listed(const struct list *list, int64_t id, int64_t partner_id)
{
    const struct declined *at = list->at;
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->count && at[low].id == id; low++)
        if (!partner_id || at[low].partner_id == partner_id)
            return true;
    return false;
}

static err read_items(struct worker *w)
{
    struct decide_item item;

    w->items = NULL;
    w->item_count = w->item_room = 0;
    w->is_changed = is_listed(&w->run->changed, w->head.id, 0);
    if (w->is_changed)
        return conversion_changes(w->db, w->run->ask->program_id, w->head.id, &w->changes);
    if (!w->run->with_items)
        return NULL;
    return db_each(w->db, &REPLAY_ITEMS, PARAMS(P("conversion_id", w->head.id)), &item_fields,
        &item, take_item, w);
}

static struct decide_order order_of(const struct worker *w)
{
    const struct heard *h = &w->head;

    return (struct decide_order){ .program_id = w->run->ask->program_id,
        .type = h->type,
        .amount = { h->amount, h->currency },
        .items = w->is_changed ? w->changes.items : w->items,
        .item_count = w->is_changed ? w->changes.item_count : w->item_count,
        .coupon = str_trim(h->coupon),
        .country = h->country,
        .is_new_customer = h->new_customer,
        .at = h->occurred_at,
        .judged_at = h->judged_at,
        .refunded = h->refunded };
}

static size_t shares_of(struct worker *w, struct decide_share **out)
{
    struct attribution_share *shares =
        ARENA_ARRAY(w->order_arena, struct attribution_share, w->touch_count + 1);
    size_t count = attribution_shares(w->touches, w->touch_count, shares);

    *out = ARENA_ARRAY(w->order_arena, struct decide_share, count + 1);
    for (size_t i = 0; i < count; i++) {
        const strs *subs = &w->touches[shares[i].touch].subs;
        (*out)[i] = (struct decide_share){ .partner_id = shares[i].partner_id,
            .group = shares[i].group,
            .share_bp = shares[i].share_bp };
        for (size_t k = 0; k < subs->count && k < 5; k++)
            (*out)[i].subs[k] = subs->at[k];
    }
    if (w->is_changed)
        conversion_changes_share(&w->changes, *out, &count);
    for (size_t i = 0; i < count; i++)
        (*out)[i].is_declined = is_listed(&w->run->declined, w->head.id, (*out)[i].partner_id);
    return count;
}

static void judge_as_drafted(struct worker *w)
{
    const struct replay_draft *draft = w->run->ask->draft;
    const struct heard *h = &w->head;
    struct attribution_terms terms = { .model = draft->has_model ? draft->model : h->model,
        .precedence = draft->has_precedence ? draft->precedence : h->precedence,
        .window_days = draft->window_days ? draft->window_days : (int32_t)h->window_days,
        .customer_days = draft->customer_days ? draft->customer_days : (int32_t)h->customer_days,
        .binding = h->customer_binding };
    struct attribution verdict;

    attribution_decide(&terms, &(struct attribution_order){ .at = h->occurred_at }, w->touches,
        w->touch_count, &verdict);
}

static bool is_declined_bonus(struct worker *w, const struct commission_bonus *bonus)
{
    const struct declined_bonus *at = w->run->declined_bonuses.at;

    if (bonus->kind == RULE_RECRUIT)
        return is_listed(&w->run->declined_parts, w->head.id, bonus->partner_id);
    for (size_t i = 0; i < w->run->declined_bonuses.count; i++)
        if (at[i].line_id == bonus->line_id && at[i].partner_id == bonus->partner_id &&
            at[i].period_from == bonus->period_from)
            return true;
    return false;
}

/* Orders outside of the time that was asked for are decided because others look back at them. */
static bool is_asked(const struct worker *w)
{
    const struct replay_ask *ask = w->run->ask;
    instant at = w->head.occurred_at;

    return (instant_none(ask->from) || at.ms >= ask->from.ms) &&
           (instant_none(ask->to) || at.ms < ask->to.ms);
}

static err add_beside(struct worker *w, const struct one_side *one, const struct list *rules,
    const struct decision *d, int64_t *worth)
{
    struct commission_besides asked = { one->order, one->shares, d, *rules, w->run->people };
    struct list bonuses;

    TRY(commission_beside_next(one->memory, w->order_arena, &asked, worth, &bonuses));
    const struct commission_bonus *bonus = bonuses.at;
    for (size_t i = 0; i < bonuses.count && is_asked(w); i++)
        if (!is_declined_bonus(w, &bonus[i]))
            tally_add(one->to, bonus[i].partner_id, bonus[i].worth.currency, 0,
                bonus[i].worth.minor);
    return NULL;
}

static err add_worth(struct worker *w, const struct one_side *one, const struct list *rules,
    const struct decision *d)
{
    int64_t *worth = ARENA_ARRAY(w->order_arena, int64_t, d->part_count + 1);
    struct commission_order now = { .cause.order = one->order,
        .cause.shares = one->shares,
        .returned = w->is_changed ? w->changes.returned : NULL,
        .refunded = one->order->refunded };

    TRY(commission_worth_now(w->order_arena, &now, d, worth));
    for (size_t i = 0; i < d->part_count; i++)
        if (one->shares[d->parts[i].share].is_declined)
            worth[i] = 0;
    if (one->side->looks_beside)
        TRY(add_beside(w, one, rules, d, worth));
    for (size_t i = 0; i < d->part_count && is_asked(w); i++)
        tally_add(one->to, one->shares[d->parts[i].share].partner_id, d->parts[i].currency,
            worth[i] != 0, worth[i]);
    return NULL;
}

/* Rules made after the order was told, though they say they held before, did not judge it. */
static struct list known_then(struct worker *w, const struct side *side)
{
    const struct rule *rules = side->rules.at;
    struct rule *known;
    size_t count = 0;

    if (!side->is_backdated)
        return side->rules;
    known = ARENA_ARRAY(w->order_arena, struct rule, side->rules.count + 1);
    for (size_t i = 0; i < side->rules.count; i++)
        if (rules[i].created_at.ms <= w->head.created_at.ms)
            known[count++] = rules[i];
    return (struct list){ known, count };
}

static err decide_side(struct worker *w, const struct one_side *one)
{
    struct list rules = known_then(w, one->side);
    struct decision d;

    if (w->counts)
        return one->side->looks_ahead
                   ? commission_count(one->memory, w->order_arena, one->order, one->shares,
                         one->share_count, rules.at, rules.count)
                   : NULL;
    if (one->side->has_past)
        TRY(commission_decide_next(one->memory, w->order_arena, one->order, w->head.customer_id,
            one->shares, one->share_count, rules.at, rules.count, &d));
    else
        TRY(commission_decide(w->order_arena, one->order, one->shares, one->share_count, rules.at,
            rules.count, &d));
    return add_worth(w, one, &rules, &d);
}

static err decide_twice(struct worker *w)
{
    struct run *run = w->run;
    struct decide_order order;
    struct decide_share *shares;

    if (!w->is_open)
        return NULL;
    w->is_open = false;
    w->orders += !w->counts && is_asked(w);
    TRY(read_items(w));
    order = order_of(w);
    size_t count = shares_of(w, &shares);
    struct one_side before = { &run->before, w->memory_before, &order, shares, count, &w->before };
    TRY(decide_side(w, &before));
    if (run->new_touches) {
        judge_as_drafted(w);
        count = shares_of(w, &shares);
    }
    struct one_side after = { &run->after, w->memory_after, &order, shares, count, &w->after };
    return decide_side(w, &after);
}

static strs subs_kept(struct arena *arena, strs subs)
{
    strs kept = { subs.count ? ARENA_ARRAY(arena, str, subs.count) : NULL, subs.count };

    for (size_t i = 0; i < subs.count; i++)
        kept.at[i] = str_dup(arena, subs.at[i]);
    return kept;
}

static err take_row(void *record, void *arg)
{
    struct worker *w = arg;
    const struct heard *row = record;

    if (!w->is_open || row->id != w->head.id) {
        TRY(decide_twice(w));
        arena_reset(w->order_arena);
        w->head = *row;
        w->head.type = str_dup(w->order_arena, row->type);
        w->head.coupon = str_dup(w->order_arena, row->coupon);
        w->head.country = str_dup(w->order_arena, row->country);
        w->head.customer_id = str_dup(w->order_arena, row->customer_id);
        w->is_open = true;
        w->touch_count = 0;
    }
    if (!row->partner_id || w->touch_count == TOUCHES_MOST)
        return NULL;
    w->touches[w->touch_count++] = (struct touch){ .kind = row->kind,
        .evidence = row->evidence,
        .bar = row->bar,
        .click_id = row->click_id,
        .partner_id = row->partner_id,
        .group = str_dup(w->order_arena, row->partner_group),
        .at = row->at,
        .share_bp = (int32_t)row->share_bp,
        .bound_bp = (int32_t)row->bound_bp,
        .won = row->won,
        .subs = subs_kept(w->order_arena, row->subs) };
    return NULL;
}

/* ---- parts
 * ------------------------------------------------------------------------------------------------ */

static int64_t edge(const struct run *run, int part)
{
    __int128 span = (__int128)run->last - run->first + 1;
    return run->first + (int64_t)(span * part / PARTS);
}

static err read_part(struct worker *w, int part)
{
    struct run *run = w->run;
    int64_t after = edge(run, part), upto = edge(run, part + 1);
    const struct param by_time[] = { P("program_id", run->ask->program_id), P("after", after),
        P("upto", upto), { .name = NULL } };
    const struct param by_id[] = { P("program_id", run->ask->program_id), P("after", after - 1),
        P("upto", upto - 1), P("from", run->ask->from), P("to", run->ask->to), { .name = NULL } };
    const struct statement *statement = run->by_time       ? &REPLAY_BY_TIME
                                        : run->all_touches ? &REPLAY_BY_ID
                                                           : &REPLAY_WINNERS_BY_ID;
    struct arena *arena = arena_new();

    w->db = store_lend(run->store, arena);
    err failure = db_each(
        w->db, statement, run->by_time ? by_time : by_id, &heard_fields, &w->row, take_row, w);
    if (!failure)
        failure = decide_twice(w);
    store_return(w->db);
    arena_free(arena);
    return failure;
}

static bool tell_progress(struct run *run, int done)
{
    bool goes_on;

    if (!run->ask->progress)
        return true;
    pthread_mutex_lock(&run->lock);
    goes_on = run->ask->progress(done, PARTS * run->passes, run->ask->arg);
    pthread_mutex_unlock(&run->lock);
    return goes_on;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct run *run = w->run;
    int part;

    while (!atomic_load(&run->stopped) &&
           (part = atomic_fetch_add(&run->next, 1)) < PARTS * run->passes) {
        w->counts = part / PARTS < run->passes - 1;
        w->failure = read_part(w, part % PARTS);
        if (!w->failure && !tell_progress(run, part + 1))
            w->failure = &REPLAY_STOPPED;
        if (w->failure)
            atomic_store(&run->stopped, true);
    }
    return NULL;
}

static struct worker *worker_new(struct run *run)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w)
        abort();
    w->run = run;
    w->order_arena = arena_new();
    w->memory_before = commission_memory_new();
    w->memory_after = commission_memory_new();
    return w;
}

static void worker_free(struct worker *w)
{
    arena_free(w->order_arena);
    commission_memory_free(w->memory_before);
    commission_memory_free(w->memory_after);
    tally_free(&w->before);
    tally_free(&w->after);
    free(w);
}

static void merge(struct tally *into, const struct tally *from)
{
    for (size_t i = 0; i < from->room; i++)
        if (from->at[i].partner_id)
            tally_add(into, from->at[i].partner_id, from->at[i].currency, from->at[i].orders,
                from->at[i].sum);
}

/* The first worker keeps the sums of all. */
static err work_all(struct run *run, struct worker **out)
{
    size_t count = run->ask->threads ? run->ask->threads : THREADS;
    struct worker *workers[THREADS_MOST];
    pthread_t threads[THREADS_MOST];
    err failure = NULL;

    if (run->by_time)
        count = 1; /* one order after the other */
    if (count > THREADS_MOST)
        count = THREADS_MOST;
    for (size_t i = 0; i < count; i++)
        workers[i] = worker_new(run);
    for (size_t i = 1; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, workers[i]) != 0)
            abort();
    work(workers[0]);
    failure = workers[0]->failure;
    for (size_t i = 1; i < count; i++) {
        pthread_join(threads[i], NULL);
        if (!failure)
            failure = workers[i]->failure;
        merge(&workers[0]->before, &workers[i]->before);
        merge(&workers[0]->after, &workers[i]->after);
        workers[0]->orders += workers[i]->orders;
        worker_free(workers[i]);
    }
    *out = workers[0];
    return failure;
}

/* ---- before and after
 * ------------------------------------------------------------------------------------- */

static bool asks_for_items(const struct list *rules)
{
    const struct rule *rule = rules->at;

    for (size_t i = 0; i < rules->count; i++)
        if (rule[i].scope.sku.at || rule[i].scope.category.at ||
            (rule[i].reward.per == PER_ITEM && rule_is_fixed(&rule[i])) || rule_has_past(&rule[i]))
            return true;
    return false;
}

static void look_at(struct side *side)
{
    const struct rule *rule = side->rules.at;

    side->has_past = commission_rules_have_past(rule, side->rules.count);
    side->looks_ahead = commission_rules_look_ahead(rule, side->rules.count);
    side->looks_beside = commission_rules_look_beside(rule, side->rules.count);
    for (size_t i = 0; i < side->rules.count; i++)
        side->is_backdated |= rule[i].starts_at.ms > 0 && rule[i].created_at.ms > rule[i].starts_at.ms;
}

static err first_and_last(struct db *db, struct run *run)
{
    const struct param *params = PARAMS(P("program_id", run->ask->program_id));

    TRY(db_int(db, run->by_time ? &REPLAY_FIRST_TIME : &REPLAY_FIRST_ID, params, &run->first));
    TRY(db_int(db, run->by_time ? &REPLAY_LAST_TIME : &REPLAY_LAST_ID, params, &run->last));
    return NULL;
}

static err prepare(struct db *db, void *arg)
{
    struct run *run = arg;
    const struct replay_draft *draft = run->ask->draft;

    TRY(commission_rules_ever(db, run->ask->program_id, &run->before.rules));
    run->after = run->before;
    if (draft->has_rules)
        run->after.rules = draft->rules;
    look_at(&run->before);
    look_at(&run->after);
    if (draft->has_rules)
        run->after.is_backdated = false;
    run->new_touches = draft->has_model || draft->has_precedence || draft->window_days ||
                       draft->customer_days;
    run->by_time = commission_rules_go_by_time(run->before.rules.at, run->before.rules.count) ||
                   commission_rules_go_by_time(run->after.rules.at, run->after.rules.count);
    run->with_items = asks_for_items(&run->before.rules) || asks_for_items(&run->after.rules);
    run->passes = run->before.looks_ahead || run->after.looks_ahead ? 2 : 1;
    TRY(db_all(db, &REPLAY_DECLINED, PARAMS(P("program_id", run->ask->program_id)),
        &declined_fields, &run->declined));
    TRY(db_all(db, &REPLAY_DECLINED_BONUSES, PARAMS(P("program_id", run->ask->program_id)),
        &bonus_fields, &run->declined_bonuses));
    TRY(db_all(db, &REPLAY_DECLINED_PARTS, PARAMS(P("program_id", run->ask->program_id)),
        &declined_fields, &run->declined_parts));
    TRY(db_all(db, &REPLAY_PEOPLE, PARAMS(P("program_id", run->ask->program_id)), &person_fields,
        &run->people));
    TRY(db_all(db, &REPLAY_CHANGED, PARAMS(P("program_id", run->ask->program_id)), &declined_fields,
        &run->changed));
    run->all_touches = run->new_touches || run->changed.count > 0;
    return first_and_last(db, run);
}

static err run_kept(struct run *run, struct arena *arena, struct replay_outcome *out)
{
    struct worker *all = NULL;

    TRY(store_read(run->store, prepare, run));
    err failure = work_all(run, &all);
    *out = (struct replay_outcome){ .orders = all->orders };
    if (!failure)
        failure = replay_summarise(
            run->store, arena, run->ask->program_id, &all->before, &all->after, out);
    worker_free(all);
    return failure;
}

err replay_run(struct store *store, struct arena *arena, const struct replay_ask *ask,
    struct replay_outcome *out)
{
    struct run run = { .store = store, .ask = ask, .lock = PTHREAD_MUTEX_INITIALIZER };

    store_keep(arena);
    err failure = run_kept(&run, arena, out);
    store_keep(NULL);
    return failure;
}
