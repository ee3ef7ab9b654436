/* Compiled templates, for the files of the compiler and the renderer. */
#pragma once

#include "base/err.h"
#include "view/lang.h"

enum node_kind {
    NODE_TEXT = 1,
    NODE_VALUE,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_PARENT,
    NODE_BLOCK,
    NODE_WORDS,
    NODE_PLURAL,
};

/* Where a value stands, which says how it must be escaped. */
enum place {
    PLACE_TEXT,
    PLACE_ATTRIBUTE,
    PLACE_URL,    /* may decide the scheme of a URL */
    PLACE_SCRIPT, /* a JSON data block */
    PLACE_PLAIN,  /* a .txt template */
};

enum filter {
    FILTER_NONE,
    FILTER_DATE, /* and the forms of format_date: filters.c maps them */
    FILTER_ISO,
    FILTER_AGO,
    FILTER_INPUT,
    FILTER_INPUT_TIME,
    FILTER_WHOLE,
    FILTER_PLAIN,
    FILTER_MINOR,
    FILTER_MONEY,
    FILTER_PERCENT,
    FILTER_DECIMAL,
    FILTER_URL,
    FILTER_JSON,
};

struct path {
    str text; /* as written, without ? and filter */
    const str *parts;
    size_t count; /* 0: the value itself, {{.}} */
    bool may_miss;
};

struct value_tag {
    struct path path;
    enum filter filter;
    enum date_form date_form;
    bool is_raw;
    enum place place;
};

struct template;

struct node {
    enum node_kind kind;
    int line;
    struct node *next;
    struct node *children;
    str text;                      /* TEXT: the text; PARTIAL, PARENT, BLOCK: the name */
    struct value_tag value;        /* VALUE; SECTION, INVERTED, PLURAL: the path */
    const struct template *target; /* PARTIAL, PARENT, once bound */
    /* WORDS, PLURAL */
    const char *context;
    str msgid, many;
    struct node *forms[LANGUAGES][PLURAL_FORMS]; /* null: as English */
};

struct template
{
    struct arena *arena;
    const char *name;
    bool is_plain; /* .txt */
    struct node *nodes;
    struct template *next;
    const char *embedded;
    /* Under a disk folder: the file, and the state it was read in. */
    const char *path;
    int64_t changed_ns, size;
    bool is_stale;
};

/* The tree of `text`, with messages in every language and each value's place known. */
MUST_CHECK err template_compile(struct arena *, const char *name, str text, struct node **out);

/* The steps of it. */
MUST_CHECK err template_parse(struct arena *, const char *name, str text, struct node **out);
MUST_CHECK err template_translate(struct arena *, const char *name, struct node *);
MUST_CHECK err template_place(struct arena *, const char *name, struct node *);

err template_fail(struct arena *, const char *name, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "name|filter", "a.b?" and "." */
MUST_CHECK err value_tag_read(
    struct arena *, const char *name, int line, str text, struct value_tag *out);
/* Whether `text` could be a path with or without a filter: {such} places of messages. */
bool value_tag_looks(str text);
bool template_is_plain(const char *name);
