/* CRC-32C by the processor's instruction where there is one, by table elsewhere. */
#include "store/crc32c.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { POLYNOMIAL_REVERSED = (int)0x82f63b78u };

static uint32_t table[256];
static uint32_t (*chosen)(uint32_t, const void *, size_t);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ (uint32_t)POLYNOMIAL_REVERSED : crc >> 1;
        table[i] = crc;
    }
    chosen = crc32c_table;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        chosen = crc32c_sse42;
#endif
}

uint32_t crc32c(uint32_t begin, const void *bytes, size_t size)
{
    pthread_once(&once, choose);
    return chosen(begin, bytes, size);
}

uint32_t crc32c_table(uint32_t begin, const void *bytes, size_t size)
{
    pthread_once(&once, choose);
    const unsigned char *at = bytes;
    uint32_t crc = ~begin;
    for (size_t i = 0; i < size; i++)
        crc = table[(crc ^ at[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(
    uint32_t begin, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t crc = ~begin;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    uint32_t rest = (uint32_t)crc;
    for (; size > 0; size--, at++)
        rest = _mm_crc32_u8(rest, *at);
    return ~rest;
}
#endif
