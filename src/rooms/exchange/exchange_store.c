/* Rates in the store. */
#include "rooms/exchange/exchange.h"

#include "rooms/exchange/exchange.sql.h"

err exchange_at(struct db *db, int64_t program_id, currency unit, instant at,
    struct exchange_rate *out, bool *out_found)
{
    return db_one(db, &EXCHANGE_AT,
        PARAMS(P("program_id", program_id), P("currency", unit), P("at", at)),
        &exchange_rate_fields, out, out_found);
}

err exchange_all(struct db *db, int64_t program_id, struct list *out)
{
    return db_all(
        db, &EXCHANGE_ALL, PARAMS(P("program_id", program_id)), &exchange_rate_fields, out);
}

err exchange_add(struct db *db, const struct exchange_rate *rate, bool *out_already)
{
    struct exchange_rate standing = { 0 };
    bool found;

    TRY(db_one(db, &EXCHANGE_OF_DAY,
        PARAMS(
            P("program_id", rate->program_id), P("currency", rate->currency), P("day", rate->day)),
        &exchange_rate_fields, &standing, &found));
    *out_already = found && standing.rate_e12 == rate->rate_e12;
    return *out_already ? NULL : db_put(db, &EXCHANGE_INSERT, &exchange_rate_fields, rate);
}
