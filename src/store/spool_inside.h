/* What the files of the spool share; nobody else includes it. */
#pragma once

#include "base/files.h"
#include "store/segment.h"
#include "store/spool.h"

#include <pthread.h>
#include <stdatomic.h>

/* Files are written and read past the system's cache, in whole blocks of memory that begin on one:
 * half the work of a sync is spared, and nothing else's pages are pushed out. */
enum { SLOTS_MAX = 1024, BLOCK = 4096 };

static inline uint64_t block_floor(uint64_t at)
{
    return at & ~(uint64_t)(BLOCK - 1);
}

static inline uint64_t block_ceil(uint64_t at)
{
    return block_floor(at + BLOCK - 1);
}

void *blocks_new(size_t size); /* for free() */

/* A segment file. Slots are numbered from 0 without a gap; a slot's file is recycled under new
 * sequences. */
struct slot {
    int fd;
    uint64_t bytes;
    uint64_t sequence; /* 0: free, may be taken */
    uint64_t end;      /* behind the last safe record; `bytes` where it was not looked for yet */
};

struct slots {
    const struct files *files;
    const char *path;
    uint64_t segment_bytes;
    int lock_fd;
    _Atomic bool is_cached; /* the file system knows no other way */
    size_t count;
    struct slot at[SLOTS_MAX];
};

/* Takes the folder's lock and opens every slot that is there. */
MUST_CHECK err slots_open(struct slots *);
void slots_close(struct slots *);
/* Makes the file of slot `number`: written with zeros and safe. Touches no slot in the table, so
 * that it runs without a lock; -1 and errno on failure. */
int slot_prepare(struct slots *, size_t number, struct slot *out);
/* Deletes the last slot's file. */
void slot_delete(const struct slots *, size_t number, int fd);
bool slot_write_head(const struct slots *, const struct slot *);
/* Says that nothing follows the slot's end, and makes that safe; false when it could not be
 * written. */
bool slot_seal(const struct slots *, const struct slot *);
/* pwrite until everything is written; blocks. */
bool slot_pwrite(const struct slots *, const struct slot *, const void *, size_t, uint64_t offset);
/* A sync that fails stops the process: what the kernel dropped cannot be had back by trying again.
 */
void slot_datasync(const struct slots *, const struct slot *);
/* Reads the blocks around [from, until) into `blocks`, which has room for them. How many bytes
 * stand from `from` on, at out_at; -1 and errno on failure. */
ssize_t slot_pread(const struct slots *, const struct slot *, uint64_t from, uint64_t until,
    unsigned char *blocks, const unsigned char **out_at);
/* The offset behind the last whole record in an unbroken row. */
MUST_CHECK err slot_find_end(const struct slots *, const struct slot *, uint64_t *out);

struct waiting {
    spool_done_fn done;
    void *arg;
    bool is_quiet;
};

/* Records that share one write and one sync. */
struct group {
    unsigned char *bytes;
    size_t len, room;
    struct waiting *waiting;
    size_t count, waiting_room;
    int64_t since_us; /* when its first record came */
    bool is_wanted;   /* somebody has nothing else to do: write it now */
    bool is_quiet;    /* a loop waits for some of it */
    bool is_urgent;   /* somebody else does */
};

struct spool {
    const struct env *env;
    int64_t name;
    size_t queue_bytes;
    int64_t slow_us;
    pthread_t syncer, keeper;

    pthread_mutex_t
        lock; /* over all below but what is his who writes: `slots.at[current]`'s file, `writing` */
    pthread_cond_t work;  /* the syncer: a group was begun */
    pthread_cond_t chore; /* the keeper: a spare segment is wanted */
    pthread_cond_t spare; /* who writes: the keeper has tried */
    pthread_cond_t moved; /* flush and wait: a group is safe */

    struct slots slots;
    size_t current;       /* slot that is written; SLOTS_MAX before the first */
    unsigned char *stage; /* his who writes: the beginning of the block that is not full yet */
    size_t stage_room;
    bool current_torn; /* a write failed behind its end: seal it and take another */
    uint64_t next_sequence;
    struct spool_position newest, released;

    struct group open, writing;
    void (*after_group)(void *);
    void *after_group_arg;
    uint64_t appended, finished, safe, groups, refused;
    uint64_t damaged_bytes;
    uint64_t prepare_tries;
    int64_t sync_began_us; /* 0: none under way */
    int64_t last_sync_us, worst_sync_us;
    unsigned char slow_syncs; /* a bit for each of the last eight */
    int64_t retry_at_us;      /* refusing since a failed write, until then */
    bool is_slow, is_failing; /* why an append is refused now */
    bool is_refusing;         /* a group was refused and none was safe since */
    bool is_writing; /* somebody writes a group: the syncer, or a loop at the end of its round */
    bool is_alone;   /* the program has one processor */
    bool is_stopping, keeper_stops;
    int waiters;
};

/* A ready free slot, or -1. Under the lock. */
int spool_free_slot(const struct spool *);
/* The group that is open is to be written; true when the syncer is to be woken for it. Under the
 * lock. */
bool spool_want_group(struct spool *);
/* Reads the folder's name, or gives it one: spool_name.c. */
MUST_CHECK err spool_name_find(struct spool *);
/* The keeper's thread: spool_keep.c. */
void *spool_keep(void *spool);
