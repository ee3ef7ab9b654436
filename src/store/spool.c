/* The journal of clicks: records gather in an open group while the one before is written and
 * synced, by the loop that has nothing else to do or by the sync thread. */
#include "store/spool_inside.h"

#include "base/env.h"
#include "base/log.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

const struct err SPOOL_FULL = { ERR_BUSY, "spool_full",
    N_("Clicks cannot be recorded at the moment. Please try again shortly."), NULL };
const struct err SPOOL_INUSE = { ERR_CONFLICT, "spool_inuse",
    N_("Another process is already serving this data folder."), NULL };
const struct err SPOOL_BROKEN = { ERR_INTERNAL, "spool_broken",
    N_("The click journal cannot be read or written."), NULL };

enum {
    SEGMENT_BYTES = 16 << 20,
    SEGMENT_BYTES_LEAST = 80 << 10,
    QUEUE_BYTES = 4 << 20,
    SLOW_MS = 2000,
    GATHER_US = 500, /* a group is written at the latest so long after its first record */
    RETRY_US = 300 * 1000,
    QUICK_US = 500, /* a sync that takes no longer is not worth another thread, */
    SLOW_MOST = 2,  /* also where so many of the last eight took longer: whatever runs has pauses */
    FEW = 16,       /* nor are so few clicks, where a loop shares its processor with all others */
};

/* ---- groups
 * ----------------------------------------------------------------------------------------- */

static void *grown(void *old, size_t size)
{
    void *bigger = realloc(old, size);
    if (!bigger)
        log_fatal("out of memory");
    return bigger;
}

static void group_add(struct group *g, const void *record, size_t size, struct waiting waiting)
{
    size_t total = SEGMENT_RECORD + size;
    if (g->len + total > g->room) {
        g->room = (g->len + total) * 2;
        g->bytes = grown(g->bytes, g->room);
    }
    if (g->count == g->waiting_room) {
        g->waiting_room = g->waiting_room ? g->waiting_room * 2 : 256;
        g->waiting = grown(g->waiting, g->waiting_room * sizeof(*g->waiting));
    }
    /* The length is needed to walk the group; the rest of the twelve bytes is filled when its place
     * is known. */
    uint32_t length = (uint32_t)size;
    memcpy(g->bytes + g->len, &length, sizeof(length));
    memcpy(g->bytes + g->len + SEGMENT_RECORD, record, size);
    g->waiting[g->count++] = waiting;
    g->len += total;
}

static size_t group_record(const struct group *g, size_t at)
{
    uint32_t length;
    memcpy(&length, g->bytes + at, sizeof(length));
    return length;
}

static void group_free(struct group *g)
{
    free(g->bytes);
    free(g->waiting);
}

/* ---- appending
 * ---------------------------------------------------------------------------------------- */

/* Under the lock. */
static bool is_sync_slow(struct spool *s, int64_t now_us)
{
    int64_t took = s->sync_began_us ? now_us - s->sync_began_us : 0;
    if (took > s->slow_us && !s->is_slow) {
        s->is_slow = true;
        log_line(LOG_ERROR, "spool sync is slow, visitors are sent on without a token us=%lld",
            (long long)took);
    }
    return s->is_slow;
}

bool spool_want_group(struct spool *s)
{
    s->open.is_wanted = s->open.count > 0;
    return s->open.is_wanted && !s->is_writing;
}

static err append(
    struct spool *s, const void *record, size_t size, struct waiting waiting, int64_t now_us)
{
    assert(size <= SEGMENT_RECORD_MAX);
    pthread_mutex_lock(&s->lock);
    if (is_sync_slow(s, now_us) || s->is_failing || s->is_stopping ||
        s->open.len + SEGMENT_RECORD + size > s->queue_bytes) {
        s->refused++;
        pthread_mutex_unlock(&s->lock);
        return &SPOOL_FULL;
    }
    if (s->open.count == 0)
        s->open.since_us = now_us;
    s->open.is_quiet |= waiting.is_quiet;
    group_add(&s->open, record, size, waiting);
    s->appended++;
    bool wakes = s->open.len * 2 > s->queue_bytes && spool_want_group(s);
    pthread_mutex_unlock(&s->lock);
    if (wakes)
        pthread_cond_signal(&s->work);
    return NULL;
}

err spool_append_quietly(
    struct spool *s, const void *record, size_t size, spool_done_fn done, void *arg, int64_t now_us)
{
    struct waiting waiting = { .done = done, .arg = arg, .is_quiet = true };
    return append(s, record, size, waiting, now_us);
}

static void wake(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    s->open.is_urgent = s->open.count > 0;
    bool wakes = spool_want_group(s);
    pthread_mutex_unlock(&s->lock);
    if (wakes)
        pthread_cond_signal(&s->work);
}

