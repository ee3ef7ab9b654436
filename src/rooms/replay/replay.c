/* The run: whoever is free takes the next span of history, reads it in batches and decides each order
 * twice, as it stands and as drafted. Where rules look at other orders, what they look up goes batch
 * by batch in the order of time; all else is done by all at once. */
#include "rooms/replay/replay.h"
#include "rooms/replay/replay_run.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "rooms/replay/replay.sql.h"

enum { BATCH = 1024, THREADS_MOST = 16, THREADS = 2, SPANS_AT_FIRST = 256, STEPS = 1000 };

const struct err REPLAY_STOPPED = { ERR_CONFLICT, "replay_stopped",
    N_("It was stopped before its end."), NULL };

/* clang-format off */
static const struct field pair_list[] = {
    FIELD_ID(replay_pair, id, "cnv"), FIELD_ID(replay_pair, partner_id, "par"),
};
static const struct fields pair_fields = FIELDS(pair_list, replay_pair);

static const struct field bonus_list[] = {
    FIELD_ID(replay_bonus, line_id, "rul"), FIELD_ID(replay_bonus, partner_id, "par"), FIELD(replay_bonus, period_from),
};
static const struct fields bonus_fields = FIELDS(bonus_list, replay_bonus);

static const struct field person_list[] = {
    FIELD_ID(commission_person, id, "par"), FIELD_ID(commission_person, recruited_by, "par"),
    FIELD(commission_person, approved_at), FIELD(commission_person, left_at),
};
static const struct fields person_fields = FIELDS(person_list, commission_person);
/* clang-format on */

/* One thread's part of the work. */
struct worker {
    struct run *run;
    struct arena *arena;
    struct tally tallies[SIDES];
    int64_t orders;
    err failure;
};

/* ---- spans
 * ------------------------------------------------------------------------------------------------ */

static err await(struct worker *w, const struct batch *b, enum turn turn)
{
    return !w->run->takes[turn] || run_wait(w->run, &b->span, turn) ? NULL : &REPLAY_STOPPED;
}

/* A span of several batches keeps its turn until the last of them. */
static void pass_on(struct worker *w, const struct batch *b, enum turn turn)
{
    if (w->run->takes[turn] && b->is_last)
        run_pass_on(w->run, turn);
}

static err decide(struct worker *w, struct batch *b)
{
    TRY(batch_choose(b));
    TRY(await(w, b, TURN_RECALL));
    if (b->span.counts)
        batch_count(b);
    else
        batch_recall(b);
    pass_on(w, b, TURN_RECALL);
    if (!b->span.counts)
        TRY(batch_conclude(b));
    TRY(await(w, b, TURN_BESIDE));
    if (!b->span.counts)
        TRY(batch_add(b, w->tallies, &w->orders));
    pass_on(w, b, TURN_BESIDE);
    return NULL;
}

static err do_span(struct worker *w, const struct span *span)
{
    struct batch b = { .run = w->run, .span = *span, .arena = w->arena };
    int64_t orders = 0;

    b.after_at.ms = span->from;
    b.after_id = INT64_MIN;
    while (!b.is_last) {
        arena_rewind(w->arena);
        TRY(batch_read(&b));
        orders += (int64_t)b.count;
        if (b.is_last)
            run_learn(w->run, span, orders);
        TRY(decide(w, &b));
    }
    return NULL;
}

/* How far it has come, in thousandths of all passes. */
static bool tell_progress(struct run *run, const struct span *span)
{
    __int128 whole = (__int128)run->last - run->first + 1;
    int64_t done = (int64_t)(((__int128)span->to - run->first) * STEPS / whole);

    if (!run->ask->progress)
        return true;
    if (run->passes > 1 && !span->counts)
        done += STEPS;
    pthread_mutex_lock(&run->telling);
    run->told = done > run->told ? done : run->told;
    if (!run->refused)
        run->refused = !run->ask->progress(run->told, (int64_t)STEPS * run->passes, run->ask->arg);
    bool goes_on = !run->refused;
    pthread_mutex_unlock(&run->telling);
    return goes_on;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct span span;

    while (!w->failure && run_span(w->run, &span)) {
        w->failure = do_span(w, &span);
        if (!w->failure && !tell_progress(w->run, &span))
            w->failure = &REPLAY_STOPPED;
    }
    if (w->failure)
        run_stop(w->run);
    return NULL;
}

