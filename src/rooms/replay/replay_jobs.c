/* Replays that were asked for in the console: they run in the background and keep what came out. */
#include "rooms/replay/replay_inside.h"

#include <inttypes.h>

#include "base/arena.h"
#include "rooms/replay/replay.sql.h"

const char *const replay_state_names[] = { "waiting", "running", "done", "failed", NULL };

/* clang-format off */
static const struct field kept_list[] = {
    FIELD_ID(replay_kept, id,         "rpl", .flags = FIELD_SORT),
    FIELD_ID(replay_kept, program_id, "prg"),
    FIELD(replay_kept,    draft,      .help = "What was to be otherwise, as JSON."),
    FIELD(replay_kept,    since,      .help = "Orders from then on; null: all."),
    FIELD(replay_kept,    until,      .help = "Orders before then; null: all."),
    FIELD(replay_kept,    state,      .names = replay_state_names),
    FIELD(replay_kept,    percent,    .help = "How far it has come."),
    FIELD(replay_kept,    orders,     .help = "Orders that were decided again."),
    FIELD(replay_kept,    gain,       .help = "Partners, per currency, who would get more."),
    FIELD(replay_kept,    lose,       .help = "Who would get less."),
    FIELD(replay_kept,    failure),
    FIELD(replay_kept,    created_at, .flags = FIELD_SORT),
    FIELD(replay_kept,    created_by),
    FIELD(replay_kept,    ended_at),
};
const struct fields replay_kept_fields = FIELDS(kept_list, replay_kept);

/* clang-format on */

struct replay_kept replay_of_wish(const struct replay_wish *wish)
{
    return (struct replay_kept){ .id = wish->id,
        .program_id = wish->program_id,
        .draft = wish->draft,
        .since = wish->since,
        .until = wish->until,
        .created_at = wish->at,
        .created_by = wish->by };
}

err replay_queue(struct db *db, const struct replay_wish *wish)
{
    struct replay_kept kept = replay_of_wish(wish);
    str id = str_printf(db_arena(db), "%" PRId64, wish->id);

    TRY(db_put(db, &REPLAY_INSERT, &replay_kept_fields, &kept));
    return job_queue(db, wish->job_id, "replay.run", wish->program_id, id, wish->at, STR_NONE);
}

static err keep(struct db *db, void *arg)
{
    return db_put(db, &REPLAY_KEEP, &replay_kept_fields, arg);
}

struct running {
    struct store *store;
    struct replay_kept kept;
};

static bool tell(int64_t done, int64_t parts, void *arg)
{
    struct running *r = arg;
    int64_t percent = done * 100 / parts;

    if (percent < r->kept.percent + 5)
        return true;
    r->kept.percent = percent;
    return store_write(r->store, keep, &r->kept) == NULL;
}

/* ---- what came out
 * ------------------------------------------------------------------------------------------ */

struct ending {
    struct replay_kept *kept;
    const struct replay_outcome *out;
};

static err put_lines(struct db *db, int64_t id, const struct list *rows, int64_t first)
{
    const struct replay_line *line = rows->at;

    for (size_t i = 0; i < rows->count; i++)
        TRY(db_run(db, &REPLAY_LINE_INSERT,
            PARAMS(P("replay_id", id), P("n", first + (int64_t)(rows->count - i)), param_ref("partner_id", line[i].partner_id),
                P("partner_name", line[i].partner_name.at ? line[i].partner_name : STR(""))),
            &replay_line_fields, &line[i], NULL));
    return NULL;
}

static err end(struct db *db, void *arg)
{
    struct ending *e = arg;

    TRY(db_run(db, &REPLAY_LINE_CLEAR, PARAMS(P("replay_id", e->kept->id)), NULL, NULL, NULL));
    TRY(put_lines(db, e->kept->id, &e->out->totals, (int64_t)e->out->lines.count));
    TRY(put_lines(db, e->kept->id, &e->out->lines, 0));
    return keep(db, e->kept);
}

/* ---- the job
 * ------------------------------------------------------------------------------------------------ */

static err find(struct db *db, void *arg)
{
    struct replay_kept *kept = arg;
    bool found;

    return db_one(db, &REPLAY_ONE, PARAMS(P("id", kept->id), param_ref("program_id", 0)),
        &replay_kept_fields, kept, &found);
}

static err decide_again(struct job *job, struct running *r, struct replay_outcome *out)
{
    struct replay_draft draft;
    str where;
    struct replay_ask ask = { .program_id = r->kept.program_id,
        .from = r->kept.since,
        .to = r->kept.until,
        .draft = &draft,
        .progress = tell,
        .arg = r };

    TRY(replay_draft_read(job->arena, r->kept.draft, &draft, &where));
    return replay_run(job->store, job->arena, &ask, out);
}

static err run(struct job *job)
{
    struct running r = { .store = job->store };
    struct replay_outcome out = { 0 };
    struct ending ending = { &r.kept, &out };

    if (!str_to_int(job->arg, &r.kept.id))
        return NULL;
    store_keep(job->arena);
    TRY(store_read(job->store, find, &r.kept));
    r.kept.state = REPLAY_RUNNING;
    r.kept.percent = 0;
    TRY(store_write(job->store, keep, &r.kept));
    err failure = decide_again(job, &r, &out);
    r.kept.state = failure ? REPLAY_FAILED : REPLAY_DONE;
    r.kept.failure = failure ? str_of(failure->text) : STR_NONE;
    r.kept.percent = 100;
    r.kept.orders = out.orders;
    r.kept.gain = out.gain;
    r.kept.lose = out.lose;
    r.kept.ended_at = job->env->now(job->env);
    return store_write(job->store, end, &ending);
}

const struct job_kind replay_jobs[] = {
    { .kind = "replay.run", .run = run, .attempts_most = 2 },
    { 0 },
};
