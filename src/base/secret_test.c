#include "base/test.h"

#include "base/arena.h"
#include "base/secret.h"

static void password_is_verified_and_others_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    secret_start();
    str hash = secret_password_hash(arena, STR("tea at five"));

    assert_true(str_starts(hash, STR("$argon2id$")));
    assert_true(secret_password_verify(hash, STR("tea at five")));
    assert_false(secret_password_verify(hash, STR("tea at six")));
    assert_false(secret_password_verify(hash, STR("")));
    assert_false(secret_password_verify(STR_NONE, STR("tea at five")));
    assert_false(secret_password_verify(STR("$argon2id$broken"), STR("tea at five")));
    arena_free(arena);
}

static void two_hashes_of_one_password_differ(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    secret_start();
    assert_false(
        str_eq(secret_password_hash(arena, STR("x")), secret_password_hash(arena, STR("x"))));
    arena_free(arena);
}

static void token_hash_is_the_published_sha256(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    /* FIPS 180-2, appendix B.1 */
    assert_true(str_eq(secret_hash(arena, STR("abc")),
        STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    arena_free(arena);
}

static void mac_depends_on_every_byte_of_key_and_text(void **state)
{
    (void)state;
    unsigned char key[MAC_KEY_BYTES] = { 7 }, a[16], b[16];
    char text[] = "click 12";

    secret_mac(key, text, sizeof(text), a, sizeof(a));
    secret_mac(key, text, sizeof(text), b, sizeof(b));
    assert_true(secret_eq(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(text[i] ^ 1);
        secret_mac(key, text, sizeof(text), b, sizeof(b));
        text[i] = (char)(text[i] ^ 1);
        assert_false(secret_eq(a, b, sizeof(a)));
    }
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] ^= 1;
        secret_mac(key, text, sizeof(text), b, sizeof(b));
        key[i] ^= 1;
        assert_false(secret_eq(a, b, sizeof(a)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(password_is_verified_and_others_are_refused),
        cmocka_unit_test(two_hashes_of_one_password_differ),
        cmocka_unit_test(token_hash_is_the_published_sha256),
        cmocka_unit_test(mac_depends_on_every_byte_of_key_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
