/* Fuzz target: stored JSON as pages read it. It takes what jansson takes and refuses what jansson
 * refuses, but for nesting beyond 64 and numbers beyond 64 bits, and what it prints reads the same
 * again. */
#include "base/arena.h"
#include "base/buf.h"
#include "view/tree.h"

#include <assert.h>
#define json_object jansson_object /* ours is a type */
#include <jansson.h>
#undef json_object
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static str print(struct arena *arena, const struct view *v)
{
    struct buf out = buf_new(arena);

    view_json(v, &out);
    return buf_str(&out);
}

static int depth_of(str text)
{
    int depth = 0, most = 0;

    for (size_t i = 0; i < text.len; i++) {
        depth += text.at[i] == '[' || text.at[i] == '{';
        most = depth > most ? depth : most;
    }
    return most;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    str text = { (const char *)bytes, size };
    struct view *v = view_read_json(arena, text);
    json_error_t error;
    json_t *theirs =
        json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (v && !theirs)
        assert(json_error_code(&error) == json_error_numeric_overflow);
    if (theirs && !v)
        assert(depth_of(text) >= 64 || memchr(bytes, 0, size)); /* a NUL ends theirs */
    if (v) {
        str once = print(arena, v);
        struct view *again = view_read_json(arena, once);

        assert(again && str_eq(print(arena, again), once));
        if (v->kind == VIEW_OBJECT && v->first)
            assert(view_find(v, v->first->name).leaf);
    }
    json_decref(theirs);
    arena_free(arena);
    return 0;
}
