/* CSV as RFC 4180 has it: reading in pieces, writing with the formula guard. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

extern const struct err
    CSV_BROKEN; /* a quote that never ends, bytes after a closing quote, not UTF-8 */

struct csv {
    struct arena *arena;
    str rest;
    char separator;    /* ',' or ';' or tab: found from the first line by csv_open */
    int64_t line;      /* of the row last read, from 1 */
    int64_t next_line; /* of the row to be read: cells may hold line ends */
    bool is_broken;    /* not UTF-8: said by the first csv_row */
};
struct csv csv_open(struct arena *, str text); /* skips a byte order mark */
/* The next row's cells; false in *out_more at the end. Empty lines are skipped. A formula guard
 * that csv_cell wrote is taken off again, so our own exports come back as they were. */
MUST_CHECK err csv_row(struct csv *, strs *out, bool *out_more);

void csv_cell(
    struct buf *, str, bool first); /* quotes where needed; = + - @ tab CR at the start get a ' */
void csv_number(struct buf *, str, bool first); /* a number made by us: no guard for its minus */
void csv_end(struct buf *);                     /* CRLF */
