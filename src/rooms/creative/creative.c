/* Rules of creatives: images by their bytes, snippets. No SQL, no files. */
#include "rooms/creative/creative_inside.h"

#include "base/buf.h"

#include <string.h>

const char *const creative_kind_names[] = { "banner", "text", "mail", NULL };
const char *const creative_status_names[] = { "active", "archived", NULL };

const struct err CREATIVE_NOT_FOUND = { ERR_NOT_FOUND, "creative_not_found",
    N_("There is no such creative."), NULL };
const struct err CREATIVE_IMAGE = { ERR_INVALID, "creative_image",
    N_("Use a PNG, JPEG, GIF or WebP picture of at most 3 MB."), "image" };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(creative, id,         "crv"),
    FIELD_ID(creative, program_id, "prg"),
    FIELD(creative, kind,        .flags = FIELD_REQUIRED | FIELD_FIXED | FIELD_FILTER, .names = creative_kind_names),
    FIELD(creative, name,        .flags = FIELD_REQUIRED | FIELD_SORT, .max = 120),
    FIELD(creative, description, .flags = FIELD_TAKEN, .max = 1000, .help = "What it is for, for partners."),
    FIELD(creative, text,        .flags = FIELD_TAKEN, .max = 10000, .help = "A banner's alternative text; what a text or mail says. {link} stands for the partner's address."),
    FIELD(creative, subject,     .flags = FIELD_TAKEN, .max = 200, .help = "Of a mail text."),
    FIELD(creative, target_url,  .flags = FIELD_TAKEN, .max = 2000, .help = "The page it leads to, on an allowed host. Absent: where the partner's link leads."),
    FIELD(creative, image_url,   .flags = FIELD_TAKEN | FIELD_NO_ROW, .max = 2000, .help = "The image is fetched from here once and kept."),
    FIELD(creative, image_file,  .flags = FIELD_SECRET),
    FIELD(creative, image,       .flags = FIELD_NO_ROW, .help = "The image's public address."),
    FIELD(creative, width,       .flags = FIELD_SORT),
    FIELD(creative, height),
    FIELD(creative, status,      .flags = FIELD_TAKEN | FIELD_FILTER, .names = creative_status_names),
    FIELD(creative, created_at,  .flags = FIELD_SORT),
    FIELD(creative, updated_at),
};
const struct fields creative_fields = FIELDS(list, creative);
/* clang-format on */

/* ---- images by their bytes
 * -------------------------------------------------------------------------------------- */

static int64_t big(const unsigned char *at, int bytes)
{
    int64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static int64_t little(const unsigned char *at, int bytes)
{
    int64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* The first frame header among the segments says the size. */
static bool jpeg_size(const unsigned char *b, size_t size, int64_t *width, int64_t *height)
{
    size_t at = 2;
    while (at + 9 < size && b[at] == 0xff) {
        unsigned marker = b[at + 1];
        bool is_frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame) {
            *height = big(b + at + 5, 2);
            *width = big(b + at + 7, 2);
            return true;
        }
        at += 2 + (size_t)big(b + at + 2, 2);
    }
    return false;
}

static bool webp_size(const unsigned char *b, size_t size, int64_t *width, int64_t *height)
{
    if (size < 30)
        return false;
    if (memcmp(b + 12, "VP8X", 4) == 0) {
        *width = little(b + 24, 3) + 1;
        *height = little(b + 27, 3) + 1;
    } else if (memcmp(b + 12, "VP8L", 4) == 0 && b[20] == 0x2f) {
        int64_t bits = little(b + 21, 4);
        *width = (bits & 0x3fff) + 1;
        *height = (bits >> 14 & 0x3fff) + 1;
    } else if (memcmp(b + 12, "VP8 ", 4) == 0) {
        *width = little(b + 26, 2) & 0x3fff;
        *height = little(b + 28, 2) & 0x3fff;
    } else {
        return false;
    }
    return true;
}

const char *creative_image_kind(str bytes, int64_t *width, int64_t *height)
{
    const unsigned char *b = (const unsigned char *)bytes.at;
    size_t size = bytes.len;
    const char *kind = NULL;
    *width = *height = 0;
    if (size >= 24 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0 && memcmp(b + 12, "IHDR", 4) == 0) {
        *width = big(b + 16, 4);
        *height = big(b + 20, 4);
        kind = "png";
    } else if (size >= 10 && (memcmp(b, "GIF87a", 6) == 0 || memcmp(b, "GIF89a", 6) == 0)) {
        *width = little(b + 6, 2);
        *height = little(b + 8, 2);
        kind = "gif";
    } else if (size >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0) {
        kind = webp_size(b, size, width, height) ? "webp" : NULL;
    } else if (size >= 4 && b[0] == 0xff && b[1] == 0xd8) {
        kind = jpeg_size(b, size, width, height) ? "jpg" : NULL;
    }
    bool is_sane = *width > 0 && *height > 0 && *width <= 10000 && *height <= 10000;
    return is_sane ? kind : NULL;
}

/* ---- snippets
 * ----------------------------------------------------------------------------------------------------
 */

static str address_of(struct arena *arena, str base_url, const struct creative *c, str code)
{
    struct buf b = buf_new(arena);
    str id = id_print(arena, "crv", c->id);
    buf_printf(&b, "%" PRI_STR "/c/%" PRI_STR "?cr=%" PRI_STR, STR_ARG(base_url), STR_ARG(code),
        STR_ARG(id));
    if (!str_empty(c->target_url)) {
        str to = str_url_encode(arena, c->target_url);
        buf_printf(&b, "&to=%" PRI_STR, STR_ARG(to));
    }
    return buf_str(&b);
}

static str html_of(struct arena *arena, const struct creative *c, str address)
{
    struct buf b = buf_new(arena);
    buf_add(&b, STR("<a href=\""));
    buf_html(&b, address);
    buf_add(&b, STR("\">"));
    if (c->kind == CREATIVE_BANNER) {
        buf_add(&b, STR("<img src=\""));
        buf_html(&b, c->image);
        buf_printf(&b, "\" width=\"%lld\" height=\"%lld\" alt=\"", (long long)c->width,
            (long long)c->height);
        buf_html(&b, str_empty(c->text) ? c->name : c->text);
        buf_add(&b, STR("\">"));
    } else {
        buf_html(&b, str_trim(str_replace(arena, c->text, STR("{link}"), STR(""))));
    }
    buf_add(&b, STR("</a>"));
    return buf_str(&b);
}

struct snippet creative_snippet(
    struct arena *arena, str base_url, const struct creative *c, str code)
{
    struct snippet s = { .address = address_of(arena, base_url, c, code) };
    s.html = html_of(arena, c, s.address);
    bool names_link = str_has(c->text, STR("{link}"));
    s.plain = names_link ? str_replace(arena, c->text, STR("{link}"), s.address)
                         : str_printf(arena, "%" PRI_STR "\n%" PRI_STR, STR_ARG(c->text),
                               STR_ARG(s.address));
    return s;
}
