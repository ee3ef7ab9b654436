/* People, roles, sessions and keys. */
#include "rooms/account/inside.h"

#include <string.h>

#include "base/id.h"
#include "base/secret.h"
#include "migrations.h"
#include "rooms/account/account.sql.h"
#include "store/test_store.h"

static const struct migration *const tables[] = { work_migrations, setting_migrations,
    message_migrations, account_migrations, NULL };

/* ---- rules
 * ------------------------------------------------------------------------------------------ */

TEST(five_tries_and_then_a_pause_for_all_alike)
{
    struct tries tries = { 0 };
    instant now = t->env->now(t->env);
    const int64_t pause = 15 * (int64_t)MINUTE_MS;
    int64_t left = -1;

    for (int64_t i = 1; i <= 5; i++) {
        ASSERT_TRUE(tries_take(&tries, now, 5, pause, &left));
        ASSERT_INT(left, 5 - i);
    }
    ASSERT_FALSE(tries_take(&tries, now, 5, pause, &left));
    ASSERT_FALSE(tries_take(&tries, instant_plus_ms(now, pause - 1), 5, pause, &left));
    ASSERT_TRUE(tries_take(&tries, instant_plus_ms(now, pause), 5, pause, &left));
    ASSERT_INT(left, 4);
}

TEST(tries_spread_over_longer_than_the_pause_are_forgotten)
{
    struct tries tries = { 0 };
    instant now = t->env->now(t->env);
    int64_t left;

    for (int i = 0; i < 20; i++) {
        ASSERT_TRUE(tries_take(&tries, now, 5, MINUTE_MS, &left));
        now = instant_plus_ms(now, MINUTE_MS / 2);
        if (i % 2)
            ASSERT_TRUE(left >= 3);
    }
}

TEST(new_password_has_length_and_is_not_the_first_guess)
{
    static const struct {
        const char *password;
        err wrong;
    } cases[] = {
        { "three green kettles", NULL },
        { "żółta łódź", NULL }, /* ten letters */
        { "short", &PASSWORD_SHORT },
        { "żółta łód", &PASSWORD_SHORT },
        { "", &PASSWORD_SHORT },
        { "aaaaaaaaaaaa", &PASSWORD_COMMON },
        { "Password123", &PASSWORD_COMMON },
        { "ANNA@slowcups.example", &PASSWORD_COMMON },
    };

    EACH (c, cases) {
        test_case("%s", c->password);
        ASSERT_ERR(password_check(str_of(c->password), STR("anna@slowcups.example")), c->wrong);
    }
}

TEST(nobody_is_sent_to_another_site_after_signing_in)
{
    static const struct {
        const char *wanted, *got;
    } cases[] = {
        { "/manage/partners?status=pending", "/manage/partners?status=pending" },
        { "/", "/" },
        { "https://evil.example/", "/home" },
        { "//evil.example/", "/home" },
        { "/\\evil.example/", "/home" },
        { "manage", "/home" },
        { "", "/home" },
        { "/manage\r\nSet-Cookie: a=b", "/home" },
        { "/\tmanage", "/home" },
    };

    EACH (c, cases) {
        test_case("%s", c->wanted);
        ASSERT_STR(local_path(str_of(c->wanted), STR("/home")), c->got);
    }
}

TEST(address_is_one_mailbox)
{
    static const struct {
        const char *email;
        bool ok;
    } cases[] = {
        { "anna@slowcups.example", true },
        { "анна@пример.example", true },
        { "anna", false },
        { "@x.example", false },
        { "anna@", false },
        { "anna@.example", false },
        { "an na@x.example", false },
        { "anna@x.example, eve@x.example", false },
        { "anna@x.example\nBcc: y@x", false },
    };

    EACH (c, cases) {
        test_case("%s", c->email);
        ASSERT_INT(email_ok(str_of(c->email)), c->ok);
    }
}

/* ---- store
 * ------------------------------------------------------------------------------------------- */

struct hiring {
    struct account_staff staff;
    int64_t person_id;
};