err spool_append(struct spool *s, const void *record, size_t size, spool_done_fn done, void *arg)
{
    struct waiting waiting = { .done = done, .arg = arg };
    TRY(append(s, record, size, waiting, s->env->ticks_us(s->env)));
    wake(s);
    return NULL;
}

void spool_after_group(struct spool *s, void (*fn)(void *), void *arg)
{
    pthread_mutex_lock(&s->lock);
    s->after_group = fn;
    s->after_group_arg = arg;
    pthread_mutex_unlock(&s->lock);
}

err spool_flush(struct spool *s)
{
    wake(s);
    pthread_mutex_lock(&s->lock);
    uint64_t until = s->appended;
    s->waiters++;
    while (s->finished < until)
        pthread_cond_wait(&s->moved, &s->lock);
    s->waiters--;
    bool is_refusing = s->is_refusing;
    pthread_mutex_unlock(&s->lock);
    return is_refusing ? &SPOOL_FULL : NULL;
}

/* ---- writing
 * --------------------------------------------------------------------------------------- */

static void refuse_for_now(struct spool *s, const char *why)
{
    int error = errno;
    pthread_mutex_lock(&s->lock);
    bool is_new = !s->is_refusing;
    s->is_failing = s->is_refusing = true;
    s->retry_at_us = s->env->ticks_us(s->env) + RETRY_US;
    pthread_mutex_unlock(&s->lock);
    if (is_new)
        log_line(LOG_ERROR,
            "spool refuses clicks, visitors are sent on without a token why=\"%s\" "
            "error=\"%s\"",
            why, strerror(error));
}

/* Waits for the keeper when no spare is ready: it may be at work on one. */
static int take_spare(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    int number = spool_free_slot(s);
    uint64_t tries = s->prepare_tries;
    while (number < 0 && s->prepare_tries < tries + 2) {
        pthread_cond_signal(&s->chore);
        pthread_cond_wait(&s->spare, &s->lock);
        number = spool_free_slot(s);
    }
    if (number >= 0) {
        struct slot *slot = &s->slots.at[number];
        slot->sequence = s->next_sequence++;
        slot->end = SEGMENT_HEAD;
    }
    pthread_cond_signal(&s->chore);
    pthread_mutex_unlock(&s->lock);
    return number;
}

static bool next_segment(struct spool *s)
{
    if (s->current < SLOTS_MAX && !slot_seal(&s->slots, &s->slots.at[s->current])) {
        refuse_for_now(s, "the end of a segment could not be written");
        return false;
    }
    int number = take_spare(s);
    if (number < 0) {
        errno = ENOSPC;
        refuse_for_now(s, "no room for another segment");
        return false;
    }
    if (!slot_write_head(&s->slots, &s->slots.at[number])) {
        refuse_for_now(s, "a segment could not be begun");
        pthread_mutex_lock(&s->lock);
        s->slots.at[number].sequence = 0;
        pthread_mutex_unlock(&s->lock);
        return false;
    }
    pthread_mutex_lock(&s->lock);
    s->current = (size_t)number;
    s->current_torn = false;
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* Seals the records from `at` on that fit into the segment's rest; their bytes and number. */
static size_t seal_part(struct group *g, size_t at, const struct slot *slot, size_t *out_count)
{
    uint64_t room = slot->bytes - slot->end;
    room = room > SEGMENT_RECORD ? room - SEGMENT_RECORD : 0; /* the end mark always fits */
    size_t part = 0, count = 0;
    while (at + part < g->len) {
        size_t size = group_record(g, at + part), total = SEGMENT_RECORD + size;
        if (part + total > room)
            break;
        segment_record_seal(
            g->bytes + at + part, RECORD_DATA, size, slot->sequence, slot->end + part);
        part += total;
        count++;
    }
    *out_count = count;
    return part;
}

/* Puts the part behind what the last block holds already, and zeros behind it: whole blocks. */
static size_t stage_part(struct spool *s, const unsigned char *bytes, size_t size, size_t lead)
{
    size_t whole = block_ceil(lead + size);
    if (whole > s->stage_room) {
        unsigned char *bigger = blocks_new(whole * 2);
        if (lead > 0)
            memcpy(bigger, s->stage, lead);
        free(s->stage);
        s->stage = bigger;
        s->stage_room = whole * 2;
    }
    memcpy(s->stage + lead, bytes, size);
    memset(s->stage + lead + size, 0, whole - lead - size);
    return whole;
}

/* Writes and syncs one part; the slot's end moves when it is safe. The block that was not full is
 * written once more; what is safe in it is written as it was. */
static bool write_part(struct spool *s, const unsigned char *bytes, size_t size)
{
    struct slot *slot = &s->slots.at[s->current];
    size_t lead = slot->end % BLOCK, whole = stage_part(s, bytes, size, lead);
    if (!slot_pwrite(&s->slots, slot, s->stage, whole, slot->end - lead)) {
        s->current_torn = true;
        refuse_for_now(s, "a group could not be written");
        return false;
    }
    pthread_mutex_lock(&s->lock);
    int64_t began = s->sync_began_us = s->env->ticks_us(s->env);
    pthread_mutex_unlock(&s->lock);

    slot_datasync(&s->slots, slot);

    pthread_mutex_lock(&s->lock);
    s->last_sync_us = s->env->ticks_us(s->env) - began;
    if (s->last_sync_us > s->worst_sync_us)
        s->worst_sync_us = s->last_sync_us;
    s->sync_began_us = 0;
    s->slow_syncs = (unsigned char)(s->slow_syncs << 1 | (s->last_sync_us > QUICK_US));
    bool is_better = s->is_slow || s->is_refusing;
    s->is_slow = s->is_refusing = false;
    s->groups++;
    slot->end += size;
    s->newest = (struct spool_position){ .sequence = slot->sequence, .offset = slot->end };
    pthread_mutex_unlock(&s->lock);
    memmove(s->stage, s->stage + block_floor(lead + size), (lead + size) % BLOCK);
    if (is_better)
        log_line(LOG_INFO, "spool records clicks again");
    return true;
}

/* How many records from the group's beginning are safe. */
static size_t write_group(struct spool *s, struct group *g)
{
    size_t safe = 0, at = 0;
    bool is_fresh = s->current < SLOTS_MAX && !s->current_torn;
    while (at < g->len) {
        size_t count = 0, part = is_fresh ? seal_part(g, at, &s->slots.at[s->current], &count) : 0;
        if (part == 0) {
            if (!next_segment(s))
                return safe;
            is_fresh = true;
            continue;
        }
        if (!write_part(s, g->bytes + at, part))
            return safe;
        at += part;
        safe += count;
    }
    return safe;
}

static void take_group(struct spool *s)
{
    struct group empty = s->writing;
    s->writing = s->open;
    s->open = empty;
}

/* A loop that gets answers has something to do, and will say when that is done: what has gathered
 * meanwhile gathers on. Before the answers, for it may be done with them at once. */
static void gather_on(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->writing.is_quiet && !s->open.is_urgent)
        s->open.is_wanted = false;
    pthread_mutex_unlock(&s->lock);
}

