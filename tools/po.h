/* .po files, read strictly: what gettext would shrug at is an error here, with its line. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;

enum { PO_FORMS = 3 };

struct po_entry {
    str context;    /* none without msgctxt */
    str id, plural; /* plural is none without msgid_plural */
    str forms[PO_FORMS];
    size_t form_count;
    str references; /* the #: lines, joined by spaces; may be none */
    bool is_fuzzy;
    int line; /* of its msgid */
};

struct po {
    const char *path;
    str language;    /* from the header */
    str plural_rule; /* "nplurals=2; plural=(n != 1);" */
    unsigned plural_count;
    struct po_entry *at; /* without the header and without obsolete entries */
    size_t count;
};

MUST_CHECK err po_read(struct arena *, const char *path, str text, struct po *out);
/* Null when there is no such message. */
const struct po_entry *po_find(const struct po *, str context, str id);
/* Every form is there. */
bool po_is_translated(const struct po_entry *, unsigned plural_count);
/* "quoted\n" as .po and C have it. */
void po_quote(struct buf *, str);
/* What a translation must keep: null, or what is wrong with it ("{count} is missing"). */
const char *po_mismatch(struct arena *, const struct po_entry *);
