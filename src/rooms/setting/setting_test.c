/* Settings and secrets. */
#include "rooms/setting/setting.h"

#include <string.h>

#include "migrations.h"
#include "store/test_store.h"

static const struct migration *const tables[] = { setting_migrations, NULL };

TEST(value_is_held_against_kind_range_and_form)
{
    static const struct {
        enum setting_name name;
        const char *value, *wrong; /* null: nothing is wrong */
    } cases[] = {
        { SETTING_MAIL_PORT, "587", NULL },
        { SETTING_MAIL_PORT, "0", "setting_range" },
        { SETTING_MAIL_PORT, "65536", "setting_range" },
        { SETTING_MAIL_PORT, "12.5", "setting_number" },
        { SETTING_MAIL_PORT, "", "setting_number" },
        { SETTING_MAIL_TLS, "tls", NULL },
        { SETTING_MAIL_TLS, "TLS", "setting_choice" },
        { SETTING_BASE_URL, "https://go.example", NULL },
        { SETTING_BASE_URL, "", NULL },
        { SETTING_BASE_URL, "https://go.example/", "setting_address" },
        { SETTING_BASE_URL, "go.example", "setting_address" },
        { SETTING_BASE_URL, "javascript:alert(1)", "setting_address" },
        { SETTING_MAIL_FROM, "shop@example.com", NULL },
        { SETTING_MAIL_FROM, "shop", "setting_email" },
        { SETTING_MAIL_FROM, "a@b@c", "setting_email" },
        { SETTING_SITE_NAME, "Kettle & Kiln", NULL },
        { SETTING_SITE_NAME, "two\nlines", "setting_line" },
        { SETTING_HUE, "360", NULL },
        { SETTING_HUE, "-1", "setting_range" },
    };

    EACH (c, cases) {
        test_case("%s = %s", settings[c->name].name, c->value);
        err wrong = setting_check(t->arena, c->name, str_of(c->value));
        ASSERT_STR(str_of(wrong ? wrong->code : "nothing"), c->wrong ? c->wrong : "nothing");
    }
}

TEST(every_setting_has_a_name_words_and_a_default_that_is_allowed)
{
    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        test_case("setting %u", i);
        ASSERT_TRUE(settings[i].name && settings[i].words && settings[i].group);
        ASSERT_OK(setting_check(t->arena, (enum setting_name)i, str_of(settings[i].fallback)));
    }
}

static err put_port(struct db *db, void *arg)
{
    return setting_put(db, SETTING_MAIL_PORT, *(const str *)arg);
}

static err get_port(struct db *db, void *arg)
{
    return setting_int(db, SETTING_MAIL_PORT, arg);
}

TEST(default_stands_until_a_value_is_kept)
{
    struct store *store = test_store(t, tables);
    str value = STR("25"), broken = STR("by hand");
    int64_t port = 0;

    ASSERT_OK(store_read(store, get_port, &port));
    ASSERT_INT(port, 587);
    ASSERT_OK(store_write(store, put_port, &value));
    ASSERT_OK(store_read(store, get_port, &port));
    ASSERT_INT(port, 25);
    ASSERT_OK(store_write(store, put_port, &broken));
    ASSERT_OK(store_read(store, get_port, &port));
    ASSERT_INT(port, 587);
}

static err get_secret(struct db *db, void *arg)
{
    return setting_secret(db, "token", arg);
}

TEST(secret_is_made_once_and_stays)
{
    struct store *store = test_store(t, tables);
    unsigned char first[SECRET_BYTES], second[SECRET_BYTES], none[SECRET_BYTES] = { 0 };

    ASSERT_ERR(store_read(store, get_secret, first), &SECRET_MISSING);
    ASSERT_OK(setting_secrets_make(store, t->env));
    ASSERT_OK(store_read(store, get_secret, first));
    ASSERT_OK(setting_secrets_make(store, t->env));
    ASSERT_OK(store_read(store, get_secret, second));
    ASSERT_TRUE(memcmp(first, second, sizeof(first)) == 0);
    ASSERT_FALSE(memcmp(first, none, sizeof(first)) == 0);
}

RUN_TESTS(ROW(value_is_held_against_kind_range_and_form),
    ROW(every_setting_has_a_name_words_and_a_default_that_is_allowed),
    ROW(default_stands_until_a_value_is_kept), ROW(secret_is_made_once_and_stays))
