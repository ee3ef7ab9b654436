/* Fuzz target: queries, cookies, forms and multipart bodies. The first byte chooses; every text that comes out is
 * valid and has no NUL. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "http/parts.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void check_pairs(const struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        assert(str_is_utf8(pairs->at[i].name) && str_is_utf8(pairs->at[i].value));
        assert(pairs_first(pairs, pairs->at[i].name).at);
    }
}

static void check_multipart(struct request *rq)
{
    if (body_read_multipart(rq, STR("b")))
        return;
    check_pairs(&rq->parts->form);
    for (size_t i = 0; i < rq->parts->file_count; i++) {
        const struct upload *file = &rq->parts->files[i].upload;
        assert(str_is_utf8(file->name) && !memchr(file->name.at ? file->name.at : "", '/', file->name.len));
        assert(!file->content.len ||
               (file->content.at >= rq->body.at && file->content.at + file->content.len <= rq->body.at + rq->body.len));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct request *rq = request_begin(arena, env_system());
    struct pairs pairs = pairs_new(arena);
    char *copy = malloc(size + 1);

    if (size > 1)
        memcpy(copy, bytes + 1, size - 1);
    rq->body = (str){ copy, size ? size - 1 : 0 };
    switch (size ? bytes[0] % 4 : 0) {
    case 0:
        if (pairs_read_urlencoded(&pairs, rq->body))
            check_pairs(&pairs);
        break;
    case 1:
        pairs_read_cookies(&pairs, rq->body);
        break;
    case 2:
        check_multipart(rq);
        break;
    default:
        rq->content_type = rq->body; /* the header's own parameters */
        rq->surface = MANAGE;
        (void)body_read(rq);
        break;
    }
    free(copy);
    arena_free(arena);
    return 0;
}
