/* What goes out. A handler fills a view or gives bytes; the printer is chosen by surface and Accept. */
#pragma once

#include "http/request.h"
#include "view/view.h"

struct reply {
    struct request *rq;
    int status;            /* 200 unless set */
    struct view *view;     /* root object; reply_view() makes it */
    const char *page;      /* template; the route's unless set */
    str body;              /* raw answer instead of a view */
    const char *content_type;
    str location;
    void *headers;
    int64_t retry_after_s;
    bool is_done;          /* a raw answer was given */
    str flash;             /* code of the message shown on the next page: "coupon/saved" */
    str undo;              /* path that a POST undoes it by */
    void (*stream)(struct reply *, void *); /* see reply_stream */
};

struct view *reply_view(struct reply *);   /* what JSON prints and pages read */
struct view *reply_frame(struct reply *);  /* page-only context: title, crumbs, choices */
void reply_header(struct reply *, const char *name, str value);
void reply_cookie(struct reply *, const char *name, str value, int64_t max_age_s, bool http_only);
/* API: 201 with Location /api/v1/path. Pages: 303 to the page with a message. Path is of the caller's surface.
 * `flash` is a key of app/flash.c, e.g. "coupon/saved". */
MUST_CHECK err reply_created(struct reply *, const char *flash, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* API: 200 with the view. Pages: 303. */
MUST_CHECK err reply_done(struct reply *, const char *flash, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
MUST_CHECK err reply_redirect(struct reply *, int status, str location);
MUST_CHECK err reply_bytes(struct reply *, const char *content_type, str body);
MUST_CHECK err reply_file(struct reply *, const char *content_type, str file_name, str body); /* Content-Disposition */
/* A list: data, has_more, next; on pages also the filter chips, sort links and the CSV link. With ?format=csv
 * it becomes the CSV of all rows: `columns` null means every field that a view may show. */
MUST_CHECK err reply_list(struct reply *, const struct fields *, const struct page *, const struct list_query *);
/* Runs the statement as a list and answers it, as JSON, page or CSV: what most list handlers are. `decorate`
 * (may be null) adds joined facts to each row's view. */
typedef err (*decorate_fn)(struct request *, struct view *item, const void *record);
MUST_CHECK err reply_listing(struct reply *, const struct statement *, const struct param *, const struct fields *,
    decorate_fn decorate);
