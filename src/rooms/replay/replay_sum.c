/* What comes out: a line per partner, sums per currency. */
#include "rooms/replay/replay_inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "rooms/replay/replay.sql.h"

/* clang-format off */
static const struct field line_list[] = {
    FIELD(replay_line,       id,            .flags = FIELD_SORT),
    FIELD_ID(replay_line,    partner_id,    "par"),
    FIELD(replay_line,       partner_name),
    FIELD(replay_line,       currency),
    FIELD(replay_line,       orders_before, .help = "Orders that earn him something as it was."),
    FIELD(replay_line,       orders,        .help = "The same as drafted."),
    FIELD_MONEY(replay_line, before,        "currency", .help = "What they are worth now, refunds taken off."),
    FIELD_MONEY(replay_line, after,         "currency", .help = "What they would be worth."),
    FIELD_MONEY(replay_line, difference,    "currency", .flags = FIELD_SORT),
};
const struct fields replay_line_fields = FIELDS(line_list, replay_line);
/* clang-format on */

struct naming {
    int64_t program_id;
    struct list names;
};

static err read_names(struct db *db, void *arg)
{
    struct naming *n = arg;
    return db_all(db, &REPLAY_PARTNERS, PARAMS(P("program_id", n->program_id)),
        &replay_line_fields, &n->names);
}

static int by_partner(const void *a, const void *b)
{
    const struct replay_line *x = a, *y = b;
    return x->partner_id < y->partner_id ? -1 : x->partner_id > y->partner_id;
}

static void add_total(struct replay_outcome *out, const struct replay_line *line)
{
    struct replay_line *totals = out->totals.at;
    size_t i = 0;

    while (i < out->totals.count && !currency_eq(totals[i].currency, line->currency))
        i++;
    if (i == out->totals.count)
        totals[out->totals.count++] = (struct replay_line){ .currency = line->currency };
    totals[i].orders_before += line->orders_before;
    totals[i].orders += line->orders;
    totals[i].before += line->before;
    totals[i].after += line->after;
    totals[i].difference += line->difference;
}

err replay_summarise(struct store *store, struct arena *arena, int64_t program_id,
    const struct tally *before, const struct tally *after, struct replay_outcome *out)
{
    struct naming naming = { .program_id = program_id };

    tally_lines(arena, before, after, &out->lines);
    TRY(store_read(store, read_names, &naming));
    qsort(naming.names.at, naming.names.count, sizeof(struct replay_line), by_partner);
    struct replay_line *lines = out->lines.at;
    out->totals.at = ARENA_ARRAY(arena, struct replay_line, out->lines.count + 1);
    for (size_t i = 0; i < out->lines.count; i++) {
        const struct replay_line *named = bsearch(&lines[i], naming.names.at, naming.names.count,
            sizeof(struct replay_line), by_partner);
        lines[i].partner_name = named ? str_dup(arena, named->partner_name) : STR("");
        add_total(out, &lines[i]);
        lines[i].id = (int64_t)(out->lines.count - i);
        out->gain += lines[i].difference > 0;
        out->lose += lines[i].difference < 0;
    }
    return NULL;
}
