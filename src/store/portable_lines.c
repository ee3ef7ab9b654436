/* The lines of a portable dump. */
#include "base/buf.h"
#include "store/portable_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/json.h"

/* ---- files of lines ------------------------------------------------------------------------- */

err lines_write(struct lines *l, str line)
{
    digest_add(&l->digest, line.at, line.len);
    digest_add(&l->digest, "\n", 1);
    l->number++;
    if (!l->file) /* it is only counted */
        return NULL;
    if (fwrite(line.at, 1, line.len, l->file) == line.len && fputc('\n', l->file) != EOF)
        return NULL;
    log_line(LOG_ERROR, "the export could not be written why=\"%s\"", strerror(errno));
    return errno == ENOSPC || errno == EDQUOT ? &STORE_BUSY : &STORE_BROKEN;
}

err lines_read(struct lines *l, bool *out_more)
{
    if (l->number > 0) {
        digest_add(&l->digest, l->line, l->len);
        digest_add(&l->digest, "\n", 1);
    }
    errno = 0;
    ssize_t got = getline(&l->line, &l->room, l->file);
    arena_reset(l->arena);
    l->number++;
    *out_more = got > 0;
    if (got < 0 && (ferror(l->file) || errno == ENOMEM))
        return lines_broken(l, "it could not be read");
    if (got <= 0)
        return NULL;
    if (l->line[got - 1] != '\n')
        return lines_broken(l, "the line has no end");
    l->line[got - 1] = '\0';
    l->len = (size_t)got - 1;
    return NULL;
}

err lines_broken(const struct lines *l, const char *why)
{
    log_line(
        LOG_ERROR, "the file cannot be imported line=%lld why=\"%s\"", (long long)l->number, why);
    return &PORTABLE_BROKEN;
}

str lines_text(const struct lines *l)
{
    return (str){ l->line, l->len };
}

int line_kind(str line)
{
    static const char *const begins[] = { "{\"tributary_export\":", "{\"table\":", "[",
        "{\"rows\":", "{\"tables\":" };
    for (int i = 0; i < TEXT_UNKNOWN; i++)
        if (str_starts(line, str_of(begins[i])))
            return i;
    return TEXT_UNKNOWN;
}

/* ---- first: what made it -------------------------------------------------------------------- */

str line_first(struct arena *arena, const struct store *s)
{
    struct buf b = buf_new(arena);
    buf_add(&b, STR("{\"tributary_export\":1,\"migrations\":["));
    for (size_t i = 0; i < s->migration_count; i++) {
        buf_printf(&b, "%s[", i ? "," : "");
        buf_json(&b, str_of(s->migrations[i].name));
        buf_char(&b, ',');
        buf_json(&b, migrate_checksum(arena, s->migrations[i].sql));
        buf_char(&b, ']');
    }
    buf_add(&b, STR("]}"));
    return buf_str(&b);
}

/* The same program writes the same line: everything else is another version's. Without a store
 * every version will do. */
bool line_first_read(struct arena *arena, str line, const struct store *s, bool *out_same)
{
    struct json_reader r = json_reader(arena, line);
    int64_t version;
    if (!json_is(&r, '{') || !json_key(&r, "tributary_export") || !json_int(&r, &version))
        return false;
    *out_same = version == 1 && (!s || str_eq(line, line_first(arena, s)));
    return true;
}

/* ---- tables --------------------------------------------------------------------------------- */

str line_table(struct arena *arena, const struct table *t)
{
    struct buf b = buf_new(arena);
    buf_add(&b, STR("{\"table\":"));
    buf_json(&b, t->name);
    buf_add(&b, STR(",\"columns\":"));
    buf_add(&b, json_of_strs(arena, t->columns));
    buf_char(&b, '}');
    return buf_str(&b);
}

