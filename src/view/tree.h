/* The inside of a view, for the floor itself: templates walk it, the JSON reader builds it. */
#pragma once

#include "view/view.h"

enum view_kind {
    VIEW_OBJECT = 1,
    VIEW_LIST,
    VIEW_NULL,
    VIEW_INT,
    VIEW_BOOL,
    VIEW_STR,
    VIEW_NUMBER, /* a JSON number that is not a whole one: its text */
    VIEW_WORDS,
    VIEW_MONEY,
    VIEW_MINOR,
    VIEW_PERCENT,
    VIEW_INSTANT,
    VIEW_ENUM,
    VIEW_RAW,
    VIEW_HTML,
};

struct view {
    struct arena *arena;
    enum view_kind kind;
    bool parse_failed; /* VIEW_RAW whose text is no JSON */
    str name;
    struct view *next; /* sibling */
    struct view *first, *last, *page;
    size_t count;        /* of children */
    struct view *parsed; /* VIEW_RAW once walked */
    union {
        int64_t n;
        bool is_true;
        str text;
        amount money;
        instant at;
        struct {
            const char *const *names;
            unsigned value;
        } choice;
        struct {
            const char *context, *msgid;
        } words;
    };
};

/* A node below `parent` (replaces the one of that name when the parent is an object and `name` is
 * given). */
struct view *view_add(struct view *parent, str name, enum view_kind);
/* The same without looking for an earlier one: for readers that check names themselves. */
struct view *view_append(struct view *parent, str name, enum view_kind);

/* The member of this very object, then of its page twin; null when there is none. Raw leaves are
 * opened. `status_is_x` answers for an enum leaf `status`: *out_flag is filled and the leaf
 * returned with *is_flag. */
struct view_found {
    const struct view *leaf; /* null: not found */
    bool is_flag;            /* the answer is `flag`, not the leaf */
    bool flag;
};
struct view_found view_find(const struct view *, str name);

/* A raw leaf's tree, or the view itself; null when the text is no JSON. */
const struct view *view_open(const struct view *);

/* Strict JSON (RFC 8259) into a tree: duplicate names, unpaired surrogates, NUL and nesting beyond
 * 64 refused. */
struct view *view_read_json(struct arena *, str json);