static err hire(struct db *db, void *arg)
{
    struct hiring *hiring = arg;

    return account_add_staff(db, &hiring->staff, &hiring->person_id);
}

static struct hiring staff_of(struct test *t, const char *email, enum role role, int64_t program_id)
{
    return (struct hiring){ .staff = {
                                .new_person_id = id_new(t->env),
                                .new_role_id = id_new(t->env),
                                .new_token_id = id_new(t->env),
                                .email = str_of(email),
                                .name = STR("Marta"),
                                .role = role,
                                .program_id = program_id,
                                .now = t->env->now(t->env),
                            } };
}

TEST(one_address_is_one_person_whatever_its_case)
{
    struct store *store = test_store(t, tables);
    struct hiring first = staff_of(t, "Marta@kk.example", ROLE_OWNER, 0),
                  again = staff_of(t, " marta@KK.example ", ROLE_MANAGER, 0),
                  elsewhere = staff_of(t, "marta@kk.example", ROLE_MANAGER, 9);

    ASSERT_OK(store_write(store, hire, &first));
    ASSERT_ERR(store_write(store, hire, &again), &PERSON_EXISTS);
    ASSERT_OK(store_write(store, hire, &elsewhere));
    ASSERT_INT(elsewhere.person_id, first.person_id);
}

struct joining {
    struct account_partner partner;
    int64_t person_id;
    bool has_password;
};

static err join(struct db *db, void *arg)
{
    struct joining *joining = arg;

    return account_add_partner(db, &joining->partner, &joining->person_id, &joining->has_password);
}

static struct joining partner_of(
    struct test *t, const char *email, int64_t program_id, int64_t partner_id, str token_hash)
{
    return (struct joining){ .partner = {
                                 .new_person_id = id_new(t->env),
                                 .new_role_id = id_new(t->env),
                                 .new_token_id = id_new(t->env),
                                 .email = str_of(email),
                                 .name = STR("Anna"),
                                 .program_id = program_id,
                                 .partner_id = partner_id,
                                 .token_hash = token_hash,
                                 .now = t->env->now(t->env),
                             } };
}

struct entry {
    struct test *t;
    struct session session;
    enum caller_as as;
    str cookie;
    struct caller caller;
    bool found;
};

static err put_session(struct db *db, void *arg)
{
    return session_put(db, &((struct entry *)arg)->session);
}

static err ask_session(struct db *db, void *arg)
{
    struct entry *entry = arg;

    return account_session_caller(db, entry->t->arena, entry->cookie, entry->as,
        entry->t->env->now(entry->t->env), &entry->caller, &entry->found);
}

static struct entry enter(struct test *t, struct store *store, int64_t person_id, int64_t days)
{
    struct account_token token = account_token_new(t->env, t->arena);
    instant now = t->env->now(t->env);
    struct entry entry = { .t = t,
        .cookie = token.text,
        .session = {
            .id = id_new(t->env),
            .person_id = person_id,
            .hash = token.hash,
            .csrf = STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            .created_at = now,
            .seen_at = now,
            .expires_at = instant_plus_days(now, days),
        } };

    ASSERT_OK(store_write(store, put_session, &entry));
    return entry;
}

TEST(session_is_known_by_its_cookie_until_it_is_idle_or_over)
{
    struct store *store = test_store(t, tables);
    struct hiring marta = staff_of(t, "marta@kk.example", ROLE_MANAGER, 9);

    ASSERT_OK(store_write(store, hire, &marta));
    struct entry entry = enter(t, store, marta.person_id, 30);
    ASSERT_OK(store_read(store, ask_session, &entry));
    ASSERT_TRUE(entry.found);
    ASSERT_INT(entry.caller.who.role, ROLE_MANAGER);
    ASSERT_INT(entry.caller.who.program_id, 9);

    struct entry other = entry;
    other.cookie = account_token_new(t->env, t->arena).text;
    ASSERT_OK(store_read(store, ask_session, &other));
    ASSERT_FALSE(other.found);

    test_advance(t, 13 * DAY_MS);
    ASSERT_OK(store_read(store, ask_session, &entry));
    ASSERT_TRUE(entry.found);
    ASSERT_TRUE(entry.caller.wants_touch);
    test_advance(t, DAY_MS);
    ASSERT_OK(store_read(store, ask_session, &entry));
    ASSERT_FALSE(entry.found);

    struct entry brief = enter(t, store, marta.person_id, 1);
    ASSERT_OK(store_read(store, ask_session, &brief));
    ASSERT_TRUE(brief.found);
    test_advance(t, DAY_MS);
    ASSERT_OK(store_read(store, ask_session, &brief));
    ASSERT_FALSE(brief.found);
}

