/* QR codes, as one path of runs: M x y h run v1 h -run z. */
#include <errno.h>
#include <qrencode.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "view/chart.h"

const struct err QR_TOO_LONG = { ERR_INVALID, "qr_too_long",
    N_("This text is too long for a QR code."), NULL };

static void draw_row(struct buf *svg, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int run = 0;

        while (x + run < width && (row[x + run] & 1))
            run++;
        if (run)
            buf_printf(svg, "M%d %dh%dv1h-%dz", x, y, run, run);
        x += run;
    }
}

static void let_go(void *code)
{
    QRcode_free(code);
}

static err encode(struct arena *arena, str text, QRcode **out)
{
    if (text.len == 0 || text.len > 2000)
        return &QR_TOO_LONG;
    *out = QRcode_encodeData((int)text.len, (const unsigned char *)text.at, 0, QR_ECLEVEL_M);
    if (!*out && errno == ENOMEM)
        log_fatal("out of memory: a QR code");
    if (!*out)
        return &QR_TOO_LONG;
    arena_defer(arena, let_go, *out);
    return NULL;
}

static void draw_code(struct buf *svg, const QRcode *code)
{
    buf_add(svg, STR("<path d=\""));
    for (int y = 0; y < code->width; y++)
        draw_row(svg, code->data + (size_t)y * (size_t)code->width, code->width, y);
    buf_add(svg, STR("\"/>"));
}

err chart_qr(struct arena *arena, str text, str *out_svg)
{
    struct buf svg = buf_new(arena);
    QRcode *code;

    *out_svg = STR_NONE;
    TRY(encode(arena, text, &code));
    buf_printf(&svg, "<svg class=\"qr\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
        code->width, code->width);
    buf_html(&svg, text);
    buf_add(&svg, STR("\" shape-rendering=\"crispEdges\">"));
    draw_code(&svg, code);
    buf_add(&svg, STR("</svg>"));
    *out_svg = buf_str(&svg);
    return NULL;
}

/* A page's stylesheet gives the code its ground and its margin; a file brings them along. */
err chart_qr_file(struct arena *arena, str text, str *out_svg)
{
    enum { MARGIN = 4, MODULE = 10 };
    struct buf svg = buf_new(arena);
    QRcode *code;
    int size;

    *out_svg = STR_NONE;
    TRY(encode(arena, text, &code));
    size = code->width + 2 * MARGIN;
    buf_printf(&svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"-%d -%d %d "
        "%d\" "
        "shape-rendering=\"crispEdges\"><title>",
        size * MODULE, size * MODULE, MARGIN, MARGIN, size, size);
    buf_html(&svg, text);
    buf_printf(&svg, "</title><rect x=\"-%d\" y=\"-%d\" width=\"%d\" height=\"%d\" fill=\"#fff\"/>",
        MARGIN, MARGIN, size, size);
    draw_code(&svg, code);
    buf_add(&svg, STR("</svg>\n"));
    *out_svg = buf_str(&svg);
    return NULL;
}
