/* Waiting to be woken by another node: LISTEN, on a connection of its own. */
#include "store/postgres_inside.h"

#include <poll.h>

static void drop(struct store *s, struct conn **conn)
{
    s->engine->disconnect(*conn);
    *conn = NULL;
}

/* Behind a pooler a session is not ours: then there is only looking now and then. */
static void begin(struct store *s, struct conn **conn)
{
    if (*conn || !pg_place(s)->prepares || s->engine->connect(s, USE_WRITE, conn))
        return;
    if (pg_script(*conn, "LISTEN tributary_news"))
        drop(s, conn);
}

/* Nothing of what is said is of interest, only that something was. */
static void take_all(struct store *s, struct conn **conn)
{
    PGconn *pg = pg_of(*conn)->pg;
    PGnotify *said;
    if (!PQconsumeInput(pg) || PQstatus(pg) != CONNECTION_OK) {
        drop(s, conn);
        return;
    }
    while ((said = PQnotifies(pg)))
        PQfreemem(said);
}

bool pg_hear(struct store *s, struct conn **conn, int end_fd, int64_t ms)
{
    begin(s, conn);
    struct pollfd fds[] = { { .fd = end_fd, .events = POLLIN },
        { .fd = *conn ? PQsocket(pg_of(*conn)->pg) : -1, .events = POLLIN } };
    int ready = poll(fds, *conn ? 2 : 1, (int)ms);
    if (ready > 0 && fds[0].revents)
        return true;
    if (ready > 0 && *conn)
        take_all(s, conn);
    return false;
}
