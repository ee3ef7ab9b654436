/* Queries of partners and their timeline. */
#include "rooms/partner/partner.h"
#include "rooms/partner/partner_inside.h"

#include "rooms/partner/partner.sql.h"

err partner_get(struct db *db, int64_t program_id, int64_t id, struct partner *out)
{
    return db_get(db, &PARTNER_ONE, PARAMS(P("program_id", program_id), P("id", id)),
        &partner_fields, out, &PARTNER_NOT_FOUND);
}

err partner_by_email(struct db *db, int64_t program_id, str email, struct partner *out, bool *found)
{
    return db_one(db, &PARTNER_BY_EMAIL,
        PARAMS(P("program_id", program_id), P("email", str_lower(db_arena(db), email))),
        &partner_fields, out, found);
}

err partner_name(struct db *db, int64_t program_id, int64_t id, str *out)
{
    struct partner p = { 0 };
    bool found;

    TRY(db_one(db, &PARTNER_ONE, PARAMS(P("program_id", program_id), P("id", id)), &partner_fields,
        &p, &found));
    *out = found ? p.name : STR_NONE;
    return NULL;
}

/* What begins now holds from the next millisecond, as rules do. */
err partner_group_leave(struct db *db, const struct partner *after, instant now)
{
    return db_run(db, &PARTNER_GROUP_LEAVE,
        PARAMS(P("program_id", after->program_id), P("id", after->id), P("group", after->group),
            P("ended_at", instant_plus_ms(now, 1))),
        NULL, NULL, NULL);
}

err partner_group_at(struct db *db, int64_t program_id, int64_t id, instant at, str *out)
{
    struct partner p = { 0 };
    bool found;

    TRY(db_one(db, &PARTNER_GROUP_AT, PARAMS(P("program_id", program_id), P("id", id), P("at", at)),
        &partner_fields, &p, &found));
    *out = found ? p.group : STR_NONE;
    return NULL;
}

err partner_event_add(struct db *db, const struct partner_event *event)
{
    return db_put(db, &PARTNER_EVENT_INSERT, &partner_event_fields, event);
}

/* Nobody brings himself in, nor those who brought him. */
err partner_recruiter_check(struct db *db, const struct partner *p)
{
    int64_t id = p->recruited_by;

    for (int depth = 0; id && depth < 100; depth++) {
        struct partner recruiter = { 0 };
        bool found;
        if (id == p->id)
            return &PARTNER_RECRUITER;
        TRY(db_one(db, &PARTNER_ONE, PARAMS(P("program_id", p->program_id), P("id", id)),
            &partner_fields, &recruiter, &found));
        if (!found)
            return &PARTNER_RECRUITER;
        id = recruiter.recruited_by;
    }
    return id ? &PARTNER_RECRUITER : NULL;
}
