/* Bytes being written: grows in an arena. */
#pragma once

#include "base/str.h"

struct buf {
    struct arena *arena;
    char *at;
    size_t len, room;
};

struct buf buf_new(struct arena *);
void buf_add(struct buf *, str);
void buf_char(struct buf *, char);
void buf_bytes(struct buf *, const void *, size_t);
void buf_printf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_int(struct buf *, int64_t);
void buf_json(struct buf *, str);   /* quoted and escaped JSON string; invalid UTF-8 becomes U+FFFD */
void buf_html(struct buf *, str);   /* & < > " ' escaped */
void buf_clear(struct buf *);
str buf_str(struct buf *);          /* NUL-terminated; valid until the next write */
