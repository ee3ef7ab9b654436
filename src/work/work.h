/* What happens later: jobs are rows queued in the transaction that caused them; schedules are rows
 * of a table. A job is claimed by one of several nodes under a lease, which is renewed while it
 * runs. It may run more than once (a node that died, or was away): it must be harmless to repeat.
 * Every write of a job looks first whether the job is still its own: a node that comes back late
 * writes nothing, and gets JOB_LOST. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "store/store.h"

struct arena;
struct env;
struct work;

struct job {
    int64_t id;
    int64_t program_id; /* 0: none */
    const char *kind;   /* "message.send" */
    str arg;            /* JSON or plain text, ≤ 64 KB */
    int32_t attempt;    /* 1 at the first run */
    instant due_at;
    struct arena *arena;
    const struct env *env;
    struct store *store;
    void *app; /* what work_options.app holds */
};

typedef err (*job_fn)(struct job *);

extern const struct err JOB_LOST; /* 409: of a job's own writes */

/* A row of a room's job table. every_ms = 0: only when queued. */
struct job_kind {
    const char *kind;
    job_fn run;
    int64_t every_ms;      /* a schedule: next run this long after the last began */
    int32_t attempts_most; /* 0 = 10; afterwards the job is kept as failed and shown */
};

/* Inside a write. `unique` (may be none): a second job of that kind and key, not yet begun, is not
 * queued. */
MUST_CHECK err job_queue(struct db *, int64_t id, const char *kind, int64_t program_id, str arg,
    instant due_at, str unique);

struct work_options {
    struct store *store;
    const struct env *env;
    const struct job_kind *const
        *tables; /* null-terminated list of tables, each ended by a null kind */
    void *app;
    size_t threads;   /* 0 = 1 */
    int64_t lease_ms; /* 0 = 1 minute; renewed while a job runs */
};
MUST_CHECK err work_open(const struct work_options *, struct work **out);
void work_close(struct work *); /* lets running jobs end */
void work_wake(struct work *);
/* For --test-clock: returns when nothing is due any more by the present clock. */
MUST_CHECK err work_settle(struct work *);

/* Wait after the attempt that failed: 5 s, 20 s, 80 s … at most 6 h, and a fifth more or less by
 * `dice`. */
int64_t work_backoff_ms(int32_t attempt, uint32_t dice);

/* What waits and what failed, for the console. */
enum job_state { JOB_WAITING, JOB_RUNNING, JOB_FAILED };
extern const char *const job_state_names[];

struct job_row {
    int64_t id, program_id;
    str kind, arg;
    enum job_state state;
    int32_t attempt;
    instant due_at, queued_at, begun_at;
    str error;
};
extern const struct fields job_row_fields;
/* For reply_listing. */
extern const struct statement *const job_list_statement;
MUST_CHECK err job_count(struct db *, int64_t *out_waiting, int64_t *out_failed);
/* Inside a write: a failed job is tried again, or forgotten. JOB_NOT_FOUND when it is not a failed
 * one. */
extern const struct err JOB_NOT_FOUND;
MUST_CHECK err job_retry(struct db *, int64_t id);
MUST_CHECK err job_forget(struct db *, int64_t id);
/* Inside a write: forgets what failed before then. */
MUST_CHECK err job_forget_before(struct db *, instant);

extern const struct migration work_migrations[];
