/* The house's own addresses: health, the first page, jobs, the colour, the test clock, the live
 * counter. */
#include <string.h>

#include "app/rooms.h"
#include "base/arena.h"
#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/audit/audit.h"
#include "rooms/click/click.h"
#include "rooms/program/program.h"
#include "rooms/setting/setting.h"

extern const struct room house_room;

/* ---- health
 * ------------------------------------------------------------------------------------------- */

static err house_health(struct request *rq, struct reply *rp)
{
    struct store_health store;
    struct live_health live = { .is_recording = true };
    struct view *view = reply_view(rp);

    store_health(rq->app->store, &store);
    if (rq->app->live)
        live_health(rq->app->live, &live);
    view_bool(view, "live", true);
    view_bool(view, "ready", store.writable && live.is_recording);
    view_bool(view, "store_writable", store.writable);
    view_bool(view, "clicks_recorded", live.is_recording);
    if (!store.writable || !live.is_recording)
        rp->status = 503;
    return NULL;
}

/* ---- the first page
 * ------------------------------------------------------------------------------------- */

static err first_of(
    struct reply *rp, unsigned surface, const char *prefix, const char *const *paths)
{
    struct request *rq = rp->rq;

    for (size_t i = 0; paths[i]; i++)
        if (rooms_have_page(surface, paths[i]))
            return reply_redirect(rp, 303, str_printf(rq->arena, "%s%s", prefix, paths[i]));
    return reply_redirect(rp, 303, str_printf(rq->arena, "%s/me", prefix));
}

static err house_console(struct request *rq, struct reply *rp)
{
    static const char *const paths[] = { "/today", "/partners", "/settings", NULL };

    if (!rq->program_id && who_may(rq->who, PROGRAMS_WRITE))
        return reply_redirect(rp, 303, STR("/manage/welcome"));
    return first_of(rp, MANAGE, "/manage", paths);
}

static err house_portal(struct request *rq, struct reply *rp)
{
    static const char *const paths[] = { "/home", "/links", "/statements", "/profile", NULL };

    (void)rq;
    return first_of(rp, PORTAL, "/portal", paths);
}

/* ---- another programme
 * --------------------------------------------------------------------------------- */

struct switching {
    int64_t session_id, program_id;
};

static err write_switch(struct db *db, void *arg)
{
    const struct switching *switching = arg;

    return account_look_at(db, switching->session_id, switching->program_id);
}

static err house_switch(struct request *rq, struct reply *rp)
{
    struct switching switching = { .session_id = rq->who->session_id };
    struct program program = { 0 };
    enum role role;
    bool may;

    if (!id_read("prg", request_form(rq, "program_id"), &switching.program_id))
        return &PROGRAM_NOT_FOUND;
    TRY(program_get(rq->db, switching.program_id, &program));
    TRY(account_may_enter(rq->db, rq->who, switching.program_id, &role, &may));
    if (!may)
        return &PROGRAM_NOT_FOUND;
    TRY(store_write(rq->store, write_switch, &switching));
    rp->flash = str_printf(rq->arena, "program/switched?name=%" PRI_STR,
        STR_ARG(str_url_encode(rq->arena, program.name)));
    return reply_redirect(rp, 303, STR("/manage"));
}

/* ---- jobs
 * ------------------------------------------------------------------------------------------------
 */

static err house_jobs(struct request *rq, struct reply *rp)
{
    int64_t waiting, failed;

    TRY(job_count(rq->db, &waiting, &failed));
    view_int(reply_frame(rp), "waiting", waiting);
    view_int(reply_frame(rp), "failed", failed);
    return reply_listing(rp, job_list_statement, NO_PARAMS, &job_row_fields, NULL);
}

struct job_change {
    struct request *rq;
    int64_t id, audit_id;
    bool retry;
};

static err write_job_change(struct db *db, void *arg)
{
    const struct job_change *change = arg;

    TRY(change->retry ? job_retry(db, change->id) : job_forget(db, change->id));
    return audit_write(db, &(struct audit_entry){
                               .id = change->audit_id,
                               .who = change->rq->who,
                               .action = change->retry ? "job.retry" : "job.forget",
                               .object = "job",
                               .object_id = change->id,
                               .address = change->rq->peer_address,
                               .at = change->rq->now,
                           });
}

static err change_job(struct request *rq, struct reply *rp, bool retry)
{
    struct job_change change = { .rq = rq, .audit_id = id_new(rq->env), .retry = retry };

    TRY(request_param_id(rq, "id", "job", &change.id));
    TRY(store_write(rq->store, write_job_change, &change));
    if (retry && rq->app->work)
        work_wake(rq->app->work);
    return reply_done(rp, retry ? "job/retried" : "job/forgotten", "/jobs");
}

static err house_job_retry(struct request *rq, struct reply *rp)
{
    return change_job(rq, rp, true);
}

static err house_job_forget(struct request *rq, struct reply *rp)
{
    return change_job(rq, rp, false);
}

