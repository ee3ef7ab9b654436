/* Passwords, and the single-use links by which one is chosen. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "base/secret.h"
#include "rooms/account/account.sql.h"

enum { LEAST = 10, MOST = 200, TOKEN_BYTES = 32, INVITE_DAYS = 14 };

const struct err PASSWORD_SHORT = { ERR_INVALID, "password_short",
    N_("Choose at least 10 characters. Three or four words together are easy to keep in mind."),
    "password" };
const struct err PASSWORD_LONG = { ERR_INVALID, "password_long", N_("At most 200 characters."),
    "password" };
const struct err PASSWORD_COMMON = { ERR_INVALID, "password_common",
    N_("Others would try this one first. Choose something longer or less expected."), "password" };
const struct err TOKEN_OVER = { ERR_NOT_FOUND, "token_over",
    N_("This link was used already or is too old. Ask for a new one."), NULL };

static const char *const token_kinds[] = { "invite", "reset", NULL };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(token, id, "tok"),
    FIELD_ID(token, person_id, "per"),
    FIELD(token, kind,       .names = token_kinds),
    FIELD(token, expires_at),
    FIELD(token, used_at),
};
static const struct fields token_fields = FIELDS(list, token);

/* Of ten letters or more: shorter ones are refused anyway. */
static const char *const common[] = {
    "1234567890", "0123456789", "12345678910", "123456789a", "1q2w3e4r5t", "1qaz2wsx3edc", "qwertyuiop",
    "qwerty12345", "qwerty123456", "asdfghjkl1", "password12", "password123", "password1234",
    "passw0rd123", "iloveyou12", "iloveyou123", "letmein1234", "welcome123", "welcome1234",
    "administrator", "changeme123", "abcdefghij", "abc1234567", "football123", "sunshine123",
    "princess123", "tributary1", "tributary123", "haslo12345", "zaq12wsxcde",
};
/* clang-format on */

err password_check(str password, str email)
{
    size_t different = 0;

    if (str_points(password) < LEAST)
        return &PASSWORD_SHORT;
    if (password.len > MOST)
        return &PASSWORD_LONG;
    for (size_t i = 1; i < password.len; i++)
        different += password.at[i] != password.at[i - 1];
    if (different < 2 || str_eq_nocase(password, str_trim(email)))
        return &PASSWORD_COMMON;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        if (str_eq_nocase(password, str_of(common[i])))
            return &PASSWORD_COMMON;
    return NULL;
}

str account_password_hash(struct arena *arena, str password)
{
    return secret_password_hash(arena, password);
}

err account_set_password(struct db *db, int64_t person_id, str password_hash, instant now)
{
    return db_run(db, &PERSON_SET_PASSWORD,
        PARAMS(P("id", person_id), P("password", password_hash), P("now", now)), NULL, NULL, NULL);
}

struct account_token account_token_new(const struct env *env, struct arena *arena)
{
    unsigned char bytes[TOKEN_BYTES];

    env->random(env, bytes, sizeof(bytes));
    str text = str_base64url(arena, bytes, sizeof(bytes));
    return (struct account_token){ text, secret_hash(arena, text) };
}

err token_put(
    struct db *db, int64_t id, int64_t person_id, enum token_kind kind, str hash, instant now)
{
    instant expires_at =
        kind == TOKEN_RESET ? instant_plus_ms(now, HOUR_MS) : instant_plus_days(now, INVITE_DAYS);

    return db_run(db, &TOKEN_INSERT,
        PARAMS(P("id", id), P("person_id", person_id), P("kind", token_kinds[kind]),
            P("hash", hash), P("expires_at", expires_at)),
        NULL, NULL, NULL);
}

err token_find(struct db *db, str text, instant now, struct token *out)
{
    TRY(db_get(db, &TOKEN_BY_HASH, PARAMS(P("hash", secret_hash(db_arena(db), text))),
        &token_fields, out, &TOKEN_OVER));
    return out->used_at.ms || out->expires_at.ms <= now.ms ? &TOKEN_OVER : NULL;
}

err token_redeem(struct db *db, int64_t token_id, int64_t person_id, str hash, instant now)
{
    int64_t changes = 0;

    TRY(db_run(db, &TOKEN_USE, PARAMS(P("id", token_id), P("now", now)), NULL, NULL, &changes));
    if (!changes)
        return &TOKEN_OVER;
    TRY(account_set_password(db, person_id, hash, now));
    TRY(db_run(
        db, &TOKENS_END, PARAMS(P("person_id", person_id), P("now", now)), NULL, NULL, NULL));
    return db_run(db, &SESSIONS_DELETE_OTHERS,
        PARAMS(P("person_id", person_id), P("id", (int64_t)0)), NULL, NULL, NULL);
}
