/* The lines of a portable dump: written and read here, known nowhere else. */
#pragma once

#include <stdio.h>

#include "base/digest.h"
#include "store/portable.h"
#include "store/schema.h"

/* A file of lines, its digest and its arena, which is emptied from line to line. */
struct lines {
    FILE *file;
    struct digest digest;
    struct arena *arena;
    char *line; /* the one read last, without its end */
    size_t room, len;
    int64_t number;
};

err lines_write(struct lines *, str line);
/* False at the end of the file. What the digest covers is everything before the line read last. */
err lines_read(struct lines *, bool *out_more);
err lines_broken(const struct lines *, const char *why);
str lines_text(const struct lines *);

enum { TEXT_FIRST, TEXT_TABLE, TEXT_ROW, TEXT_ROWS, TEXT_LAST, TEXT_UNKNOWN };
int line_kind(str line);

str line_first(struct arena *, const struct store *);
bool line_first_read(struct arena *, str line, const struct store *, bool *out_same);
str line_table(struct arena *, const struct table *);
bool line_table_read(struct arena *, str line, str *out_name, strs *out_columns);
str line_row(struct arena *, const struct cell *, size_t count);
/* Fills exactly `count` cells. */
bool line_row_read(struct arena *, str line, struct cell *out, size_t count);
str line_rows(struct arena *, int64_t rows);
bool line_rows_read(struct arena *, str line, int64_t *out);
str line_last(struct arena *, const struct portable_sums *);
bool line_last_read(struct arena *, str line, struct portable_sums *out);
