/* IP addresses and blocks of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Version 4 in its mapped form ::ffff:a.b.c.d; all zero for the peer of a unix socket. */
struct address {
    unsigned char ip[16];
};

enum { ADDRESS_TEXT_MAX = 46 };

str address_text(
    struct address, char out[ADDRESS_TEXT_MAX]); /* "203.0.113.9", "2001:db8::1", "unix" */
bool address_read(str, struct address *out);     /* without brackets and port */
bool address_eq(struct address, struct address);
bool address_is_v4(struct address);
bool address_is_none(struct address);
bool address_is_loopback(struct address);
/* Loopback, private, link-local, shared, multicast, documentation and other ranges that are no
 * public host, also when wrapped in IPv6 (mapped, 6to4, NAT64, Teredo). */
bool address_is_private(struct address);

/* "10.0.0.0/8", "2001:db8::/32", or one address. */
struct address_block {
    struct address address;
    unsigned bits; /* of 128 */
};
bool address_block_read(str, struct address_block *out);
bool address_in(struct address, struct address_block);
