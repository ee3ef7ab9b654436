/* Sums per partner and currency, in memory that grows with the partners and not with the orders. */
#include "rooms/replay/replay_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"

static struct tally_row *slot_of(
    struct tally_row *at, size_t room, int64_t partner_id, currency unit)
{
    uint64_t hash = (uint64_t)partner_id * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 20) & (room - 1);

    while (at[i].partner_id &&
           (at[i].partner_id != partner_id || !currency_eq(at[i].currency, unit)))
        i = (i + 1) & (room - 1);
    return &at[i];
}

static void grow(struct tally *t)
{
    size_t room = t->room ? t->room * 2 : 256;
    struct tally_row *at = calloc(room, sizeof(*at));

    if (!at)
        log_fatal("out of memory while deciding history again");
    for (size_t i = 0; i < t->room; i++)
        if (t->at[i].partner_id)
            *slot_of(at, room, t->at[i].partner_id, t->at[i].currency) = t->at[i];
    free(t->at);
    t->at = at;
    t->room = room;
}

void tally_add(
    struct tally *t, int64_t partner_id, currency unit, int64_t orders, int64_t minor)
{
    if (t->count * 2 >= t->room)
        grow(t);
    struct tally_row *row = slot_of(t->at, t->room, partner_id, unit);
    if (!row->partner_id) {
        row->partner_id = partner_id;
        row->currency = unit;
        t->count++;
    }
    row->orders += orders;
    row->sum += minor;
}

void tally_free(struct tally *t)
{
    free(t->at);
    *t = (struct tally){ 0 };
}

static int compare_lines(const void *a, const void *b)
{
    const struct replay_line *x = a, *y = b;
    int64_t size_x = x->difference < 0 ? -x->difference : x->difference;
    int64_t size_y = y->difference < 0 ? -y->difference : y->difference;

    if (size_x != size_y)
        return size_x > size_y ? -1 : 1;
    if (x->before != y->before)
        return x->before > y->before ? -1 : 1;
    return x->partner_id < y->partner_id ? -1 : x->partner_id > y->partner_id;
}

static const struct tally_row *find(const struct tally *t, int64_t partner_id, currency unit)
{
    static const struct tally_row none;

    return t->room ? slot_of(t->at, t->room, partner_id, unit) : &none;
}

static struct replay_line line_of(
    const struct tally *before, const struct tally *after, const struct tally_row *row)
{
    const struct tally_row *b = find(before, row->partner_id, row->currency);
    const struct tally_row *a = find(after, row->partner_id, row->currency);

    return (struct replay_line){ .partner_id = row->partner_id,
        .currency = row->currency,
        .orders_before = b->orders,
        .orders = a->orders,
        .before = b->sum,
        .after = a->sum,
        .difference = a->sum - b->sum };
}

void tally_lines(
    struct arena *arena, const struct tally *before, const struct tally *after, struct list *out)
{
    struct replay_line *lines =
        ARENA_ARRAY(arena, struct replay_line, before->count + after->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < before->room; i++)
        if (before->at[i].partner_id)
            lines[count++] = line_of(before, after, &before->at[i]);
    for (size_t i = 0; i < after->room; i++) {
        const struct tally_row *row = &after->at[i];
        if (row->partner_id && !find(before, row->partner_id, row->currency)->partner_id)
            lines[count++] = line_of(before, after, row);
    }
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    *out = (struct list){ lines, count };
}
