/* The drain: moves records of the spool into rows and roll-ups, in large batches, exactly once.
 *
 * Rows are safe by their key. Roll-ups are sums, so two positions are kept, each written in the
 * transaction that it speaks of: rows hold everything before `drained`, sums everything before
 * `rolled`. After a crash the drain begins again at `rolled`; the rows up to `drained` are there
 * already and are only counted. The spool keeps what lies behind `rolled`.
 *
 * Positions move only from where they were read. So it does no harm when two drain one journal (a
 * node that was taken for dead, and who drains its folder meanwhile), nor when a write was kept
 * whose answer was lost: who comes late is refused, looks where things stand, and goes on there. */
#include "rooms/click/click_inside.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/thread.h"
#include "rooms/click/click.sql.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_BYTES = 1 << 20,
    PAUSE_MS = 200,          /* between batches while there is little to do */
    HURRY_BYTES = 512 << 10, /* so much waiting: no pause */
    ROLL_MS = 2000,          /* sums are written at the latest after this time, */
    ROLL_CLICKS = 200000,    /* or so many clicks */
    REFUSED_MS = 250,        /* before a refused batch is tried again */
};

struct drain_row {
    int64_t spool, drained_segment, drained_offset, rolled_segment, rolled_offset;
    int64_t was_drained_segment, was_drained_offset, was_rolled_segment, was_rolled_offset;
};

/* clang-format off */
static const struct field drain_list[] = {
    FIELD(drain_row, spool), FIELD(drain_row, drained_segment), FIELD(drain_row, drained_offset),
    FIELD(drain_row, rolled_segment), FIELD(drain_row, rolled_offset),
    FIELD(drain_row, was_drained_segment), FIELD(drain_row, was_drained_offset),
    FIELD(drain_row, was_rolled_segment), FIELD(drain_row, was_rolled_offset),
};
static const struct fields drain_fields = FIELDS(drain_list, drain_row);
/* clang-format on */

/* ---- one batch
 * --------------------------------------------------------------------------------------------------
 */

struct batch {
    struct live *live;
    struct arena *arena;
    struct click *clicks;
    size_t count, room;
    bool is_calm;            /* nobody waits for it, and it is not behind */
    struct breath breath;
    bool meets;              /* some rows were there against all expectation */
    bool recounts;           /* some rows may be there, and counted: counts those that are not */
    struct rollups *rollups; /* null: not written with this batch */
    struct spool_position was_drained, was_rolled, drained, rolled;
};

static const struct err DRAIN_MOVED = { ERR_CONFLICT, "drain_moved",
    N_("Another has moved these clicks."), NULL };

static err take_record(const void *record, size_t size, void *arg)
{
    struct batch *b = arg;
    unsigned char *copy = arena_alloc(b->arena, size);
    struct click c;
    memcpy(copy, record, size);
    if (!click_record_read(copy, size, &c)) {
        log_line(LOG_ERROR, "spool record is no click, left out bytes=%zu", size);
        return NULL;
    }
    if (b->count == b->room) {
        b->room = b->room ? b->room * 2 : 1024;
        b->clicks = realloc(b->clicks, b->room * sizeof(*b->clicks));
        if (!b->clicks)
            log_fatal("out of memory");
    }
    b->clicks[b->count++] = c;
    if (b->is_calm)
        thread_breathe(&b->breath, b->live->env);
    return NULL;
}

static err insert_new(struct db *db, const struct batch *b)
{
    struct rollups *counted = rollups_new();
    arena_defer(db_arena(db), (void (*)(void *))rollups_free, counted);
    TRY(clicks_insert_new(db, b->clicks, b->count, counted));
    return rollups_write(db, counted);
}

/* The position first: who comes late is refused before he has done the work. */
static err write_batch(struct db *db, void *arg)
{
    struct batch *b = arg;
    const struct drain_row row = { .spool = spool_name(b->live->spool),
        .drained_segment = (int64_t)b->drained.sequence,
        .drained_offset = (int64_t)b->drained.offset,
        .rolled_segment = (int64_t)b->rolled.sequence,
        .rolled_offset = (int64_t)b->rolled.offset,
        .was_drained_segment = (int64_t)b->was_drained.sequence,
        .was_drained_offset = (int64_t)b->was_drained.offset,
        .was_rolled_segment = (int64_t)b->was_rolled.sequence,
        .was_rolled_offset = (int64_t)b->was_rolled.offset };
    int64_t changes;
    if (b->is_calm)
        db_calmly(db);
    TRY(db_run(db, &CLICK_DRAIN_MOVE, NO_PARAMS, &drain_fields, &row, &changes));
    if (!changes)
        return &DRAIN_MOVED;
    TRY(b->recounts ? insert_new(db, b) : clicks_insert(db, b->clicks, b->count, b->meets));
    return b->rollups ? rollups_write(db, b->rollups) : NULL;
}