/* Under the lock. */
static void note_finished(struct spool *s, size_t safe)
{
    struct group *g = &s->writing;
    s->finished += g->count;
    s->safe += safe;
    s->refused += g->count - safe;
    g->len = g->count = 0;
    g->is_wanted = g->is_quiet = g->is_urgent = false;
    if (s->waiters > 0)
        pthread_cond_broadcast(&s->moved);
}

/* Under the lock, which is let go meanwhile. */
static void run_group(struct spool *s)
{
    void (*after_group)(void *) = s->after_group;
    void *after_arg = s->after_group_arg;
    s->is_writing = true;
    take_group(s);
    pthread_mutex_unlock(&s->lock);

    struct group *g = &s->writing;
    size_t safe = write_group(s, g);
    gather_on(s);
    for (size_t i = 0; i < g->count; i++)
        if (g->waiting[i].done)
            g->waiting[i].done(g->waiting[i].arg, i < safe);
    if (after_group)
        after_group(after_arg);

    pthread_mutex_lock(&s->lock);
    note_finished(s, safe);
    s->is_writing = false;
}

static void *run_syncer(void *arg)
{
    struct spool *s = arg;
    pthread_setname_np(pthread_self(), "spool sync");
    thread_hurry();
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (s->is_writing || (!s->open.is_wanted && !s->is_stopping))
            pthread_cond_wait(&s->work, &s->lock);
        if (s->open.count == 0)
            break;
        run_group(s);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Under the lock. To wake another thread, and to be woken by it, takes as long as a quick sync. */
static bool is_quick(const struct spool *s)
{
    return !s->is_writing && s->open.count > 0 && (!s->is_alone || s->open.count <= FEW) &&
           __builtin_popcount(s->slow_syncs) <= SLOW_MOST;
}

void spool_round(struct spool *s, int64_t now_us, bool is_idle)
{
    bool wakes = false;
    pthread_mutex_lock(&s->lock);
    bool is_due = is_idle || (s->open.count > 0 && now_us - s->open.since_us >= GATHER_US);
    if (is_due && is_quick(s)) {
        run_group(s);
        wakes = s->open.is_wanted || s->is_stopping;
    } else if (is_due) {
        wakes = spool_want_group(s);
    }
    pthread_mutex_unlock(&s->lock);
    if (wakes)
        pthread_cond_signal(&s->work);
}

/* ---- opening and closing
 * ------------------------------------------------------------------------------ */

/* Sequences go on behind all that were ever seen. One header may have been lost in a power cut
 * although records of its segment were not, so one sequence is left out. A folder that was emptied
 * begins later than it could have come before. */
static uint64_t sequence_after(const struct slots *slots, instant now)
{
    uint64_t newest = 0;
    for (size_t i = 0; i < slots->count; i++)
        if (slots->at[i].sequence > newest)
            newest = slots->at[i].sequence;
    return newest ? newest + 2 : now.ms > 0 ? (uint64_t)now.ms : 1;
}

/* The segment that was written last is read to its end, closed there and made safe: its last group
 * may be whole without having been synced. */
static err recover(struct spool *s)
{
    struct slot *last = NULL;
    for (size_t i = 0; i < s->slots.count; i++)
        if (s->slots.at[i].sequence != 0 && (!last || s->slots.at[i].sequence > last->sequence))
            last = &s->slots.at[i];
    s->next_sequence = sequence_after(&s->slots, s->env->now(s->env));
    if (!last)
        return NULL;

    TRY(slot_find_end(&s->slots, last, &last->end));
    if (!slot_seal(&s->slots, last)) {
        log_line(LOG_ERROR, "spool segment could not be closed error=\"%s\"", strerror(errno));
        return &SPOOL_BROKEN;
    }
    s->newest = (struct spool_position){ .sequence = last->sequence, .offset = last->end };
    return NULL;
}

static void sync_objects_open(struct spool *s)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->spare, NULL);
    pthread_cond_init(&s->chore, &monotonic);
    pthread_cond_init(&s->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void spool_free(struct spool *s)
{
    slots_close(&s->slots);
    group_free(&s->open);
    group_free(&s->writing);
    free(s->stage);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->spare);
    pthread_cond_destroy(&s->chore);
    pthread_cond_destroy(&s->moved);
    free((char *)(uintptr_t)s->slots.path);
    free(s);
}

