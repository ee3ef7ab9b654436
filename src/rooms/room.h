/* What a room gives to the house, and what the house gives to every room. Rooms end their routes file with a
 * `const struct room x_room`; app/rooms.c lists them in the order in which they may know each other. */
#pragma once

#include "base/env.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "store/store.h"
#include "work/work.h"

struct spool;
struct templates;
struct links; /* rooms/link: all links in memory */
struct live;  /* rooms/click: what a click needs, today's counters, the drain */

/* Reached through rq->app and job->app. */
struct app {
    const struct env *env;
    struct store *store;
    struct spool *spool;
    struct work *work;
    struct templates *templates;
    struct links *links;
    struct live *live;
    const char *data_dir;
    const char *base_url;     /* null: from the request */
    bool test_clock;
    instant started_at;
};

/* A row of the console's rail or the portal's bar. */
struct nav_item {
    unsigned on;              /* MANAGE or PORTAL */
    const char *area;         /* N_("People"), N_("Promotion"), N_("Money"), N_("Evidence"), N_("Set-up"); null: top */
    const char *words;        /* N_("Partners") */
    const char *path;         /* "/partners", without the surface's prefix */
    const char *icon;         /* symbol of icons.svg */
    enum permission needs;
    int order;                /* within its area */
    /* Waiting work, shown as a badge; may be null. */
    err (*count)(struct request *, int64_t *out, bool *out_waiting);
};

/* Announcements: a left room says what happened, inside its write; rooms to the right usually queue a job.
 * Use only where removing the listener would not falsify money. */
struct listener {
    const char *event;        /* "conversion.created" */
    err (*hear)(struct db *, const char *event, int64_t program_id, int64_t object_id);
};

struct room {
    const char *name;
    const struct route *routes;           /* ended by a row of zeros; may be null */
    const struct job_kind *jobs;          /* ended by a null kind; may be null */
    const struct migration *migrations;   /* ended by a null name; generated from migrations/; may be null */
    const struct nav_item *nav;           /* ended by a null words; may be null */
    const struct listener *listeners;     /* ended by a null event; may be null */
};

/* Defined in app/rooms.c: calls every room's listeners for the event. */
MUST_CHECK err announce(struct db *, const char *event, int64_t program_id, int64_t object_id);
