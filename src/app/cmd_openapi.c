/* tributary openapi: the API document, made from the tables that the server itself runs on. */
#include <stdio.h>

#include "app/command.h"
#include "app/rooms.h"
#include "base/arena.h"
#include "http/openapi.h"
#include "http/router.h"

int cmd_openapi(const struct args *args)
{
    struct arena *arena = arena_new();
    struct buf out = buf_new(arena);
    const struct route *const *rows;
    struct router *router;

    (void)args;
    err e = router_open(arena, rooms_routes(), false, &router);
    if (e) {
        arena_free(arena);
        return say_failed(REFUSED, "%s", e->text);
    }
    size_t count = router_rows(router, &rows);
    openapi_print(arena, rows, count, &out);
    buf_char(&out, '\n');
    str text = buf_str(&out);
    fwrite(text.at, 1, text.len, stdout);
    arena_free(arena);
    return DONE;
}
