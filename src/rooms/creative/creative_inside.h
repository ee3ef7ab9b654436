/* What the files of the creative room share. */
#pragma once

#include "rooms/creative/creative.h"
#include "rooms/link/link.h"

enum { IMAGE_BYTES_MOST = 3 << 20 };

/* The bytes into the data folder, under a name made of their hash; the same image twice is one
 * file. Fills image_file, width and height. */
MUST_CHECK err media_keep(struct request *, str bytes, struct creative *inout);
/* Fetches an image from elsewhere and keeps it. */
MUST_CHECK err media_fetch(struct request *, str url, struct creative *inout);
/* GET /m/{file} */
MUST_CHECK err media_show(struct request *, struct reply *);

/* What a partner copies: his address for this creative, HTML and plain text with it. */
struct snippet {
    str address, html, plain;
};
struct snippet creative_snippet(struct arena *, str base_url, const struct creative *, str code);
