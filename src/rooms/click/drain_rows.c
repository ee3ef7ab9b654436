/* Clicks into rows, many with one statement. */
#include "rooms/click/click_inside.h"

#include "base/arena.h"
#include "rooms/click/click.sql.h"

enum { RUN_MOST = 64 }; /* clicks given to the store at once */

/* A click as its row has it. */
struct click_row {
    int64_t id, program_id, link_id, partner_id;
    int64_t visitor_id, visitor_hash, creative_id;
    int64_t marks, device, browser;
    str country, referrer, sub1, sub2, sub3, sub4, sub5, landing, ip;
};

/* clang-format off */
static const struct field row_list[] = {
    FIELD_ID(click_row, id, "clk"),
    FIELD_ID(click_row, program_id, "prg"),
    FIELD_ID(click_row, link_id, "lnk"),
    FIELD_ID(click_row, partner_id, "par"),
    FIELD_ID(click_row, visitor_id, "clk"),   /* ids of 0 are NULL */
    FIELD_ID(click_row, visitor_hash, "vis"),
    FIELD_ID(click_row, creative_id, "crv"),
    FIELD(click_row, marks), FIELD(click_row, device), FIELD(click_row, browser),
    FIELD(click_row, country), FIELD(click_row, referrer),
    FIELD(click_row, sub1), FIELD(click_row, sub2), FIELD(click_row, sub3), FIELD(click_row, sub4),
    FIELD(click_row, sub5), FIELD(click_row, landing), FIELD(click_row, ip),
};
static const struct fields row_fields = FIELDS(row_list, click_row);
/* clang-format on */

static struct click_row row_of(const struct click *c)
{
    return (struct click_row){ .id = c->id,
        .program_id = c->program_id,
        .link_id = c->link_id,
        .partner_id = c->partner_id,
        .visitor_id = c->visitor_id == c->id ? 0 : c->visitor_id,
        .visitor_hash = c->visitor_hash,
        .creative_id = c->creative_id,
        .marks = c->marks,
        .device = c->device,
        .browser = c->browser,
        .country = c->country,
        .referrer = c->referrer,
        .sub1 = c->sub1,
        .sub2 = c->sub2,
        .sub3 = c->sub3,
        .sub4 = c->sub4,
        .sub5 = c->sub5,
        .landing = c->landing,
        .ip = c->ip };
}

/* One by one, to learn which were not there yet. */
err clicks_insert_new(
    struct db *db, const struct click *clicks, size_t count, struct rollups *counted)
{
    for (size_t i = 0; i < count; i++) {
        struct click_row row = row_of(&clicks[i]);
        int64_t changes;
        TRY(db_run(db, &CLICK_INSERT, NO_PARAMS, &row_fields, &row, &changes));
        if (changes)
            rollups_add(counted, &clicks[i]);
    }
    return NULL;
}

static bool is_plain(const struct click *c)
{
    return !c->creative_id && !c->country.at && !c->sub1.at && !c->sub2.at && !c->sub3.at &&
           !c->sub4.at && !c->sub5.at && !c->landing.at && !c->ip.at;
}

/* In runs of one kind, which keeps them in the order of their ids. */
static err insert_runs(struct db *db, const struct click *clicks, size_t all)
{
    struct click_row rows[RUN_MOST];
    for (size_t at = 0; at < all;) {
        size_t count = 0;
        bool plain = is_plain(&clicks[at]);
        for (; at < all && count < RUN_MOST && is_plain(&clicks[at]) == plain; at++)
            rows[count++] = row_of(&clicks[at]);
        TRY(db_put_many(db, plain ? &CLICK_INSERT_PLAIN : &CLICK_INSERT, &row_fields, rows,
            sizeof(rows[0]), count));
    }
    return NULL;
}

/* A server takes them in one stream, which refuses them all when one is there already. */
err clicks_insert(struct db *db, const struct click *clicks, size_t all, bool some_are_there)
{
    if (some_are_there || !store_pours(db_store(db)))
        return insert_runs(db, clicks, all);
    struct click_row *rows = ARENA_ARRAY(db_arena(db), struct click_row, all + 1);
    for (size_t i = 0; i < all; i++)
        rows[i] = row_of(&clicks[i]);
    return db_pour(db, &CLICK_INSERT, &row_fields, rows, sizeof(rows[0]), all);
}
