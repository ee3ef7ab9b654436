/* Fuzz target: the bytes of a journal segment, as recovery reads them. */
#include "store/segment.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct segment_head head;
    if (segment_head_read(bytes, size, &head)) {
        unsigned char again[SEGMENT_HEAD];
        struct segment_head same;
        segment_head_write(again, head);
        assert(segment_head_read(again, sizeof(again), &same) && same.sequence == head.sequence);
    }

    /* The first eight bytes choose the sequence; sealed records must be read back, others refused.
     */
    if (size < 8)
        return 0;
    uint64_t sequence;
    memcpy(&sequence, bytes, 8);
    size_t at = 8;
    while (at < size) {
        bool is_short;
        struct segment_record r =
            segment_record_read(bytes + at, size - at, sequence, at, &is_short);
        if (r.kind == RECORD_NONE) {
            at++;
            continue;
        }
        assert(!is_short && r.total <= size - at && r.payload + r.size <= bytes + size);
        at += r.total;
    }

    unsigned char sealed[SEGMENT_RECORD + 256];
    size_t payload = size < 256 ? size : 256;
    memcpy(sealed + SEGMENT_RECORD, bytes, payload);
    segment_record_seal(sealed, RECORD_DATA, payload, sequence, size);
    bool is_short;
    assert(segment_record_read(sealed, SEGMENT_RECORD + payload, sequence, size, &is_short).kind ==
           RECORD_DATA);
    assert(
        segment_record_read(sealed, SEGMENT_RECORD + payload, sequence + 1, size, &is_short).kind ==
        RECORD_NONE);
    return 0;
}
