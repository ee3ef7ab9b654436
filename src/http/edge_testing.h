/* For tests of the edge: a small site behind it, and a client of raw bytes. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/test.h"
#include "http/edge.h"

/* What the site answers:
 *   /now     on the loop: "now"            /echo    on a worker: the body, with X-Length
 *   /second  on the loop, and counted      /later   by another thread, a group at a time
 *   /gate    on a worker, once it is open  /who     the visitor's address and scheme
 *   /big     1 MiB by a worker             /static  1 MiB of bytes that stay
 *   /stream  ten chunks by a worker        /flood   a stream without end until the reader leaves
 *   /events  an endless stream by a thread /silent  nothing: 500
 * Everything else: 404 by a worker. Bodies up to 1 MiB; /large takes 10 MiB. */
struct site {
    struct edge_options options; /* to be changed before site_open */
    struct edge *edge;
    struct arena *arena;
    int port;
    _Atomic int now_runs, second_runs, work_runs, rounds, idles, accesses, flood_ended;
    _Atomic int stall_ms, stalls; /* the next round takes so long; how many have */
    _Atomic bool is_gate_open, is_over;
    _Atomic(struct exchange *) later[256], events[64];
    _Atomic int later_count, event_count;
    pthread_t thread;
};

struct site site_new(struct test *);
void site_open(struct site *);
void site_close(struct site *);

int dial(const struct site *);
int dial_narrow(const struct site *);         /* with a small receive buffer */
void say(int fd, str);                        /* whole; a closed connection is no failure */
str hear_all(struct arena *, int fd, int ms); /* up to the end of the connection */
bool hears_end(int fd, int ms); /* true when the connection ends without a byte more */

struct heard {
    int status;
    str head, body;
    bool is_closed; /* the connection ended before the answer was whole */
};
struct heard hear(struct arena *, int fd, int ms); /* one answer, framed by length or chunks */
struct heard ask(struct site *, str request);      /* on a connection of its own */
int64_t ticks_ms(void);