/* ---- the thread
 * -------------------------------------------------------------------------------------------------
 */

struct draining {
    struct live *live;
    struct batch batch;
    struct rollups *rollups;
    struct spool_position at;              /* read and counted up to here */
    struct spool_position drained, rolled; /* as the store has them */
    struct spool_position
        recount_until; /* after a spool was replaced: count only rows that are new */
    int64_t rolled_at_us;
};

static struct draining *draining_new(struct live *live)
{
    struct draining *g = calloc(1, sizeof(*g));
    if (!g)
        log_fatal("out of memory");
    g->live = live;
    g->batch.live = live;
    g->batch.arena = arena_new();
    g->rollups = rollups_new();
    return g;
}

static void draining_free(struct draining *g)
{
    arena_free(g->batch.arena);
    free(g->batch.clicks);
    rollups_free(g->rollups);
    free(g);
}

static bool is_before(struct spool_position a, struct spool_position b)
{
    return a.sequence < b.sequence || (a.sequence == b.sequence && a.offset < b.offset);
}

static void pause_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static bool is_stopping(struct drain *d)
{
    pthread_mutex_lock(&d->lock);
    bool stopping = d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return stopping;
}

static void count_batch(struct draining *g)
{
    for (size_t i = 0; i < g->batch.count; i++) {
        rollups_add(g->rollups, &g->batch.clicks[i]);
        if (g->batch.is_calm)
            thread_breathe(&g->batch.breath, g->live->env);
    }
}

enum wrote { WROTE, WROTE_NOT, WROTE_ANOTHER };

/* Tries until the store takes it, or another has been there; the spool holds what comes meanwhile.
 * Gives up when stopping: the records are safe where they are. */
static enum wrote write_at_last(struct draining *g)
{
    struct live *live = g->live;
    for (;;) {
        err failed = store_write(live->store, write_batch, &g->batch);
        if (failed == &DRAIN_MOVED)
            return WROTE_ANOTHER;
        if (failed == &STORE_CONFLICT && !g->batch.meets) {
            g->batch.meets = true;
            continue;
        }
        pthread_mutex_lock(&live->drain.lock);
        bool was_behind = live->drain.is_behind;
        live->drain.is_behind = failed != NULL;
        pthread_mutex_unlock(&live->drain.lock);
        if (!failed) {
            if (was_behind)
                log_line(LOG_INFO, "clicks are moved to the store again");
            return WROTE;
        }
        if (!was_behind)
            log_line(LOG_ERROR, "clicks wait in the journal, the store refuses them why=%s",
                failed->code);
        if (is_stopping(&live->drain))
            return WROTE_NOT;
        pause_ms(REFUSED_MS);
    }
}

static bool is_recounting(const struct draining *g)
{
    return is_before(g->at, g->recount_until);
}

struct finding {
    struct live *live;
    struct drain_row row;
    bool found, is_new;
};

static err find_position(struct db *db, void *arg)
{
    struct finding *f = arg;
    return db_one(db, &CLICK_DRAIN_ONE, PARAMS(P("spool", spool_name(f->live->spool))),
        &drain_fields, &f->row, &f->found);
}

static void stand_at(struct draining *g, const struct drain_row *row)
{
    g->drained =
        (struct spool_position){ (uint64_t)row->drained_segment, (uint64_t)row->drained_offset };
    g->at = g->rolled =
        (struct spool_position){ (uint64_t)row->rolled_segment, (uint64_t)row->rolled_offset };
}

/* An older copy of the journal came back, or one that the store does not know. */
static void stand(struct draining *g, const struct finding *f)
{
    struct spool_position newest = spool_newest(g->live->spool), stored;
    stand_at(g, &f->row);
    stored = g->rolled;
    g->recount_until = (struct spool_position){ 0 };
    if (!is_before(newest, stored) && !(f->is_new && is_before(stored, newest)))
        return;
    log_line(LOG_WARN, "the click journal and the store do not know each other; what is in both is "
                       "counted once");
    g->at = (struct spool_position){ 0 };
    g->recount_until = newest;
}

/* The sums in memory are another's now, or were kept although we were not told. */
static void stand_anew(struct draining *g)
{
    struct finding f = { .live = g->live };
    log_line(LOG_WARN, "clicks of this journal were moved by another; going on behind them");
    rollups_clear(g->rollups);
    if (store_read(g->live->store, find_position, &f) || !f.found) {
        pause_ms(REFUSED_MS);
        return; /* the next batch is refused again */
    }
    stand(g, &f);
}

