/* Fuzz target: what a list's address asks for. Only fields that may filter or sort ever reach the store. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "http/list_url.h"
#include "http/parts.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static const char *const kinds[] = { "pending", "paid", NULL };

struct row {
    int64_t id, amount;
    currency currency;
    unsigned status;
    bool is_new;
    str name, secret;
    instant created_at;
};
/* clang-format off */
static const struct field row_list[] = {
    FIELD_ID(row, id, "par",   .flags = FIELD_FILTER),
    FIELD_MONEY(row, amount, "currency", .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(row, currency,       .flags = FIELD_FILTER),
    FIELD(row, status,         .flags = FIELD_FILTER, .names = kinds),
    FIELD(row, is_new,         .flags = FIELD_FILTER),
    FIELD(row, name,           .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(row, secret,         .flags = FIELD_SECRET),
    FIELD(row, created_at,     .flags = FIELD_FILTER | FIELD_SORT),
};
/* clang-format on */
static const struct fields row_fields = FIELDS(row_list, row);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct request *rq = request_begin(arena, env_system());
    struct list_query query;
    char *copy = malloc(size + 1);

    if (size > 1)
        memcpy(copy, bytes + 1, size - 1);
    rq->query = (str){ copy, size ? size - 1 : 0 };
    rq->path = STR("/api/v1/rows");
    rq->surface = size && bytes[0] % 2 ? API : MANAGE;
    rq->offset_minutes = size ? bytes[0] - 128 : 0;
    if (!request_list(rq, &row_fields, &query)) {
        assert(query.limit >= 1 && query.limit <= 100 && query.filter_count <= 16);
        assert(!query.sort || (query.sort->flags & FIELD_SORT));
        for (size_t i = 0; i < query.filter_count; i++)
            assert(query.filters[i].field->flags & FIELD_FILTER);
        str url = url_with(rq, "sort", STR("-created_at"));
        assert(!memchr(url.at, '"', url.len) && !memchr(url.at, '<', url.len) && !memchr(url.at, '\n', url.len));
    }
    struct period period;
    rq->parts->problem_count = 0;
    if (!request_period(rq, "30d", &period))
        assert(period.from.ms < period.to.ms && period.days >= 1);
    free(copy);
    arena_free(arena);
    return 0;
}
