/* Fuzz target: chunked bodies. Read at once or in pieces, into a buffer of its own or over itself,
 * the body is the same. */
#include "http/chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

enum { LIMIT = 1000 };

struct outcome {
    enum chunk_result result;
    size_t used, len;
    char *body;
};

static struct outcome read_in_steps(const unsigned char *bytes, size_t size, size_t step)
{
    struct outcome o = { .body = malloc(size + 1) };
    struct chunk_reader r;

    chunk_begin(&r, LIMIT);
    while (o.used < size && o.result == CHUNK_MORE) {
        size_t part = size - o.used < step ? size - o.used : step, used = 0;
        char *copy = malloc(part);

        memcpy(copy, bytes + o.used, part);
        o.result = chunk_read(&r, (str){ copy, part }, &used, o.body, &o.len);
        assert(used <= part && (o.result != CHUNK_MORE || used == part));
        o.used += used;
        free(copy);
    }
    assert(o.len <= LIMIT && o.len <= size);
    return o;
}

static void check_over_itself(const unsigned char *bytes, size_t size, const struct outcome *wanted)
{
    struct chunk_reader r;
    char *copy = malloc(size + 1);
    size_t used = 0, len = 0;

    memcpy(copy, bytes, size);
    chunk_begin(&r, LIMIT);
    assert(chunk_read(&r, (str){ copy, size }, &used, copy, &len) == wanted->result);
    assert(len == wanted->len && memcmp(copy, wanted->body, len) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct outcome whole, pieces;

    if (!size)
        return 0;
    whole = read_in_steps(bytes, size, size);
    pieces = read_in_steps(bytes, size, bytes[size - 1] % 7 + 1);
    assert(whole.result == pieces.result && whole.len == pieces.len);
    assert(memcmp(whole.body, pieces.body, whole.len) == 0);
    if (whole.result == CHUNK_DONE)
        assert(whole.used == pieces.used && bytes[whole.used - 1] == '\n');
    check_over_itself(bytes, size, &whole);
    free(whole.body);
    free(pieces.body);
    return 0;
}
