/* Writing and reading the bytes of a journal segment. */
#include "store/segment.h"

#include "store/crc32c.h"

#include <string.h>

static const char magic[8] = { 'T', 'R', 'B', 'S', 'P', 'O', 'O', 'L' };
enum { VERSION = 1, HEAD_USED = 32 };

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static void put64(unsigned char *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

static uint32_t get32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t get64(const unsigned char *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

/* Magic, version, CRC of what follows, sequence, size. */
void segment_head_write(unsigned char out[SEGMENT_HEAD], struct segment_head head)
{
    memset(out, 0, SEGMENT_HEAD);
    memcpy(out, magic, sizeof(magic));
    put32(out + 8, VERSION);
    put64(out + 16, head.sequence);
    put64(out + 24, head.bytes);
    put32(out + 12, crc32c(VERSION, out + 16, HEAD_USED - 16));
}

bool segment_head_read(const unsigned char *bytes, size_t size, struct segment_head *out)
{
    if (size < HEAD_USED || memcmp(bytes, magic, sizeof(magic)) != 0)
        return false;
    if (get32(bytes + 8) != VERSION || get32(bytes + 12) != crc32c(VERSION, bytes + 16, 16))
        return false;
    struct segment_head head = { .sequence = get64(bytes + 16), .bytes = get64(bytes + 24) };
    if (head.sequence == 0 || head.bytes < SEGMENT_HEAD + SEGMENT_RECORD)
        return false;
    *out = head;
    return true;
}

static uint32_t record_crc(
    const unsigned char *record, size_t size, uint64_t sequence, uint64_t offset)
{
    unsigned char place[24];
    put64(place, sequence);
    put64(place + 8, offset);
    memcpy(place + 16, record, 4);
    memcpy(place + 20, record + 8, 4);
    return crc32c(crc32c(0, place, sizeof(place)), record + SEGMENT_RECORD, size);
}

void segment_record_seal(
    unsigned char *record, enum record_kind kind, size_t size, uint64_t sequence, uint64_t offset)
{
    put32(record, (uint32_t)size);
    put32(record + 8, (uint32_t)kind);
    put32(record + 4, record_crc(record, size, sequence, offset));
}

static bool is_plausible(uint32_t kind, uint32_t size)
{
    return (kind == RECORD_DATA && size <= SEGMENT_RECORD_MAX) || (kind == RECORD_END && size == 0);
}

struct segment_record segment_record_read(
    const unsigned char *bytes, size_t size, uint64_t sequence, uint64_t offset, bool *out_short)
{
    const struct segment_record none = { .kind = RECORD_NONE };
    *out_short = size < SEGMENT_RECORD;
    if (*out_short)
        return none;

    uint32_t payload = get32(bytes), kind = get32(bytes + 8);
    if (!is_plausible(kind, payload))
        return none;
    *out_short = size - SEGMENT_RECORD < payload;
    if (*out_short || get32(bytes + 4) != record_crc(bytes, payload, sequence, offset))
        return none;
    return (struct segment_record){ .kind = (enum record_kind)kind,
        .payload = bytes + SEGMENT_RECORD,
        .size = payload,
        .total = SEGMENT_RECORD + payload };
}
