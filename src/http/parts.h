/* What the files of http share about one request and nobody else includes. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "http/head.h"
#include "http/json.h"
#include "http/request.h"

struct pair {
    str name, value;
};

/* Names with values, in the order in which they came. */
struct pairs {
    struct arena *arena;
    struct pair *at;
    size_t count, room;
};
struct pairs pairs_new(struct arena *);
void pairs_add(struct pairs *, str name, str value);
str pairs_first(const struct pairs *, str name); /* none when absent */
str pairs_last(const struct pairs *, str name);
str pairs_first_nocase(const struct pairs *, str name);

enum body_kind { BODY_NONE, BODY_JSON, BODY_FORM };

struct body_file {
    str field;
    struct upload upload;
};

/* One mistake, as it will be told. */
struct problem {
    str pointer; /* "/items/0/amount" */
    str field;   /* as inputs are named: "items_0_amount" */
    const char *code;
    str message; /* in the reader's language */
    enum err_kind kind;
};

struct request_parts {
    struct pairs headers; /* only of requests without a head: tests */
    struct pairs params;  /* of the path, decoded */
    struct pairs query, cookies, form;
    const struct pairs *typed; /* the refused form that this page is made again for, or null */
    struct pairs asked;        /* names of query parameters that the handler asked for */
    bool has_query, has_cookies;
    bool query_broken; /* an escape or UTF-8 that is none */
    enum body_kind body_kind;
    struct value json;
    const struct fields *fields; /* that the body was read by */
    struct body_file *files;
    size_t file_count;
    struct problem *problems;
    size_t problem_count, problem_room;
    const struct problem *said; /* of the form that is shown again */
    size_t said_count;
    int64_t form_age_ms;
    int64_t new_id; /* of an idempotent call; 0: not yet made */
    int64_t began_us;
    struct server *server;
    size_t row;       /* of the route, for the counters */
    bool is_loopback; /* who is really connected */
    enum http_method sent_method;
    bool body_was_read;
    err body_err;
    struct idempotent *call;
};

/* An empty request: arena, env, now, parts. */
struct request *request_begin(struct arena *, const struct env *);
/* What the server found at this address. */
str request_prefix(
    const struct request *); /* "/manage" on pages of the console, "" on public ones */

/* Splits "a=1&b=2", decoded. False: a bad escape, NUL or invalid UTF-8. */
bool pairs_read_urlencoded(struct pairs *, str text);
void pairs_read_cookies(struct pairs *, str header);
const struct pairs *request_queries(const struct request *);

/* Reads the body by its Content-Type into parts. BODY_TYPE (415), the errors of json.h,
 * FORM_BROKEN. */
extern const struct err CONTENT_TYPE; /* 415 content_type */
extern const struct err FORM_BROKEN;  /* 400 form_malformed */
MUST_CHECK err body_read(struct request *);
MUST_CHECK err body_read_multipart(struct request *, str boundary);

/* The mistakes of fields, shared by the readers of JSON, forms and lists. `path`: "items/0/amount".
 */
void problem_add(struct request *, str path, err);
/* The same with a message made already: the err gives kind and code. */
void problem_say(struct request *, str path, err, str message);

extern const struct err FIELD_IS_REQUIRED, UNKNOWN_FIELD, READ_ONLY, FIELD_IS_FIXED, WRONG_TYPE,
    OUT_OF_RANGE, TOO_LONG, TOO_MANY_ITEMS, UNKNOWN_VALUE, ID_INVALID, TIME_INVALID,
    CONTROL_CHARACTER;

/* Where a member is: its table and its record. */
struct place {
    const struct fields *fields;
    void *record;
};

/* What both readers check once the type is right. False: refused, with a problem added. */
bool field_put_int(struct request *, str path, const struct field *, const struct place *, int64_t);
bool field_put_text(struct request *, str path, const struct field *, const struct place *, str);
bool field_put_strs(struct request *, str path, const struct field *, const struct place *, strs);
/* The currency of a money field: its sibling's; none without. */
currency field_currency(const struct field *, const struct place *);

void fields_read_json(struct request *, const struct place *, const struct value *object, str path,
    bool patch, uint64_t *out_sent);
void fields_read_form(
    struct request *, const struct place *, str path, bool patch, uint64_t *out_sent);
