/* Sessions: a random cookie of which only the hash is kept, and who stands behind it. */
#include "rooms/account/inside.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/secret.h"
#include "http/reply.h"
#include "rooms/account/account.sql.h"
#include "rooms/setting/setting.h"

enum { COOKIE_BYTES = 32, TOUCH_MS = 10 * MINUTE_MS, AGENT_MOST = 200 };

const char account_cookie[] = "tributary_session";

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(session, id, "ses"),
    FIELD_ID(session, person_id, "per",  .flags = FIELD_SECRET),
    FIELD_ID(session, program_id, "prg", .flags = FIELD_SECRET),
    FIELD(session, hash,                 .flags = FIELD_SECRET),
    FIELD(session, csrf,                 .flags = FIELD_SECRET),
    FIELD(session, address),
    FIELD(session, agent),
    FIELD(session, created_at),
    FIELD(session, seen_at),
    FIELD(session, expires_at),
    FIELD(session, name,                 .flags = FIELD_SECRET),
    FIELD(session, email,                .flags = FIELD_SECRET),
    FIELD(session, lang,                 .flags = FIELD_SECRET),
    FIELD(session, theme,                .flags = FIELD_SECRET),
    FIELD(session, zone,                 .flags = FIELD_SECRET),
};
const struct fields session_fields = FIELDS(list, session);
/* clang-format on */

struct session_new session_new(struct request *rq, int64_t person_id, instant expires_at)
{
    unsigned char cookie[COOKIE_BYTES], csrf[sizeof(rq->who->csrf)];
    str agent = request_header(rq, "User-Agent");

    rq->env->random(rq->env, cookie, sizeof(cookie));
    rq->env->random(rq->env, csrf, sizeof(csrf));
    str text = str_base64url(rq->arena, cookie, sizeof(cookie));
    return (struct session_new){
        .cookie = text,
        .session = {
            .id = id_new(rq->env),
            .person_id = person_id,
            .hash = secret_hash(rq->arena, text),
            .csrf = str_base64url(rq->arena, csrf, sizeof(csrf)),
            .created_at = rq->now,
            .seen_at = rq->now,
            .expires_at = expires_at,
            .address = rq->peer_address,
            .agent = str_is_utf8(agent) ? str_first(agent, AGENT_MOST) : STR_NONE,
        },
    };
}

err session_put(struct db *db, const struct session *session)
{
    return db_put(db, &SESSION_INSERT, &session_fields, session);
}

void session_cookie(struct reply *rp, str value, int64_t max_age_s)
{
    reply_cookie(rp, account_cookie, value, max_age_s, true);
}

/* ---- who
 * ------------------------------------------------------------------------------------------- */

static int rank(enum role role)
{
    static const int ranks[ROLE_COUNT] = {
        [ROLE_OWNER] = 4, [ROLE_FINANCE] = 2, [ROLE_MANAGER] = 3, [ROLE_VIEWER] = 1
    };

    return ranks[role];
}

/* The role that counts: on the programme looked at, else the first. A role on every programme
 * counts on each; of two, the higher. */
static const struct person_role *choose_role(
    const struct list *roles, enum caller_as as, int64_t program_id)
{
    const struct person_role *chosen = NULL;

    for (size_t i = 0; i < roles->count; i++) {
        const struct person_role *role = &((const struct person_role *)roles->at)[i];
        if ((role->role == ROLE_PARTNER) != (as == CALLER_PARTNER))
            continue;
        bool here = !role->program_id || !program_id || role->program_id == program_id;
        bool was_here =
            chosen && (!chosen->program_id || !program_id || chosen->program_id == program_id);
        if (!chosen || (here && !was_here) ||
            (here == was_here && as == CALLER_STAFF && rank(role->role) > rank(chosen->role)))
            chosen = role;
    }
    return chosen;
}

static void fill_caller(
    struct arena *arena, const struct session *session, instant now, struct caller *out)
{
    int64_t minutes;

    out->who.person_id = session->person_id;
    out->who.session_id = session->id;
    out->who.scopes = UINT64_MAX;
    out->who.name = str_c(arena, session->name);
    out->who.email = str_c(arena, session->email);
    (void)str_from_base64url(session->csrf, out->who.csrf, sizeof(out->who.csrf));
    out->lang = session->lang;
    out->theme = session->theme;
    out->has_zone =
        str_to_int(session->zone, &minutes) && minutes >= -14 * 60 && minutes <= 14 * 60;
    out->offset_minutes = out->has_zone ? (int)minutes : 0;
    out->wants_touch = session->seen_at.ms + TOUCH_MS < now.ms;
}

err account_session_caller(struct db *db, struct arena *arena, str cookie, enum caller_as as,
    instant now, struct caller *out, bool *out_found)
{
    struct session session = { 0 };
    struct list roles;
    int64_t idle_days;

    *out = (struct caller){ 0 };
    if (str_empty(cookie) || cookie.len > 100) {
        *out_found = false;
        return NULL;
    }
    TRY(db_one(db, &SESSION_BY_HASH, PARAMS(P("hash", secret_hash(arena, cookie))), &session_fields,
        &session, out_found));
    if (!*out_found)
        return NULL;
    TRY(setting_int(db, SETTING_SESSION_IDLE_DAYS, &idle_days));
    *out_found =
        session.expires_at.ms > now.ms && instant_plus_days(session.seen_at, idle_days).ms > now.ms;
    if (!*out_found)
        return NULL;

    fill_caller(arena, &session, now, out);
    TRY(roles_of(db, session.person_id, &roles));
    const struct person_role *role = choose_role(&roles, as, session.program_id);
    if (!role)
        return NULL; /* signed in, and nobody here: ROLE_NOBODY */
    out->who.role = role->role;
    out->who.partner_id = role->partner_id;
    out->who.program_id = role->program_id ? role->program_id : session.program_id;
    return NULL;
}

err account_may_enter(
    struct db *db, const struct who *who, int64_t program_id, enum role *out_role, bool *out_may)
{
    struct list roles;

    *out_role = ROLE_NOBODY;
    *out_may = false;
    TRY(roles_of(db, who->person_id, &roles));
    for (size_t i = 0; i < roles.count; i++) {
        const struct person_role *role = &((const struct person_role *)roles.at)[i];
        if (role->role == ROLE_PARTNER || (role->program_id && role->program_id != program_id))
            continue;
        *out_may = true;
        if (rank(role->role) > rank(*out_role))
            *out_role = role->role;
    }
    return NULL;
}

err account_look_at(struct db *db, int64_t session_id, int64_t program_id)
{
    return db_run(db, &SESSION_PROGRAM,
        PARAMS(P("id", session_id), param_ref("program_id", program_id)), NULL, NULL, NULL);
}

/* ---- last seen
 * --------------------------------------------------------------------------------------- */

struct touch {
    const struct who *who;
    instant now;
};

static err write_touch(struct db *db, void *arg)
{
    const struct touch *touch = arg;

    if (touch->who->key_id)
        return db_run(db, &KEY_USED, PARAMS(P("id", touch->who->key_id), P("now", touch->now)),
            NULL, NULL, NULL);
    TRY(db_run(db, &SESSION_SEEN, PARAMS(P("id", touch->who->session_id), P("now", touch->now)),
        NULL, NULL, NULL));
    return db_run(db, &PERSON_SEEN, PARAMS(P("id", touch->who->person_id), P("now", touch->now)),
        NULL, NULL, NULL);
}

err account_touch(struct store *store, const struct who *who, instant now)
{
    struct touch touch = { who, now };

    return store_write(store, write_touch, &touch);
}
