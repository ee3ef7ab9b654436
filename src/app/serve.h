/* The running house: everything that stands between init and the last signal. */
#pragma once

#include "app/house.h"
#include "http/server.h"
#include "rooms/room.h"

struct serve_options {
    const char *listen, *base_url, *trusted, *disk;
    bool test_clock, trust_country, proxy_protocol, forwarded;
    int64_t workers;
};

struct serving {
    struct house house;
    struct app app;
    struct server *server;
    const char *disk;
    unsigned char form_secret[32];
};

/* Opens all of it and listens. On failure says why and returns the exit code; serving_stop tidies
 * up. */
int serving_start(struct serving *, const struct serve_options *);
/* Finishes what is in flight, at most 10 s, and closes everything. */
void serving_stop(struct serving *);
/* Pages again, after SIGHUP. */
void serving_reload(struct serving *);
