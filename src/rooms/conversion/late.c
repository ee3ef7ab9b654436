/* Clicks that come after their order. A token vouches for its click while the row is still in a
 * journal, of this node or of another: who sent the buyer is known, the partner's own ids are not.
 * They are facts like others: when the row comes they are added, and the difference is posted. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/env.h"
#include "base/id.h"
#include "rooms/click/click.h"
#include "rooms/conversion/conversion.sql.h"

enum { SOON_MS = 2000, LOOK_MS_MOST = 6 * HOUR_MS, DAYS_MOST = 60 };

struct late_row {
    int64_t conversion_id, n, click_id;
    strs subs;
    instant created_at;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(late_row, conversion_id, "cnv"),
    FIELD(late_row,    n),
    FIELD_ID(late_row, click_id,      "clk"),
    FIELD(late_row,    subs),
    FIELD(late_row,    created_at),
};
static const struct fields late_fields = FIELDS(list, late_row);
/* clang-format on */

static err look_at(struct db *db, int64_t program_id, int64_t conversion_id, instant due)
{
    str id = id_print(db_arena(db), "cnv", conversion_id);
    return job_queue(db, id_new(db_env(db)), "conversion.hear", program_id, id, due, id);
}

err conversion_await(struct db *db, const struct conversion *c, const struct touches *touches)
{
    for (size_t i = 0; i < touches->count; i++)
        if (touches->at[i].waits)
            return look_at(db, c->program_id, c->id, instant_plus_ms(c->created_at, SOON_MS));
    return NULL;
}

/* ---- it came
 * ---------------------------------------------------------------------------------------------------- */

struct hearing {
    int64_t waiting, told; /* told: clicks that came and say something */
    int64_t click_id;
};

static err hear_one(
    struct db *db, const struct conversion *c, const struct touch *touch, size_t n, struct hearing *h)
{
    struct click click = { 0 };
    bool found;

    TRY(click_find(db, c->program_id, touch->click_id, &click, &found));
    if (!found) {
        h->waiting++;
        return NULL;
    }
    struct late_row row = { .conversion_id = c->id,
        .n = (int64_t)n + 1,
        .click_id = click.id,
        .subs = conversion_click_subs(db_arena(db), &click),
        .created_at = db_now(db) };
    if (row.subs.count) {
        h->told++;
        h->click_id = click.id;
    }
    return db_put(db, &CONVERSION_LATE_INSERT, &late_fields, &row);
}

err conversion_hear(struct db *db, const struct ledger_act *act, int64_t program_id,
    int64_t conversion_id, bool *out_waits)
{
    struct conversion c = { 0 };
    struct hearing h = { 0 };
    struct touches touches;

    TRY(conversion_find(db, program_id, 0, conversion_id, &c));
    TRY(conversion_read_touches(db, c.id, &touches));
    for (size_t i = 0; i < touches.count; i++)
        if (touches.at[i].waits)
            TRY(hear_one(db, &c, &touches.at[i], i, &h));
    *out_waits = h.waiting > 0;
    if (!h.told || c.status == CONVERSION_DECLINED || c.status == CONVERSION_REPLACED)
        return NULL;
    struct commission_why why = { .entry_kind = "adjust",
        .cause_type = "click",
        .cause_id = h.click_id,
        .reason = STR("click") };
    return conversion_books(db, act, &c, &why);
}

/* ---- looking for it
 * ------------------------------------------------------------------------------------------------- */

struct looking {
    struct ledger_act act;
    int64_t program_id, conversion_id;
};

/* Half as long again as it has waited: a journal is drained in a moment, or when its node is mended. */
static instant next_look(instant since, instant now)
{
    int64_t pause = (now.ms - since.ms) / 2;

    if (pause < SOON_MS)
        pause = SOON_MS;
    return instant_plus_ms(now, pause < LOOK_MS_MOST ? pause : LOOK_MS_MOST);
}

static err hear(struct db *db, void *arg)
{
    const struct looking *look = arg;
    struct conversion c = { 0 };
    bool waits;

    TRY(conversion_hear(db, &look->act, look->program_id, look->conversion_id, &waits));
    TRY(conversion_find(db, look->program_id, 0, look->conversion_id, &c));
    instant now = look->act.at;
    if (!waits || now.ms >= instant_plus_days(c.created_at, DAYS_MOST).ms)
        return NULL;
    return look_at(db, look->program_id, look->conversion_id, next_look(c.created_at, now));
}

static err run_hear(struct job *job)
{
    struct looking look = { .act = { job->env, job->env->now(job->env), STR("clock") },
        .program_id = job->program_id };

    if (!id_read("cnv", job->arg, &look.conversion_id))
        return &CONVERSION_NOT_FOUND;
    return store_write(job->store, hear, &look);
}

const struct job_kind conversion_jobs[] = {
    { .kind = "conversion.hear", .run = run_hear },
    { 0 },
};
