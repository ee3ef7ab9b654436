/* Jobs as rows: queued in the write that caused them, kept when they failed. */
#include "work/work.h"

#include "work/work.sql.h"

const struct err JOB_NOT_FOUND = { ERR_NOT_FOUND, "job_not_found",
    N_("There is no failed job with this id."), NULL };
static const struct err JOB_TOO_LARGE = { ERR_INTERNAL, "job_too_large",
    N_("A job's argument is at most 64 KB."), NULL };

const char *const job_state_names[] = { "waiting", "running", "failed", NULL };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(job_row, id, "job"),
    FIELD_ID(job_row, program_id, "prg"),
    FIELD(job_row, kind,      .flags = FIELD_FILTER),
    FIELD(job_row, arg,       .flags = FIELD_SECRET), /* may name people */
    FIELD(job_row, state,     .flags = FIELD_FILTER, .names = job_state_names),
    FIELD(job_row, attempt),
    FIELD(job_row, due_at,    .flags = FIELD_SORT),
    FIELD(job_row, queued_at, .flags = FIELD_SORT),
    FIELD(job_row, begun_at),
    FIELD(job_row, error),
};
const struct fields job_row_fields = FIELDS(list, job_row);
/* clang-format on */

err job_queue(struct db *db, int64_t id, const char *kind, int64_t program_id, str arg,
    instant due_at, str unique)
{
    if (arg.len > 64 * 1024)
        return &JOB_TOO_LARGE;
    return db_run(db, &JOB_INSERT,
        PARAMS(P("id", id), param_ref("program_id", program_id), P("kind", kind),
            P("arg", arg.at ? arg : STR("")), P("only_key", unique), P("due_at", due_at),
            P("now", db_now(db))),
        NULL, NULL, NULL);
}

const struct statement *const job_list_statement = &JOB_LIST;

err job_count(struct db *db, int64_t *out_waiting, int64_t *out_failed)
{
    TRY(db_int(db, &JOB_COUNT_WAITING, NO_PARAMS, out_waiting));
    return db_int(db, &JOB_COUNT_FAILED, NO_PARAMS, out_failed);
}

static err change_one(struct db *db, const struct statement *statement, int64_t id)
{
    int64_t changes = 0;

    TRY(db_run(db, statement, PARAMS(P("id", id), P("now", db_now(db))), NULL, NULL, &changes));
    return changes ? NULL : &JOB_NOT_FOUND;
}

err job_retry(struct db *db, int64_t id)
{
    return change_one(db, &JOB_RETRY, id);
}

err job_forget(struct db *db, int64_t id)
{
    return change_one(db, &JOB_REMOVE, id);
}

err job_forget_before(struct db *db, instant before)
{
    return db_run(db, &JOB_REMOVE_OLD, PARAMS(P("before", before)), NULL, NULL, NULL);
}

int64_t work_backoff_ms(int32_t attempt, uint32_t dice)
{
    const int64_t most = 6 * (int64_t)HOUR_MS;
    int64_t wait = 5 * (int64_t)SECOND_MS;

    for (int32_t i = 1; i < attempt && wait < most; i++)
        wait *= 4;
    if (wait > most)
        wait = most;
    return wait - wait / 5 + (int64_t)(dice % 1000) * (2 * wait / 5) / 1000;
}
