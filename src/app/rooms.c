/* Every room, in the order in which they may know each other: a room includes only the doors of
 * rooms above it. */
#include "app/rooms.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "http/server.h"
#include "migrations.h"

/* clang-format off */
#define ROOMS(ROW) \
    ROW(audit) ROW(setting) ROW(message) ROW(account) ROW(program) ROW(exchange) ROW(partner) ROW(ledger) ROW(link) ROW(creative) ROW(coupon) ROW(click) \
    ROW(attribution) ROW(commission) ROW(conversion) ROW(verify) ROW(replay) ROW(payout) ROW(report) ROW(demo) \
    ROW(docs) /* the handbook */ \
    ROW(house) /* app's own: health, jobs, the first page */

#define ROW(name) extern const struct room name##_room;
ROOMS(ROW)
#undef ROW
#define ROW(name) &name##_room,
const struct room *const all_rooms[] = { ROOMS(ROW) NULL };
#undef ROW
/* clang-format on */

enum { ROOMS_MOST = 64, FLOORS = 3 };

static const struct route *routes[ROOMS_MOST];
static const struct job_kind *jobs[ROOMS_MOST];
static const struct migration *migrations[ROOMS_MOST];
static pthread_once_t gathered = PTHREAD_ONCE_INIT;

static void gather(void)
{
    size_t route = 0, job = 0, migration = 0;

    routes[route++] = http_routes;
    migrations[migration++] = store_migrations;
    migrations[migration++] = work_migrations;
    migrations[migration++] = http_migrations;
    for (size_t i = 0; all_rooms[i]; i++) {
        if (i + FLOORS + 1 >= ROOMS_MOST)
            log_fatal("app/rooms.c has place for %d rooms", ROOMS_MOST - FLOORS - 1);
        if (all_rooms[i]->routes)
            routes[route++] = all_rooms[i]->routes;
        if (all_rooms[i]->jobs)
            jobs[job++] = all_rooms[i]->jobs;
        if (all_rooms[i]->migrations)
            migrations[migration++] = all_rooms[i]->migrations;
    }
}

const struct route *const *rooms_routes(void)
{
    pthread_once(&gathered, gather);
    return routes;
}

const struct job_kind *const *rooms_jobs(void)
{
    pthread_once(&gathered, gather);
    return jobs;
}

const struct migration *const *rooms_migrations(void)
{
    pthread_once(&gathered, gather);
    return migrations;
}

bool rooms_have_page(unsigned surface, const char *path)
{
    for (const struct route *const *table = rooms_routes(); *table; table++)
        for (const struct route *row = *table; row->method; row++)
            if (row->method == GET && (row->shown_on & surface) && strcmp(row->path, path) == 0)
                return true;
    return false;
}

err announce(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    for (size_t i = 0; all_rooms[i]; i++)
        for (const struct listener *l = all_rooms[i]->listeners; l && l->event; l++)
            if (strcmp(l->event, event) == 0)
                TRY(l->hear(db, event, program_id, object_id));
    return NULL;
}
