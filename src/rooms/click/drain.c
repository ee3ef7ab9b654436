/* The drain: moves records of the spool into rows and roll-ups, in large batches, exactly once.
 *
 * Rows are safe by their key. Roll-ups are sums, so two positions are kept, each written in the
 * transaction that it speaks of: rows hold everything before `drained`, sums everything before
 * `rolled`. After a crash the drain begins again at `rolled`; the rows up to `drained` are there
 * already and are only counted. The spool keeps what lies behind `rolled`. */
#include "rooms/click/click_inside.h"

#include "base/arena.h"
#include "base/log.h"
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
    RUN_MOST = 64,           /* clicks given to the store at once */
};

struct drain_row {
    int64_t node, drained_segment, drained_offset, rolled_segment, rolled_offset;
};

/* A click as its row has it. */
struct click_row {
    int64_t id, program_id, link_id, partner_id;
    int64_t visitor_id, visitor_hash, creative_id;
    int64_t marks, device, browser;
    str country, referrer, sub1, sub2, sub3, sub4, sub5, landing, ip;
};

/* clang-format off */
static const struct field drain_list[] = {
    FIELD(drain_row, node), FIELD(drain_row, drained_segment), FIELD(drain_row, drained_offset),
    FIELD(drain_row, rolled_segment), FIELD(drain_row, rolled_offset),
};
static const struct fields drain_fields = FIELDS(drain_list, drain_row);

static const struct field row_list[] = {
    FIELD_ID(click_row, id, "clk"),
    FIELD_ID(click_row, program_id, "prg"),
    FIELD_ID(click_row, link_id, "lnk"),
    FIELD_ID(click_row, partner_id, "par"),
    FIELD_ID(click_row, visitor_id, "clk"),   /* ids of 0 are NULL */
    FIELD_ID(click_row, visitor_hash, "vis"),
    FIELD_ID(click_row, creative_id, "crv"),
    FIELD(click_row, marks), FIELD(click_row, device), FIELD(click_row, browser),
    FIELD(click_row, country), FIELD(click_row, referrer),
    FIELD(click_row, sub1), FIELD(click_row, sub2), FIELD(click_row, sub3), FIELD(click_row, sub4),
    FIELD(click_row, sub5), FIELD(click_row, landing), FIELD(click_row, ip),
};
static const struct fields row_fields = FIELDS(row_list, click_row);
/* clang-format on */

/* ---- one batch
 * --------------------------------------------------------------------------------------------------
 */

struct batch {
    struct live *live;
    struct arena *arena;
    struct click *clicks;
    size_t count, room;
    bool wants_new;          /* asks which rows were not there yet: */
    bool *is_new;            /* out of the write */
    struct rollups *rollups; /* null: not written with this batch */
    struct spool_position drained, rolled;
};

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
        b->is_new = realloc(b->is_new, b->room * sizeof(*b->is_new));
        if (!b->clicks || !b->is_new)
            log_fatal("out of memory");
    }
    b->clicks[b->count++] = c;
    return NULL;
}

static struct click_row row_of(const struct click *c)
{
    return (struct click_row){ .id = c->id,
        .program_id = c->program_id,
        .link_id = c->link_id,
        .partner_id = c->partner_id,
        .visitor_id = c->visitor_id == c->id ? 0 : c->visitor_id,
        .visitor_hash = c->visitor_hash,
        .creative_id = c->creative_id,
        .marks = c->marks,
        .device = c->device,
        .browser = c->browser,
        .country = c->country,
        .referrer = c->referrer,
        .sub1 = c->sub1,
        .sub2 = c->sub2,
        .sub3 = c->sub3,
        .sub4 = c->sub4,
        .sub5 = c->sub5,
        .landing = c->landing,
        .ip = c->ip };
}

/* One by one, to learn which were not there yet. */
static err insert_each(struct db *db, struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct click_row row = row_of(&b->clicks[i]);
        int64_t changes;
        TRY(db_run(db, &CLICK_INSERT, NO_PARAMS, &row_fields, &row, &changes));
        b->is_new[i] = changes > 0;
    }
    return NULL;
}

static bool is_plain(const struct click *c)
{
    return !c->creative_id && !c->country.at && !c->sub1.at && !c->sub2.at && !c->sub3.at &&
           !c->sub4.at && !c->sub5.at && !c->landing.at && !c->ip.at;
}

/* In runs of one kind, which keeps them in the order of their ids. */
static err insert_all(struct db *db, const struct batch *b)
{
    struct click_row rows[RUN_MOST];
    for (size_t at = 0; at < b->count;) {
        size_t count = 0;
        bool plain = is_plain(&b->clicks[at]);
        for (; at < b->count && count < RUN_MOST && is_plain(&b->clicks[at]) == plain; at++)
            rows[count++] = row_of(&b->clicks[at]);
        TRY(db_put_many(db, plain ? &CLICK_INSERT_PLAIN : &CLICK_INSERT, &row_fields, rows,
            sizeof(rows[0]), count));
    }
    return NULL;
}

static err write_batch(struct db *db, void *arg)
{
    struct batch *b = arg;
    TRY(b->wants_new ? insert_each(db, b) : insert_all(db, b));
    if (b->rollups)
        TRY(rollups_write(db, b->rollups));
    const struct drain_row row = { .node = b->live->env->node,
        .drained_segment = (int64_t)b->drained.sequence,
        .drained_offset = (int64_t)b->drained.offset,
        .rolled_segment = (int64_t)b->rolled.sequence,
        .rolled_offset = (int64_t)b->rolled.offset };
    return db_put(db, &CLICK_DRAIN_PUT, &drain_fields, &row);
}

