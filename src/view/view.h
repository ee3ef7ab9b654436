/* What is shown: a tree of typed leaves, filled by handlers, printed as JSON or as a page.
 *
 * A name added twice to one object: the later value takes the earlier one's place. Texts are
 * borrowed, as names are: give them the request's arena. The whole tree lives in the arena of its
 * root. */
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

/* Leaves of an object. Names are borrowed and must outlive the view (usually literals). After the
 * bar: what JSON prints, then what pages print. */
/* clang-format off */
void view_int(struct view *, const char *name, int64_t);           /* 12345 | 12,345 */
void view_bool(struct view *, const char *name, bool);
void view_str(struct view *, const char *name, str);               /* none: null | nothing, false */
void view_text(struct view *, const char *name, const char *);
void view_currency(struct view *, const char *name, currency); /* its code, copied */     /* null likewise */
void view_words(struct view *, const char *name, const char *msgid); /* English | translated */
void view_money(struct view *, const char *name, amount);          /* {"amount":1250,"currency":"EUR"} | 12,50 € */
void view_minor(struct view *, const char *name, amount);          /* 1250 | 12,50 € */
void view_percent_bp(struct view *, const char *name, int64_t bp); /* 1250 | 12,5 % */
void view_instant(struct view *, const char *name, instant);       /* RFC 3339 | by the format asked for */
void view_id(struct view *, const char *name, const char *prefix, int64_t id);
void view_enum(struct view *, const char *name, const char *const *names, unsigned value);
void view_null(struct view *, const char *name);
void view_raw(struct view *, const char *name, str json);
void view_html(struct view *, const char *name, str html);         /* nothing | trusted markup */
/* clang-format on */
/* Words with a context for translators, or null; {places} in the msgid are filled on pages from
 * what the template can reach there, as `You owe {total}` is. */
void view_words_in(struct view *, const char *name, const char *context, const char *msgid);
/* About some of them:
 * view_enum prints names[value]; pages may ask `name_is_pending` for each word of `names`, which
 * ends with a null. view_raw is stored JSON, verbatim in JSON. Pages walk it like a tree of ours:
 * an object of exactly `amount` and `currency` is money, a text under `x_at` in RFC 3339 an
 * instant, a whole number under `x_bp` a percentage. Text that is no JSON is an unknown name.
 * view_html is for our own SVG and for cmark's output, nothing else. */

struct view *view_object(struct view *, const char *name); /* a new object below */
struct view *view_list(struct view *, const char *name);   /* a new list below */
struct view *view_item(struct view *list);                 /* a new object at the list's end */
void view_item_str(struct view *list, str);
void view_item_int(struct view *list, int64_t);

/* All members of a record through its field table (secrets left out). Below `name`, or into the
 * object itself when name is null. Members called `x_bp` are percentages on pages;
 * `status_is_pending` as view_enum. */
void view_record(struct view *, const char *name, const struct fields *, const void *record);
/* The object's page-only twin; looked up after the object itself, never in JSON. Everything below
 * it is page-only. */
struct view *view_page(struct view *);

void view_json(const struct view *, struct buf *out);
/* The same, safe inside <script type="application/json">: < > & and line separators as \u escapes.
 */
void view_json_script(const struct view *, struct buf *out);