err spool_open(const struct spool_options *o, struct spool **out)
{
    size_t segment = o->segment_bytes ? o->segment_bytes : SEGMENT_BYTES;
    assert(segment >= SEGMENT_BYTES_LEAST && segment % BLOCK == 0);
    struct spool *s = calloc(1, sizeof(*s));
    char *path = strdup(o->path);
    if (!s || !path)
        log_fatal("out of memory");

    s->env = o->env;
    s->queue_bytes = o->queue_bytes ? o->queue_bytes : QUEUE_BYTES;
    s->slow_us = (o->slow_ms ? o->slow_ms : SLOW_MS) * 1000;
    s->is_alone = thread_processors() == 1;
    s->current = SLOTS_MAX;
    s->slots = (struct slots){
        .files = o->env->files, .path = path, .segment_bytes = segment, .lock_fd = -1
    };
    sync_objects_open(s);
    mkdir(path, 0700); /* slots_open says so when there is none */

    err failed = slots_open(&s->slots);
    if (!failed)
        failed = spool_name_find(s);
    if (!failed)
        failed = recover(s);
    if (failed) {
        spool_free(s);
        return failed;
    }
    if (pthread_create(&s->syncer, NULL, run_syncer, s) != 0 ||
        pthread_create(&s->keeper, NULL, spool_keep, s) != 0)
        log_fatal("no thread for the spool");
    *out = s;
    return NULL;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->syncer, NULL);

    pthread_mutex_lock(&s->lock); /* later than the syncer, which may want a spare */
    s->keeper_stops = true;
    pthread_cond_broadcast(&s->chore);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->keeper, NULL);
    spool_free(s);
}

/* Under the lock. */
static uint64_t bytes_behind(const struct spool *s, struct spool_position from)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->slots.count; i++) {
        const struct slot *slot = &s->slots.at[i];
        if (slot->sequence > from.sequence)
            bytes += slot->end - SEGMENT_HEAD;
        else if (slot->sequence == from.sequence && slot->end > from.offset)
            bytes += slot->end - from.offset;
    }
    return bytes;
}

uint64_t spool_bytes_behind(struct spool *s, struct spool_position from)
{
    pthread_mutex_lock(&s->lock);
    uint64_t bytes = bytes_behind(s, from);
    pthread_mutex_unlock(&s->lock);
    return bytes;
}

void spool_health(struct spool *s, struct spool_health *out)
{
    pthread_mutex_lock(&s->lock);
    uint64_t undrained = bytes_behind(s, s->released);
    *out = (struct spool_health){ .appended = s->appended,
        .synced = s->safe,
        .groups = s->groups,
        .refused = s->refused,
        .bytes_undrained = undrained,
        .damaged_bytes = s->damaged_bytes,
        .segments = s->slots.count,
        .last_sync_us = s->last_sync_us,
        .worst_sync_us = s->worst_sync_us,
        .accepting = !s->is_slow && !s->is_refusing };
    pthread_mutex_unlock(&s->lock);
}
