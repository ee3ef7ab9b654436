/* The threads that run jobs: claim a few under a lease, run them, write down how they ended. */
#include "work/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "work/work.sql.h"

enum {
    CLAIM_MOST = 8,
    KINDS_MOST = 128,
    THREADS_MOST = 8,
    LOOK_MS = 200,             /* between looks at the table when nobody wakes us */
    LEASE_MS = 1 * MINUTE_MS, /* renewed while the job runs */
};

struct work {
    struct work_options options;
    const struct job_kind *kinds[KINDS_MOST];
    size_t kind_count;
    pthread_t threads[THREADS_MOST];
    size_t thread_count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t wakes, rounds; /* rounds: looks that were finished, for work_settle */
    size_t running;         /* threads that hold jobs */
    pthread_t keeper;
    pthread_cond_t ended;
    bool is_keeping, is_closing;
};

const struct err JOB_LOST = { ERR_CONFLICT, "job_lost",
    N_("Another node has taken this job over."), NULL };
static const struct err KIND_UNKNOWN = { ERR_INTERNAL, "job_kind_unknown",
    N_("No room runs jobs of this kind."), NULL };
static const struct err KIND_TWICE = { ERR_INTERNAL, "job_kind_twice",
    N_("Two rooms run jobs of one kind."), NULL };
static const struct err NO_THREAD = { ERR_INTERNAL, "no_thread",
    N_("A thread could not be started."), NULL };

static const struct job_kind *find_kind(const struct work *work, str kind)
{
    for (size_t i = 0; i < work->kind_count; i++)
        if (str_eq(str_of(work->kinds[i]->kind), kind))
            return work->kinds[i];
    return NULL;
}

/* ---- schedules ----------------------------------------------------------------------------------
 */

