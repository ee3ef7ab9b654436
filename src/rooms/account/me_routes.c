/* One's own account: name, language, time zone, look, password, devices. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "base/secret.h"
#include "rooms/account/account.sql.h"
#include "rooms/account/key.h"
#include "rooms/audit/audit.h"

enum { COOKIE_SECONDS = 400 * 24 * 60 * 60, ZONE_FIRST = -12, ZONE_LAST = 14 };

static const struct err NAME_NEEDED = { ERR_INVALID, "name_needed",
    N_("Your name, as colleagues and partners should read it."), "name" };
static const struct err PASSWORD_WRONG = { ERR_INVALID, "password_wrong",
    N_("This is not your present password."), "old_password" };
static const struct err NOT_A_PERSON = { ERR_FORBIDDEN, "not_a_person",
    N_("An API key has no profile."), NULL };
static const struct err VALUE_UNKNOWN = { ERR_INVALID, "value_unknown",
    N_("Choose one of the values offered."), NULL };

/* ---- showing
 * ---------------------------------------------------------------------------------------- */

static void show_langs(struct view *frame, str chosen)
{
    struct view *langs = view_list(frame, "lang_choices");

    for (size_t i = 0; languages[i]; i++) {
        struct view *item = view_item(langs);
        view_text(item, "tag", languages[i]->tag);
        view_text(item, "name", languages[i]->name);
        view_bool(item, "chosen", str_eq(chosen, str_of(languages[i]->tag)));
    }
}

static void show_zones(struct arena *arena, struct view *frame, str chosen)
{
    struct view *zones = view_list(frame, "zone_choices");

    for (int hours = ZONE_FIRST; hours <= ZONE_LAST; hours++) {
        struct view *item = view_item(zones);
        str minutes = str_printf(arena, "%d", hours * 60);
        view_str(item, "minutes", minutes);
        view_str(item, "name",
            hours ? str_printf(arena, "UTC%s%d", hours > 0 ? "+" : "−", hours < 0 ? -hours : hours)
                  : STR("UTC"));
        view_bool(item, "chosen", str_eq(chosen, minutes));
    }
}

struct sign {
    const char *has, *name;
};

static const char *sign_in(const struct sign *sign, str text)
{
    while (sign->has && !str_has(text, str_of(sign->has)))
        sign++;
    return sign->name;
}

/* "Firefox, Linux" out of what a browser calls itself; none: what it says stands there. */
static str device_words(struct arena *arena, str agent)
{
    static const struct sign browsers[] = { { "Edg/", "Edge" }, { "OPR/", "Opera" },
        { "Firefox/", "Firefox" }, { "FxiOS/", "Firefox" },
        { "SamsungBrowser/", "Samsung Internet" }, { "Chrome/", "Chrome" }, { "CriOS/", "Chrome" },
        { "Safari/", "Safari" }, { NULL, NULL } };
    static const struct sign systems[] = { { "iPhone", "iPhone" }, { "iPad", "iPad" },
        { "Android", "Android" }, { "Windows", "Windows" }, { "Mac OS X", "macOS" },
        { "CrOS", "ChromeOS" }, { "Linux", "Linux" }, { NULL, NULL } };
    const char *browser = sign_in(browsers, agent), *system = sign_in(systems, agent);

    return browser && system ? str_printf(arena, "%s, %s", browser, system) : agent;
}

