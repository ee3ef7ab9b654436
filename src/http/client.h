/* Outgoing HTTP, for webhooks and for looking at links: addresses that other people entered. Only
 * http and https, no private addresses unless allowed, no redirects unless asked for, bounded in
 * time and size. Blocks: for jobs and workers, never on a loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "http/address.h"

struct env;

struct client_request {
    const char *method; /* null: GET, or POST when there is a body */
    str url;
    strs headers; /* "Content-Type: application/json"; no control characters */
    str body;
    int64_t connect_ms; /* 0 = 3,000 */
    int64_t total_ms;   /* 0 = 10,000; names, connection, redirects and answer together */
    size_t answer_max;  /* 0 = 64 KiB of body kept; the rest is not read */
    int redirects_max;  /* 0 = none: the 3xx is the answer. Only followed with GET and HEAD */
    bool only_https;
    bool any_port;        /* else 80, 443, 8080 and 8443 */
    bool private_allowed; /* also loopback and private networks: set by the operator, never by who
                             entered the URL */
};

struct client_answer {
    int status;
    str body;    /* at most answer_max */
    bool is_cut; /* there was more */
    str content_type;
    str location; /* of a redirect that was not followed, absolute */
    str url;      /* the one that answered */
    struct address address;
    int64_t took_us;
};

/* Kinds: ERR_INVALID when the URL itself is refused, ERR_BUSY when it may work another time. */
extern const struct err
    CLIENT_URL; /* client_url: not an address we call, or a scheme or port not allowed */
extern const struct err CLIENT_PRIVATE; /* client_private: leads into a private network */
extern const struct err CLIENT_NAME;    /* client_name: the host name was not found */
extern const struct err CLIENT_CONNECT; /* client_connect: nobody answers there */
extern const struct err CLIENT_TLS;     /* client_tls: no trustworthy certificate */
extern const struct err CLIENT_SLOW;    /* client_slow: too slow */
extern const struct err CLIENT_BROKEN;  /* client_broken: what came was no HTTP, or it broke off */
extern const struct err CLIENT_LOOP;    /* client_loop: more redirects than allowed */

/* Any status is an answer; an error means that there was none. */
MUST_CHECK err client_send(
    struct arena *, const struct env *, const struct client_request *, struct client_answer *out);