static struct worker *worker_new(struct run *run)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w)
        log_fatal("out of memory while deciding history again");
    w->run = run;
    w->arena = arena_new();
    return w;
}

static void worker_free(struct worker *w)
{
    arena_free(w->arena);
    for (int side = 0; side < SIDES; side++)
        tally_free(&w->tallies[side]);
    free(w);
}

static void merge(struct tally *into, const struct tally *from)
{
    for (size_t i = 0; i < from->room; i++)
        if (from->at[i].partner_id)
            tally_add(into, from->at[i].partner_id, from->at[i].currency, from->at[i].orders,
                from->at[i].sum);
}

/* One that was stopped by another's failure has nothing to say of its own. */
static err worse(err a, err b)
{
    return !a || (a == &REPLAY_STOPPED && b) ? b : a;
}

static err join(struct worker *into, struct worker *w)
{
    err failure = w->failure;

    for (int side = 0; side < SIDES; side++)
        merge(&into->tallies[side], &w->tallies[side]);
    into->orders += w->orders;
    worker_free(w);
    return failure;
}

/* The first worker keeps the sums of all. */
static err work_all(struct run *run, struct worker **out)
{
    size_t count = run->ask->threads ? run->ask->threads : THREADS;
    struct worker *workers[THREADS_MOST];
    pthread_t threads[THREADS_MOST];

    if (count > THREADS_MOST)
        count = THREADS_MOST;
    for (size_t i = 0; i < count; i++)
        workers[i] = worker_new(run);
    for (size_t i = 1; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, workers[i]) != 0)
            log_fatal("no thread could be started");
    work(workers[0]);
    err failure = workers[0]->failure;
    for (size_t i = 1; i < count; i++) {
        pthread_join(threads[i], NULL);
        failure = worse(failure, join(workers[0], workers[i]));
    }
    *out = workers[0];
    return failure;
}

/* ---- before and after
 * ------------------------------------------------------------------------------------- */

static void look_at_rule(struct run *run, const struct rule *rule)
{
    const struct rule_scope *scope = &rule->scope;

    run->asks_for.items |= scope->sku.at || scope->category.at || rule_has_past(rule) ||
                           (rule->reward.per == PER_ITEM && rule_is_fixed(rule));
    run->asks_for.scopes |= scope->event.at || scope->coupon.at || scope->country.at;
    run->asks_for.subs |= scope->sub.at != NULL;
    run->asks_for.customers |= rule_has_past(rule) && !rule->tiers.count;
}

static void look_at(struct run *run, struct side *side)
{
    const struct rule *rule = side->rules.at;

    rules_sort(&side->rules);
    side->looks_beside = commission_rules_look_beside(rule, side->rules.count);
    for (size_t i = 0; i < side->rules.count; i++) {
        look_at_rule(run, &rule[i]);
        side->is_backdated |=
            rule[i].starts_at.ms > 0 && rule[i].created_at.ms > rule[i].starts_at.ms;
    }
    side->looks_ahead = commission_rules_look_ahead(rule, side->rules.count);
    run->takes[TURN_RECALL] |= commission_rules_have_past(rule, side->rules.count);
    run->takes[TURN_BESIDE] |=
        side->looks_beside && commission_rules_go_by_time(rule, side->rules.count);
    if (side->looks_ahead)
        run->passes = 2;
}