static bool is_calm(struct draining *g)
{
    struct drain *d = &g->live->drain;
    pthread_mutex_lock(&d->lock);
    bool is_waited_for = d->settle_wanted || d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return !is_waited_for && spool_bytes_behind(g->live->spool, g->at) < HURRY_BYTES;
}

/* Reads and writes one batch; with the sums when `rolls`. False: stopping, and the store refused.
 */
static bool move_batch(struct draining *g, bool rolls)
{
    struct batch *b = &g->batch;
    struct spool_position next;
    arena_reset(b->arena);
    b->count = 0;
    b->meets = false;
    b->is_calm = is_calm(g);
    b->breath = (struct breath){ 0 };
    if (spool_read(g->live->spool, g->at, BATCH_BYTES, take_record, b, &next)) {
        log_line(LOG_ERROR, "the journal cannot be read");
        pause_ms(REFUSED_MS);
        return true;
    }
    bool recounts = is_recounting(g);
    rolls = rolls && !recounts; /* which rows are new is known in the write alone */
    if (b->count == 0 && !(rolls && rollups_count(g->rollups) > 0)) {
        g->at = next;
        return true;
    }
    if (!recounts)
        count_batch(g);
    b->recounts = recounts;
    b->was_drained = g->drained;
    b->was_rolled = g->rolled;
    b->drained = next;
    b->rolled = rolls || recounts ? next : g->rolled;
    b->rollups = rolls ? g->rollups : NULL;
    switch (write_at_last(g)) {
    case WROTE_NOT:
        return false;
    case WROTE_ANOTHER:
        stand_anew(g);
        return true;
    case WROTE:
        break;
    }
    g->drained = b->drained;
    g->at = next;
    if (rolls || recounts) {
        rollups_clear(g->rollups);
        g->rolled = next;
        g->rolled_at_us = g->live->env->ticks_us(g->live->env);
        spool_release(g->live->spool, g->rolled);
    }
    pthread_mutex_lock(&g->live->drain.lock);
    g->live->drain.count += b->count;
    pthread_mutex_unlock(&g->live->drain.lock);
    return true;
}

static void note_complete(struct draining *g, struct spool_position newest, instant asked_at)
{
    struct drain *d = &g->live->drain;
    bool is_complete = !is_before(g->at, newest) && rollups_count(g->rollups) == 0;
    pthread_mutex_lock(&d->lock);
    d->day = g->live->salt_day;
    if (is_complete) {
        d->complete_at = g->at;
        d->complete_to = asked_at;
        d->settle_wanted = false;
        pthread_cond_broadcast(&d->settled);
    }
    pthread_mutex_unlock(&d->lock);
}

/* Until there is a reason to go on: somebody waits, much has gathered, or the pause is over. */
static void rest(struct draining *g)
{
    struct drain *d = &g->live->drain;
    bool hurries = spool_bytes_behind(g->live->spool, g->at) >= HURRY_BYTES;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PAUSE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&d->lock);
    if (!d->settle_wanted && !d->is_stopping && !hurries)
        pthread_cond_timedwait(&d->wanted, &d->lock, &until);
    pthread_mutex_unlock(&d->lock);
}

static bool wants_roll(struct draining *g)
{
    struct drain *d = &g->live->drain;
    int64_t age = g->live->env->ticks_us(g->live->env) - g->rolled_at_us;
    pthread_mutex_lock(&d->lock);
    bool asked = d->settle_wanted || d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return asked || age >= ROLL_MS * 1000 || rollups_count(g->rollups) >= ROLL_CLICKS;
}

static void *run_drain(void *arg)
{
    struct draining *g = arg;
    struct live *live = g->live;
    pthread_setname_np(pthread_self(), "drain");
    for (;;) {
        bool stopping = is_stopping(&live->drain);
        live_salt_turn(live, live->env->now(live->env));
        instant asked_at = live->env->now(live->env);
        struct spool_position newest = spool_newest(live->spool);
        struct spool_position before = g->at;
        bool is_going = move_batch(g, wants_roll(g));
        bool is_idle = before.sequence == g->at.sequence && before.offset == g->at.offset;
        note_complete(g, newest, asked_at);
        if (!is_going || (stopping && !is_before(g->at, newest) && rollups_count(g->rollups) == 0))
            break;
        if (!stopping && (is_idle || !is_before(g->at, newest)))
            rest(g);
    }
    draining_free(g);
    return NULL;
}

/* ---- opening
 * ----------------------------------------------------------------------------------------------------
 */

static err find_newest(struct db *db, void *arg)
{
    return db_int(db, &CLICK_NEWEST, NO_PARAMS, arg);
}

static err note_id(const void *record, size_t size, void *arg)
{
    int64_t *newest = arg;
    struct click c;
    if (click_record_read(record, size, &c) && c.id > *newest)
        *newest = c.id;
    return NULL;
}

