/* The journal of clicks: preallocated, zeroed, recycled segments; records with length and CRC-32C;
 * one write and one datasync per group. A record is acknowledged only after its group is safe; a
 * failed sync stops the process. Recovery gives back exactly the acknowledged records (and perhaps
 * a few of the last group that were written and never acknowledged: they are whole). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct env;
struct spool;

extern const struct err SPOOL_FULL;   /* 503: disk full, sync too slow, or queue at its limit */
extern const struct err SPOOL_INUSE;  /* another process serves this folder */
extern const struct err SPOOL_BROKEN; /* internal: the folder cannot be read or written; logged */

struct spool_options {
    const char *path; /* folder, made when missing */
    const struct env *env;
    size_t segment_bytes; /* 0 = 16 MiB */
    size_t queue_bytes;   /* most bytes waiting for their sync; 0 = 4 MiB */
    int64_t slow_ms;      /* a sync slower than this makes spool_append refuse; 0 = 2,000 */
};

MUST_CHECK err spool_open(const struct spool_options *, struct spool **out);
void spool_close(struct spool *); /* syncs what is queued */

/* Made with the folder and kept in it: positions mean something with it alone. */
int64_t spool_name(const struct spool *);

/* Called on the thread that wrote the group once it is safe (or refused: ok = false).
 * Must be quick: usually it marks the waiting connection and wakes its loop. */
typedef void (*spool_done_fn)(void *arg, bool ok);

/* Copies the record (at most 64 KiB) into the open group. Never blocks, takes one short lock.
 * SPOOL_FULL: not recorded, and `done` is not called. `done` may be null. */
MUST_CHECK err spool_append(
    struct spool *, const void *record, size_t size, spool_done_fn done, void *arg);
/* The same for a loop: without waking the sync thread and without asking for the time (`now_us` is
 * of env's ticks). The group stays open until the loop says that it has nothing else to do, or,
 * when it says so less often, that half a millisecond has gone by since the first record: the more
 * share a sync, the less each pays for it. The loop then writes and syncs the group itself, for to
 * hand it over takes as long as that; it is left to the sync thread where that has something to
 * write already, where the disk is slow, and large ones on a single processor. */
MUST_CHECK err spool_append_quietly(
    struct spool *, const void *record, size_t size, spool_done_fn done, void *arg, int64_t now_us);
void spool_round(struct spool *, int64_t now_us, bool is_idle);
/* Called after the last `done` of each group, on the same thread. Null: nobody. */
void spool_after_group(struct spool *, void (*fn)(void *arg), void *arg);
/* Waits until everything appended so far is safe; SPOOL_FULL when something was refused meanwhile.
 */
MUST_CHECK err spool_flush(struct spool *);

/* Reading behind: records from the position on, in order, up to `most` bytes; false when none are
 * left. Positions only grow; only safe records are given. {0, 0} is before everything. One reader
 * at a time; it also releases. What the disk has damaged since is skipped, logged and counted. */
struct spool_position {
    uint64_t sequence; /* of the segment */
    uint64_t offset;
};
typedef err (*spool_record_fn)(const void *record, size_t size, void *arg);
/* out_next equals `from` when nothing was left. A failure of fn ends the reading and is returned;
 * out_next stands before its record. */
MUST_CHECK err spool_read(struct spool *, struct spool_position from, size_t most,
    spool_record_fn fn, void *arg, struct spool_position *out_next);
/* Segments wholly before the position may be recycled: what they held is safe elsewhere. */
void spool_release(struct spool *, struct spool_position before);
/* Behind the last safe record. */
struct spool_position spool_newest(struct spool *);
/* How many bytes of records follow the position, about. */
uint64_t spool_bytes_behind(struct spool *, struct spool_position from);
/* Blocks until there is something after `from` or the time is over. */
bool spool_wait(struct spool *, struct spool_position from, int64_t ms);

struct spool_health {
    uint64_t appended, synced, groups, refused; /* since start */
    uint64_t bytes_undrained;
    uint64_t damaged_bytes; /* skipped while reading */
    size_t segments;        /* files in the folder */
    int64_t last_sync_us, worst_sync_us;
    bool accepting;
};
void spool_health(struct spool *, struct spool_health *out);