TEST(partner_is_a_partner_in_the_portal_and_nobody_in_the_console)
{
    struct store *store = test_store(t, tables);
    struct joining anna = partner_of(t, "anna@slowcups.example", 9, 77, STR_NONE);

    ASSERT_OK(store_write(store, join, &anna));
    struct entry entry = enter(t, store, anna.person_id, 30);
    ASSERT_OK(store_read(store, ask_session, &entry));
    ASSERT_TRUE(entry.found);
    ASSERT_INT(entry.caller.who.role, ROLE_NOBODY);
    entry.as = CALLER_PARTNER;
    ASSERT_OK(store_read(store, ask_session, &entry));
    ASSERT_INT(entry.caller.who.role, ROLE_PARTNER);
    ASSERT_INT(entry.caller.who.partner_id, 77);
    ASSERT_INT(entry.caller.who.program_id, 9);
}

struct redeeming {
    struct test *t;
    str text;
    struct token token;
};

static err redeem(struct db *db, void *arg)
{
    struct redeeming *r = arg;
    instant now = r->t->env->now(r->t->env);

    TRY(token_find(db, r->text, now, &r->token));
    return token_redeem(db, r->token.id, r->token.person_id, STR("$argon2id$x"), now);
}

TEST(invitation_gives_a_password_once_and_not_after_two_weeks)
{
    struct store *store = test_store(t, tables);
    struct account_token first = account_token_new(t->env, t->arena),
                         late = account_token_new(t->env, t->arena);
    struct joining anna = partner_of(t, "anna@slowcups.example", 9, 77, first.hash),
                   jan = partner_of(t, "jan@czajnik.example", 9, 78, late.hash);
    struct redeeming by_anna = { .t = t, .text = first.text },
                     by_jan = { .t = t, .text = late.text };

    ASSERT_OK(store_write(store, join, &anna));
    ASSERT_OK(store_write(store, join, &jan));
    ASSERT_FALSE(anna.has_password);
    ASSERT_OK(store_write(store, redeem, &by_anna));
    ASSERT_ERR(store_write(store, redeem, &by_anna), &TOKEN_OVER);
    test_advance(t, 14 * DAY_MS);
    ASSERT_ERR(store_write(store, redeem, &by_jan), &TOKEN_OVER);

    struct joining again = partner_of(t, "Anna@slowcups.example", 10, 90, STR_NONE);
    ASSERT_OK(store_write(store, join, &again));
    ASSERT_INT(again.person_id, anna.person_id);
    ASSERT_TRUE(again.has_password);
}

struct keying {
    struct test *t;
    struct account_key key;
    struct account_token token;
    struct caller caller;
    bool found;
};

static err add_key(struct db *db, void *arg)
{
    return account_add_key(db, &((struct keying *)arg)->key);
}

static err ask_key(struct db *db, void *arg)
{
    struct keying *k = arg;

    return account_key_caller(
        db, k->t->arena, k->token.text, k->t->env->now(k->t->env), &k->caller, &k->found);
}

static err revoke_key(struct db *db, void *arg)
{
    struct keying *k = arg;

    return db_run(
        db, &KEY_REVOKE, PARAMS(P("id", k->key.new_id), P("now", db_now(db))), NULL, NULL, NULL);
}

static struct keying key_of(struct test *t, bool is_test, uint64_t scopes, int64_t partner_id)
{
    struct keying k = { .t = t, .token = account_key_token(t->env, t->arena, is_test) };