/* ---- the thread
 * -------------------------------------------------------------------------------------------------
 */

struct draining {
    struct live *live;
    struct batch batch;
    struct rollups *rollups;
    struct spool_position at;   /* read and counted up to here */
    struct spool_position safe; /* rows hold everything before */
    struct spool_position rolled;
    struct spool_position
        recount_until; /* after a spool was replaced: count only rows that are new */
    int64_t rolled_at_us;
};

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

static void count_batch(struct draining *g, bool only_new)
{
    for (size_t i = 0; i < g->batch.count; i++)
        if (!only_new || g->batch.is_new[i])
            rollups_add(g->rollups, &g->batch.clicks[i]);
}

/* Tries until the store takes it; the spool holds what comes meanwhile. Gives up when stopping: the
 * records are safe where they are. */
static bool write_at_last(struct draining *g)
{
    struct live *live = g->live;
    for (;;) {
        err failed = store_write(live->store, write_batch, &g->batch);
        pthread_mutex_lock(&live->drain.lock);
        bool was_behind = live->drain.is_behind;
        live->drain.is_behind = failed != NULL;
        pthread_mutex_unlock(&live->drain.lock);
        if (!failed) {
            if (was_behind)
                log_line(LOG_INFO, "clicks are moved to the store again");
            return true;
        }
        if (!was_behind)
            log_line(LOG_ERROR, "clicks wait in the journal, the store refuses them why=%s",
                failed->code);
        if (is_stopping(&live->drain))
            return false;
        pause_ms(REFUSED_MS);
    }
}

static bool is_recounting(const struct draining *g)
{
    return is_before(g->at, g->recount_until);
}

/* Reads and writes one batch; with the sums when `rolls`. False: stopping, and the store refused.
 */
static bool move_batch(struct draining *g, bool rolls)
{
    struct batch *b = &g->batch;
    struct spool_position next;
    arena_reset(b->arena);
    b->count = 0;
    if (spool_read(g->live->spool, g->at, BATCH_BYTES, take_record, b, &next)) {
        log_line(LOG_ERROR, "the journal cannot be read");
        pause_ms(REFUSED_MS);
        return true;
    }
    bool recounts = is_recounting(g);
    rolls = rolls && !recounts; /* which rows are new is known only after the write */
    if (b->count == 0 && !(rolls && rollups_count(g->rollups) > 0)) {
        g->at = next;
        return true;
    }
    if (!recounts)
        count_batch(g, false);
    b->wants_new = recounts;
    b->drained = next;
    b->rolled = rolls ? next : g->rolled;
    b->rollups = rolls ? g->rollups : NULL;
    if (!write_at_last(g))
        return false;
    if (recounts)
        count_batch(g, true);
    g->at = next;
    if (rolls) {
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
    arena_free(g->batch.arena);
    free(g->batch.clicks);
    free(g->batch.is_new);
    rollups_free(g->rollups);
    free(g);
    return NULL;
}

/* ---- opening
 * ----------------------------------------------------------------------------------------------------
 */

struct finding {
    struct live *live;
    struct drain_row row;
    int64_t newest_id;
    bool found;
};

static err find_position(struct db *db, void *arg)
{
    struct finding *f = arg;
    TRY(db_int(db, &CLICK_NEWEST, NO_PARAMS, &f->newest_id));
    return db_one(db, &CLICK_DRAIN_ONE, PARAMS(P("node", (int64_t)f->live->env->node)),
        &drain_fields, &f->row, &f->found);
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
static err ids_go_on(struct live *live, struct spool_position from, int64_t newest)
{
    struct spool_position next = from;
    do {
        from = next;
        TRY(spool_read(live->spool, from, BATCH_BYTES, note_id, &newest, &next));
    } while (is_before(from, next));
    if (newest > 0)
        id_not_before(live->env, newest);
    return NULL;
}

err drain_open(struct live *live)
{
    struct finding f = { .live = live };
    TRY(store_read(live->store, find_position, &f));
    struct draining *g = calloc(1, sizeof(*g));
    if (!g)
        log_fatal("out of memory");
    g->live = live;
    g->batch.live = live;
    g->rolled =
        (struct spool_position){ (uint64_t)f.row.rolled_segment, (uint64_t)f.row.rolled_offset };
    struct spool_position newest = spool_newest(live->spool);
    if (is_before(newest, g->rolled)) { /* the folder was replaced by an older one */
        log_line(
            LOG_WARN, "the click journal is older than the store; what is in both is counted once");
        g->rolled = (struct spool_position){ 0 };
        g->recount_until = newest;
    }
    g->at = g->rolled;
    err failed = ids_go_on(live, g->at, f.newest_id);
    if (failed) {
        free(g);
        return failed;
    }
    spool_release(live->spool, g->rolled);
    g->rolled_at_us = live->env->ticks_us(live->env);
    g->batch.arena = arena_new();
    g->rollups = rollups_new();

    struct drain *d = &live->drain;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wanted, &monotonic);
    pthread_cond_init(&d->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&d->thread, NULL, run_drain, g) != 0)
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
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wanted);
    pthread_cond_destroy(&d->settled);
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
    while (is_before(d->complete_at, newest) && !is_over) {
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
