/* Where a server is in the log of all writes: our own, and one that follows it. */
#include "store/postgres_inside.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes of the log, counted from its beginning: flushed, which every commit that was answered is;
 * and replayed. */
#define OWN                                                                                        \
    "SELECT false, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0'), system_identifier"          \
    " FROM pg_control_system()"
#define REPLAYED                                                                                   \
    "SELECT pg_is_in_recovery(), pg_wal_lsn_diff(coalesce(pg_last_wal_replay_lsn(), '0/0'),"       \
    " '0/0'), system_identifier FROM pg_control_system()"

err pg_position(struct conn *conn, struct position *out)
{
    PGresult *result;
    TRY(pg_ask(conn, conn->use == USE_REPLICA ? REPLAYED : OWN, &result));
    *out = (struct position){ .follows = PQgetvalue(result, 0, 0)[0] == 't',
        .at = strtoll(PQgetvalue(result, 0, 1), NULL, 10) };
    snprintf(out->server, sizeof(out->server), "%s", PQgetvalue(result, 0, 2));
    PQclear(result);
    return NULL;
}
