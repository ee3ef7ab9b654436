/* Roll-ups: clicks counted in memory by hour and key, written seldom. */
#include "rooms/click/click_inside.h"

#include "base/arena.h"
#include "base/log.h"
#include "rooms/click/click.sql.h"

#include <stdlib.h>
#include <string.h>

/* A row of one of three kinds; what does not belong to its kind is 0 or empty. */
enum rollup_kind { ROLLUP_HOUR, ROLLUP_SUB, ROLLUP_LINK };

struct rollup {
    enum rollup_kind kind;
    int64_t program_id, hour, link_id, creative_id, partner_id;
    str country, device, sub1;
    int64_t clicks, unique_clicks, robots, prefetches, repeats;
    instant last_at;
    uint64_t hash;
};

/* clang-format off */
static const struct field list[] = {
    FIELD(rollup, program_id), FIELD(rollup, hour),   FIELD(rollup, link_id), FIELD(rollup, creative_id),
    FIELD(rollup, partner_id), FIELD(rollup, country), FIELD(rollup, device), FIELD(rollup, sub1),
    FIELD(rollup, clicks),     FIELD(rollup, unique_clicks), FIELD(rollup, robots), FIELD(rollup, prefetches),
    FIELD(rollup, repeats),
};
static const struct fields rollup_fields = FIELDS(list, rollup);
/* clang-format on */

struct rollups {
    struct arena *texts;
    struct rollup *rows;
    size_t count, room;
    uint32_t *index; /* row + 1; 0: open */
    size_t index_room;
    size_t clicks;
};

struct rollups *rollups_new(void)
{
    struct rollups *r = calloc(1, sizeof(*r));
    if (!r)
        log_fatal("out of memory");
    r->texts = arena_new();
    return r;
}

void rollups_free(struct rollups *r)
{
    if (!r)
        return;
    arena_free(r->texts);
    free(r->rows);
    free(r->index);
    free(r);
}

void rollups_clear(struct rollups *r)
{
    arena_reset(r->texts);
    r->count = r->clicks = 0;
    if (r->index)
        memset(r->index, 0, r->index_room * sizeof(*r->index));
}

size_t rollups_count(const struct rollups *r)
{
    return r->clicks;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, str text)
{
    size_t i = 0;
    uint64_t eight;
    for (; i + 8 <= text.len; i += 8) {
        memcpy(&eight, text.at + i, 8);
        hash = mix(hash, eight);
    }
    eight = text.len;
    for (; i < text.len; i++)
        eight = eight << 8 | (unsigned char)text.at[i];
    return eight ? mix(hash, eight) : hash;
}

static bool is_same(const struct rollup *a, const struct rollup *b)
{
    return a->hash == b->hash && a->kind == b->kind && a->program_id == b->program_id &&
           a->hour == b->hour && a->link_id == b->link_id && a->creative_id == b->creative_id &&
           a->partner_id == b->partner_id && str_eq(a->country, b->country) &&
           str_eq(a->device, b->device) && str_eq(a->sub1, b->sub1);
}

static void grow(struct rollups *r)
{
    r->room = r->room ? r->room * 2 : 256;
    r->index_room = r->room * 2;
    r->rows = realloc(r->rows, r->room * sizeof(*r->rows));
    free(r->index);
    r->index = calloc(r->index_room, sizeof(*r->index));
    if (!r->rows || !r->index)
        log_fatal("out of memory");
    for (size_t i = 0; i < r->count; i++) {
        size_t at = r->rows[i].hash & (r->index_room - 1);
        while (r->index[at])
            at = (at + 1) & (r->index_room - 1);
        r->index[at] = (uint32_t)i + 1;
    }
}

/* The row with this key, made when it is new. */
static struct rollup *row_of(struct rollups *r, struct rollup *key)
{
    key->hash =
        mix(mix(mix(mix(mix(mix(0, key->kind), (uint64_t)key->program_id), (uint64_t)key->hour),
                    (uint64_t)key->link_id),
                (uint64_t)key->creative_id),
            (uint64_t)key->partner_id);
    key->hash = mix_text(mix_text(mix_text(key->hash, key->country), key->device), key->sub1);
    if (r->count == r->room)
        grow(r);
    size_t at = key->hash & (r->index_room - 1);
    for (; r->index[at]; at = (at + 1) & (r->index_room - 1))
        if (is_same(&r->rows[r->index[at] - 1], key))
            return &r->rows[r->index[at] - 1];
    key->country = str_dup(r->texts, key->country);
    key->sub1 = str_dup(r->texts, key->sub1);
    r->rows[r->count] = *key;
    r->index[at] = (uint32_t)++r->count;
    return &r->rows[r->count - 1];
}