    k.key = (struct account_key){
        .new_id = id_new(t->env),
        .name = STR("Shop"),
        .scopes = scopes,
        .is_test = is_test,
        .program_id = partner_id ? 9 : 0,
        .partner_id = partner_id,
        .token_hash = k.token.hash,
        .ending = STR("abcd"),
        .now = t->env->now(t->env),
    };
    return k;
}

TEST(key_may_what_its_scopes_say_and_nothing_after_it_is_revoked)
{
    struct store *store = test_store(t, tables);
    struct keying k = key_of(t, true, UINT64_C(1) << CONVERSIONS_WRITE, 0);

    ASSERT_TRUE(str_starts(k.token.text, STR("trb_test_")));
    ASSERT_OK(store_write(store, add_key, &k));
    ASSERT_OK(store_read(store, ask_key, &k));
    ASSERT_TRUE(k.found);
    ASSERT_TRUE(k.caller.who.is_test);
    ASSERT_TRUE(who_may(&k.caller.who, CONVERSIONS_WRITE));
    ASSERT_FALSE(who_may(&k.caller.who, CONVERSIONS_READ));
    ASSERT_FALSE(who_may(&k.caller.who, PAYOUTS_WRITE));
    ASSERT_OK(store_write(store, revoke_key, &k));
    ASSERT_OK(store_read(store, ask_key, &k));
    ASSERT_FALSE(k.found);
}

TEST(partners_key_is_the_partner_and_can_do_no_more_than_he)
{
    struct store *store = test_store(t, tables);
    struct keying k = key_of(t, false, UINT64_MAX, 77);

    ASSERT_OK(store_write(store, add_key, &k));
    ASSERT_OK(store_read(store, ask_key, &k));
    ASSERT_INT(k.caller.who.role, ROLE_PARTNER);
    ASSERT_INT(k.caller.who.partner_id, 77);
    ASSERT_TRUE(who_may(&k.caller.who, LINKS_WRITE));
    ASSERT_FALSE(who_may(&k.caller.who, PARTNERS_READ));
}

TEST(altered_or_foreign_keys_are_unknown)
{
    struct store *store = test_store(t, tables);
    struct keying k = key_of(t, false, UINT64_MAX, 0);
    static const char *const others[] = { "", "trb_live_", "Bearer x",
        "trb_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

    ASSERT_OK(store_write(store, add_key, &k));
    str right = k.token.text;
    for (size_t i = 0; i < right.len; i++) {
        char *altered = memcpy(arena_zero(t->arena, right.len + 1), right.at, right.len);
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        k.token.text = (str){ altered, right.len };
        ASSERT_OK(store_read(store, ask_key, &k));
        ASSERT_FALSE(k.found);
    }
    EACH (other, others) {
        k.token.text = str_of(*other);
        ASSERT_OK(store_read(store, ask_key, &k));
        ASSERT_FALSE(k.found);
    }
    k.token.text = right;
    ASSERT_OK(store_read(store, ask_key, &k)); /* the control */
    ASSERT_TRUE(k.found);
}

RUN_TESTS(ROW(five_tries_and_then_a_pause_for_all_alike),
    ROW(tries_spread_over_longer_than_the_pause_are_forgotten),
    ROW(new_password_has_length_and_is_not_the_first_guess),
    ROW(nobody_is_sent_to_another_site_after_signing_in), ROW(address_is_one_mailbox),
    ROW(one_address_is_one_person_whatever_its_case),
    ROW(session_is_known_by_its_cookie_until_it_is_idle_or_over),
    ROW(partner_is_a_partner_in_the_portal_and_nobody_in_the_console),
    ROW(invitation_gives_a_password_once_and_not_after_two_weeks),
    ROW(key_may_what_its_scopes_say_and_nothing_after_it_is_revoked),
    ROW(partners_key_is_the_partner_and_can_do_no_more_than_he),
    ROW(altered_or_foreign_keys_are_unknown))