static err show_sessions(struct request *rq, struct view *frame)
{
    struct view *items = view_list(frame, "sessions");
    struct list rows;

    TRY(db_all(rq->db, &SESSIONS_OF, PARAMS(P("person_id", rq->who->person_id), P("now", rq->now)),
        &session_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct session *session = &((const struct session *)rows.at)[i];
        struct view *item = view_item(items);
        view_record(item, NULL, &session_fields, session);
        view_str(item, "device", device_words(rq->arena, session->agent));
        view_bool(item, "is_this", session->id == rq->who->session_id);
    }
    return NULL;
}

static void show_key(struct request *rq, struct view *view)
{
    struct view *scopes = view_list(view, "scopes");
    strs words = scopes_words(rq->arena, rq->who->scopes);

    for (size_t i = 0; i < words.count; i++)
        view_item_str(scopes, words.at[i]);
    view_text(view, "mode", rq->who->is_test ? "test" : "live");
}

err account_me(struct request *rq, struct reply *rp)
{
    struct view *view = reply_view(rp);
    struct person person = { 0 };

    view_text(view, "name", rq->who->name);
    view_text(view, "role", role_name(rq->who->role));
    view_id(view, "program_id", "prg", rq->program_id);
    view_id(view, "partner_id", "par", rq->who->partner_id);
    if (rq->who->key_id) {
        view_id(view, "key_id", "key", rq->who->key_id);
        show_key(rq, view);
        return NULL;
    }
    view_text(view, "email", rq->who->email);
    if (rq->surface == PORTAL)
        rp->page = "account/portal-me";
    TRY(account_person(rq->db, rq->who->person_id, &person));
    struct view *form = reply_form(rp), *frame = reply_frame(rp);
    view_str(form, "name", person.name);
    view_bool(form, "theme_is_light", str_eq(person.theme, STR("light")));
    view_bool(form, "theme_is_dark", str_eq(person.theme, STR("dark")));
    show_langs(frame, person.lang);
    show_zones(rq->arena, frame, person.zone);
    return show_sessions(rq, frame);
}

/* ---- the profile
 * ------------------------------------------------------------------------------------- */

struct profile {
    int64_t id;
    str name, lang, theme, zone;
};

static err write_profile(struct db *db, void *arg)
{
    const struct profile *profile = arg;

    return db_run(db, &PERSON_UPDATE,
        PARAMS(P("id", profile->id), P("name", profile->name), P("lang", profile->lang),
            P("theme", profile->theme), P("zone", profile->zone)),
        NULL, NULL, NULL);
}

static str none_when_empty(str text)
{
    return str_empty(text) ? STR_NONE : text;
}

static void check_profile(struct request *rq, const struct profile *profile)
{
    int64_t minutes = 0;

    if (str_empty(profile->name) || profile->name.len > 120)
        (void)request_problem(rq, "name", &NAME_NEEDED);
    if (profile->lang.at && !lang_find(profile->lang))
        (void)request_problem(rq, "lang", &VALUE_UNKNOWN);
    if (profile->theme.at && !str_eq(profile->theme, STR("light")) &&
        !str_eq(profile->theme, STR("dark")))
        (void)request_problem(rq, "theme", &VALUE_UNKNOWN);
    if (profile->zone.at && (!str_to_int(profile->zone, &minutes) || minutes < ZONE_FIRST * 60 ||
                                minutes > ZONE_LAST * 60))
        (void)request_problem(rq, "zone", &VALUE_UNKNOWN);
}

err account_profile(struct request *rq, struct reply *rp)
{
    struct profile profile = {
        .id = rq->who->person_id,
        .name = request_form(rq, "name"),
        .lang = none_when_empty(request_form(rq, "lang")),
        .theme = none_when_empty(request_form(rq, "theme")),
        .zone = none_when_empty(request_form(rq, "zone")),
    };

    if (!profile.id)
        return &NOT_A_PERSON;
    check_profile(rq, &profile);
    TRY(request_problems(rq));
    TRY(store_write(rq->store, write_profile, &profile));
    /* The cookies speak for this browser; the profile for all others. */
    reply_cookie(rp, "lang", profile.lang.at ? profile.lang : STR(""),
        profile.lang.at ? COOKIE_SECONDS : 0, false);
    reply_cookie(rp, "theme", profile.theme.at ? profile.theme : STR(""),
        profile.theme.at ? COOKIE_SECONDS : 0, false);
    return reply_done(rp, "account/saved", "/me");
}

/* ---- the password
 * ------------------------------------------------------------------------------------- */

struct secret_row {
    str value;
};
static const struct field secret_list[] = { FIELD(secret_row, value) };
static const struct fields secret_fields = FIELDS(secret_list, secret_row);

struct new_password {
    struct request *rq;
    str hash;
    int64_t audit_id, message_id;
};

static err write_password(struct db *db, void *arg)
{
    const struct new_password *new = arg;
    const struct request *rq = new->rq;

    TRY(account_set_password(db, rq->who->person_id, new->hash, rq->now));
    TRY(db_run(db, &SESSIONS_DELETE_OTHERS,
        PARAMS(P("person_id", rq->who->person_id), P("id", rq->who->session_id)), NULL, NULL,
        NULL));
    TRY(audit_write(db, &(struct audit_entry){
                            .id = new->audit_id,
                            .who = rq->who,
                            .action = "account.password",
                            .object = "per",
                            .object_id = rq->who->person_id,
                            .object_name = str_of(rq->who->name),
                            .address = rq->peer_address,
                            .at = rq->now,
                        }));
    return message_queue(
        db, &(struct message){
                .id = new->message_id,
                .to_email = str_of(rq->who->email),
                .to_name = str_of(rq->who->name),
                .lang = str_of(rq->lang->tag),
                .text = &mail_changed,
                .url = str_printf(db_arena(db), "%" PRI_STR "/forgot", STR_ARG(rq->base_url)),
                .now = rq->now,
            });
}

err account_password(struct request *rq, struct reply *rp)
{
    struct new_password new = {
        .rq = rq, .audit_id = id_new(rq->env), .message_id = id_new(rq->env)
    };
    struct secret_row old = { 0 };
    str password = request_form(rq, "password");
    bool found;

    if (!rq->who->person_id)
        return &NOT_A_PERSON;
    TRY(request_limit(rq, "password", str_of(rq->who->email), 10, HOUR_MS));
    TRY(db_one(rq->db, &PERSON_PASSWORD, PARAMS(P("id", rq->who->person_id)), &secret_fields, &old,
        &found));
    if (!secret_password_verify(old.value, request_form(rq, "old_password")))
        (void)request_problem(rq, "old_password", &PASSWORD_WRONG);
    err wrong = password_check(password, str_of(rq->who->email));
    if (wrong)
        (void)request_problem(rq, "password", wrong);
    TRY(request_problems(rq));
    new.hash = account_password_hash(rq->arena, password);
    TRY(store_write(rq->store, write_password, &new));
    return reply_done(rp, "account/password", "/me");
}

/* ---- devices
 * ------------------------------------------------------------------------------------------ */

struct ending {
    int64_t id, person_id;
    bool others;
};

static err end_sessions(struct db *db, void *arg)
{
    const struct ending *ending = arg;

    return db_run(db, ending->others ? &SESSIONS_DELETE_OTHERS : &SESSION_DELETE,
        PARAMS(P("id", ending->id), P("person_id", ending->person_id)), NULL, NULL, NULL);
}

err account_session_end(struct request *rq, struct reply *rp)
{
    struct ending ending = { .person_id = rq->who->person_id };

    TRY(request_param_id(rq, "id", "ses", &ending.id));
    TRY(store_write(rq->store, end_sessions, &ending));
    return reply_done(rp, "account/session", "/me");
}

err account_sessions_end(struct request *rq, struct reply *rp)
{
    struct ending ending = { rq->who->session_id, rq->who->person_id, true };

    TRY(store_write(rq->store, end_sessions, &ending));
    return reply_done(rp, "account/sessions", "/me");
}
