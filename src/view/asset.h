/* Static files of the program: styles, scripts, icons. Embedded at build by tools/embed, compressed beforehand, under
 * names that carry their content's hash, so that browsers may keep them for ever. */
#pragma once

#include <stddef.h>

#include "base/str.h"

struct asset {
    const char *name;   /* "tributary.css": what pages ask for */
    const char *hashed; /* "tributary.3f9c0a1b2c3d.css": what browsers ask for */
    const char *type;   /* "text/css; charset=utf-8" */
    const char *raw, *gzip, *brotli; /* the last two null when they would not be shorter */
    size_t raw_size, gzip_size, brotli_size;
};

extern const struct asset assets[]; /* ended by a null name */

const struct asset *asset_named(str name);
const struct asset *asset_hashed(str hashed);
