/* A rendering under way: shared by the walk over the nodes and the printing of values. */
#pragma once

#include "view/template.h"
#include "view/template_node.h"
#include "view/tree.h"

enum { CONTEXTS_MAX = 128 };

/* One level of the context: a value, and where it stands in its list. */
struct level {
    const struct view *view;
    bool is_item;
    int64_t index, count; /* from 1 */
};

/* Blocks that a page gives its frame, and the blocks in force where they were written. */
struct overrides {
    const struct node *parent;      /* its children */
    const struct template *written; /* in which template */
    const struct overrides *outer;  /* of the page it was written in: those win */
};

struct rendering {
    struct templates *templates;
    const struct template *template; /* whose nodes are walked: for messages of errors */
    bool is_strict;
    const struct render *how;
    struct arena *arena;
    struct buf *out;
    const struct view *frame;
    struct level levels[CONTEXTS_MAX];
    size_t depth;
    const struct overrides *overrides;
    int parts; /* partials and parents under way */
    int64_t steps;
};

/* What a path leads to. */
struct value {
    enum { VALUE_MISSING, VALUE_LEAF, VALUE_FLAG, VALUE_INT } is;
    const struct view *leaf;
    bool flag;
    int64_t n;
};

struct value value_look(const struct rendering *, const struct path *);
bool value_true(const struct value *);
/* Writes the value as its tag asks, escaped for its place. */
MUST_CHECK err value_print(struct rendering *, const struct node *);
err render_fail(const struct rendering *, const struct node *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
