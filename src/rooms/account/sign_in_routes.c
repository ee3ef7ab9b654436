/* Signing in and out, and choosing a password by the link in a mail. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "base/secret.h"
#include "rooms/account/account.sql.h"
#include "rooms/setting/setting.h"
#include "work/work.h"

enum { SHORT_STAY_HOURS = 12 };

static const struct err MAIL_NEEDED = { ERR_INVALID, "email_needed",
    N_("Type the e-mail address that you sign in with."), "email" };

/* ---- where to
 * ---------------------------------------------------------------------------------------- */

static err home_of(struct db *db, int64_t person_id, str *out)
{
    struct list roles;

    *out = STR("/portal");
    TRY(roles_of(db, person_id, &roles));
    for (size_t i = 0; i < roles.count; i++)
        if (((const struct person_role *)roles.at)[i].role != ROLE_PARTNER)
            *out = STR("/manage");
    return NULL;
}

/* What he wanted to see, when it is on his side of the house. */
static str destination(struct request *rq, str home)
{
    str next = request_form(rq, "next");

    if (!next.at)
        next = request_query(rq, "next");
    next = local_path(next, home);
    return str_starts(next, home) ? next : home;
}

err account_root(struct request *rq, struct reply *rp)
{
    str home = STR("/sign-in");

    if (rq->who->person_id)
        TRY(home_of(rq->db, rq->who->person_id, &home));
    return reply_redirect(rp, 303, home);
}

/* ---- signing in
 * -------------------------------------------------------------------------------------- */

err account_sign_in_page(struct request *rq, struct reply *rp)
{
    str home;

    if (rq->who->person_id && rq->method == GET) {
        TRY(home_of(rq->db, rq->who->person_id, &home));
        return reply_redirect(rp, 303, destination(rq, home));
    }
    view_str(reply_form(rp), "email", request_query(rq, "email"));
    view_str(reply_form(rp), "next", local_path(request_query(rq, "next"), STR_NONE));
    return NULL;
}

struct secret_row {
    str value;
};
static const struct field secret_list[] = { FIELD(secret_row, value) };
static const struct fields secret_fields = FIELDS(secret_list, secret_row);

static err check_password(struct request *rq, str email, struct person *out, bool *out_right)
{
    struct secret_row row = { 0 };
    bool found, has_row = false;

    TRY(account_by_email(rq->db, email, out, &found));
    if (found && !out->is_disabled)
        TRY(db_one(
            rq->db, &PERSON_PASSWORD, PARAMS(P("id", out->id)), &secret_fields, &row, &has_row));
    /* As much work for an address that nobody has. */
    *out_right = secret_password_verify(row.value, request_form(rq, "password"));
    return NULL;
}

static err wrong(struct request *rq, const struct try_result *tries)
{
    str pause = str_printf(rq->arena, "%lld", (long long)tries->pause_minutes);
    str left = str_printf(rq->arena, "%lld", (long long)tries->left);

    if (tries->left <= 0)
        return err_make(rq->arena, ERR_INVALID, "sign_in_wrong", NULL, "%" PRI_STR,
            STR_ARG(lang_fill(rq->arena,
                _(rq->lang,
                    "E-mail or password is not right. Try again after a pause of {pause} minutes."),
                "pause", pause, NULL)));
    return err_make(rq->arena, ERR_INVALID, "sign_in_wrong", NULL, "%" PRI_STR,
        STR_ARG(lang_fill(rq->arena,
            lang_plural(rq->lang,
                STR("E-mail or password is not right. One more try, then a pause of {pause} "
                    "minutes."),
                STR("E-mail or password is not right. {left} more tries, then a pause of {pause} "
                    "minutes."),
                tries->left),
            "pause", pause, "left", left, NULL)));
}

static const struct err SIGN_IN_PAUSE = { ERR_TOO_MANY, "sign_in_pause",
    N_("Too many wrong passwords. Wait a little, or ask for a new password."), NULL };

struct entering {
    struct session session;
    int64_t old_session_id, person_id;
};

static err write_entry(struct db *db, void *arg)
{
    const struct entering *entering = arg;

    /* A cookie from before the sign-in is worth nothing afterwards. */
    if (entering->old_session_id)
        TRY(db_run(db, &SESSION_DELETE,
            PARAMS(P("id", entering->old_session_id), P("person_id", entering->person_id)), NULL,
            NULL, NULL));
    TRY(session_put(db, &entering->session));
    return db_run(db, &PERSON_SEEN,
        PARAMS(P("id", entering->session.person_id), P("now", entering->session.created_at)), NULL,
        NULL, NULL);
}

static err enter(struct request *rq, struct reply *rp, int64_t person_id, bool stay)
{
    int64_t days;

    TRY(setting_int(rq->db, SETTING_SESSION_DAYS, &days));
    struct session_new new = session_new(rq, person_id,
        stay ? instant_plus_days(rq->now, days)
             : instant_plus_ms(rq->now, SHORT_STAY_HOURS * (int64_t)HOUR_MS));
    struct entering entering = { new.session, rq->who->session_id, rq->who->person_id };
    TRY(store_write(rq->store, write_entry, &entering));
    session_cookie(rp, new.cookie, stay ? days * 24 * 60 * 60 : -1);
    return NULL;
}

