/* Reading .po files, and checking that a translation keeps what it must. */
#include "po.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

struct reader {
    struct arena *arena;
    const char *path;
    str rest;
    int line;
    struct po *po;
    size_t room;
    struct po_entry entry; /* being read */
    bool has_id, is_obsolete;
    bool has_header;
    str *open; /* where following "lines" are added */
};

static err fail(const struct reader *r, const char *what)
{
    return err_make(r->arena, ERR_MALFORMED, "po", NULL, "%s:%d: %s", r->path, r->line, what);
}

void po_quote(struct buf *out, str text)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '\n')
            buf_add(out, STR("\\n"));
        else if (c == '\t')
            buf_add(out, STR("\\t"));
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else
            buf_char(out, c);
    }
    buf_char(out, '"');
}

/* A quoted string that takes up the whole of `text`. */
static err unquote(const struct reader *r, str text, str *out)
{
    struct buf plain = buf_new(r->arena);

    if (text.len < 2 || text.at[0] != '"' || text.at[text.len - 1] != '"')
        return fail(r, "a text needs quotes on both sides");
    text = (str){ text.at + 1, text.len - 2 };
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '"')
            return fail(r, "a quote inside a text needs a backslash");
        if (c == '\\') {
            if (++i == text.len)
                return fail(r, "a backslash at the end of a text");
            c = text.at[i];
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\')
                return fail(r, "only \\n \\t \\\" and \\\\ are known");
        }
        buf_char(&plain, c);
    }
    *out = buf_str(&plain);
    if (!out->at)
        *out = STR("");
    return NULL;
}

static str header_line(str header, str name)
{
    str line;

    while (str_cut(&header, '\n', &line))
        if (str_starts(line, name))
            return str_trim(str_from(line, name.len));
    return STR_NONE;
}

static err take_header(struct reader *r)
{
    str header = r->entry.forms[0], rule = header_line(header, STR("Plural-Forms:"));
    str number = str_from(rule, 9);

    if (r->has_header)
        return fail(r, "a second header");
    r->has_header = true;
    r->po->language = header_line(header, STR("Language:"));
    r->po->plural_rule = rule;
    if (!str_eq(header_line(header, STR("Content-Type:")), STR("text/plain; charset=UTF-8")))
        return fail(r, "the header must say: Content-Type: text/plain; charset=UTF-8");
    if (!str_starts(rule, STR("nplurals=")) || number.len < 2 || number.at[0] < '1' ||
        number.at[0] > '0' + PO_FORMS || number.at[1] != ';')
        return fail(r, "the header needs Plural-Forms with nplurals of 1, 2 or 3");
    r->po->plural_count = (unsigned)(number.at[0] - '0');
    return NULL;
}

static void keep(struct reader *r)
{
    struct po *po = r->po;

    if (po->count == r->room) {
        struct po_entry *larger;

        r->room = r->room ? r->room * 2 : 64;
        larger = ARENA_ARRAY(r->arena, struct po_entry, r->room);
        if (po->count)
            memcpy(larger, po->at, po->count * sizeof(*larger));
        po->at = larger;
    }
    po->at[po->count++] = r->entry;
}

/* The entry is complete: a new one begins, or the file ends. */
static err finish(struct reader *r)
{
    struct po_entry *e = &r->entry;

    r->open = NULL;
    if (!r->has_id) {
        if (e->context.at)
            return fail(r, "msgctxt without msgid");
    } else if (e->form_count == 0) {
        return fail(r, "msgid without msgstr");
    } else if (e->id.len == 0 && !e->context.at) {
        TRY(take_header(r));
    } else if (!r->has_header) {
        return fail(r, "the first message must be the header");
    } else if (e->plural.at && e->form_count != r->po->plural_count) {
        return fail(r, "not as many plural forms as the header says");
    } else {
        keep(r);
    }
    *e = (struct po_entry){ .line = r->line };
    r->has_id = false;
    return NULL;
}

