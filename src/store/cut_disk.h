/* For tests: a disk in memory that remembers every call, so that the power can be cut after any of
 * them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/files.h"

struct cut_disk;

struct cut_disk *cut_disk_new(void);
void cut_disk_free(struct cut_disk *);
const struct files *cut_disk_files(struct cut_disk *);

/* How the disk behaves. */
void cut_disk_limit(
    struct cut_disk *, int64_t bytes);              /* most bytes of all files together; -1: none */
void cut_disk_fail_writes(struct cut_disk *, bool); /* every pwrite fails after half of its bytes */
void cut_disk_fail_syncs(struct cut_disk *, bool);
void cut_disk_slow_syncs(struct cut_disk *, int64_t ms);
void cut_disk_flip(struct cut_disk *, const char *path, off_t at); /* one bit, as rot would */

/* What has happened so far. A note is the test's own remark between the calls ("record 7 was
 * acknowledged"). */
void cut_disk_note(struct cut_disk *, int64_t note);
size_t cut_disk_calls(struct cut_disk *);
/* Notes that stand before call number `until`, in order; `out` has room for all. */
size_t cut_disk_notes(struct cut_disk *, size_t until, int64_t *out);

/* What an unsynced write may leave behind. */
enum cut { CUT_DROPS, CUT_KEEPS, CUT_TEARS };
/* The disk as it would be found after a power cut before call number `until`. CUT_TEARS keeps or
 * loses each 512-byte sector of each unsynced write by itself, which reorders them too. */
struct cut_disk *cut_disk_after(struct cut_disk *, size_t until, enum cut, uint64_t seed);
