/* Retention: clicks that nobody needs any more go, a piece of them at a time. Roll-ups stay. */
#include "rooms/click/click_inside.h"

#include "rooms/click/click.sql.h"
#include "rooms/setting/setting.h"

#include "base/id.h"
#include "base/log.h"
#include "store/parts.h"

/* A piece is small, so that nobody who writes waits long for it. */
enum { PIECE_CLICKS = 20000, PIECES_MOST = 10000 }; /* of one run; the next goes on */
enum { PART_DAYS = 30, PARTS_AHEAD = 3 };

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

/* Where a span of thirty days begins: the one of `now`, and those after it. */
static int64_t span_at(instant now, int64_t ahead)
{
    int64_t span_ms = PART_DAYS * DAY_MS;
    return id_first_at((instant){ (now.ms / span_ms + ahead) * span_ms });
}

err click_parts(struct store *store, const struct env *env, bool make)
{
    instant now = env->now(env);
    if (make)
        TRY(store_parts_make(store, "click", span_at(now, 1)));
    for (int64_t ahead = 0; ahead <= PARTS_AHEAD; ahead++)
        TRY(store_parts_ahead(store, "click", span_at(now, ahead), span_at(now, ahead + 1)));
    return NULL;
}

static err clicks_forget(struct job *job)
{
    int64_t keep_days;
    TRY(store_read(job->store, read_keep_days, &keep_days));
    instant until = instant_plus_days(job->env->now(job->env), -keep_days);
    struct forgetting f = { .to_id = id_first_at(until) };
    TRY(click_parts(job->store, job->env, false));
    TRY(store_parts_drop(job->store, "click", f.to_id));
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
