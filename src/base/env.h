/* What a simulation must control: clock, randomness. Handed down from main; nothing else asks the system.
 * Files of the spool go through struct files, so that tests can cut the power. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/instant.h"

struct files; /* base/files.h */

struct env {
    instant (*now)(const struct env *);          /* wall clock; may be moved by --test-clock */
    int64_t (*ticks_us)(const struct env *);     /* monotonic microseconds, for deadlines */
    void (*random)(const struct env *, void *out, size_t size);
    const struct files *files;
    uint32_t node;                               /* node bits of ids, 0..1023 */
    struct id_source *ids;                       /* state of id_new */
    int64_t *clock_offset_ms;                    /* atomic; what --test-clock added */
    int64_t *steered_ms;                         /* atomic; 0: the machine's clock is ours; else: so much ahead of ticks */
};

const struct env *env_system(void);              /* the real one; one per process */
void env_advance(const struct env *, int64_t ms); /* --test-clock only */
/* For who follows another's clock: it is `now` without what --test-clock added, and goes on by ticks, whatever becomes
 * of the machine's clock. Ids never go back all the same. */
void env_clock_steer(const struct env *, instant now);
/* Before the first id is made. */
void env_node_set(const struct env *, uint32_t node);
