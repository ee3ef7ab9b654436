/* Memory that lives as long as one request or job, and goes at once. */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);       /* never null: out of memory stops the process */
void arena_free(struct arena *);     /* runs deferred calls, newest first */
void arena_reset(struct arena *);    /* as free and new, but keeps the first block */
void arena_rewind(struct arena *);   /* the same, but keeps them all: for the same work again and again */
void *arena_alloc(struct arena *, size_t size); /* 16-byte aligned, not zeroed */
void *arena_zero(struct arena *, size_t size);  /* zeroed */
void arena_defer(struct arena *, void (*fn)(void *), void *handle);
size_t arena_used(const struct arena *);

#define ARENA_NEW(arena, type)          ((type *)arena_zero((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))
void *arena_array(struct arena *, size_t count, size_t size); /* zeroed; overflow stops the process */
