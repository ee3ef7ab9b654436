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

err chart_qr(struct arena *arena, str text, str *out_svg)
{
    struct buf svg = buf_new(arena);
    QRcode *code;

    *out_svg = STR_NONE;
    if (text.len == 0 || text.len > 2000)
        return &QR_TOO_LONG;
    code = QRcode_encodeData((int)text.len, (const unsigned char *)text.at, 0, QR_ECLEVEL_M);
    if (!code && errno == ENOMEM)
        log_fatal("out of memory: a QR code");
    if (!code)
        return &QR_TOO_LONG;
    arena_defer(arena, let_go, code);
    buf_printf(&svg, "<svg class=\"qr\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
        code->width, code->width);
    buf_html(&svg, text);
    buf_add(&svg, STR("\" shape-rendering=\"crispEdges\"><path d=\""));
    for (int y = 0; y < code->width; y++)
        draw_row(&svg, code->data + (size_t)y * (size_t)code->width, code->width, y);
    buf_add(&svg, STR("\"/></svg>"));
    *out_svg = buf_str(&svg);
    return NULL;
}
