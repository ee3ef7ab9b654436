/* Handlers without a socket: a request struct goes in, an answer comes out, everything between is
 * the real thing.
 *
 *   struct client *c = client_open(t, &(struct server_options){ .tables = tables, .store = store,
 * .app = &app }); c->who = client_staff(ROLE_MANAGER); struct response r = client_json(c, "POST",
 * "/api/v1/coupons", "{\"code\": \"ANNA10\"}"); ASSERT_INT(r.status, 201);
 *   ASSERT_STR(response_text(&r, "code"), "ANNA10");
 *
 * Without templates, pages are printed as the JSON of their view. Without a gate of its own the
 * caller is c->who, and of programmes there are those of c->programs. */
#pragma once

#include "base/test.h"
#include "http/json.h"
#include "http/server.h"

enum { CLIENT_PROGRAMS = 4 };

struct client {
    struct test *t;
    struct server *server;
    struct who who;
    int64_t programs[CLIENT_PROGRAMS]; /* that exist; the first is the default when it is the only
                                          one */
    const char *headers;               /* sent with every call: "Cookie: a=b\r\n" */
    const char *address;               /* of the visitor; "203.0.113.9" at first */
    bool is_tls;
};

struct response {
    int status;
    str headers, body;
    struct value json; /* of the body, when it is JSON */
};

/* Options may leave out env, gate, secret and what is not needed. Closed after the test. */
struct client *client_open(struct test *, const struct server_options *);
/* All scopes, a session (ROLE_NOBODY: none). */
struct who client_staff(enum role);
struct who client_partner(int64_t partner_id, int64_t program_id);
/* An API key instead of a session. */
struct who client_key(enum role);

struct response client_call(
    struct client *, const char *method, const char *address, const char *content_type, str body);
struct response client_get(struct client *, const char *address);
struct response client_json(
    struct client *, const char *method, const char *address, const char *json);
/* POST of a form from one of our own pages: the token is added. */
struct response client_form(struct client *, const char *address, const char *urlencoded);

/* What {{> app/csrf}} would put into a form now. */
str client_token(struct client *);

str response_header(const struct response *, const char *name); /* none when absent */
/* Members of the JSON by a path such as "errors/0/pointer"; none, 0 and -1 when absent. */
const struct value *response_value(const struct response *, const char *path);
str response_text(const struct response *, const char *path);
int64_t response_int(const struct response *, const char *path);
int64_t response_count(const struct response *, const char *path);