bool line_table_read(struct arena *arena, str line, str *out_name, strs *out_columns)
{
    struct json_reader r = json_reader(arena, line);
    if (!json_is(&r, '{') || !json_key(&r, "table") || !json_text(&r, out_name) ||
        !json_is(&r, ',') || !json_key(&r, "columns"))
        return false;
    str rest = { r.at, (size_t)(r.end - r.at) };
    return str_ends(rest, STR("}")) && json_strs(arena, str_first(rest, rest.len - 1), out_columns);
}

str line_rows(struct arena *arena, int64_t rows)
{
    return str_printf(arena, "{\"rows\":%lld}", (long long)rows);
}

bool line_rows_read(struct arena *arena, str line, int64_t *out)
{
    struct json_reader r = json_reader(arena, line);
    return json_is(&r, '{') && json_key(&r, "rows") && json_int(&r, out) && json_is(&r, '}') &&
           json_end(&r);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_cell(struct buf *b, const struct cell *c)
{
    switch (c->type) {
    case CELL_INT:
        buf_int(b, c->i);
        return;
    case CELL_TEXT:
        buf_json(b, c->s);
        return;
    case CELL_BYTES:
        buf_add(b, STR("{\"bytes\":\""));
        buf_add(b, str_base64url(b->arena, c->s.at, c->s.len));
        buf_add(b, STR("\"}"));
        return;
    default:
        buf_add(b, STR("null"));
    }
}

str line_row(struct arena *arena, const struct cell *cells, size_t count)
{
    struct buf b = buf_new(arena);
    buf_char(&b, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_char(&b, ',');
        add_cell(&b, &cells[i]);
    }
    buf_char(&b, ']');
    return buf_str(&b);
}

static bool read_bytes(struct json_reader *r, struct cell *out)
{
    str text;
    if (!json_key(r, "bytes") || !json_text(r, &text) || !json_is(r, '}'))
        return false;
    size_t size = text.len * 3 / 4;
    char *bytes = arena_alloc(r->arena, size + 1);
    *out = (struct cell){ .type = CELL_BYTES, .s = { bytes, size } };
    return size == 0 ? text.len == 0 : str_from_base64url(text, bytes, size);
}

static bool read_cell(struct json_reader *r, struct cell *out)
{
    *out = (struct cell){ .type = CELL_NULL };
    if (json_word(r, "null"))
        return true;
    if (json_is(r, '{'))
        return read_bytes(r, out);
    if (json_text(r, &out->s)) {
        out->type = CELL_TEXT;
        return str_is_utf8(out->s);
    }
    out->type = CELL_INT;
    return json_int(r, &out->i);
}

bool line_row_read(struct arena *arena, str line, struct cell *out, size_t count)
{
    struct json_reader r = json_reader(arena, line);
    if (!json_is(&r, '['))
        return false;
    for (size_t i = 0; i < count; i++)
        if ((i > 0 && !json_is(&r, ',')) || !read_cell(&r, &out[i]))
            return false;
    return json_is(&r, ']') && json_end(&r);
}

/* ---- last: the sums ------------------------------------------------------------------------- */

str line_last(struct arena *arena, const struct portable_sums *s)
{
    return str_printf(arena, "{\"tables\":%lld,\"rows\":%lld,\"sha256\":\"%s\"}",
        (long long)s->tables, (long long)s->rows, s->sha256);
}

bool line_last_read(struct arena *arena, str line, struct portable_sums *out)
{
    struct json_reader r = json_reader(arena, line);
    str digest;
    if (!json_is(&r, '{') || !json_key(&r, "tables") || !json_int(&r, &out->tables) ||
        !json_is(&r, ',') || !json_key(&r, "rows") || !json_int(&r, &out->rows) ||
        !json_is(&r, ',') || !json_key(&r, "sha256") || !json_text(&r, &digest) ||
        !json_is(&r, '}') || !json_end(&r))
        return false;
    if (digest.len != sizeof(out->sha256) - 1)
        return false;
    memcpy(out->sha256, digest.at, digest.len);
    out->sha256[digest.len] = '\0';
    return true;
}
