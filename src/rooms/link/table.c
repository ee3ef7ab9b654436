/* Codes to links, read without a lock. One writer at a time puts pointers into open slots; what was
 * replaced is freed when every reader that may still see it has left. */
#include "rooms/link/link_inside.h"

#include "base/log.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_ROOM = 1024, RETIRED_MOST = 8192, CODE_MAX = 40, LARGE_PAGE = 2 << 20 };

struct table {
    size_t room, count; /* room is a power of two */
    struct link_hot *_Atomic slots[];
};

/* It is read at random: a large one lies in large pages. */
static struct table *table_new(size_t room)
{
    size_t bytes = sizeof(struct table) + room * sizeof(struct link_hot *);
    bool is_large = bytes > LARGE_PAGE;
    bytes = is_large ? (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE : bytes;
    struct table *t = is_large ? aligned_alloc(LARGE_PAGE, bytes) : malloc(bytes);
    if (!t)
        log_fatal("out of memory");
    if (is_large)
        (void)madvise(t, bytes, MADV_HUGEPAGE);
    memset((void *)t, 0, bytes);
    t->room = room;
    return t;
}

void link_table_open(struct link_table *links, uint64_t seed)
{
    *links = (struct link_table){ .seed = seed };
    struct table *first = table_new(FIRST_ROOM);
    links->bytes = FIRST_ROOM * sizeof(first->slots[0]);
    atomic_store(&links->now, first);
}

void link_table_close(struct link_table *links)
{
    link_table_settle(links);
    struct table *t = atomic_load(&links->now);
    for (size_t i = 0; i < t->room; i++)
        free(atomic_load(&t->slots[i]));
    free(t);
    free(links->retired);
}

static size_t first_slot(const struct link_table *links, const struct table *t, str code)
{
    return (size_t)(str_hash_nocase(code, links->seed) >> 8) & (t->room - 1);
}

/* The link of the code, and the slot that holds it; or null, and the open slot where it would
 * stand. One look at each slot: what is open now may be another's a moment later. */
static struct link_hot *look_up(
    const struct link_table *links, const struct table *t, str code, size_t *out_slot)
{
    size_t i = first_slot(links, t, code);
    for (;; i = (i + 1) & (t->room - 1)) {
        struct link_hot *there = atomic_load_explicit(&t->slots[i], memory_order_acquire);
        if (there && !str_eq_nocase(there->code, code))
            continue;
        *out_slot = i;
        return there;
    }
}

/* ---- readers
 * ---------------------------------------------------------------------------------------------- */

int link_table_enter(struct link_table *links)
{
    int ticket = (int)(atomic_load(&links->phase) & 1);
    atomic_fetch_add(&links->inside[ticket], 1);
    return ticket;
}

void link_table_leave(struct link_table *links, int ticket)
{
    atomic_fetch_sub(&links->inside[ticket], 1);
}

void link_table_expect(struct link_table *links, str code)
{
    const struct table *t = atomic_load_explicit(&links->now, memory_order_acquire);
    __builtin_prefetch((const void *)&t->slots[first_slot(links, t, code)]);
}

void link_table_near(struct link_table *links, str code)
{
    const struct table *t = atomic_load_explicit(&links->now, memory_order_acquire);
    const char *link = (const char *)atomic_load_explicit(
        &t->slots[first_slot(links, t, code)], memory_order_acquire);
    for (size_t line = 0; link && line < 4; line++)
        __builtin_prefetch(link + line * 64);
}

const struct link_hot *link_table_find(struct link_table *links, str code)
{
    if (code.len == 0 || code.len > CODE_MAX)
        return NULL;
    const struct table *t = atomic_load_explicit(&links->now, memory_order_acquire);
    size_t slot;
    return look_up(links, t, code, &slot);
}

/* ---- the writer
 * --------------------------------------------------------------------------------------------- */

void link_table_retire(struct link_table *links, void *block)
{
    if (!block)
        return;
    if (links->retired_count == RETIRED_MOST)
        link_table_settle(links);
    if (links->retired_count == links->retired_room) {
        links->retired_room = links->retired_room ? links->retired_room * 2 : 64;
        links->retired = realloc(links->retired, links->retired_room * sizeof(void *));
        if (!links->retired)
            log_fatal("out of memory");
    }
    links->retired[links->retired_count++] = block;
}

/* Turns the phase twice. A reader that took its ticket before the first turn and entered after it
 * was counted as absent sees what was published before; the second turn waits for it all the same,
 * so that it is gone before the next settling. */
void link_table_settle(struct link_table *links)
{
    if (links->retired_count == 0)
        return;
    for (int turn = 0; turn < 2; turn++) {
        unsigned phase = atomic_fetch_add(&links->phase, 1) & 1;
        while (atomic_load(&links->inside[phase]) != 0)
            sched_yield();
    }
    for (size_t i = 0; i < links->retired_count; i++)
        free(links->retired[i]);
    links->retired_count = 0;
}

static struct table *grow(struct link_table *links, struct table *old)
{
    struct table *bigger = table_new(old->room * 2);
    for (size_t i = 0; i < old->room; i++) {
        struct link_hot *link = atomic_load_explicit(&old->slots[i], memory_order_relaxed);
        size_t slot;
        if (!link)
            continue;
        look_up(links, bigger, link->code, &slot);
        atomic_store_explicit(&bigger->slots[slot], link, memory_order_relaxed);
    }
    bigger->count = old->count;
    links->bytes += old->room * sizeof(old->slots[0]);
    atomic_store_explicit(&links->now, bigger, memory_order_release);
    link_table_retire(links, old);
    return bigger;
}

void link_table_put(struct link_table *links, struct link_hot *link, size_t bytes)
{
    struct table *t = atomic_load_explicit(&links->now, memory_order_relaxed);
    if (t->count * 3 >= t->room * 2)
        t = grow(links, t);
    size_t slot;
    look_up(links, t, link->code, &slot);
    struct link_hot *before = atomic_exchange(&t->slots[slot], link);
    if (!before) {
        t->count++;
        links->bytes += bytes;
    }
    link_table_retire(links, before);
}

size_t link_table_count(struct link_table *links)
{
    return atomic_load(&links->now)->count;
}
