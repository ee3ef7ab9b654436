/* Parameters given by name. */
#include "store/inside.h"

#include <string.h>

struct param param_int(const char *name, int64_t i)
{
    return (struct param){ .name = name, .kind = KIND_INT, .value.i = i };
}

struct param param_int32(const char *name, int32_t i)
{
    return param_int(name, i);
}

struct param param_bool(const char *name, bool b)
{
    return param_int(name, b);
}

struct param param_str(const char *name, str s)
{
    return (struct param){ .name = name, .kind = KIND_STR, .value.s = s };
}

struct param param_text(const char *name, const char *c)
{
    return param_str(name, str_of(c));
}

struct param param_instant(const char *name, instant t)
{
    return (struct param){ .name = name, .kind = KIND_INSTANT, .value.i = t.ms };
}

struct param param_currency(const char *name, currency c)
{
    return (struct param){ .name = name, .kind = KIND_CURRENCY, .value.currency = c };
}

struct param param_ref(const char *name, int64_t id)
{
    return (struct param){ .name = name, .kind = KIND_ID, .value.i = id };
}

struct param param_bytes(const char *name, const void *bytes, size_t size)
{
    return (
        struct param){ .name = name, .kind = KIND_STR, .bytes = true, .value.s = { bytes, size } };
}

struct cell rows_param_cell(const struct param *p)
{
    switch (p->kind) {
    case KIND_ID:
    case KIND_INSTANT:
        return (struct cell){
            .type = p->value.i ? CELL_INT : CELL_NULL, .of = CELL_INT, .i = p->value.i
        };
    case KIND_CURRENCY:
        if (currency_none(p->value.currency))
            return (struct cell){ .type = CELL_NULL, .of = CELL_TEXT };
        return (struct cell){ .type = CELL_TEXT, .s = { p->value.currency.code, 3 } };
    case KIND_STR:
    case KIND_ENUM:
    case KIND_RAW:
    case KIND_JSON:
        if (!p->value.s.at)
            return (struct cell){ .type = CELL_NULL, .of = p->bytes ? CELL_BYTES : CELL_TEXT };
        return (struct cell){ .type = p->bytes ? CELL_BYTES : CELL_TEXT, .s = p->value.s };
    default:
        return (struct cell){ .type = CELL_INT, .i = p->value.i };
    }
}
