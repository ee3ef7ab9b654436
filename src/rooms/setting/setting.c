/* Settings and secrets: reading, checking, keeping. */
#include "rooms/setting/setting.h"

#include <string.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/field.h"
#include "rooms/setting/setting.sql.h"

const struct err SECRET_MISSING = { ERR_INTERNAL, "secret_missing",
    N_("A secret of this installation is missing: start it with tributary serve."), NULL };
static const struct err NOT_A_NUMBER = { ERR_INVALID, "setting_number",
    N_("This needs a whole number."), NULL };
static const struct err NOT_A_CHOICE = { ERR_INVALID, "setting_choice",
    N_("Choose one of the values offered."), NULL };
static const struct err NOT_AN_ADDRESS = { ERR_INVALID, "setting_address",
    N_("An address begins with https:// or http:// and ends without a slash."), NULL };
static const struct err NOT_A_MAIL = { ERR_INVALID, "setting_email",
    N_("This is not an e-mail address."), NULL };
static const struct err NOT_ONE_LINE = { ERR_INVALID, "setting_line",
    N_("This has to be one line of text."), NULL };

struct value {
    str value;
};
static const struct field value_list[] = { FIELD(value, value) };
static const struct fields value_fields = FIELDS(value_list, value);

static const char *const secret_names[] = { "token", "form", "unsubscribe" };
enum { SECRET_COUNT = sizeof(secret_names) / sizeof(secret_names[0]) };

err setting_text(struct db *db, enum setting_name name, str *out)
{
    struct value row = { 0 };
    bool found;

    TRY(db_one(
        db, &SETTING_GET, PARAMS(P("name", settings[name].name)), &value_fields, &row, &found));
    *out = found ? row.value : str_of(settings[name].fallback);
    return NULL;
}

err setting_int(struct db *db, enum setting_name name, int64_t *out)
{
    str text;

    TRY(setting_text(db, name, &text));
    if (!str_to_int(text, out) || *out < settings[name].min || *out > settings[name].max)
        (void)str_to_int(str_of(settings[name].fallback), out); /* written by hand: the default */
    return NULL;
}

err setting_put(struct db *db, enum setting_name name, str value)
{
    return db_run(db, &SETTING_SET,
        PARAMS(P("name", settings[name].name), P("value", value), P("now", db_now(db))), NULL, NULL,
        NULL);
}

/* ---- checking
 * ------------------------------------------------------------------------------------- */

static err check_int(struct arena *arena, const struct setting *setting, str value)
{
    int64_t number;

    if (!str_to_int(value, &number))
        return &NOT_A_NUMBER;
    if (number < setting->min || number > setting->max)
        return err_make(arena, ERR_INVALID, "setting_range", setting->name,
            "Between %lld and %lld.", (long long)setting->min, (long long)setting->max);
    return NULL;
}

static bool is_choice(const struct setting *setting, str value)
{
    for (size_t i = 0; setting->choices[i]; i++)
        if (str_eq(str_of(setting->choices[i]), value))
            return true;
    return false;
}

static bool is_mail(str value)
{
    size_t at;

    return str_find(value, '@', &at) && at > 0 && at + 1 < value.len && !str_has(value, STR(" ")) &&
           !str_has(value, STR("<")) && !str_has(str_from(value, at + 1), STR("@"));
}

static err check_text(struct arena *arena, enum setting_name name, str value)
{
    const struct setting *setting = &settings[name];

    if ((int64_t)value.len > setting->max)
        return err_make(arena, ERR_INVALID, "setting_long", setting->name,
            "At most %lld characters.", (long long)setting->max);
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] < 0x20)
            return &NOT_ONE_LINE;
    if (str_empty(value))
        return NULL;
    if (name == SETTING_BASE_URL &&
        ((!str_starts(value, STR("https://")) && !str_starts(value, STR("http://"))) ||
            str_ends(value, STR("/")) || str_has(value, STR(" "))))
        return &NOT_AN_ADDRESS;
    if ((name == SETTING_MAIL_FROM || name == SETTING_SUPPORT_EMAIL) && !is_mail(value))
        return &NOT_A_MAIL;
    return NULL;
}

err setting_check(struct arena *arena, enum setting_name name, str value)
{
    switch (settings[name].kind) {
    case SETTING_INT:
        return check_int(arena, &settings[name], value);
    case SETTING_CHOICE:
        return is_choice(&settings[name], value) ? NULL : &NOT_A_CHOICE;
    case SETTING_TEXT:
    case SETTING_PASSWORD:
        return check_text(arena, name, value);
    }
    return NULL;
}

/* ---- secrets
 * ---------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

err setting_secret(struct db *db, const char *name, unsigned char out[SECRET_BYTES])
{
    struct value row = { 0 };

    TRY(db_get(db, &SECRET_GET, PARAMS(P("name", name)), &value_fields, &row, &SECRET_MISSING));
    if (row.value.len != (size_t)2 * SECRET_BYTES)
        return &SECRET_MISSING;
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        int high = hex_digit(row.value.at[2 * i]), low = hex_digit(row.value.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return &SECRET_MISSING;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return NULL;
}

struct fresh {
    unsigned char bytes[SECRET_COUNT][SECRET_BYTES];
};

static err insert_secrets(struct db *db, void *arg)
{
    struct fresh *fresh = arg;

    for (size_t i = 0; i < SECRET_COUNT; i++)
        TRY(db_run(db, &SECRET_INSERT,
            PARAMS(P("name", secret_names[i]),
                P("hex", str_hex(db_arena(db), fresh->bytes[i], SECRET_BYTES)),
                P("now", db_now(db))),
            NULL, NULL, NULL));
    return NULL;
}

err setting_secrets_make(struct store *store, const struct env *env)
{
    struct fresh fresh;

    env->random(env, fresh.bytes, sizeof(fresh.bytes));
    err failure = store_write(store, insert_secrets, &fresh);
    explicit_bzero(&fresh, sizeof(fresh));
    return failure;
}
