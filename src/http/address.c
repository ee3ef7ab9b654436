/* IP addresses, all kept as sixteen bytes. */
#include "http/address.h"

#include <arpa/inet.h>
#include <string.h>

static const unsigned char MAPPED[12] = { [10] = 0xff, [11] = 0xff };

bool address_is_v4(struct address a)
{
    return memcmp(a.ip, MAPPED, sizeof MAPPED) == 0;
}

bool address_is_none(struct address a)
{
    static const struct address NONE;

    return address_eq(a, NONE);
}

bool address_eq(struct address a, struct address b)
{
    return memcmp(a.ip, b.ip, sizeof a.ip) == 0;
}

str address_text(struct address a, char out[ADDRESS_TEXT_MAX])
{
    if (address_is_none(a))
        strcpy(out, "unix");
    else if (address_is_v4(a))
        inet_ntop(AF_INET, a.ip + 12, out, ADDRESS_TEXT_MAX);
    else
        inet_ntop(AF_INET6, a.ip, out, ADDRESS_TEXT_MAX);
    return str_of(out);
}

bool address_read(str s, struct address *out)
{
    char text[ADDRESS_TEXT_MAX];
    struct address a;

    if (!s.len || s.len >= sizeof text || memchr(s.at, 0, s.len))
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = 0;
    memcpy(a.ip, MAPPED, sizeof MAPPED);
    if (inet_pton(AF_INET, text, a.ip + 12) != 1 && inet_pton(AF_INET6, text, a.ip) != 1)
        return false;
    *out = a;
    return true;
}

bool address_block_read(str s, struct address_block *out)
{
    struct address_block block = { .bits = 128 };
    uint64_t bits = 128;
    size_t slash;
    bool has_bits = str_find(s, '/', &slash);

    if (!address_read(has_bits ? str_first(s, slash) : s, &block.address))
        return false;
    if (has_bits) {
        uint64_t most = address_is_v4(block.address) ? 32 : 128;

        if (!str_to_uint(str_from(s, slash + 1), &bits) || bits > most)
            return false;
        bits += 128 - most;
    }
    block.bits = (unsigned)bits;
    *out = block;
    return true;
}

bool address_in(struct address a, struct address_block block)
{
    size_t whole = block.bits / 8;
    unsigned rest = block.bits % 8;

    if (memcmp(a.ip, block.address.ip, whole) != 0)
        return false;
    return !rest || ((a.ip[whole] ^ block.address.ip[whole]) >> (8 - rest)) == 0;
}

bool address_is_loopback(struct address a)
{
    static const unsigned char V6[16] = { [15] = 1 };

    return (address_is_v4(a) && a.ip[12] == 127) || memcmp(a.ip, V6, sizeof V6) == 0;
}

static bool is_in_any(struct address a, const char *const *blocks)
{
    struct address_block block;

    for (; *blocks; blocks++)
        if (address_block_read(str_of(*blocks), &block) && address_in(a, block))
            return true;
    return false;
}

static struct address v4_of(const unsigned char bytes[4], unsigned char flip)
{
    struct address a;

    memcpy(a.ip, MAPPED, sizeof MAPPED);
    for (size_t i = 0; i < 4; i++)
        a.ip[12 + i] = bytes[i] ^ flip;
    return a;
}

bool address_is_private(struct address a)
{
    static const char *const V4[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        NULL };
    /* Of version 6 only 2000::/3 is public at all; within it these are not. */
    static const char *const V6[] = { "2001:db8::/32", "2001:2::/48", "2001:10::/28", "3fff::/20",
        NULL };
    static const char *const PUBLIC_6[] = { "2000::/3", NULL };
    static const char *const NAT64[] = { "64:ff9b::/96", NULL };
    static const char *const SIX_TO_FOUR[] = { "2002::/16", NULL };
    static const char *const TEREDO[] = { "2001::/32", NULL };
    static const unsigned char ISATAP[4] = { 0, 0, 0x5e, 0xfe };

    if (address_is_v4(a))
        return is_in_any(a, V4);
    if (is_in_any(a, NAT64))
        return address_is_private(v4_of(a.ip + 12, 0));
    if (is_in_any(a, SIX_TO_FOUR))
        return address_is_private(v4_of(a.ip + 2, 0));
    if (is_in_any(a, TEREDO))
        return address_is_private(v4_of(a.ip + 4, 0)) || address_is_private(v4_of(a.ip + 12, 0xff));
    if ((a.ip[8] & 0xfd) == 0 && memcmp(a.ip + 9, ISATAP + 1, 3) == 0)
        return true;
    return !is_in_any(a, PUBLIC_6) || is_in_any(a, V6);
}