static err begin_id(struct reader *r, str rest)
{
    if (r->has_id)
        TRY(finish(r));
    r->has_id = true;
    r->entry.line = r->line;
    r->open = &r->entry.id;
    return unquote(r, rest, r->open);
}

static err begin_form(struct reader *r, str rest)
{
    struct po_entry *e = &r->entry;
    size_t index = 0;

    if (!r->has_id)
        return fail(r, "msgstr without msgid");
    if (str_starts(rest, STR("["))) {
        if (rest.len < 3 || rest.at[1] < '0' || rest.at[1] >= '0' + PO_FORMS || rest.at[2] != ']')
            return fail(r, "msgstr[0], msgstr[1] or msgstr[2]");
        index = (size_t)(rest.at[1] - '0');
        rest = str_from(rest, 3);
        if (!e->plural.at)
            return fail(r, "plural forms without msgid_plural");
    } else if (e->plural.at) {
        return fail(r, "msgid_plural needs msgstr[0] and so on");
    }
    if (index != e->form_count)
        return fail(r, "forms out of order");
    r->open = &e->forms[e->form_count++];
    return unquote(r, str_trim(rest), r->open);
}

static err go_on(struct reader *r, str text)
{
    str more;
    struct buf joined = buf_new(r->arena);

    if (!r->open)
        return fail(r, "a text that belongs to nothing");
    TRY(unquote(r, text, &more));
    buf_add(&joined, *r->open);
    buf_add(&joined, more);
    *r->open = buf_str(&joined);
    if (!r->open->at)
        *r->open = STR("");
    return NULL;
}

static err take_comment(struct reader *r, str line)
{
    if (str_starts(line, STR("#~")))
        return NULL;
    if (r->has_id && r->entry.form_count)
        TRY(finish(r));
    if (str_starts(line, STR("#,")) && str_has(line, STR("fuzzy")))
        r->entry.is_fuzzy = true;
    if (str_starts(line, STR("#:")))
        r->entry.references =
            r->entry.references.at
                ? str_printf(r->arena, "%" PRI_STR " %" PRI_STR, STR_ARG(r->entry.references),
                      STR_ARG(str_trim(str_from(line, 2))))
                : str_trim(str_from(line, 2));
    return NULL;
}

static err take_line(struct reader *r, str line)
{
    struct po_entry *e = &r->entry;

    if (line.len == 0)
        return r->has_id && e->form_count ? finish(r) : NULL;
    if (line.at[0] == '#')
        return take_comment(r, line);
    if (line.at[0] == '"')
        return go_on(r, line);
    if (str_starts(line, STR("msgctxt "))) {
        if (r->has_id)
            TRY(finish(r));
        if (e->context.at)
            return fail(r, "two contexts");
        r->open = &e->context;
        return unquote(r, str_trim(str_from(line, 8)), r->open);
    }
    if (str_starts(line, STR("msgid_plural "))) {
        if (!r->has_id || e->plural.at || e->form_count)
            return fail(r, "msgid_plural stands between msgid and msgstr");
        r->open = &e->plural;
        return unquote(r, str_trim(str_from(line, 13)), r->open);
    }
    if (str_starts(line, STR("msgid ")))
        return begin_id(r, str_trim(str_from(line, 6)));
    if (str_starts(line, STR("msgstr ")) || str_starts(line, STR("msgstr[")))
        return begin_form(r, str_trim(str_from(line, 6)));
    return fail(r, "neither a comment nor msgctxt, msgid, msgid_plural, msgstr or a text");
}

static int entry_cmp(const struct po_entry *a, const struct po_entry *b)
{
    int order = (a->context.at != NULL) - (b->context.at != NULL);

    if (!order)
        order = str_cmp(a->context, b->context);
    return order ? order : str_cmp(a->id, b->id);
}

