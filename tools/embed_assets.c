/* Static files: hashed names, media types, both compressions made once, here. */
#include "embed.h"

#include <brotli/encode.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char *type_of(str name)
{
    /* clang-format off */
    static const struct { const char *end, *type; } types[] = {
        { ".css",   "text/css; charset=utf-8" },
        { ".js",    "text/javascript; charset=utf-8" },
        { ".svg",   "image/svg+xml" },
        { ".png",   "image/png" },
        { ".jpg",   "image/jpeg" },
        { ".webp",  "image/webp" },
        { ".ico",   "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".txt",   "text/plain; charset=utf-8" },
        { ".json",  "application/json" },
        { ".webmanifest", "application/manifest+json" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_ends(name, str_of(types[i].end)))
            return types[i].type;
    fprintf(stderr, "embed: no media type is known for %.*s\n", STR_ARG(name));
    exit(1);
}

static str gzip(struct embed *e, str raw)
{
    z_stream z = { 0 };

    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        exit(1);

    size_t room = deflateBound(&z, raw.len);
    char *out = arena_alloc(e->arena, room);

    z.next_in = (Bytef *)(uintptr_t)raw.at;
    z.avail_in = (uInt)raw.len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        exit(1);
    deflateEnd(&z);
    return (str){ out, room - z.avail_out };
}

static str brotli(struct embed *e, str raw)
{
    size_t size = BrotliEncoderMaxCompressedSize(raw.len) + 64;
    uint8_t *out = arena_alloc(e->arena, size);

    if (!BrotliEncoderCompress(11, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_TEXT, raw.len,
            (const uint8_t *)raw.at, &size, out))
        exit(1);
    return (str){ (const char *)out, size };
}

/* "tributary.css" → "tributary.3f9c0a1b2c3d.css" */
static str hashed_name(struct embed *e, str name, str raw)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    size_t dot = name.len;

    while (dot > 0 && name.at[dot - 1] != '.')
        dot--;
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)raw.at, raw.len, NULL, 0);
    return str_printf(e->arena, "%" PRI_STR ".%" PRI_STR ".%" PRI_STR,
        STR_ARG(str_first(name, dot - 1)), STR_ARG(str_hex(e->arena, hash, 6)),
        STR_ARG(str_from(name, dot)));
}

static void member(struct buf *out, const char *name, str bytes)
{
    buf_printf(out, "      .%s_size = %zu, .%s =", name, bytes.len, name);
    embed_literal(out, bytes);
    buf_add(out, STR(",\n"));
}

static void embed_asset(struct embed *e, str name, const char *path)
{
    str raw = embed_read(e, path);
    str gzipped = gzip(e, raw), brotlied = brotli(e, raw);

    buf_printf(&e->c,
        "    { .name = \"%" PRI_STR "\", .hashed = \"%" PRI_STR "\", .type = \"%s\",\n",
        STR_ARG(name), STR_ARG(hashed_name(e, name, raw)), type_of(name));
    member(&e->c, "raw", raw);
    if (gzipped.len < raw.len)
        member(&e->c, "gzip", gzipped);
    if (brotlied.len < raw.len)
        member(&e->c, "brotli", brotlied);
    buf_add(&e->c, STR("    },\n"));
}

void embed_assets(struct embed *e, const char *folder, char **more, int more_count)
{
    strs names = embed_names(e, folder);

    if (sodium_init() < 0)
        exit(1);
    buf_add(&e->c, STR("/* Made by tools/embed. */\n#include \"view/asset.h\"\n\nconst struct "
                       "asset assets[] = {\n"));
    for (size_t i = 0; i < names.count; i++)
        embed_asset(
            e, names.at[i], str_printf(e->arena, "%s/%" PRI_STR, folder, STR_ARG(names.at[i])).at);
    for (int i = 0; i < more_count; i++) {
        const char *slash = strrchr(more[i], '/');

        embed_asset(e, str_of(slash ? slash + 1 : more[i]), more[i]);
    }
    buf_add(&e->c, STR("    { .name = NULL },\n};\n"));
}
