/* What goes out. A handler fills a view or gives bytes; the printer is chosen by surface and
 * Accept. */
#pragma once

#include "http/request.h"
#include "view/view.h"

struct pairs;
/* Writes the body piece by piece; false: the client has gone, stop. */
typedef bool (*stream_write)(void *to, str bytes);
typedef err (*stream_fn)(struct reply *, stream_write, void *to, void *arg);

struct reply {
    struct request *rq;
    int status;        /* 200 unless set */
    struct view *view; /* root object; reply_view() makes it */
    const char *page;  /* template; the route's unless set */
    str body;          /* raw answer instead of a view */
    const char *content_type;
    str location;
    struct pairs *headers;
    int64_t retry_after_s;
    bool is_done; /* a raw answer was given */
    str flash; /* code of the message shown on the next page: "coupon/saved", with values to fill in
                  behind a '?', percent-encoded: "coupon/saved?code=ANNA10" */
    str undo;  /* path that a POST undoes it by, with the surface's prefix */
    struct view *frame; /* reply_frame() makes it */
    struct view *form;  /* reply_form() makes it */
    stream_fn stream;   /* see reply_stream */
    void *stream_arg;
};

struct view *reply_view(struct reply *);  /* what JSON prints and pages read */
struct view *reply_frame(struct reply *); /* page-only context: title, crumbs, choices */
/* Page-only object `form`: what the inputs show, by field name: value="{{form.code}}", and for
 * enums
 * {{#form.kind_is_blog}}selected{{/form.kind_is_blog}}. A GET handler fills it with the present
 * values; after a POST that was refused, the same page is made again by the GET row of the same
 * path (or of the same page template) and shows what the person typed instead, with `error.code` =
 * the message beside each field, `problem.detail` and `problem.list` {field, message} on top, and
 * status 422. */
struct view *reply_form(struct reply *);
void reply_header(struct reply *, const char *name, str value);
void reply_cookie(struct reply *, const char *name, str value, int64_t max_age_s, bool http_only);
/* API: 201 with Location /api/v1/path. Pages: 303 to the page with a message. Path is of the
 * caller's surface. `flash` is a key of app/flash.c, e.g. "coupon/saved". */
MUST_CHECK err reply_created(struct reply *, const char *flash, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* API: 200 with the view. Pages: 303. */
MUST_CHECK err reply_done(struct reply *, const char *flash, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
MUST_CHECK err reply_redirect(struct reply *, int status, str location);
MUST_CHECK err reply_bytes(struct reply *, const char *content_type, str body);
MUST_CHECK err reply_file(
    struct reply *, const char *content_type, str file_name, str body); /* Content-Disposition */
/* A body of unknown length, made while it is sent: fn runs after the handler, on the same thread,
 * with the request still alive. An error it returns cuts the answer off, so that the client sees
 * that it is not whole. */
MUST_CHECK err reply_stream(struct reply *, const char *content_type, stream_fn fn, void *arg);
/* A list: data, has_more, next; on pages also, as `list`: shown, next_url, start_url, csv_url,
 * has_filters, filters [{name, value, remove_url}], and per sortable field sort.NAME {url, aria,
 * is_up, is_down}. */
MUST_CHECK err reply_list(
    struct reply *, const struct fields *, const struct page *, const struct list_query *);
/* Runs the statement as a list and answers it, as JSON, page or (rows with ROUTE_CSV, ?format=csv)
 * as the CSV of all rows, every field that a view may show: what most list handlers are. `decorate`
 * (may be null) adds joined facts to each row's view; what the CSV should show too belongs into the
 * statement and the struct. */
typedef err (*decorate_fn)(struct request *, struct view *item, const void *record);
MUST_CHECK err reply_listing(struct reply *, const struct statement *, const struct param *,
    const struct fields *, decorate_fn decorate);
