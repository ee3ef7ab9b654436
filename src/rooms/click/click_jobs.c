/* Retention: clicks that nobody needs any more go, an hour of them at a time. Roll-ups stay. */
#include "rooms/click/click_inside.h"

#include "rooms/click/click.sql.h"
#include "rooms/setting/setting.h"

#include "base/log.h"

enum { PIECES_MOST = 2000 }; /* of one run; the next goes on */

struct forgetting {
    int64_t from_id, to_id;
};

static err find_oldest(struct db *db, void *arg)
{
    return db_int(db, &CLICK_OLDEST, NO_PARAMS, arg);
}

static err forget(struct db *db, void *arg)
{
    const struct forgetting *f = arg;
    return db_run(db, &CLICK_DELETE_BEFORE, PARAMS(P("from_id", f->from_id), P("to_id", f->to_id)),
        NULL, NULL, NULL);
}

static err read_keep_days(struct db *db, void *arg)
{
    return setting_int(db, SETTING_CLICK_KEEP_DAYS, arg);
}

static err clicks_forget(struct job *job)
{
    int64_t keep_days, oldest;
    TRY(store_read(job->store, read_keep_days, &keep_days));
    instant until = instant_plus_days(job->env->now(job->env), -keep_days);
    for (int piece = 0; piece < PIECES_MOST; piece++) {
        TRY(store_read(job->store, find_oldest, &oldest));
        if (oldest == 0 || oldest >= id_first_at(until))
            return NULL;
        instant hour_end = instant_plus_ms(id_instant(oldest), HOUR_MS);
        struct forgetting f = { .from_id = oldest, .to_id = id_first_at(hour_end) };
        if (f.to_id > id_first_at(until))
            f.to_id = id_first_at(until);
        TRY(store_write(job->store, forget, &f));
    }
    return NULL;
}

const struct job_kind click_jobs[] = {
    { .kind = "click.forget", .run = clicks_forget, .every_ms = DAY_MS },
    { 0 },
};
