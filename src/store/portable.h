/* Moving house: all rows of all tables as lines of JSON, the same from every engine, and back into
 * a fresh store. One line each: what made it, then for every table its columns, its rows in the
 * order of their key, and how many there were; last the sums and a SHA-256 of everything before.
 *
 *   {"tributary_export":1,"migrations":[["2026-12-01-1-coupon","5f0c…"]]}
 *   {"table":"coupon","columns":["id","code","seal"]}
 *   [7,"ANNA10",{"bytes":"AAEC"}]
 *   {"rows":1}
 *   {"tables":1,"rows":1,"sha256":"9b1d…"}
 *
 * Tables come after those they refer to. */
#pragma once

#include "store/store.h"

extern const struct err
    PORTABLE_BROKEN; /* not such a file, cut off, or changed; logged with its line */
extern const struct err PORTABLE_OTHER;     /* made by another version: migrations differ */
extern const struct err PORTABLE_NOT_EMPTY; /* the store has rows already */

/* Called every thousand rows and at each table's end; of an import on another thread than the
 * caller's. */
typedef void (*store_progress_fn)(const char *table, int64_t rows, void *arg);

struct portable_sums {
    int64_t tables, rows;
    char sha256[65];
};

/* One snapshot into a new file, readable by its owner alone, synced before it gets its name.
 * Refuses a path that exists: STORE_CONFLICT. Progress and sums may be null. */
MUST_CHECK err store_export(
    struct store *, const char *path, store_progress_fn, void *arg, struct portable_sums *out);
/* The sums of the export that this store would give. */
MUST_CHECK err portable_sums_of(struct store *, struct portable_sums *out);
/* Is it the whole of an export, as it was written? PORTABLE_BROKEN; the log says where. */
MUST_CHECK err portable_check(const char *path);
/* Does it begin like one? */
bool portable_is(const char *path);
/* Those of `ours` (as store_options takes them) that had run where it was made: a store opened with
 * them alone takes its rows. `older`: since then more have come, which that store is brought up to
 * date by. PORTABLE_OTHER: one of its migrations is not among ours. */
MUST_CHECK err portable_migrations(struct arena *, const char *path,
    const struct migration *const *ours, const struct migration *const **out, bool *out_older);
/* All or nothing. Reads the file twice: it is checked to its last byte before the first row is
 * written. */
MUST_CHECK err store_import(
    struct store *, const char *path, store_progress_fn, void *arg, struct portable_sums *out);
