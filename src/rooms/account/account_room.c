/* The room's row, and what its routes share. */
#include "migrations.h"
#include "rooms/account/account.sql.h"
#include "rooms/account/inside.h"
#include "rooms/account/key.h"
#include "rooms/setting/setting.h"

extern const struct room account_room;

err account_scope(struct request *rq, int64_t *out_program_id)
{
    struct list roles;

    *out_program_id = rq->who->program_id;
    if (rq->who->key_id)
        return NULL;
    TRY(roles_of(rq->db, rq->who->person_id, &roles));
    for (size_t i = 0; i < roles.count; i++) {
        const struct person_role *role = &((const struct person_role *)roles.at)[i];
        if (role->role == ROLE_OWNER && !role->program_id)
            *out_program_id = 0;
    }
    return NULL;
}

str account_base(struct request *rq)
{
    return rq->base_url;
}

str local_path(str wanted, str fallback)
{
    if (wanted.len < 1 || wanted.len > 500 || wanted.at[0] != '/' ||
        (wanted.len > 1 && (wanted.at[1] == '/' || wanted.at[1] == '\\')))
        return fallback;
    for (size_t i = 0; i < wanted.len; i++)
        if ((unsigned char)wanted.at[i] <= ' ' || (unsigned char)wanted.at[i] >= 0x7f ||
            wanted.at[i] == '\\')
            return fallback;
    return wanted;
}

/* clang-format off */
static const struct route routes[] = {
    { GET,    "/",                     PUBLIC, NEEDS_NOTHING, account_root,         NULL, ROUTE_BARE },
    { GET,    "/sign-in",              PUBLIC, NEEDS_NOTHING, account_sign_in_page, "account/sign-in" },
    { POST,   "/sign-in",              PUBLIC, NEEDS_NOTHING, account_sign_in,      "account/sign-in" },
    { POST,   "/sign-out",             PUBLIC, NEEDS_NOTHING, account_sign_out,     NULL },
    { GET,    "/forgot",               PUBLIC, NEEDS_NOTHING, account_forgot_page,  "account/forgot" },
    { POST,   "/forgot",               PUBLIC, NEEDS_NOTHING, account_forgot,       "account/forgot" },
    { GET,    "/welcome/{token}",      PUBLIC, NEEDS_NOTHING, account_welcome_page, "account/welcome" },
    { POST,   "/welcome/{token}",      PUBLIC, NEEDS_NOTHING, account_welcome,      "account/welcome" },
    { GET,    "/reset/{token}",        PUBLIC, NEEDS_NOTHING, account_welcome_page, "account/welcome" },
    { POST,   "/reset/{token}",        PUBLIC, NEEDS_NOTHING, account_welcome,      "account/welcome" },
    { GET,    "/theme/{name}",         PUBLIC, NEEDS_NOTHING, account_choose_theme, NULL, ROUTE_BARE },

    { GET,    "/me",                   API | MANAGE | PORTAL, SIGNED_IN, account_me, "account/me",
      .summary = "Who this key or session is, and what it may do",
      .also = "name:string role:string program_id:string partner_id:string key_id:string email:string "
              "scopes:[string] mode:string" },
    { POST,   "/me",                   MANAGE | PORTAL, SIGNED_IN, account_profile,      "account/me" },
    { POST,   "/me/password",          MANAGE | PORTAL, SIGNED_IN, account_password,     "account/me" },
    { POST,   "/me/sessions/end",      MANAGE | PORTAL, SIGNED_IN, account_sessions_end, "account/me" },
    { POST,   "/me/sessions/{id}/end", MANAGE | PORTAL, SIGNED_IN, account_session_end,  "account/me" },

    { GET,    "/people",               API | MANAGE, SETTINGS_READ, account_people,        "account/people", ROUTE_CSV,
      .gives = &colleague_fields, .summary = "Colleagues and their roles" },
    { POST,   "/people",               API | MANAGE, PEOPLE_WRITE,  account_people_invite, "account/people",
      .takes = &colleague_sent_fields, .gives = &colleague_fields, .summary = "Invite a colleague by mail", .statuses = "201 409 422" },
    { PATCH,  "/people/{id}",          API,          PEOPLE_WRITE,  account_people_role,   NULL,
      .takes = &colleague_role_fields, .gives = &colleague_fields, .summary = "Change a colleague's role", .statuses = "404 409 422" },
    { POST,   "/people/{id}/role",     MANAGE,       PEOPLE_WRITE,  account_people_role,   "account/people" },
    { DELETE, "/people/{id}",          API,          PEOPLE_WRITE,  account_people_remove, NULL,
      .gives = &colleague_fields, .summary = "Take a colleague's role away", .statuses = "404 409" },
    { POST,   "/people/{id}/remove",   MANAGE,       PEOPLE_WRITE,  account_people_remove, "account/people" },
    { POST,   "/people/{id}/invite",   MANAGE,       PEOPLE_WRITE,  account_people_again,  "account/people" },

    { GET,    "/keys",                 API | MANAGE, SETTINGS_WRITE, account_keys,       "account/keys",
      .gives = &api_key_fields, .summary = "API keys, without their secret" },
    { POST,   "/keys",                 API | MANAGE, SETTINGS_WRITE, account_key_make,   "account/keys",
      .takes = &key_sent_fields, .gives = &api_key_fields, .also = "key:string",
      .summary = "Make a key; the answer shows it once", .statuses = "201 422" },
    { DELETE, "/keys/{id}",            API,          SETTINGS_WRITE, account_key_revoke, NULL,
      .gives = &api_key_fields, .summary = "Revoke a key at once", .statuses = "404" },
    { POST,   "/keys/{id}/revoke",     MANAGE,       SETTINGS_WRITE, account_key_revoke, "account/keys" },
    { GET,    "/keys",                 PORTAL,       SIGNED_IN,      account_keys,       "account/portal-keys" },
    { POST,   "/keys",                 PORTAL,       SIGNED_IN,      account_key_make,   "account/portal-keys" },
    { POST,   "/keys/{id}/revoke",     PORTAL,       SIGNED_IN,      account_key_revoke, "account/portal-keys" },
    { 0 },
};
/* clang-format on */

/* clang-format off */
static const struct nav_item nav[] = {
    { MANAGE, N_("Set-up"), N_("Colleagues"), "/people", "user", SETTINGS_READ,  50, NULL },
    { MANAGE, N_("Set-up"), N_("API keys"),   "/keys",   "key",  SETTINGS_WRITE, 60, NULL },
    { 0 },
};
/* clang-format on */

const struct room account_room = {
    .name = "account",
    .routes = routes,
    .jobs = account_jobs,
    .migrations = account_migrations,
    .nav = nav,
};
