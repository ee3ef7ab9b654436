/* The checksum of the spool. */
#include "base/test.h"

#include "store/crc32c.h"

#include <string.h>

/* RFC 3720, appendix B.4. */
TEST(crc_is_the_published_one)
{
    unsigned char bytes[32];
    ASSERT_INT(crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof(bytes));
    ASSERT_INT(crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    ASSERT_INT(crc32c(0, bytes, 32), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    ASSERT_INT(crc32c(0, bytes, 32), 0x46dd794e);
    ASSERT_INT(crc32c(crc32c(0, bytes, 7), bytes + 7, 25), 0x46dd794e);
}

TEST(table_and_instruction_agree)
{
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("sse4.2"))
        return;
    unsigned char bytes[257];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)test_random(t);
    for (size_t size = 0; size <= sizeof(bytes); size++)
        for (size_t from = 0; from < 9 && from <= size; from++) {
            test_case("%zu bytes from %zu", size - from, from);
            uint32_t begin = (uint32_t)test_random(t);
            ASSERT_INT(crc32c_sse42(begin, bytes + from, size - from),
                crc32c_table(begin, bytes + from, size - from));
        }
#endif
}

RUN_TESTS(ROW(crc_is_the_published_one), ROW(table_and_instruction_agree))