/* Without rules that look at other orders, those of the time that was asked for are enough. */
static void first_and_last_asked(struct run *run)
{
    const struct replay_ask *ask = run->ask;

    if (run->takes[TURN_RECALL] || run->takes[TURN_BESIDE])
        return;
    if (!instant_none(ask->from) && ask->from.ms > run->first)
        run->first = ask->from.ms;
    if (!instant_none(ask->to) && ask->to.ms - 1 < run->last)
        run->last = ask->to.ms - 1;
}

static err first_and_last(struct db *db, struct run *run)
{
    const struct param *params = PARAMS(P("program_id", run->ask->program_id));

    TRY(db_int(db, &REPLAY_FIRST_TIME, params, &run->first));
    TRY(db_int(db, &REPLAY_LAST_TIME, params, &run->last));
    first_and_last_asked(run);
    run->next = run->first;
    run->width = (run->last - run->first) / SPANS_AT_FIRST + 1;
    return NULL;
}

static struct list copy_of(struct arena *arena, const struct list *rules)
{
    const struct rule *from = rules->at;
    struct rule *to = ARENA_ARRAY(arena, struct rule, rules->count + 1);

    for (size_t i = 0; i < rules->count; i++)
        to[i] = from[i];
    return (struct list){ to, rules->count };
}

static err prepare(struct db *db, void *arg)
{
    struct run *run = arg;
    const struct replay_draft *draft = run->ask->draft;
    const struct param *params = PARAMS(P("program_id", run->ask->program_id));
    struct side *before = &run->sides[SIDE_BEFORE], *after = &run->sides[SIDE_AFTER];

    TRY(commission_rules_ever(db, run->ask->program_id, &before->rules));
    after->rules = draft->has_rules ? copy_of(db_arena(db), &draft->rules) : before->rules;
    run->passes = 1;
    look_at(run, before);
    look_at(run, after);
    if (draft->has_rules)
        after->is_backdated = false;
    run->new_touches = draft->has_model || draft->has_precedence || draft->window_days ||
                       draft->customer_days;
    TRY(db_all(db, &REPLAY_DECLINED, params, &pair_fields, &run->declined));
    TRY(db_all(db, &REPLAY_DECLINED_BONUSES, params, &bonus_fields, &run->declined_bonuses));
    TRY(db_all(db, &REPLAY_DECLINED_PARTS, params, &pair_fields, &run->declined_parts));
    TRY(db_all(db, &REPLAY_PEOPLE, params, &person_fields, &run->people));
    TRY(db_all(db, &REPLAY_CHANGED, params, &pair_fields, &run->changed));
    return first_and_last(db, run);
}

static err run_kept(struct run *run, struct arena *arena, struct replay_outcome *out)
{
    struct worker *all = NULL;

    TRY(store_read(run->store, prepare, run));
    err failure = work_all(run, &all);
    *out = (struct replay_outcome){ .orders = all->orders };
    if (!failure)
        failure = replay_summarise(run->store, arena, run->ask->program_id,
            &all->tallies[SIDE_BEFORE], &all->tallies[SIDE_AFTER], out);
    worker_free(all);
    return failure;
}

err replay_run(struct store *store, struct arena *arena, const struct replay_ask *ask,
    struct replay_outcome *out)
{
    struct run run = { .store = store,
        .ask = ask,
        .batch = ask->batch ? ask->batch : BATCH,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .moved = PTHREAD_COND_INITIALIZER,
        .telling = PTHREAD_MUTEX_INITIALIZER };

    for (int side = 0; side < SIDES; side++) {
        run.sides[side].past = commission_memory_new();
        run.sides[side].beside = commission_memory_new();
    }
    store_keep(arena);
    err failure = run_kept(&run, arena, out);
    store_keep(NULL);
    for (int side = 0; side < SIDES; side++) {
        commission_memory_free(run.sides[side].past);
        commission_memory_free(run.sides[side].beside);
    }
    return failure;
}
