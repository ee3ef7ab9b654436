/* What came in, for handlers. Lives in one worker thread; everything it holds goes with rq->arena. */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "base/field.h"
#include "base/id.h"
#include "http/route.h"
#include "store/store.h"
#include "view/lang.h"

struct app;   /* what the composition hands to every handler: app/app.h; http never looks inside */

struct request {
    struct arena *arena;
    const struct env *env;
    struct app *app;
    struct store *store;
    struct db *db;             /* read loan of this request, lazy */
    const struct route *route;
    enum shown_on surface;     /* which of the row's addresses was called */
    enum method method;
    str path, query, body, content_type;
    str host, base_url;        /* base_url: "https://go.example" from settings, else from Host */
    str request_id;
    str peer_address;          /* of the visitor, through trusted proxies */
    bool is_tls;
    const struct who *who;     /* never null: nobody has ROLE_NOBODY */
    int64_t program_id;        /* the programme this call is about, already checked against who; 0: none */
    int64_t partner_id;        /* portal and partner keys: the caller's partner; else 0 */
    const struct lang *lang;
    int offset_minutes;        /* the reader's time zone, minutes east of UTC */
    instant now;               /* one "now" per request */
    const struct http_head *head;
    void *problems;            /* list of field errors gathered so far */
};

str request_header(const struct request *, const char *name);  /* none when absent */
str request_cookie(const struct request *, const char *name);
str request_param(const struct request *, const char *name);   /* from the path: {id} */
err request_param_id(const struct request *, const char *name, const char *prefix, int64_t *out); /* else 404 */
str request_query(const struct request *, const char *name);   /* decoded; none when absent */
str request_form(const struct request *, const char *name);    /* one field of a form or top-level JSON text, for small handlers */
strs request_form_all(const struct request *, const char *name); /* checkboxes: every value of the name */

/* Fills TAKEN and REQUIRED members from JSON or form, checks ranges, refuses unknown fields with their path,
 * gathers every mistake. Texts are trimmed in forms, never in JSON. */
MUST_CHECK err request_read(struct request *, const struct fields *, void *out);
/* As above for PATCH: only fields that were sent change; `out` holds the present values. out_sent (may be
 * null) gets a bit per field index. */
MUST_CHECK err request_patch(struct request *, const struct fields *, void *inout, uint64_t *out_sent);
/* Adds a mistake about a field; returns the error to be returned in the end. */
err request_problem(struct request *, const char *field, err);
/* The gathered mistakes, or null. */
MUST_CHECK err request_problems(struct request *);
/* limit, after, sort and filters of a list, from the URL; unknown ones are refused. */
MUST_CHECK err request_list(struct request *, const struct fields *, struct list_query *out);
/* A file of a multipart form. */
struct upload {
    str name, content_type, content;
};
MUST_CHECK err request_upload(struct request *, const char *field, struct upload *out);
/* from=, to=, compare= of reports; period=7d|30d|90d|12m for pages. Days in the reader's zone. */
struct period {
    instant from, to;           /* to is exclusive */
    instant past_from, past_to; /* the period it is compared with; none without */
    int64_t days;
    str name;                   /* "30d" or "custom" */
    bool open;                  /* includes today: the last value is unfinished */
};
MUST_CHECK err request_period(struct request *, const char *fallback, struct period *out);