static void count(struct rollup *row, const struct click *c)
{
    row->clicks++;
    row->unique_clicks += (c->marks & CLICK_NOT_UNIQUE) == 0;
    row->robots += (c->marks & CLICK_ROBOT) != 0;
    row->prefetches += (c->marks & CLICK_PREFETCH) != 0;
    row->repeats += (c->marks & CLICK_REPEAT) != 0;
    if (c->at.ms > row->last_at.ms)
        row->last_at = c->at;
}

static str or_empty(str text)
{
    return text.at ? text : STR("");
}

void rollups_add(struct rollups *r, const struct click *c)
{
    int64_t hour = c->at.ms - c->at.ms % HOUR_MS;
    struct rollup by_hour = { .kind = ROLLUP_HOUR,
        .program_id = c->program_id,
        .hour = hour,
        .link_id = c->link_id,
        .creative_id = c->creative_id,
        .partner_id = c->partner_id,
        .country = or_empty(c->country),
        .device = str_of(click_device_names[c->device]),
        .sub1 = STR("") };
    struct rollup by_sub = { .kind = ROLLUP_SUB,
        .program_id = c->program_id,
        .hour = hour,
        .partner_id = c->partner_id,
        .country = STR(""),
        .device = STR(""),
        .sub1 = or_empty(c->sub1) };
    struct rollup by_link = { .kind = ROLLUP_LINK,
        .link_id = c->link_id,
        .country = STR(""),
        .device = STR(""),
        .sub1 = STR("") };
    count(row_of(r, &by_hour), c);
    count(row_of(r, &by_sub), c);
    count(row_of(r, &by_link), c);
    r->clicks++;
}

static int by_key(const void *left, const void *right)
{
    const struct rollup *a = *(const struct rollup *const *)left;
    const struct rollup *b = *(const struct rollup *const *)right;
    const int64_t keys[][2] = { { a->kind, b->kind }, { a->program_id, b->program_id },
        { a->hour, b->hour }, { a->link_id, b->link_id }, { a->creative_id, b->creative_id },
        { a->partner_id, b->partner_id } };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    int order = str_cmp(a->country, b->country);
    order = order ? order : str_cmp(a->device, b->device);
    return order ? order : str_cmp(a->sub1, b->sub1);
}

/* Nodes that add to the same rows do it in one order, or they would wait for each other in a ring. */
static const struct rollup **in_order(struct arena *arena, const struct rollups *r)
{
    const struct rollup **rows = ARENA_ARRAY(arena, const struct rollup *, r->count + 1);
    for (size_t i = 0; i < r->count; i++)
        rows[i] = &r->rows[i];
    qsort(rows, r->count, sizeof(*rows), by_key);
    return rows;
}

static err write_kind(struct db *db, const struct rollups *r, bool writes_links)
{
    const struct rollup **rows = in_order(db_arena(db), r);
    for (size_t i = 0; i < r->count; i++) {
        const struct rollup *row = rows[i];
        if (row->kind == ROLLUP_HOUR)
            TRY(db_put(db, &CLICK_HOUR_ADD, &rollup_fields, row));
        else if (row->kind == ROLLUP_SUB)
            TRY(db_put(db, &CLICK_SUB_ADD, &rollup_fields, row));
        else if (writes_links)
            TRY(link_count(db, row->link_id, row->clicks, row->unique_clicks, row->last_at));
    }
    return NULL;
}

err rollups_write(struct db *db, const struct rollups *r)
{
    return write_kind(db, r, true);
}

static err add_row(void *record, void *arg)
{
    struct click *c = record;
    c->at = id_instant(c->id);
    rollups_add(arg, c);
    return NULL;
}

err rollups_rebuild(struct db *db, instant from_hour, instant to_hour)
{
    struct rollups *r = rollups_new();
    arena_defer(db_arena(db), (void (*)(void *))rollups_free, r);
    struct click c = { 0 };
    const struct param *hours = PARAMS(P("from_hour", from_hour.ms), P("to_hour", to_hour.ms));
    TRY(db_run(db, &CLICK_HOUR_CLEAR, hours, NULL, NULL, NULL));
    TRY(db_run(db, &CLICK_SUB_CLEAR, hours, NULL, NULL, NULL));
    TRY(db_each(db, &CLICK_EACH,
        PARAMS(P("from_id", id_first_at(from_hour)), P("to_id", id_first_at(to_hour))),
        &click_fields, &c, add_row, r));
    return write_kind(db, r, false); /* the links' totals reach further back than these hours */
}
