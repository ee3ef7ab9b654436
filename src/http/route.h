/* Routes are rows of a table. One row, up to three addresses: /api/v1/…, /manage/…, /portal/…; PUBLIC rows
 * stand at their path as it is. A route that is in no table does not exist.
 * HEAD is answered by the GET row. Forms know only POST: on pages the input `_method` (PATCH, PUT, DELETE) in
 * the body of a POST chooses the row, so that one row serves the API and the console. A literal segment goes
 * before {name}. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "http/permission.h"

struct request;
struct reply;

enum method { GET = 1, POST, PATCH, DELETE, PUT };

enum shown_on {
    API    = 1,  /* /api/v1 + path */
    MANAGE = 2,  /* /manage + path */
    PORTAL = 4,  /* /portal + path */
    PUBLIC = 8,  /* path itself */
};

typedef err (*handler_fn)(struct request *, struct reply *);

enum route_flag {
    ROUTE_MONEY   = 1,  /* Idempotency-Key honoured (API) */
    ROUTE_NO_CSRF = 2,  /* POSTs that any site may send: /t/click. Never for forms: those of strangers carry a stamp */
    ROUTE_LARGE   = 4,  /* body up to 10 MiB (CSV upload) instead of 1 MiB */
    ROUTE_CSV     = 8,  /* ?format=csv gives the list as CSV */
    ROUTE_CORS    = 16, /* answers any origin: /t/… */
    ROUTE_TEST    = 32, /* exists only with --test-clock */
    ROUTE_BARE    = 64, /* the page has no template context of its own: files, t.js, redirects */
    ROUTE_LIST    = 128, /* for the document: `gives` comes as a list although the path does not end in a plural */
    ROUTE_ODD_QUERY = 512, /* a query with broken escapes is no reason to turn a visitor away; the handler reads rq->query */
    /* The page may be read from a replica, as of some seconds ago: reports, sums, lists of clicks. Never a page
     * that money is decided on. Its handler writes nothing, and may run twice. */
    ROUTE_BEHIND  = 1024,
    ROUTE_WATCH   = 2048, /* of who watches over the server: answered while every worker is held up. Reads memory only */
    ROUTE_ONE     = 256, /* for the document: one object although the path does */
};

struct route {
    enum method method;
    const char *path;            /* "/coupons/{id}/pause": {name} takes one segment */
    unsigned shown_on;
    enum permission needs;
    handler_fn handler;
    const char *page;            /* template for pages; null: none */
    unsigned flags;
    /* For the API document: */
    const struct fields *takes;  /* request body */
    const struct fields *gives;  /* one object, or the objects of a list */
    const char *summary;
    const char *statuses;        /* "201 200 409 422": beyond what every route may answer */
    const char *query;           /* parameters of its own: "q from to compare" */
    /* Members that the handler adds to `gives`, or all of them without: see http/openapi_also.c.
     * "clicks:integer reason:string is_late:boolean touch:{touch} commissions:[commission]
     *  data:[(name:string value:string)] *:{ledger_balance}" */
    const char *also;
    const struct fields *mine;   /* what a partner's own key is given instead of `gives` */
};
