/* The lines of an export, and what rows keep as JSON: a row that is read is written back to a line
 * that reads the same. */
#include <assert.h>
#include <string.h>

#include "store/json.h"
#include "store/portable_lines.h"

enum { CELLS_MOST = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fuzz_row(struct arena *arena, str line, size_t count)
{
    struct cell cells[CELLS_MOST], again[CELLS_MOST];

    if (!line_row_read(arena, line, cells, count))
        return;
    str written = line_row(arena, cells, count);
    assert(line_row_read(arena, written, again, count));
    for (size_t i = 0; i < count; i++) {
        assert(cells[i].type == again[i].type);
        if (cells[i].type == CELL_INT)
            assert(cells[i].i == again[i].i);
        else if (cells[i].type != CELL_NULL)
            assert(str_eq(cells[i].s, again[i].s));
    }
    assert(str_eq(line_row(arena, again, count), written));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new();
    str line = { (const char *)bytes, size }, name;
    struct portable_sums sums;
    strs list, again;
    int64_t rows;

    for (size_t count = 1; count <= CELLS_MOST; count++)
        fuzz_row(arena, line, count);
    (void)line_kind(line);
    (void)line_table_read(arena, line, &name, &list);
    (void)line_rows_read(arena, line, &rows);
    if (line_last_read(arena, line, &sums))
        assert(strlen(sums.sha256) == sizeof(sums.sha256) - 1 ||
               memchr(sums.sha256, 0, sizeof(sums.sha256)));
    if (json_strs(arena, line, &list)) {
        str written = json_of_strs(arena, list);
        assert(json_strs(arena, written, &again) && again.count == list.count);
    }
    arena_free(arena);
    return 0;
}
