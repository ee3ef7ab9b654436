/* What is shown: a tree of typed leaves, filled by handlers, printed as JSON or as a page. */
#pragma once

#include "base/amount.h"
#include "base/err.h"
#include "base/field.h"
#include "base/instant.h"
#include "base/str.h"

struct arena;
struct buf;
struct view; /* an object, a list or a leaf */

struct view *view_new(struct arena *); /* an empty object */

/* Leaves of an object. Names are borrowed and must outlive the view (usually literals). */
void view_int(struct view *, const char *name, int64_t);
void view_bool(struct view *, const char *name, bool);
void view_str(struct view *, const char *name, str);             /* none prints null, false in templates */
void view_text(struct view *, const char *name, const char *);
void view_words(struct view *, const char *name, const char *msgid); /* translated on pages, English in JSON */
void view_money(struct view *, const char *name, amount);        /* {"amount":1250,"currency":"EUR"} | 12,50 € */
void view_minor(struct view *, const char *name, amount);        /* 1250 in JSON | 12,50 € on pages */
void view_percent_bp(struct view *, const char *name, int64_t bp); /* 1250 | 12,5 % */
void view_instant(struct view *, const char *name, instant);     /* RFC 3339 | by the format asked for */
void view_id(struct view *, const char *name, const char *prefix, int64_t id);
void view_enum(struct view *, const char *name, const char *const *names, unsigned value);
void view_null(struct view *, const char *name);
void view_raw(struct view *, const char *name, str json);        /* parsed lazily for pages, verbatim in JSON */
void view_html(struct view *, const char *name, str html);       /* trusted markup: our SVG, cmark's output; pages only */

struct view *view_object(struct view *, const char *name); /* a new object below */
struct view *view_list(struct view *, const char *name);   /* a new list below */
struct view *view_item(struct view *list);                 /* a new object at the list's end */
void view_item_str(struct view *list, str);
void view_item_int(struct view *list, int64_t);

/* All members of a record through its field table (secrets left out). Below `name`, or into the object
 * itself when name is null. For each KIND_ENUM `status` also a page-only leaf `status_is_pending`=true. */
void view_record(struct view *, const char *name, const struct fields *, const void *record);
/* Marks everything added to this object afterwards as seen by pages only, never in JSON. */
struct view *view_page(struct view *); /* the object's page-only twin; looked up after the object itself */

void view_json(const struct view *, struct buf *out);
