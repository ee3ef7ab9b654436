/* Failures made at run time, and their comparison. */
#include "base/err.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

err err_make(struct arena *arena, enum err_kind kind, const char *code, const char *field,
    const char *format, ...)
{
    struct err *made = ARENA_NEW(arena, struct err);
    va_list args;

    va_start(args, format);
    *made = (struct err){
        .kind = kind,
        .code = str_c(arena, str_of(code)),
        .text = str_vprintf(arena, format, args).at,
        .field = field ? str_c(arena, str_of(field)) : NULL,
    };
    va_end(args);
    return made;
}

_Bool err_is(err e, const struct err *named)
{
    if (!e || !named)
        return e == named;
    return e == named || strcmp(e->code, named->code) == 0;
}
