/* Queries of the programme and its terms. */
#include "rooms/program/program.h"

#include "http/request.h"
#include "rooms/program/program.sql.h"

err program_get(struct db *db, int64_t id, struct program *out)
{
    return db_get(db, &PROGRAM_ONE, PARAMS(P("id", id), P("at", db_now(db))), &program_fields, out,
        &PROGRAM_NOT_FOUND);
}

err program_there(struct db *db, int64_t id)
{
    int64_t found;

    TRY(db_int(db, &PROGRAM_THERE, PARAMS(P("id", id)), &found));
    return found ? NULL : &PROGRAM_NOT_FOUND;
}

err program_by_slug(struct db *db, str slug, struct program *out)
{
    return db_get(db, &PROGRAM_BY_SLUG, PARAMS(P("slug", slug), P("at", db_now(db))),
        &program_fields, out, &PROGRAM_NOT_FOUND);
}

err program_only(struct db *db, int64_t *out_id)
{
    struct list rows = { 0 };

    TRY(db_all(db, &PROGRAM_IDS, NO_PARAMS, &program_fields, &rows));
    *out_id = rows.count == 1 ? ((struct program *)rows.at)->id : 0;
    return NULL;
}

err program_all(struct db *db, struct list *out)
{
    return db_all(db, &PROGRAM_LIST, PARAMS(param_ref("program_id", 0)), &program_fields, out);
}

err program_of_request(struct request *rq, struct program *out)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    return program_get(rq->db, rq->program_id, out);
}

err program_terms_at(struct db *db, int64_t program_id, instant at, struct program_terms *out)
{
    bool found;

    *out = (struct program_terms){ 0 };
    return db_one(db, &PROGRAM_TERMS_IN_FORCE, PARAMS(P("program_id", program_id), P("at", at)),
        &program_terms_fields, out, &found);
}

err program_reward_shown(struct db *db, int64_t program_id, const struct program_commission *reward)
{
    return db_run(db, &PROGRAM_REWARD_SHOWN,
        PARAMS(
            P("id", program_id), P("percent_bp", reward->percent_bp), P("amount", reward->amount)),
        NULL, NULL, NULL);
}
