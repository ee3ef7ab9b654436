/* Queries of clicks. */
#include "rooms/click/click_inside.h"

#include "rooms/click/click.sql.h"

err click_find(struct db *db, int64_t program_id, int64_t id, struct click *out, bool *out_found)
{
    return db_one(db, &CLICK_ONE,
        PARAMS(P("program_id", program_id), P("id", id), param_ref("partner_id", 0)), &click_fields,
        out, out_found);
}

err click_of_visitor(struct db *db, int64_t program_id, int64_t visitor_id, instant from,
    instant to, struct list *out)
{
    return db_all(db, &CLICK_VISITS,
        PARAMS(P("program_id", program_id), P("visitor_id", visitor_id),
            P("from_id", id_first_at(from)), P("to_id", id_first_at(to))),
        &click_fields, out);
}
