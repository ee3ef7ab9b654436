/* People who sign in: passwords, sessions, roles, keys. */
#pragma once

#include "base/env.h"
#include "base/err.h"
#include "base/field.h"
#include "http/permission.h"
#include "store/store.h"

struct request;

struct person {
    int64_t id;
    str email; /* as typed; unique without regard to case */
    str name;
    str lang;  /* "en"; none: as the browser asks */
    str theme; /* "light", "dark"; none: as the system has it */
    str zone;  /* minutes east of UTC as text; none: as the browser says */
    bool has_password;
    bool is_disabled;
    instant created_at;
    instant last_seen_at;
};
extern const struct fields person_fields;

/* What a person may do, and where. program_id 0: every programme. Partners: that partner's rows
 * alone. */
struct person_role {
    int64_t id;
    int64_t person_id;
    int64_t program_id;
    enum role role;
    int64_t partner_id;
    instant created_at;
};
extern const struct fields person_role_fields;

/* One colleague in one role. */
struct colleague {
    int64_t id, person_id;
    str email, name;
    enum role role;
    int64_t program_id;
    bool has_password;
    instant last_seen_at, created_at;
};
extern const struct fields colleague_fields;
MUST_CHECK err account_colleagues(struct db *, struct list *out); /* all of them */

extern const struct err PERSON_EXISTS;    /* 409, email */
extern const struct err PERSON_NOT_FOUND; /* 404 */
extern const struct err LAST_OWNER;       /* 409 */

MUST_CHECK err account_person(struct db *, int64_t id, struct person *out);
MUST_CHECK err account_by_email(struct db *, str email, struct person *out, bool *out_found);

/* A secret for a link in a mail. Only the hash is kept: 1 h for a reset, 14 days for an invitation,
 * used once. */
struct account_token {
    str text; /* for the address: base_url/welcome/{text} */
    str hash; /* hex */
};
struct account_token account_token_new(const struct env *, struct arena *);

/* Connects a partner with the person of that address; makes the person when there is none. Inside a
 * write. */
struct account_partner {
    int64_t new_person_id, new_role_id, new_token_id; /* id_new(), made before the write */
    str email, name, lang;
    int64_t program_id, partner_id;
    str token_hash; /* kept only when the person has no password yet; none: no link wanted */
    instant now;
};
MUST_CHECK err account_add_partner(
    struct db *, const struct account_partner *, int64_t *out_person_id, bool *out_has_password);
/* Takes the partner's sign-in away again (his person stays, for other programmes). Inside a write.
 */
MUST_CHECK err account_remove_partner(struct db *, int64_t program_id, int64_t partner_id);

/* Staff, for init, the demo and tests. password none: an invitation with token_hash. Inside a
 * write. */
struct account_staff {
    int64_t new_person_id, new_role_id, new_token_id;
    str email, name, lang;
    enum role role;
    int64_t program_id; /* 0: every programme */
    str password_hash;  /* account_password_hash, made before the write: it is slow on purpose */
    str token_hash;
    instant now;
};
MUST_CHECK err account_add_staff(struct db *, const struct account_staff *, int64_t *out_person_id);
/* Argon2id; at most two at once in the process. For partners of the demo too. */
str account_password_hash(struct arena *, str password);
MUST_CHECK err account_set_password(struct db *, int64_t person_id, str password_hash, instant now);

/* A key, shown once. scopes: bits of enum permission; partner_id: a partner's own key. Inside a
 * write. */
struct account_key {
    int64_t new_id;
    str name;
    uint64_t scopes;
    bool is_test;
    int64_t program_id, partner_id; /* 0: every programme; none */
    str token_hash;                 /* of account_key_token */
    str ending;                     /* last four letters, shown in the list */
    int64_t created_by;
    instant now;
};
/* "trb_live_…": 32 random bytes. */
struct account_token account_key_token(const struct env *, struct arena *, bool is_test);
MUST_CHECK err account_add_key(struct db *, const struct account_key *);

/* Who calls. The gate asks; nobody else has to. */
enum caller_as { CALLER_STAFF, CALLER_PARTNER };
struct caller {
    struct who who;
    str lang, theme; /* as the person chose; none: as the browser has it */
    bool has_zone;
    int offset_minutes;
    bool wants_touch; /* last seen too long ago: call account_touch */
};
/* A session by its cookie's value, or a key by its token. Unknown or over: *out_found false. */
MUST_CHECK err account_session_caller(struct db *, struct arena *, str cookie, enum caller_as,
    instant now, struct caller *out, bool *out_found);
MUST_CHECK err account_key_caller(
    struct db *, struct arena *, str token, instant now, struct caller *out, bool *out_found);
/* Notes that the session or key was just used. Takes a write of its own. */
MUST_CHECK err account_touch(struct store *, const struct who *, instant now);
/* May this person (or key) look at this programme? And the role there; staff only. */
MUST_CHECK err account_may_enter(
    struct db *, const struct who *, int64_t program_id, enum role *out_role, bool *out_may);
/* Inside a write: the programme this session looks at in the console. */
MUST_CHECK err account_look_at(struct db *, int64_t session_id, int64_t program_id);
extern const char account_cookie[]; /* the session cookie's name */
