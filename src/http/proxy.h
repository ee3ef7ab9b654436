/* What trusted proxies say about the visitor: the PROXY protocol in front of the bytes, or header
 * fields. Only asked when the socket's other end is trusted. */
#pragma once

#include "http/address.h"
#include "http/edge.h"

struct trust {
    struct address_block *blocks;
    size_t count;
};
MUST_CHECK err trust_read(strs, struct trust *out);
void trust_free(struct trust *);
bool trust_has(
    const struct trust *, struct address); /* unix peers always: the file's mode decides */

enum proxy_result { PROXY_MORE, PROXY_DONE, PROXY_BAD };
/* PROXY v1 or v2 at the beginning of `bytes`. *out_used: its length. The visitor stays as he is for
 * LOCAL and UNKNOWN. */
enum proxy_result proxy_read(str bytes, size_t *out_used, struct address *visitor);

/* The visitor and his scheme from header fields: the address furthest to the right that is not
 * trusted itself. */
void forwarded_read(const struct http_head *, enum forwarded_by, const struct trust *,
    struct address *visitor, bool *is_tls);
