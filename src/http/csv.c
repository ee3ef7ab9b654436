/* Reads and writes CSV. The writer never lets a spreadsheet take a partner's text for a formula. */
#include "http/csv.h"

#include <string.h>

#include "base/arena.h"

const struct err CSV_BROKEN = { ERR_INVALID, "csv_broken",
    N_("This is not a CSV file in UTF-8, or a quotation mark in it is never closed."), NULL };

/* ---- reading ----------------------------------------------------------------------------------
 */

static char find_separator(str text)
{
    static const char choices[] = { ',', ';', '\t' };
    size_t counts[3] = { 0 };
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"')
            quoted = !quoted;
        if (!quoted && (c == '\n' || c == '\r'))
            break;
        for (size_t k = 0; k < 3 && !quoted; k++)
            counts[k] += c == choices[k];
    }
    size_t best = 0;
    for (size_t k = 1; k < 3; k++)
        best = counts[k] > counts[best] ? k : best;
    return choices[best];
}

struct csv csv_open(struct arena *arena, str text)
{
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = str_from(text, 3);
    return (struct csv){ .arena = arena,
        .rest = text,
        .separator = find_separator(text),
        .next_line = 1,
        .is_broken = !str_is_utf8(text) };
}

static bool line_end(str s)
{
    return s.len > 0 && (s.at[0] == '\n' || s.at[0] == '\r');
}

static void skip_line_end(struct csv *csv)
{
    if (!line_end(csv->rest))
        return;
    csv->rest = str_from(csv->rest, str_starts(csv->rest, STR("\r\n")) ? 2 : 1);
    csv->next_line++;
}

/* The first of = + - @ tab CR and the full-width = + - @ after any number of apostrophes. */
static bool needs_guard(str s)
{
    while (s.len > 0 && s.at[0] == '\'')
        s = str_from(s, 1);
    if (s.len == 0)
        return false;
    if (strchr("=+-@\t\r", s.at[0]) && s.at[0] != '\0')
        return true;
    static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
        "\xEF\xBC\xA0" };
    for (size_t i = 0; i < 4; i++) {
        if (str_starts(s, str_of(wide[i])))
            return true;
    }
    return false;
}

static str take_guard_off(str cell)
{
    return str_starts(cell, STR("'")) && needs_guard(cell) ? str_from(cell, 1) : cell;
}

static err quoted_cell(struct csv *csv, str *out)
{
    struct buf cell = buf_new(csv->arena);

    csv->rest = str_from(csv->rest, 1);
    for (;;) {
        if (csv->rest.len == 0)
            return &CSV_BROKEN;
        char c = csv->rest.at[0];
        if (c == '"' && csv->rest.len > 1 && csv->rest.at[1] == '"') {
            buf_char(&cell, '"');
            csv->rest = str_from(csv->rest, 2);
            continue;
        }
        csv->rest = str_from(csv->rest, 1);
        if (c == '"')
            break;
        csv->next_line += c == '\n';
        buf_char(&cell, c);
    }
    *out = buf_str(&cell);
    if (csv->rest.len > 0 && csv->rest.at[0] != csv->separator && !line_end(csv->rest))
        return &CSV_BROKEN;
    return NULL;
}

static str plain_cell(struct csv *csv)
{
    size_t len = 0;

    while (len < csv->rest.len && csv->rest.at[len] != csv->separator &&
           !line_end(str_from(csv->rest, len)))
        len++;
    str cell = str_first(csv->rest, len);
    csv->rest = str_from(csv->rest, len);
    return cell;
}

static void push(struct csv *csv, strs *cells, size_t *room, str cell)
{
    if (cells->count == *room) {
        size_t more = *room ? *room * 2 : 16;
        str *at = ARENA_ARRAY(csv->arena, str, more);
        if (cells->count > 0)
            memcpy(at, cells->at, cells->count * sizeof(str));
        cells->at = at;
        *room = more;
    }
    cells->at[cells->count++] = take_guard_off(cell);
}

err csv_row(struct csv *csv, strs *out, bool *out_more)
{
    strs cells = { 0 };
    size_t room = 0;

    *out_more = false;
    if (csv->is_broken)
        return &CSV_BROKEN;
    while (line_end(csv->rest))
        skip_line_end(csv);
    csv->line = csv->next_line;
    if (csv->rest.len == 0)
        return NULL;
    for (;;) {
        str cell = STR_NONE;
        if (csv->rest.len > 0 && csv->rest.at[0] == '"')
            TRY(quoted_cell(csv, &cell));
        else
            cell = plain_cell(csv);
        push(csv, &cells, &room, cell);
        if (csv->rest.len == 0 || csv->rest.at[0] != csv->separator)
            break;
        csv->rest = str_from(csv->rest, 1);
    }
    skip_line_end(csv);
    *out = cells;
    *out_more = true;
    return NULL;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static bool needs_quotes(str s)
{
    if (s.len == 0)
        return false;
    if (s.at[0] == ' ' || s.at[s.len - 1] == ' ' || str_starts(s, STR("\xEF\xBB\xBF")))
        return true;
    for (size_t i = 0; i < s.len; i++) {
        if (memchr("\",;\t\r\n", s.at[i], 6))
            return true;
    }
    return false;
}

void csv_cell(struct buf *buf, str cell, bool first)
{
    bool guard = needs_guard(cell);
    bool quotes = guard || needs_quotes(cell);

    if (!first)
        buf_char(buf, ',');
    if (quotes)
        buf_char(buf, '"');
    if (guard)
        buf_char(buf, '\'');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.at[i] == '"')
            buf_char(buf, '"');
        buf_char(buf, cell.at[i]);
    }
    if (quotes)
        buf_char(buf, '"');
}

void csv_number(struct buf *buf, str number, bool first)
{
    if (!first)
        buf_char(buf, ',');
    buf_add(buf, number);
}

void csv_end(struct buf *buf)
{
    buf_add(buf, STR("\r\n"));
}
