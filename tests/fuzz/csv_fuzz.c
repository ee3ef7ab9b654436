/* Fuzz target: CSV. What is read and written again reads the same, and no written cell begins a formula. */
#include "http/csv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void check_row(struct arena *arena, const strs *row)
{
    struct buf out = buf_new(arena);
    struct csv again;
    bool more = false;
    strs read;

    for (size_t i = 0; i < row->count; i++) {
        size_t before = out.len;
        csv_cell(&out, row->at[i], i == 0);
        char first = out.len > before + (i > 0) ? out.at[before + (i > 0)] : 'x';
        assert(!strchr("=+-@\t\r", first) || first == '\0');
    }
    csv_end(&out);
    again = csv_open(arena, buf_str(&out));
    again.separator = ','; /* a first line of one cell with semicolons would mislead it */
    assert(!csv_row(&again, &read, &more));
    if (!more) { /* one empty cell is an empty line */
        assert(row->count == 1 && row->at[0].len == 0);
        return;
    }
    assert(read.count == row->count);
    for (size_t i = 0; i < row->count; i++)
        assert(str_eq(read.at[i], row->at[i]));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    char *copy = malloc(size + 1);
    bool more = false;
    strs row;

    if (size)
        memcpy(copy, bytes, size);
    struct csv csv = csv_open(arena, (str){ copy, size });
    int64_t line = 0;
    while (!csv_row(&csv, &row, &more) && more) {
        assert(csv.line > line);
        line = csv.line;
        check_row(arena, &row);
    }
    free(copy);
    arena_free(arena);
    return 0;
}
