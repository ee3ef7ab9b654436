/* Queries of the programme and its terms. */
#include "rooms/program/program.h"

#include "http/request.h"
#include "rooms/program/program.sql.h"

static err fill_terms(struct db *db, struct program *p)
{
    struct program_terms terms = { 0 };

    TRY(program_terms_at(db, p->id, db_now(db), &terms));
    p->terms_version = terms.version;
    return NULL;
}

err program_get(struct db *db, int64_t id, struct program *out)
{
    TRY(db_get(db, &PROGRAM_ONE, PARAMS(P("id", id)), &program_fields, out, &PROGRAM_NOT_FOUND));
    return fill_terms(db, out);
}

err program_by_slug(struct db *db, str slug, struct program *out)
{
    TRY(db_get(
        db, &PROGRAM_BY_SLUG, PARAMS(P("slug", slug)), &program_fields, out, &PROGRAM_NOT_FOUND));
    return fill_terms(db, out);
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
