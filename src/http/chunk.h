/* Chunked request bodies, taken apart strictly and in pieces. Extensions and trailers are bounded
 * and thrown away. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum chunk_result {
    CHUNK_MORE,  /* all input used; the body goes on */
    CHUNK_DONE,  /* the body is complete */
    CHUNK_BAD,   /* 400 */
    CHUNK_LARGE, /* 413: more than the limit */
};

struct chunk_reader {
    int state;
    uint64_t left;  /* of the present chunk */
    uint64_t total; /* body bytes given so far */
    uint64_t limit; /* of the whole body */
    size_t digits;  /* of the size line */
    size_t extra;   /* bytes of extensions, all chunks together */
    size_t trailer; /* bytes of the trailer section */
    size_t trailer_line;
    bool has_colon;
};

void chunk_begin(struct chunk_reader *, uint64_t limit);
/* Reads from `in`; adds body bytes at out + *out_len, at most as many as `in` has, so `out` may be
 * the beginning of `in` itself. *out_used: how much of `in` belonged to the body. */
enum chunk_result chunk_read(
    struct chunk_reader *, str in, size_t *out_used, char *out, size_t *out_len);
