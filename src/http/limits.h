/* How many connections are open, in all and per address. Shared by all loops. */
#pragma once

#include <stddef.h>

#include "http/address.h"

struct env;
struct limits;

enum limits_verdict {
    LIMITS_WELCOME,
    LIMITS_FULL,    /* counted; to be told 503 */
    LIMITS_CROWDED, /* counted; this address has too many, to be told 429 */
    LIMITS_CLOSED,  /* not counted: too many even to be told */
};

struct limits *limits_open(const struct env *, size_t connections_max, size_t per_address_max);
void limits_close(struct limits *);
/* A connection came. Trusted ones are counted in all but not by address. */
enum limits_verdict limits_enter(struct limits *, struct address, bool is_trusted);
/* A proxy said who it is for. */
enum limits_verdict limits_name(struct limits *, struct address);
/* It went: once after every enter but LIMITS_CLOSED. is_named: it counted for the address. */
void limits_leave(struct limits *, struct address, bool is_named);
size_t limits_count(struct limits *);
