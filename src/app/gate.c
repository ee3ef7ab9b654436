/* Who calls, and which programme the call is about. */
#include "app/gate.h"

#include "base/arena.h"
#include "base/log.h"
#include "rooms/account/account.h"
#include "rooms/program/program.h"
#include "rooms/setting/setting.h"

static const struct err KEY_UNKNOWN = { ERR_NO_KEY, "key_unknown",
    N_("This API key is not known, or it was revoked."), NULL };

static const struct who nobody = { .role = ROLE_NOBODY, .name = "", .email = "" };

/* ---- who
 * -------------------------------------------------------------------------------------------- */

static err take_caller(struct request *rq, const struct caller *caller)
{
    struct who *who = ARENA_NEW(rq->arena, struct who);

    *who = caller->who;
    rq->who = who;
    if (caller->wants_touch)
        return account_touch(rq->store, who, rq->now);
    return NULL;
}

static err by_key(struct request *rq, str token)
{
    struct caller caller;
    bool found;

    TRY(account_key_caller(rq->db, rq->arena, token, rq->now, &caller, &found));
    return found ? take_caller(rq, &caller) : &KEY_UNKNOWN;
}

/* A public page knows a colleague as such, else the partner. */
static err find_session(struct request *rq, str cookie, struct caller *out, bool *out_found)
{
    enum caller_as as = rq->surface == PORTAL ? CALLER_PARTNER : CALLER_STAFF;

    TRY(account_session_caller(rq->db, rq->arena, cookie, as, rq->now, out, out_found));
    if (*out_found && rq->surface == PUBLIC && out->who.role == ROLE_NOBODY)
        TRY(account_session_caller(
            rq->db, rq->arena, cookie, CALLER_PARTNER, rq->now, out, out_found));
    return NULL;
}

static err by_session(struct request *rq, str cookie)
{
    struct caller caller;
    bool found;

    TRY(find_session(rq, cookie, &caller, &found));
    if (!found)
        return NULL;
    const struct lang *lang = lang_find(caller.lang);
    if (lang)
        rq->lang = lang;
    if (caller.has_zone)
        rq->offset_minutes = caller.offset_minutes;
    return take_caller(rq, &caller);
}

/* The address in the settings counts for links and mails, unless the command line says another. */
static err know_address(struct request *rq)
{
    str base_url;

    if (rq->app->base_url)
        return NULL;
    TRY(setting_text(rq->db, SETTING_BASE_URL, &base_url));
    if (!str_empty(base_url))
        rq->base_url = base_url;
    return NULL;
}

static err identify(struct request *rq)
{
    str header = request_header(rq, "authorization");
    str cookie = request_cookie(rq, account_cookie);

    rq->who = &nobody;
    TRY(know_address(rq));
    if (rq->surface == API) {
        if (!header.at)
            return NULL;
        if (header.len < 8 || !str_eq_nocase(str_first(header, 7), STR("Bearer ")))
            return &KEY_UNKNOWN;
        return by_key(rq, str_trim(str_from(header, 7)));
    }
    return str_empty(cookie) ? NULL : by_session(rq, cookie);
}

/* ---- which programme
 * ---------------------------------------------------------------------------------- */

static err enter(struct request *rq, int64_t program_id, int64_t *out)
{
    struct who *who = (struct who *)(uintptr_t)rq->who; /* ours: made by take_caller */
    enum role role;
    bool may;

    *out = program_id;
    if (who->key_id)
        return !who->program_id || who->program_id == program_id ? NULL : &PROGRAM_NOT_FOUND;
    if (who->role == ROLE_PARTNER)
        return who->program_id == program_id ? NULL : &PROGRAM_NOT_FOUND;
    TRY(account_may_enter(rq->db, who, program_id, &role, &may));
    if (!may)
        return &PROGRAM_NOT_FOUND;
    who->role = role;
    who->program_id = program_id;
    return NULL;
}

/* Nothing was asked for: the console looks at the first programme there is; a key for all says
 * which. */
static err choose(struct request *rq, int64_t *out)
{
    struct list programs;

    TRY(program_only(rq->db, out));
    if (*out || rq->surface == API || rq->who->role == ROLE_PARTNER)
        return NULL;
    TRY(program_all(rq->db, &programs));
    if (programs.count)
        *out = ((const struct program *)programs.at)[0].id;
    return NULL;
}

static err find_program(struct request *rq, int64_t wanted, int64_t *out)
{
    if (!wanted)
        wanted = rq->who->program_id;
    if (!wanted)
        TRY(choose(rq, &wanted));
    *out = 0;
    if (!wanted)
        return NULL;
    TRY(program_there(rq->db, wanted));
    return enter(rq, wanted, out);
}

const struct gate house_gate = {
    .identify = identify,
    .program = find_program,
    .frame = frame_fill,
    .flash = flash_words,
};