static err start_schedules(struct db *db, void *arg)
{
    struct work *work = arg;
    struct list rows;

    TRY(db_run(
        db, &JOB_RELEASE, PARAMS(P("node", (int64_t)work->options.env->node)), NULL, NULL, NULL));
    TRY(db_all(db, &SCHEDULE_LIST, NO_PARAMS, &job_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct job_kind *kind = find_kind(work, ((struct job_row *)rows.at)[i].kind);
        if (!kind || !kind->every_ms)
            TRY(db_run(db, &SCHEDULE_DROP, PARAMS(P("kind", ((struct job_row *)rows.at)[i].kind)),
                NULL, NULL, NULL));
    }
    for (size_t i = 0; i < work->kind_count; i++)
        if (work->kinds[i]->every_ms)
            TRY(db_run(db, &SCHEDULE_INSERT,
                PARAMS(P("kind", work->kinds[i]->kind), P("next_at", db_now(db))), NULL, NULL,
                NULL));
    return NULL;
}

struct claim {
    struct work *work;
    int64_t ids[KINDS_MOST]; /* for scheduled jobs: made before the write, which may run twice */
    instant now;
    struct arena *arena;
    struct list rows; /* struct job_row, texts in `arena` */
};

static err queue_scheduled(struct db *db, const struct claim *claim)
{
    for (size_t i = 0; i < claim->work->kind_count; i++) {
        const struct job_kind *kind = claim->work->kinds[i];
        int64_t changes = 0;
        if (!kind->every_ms)
            continue;
        TRY(db_run(db, &SCHEDULE_TAKE,
            PARAMS(P("kind", kind->kind), P("now", claim->now),
                P("next_at", instant_plus_ms(claim->now, kind->every_ms))),
            NULL, NULL, &changes));
        if (changes)
            TRY(job_queue(db, claim->ids[i], kind->kind, 0, STR(""), claim->now, STR("schedule")));
    }
    return NULL;
}

/* ---- one round
 * ------------------------------------------------------------------------------------ */

static err claim_some(struct db *db, void *arg)
{
    struct claim *claim = arg;
    struct list rows;

    TRY(queue_scheduled(db, claim));
    TRY(db_all(db, &JOB_CLAIM,
        PARAMS(P("now", claim->now), P("most", (int64_t)CLAIM_MOST),
            P("lease_until", instant_plus_ms(claim->now, claim->work->options.lease_ms)),
            P("node", (int64_t)claim->work->options.env->node)),
        &job_row_fields, &rows));

    struct job_row *kept = ARENA_ARRAY(claim->arena, struct job_row, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        kept[i] = ((struct job_row *)rows.at)[i];
        kept[i].kind = str_dup(claim->arena, kept[i].kind);
        kept[i].arg = str_dup(claim->arena, kept[i].arg);
    }
    claim->rows = (struct list){ kept, rows.count };
    return NULL;
}

struct ending {
    struct work *work;
    const struct job_row *row;
    int32_t attempts_most;
    err failure;
    instant due_at; /* of the next attempt */
};

static err write_ending(struct db *db, void *arg)
{
    const struct ending *end = arg;
    bool again = end->failure && end->row->attempt < end->attempts_most;
    str why = end->failure
                  ? str_printf(db_arena(db), "%s: %s", end->failure->code, end->failure->text)
                  : STR_NONE;

    return db_run(db,
        !end->failure ? &JOB_DONE
        : again       ? &JOB_AGAIN
                      : &JOB_FAIL,
        PARAMS(P("id", end->row->id), P("node", (int64_t)end->work->options.env->node),
            P("attempt", end->row->attempt), P("error", why), P("due_at", end->due_at)),
        NULL, NULL, NULL);
}

struct hold {
    struct work *work;
    const struct job_row *row;
};

/* Guards every write of a job: who was away too long finds that his job is another's. */
static err still_ours(struct db *db, void *arg)
{
    const struct hold *h = arg;
    int64_t count;

    TRY(db_int(db, &JOB_HELD,
        PARAMS(P("id", h->row->id), P("node", (int64_t)h->work->options.env->node),
            P("attempt", h->row->attempt)),
        &count));
    return count ? NULL : &JOB_LOST;
}

static err run_one(struct work *work, const struct job_kind *kind, const struct job_row *row)
{
    struct arena *arena = arena_new();
    struct job job = {
        .id = row->id,
        .program_id = row->program_id,
        .kind = kind->kind,
        .arg = row->arg,
        .attempt = row->attempt,
        .due_at = row->due_at,
        .arena = arena,
        .env = work->options.env,
        .store = work->options.store,
        .app = work->options.app,
    };
    store_keep(arena); /* what the job reads in its writes lives as long as the job */
    struct hold hold = { work, row };
    store_guard(still_ours, &hold);
    err failure = kind->run(&job);
    store_guard(NULL, NULL);

    /* The reason may live in the job's arena: it is copied by what follows before that goes. */
    struct ending end = { .work = work, .row = row, .failure = failure };
    uint32_t dice = 0;
    job.env->random(job.env, &dice, sizeof(dice));
    end.attempts_most = kind->attempts_most ? kind->attempts_most : 10;
    end.due_at = instant_plus_ms(job.env->now(job.env), work_backoff_ms(row->attempt, dice));
    if (failure)
        log_line(LOG_WARN, "job failed kind=%s attempt=%d code=%s: %s", kind->kind, row->attempt,
            failure->code, failure->text);
    err written = store_write(work->options.store, write_ending, &end);
    store_keep(NULL);
    arena_free(arena);
    return written;
}

static err run_row(struct work *work, const struct job_row *row)
{
    const struct job_kind *kind = find_kind(work, row->kind);

    if (kind)
        return run_one(work, kind, row);
    struct ending end = { .work = work, .row = row, .failure = &KIND_UNKNOWN };
    log_line(LOG_ERROR, "job of unknown kind=%" PRI_STR, STR_ARG(row->kind));
    return store_write(work->options.store, write_ending, &end);
}

struct count {
    const struct statement *statement;
    instant now;
    int64_t count;
};

static err count_rows(struct db *db, void *arg)
{
    struct count *count = arg;

    return db_int(db, count->statement, PARAMS(P("now", count->now)), &count->count);
}

static void note_running(struct work *work, int more)
{
    pthread_mutex_lock(&work->lock);
    work->running += (size_t)more;
    pthread_mutex_unlock(&work->lock);
}

/* Runs what is due; *out_more when there may be more at once. */
static err run_round(struct work *work, bool *out_more)
{
    struct count due = { &JOB_DUE, work->options.env->now(work->options.env), 0 };

    *out_more = false;
    TRY(store_read(work->options.store, count_rows, &due));
    if (!due.count)
        return NULL;

    struct claim *claim = calloc(1, sizeof(*claim));
    if (!claim)
        log_fatal("out of memory");
    *claim = (struct claim){ .work = work, .now = due.now, .arena = arena_new() };
    for (size_t i = 0; i < work->kind_count; i++)
        claim->ids[i] = id_new(work->options.env);
    err failure = store_write(work->options.store, claim_some, claim);
    note_running(work, 1);
    for (size_t i = 0; !failure && i < claim->rows.count; i++)
        failure = run_row(work, &((struct job_row *)claim->rows.at)[i]);
    note_running(work, -1);
    *out_more = !failure && claim->rows.count > 0;
    arena_free(claim->arena);
    free(claim);
    return failure;
}

/* ---- threads
 * ---------------------------------------------------------------------------------------- */

/* False: the time is over. */
static bool wait_on(struct work *work, pthread_cond_t *condition, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_cond_timedwait(condition, &work->lock, &until) == 0;
}

static void wait_for(struct work *work, uint64_t seen, int64_t ms)
{
    while (!work->is_closing && work->wakes == seen)
        if (!wait_on(work, &work->changed, ms))
            break;
}

static void *thread_main(void *arg)
{
    struct work *work = arg;

    pthread_setname_np(pthread_self(), "jobs");
    pthread_mutex_lock(&work->lock);
    while (!work->is_closing) {
        uint64_t seen = work->wakes;
        bool more;
        pthread_mutex_unlock(&work->lock);
        err failure = run_round(work, &more);
        if (failure)
            log_line(LOG_ERROR, "jobs cannot be read: %s", failure->text);
        pthread_mutex_lock(&work->lock);
        work->rounds++;
        pthread_cond_broadcast(&work->changed);
        if (!more)
            wait_for(work, seen, failure ? 5 * LOOK_MS : LOOK_MS);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static err renew(struct db *db, void *arg)
{
    struct work *work = arg;
    instant now = work->options.env->now(work->options.env);

    return db_run(db, &JOB_RENEW,
        PARAMS(P("now", now), P("lease_until", instant_plus_ms(now, work->options.lease_ms)),
            P("node", (int64_t)work->options.env->node)),
        NULL, NULL, NULL);
}

/* A lease that has run out is not renewed: the job may be another's. */
static void *keeper_main(void *arg)
{
    struct work *work = arg;
    size_t was_running = 0;

    pthread_mutex_lock(&work->lock);
    while (!work->is_closing || work->running) {
        wait_on(work, &work->ended, work->options.lease_ms / 4);
        size_t running = work->running;
        if (running && was_running) { /* short ones need no renewal */
            pthread_mutex_unlock(&work->lock);
            err failure = store_write(work->options.store, renew, work);
            if (failure)
                log_line(LOG_WARN, "leases of jobs could not be renewed: %s", failure->text);
            pthread_mutex_lock(&work->lock);
        }
        was_running = running;
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static err gather_kinds(struct work *work)
{
    for (size_t t = 0; work->options.tables && work->options.tables[t]; t++) {
        for (const struct job_kind *kind = work->options.tables[t]; kind->kind; kind++) {
            if (find_kind(work, str_of(kind->kind)) || work->kind_count == KINDS_MOST)
                return &KIND_TWICE;
            work->kinds[work->kind_count++] = kind;
        }
    }
    return NULL;
}

static err start_threads(struct work *work)
{
    size_t wanted = work->options.threads ? work->options.threads : 1;

    if (wanted > THREADS_MOST)
        wanted = THREADS_MOST;
    while (work->thread_count < wanted) {
        if (pthread_create(&work->threads[work->thread_count], NULL, thread_main, work) != 0)
            return &NO_THREAD;
        work->thread_count++;
    }
    if (pthread_create(&work->keeper, NULL, keeper_main, work) != 0)
        return &NO_THREAD;
    work->is_keeping = true;
    return NULL;
}

err work_open(const struct work_options *options, struct work **out)
{
    struct work *work = calloc(1, sizeof(*work));

    if (!work)
        log_fatal("out of memory");
    work->options = *options;
    if (!work->options.lease_ms)
        work->options.lease_ms = LEASE_MS;
    pthread_mutex_init(&work->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&work->ended, &monotonic);
    pthread_cond_init(&work->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);

    err failure = gather_kinds(work);
    if (!failure)
        failure = store_write(options->store, start_schedules, work);
    if (!failure)
        failure = start_threads(work);
    if (failure) {
        work_close(work);
        return failure;
    }
    *out = work;
    return NULL;
}

void work_close(struct work *work)
{
    if (!work)
        return;
    pthread_mutex_lock(&work->lock);
    work->is_closing = true;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
    for (size_t i = 0; i < work->thread_count; i++)
        pthread_join(work->threads[i], NULL);
    pthread_mutex_lock(&work->lock);
    pthread_cond_signal(&work->ended);
    pthread_mutex_unlock(&work->lock);
    if (work->is_keeping)
        pthread_join(work->keeper, NULL);
    pthread_cond_destroy(&work->ended);
    pthread_cond_destroy(&work->changed);
    pthread_mutex_destroy(&work->lock);
    free(work);
}

void work_wake(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    work->wakes++;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
}

err work_settle(struct work *work)
{
    for (;;) {
        struct count left = { &JOB_UNFINISHED, work->options.env->now(work->options.env), 0 };
        /* The writer is asked: who waits here may hold a loan, and would read its old picture. */
        TRY(store_write(work->options.store, count_rows, &left));
        if (!left.count)
            return NULL;

        pthread_mutex_lock(&work->lock);
        uint64_t seen = work->rounds;
        work->wakes++;
        pthread_cond_broadcast(&work->changed);
        while (work->rounds == seen && !work->is_closing)
            pthread_cond_wait(&work->changed, &work->lock);
        bool is_closing = work->is_closing;
        pthread_mutex_unlock(&work->lock);
        if (is_closing)
            return NULL;
    }
}