static err forget_old(struct db *db, void *arg)
{
    int64_t days;

    (void)arg;
    TRY(setting_int(db, SETTING_JOB_KEEP_DAYS, &days));
    return job_forget_before(db, instant_plus_days(db_now(db), -days));
}

static err forget_jobs(struct job *job)
{
    return store_write(job->store, forget_old, NULL);
}

static err count_failed(struct request *rq, int64_t *out, bool *out_waiting)
{
    int64_t waiting;

    *out_waiting = true;
    return job_count(rq->db, &waiting, out);
}

/* ---- the colour
 * ------------------------------------------------------------------------------------------- */

/* Pages carry no style of their own, so the one thing a programme chooses comes as a sheet. */
static err house_hue(struct request *rq, struct reply *rp)
{
    static const struct err no_hue = { ERR_NOT_FOUND, "hue_unknown",
        N_("A hue is between 0 and 360."), NULL };
    int64_t hue;

    if (!str_to_int(request_param(rq, "degrees"), &hue) || hue < 0 || hue > 360)
        return &no_hue;
    reply_header(rp, "Cache-Control", STR("public, max-age=31536000, immutable"));
    return reply_bytes(rp, "text/css; charset=utf-8",
        str_printf(rq->arena, ":root{--hue:%lld}\n", (long long)hue));
}

/* ---- live
 * ---------------------------------------------------------------------------------------------------
 */

/* Clicks of this programme, minute by minute: what the counter on "Today" asks for. */
static err house_live(struct request *rq, struct reply *rp)
{
    int64_t minutes[60] = { 0 };
    struct view *list = view_list(reply_view(rp), "minutes");
    instant complete_to;

    if (rq->app->live)
        live_minutes(rq->app->live, rq->program_id, rq->now, minutes);
    TRY(click_complete_to(rq, &complete_to));
    for (size_t i = 0; i < 60; i++)
        view_item_int(list, minutes[i]);
    view_int(reply_view(rp), "now", minutes[59]);
    view_instant(reply_view(rp), "complete_to", complete_to);
    return NULL;
}

/* ---- the test clock
 * --------------------------------------------------------------------------------------- */

struct advance {
    int64_t advance_ms;
};
static const struct field advance_list[] = {
    FIELD(advance, advance_ms, .flags = FIELD_REQUIRED, .min = 0, .max = 20000 * DAY_MS),
};
static const struct fields advance_fields = FIELDS(advance_list, advance);

enum { SETTLE_MS = 30 * SECOND_MS };

static err house_clock(struct request *rq, struct reply *rp)
{
    struct advance advance = { 0 };

    TRY(request_read(rq, &advance_fields, &advance));
    env_advance(rq->env, advance.advance_ms);
    /* Clicks first: jobs count them. Jobs may cause clicks to be looked at again: once more at the
     * end. */
    if (rq->app->live)
        (void)click_settle(rq->app, SETTLE_MS);
    TRY(work_settle(rq->app->work));
    if (rq->app->live)
        (void)click_settle(rq->app, SETTLE_MS);
    view_instant(reply_view(rp), "now", rq->env->now(rq->env));
    return NULL;
}

/* clang-format off */
static const struct route routes[] = {
    { GET,  "/health",           PUBLIC, NEEDS_NOTHING,  house_health,     NULL, ROUTE_BARE | ROUTE_WATCH,
      .summary = "Is it alive, and ready to record and to write" },
    { POST, "/test/clock",       PUBLIC, NEEDS_NOTHING,  house_clock,      NULL, ROUTE_TEST | ROUTE_NO_CSRF | ROUTE_BARE,
      .takes = &advance_fields, .summary = "Move the clock; answers when all due work is done" },
    { GET,  "/hue/{degrees}",    PUBLIC, NEEDS_NOTHING,  house_hue,        NULL, ROUTE_BARE },
    { GET,  "/",                 MANAGE, SIGNED_IN,      house_console,    NULL, ROUTE_BARE },
    { GET,  "/",                 PORTAL, SIGNED_IN,      house_portal,     NULL, ROUTE_BARE },
    { POST, "/switch",           MANAGE, SIGNED_IN,      house_switch,     NULL, ROUTE_BARE },
    { GET,  "/live",             API,    REPORTS_READ,   house_live,       NULL, 0,
      .summary = "Clicks of the last 60 minutes, a number a minute",
      .also = "minutes:[integer] now:integer complete_to:string" },
    { GET,  "/jobs",             MANAGE, SETTINGS_READ,  house_jobs,       "app/jobs" },
    { POST, "/jobs/{id}/retry",  MANAGE, SETTINGS_WRITE, house_job_retry,  "app/jobs" },
    { POST, "/jobs/{id}/forget", MANAGE, SETTINGS_WRITE, house_job_forget, "app/jobs" },
    { 0 },
};

static const struct job_kind jobs[] = {
    { "house.forget_jobs", forget_jobs, DAY_MS, 1 },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Set-up"), N_("Jobs"), "/jobs", "clock", SETTINGS_READ, 80, count_failed },
    { 0 },
};
/* clang-format on */

const struct room house_room = {
    .name = "house",
    .routes = routes,
    .jobs = jobs,
    .nav = nav,
};
