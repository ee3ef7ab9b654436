/* API keys: shown once, kept as a hash, bounded by scopes. */
#include "rooms/account/key.h"

#include "base/arena.h"
#include "base/secret.h"
#include "rooms/account/account.sql.h"
#include "rooms/account/inside.h"

enum { KEY_BYTES = 32, TOUCH_MS = 10 * MINUTE_MS };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(api_key, id, "key",         .flags = FIELD_SORT),
    FIELD_ID(api_key, program_id, "prg", .help = "Null: every programme."),
    FIELD_ID(api_key, partner_id, "par"),
    FIELD(api_key, name,                 .help = "What it is for."),
    FIELD(api_key, ending,               .help = "The last four letters of the key."),
    FIELD(api_key, scopes,               .help = "What it may do: \"conversions:write\"."),
    FIELD(api_key, is_test),
    FIELD_ID(api_key, created_by, "per"),
    FIELD(api_key, created_at,           .flags = FIELD_SORT),
    FIELD(api_key, used_at),
    FIELD(api_key, revoked_at),
};
const struct fields api_key_fields = FIELDS(list, api_key);
/* clang-format on */

_Static_assert(PERMISSION_COUNT <= 64, "scopes are bits of one number");

uint64_t scopes_read(const strs *words, bool *out_all_known)
{
    uint64_t scopes = 0;

    *out_all_known = true;
    for (size_t i = 0; i < words->count; i++) {
        bool known = false;
        for (unsigned p = SIGNED_IN; p < PERMISSION_COUNT; p++) {
            if (!str_eq(words->at[i], str_of(permission_word((enum permission)p))))
                continue;
            scopes |= UINT64_C(1) << p;
            known = true;
        }
        *out_all_known = *out_all_known && known;
    }
    return scopes;
}

strs scopes_words(struct arena *arena, uint64_t scopes)
{
    strs words = { ARENA_ARRAY(arena, str, PERMISSION_COUNT), 0 };

    for (unsigned p = SIGNED_IN; p < PERMISSION_COUNT; p++)
        if (scopes & UINT64_C(1) << p)
            words.at[words.count++] = str_of(permission_word((enum permission)p));
    return words;
}

struct account_token account_key_token(const struct env *env, struct arena *arena, bool is_test)
{
    unsigned char bytes[KEY_BYTES];

    env->random(env, bytes, sizeof(bytes));
    str text = str_printf(arena, "%s%" PRI_STR, is_test ? "trb_test_" : "trb_live_",
        STR_ARG(str_base64url(arena, bytes, sizeof(bytes))));
    return (struct account_token){ text, secret_hash(arena, text) };
}

err account_add_key(struct db *db, const struct account_key *key)
{
    struct api_key row = {
        .id = key->new_id,
        .program_id = key->program_id,
        .partner_id = key->partner_id,
        .name = key->name,
        .ending = key->ending,
        .scopes = scopes_words(db_arena(db), key->scopes),
        .is_test = key->is_test,
        .created_by = key->created_by,
        .created_at = key->now,
    };

    return db_run(db, &KEY_INSERT, PARAMS(P("hash", key->token_hash)), &api_key_fields, &row, NULL);
}

err account_key_caller(
    struct db *db, struct arena *arena, str token, instant now, struct caller *out, bool *out_found)
{
    struct api_key key = { 0 };
    bool known;

    *out = (struct caller){ 0 };
    *out_found = false;
    if (token.len < 20 || token.len > 100 || !str_starts(token, STR("trb_")))
        return NULL;
    TRY(db_one(db, &KEY_BY_HASH, PARAMS(P("hash", secret_hash(arena, token))), &api_key_fields,
        &key, out_found));
    if (!*out_found)
        return NULL;
    out->who = (struct who){
        .key_id = key.id,
        .role = key.partner_id ? ROLE_PARTNER : ROLE_OWNER,
        .partner_id = key.partner_id,
        .program_id = key.program_id,
        .scopes = scopes_read(&key.scopes, &known) | UINT64_C(1) << SIGNED_IN |
                  UINT64_C(1) << NEEDS_NOTHING,
        .is_test = key.is_test,
        .name = str_c(arena, key.name),
        .email = "",
    };
    out->wants_touch = key.used_at.ms + TOUCH_MS < now.ms;
    return NULL;
}
