/* Fuzz target: a body of any kind into a struct. Every text that lands in it is valid and within its length, every
 * number in its range; a refusal always says where. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "http/parts.h"
#include "http/problem.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static const char *const kinds[] = { "a", "b", NULL };

struct part {
    str sku;
    int64_t count;
};
static const struct field part_list[] = {
    FIELD(part, sku, .flags = FIELD_REQUIRED, .max = 8),
    FIELD(part, count, .flags = FIELD_TAKEN, .min = 1, .max = 9),
};
static const struct fields part_fields = FIELDS(part_list, part);

struct whole {
    int64_t id, amount, rate_bp;
    currency currency;
    int32_t days;
    bool is_new;
    unsigned kind;
    str name;
    instant at;
    strs tags;
    json_object metadata;
    struct part part;
    struct list parts;
    str hidden;
};
/* clang-format off */
static const struct field whole_list[] = {
    FIELD_ID(whole, id, "par", .flags = FIELD_TAKEN),
    FIELD_MONEY(whole, amount, "currency", .flags = FIELD_REQUIRED, .min = 0, .max = INT64_MAX),
    FIELD(whole, rate_bp,  .flags = FIELD_TAKEN, .min = 0, .max = 10000),
    FIELD(whole, currency, .flags = FIELD_TAKEN),
    FIELD(whole, days,     .flags = FIELD_TAKEN, .min = 1, .max = 400),
    FIELD(whole, is_new,   .flags = FIELD_TAKEN),
    FIELD(whole, kind,     .flags = FIELD_TAKEN, .names = kinds),
    FIELD(whole, name,     .flags = FIELD_REQUIRED, .max = 16),
    FIELD(whole, at,       .flags = FIELD_TAKEN),
    FIELD(whole, tags,     .flags = FIELD_TAKEN, .max = 3),
    FIELD(whole, metadata, .flags = FIELD_TAKEN),
    FIELD(whole, part,     .flags = FIELD_TAKEN, .record = &part_fields),
    FIELD(whole, parts,    .flags = FIELD_TAKEN, .record = &part_fields, .max = 2),
    FIELD(whole, hidden,   .flags = FIELD_SECRET),
};
/* clang-format on */
static const struct fields whole_fields = FIELDS(whole_list, whole);

static void check(const struct whole *w)
{
    assert(w->amount >= 0 && w->rate_bp >= 0 && w->rate_bp <= 10000 && w->kind < 2);
    assert(w->days == 30 || (w->days >= 0 && w->days <= 400));
    assert(w->name.len >= 1 && w->name.len <= 16 && str_is_utf8(w->name));
    assert(w->tags.count <= 3 && w->parts.count <= 2 && !w->hidden.at);
    for (size_t i = 0; i < w->parts.count; i++)
        assert(((const struct part *)w->parts.at)[i].sku.len >= 1);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct request *rq = request_begin(arena, env_system());
    struct whole whole = { .days = 30, .currency = { "EUR" } };
    char *copy = malloc(size + 1);

    if (size > 1)
        memcpy(copy, bytes + 1, size - 1);
    rq->body = (str){ copy, size ? size - 1 : 0 };
    rq->surface = size && bytes[0] % 2 ? API : PUBLIC;
    rq->content_type =
        rq->surface == API ? STR("application/json") : STR("application/x-www-form-urlencoded");
    if (size < 65536 && !body_read(rq)) {
        err e = bytes && size && bytes[0] % 4 > 1 ? request_patch(rq, &whole_fields, &whole, NULL)
                                                 : request_read(rq, &whole_fields, &whole);
        if (!e && !(size && bytes[0] % 4 > 1))
            check(&whole);
        if (e) {
            struct value value;
            assert(!value_read(arena, problem_json(rq, e), &value));
        }
    }
    free(copy);
    arena_free(arena);
    return 0;
}
