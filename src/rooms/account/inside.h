/* What the files of this room share and nobody else includes. */
#pragma once

#include "rooms/account/account.h"
#include "rooms/message/message.h"
#include "rooms/room.h"

/* ---- person.c
 * -------------------------------------------------------------------------------------- */

/* The row's own form of an address: trimmed, lower case. */
str email_key(struct arena *, str email);
bool email_ok(str);
MUST_CHECK err roles_of(struct db *, int64_t person_id, struct list *out); /* struct person_role */
/* ---- password.c
 * ------------------------------------------------------------------------------------ */

extern const struct err PASSWORD_SHORT, PASSWORD_LONG, PASSWORD_COMMON;
/* What is wrong with it as a new password. Length counts, nothing else is prescribed. */
err password_check(str password, str email);

enum token_kind { TOKEN_INVITE, TOKEN_RESET };
struct token {
    int64_t id, person_id;
    enum token_kind kind;
    instant expires_at, used_at;
};
extern const struct err TOKEN_OVER; /* 404: used, too old, or never made */
MUST_CHECK err token_put(
    struct db *, int64_t id, int64_t person_id, enum token_kind, str hash, instant now);
MUST_CHECK err token_find(struct db *, str text, instant now, struct token *out);
/* Inside a write: uses the token up, keeps the password, ends every session and link of the person.
 */
MUST_CHECK err token_redeem(
    struct db *, int64_t token_id, int64_t person_id, str hash, instant now);

/* ---- session.c
 * ------------------------------------------------------------------------------------- */

struct session {
    int64_t id, person_id, program_id;
    str hash, csrf, address, agent;
    instant created_at, seen_at, expires_at;
    str name, email, lang, theme, zone; /* of the person */
};
extern const struct fields session_fields;

/* A fresh session: its cookie's value is shown to nobody but the browser. */
struct session_new {
    struct session session;
    str cookie;
};
struct session_new session_new(struct request *, int64_t person_id, instant expires_at);
MUST_CHECK err session_put(struct db *, const struct session *);
void session_cookie(struct reply *, str value, int64_t max_age_s); /* 0: until the browser closes */

/* ---- tries.c
 * --------------------------------------------------------------------------------------- */

struct tries {
    int64_t count;
    instant window_at, until;
};
/* Counts one try at `now`; false when there is a pause. *out_left: tries that remain after this
 * one. */
bool tries_take(struct tries *, instant now, int64_t most, int64_t pause_ms, int64_t *out_left);

struct try_result {
    bool allowed;
    int64_t left;
    int64_t pause_minutes;
    int64_t wait_s; /* when not allowed */
};
/* Counts a sign-in of this address and account. */
MUST_CHECK err tries_count(struct request *, str email, struct try_result *out);
MUST_CHECK err tries_forget(struct request *, str email);

/* ---- mails, jobs, tables of routes
 * ------------------------------------------------------------------ */

extern const struct mail_text mail_invite, mail_reset, mail_changed;
extern const struct job_kind account_jobs[];
extern const struct fields colleague_sent_fields, colleague_role_fields, key_sent_fields;

/* Handlers, one row each in account_room.c. */
err account_root(struct request *, struct reply *);
err account_sign_in_page(struct request *, struct reply *);
err account_sign_in(struct request *, struct reply *);
err account_sign_out(struct request *, struct reply *);
err account_forgot_page(struct request *, struct reply *);
err account_forgot(struct request *, struct reply *);
err account_welcome_page(struct request *, struct reply *);
err account_welcome(struct request *, struct reply *);
err account_choose_theme(struct request *, struct reply *);
err account_me(struct request *, struct reply *);
err account_profile(struct request *, struct reply *);
err account_password(struct request *, struct reply *);
err account_session_end(struct request *, struct reply *);
err account_sessions_end(struct request *, struct reply *);
err account_people(struct request *, struct reply *);
err account_people_invite(struct request *, struct reply *);
err account_people_role(struct request *, struct reply *);
err account_people_remove(struct request *, struct reply *);
err account_people_again(struct request *, struct reply *);
err account_keys(struct request *, struct reply *);
err account_key_make(struct request *, struct reply *);
err account_key_revoke(struct request *, struct reply *);

/* The programme that bounds what this caller may manage; 0: every programme. */
MUST_CHECK err account_scope(struct request *, int64_t *out_program_id);
/* "https://go.example" without a slash: from settings, else from the request. */
str account_base(struct request *);
/* A path of this site, else the fallback: nobody is sent elsewhere by a link that looks like ours.
 */
str local_path(str wanted, str fallback);
