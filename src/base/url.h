/* Absolute http and https addresses, read strictly: what a browser and we could understand in two
 * ways is no address. That is what keeps redirects closed. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

extern const struct err URL_BROKEN; /* 422 url: not an absolute http or https address */

struct url {
    str scheme; /* "http" or "https" */
    str host;   /* as written: letters, digits, dots and hyphens; no user, no address in brackets */
    int32_t port; /* 0: none was written */
    str path;     /* begins with '/', or empty */
    str query;    /* without '?'; none when there is no '?' */
    str fragment; /* without '#'; none when there is no '#' */
};

/* Borrows from `text`. Refuses: other schemes, user parts, brackets, empty labels, spaces, control
 * characters, backslashes, quotes, angle brackets, and bytes above 126 (use url_clean first). At
 * most 2,000 bytes. */
bool url_read(str text, struct url *out);

/* What a person pasted, made an address that url_read takes: trimmed, host lower-cased and in its
 * ASCII form (xn--), other bytes of path, query and fragment percent-encoded. URL_BROKEN when that
 * is impossible. */
MUST_CHECK err url_clean(struct arena *, str text, str *out);

/* Is the host one of `domains` or below one? An entry is "shop.example" or "127.0.0.1:8081": only
 * an entry with a port allows that port; without it, the scheme's own. Case does not matter. */
bool url_allowed(const struct url *, const str *domains, size_t count);

/* The same into a buffer; how many bytes, 0: none. */
enum { URL_HOST_MAX = 253 };
size_t url_host_copy(str text, char out[URL_HOST_MAX]);
/* The host of any address-like text (Referer), lower-cased, without port; none when there is none.
 */
str url_host_of(struct arena *, str text);
