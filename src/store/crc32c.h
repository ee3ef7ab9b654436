/* CRC-32C (Castagnoli), as disks and the SSE4.2 instruction have it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Begin with 0; the result of one piece is the beginning of the next. */
uint32_t crc32c(uint32_t begin, const void *bytes, size_t size);

/* The two ways behind it, for the test that holds them together. */
uint32_t crc32c_table(uint32_t begin, const void *bytes, size_t size);
#if defined(__x86_64__)
uint32_t crc32c_sse42(uint32_t begin, const void *bytes, size_t size);
#endif