err account_sign_in(struct request *rq, struct reply *rp)
{
    str email = request_form(rq, "email"), home;
    struct person person = { 0 };
    struct try_result tries;
    bool right;

    if (str_empty(email) || email.len > 254) {
        (void)request_problem(rq, "email", &MAIL_NEEDED);
        return request_problems(rq);
    }
    TRY(tries_count(rq, email, &tries));
    if (!tries.allowed) {
        rq->retry_after_s = tries.wait_s;
        return &SIGN_IN_PAUSE;
    }
    TRY(check_password(rq, email, &person, &right));
    if (!right)
        return wrong(rq, &tries);

    TRY(tries_forget(rq, email));
    TRY(enter(rq, rp, person.id, !str_empty(request_form(rq, "stay"))));
    TRY(home_of(rq->db, person.id, &home));
    return reply_redirect(rp, 303, destination(rq, home));
}

/* ---- signing out
 * -------------------------------------------------------------------------------------- */

static err end_session(struct db *db, void *arg)
{
    const struct who *who = arg;

    return db_run(db, &SESSION_DELETE,
        PARAMS(P("id", who->session_id), P("person_id", who->person_id)), NULL, NULL, NULL);
}

err account_sign_out(struct request *rq, struct reply *rp)
{
    struct who who = *rq->who;

    if (who.session_id)
        TRY(store_write(rq->store, end_session, &who));
    session_cookie(rp, STR(""), 0);
    rp->flash = STR("account/out");
    return reply_redirect(rp, 303, STR("/sign-in"));
}

/* ---- a new password
 * ------------------------------------------------------------------------------------ */

err account_forgot_page(struct request *rq, struct reply *rp)
{
    view_str(reply_form(rp), "email", request_query(rq, "email"));
    view_bool(reply_frame(rp), "is_sent", !str_empty(request_query(rq, "sent")));
    return NULL;
}

struct asking {
    int64_t job_id;
    str arg;
    instant now;
};

static err queue_reset(struct db *db, void *arg)
{
    const struct asking *asking = arg;

    return job_queue(db, asking->job_id, "account.reset", 0, asking->arg, asking->now, asking->arg);
}

/* The same answer in the same time, whether there is such an account or not: a job finds out. */
err account_forgot(struct request *rq, struct reply *rp)
{
    str email = request_form(rq, "email");

    if (!email_ok(email)) {
        (void)request_problem(rq, "email", &MAIL_NEEDED);
        return request_problems(rq);
    }
    TRY(request_limit(rq, "reset", email_key(rq->arena, email), 3, HOUR_MS));
    TRY(request_limit(rq, "reset-address", rq->peer_address, 20, HOUR_MS));
    struct asking asking = {
        .job_id = id_new(rq->env),
        .arg = str_printf(
            rq->arena, "%" PRI_STR " %" PRI_STR, STR_ARG(account_base(rq)), STR_ARG(email)),
        .now = rq->now,
    };
    TRY(store_write(rq->store, queue_reset, &asking));
    return reply_redirect(rp, 303, STR("/forgot?sent=1"));
}

static err load_token(struct request *rq, struct token *token, struct person *person)
{
    TRY(token_find(rq->db, request_param(rq, "token"), rq->now, token));
    return account_person(rq->db, token->person_id, person);
}

err account_welcome_page(struct request *rq, struct reply *rp)
{
    struct token token = { 0 };
    struct person person = { 0 };

    TRY(load_token(rq, &token, &person));
    view_str(reply_frame(rp), "email", person.email);
    view_str(reply_frame(rp), "name", person.name);
    view_str(reply_frame(rp), "path", rq->path);
    view_bool(reply_frame(rp), "is_invite", token.kind == TOKEN_INVITE);
    reply_header(rp, "Referrer-Policy", STR("no-referrer"));
    return NULL;
}

struct redeeming {
    struct token token;
    struct person person;
    str hash, base_url;
    int64_t message_id;
    instant now;
};

static err write_redeem(struct db *db, void *arg)
{
    const struct redeeming *redeeming = arg;

    TRY(token_redeem(
        db, redeeming->token.id, redeeming->person.id, redeeming->hash, redeeming->now));
    if (redeeming->token.kind == TOKEN_INVITE)
        return NULL;
    return message_queue(db,
        &(struct message){
            .id = redeeming->message_id,
            .to_email = redeeming->person.email,
            .to_name = redeeming->person.name,
            .lang = redeeming->person.lang,
            .text = &mail_changed,
            .url = str_printf(db_arena(db), "%" PRI_STR "/forgot", STR_ARG(redeeming->base_url)),
            .now = redeeming->now,
        });
}

err account_welcome(struct request *rq, struct reply *rp)
{
    struct redeeming redeeming = {
        .message_id = id_new(rq->env), .now = rq->now, .base_url = account_base(rq)
    };
    str password = request_form(rq, "password"), home;

    TRY(load_token(rq, &redeeming.token, &redeeming.person));
    err wrong_password = password_check(password, redeeming.person.email);
    if (wrong_password) {
        (void)request_problem(rq, "password", wrong_password);
        return request_problems(rq);
    }
    redeeming.hash = account_password_hash(rq->arena, password);
    TRY(store_write(rq->store, write_redeem, &redeeming));
    TRY(enter(rq, rp, redeeming.person.id, true));
    TRY(home_of(rq->db, redeeming.person.id, &home));
    rp->flash = STR("account/password");
    return reply_redirect(rp, 303, home);
}

/* ---- language and theme, also for those who did not sign in
 * ---------------------------------------------- */

enum { COOKIE_SECONDS = 400 * 24 * 60 * 60 };

err account_choose_theme(struct request *rq, struct reply *rp)
{
    str theme = request_param(rq, "name");
    bool known = str_eq(theme, STR("light")) || str_eq(theme, STR("dark"));

    reply_cookie(rp, "theme", known ? theme : STR(""), known ? COOKIE_SECONDS : 0, false);
    return reply_redirect(rp, 303, local_path(request_query(rq, "next"), STR("/")));
}