/* After a clock that went back, new ids must still be new. */
static err ids_go_on(struct live *live, struct spool_position from)
{
    struct spool_position next = from;
    int64_t newest = 0;
    TRY(store_read(live->store, find_newest, &newest));
    do {
        from = next;
        TRY(spool_read(live->spool, from, BATCH_BYTES, note_id, &newest, &next));
    } while (is_before(from, next));
    if (newest > 0)
        id_not_before(live->env, newest);
    return NULL;
}

/* Where the store stands with this journal; a position of its own when it has none. */
static err begin_position(struct db *db, void *arg)
{
    struct finding *f = arg;
    TRY(find_position(db, f));
    f->is_new = !f->found;
    if (f->found)
        return NULL;
    const struct param *spool = PARAMS(P("spool", spool_name(f->live->spool)));
    int64_t adopted;
    TRY(db_run(db, &CLICK_DRAIN_ADOPT, spool, NULL, NULL, &adopted));
    f->is_new = adopted == 0;
    if (f->is_new)
        TRY(db_run(db, &CLICK_DRAIN_BEGIN, spool, NULL, NULL, NULL));
    return find_position(db, f);
}

/* Ready to move what is not in the store yet. */
static err draining_begin(struct live *live, struct draining **out)
{
    struct finding f = { .live = live };
    TRY(store_write(live->store, begin_position, &f));
    struct draining *g = draining_new(live);
    stand(g, &f);
    err failed = ids_go_on(live, g->at);
    if (failed) {
        draining_free(g);
        return failed;
    }
    spool_release(live->spool, g->at);
    g->rolled_at_us = live->env->ticks_us(live->env);
    *out = g;
    return NULL;
}

static void locks_open(struct drain *d)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wanted, &monotonic);
    pthread_cond_init(&d->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void locks_close(struct drain *d)
{
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wanted);
    pthread_cond_destroy(&d->settled);
}

err drain_open(struct live *live)
{
    struct draining *g;
    TRY(draining_begin(live, &g));

    locks_open(&live->drain);
    live->drain.day = live->salt_day;
    if (pthread_create(&live->drain.thread, NULL, run_drain, g) != 0)
        log_fatal("no thread for the drain");
    return NULL;
}

void drain_close(struct live *live)
{
    struct drain *d = &live->drain;
    pthread_mutex_lock(&d->lock);
    d->is_stopping = true;
    pthread_cond_signal(&d->wanted);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    locks_close(d);
}

/* Sums are written with the last records, not before. */
static err move_all(struct draining *g)
{
    struct spool_position newest = spool_newest(g->live->spool);
    bool is_last = false;
    while (is_before(g->at, newest) || rollups_count(g->rollups) > 0) {
        struct spool_position before = g->at;
        if (!move_batch(g, is_last || rollups_count(g->rollups) >= ROLL_CLICKS))
            return &STORE_BUSY;
        is_last = !is_before(before, g->at) || !is_before(g->at, newest);
    }
    return NULL;
}

err click_drain(
    struct store *store, const struct env *env, struct spool *spool, uint64_t *out_moved)
{
    struct live live = { .env = env, .store = store, .spool = spool };
    struct draining *g;
    live.drain.is_stopping = true; /* a store that refuses is tried once */
    locks_open(&live.drain);
    err failed = draining_begin(&live, &g);
    if (!failed) {
        failed = move_all(g);
        draining_free(g);
    }
    locks_close(&live.drain);
    *out_moved = live.drain.count;
    return failed;
}

bool drain_settled(struct live *live)
{
    struct drain *d = &live->drain;
    struct spool_position newest = spool_newest(live->spool);
    pthread_mutex_lock(&d->lock);
    bool is_complete = !is_before(d->complete_at, newest);
    pthread_mutex_unlock(&d->lock);
    return is_complete;
}

/* The lock is held. */
static bool is_settled(const struct live *live, struct spool_position newest)
{
    return !is_before(live->drain.complete_at, newest) &&
           live->drain.day == live->env->now(live->env).ms / DAY_MS;
}

instant drain_settle(struct live *live, int64_t ms)
{
    struct drain *d = &live->drain;
    struct spool_position newest = spool_newest(live->spool);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;

    pthread_mutex_lock(&d->lock);
    bool is_over = false;
    while (!is_settled(live, newest) && !is_over) {
        d->settle_wanted = true;
        pthread_cond_signal(&d->wanted);
        is_over = pthread_cond_timedwait(&d->settled, &d->lock, &until) != 0;
    }
    if (!is_before(d->complete_at, newest))
        d->complete_to = live->env->now(live->env); /* nothing was acknowledged that is not there */
    instant complete_to = d->complete_to;
    pthread_mutex_unlock(&d->lock);
    return complete_to;
}
