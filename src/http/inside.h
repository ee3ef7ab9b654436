/* The server's own parts, for the files of http that make up the way of a request. */
#pragma once

#include "http/answer.h"
#include "http/metrics.h"
#include "http/parts.h"
#include "http/rate.h"
#include "http/router.h"
#include "http/server.h"

struct server {
    struct server_options options;
    struct arena *arena;
    struct router *router;
    struct metrics *metrics;
    struct rate *rate;
    struct edge *edge;
};

/* ---- guard.c: forms that only our own pages may send
 * ------------------------------------------------- */

extern const struct err CSRF_FORM; /* 403 csrf: the form's token is missing, another's or too old */
extern const struct err CROSS_SITE; /* 403 cross_site: the form stood on another site's page */
/* The input `csrf` of a form for this caller: the session's token, or a signed stamp. */
str guard_token(const struct request *);
/* Origin and token of a request that changes something. */
MUST_CHECK err guard_check(struct request *);
/* A signed text for a cookie, and back; none when it was not signed by us. */
str guard_sign(const struct request *, str text);
str guard_open(const struct request *, str signed_text);

/* ---- page.c: what frames print
 * ------------------------------------------------------------------------ */

MUST_CHECK err page_print(struct server *, struct reply *, const char *page, str *out_html);
/* Takes the message of the last page out of its cookie, or puts one in. */
void page_keep_flash(struct reply *);

/* ---- again.c
 * ------------------------------------------------------------------------------------------- */

/* After a refused form: the page it stood on, with the mistakes and what was typed. False: there is
 * none. */
bool page_again(struct server *, struct request *, err, struct answer *out);

/* ---- the way
 * -------------------------------------------------------------------------------------------- */

/* Everything up to and including the handler. An error, or the answer itself (*out_is_whole), or
 * `rp` is filled. */
MUST_CHECK err server_handle(struct server *, struct request *, struct reply *rp,
    struct answer *out_whole, bool *out_is_whole);

/* Static files: /static/{name}. */
struct answer static_answer(struct server *, struct request *, str name);
/* Header lines that every answer carries. */
void answer_headers(struct buf *, const struct request *, bool is_html);
