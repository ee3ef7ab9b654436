/* Retention: clicks that nobody needs any more go, a piece of them at a time. Roll-ups stay. */
#include "rooms/click/click_inside.h"

#include "rooms/click/click.sql.h"
#include "rooms/setting/setting.h"

#include "base/log.h"

/* A piece is small, so that nobody who writes waits long for it. */
enum { PIECE_CLICKS = 20000, PIECES_MOST = 10000 }; /* of one run; the next goes on */

struct forgetting {
    int64_t to_id, last_id;
};

static err find_piece(struct db *db, void *arg)
{
    struct forgetting *f = arg;
    return db_int(
        db, &CLICK_PIECE, PARAMS(P("to_id", f->to_id), P("most", PIECE_CLICKS)), &f->last_id);
}

static err forget(struct db *db, void *arg)
{
    const struct forgetting *f = arg;
    return db_run(db, &CLICK_DELETE_TO, PARAMS(P("last_id", f->last_id)), NULL, NULL, NULL);
}

static err read_keep_days(struct db *db, void *arg)
{
    return setting_int(db, SETTING_CLICK_KEEP_DAYS, arg);
}

static err clicks_forget(struct job *job)
{
    int64_t keep_days;
    TRY(store_read(job->store, read_keep_days, &keep_days));
    instant until = instant_plus_days(job->env->now(job->env), -keep_days);
    struct forgetting f = { .to_id = id_first_at(until) };
    for (int piece = 0; piece < PIECES_MOST; piece++) {
        TRY(store_read(job->store, find_piece, &f));
        if (f.last_id == 0)
            return NULL;
        TRY(store_write(job->store, forget, &f));
    }
    return NULL;
}

const struct job_kind click_jobs[] = {
    { .kind = "click.forget", .run = clicks_forget, .every_ms = DAY_MS },
    { 0 },
};
