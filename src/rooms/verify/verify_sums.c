/* Sums that must agree whatever the orders say: entries, accounts, payout lines, payments in another currency, clicks
 * of a day, uses of a code. */
#include "rooms/verify/verify.h"
#include "rooms/verify/verify_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/verify/verify.sql.h"

/* clang-format off */
/* An account, an entry, a line, a code. */
struct side {
    int64_t id, program_id, partner_id, booked, reckoned;
    str object, kind;
    currency currency;
    bool is_test;
};
static const struct field side_list[] = {
    FIELD(side, id), FIELD_ID(side, program_id, "prg"), FIELD_ID(side, partner_id, "par"), FIELD(side, booked),
    FIELD(side, reckoned), FIELD(side, object), FIELD(side, kind), FIELD(side, currency), FIELD(side, is_test),
};
static const struct fields side_fields = FIELDS(side_list, side);
/* clang-format on */

static const struct field exchanged_list[] = {
    FIELD(fact_exchanged, id),
    FIELD_ID(fact_exchanged, program_id, "prg"),
    FIELD(fact_exchanged, net),
    FIELD(fact_exchanged, pay_amount),
    FIELD(fact_exchanged, rate_e12),
    FIELD(fact_exchanged, told),
    FIELD(fact_exchanged, currency),
    FIELD(fact_exchanged, pay_currency),
    FIELD(fact_exchanged, rate),
};
static const struct fields exchanged_fields = FIELDS(exchanged_list, fact_exchanged);

static err sides_differ(
    struct run *run, const struct statement *statement, const char *prefix, const char *what)
{
    struct list rows;
    TRY(db_all(run->db, statement, NO_PARAMS, &side_fields, &rows));

    const struct side *side = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        TRY(differ(run,
            &(struct verify_difference){ .program_id = side[i].program_id,
                .object = side[i].id ? id_print(run->arena, prefix, side[i].id) : side[i].object,
                .what = str_of(what),
                .currency = side[i].currency,
                .booked = side[i].booked,
                .reckoned = side[i].reckoned }));
    return NULL;
}

static err accounts_differ(struct run *run)
{
    struct list rows;
    TRY(db_all(run->db, &VERIFY_ACCOUNTS, NO_PARAMS, &side_fields, &rows));

    const struct side *side = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        TRY(differ(run, &(struct verify_difference){ .program_id = side[i].program_id,
                            .object = id_print(run->arena, "par", side[i].partner_id),
                            .what = str_printf(run->arena, "account %" PRI_STR "%s",
                                STR_ARG(side[i].kind), side[i].is_test ? " (test)" : ""),
                            .currency = side[i].currency,
                            .booked = side[i].booked,
                            .reckoned = side[i].reckoned }));
    return NULL;
}

static err exchange_differs(struct run *run, const struct fact_exchanged *line, const char *what,
    int64_t booked, int64_t reckoned)
{
    return differ(run, &(struct verify_difference){ .program_id = line->program_id,
                           .object = id_print(run->arena, "pln", line->id),
                           .what = str_of(what),
                           .currency = line->pay_currency,
                           .booked = booked,
                           .reckoned = reckoned });
}

err check_exchanged(struct db *db, void *arg)
{
    struct run *run = arg;
    struct list rows;

    run->db = db;
    run->arena = db_arena(db);
    TRY(db_all(db, &VERIFY_EXCHANGED,
        PARAMS(P("after", run->after), P("most", run->at_once)), &exchanged_fields,
        &rows));
    const struct fact_exchanged *line = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t pays = 0;
        if (!reckon_exchange(&line[i], &pays) || pays != line[i].pay_amount)
            TRY(exchange_differs(run, &line[i], "payment at the rate", line[i].pay_amount, pays));
        if (line[i].told == 0)
            TRY(exchange_differs(run, &line[i], "a rate that was told", 0, 1));
        run->after = line[i].id;
    }
    run->more = rows.count == (size_t)run->at_once;
    return NULL;
}

err check_sums(struct db *db, void *arg)
{
    struct run *run = arg;

    run->db = db;
    run->arena = db_arena(db);
    run->more = false;
    TRY(sides_differ(run, &VERIFY_LOOSE_ENTRIES, "ent", "sum of an entry"));
    TRY(accounts_differ(run));
    TRY(sides_differ(run, &VERIFY_LINES, "pln", "net of a payout line"));
    TRY(sides_differ(run, &VERIFY_CLICKS, "com", "what clicks of a day brought"));
    TRY(sides_differ(run, &VERIFY_COUPONS, "cpn", "uses of a code"));
    TRY(db_int(db, &VERIFY_ENTRY_COUNT, NO_PARAMS, &run->out.entries));
    return db_int(db, &VERIFY_POSTING_COUNT, NO_PARAMS, &run->out.postings);
}
