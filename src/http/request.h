/* What came in, for handlers. Lives in one worker thread; everything it holds goes with rq->arena.
 */
#pragma once

#include "base/arena.h"
#include "base/env.h"
#include "base/field.h"
#include "base/id.h"
#include "http/route.h"
#include "store/store.h"
#include "view/lang.h"

struct app; /* what the composition hands to every handler: rooms/room.h; http never looks inside */
struct request_parts; /* what http keeps for itself: parsed query, cookies, body, path parameters */
struct value;         /* http/json.h */

struct request {
    struct arena *arena;
    const struct env *env;
    struct app *app;
    struct store *store;
    struct db *db; /* read loan of this request, lazy */
    const struct route *route;
    enum shown_on surface; /* which of the row's addresses was called */
    enum method method;
    str path, query, body, content_type;
    str host, base_url; /* base_url: "https://go.example" from settings, else from Host */
    str request_id;
    str peer_address; /* of the visitor, through trusted proxies */
    bool is_tls;
    const struct who *who; /* never null: nobody has ROLE_NOBODY */
    int64_t program_id; /* the programme this call is about, already checked against who; 0: none */
    int64_t partner_id; /* portal and partner keys: the caller's partner; else 0 */
    const struct lang *lang;
    int offset_minutes;           /* the reader's time zone, minutes east of UTC */
    instant now;                  /* one "now" per request */
    instant as_of; /* what is read was complete then: a replica's; none: it is complete now */
    int64_t retry_after_s;        /* set with an ERR_TOO_MANY or ERR_BUSY that is returned */
    const struct http_head *head; /* null in tests that go without a socket */
    struct request_parts *parts;
};

str request_header(const struct request *, const char *name); /* none when absent */
str request_cookie(const struct request *, const char *name);
str request_param(const struct request *, const char *name); /* from the path: {id} */
err request_param_id(
    const struct request *, const char *name, const char *prefix, int64_t *out); /* else 404 */
str request_query(const struct request *, const char *name); /* decoded; none when absent */
/* One field of a form, or a top-level text or number of a JSON body: for small handlers. Trimmed in
 * forms. A body that cannot be read at all is refused before the handler runs. */
str request_form(const struct request *, const char *name);
/* What was typed into that input, while the page of a refused form is made again by its GET row:
 * for inputs whose names no template can know. Empty when it was left out; none on a page just
 * opened. */
str request_typed(const struct request *, const char *name);
strs request_form_all(
    const struct request *, const char *name); /* checkboxes: every value of the name */

/* The body's JSON object, or null when a form came: for bodies that no field table describes. */
const struct value *request_json(const struct request *);

/* Fills TAKEN and REQUIRED members from JSON or form, checks ranges, refuses unknown fields with
 * their path, gathers every mistake. Members that were not sent keep the value that `out` came
 * with: set defaults first. Texts are trimmed in forms, never in JSON. Forms speak people's
 * language: money      "12.90" or "12,90" in the currency of its sibling field (set it before);
 * JSON: minor units x_bp       also as input `x` (or `percent` for percent_bp) in percent: "12.5";
 * as `x_bp` in basis points instants   a date or a local date and time, in the reader's zone lists
 * the name repeated, or one a line flags      "1", "on", "true", "yes"; put a hidden "0" of the
 * same name before a checkbox: the last one counts records    "record_member" an empty text is
 * "none". */
MUST_CHECK err request_read(struct request *, const struct fields *, void *out);
/* As above for PATCH: only fields that were sent change; `out` holds the present values. out_sent
 * (may be null) gets a bit per field index. */
MUST_CHECK err request_patch(
    struct request *, const struct fields *, void *inout, uint64_t *out_sent);
/* One object of a batch. Its mistakes are its own: request_item_problem tells them as a problem
 * document in JSON, and they are gone with the next item or with request_items_done. */
MUST_CHECK err request_read_item(
    struct request *, const struct value *item, const struct fields *, void *out);
str request_item_problem(struct request *, err);
void request_items_done(struct request *);
/* Adds a mistake about a field ("code", "items/0/amount" or "/items/0/amount"); returns the error
 * to be returned in the end. Its status is 422 unless all mistakes are of one other kind (409 for a
 * name taken). */
err request_problem(struct request *, const char *field, err);
/* The gathered mistakes, or null. */
MUST_CHECK err request_problems(struct request *);
/* What was said of an input of this name, when a form is shown again; none otherwise. For rows of
 * inputs, which templates cannot name one by one. */
str request_problem_of(const struct request *, const char *input);
/* limit, after, sort and filters of a list, from the URL. On the API unknown ones are refused,
 * except those that the handler has already asked for by request_query. `created[gte]` also means
 * created_at; a bare date with [lte] includes that day. Newest first unless sorted. */
MUST_CHECK err request_list(struct request *, const struct fields *, struct list_query *out);
/* A file of a multipart form. */
struct upload {
    str name, content_type, content;
};
bool request_has_upload(const struct request *, const char *field); /* a file that is not empty */
MUST_CHECK err request_upload(struct request *, const char *field, struct upload *out);
/* What was pasted into a text field; the file's content when nothing was. */
MUST_CHECK err request_upload_text(
    struct request *, const char *field, const char *pasted, str *out);
/* from=, to=, compare= of reports; period=7d|30d|90d|12m for pages. Days in the reader's zone. */
struct period {
    instant from, to;           /* to is exclusive */
    instant past_from, past_to; /* the period it is compared with; none without */
    int64_t days;
    str name;  /* "30d" or "custom" */
    bool open; /* includes today: the last value is unfinished */
};
MUST_CHECK err request_period(struct request *, const char *fallback, struct period *out);

/* The id of the object this call makes. As id_new(rq->env), but the same again when the same
 * idempotent call is tried once more after a crash: insert with ON CONFLICT DO NOTHING and answer
 * what is there. */
int64_t request_new_id(struct request *);

/* ERR_TOO_MANY with Retry-After once `key` was used more than `burst` times, refilled evenly over
 * `per_ms`. `class` is a literal: "sign-in", "apply". Takes one token. */
MUST_CHECK err request_limit(
    struct request *, const char *class, str key, int64_t burst, int64_t per_ms);

/* Forms of callers without a session carry a signed stamp in the same input, `csrf`. The server
 * checks it before the handler of every PUBLIC POST without ROUTE_NO_CSRF; how long the form was
 * open tells people from robots. -1 when there was no stamp. */
int64_t request_form_age_ms(const struct request *);