static int by_message(const void *a, const void *b)
{
    return entry_cmp(*(const struct po_entry *const *)a, *(const struct po_entry *const *)b);
}

static err no_doubles(struct reader *r)
{
    struct po *po = r->po;
    const struct po_entry **sorted = ARENA_ARRAY(r->arena, const struct po_entry *, po->count + 1);

    for (size_t i = 0; i < po->count; i++)
        sorted[i] = &po->at[i];
    qsort(sorted, po->count, sizeof(sorted[0]), by_message);
    for (size_t i = 1; i < po->count; i++) {
        if (entry_cmp(sorted[i - 1], sorted[i]) == 0) {
            r->line = sorted[i]->line > sorted[i - 1]->line ? sorted[i]->line : sorted[i - 1]->line;
            return fail(r, "this message stands here twice");
        }
    }
    return NULL;
}

err po_read(struct arena *arena, const char *path, str text, struct po *out)
{
    struct reader r = { .arena = arena, .path = path, .rest = text, .po = out, .line = 1 };
    str line;

    *out = (struct po){ .path = path };
    if (!str_is_utf8(text))
        return fail(&r, "not UTF-8");
    for (r.line = 1; str_cut(&r.rest, '\n', &line); r.line++)
        TRY(take_line(&r, str_trim(line)));
    TRY(finish(&r));
    if (!r.has_header)
        return fail(&r, "there is no header");
    return no_doubles(&r);
}

const struct po_entry *po_find(const struct po *po, str context, str id)
{
    const struct po_entry wanted = { .context = context, .id = id };

    for (size_t i = 0; i < po->count; i++)
        if (entry_cmp(&po->at[i], &wanted) == 0)
            return &po->at[i];
    return NULL;
}

bool po_is_translated(const struct po_entry *e, unsigned plural_count)
{
    if (e->form_count != (e->plural.at ? plural_count : 1))
        return false;
    for (size_t i = 0; i < e->form_count; i++)
        if (e->forms[i].len == 0)
            return false;
    return true;
}

/* The next {place} or <tag> of a text. */
static bool next_piece(str *rest, str *out)
{
    for (size_t i = 0; i < rest->len; i++) {
        char close = rest->at[i] == '{' ? '}' : rest->at[i] == '<' ? '>' : 0;
        str from = str_from(*rest, i);
        size_t end;

        if (!close || !str_find(from, close, &end))
            continue;
        *out = str_first(from, end + 1);
        *rest = str_from(from, end + 1);
        return true;
    }
    return false;
}

static size_t count_piece(str text, str piece)
{
    str found;
    size_t count = 0;

    while (next_piece(&text, &found))
        count += str_eq(found, piece);
    return count;
}

/* In a plural form a place may be left out ("one click"), but none may be new. */
static const char *compare(struct arena *arena, str source, str translation, bool may_drop)
{
    str rest = source, piece;

    while (next_piece(&rest, &piece)) {
        size_t wanted = count_piece(source, piece), is = count_piece(translation, piece);

        if (is < wanted && !(may_drop && piece.at[0] == '{'))
            return str_printf(arena, "%" PRI_STR " is missing", STR_ARG(piece)).at;
    }
    rest = translation;
    while (next_piece(&rest, &piece))
        if (count_piece(translation, piece) > count_piece(source, piece))
            return str_printf(arena, "%" PRI_STR " is not in the original", STR_ARG(piece)).at;
    return NULL;
}

const char *po_mismatch(struct arena *arena, const struct po_entry *e)
{
    for (size_t i = 0; i < e->form_count; i++) {
        const char *wrong = e->forms[i].len ? compare(arena, e->plural.at ? e->plural : e->id,
                                                  e->forms[i], e->plural.at != NULL)
                                            : NULL;

        if (wrong)
            return wrong;
        if (e->forms[i].len && (e->forms[i].at[0] == ' ' || str_ends(e->forms[i], STR(" "))))
            return "spaces at an end";
    }
    return NULL;
}
