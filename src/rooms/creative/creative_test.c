/* Images by their bytes and snippets: no store, no files. */
#include "rooms/creative/creative_inside.h"

#include <string.h>

#include "base/test.h" /* last: it has a ROW of its own */

#define BYTES(literal) ((str){ literal, sizeof(literal) - 1 })

TEST(image_is_known_by_its_bytes_alone)
{
    /* clang-format off */
    static const struct { const char *what; str bytes; const char *kind; int64_t width, height; } cases[] = {
        { "png",  BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\x2c\0\0\0\xfa\10\6\0\0\0"), "png", 300, 250 },
        { "gif",  BYTES("GIF89a\xd8\2\x5a\0\0\0\0"), "gif", 728, 90 },
        { "jpeg", BYTES("\xff\xd8\xff\xe0\0\4AB\xff\xc0\0\x11\10\0\x32\0\x64\3\1\x22\0"), "jpg", 100, 50 },
        { "webp", BYTES("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\1\0\xf9\0\0"), "webp", 300, 250 },
        { "webp lossless", BYTES("RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f\x2b\x41\x3e\0\0\0\0\0\0"), "webp", 300, 250 },
        { "svg",  BYTES("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), NULL, 0, 0 },
        { "html", BYTES("<!doctype html><script>alert(1)</script>"), NULL, 0, 0 },
        { "a png of no size", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\xfa\10\6\0\0\0"), NULL, 0, 0 },
        { "a png of 2 to the 31", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\0\0\0\1\10\6\0\0\0"), NULL, 0, 0 },
        { "the beginning of a png", BYTES("\x89PNG\r\n\x1a\n"), NULL, 0, 0 },
        { "a jpeg without a frame", BYTES("\xff\xd8\xff\xe0\xff\xff" "AB"), NULL, 0, 0 },
        { "nothing", BYTES(""), NULL, 0, 0 },
    };
    /* clang-format on */
    EACH (c, cases) {
        test_case("%s", c->what);
        int64_t width, height;
        const char *kind = creative_image_kind(c->bytes, &width, &height);
        ASSERT_STR_EQ(str_of(kind), str_of(c->kind));
        if (c->kind) {
            ASSERT_INT(width, c->width);
            ASSERT_INT(height, c->height);
        }
    }
}

TEST(snippets_carry_the_partners_link_and_cannot_break_out)
{
    struct creative c = { .id = id_first_at(t->env->now(t->env)),
        .kind = CREATIVE_BANNER,
        .name = STR("Spring"),
        .text = STR("Tea \"&\" <b>"),
        .target_url = STR("https://shop.example/p?a=1&b=2"),
        .image = STR("https://go.example/m/x.png"),
        .width = 300,
        .height = 250 };
    struct snippet s = creative_snippet(t->arena, STR("https://go.example"), &c, STR("anna"));
    ASSERT_HAS(s.address, "https://go.example/c/anna?cr=crv_");
    ASSERT_HAS(s.address, "&to=https%3A%2F%2Fshop.example%2Fp%3Fa%3D1%26b%3D2");
    ASSERT_HAS(s.html, "<a href=\"https://go.example/c/anna?cr=crv_");
    ASSERT_HAS(s.html, "&amp;to=");
    ASSERT_HAS(
        s.html, "<img src=\"https://go.example/m/x.png\" width=\"300\" height=\"250\" alt=\"Tea ");
    ASSERT_HAS_NOT(s.html, "<b>");

    c.kind = CREATIVE_MAIL;
    c.text = STR("Look: {link}\nYours");
    s = creative_snippet(t->arena, STR("https://go.example"), &c, STR("anna"));
    ASSERT_HAS(s.plain, "Look: https://go.example/c/anna?cr=crv_");
    ASSERT_HAS_NOT(s.plain, "{link}");
    c.text = STR("Look");
    s = creative_snippet(t->arena, STR("https://go.example"), &c, STR("anna"));
    ASSERT_HAS(s.plain, "Look\nhttps://go.example/c/anna");
}

RUN_TESTS(ROW(image_is_known_by_its_bytes_alone),
    ROW(snippets_carry_the_partners_link_and_cannot_break_out))
