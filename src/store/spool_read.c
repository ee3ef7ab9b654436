/* Reading behind the writer: records in order, from any position that is still kept. */
#include "store/spool_inside.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 256 << 10 }; /* longer than the longest record */

/* A copy of the first slot whose sequence is not before `sequence`; only up to what is safe. */
static bool find_slot(struct spool *s, uint64_t sequence, struct slot *out)
{
    pthread_mutex_lock(&s->lock);
    const struct slot *best = NULL;
    for (size_t i = 0; i < s->slots.count; i++) {
        const struct slot *slot = &s->slots.at[i];
        if (slot->sequence != 0 && slot->sequence >= sequence &&
            slot->sequence <= s->newest.sequence && (!best || slot->sequence < best->sequence))
            best = slot;
    }
    if (best)
        *out = *best;
    pthread_mutex_unlock(&s->lock);
    return best != NULL;
}

struct reading {
    struct spool *spool;
    struct slot slot;
    uint64_t at;
    uint64_t damage_at; /* where whole records ended before the end; 0: nowhere */
    size_t left;        /* how many bytes may still be given */
    bool is_ended;      /* the end mark, or the end of what is safe */
    spool_record_fn fn;
    void *arg;
};

static void note_damage(struct reading *r)
{
    if (r->damage_at == 0)
        return;
    uint64_t bytes = r->at - r->damage_at;
    log_line(LOG_ERROR, "spool damage skipped sequence=%llu offset=%llu bytes=%llu",
        (unsigned long long)r->slot.sequence, (unsigned long long)r->damage_at,
        (unsigned long long)bytes);
    pthread_mutex_lock(&r->spool->lock);
    r->spool->damaged_bytes += bytes;
    pthread_mutex_unlock(&r->spool->lock);
    r->damage_at = 0;
}

/* Gives the records of one window; how many bytes were used up. */
static err read_window(struct reading *r, const unsigned char *bytes, size_t size, bool is_last)
{
    size_t used = 0;
    bool is_short = false;
    while (used < size && r->left > 0 && !r->is_ended) {
        struct segment_record record =
            segment_record_read(bytes + used, size - used, r->slot.sequence, r->at, &is_short);
        if (record.kind == RECORD_NONE && is_short && !is_last)
            break;
        if (record.kind == RECORD_NONE) {
            r->damage_at = r->damage_at ? r->damage_at : r->at;
            r->at++;
            used++;
            continue;
        }
        note_damage(r);
        r->is_ended = record.kind == RECORD_END;
        if (record.kind == RECORD_DATA)
            TRY(r->fn(record.payload, record.size, r->arg));
        r->at += record.total;
        used += record.total;
        r->left -= record.total < r->left ? record.total : r->left;
    }
    return NULL;
}

static err read_slot(struct reading *r, unsigned char *window)
{
    while (r->at < r->slot.end && r->left > 0 && !r->is_ended) {
        uint64_t rest = r->slot.end - r->at;
        bool is_last = rest <= WINDOW;
        const unsigned char *bytes;
        ssize_t got = slot_pread(&r->spool->slots, &r->slot, r->at,
            is_last ? r->slot.end : r->at + WINDOW, window, &bytes);
        if (got <= 0)
            return &SPOOL_BROKEN;
        TRY(read_window(r, bytes, (size_t)got, is_last || got < WINDOW));
    }
    if (r->at >= r->slot.end)
        note_damage(r);
    return NULL;
}

err spool_read(struct spool *s, struct spool_position from, size_t most, spool_record_fn fn,
    void *arg, struct spool_position *out_next)
{
    struct reading r = { .spool = s, .left = most, .fn = fn, .arg = arg };
    unsigned char *window = blocks_new(WINDOW + BLOCK);
    *out_next = from;
    err failed = NULL;
    while (!failed && r.left > 0 && find_slot(s, out_next->sequence, &r.slot)) {
        bool is_same = r.slot.sequence == out_next->sequence;
        r.at = is_same && out_next->offset > SEGMENT_HEAD ? out_next->offset : SEGMENT_HEAD;
        r.is_ended = false;
        failed = read_slot(&r, window);
        bool is_newest = r.slot.sequence == spool_newest(s).sequence;
        bool is_over = !failed && (r.is_ended || r.at >= r.slot.end);
        if (is_over && !is_newest)
            *out_next = (struct spool_position){ r.slot.sequence + 1, SEGMENT_HEAD };
        else
            *out_next = (struct spool_position){ r.slot.sequence, r.at };
        if (is_over && is_newest)
            break;
    }
    free(window);
    return failed;
}

void spool_release(struct spool *s, struct spool_position before)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->slots.count; i++) {
        struct slot *slot = &s->slots.at[i];
        if (i != s->current && slot->sequence < before.sequence)
            slot->sequence = 0;
    }
    s->released = before;
    pthread_cond_signal(&s->chore);
    pthread_mutex_unlock(&s->lock);
}

struct spool_position spool_newest(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    struct spool_position newest = s->newest;
    pthread_mutex_unlock(&s->lock);
    return newest;
}

static bool is_after(struct spool_position a, struct spool_position b)
{
    return a.sequence > b.sequence || (a.sequence == b.sequence && a.offset > b.offset);
}

bool spool_wait(struct spool *s, struct spool_position from, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;

    pthread_mutex_lock(&s->lock);
    s->waiters++;
    bool is_over = false;
    while (!is_after(s->newest, from) && !is_over)
        is_over = pthread_cond_timedwait(&s->moved, &s->lock, &until) != 0;
    s->waiters--;
    bool is_there = is_after(s->newest, from);
    pthread_mutex_unlock(&s->lock);
    return is_there;
}
