/* Fuzz target: JSON bodies. What is read is a tree of valid texts, no deeper than promised, whose objects name each
 * member once. */
#include "http/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void check(const struct value *value, int depth)
{
    assert(depth <= 17);
    if (value->kind == VALUE_TEXT)
        assert(value->text.at && str_is_utf8(value->text));
    if (value->kind == VALUE_OBJECT) {
        for (size_t i = 0; i < value->count; i++) {
            assert(str_is_utf8(value->names[i]));
            for (size_t k = 0; k < i; k++)
                assert(!str_eq(value->names[i], value->names[k]));
            assert(value_member(value, value->names[i]) == &value->items[i]);
        }
    }
    for (size_t i = 0; i < value->count; i++)
        check(&value->items[i], depth + 1);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    char *copy = malloc(size + 1); /* of the exact size, so that a byte too far is seen */
    struct value value;

    if (size)
        memcpy(copy, bytes, size);
    if (size <= 65536 && !value_read(arena, (str){ copy, size }, &value)) {
        assert(str_is_utf8((str){ copy, size }));
        check(&value, 1);
    }
    free(copy);
    arena_free(arena);
    return 0;
}
