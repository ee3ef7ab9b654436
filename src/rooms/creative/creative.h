/* Creatives: what partners put on their pages and into their mails. Banners with an image of ours,
 * texts, mail texts; shown to each partner with his own link in them. */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

enum creative_kind { CREATIVE_BANNER, CREATIVE_TEXT, CREATIVE_MAIL };
extern const char *const creative_kind_names[];
enum creative_status {
    CREATIVE_ACTIVE,
    CREATIVE_ARCHIVED
}; /* archived: not offered any more; links go on */
extern const char *const creative_status_names[];

struct creative {
    int64_t id, program_id;
    enum creative_kind kind;
    str name;        /* for lists and reports */
    str description; /* what it is for */
    str text;        /* banner: the alternative text; text and mail: what is said */
    str subject;     /* of a mail */
    str target_url;  /* the page it leads to; none: the link's own */
    str image_url;   /* taken once: fetched from there */
    str image_file;  /* "3f9c….png" in the data folder; none: no image */
    int64_t width, height;
    enum creative_status status;
    str image; /* computed: the image's public address */
    instant created_at, updated_at;
};
extern const struct fields creative_fields;

extern const struct err CREATIVE_NOT_FOUND; /* 404 */
extern const struct err
    CREATIVE_IMAGE; /* 422 image: not PNG, JPEG, GIF or WebP, or larger than 3 MB */

/* What an image is by its own bytes. Its ending, or null: none that we show (SVG can carry
 * scripts). */
const char *creative_image_kind(str bytes, int64_t *out_width, int64_t *out_height);

/* Offers a text or a mail text: no picture. Ids and times are filled in. Call inside a write. */
MUST_CHECK err creative_add(struct db *db, const struct creative *c);

extern const struct room creative_room;
