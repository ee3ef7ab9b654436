/* Blocks that double in size; under a sanitizer every piece is a block of its own, so overflows are
 * seen. */
#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define EVERY_PIECE_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERY_PIECE_ALONE 1
#endif
#endif
#ifndef EVERY_PIECE_ALONE
#define EVERY_PIECE_ALONE 0
#endif

enum { FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 1024 * 1024, ALIGN = 16 };

struct block {
    struct block *older;
    size_t size, used;
    size_t unused_; /* keeps `bytes` aligned */
    char bytes[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *);
    void *handle;
};

struct arena {
    struct block *newest;
    struct block *spare; /* kept by arena_rewind */
    struct deferred *deferred;
    size_t used, next_size;
};

static void *get(size_t size)
{
    void *bytes = malloc(size);

    if (!bytes)
        log_fatal("out of memory: %zu bytes wanted", size);
    return bytes;
}

static struct block *block_add(struct arena *a, size_t size)
{
    struct block *b = get(sizeof(struct block) + size);

    *b = (struct block){ .older = a->newest, .size = size };
    a->newest = b;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = get(sizeof(struct arena));

    *a = (struct arena){ .next_size = FIRST_BLOCK };
    return a;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred d = *a->deferred;

        a->deferred = d.older;
        d.fn(d.handle);
    }
}

static void free_blocks(struct block *newest)
{
    while (newest) {
        struct block *b = newest;

        newest = b->older;
        free(b);
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    run_deferred(a);
    free_blocks(a->newest);
    free_blocks(a->spare);
    free(a);
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    while (a->newest && (a->newest->older || EVERY_PIECE_ALONE)) {
        struct block *b = a->newest;

        a->newest = b->older;
        free(b);
    }
    if (a->newest)
        a->newest->used = 0;
    a->used = 0;
    a->next_size = FIRST_BLOCK;
}

void arena_rewind(struct arena *a)
{
    if (EVERY_PIECE_ALONE) {
        arena_reset(a);
        return;
    }
    run_deferred(a);
    while (a->newest) { /* the smallest, which was the first, is the first again */
        struct block *b = a->newest;

        a->newest = b->older;
        b->older = a->spare;
        b->used = 0;
        a->spare = b;
    }
    a->used = 0;
}

/* The first spare block that is large enough becomes the newest. */
static bool take_spare(struct arena *a, size_t size)
{
    for (struct block **at = &a->spare; *at; at = &(*at)->older)
        if ((*at)->size >= size) {
            struct block *b = *at;

            *at = b->older;
            b->older = a->newest;
            a->newest = b;
            return true;
        }
    return false;
}

static struct block *block_with(struct arena *a, size_t size)
{
    if (EVERY_PIECE_ALONE)
        return block_add(a, size);
    if (a->newest && a->newest->size - a->newest->used >= size)
        return a->newest;
    if (take_spare(a, size))
        return a->newest;

    size_t room = a->next_size > size ? a->next_size : size;

    if (a->next_size < LARGEST_BLOCK)
        a->next_size *= 2;
    return block_add(a, room);
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        log_fatal("out of memory: %zu bytes wanted", size);

    size_t whole = (size + ALIGN - 1) / ALIGN * ALIGN;

    if (whole == 0)
        whole = ALIGN;

    struct block *b = block_with(a, EVERY_PIECE_ALONE ? size : whole);
    void *bytes = b->bytes + b->used;

    b->used += EVERY_PIECE_ALONE ? size : whole;
    a->used += whole;
    return bytes;
}

void *arena_zero(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t whole;

    if (__builtin_mul_overflow(count, size, &whole))
        log_fatal("out of memory: %zu times %zu bytes wanted", count, size);
    return arena_zero(a, whole);
}

void arena_defer(struct arena *a, void (*fn)(void *), void *handle)
{
    struct deferred *d = arena_alloc(a, sizeof(struct deferred));

    *d = (struct deferred){ .older = a->deferred, .fn = fn, .handle = handle };
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
