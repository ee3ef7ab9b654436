/* The bytes of a journal segment: one header block, then records. Pure: no files, no threads.
 *
 *   header   "TRBSPOOL", version, CRC, sequence, size of the file; the rest of the block is zero
 *   record   length, CRC, kind (four bytes each, little-endian), then the payload
 *
 * A record's CRC covers the segment's sequence and the record's own offset too. So a record that
 * was left behind by an earlier life of the file, or landed at a wrong place, is no record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEGMENT_HEAD = 4096,            /* records begin here */
    SEGMENT_RECORD = 12,            /* bytes before a payload */
    SEGMENT_RECORD_MAX = 64 * 1024, /* longest payload */
};

enum record_kind {
    RECORD_NONE,
    RECORD_DATA,
    RECORD_END, /* without payload: nothing more was written to this segment */
};

struct segment_head {
    uint64_t sequence; /* grows from segment to segment; 0: never used */
    uint64_t bytes;    /* of the whole file */
};

struct segment_record {
    enum record_kind kind; /* RECORD_NONE: there is no whole record here */
    const unsigned char *payload;
    size_t size;  /* of the payload */
    size_t total; /* with what stands before it */
};

void segment_head_write(unsigned char out[SEGMENT_HEAD], struct segment_head);
/* False when these bytes are no header of ours. */
bool segment_head_read(const unsigned char *bytes, size_t size, struct segment_head *out);

/* Fills the twelve bytes before a payload that already stands at record + SEGMENT_RECORD. */
void segment_record_seal(
    unsigned char *record, enum record_kind, size_t size, uint64_t sequence, uint64_t offset);
/* The record at the beginning of `bytes`, which stand at `offset` in the segment. When `out_short`
 * is set, `bytes` end before the record does: more may make it whole. */
struct segment_record segment_record_read(
    const unsigned char *bytes, size_t size, uint64_t sequence, uint64_t offset, bool *out_short);
