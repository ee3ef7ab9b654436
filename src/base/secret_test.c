/* Passwords, token hashes and MACs. */
#include "base/secret.h"

#include "base/test.h"

TEST(password_is_verified_and_others_are_refused)
{
    secret_start();
    str hash = secret_password_hash(t->arena, STR("tea at five"));

    ASSERT_TRUE(str_starts(hash, STR("$argon2id$")));
    ASSERT_TRUE(secret_password_verify(hash, STR("tea at five")));
    ASSERT_FALSE(secret_password_verify(hash, STR("tea at six")));
    ASSERT_FALSE(secret_password_verify(hash, STR("")));
    ASSERT_FALSE(secret_password_verify(STR_NONE, STR("tea at five")));
    ASSERT_FALSE(secret_password_verify(STR("$argon2id$broken"), STR("tea at five")));
}

TEST(two_hashes_of_one_password_differ)
{
    secret_start();
    ASSERT_FALSE(
        str_eq(secret_password_hash(t->arena, STR("x")), secret_password_hash(t->arena, STR("x"))));
}

TEST(token_hash_is_the_published_sha256)
{
    /* FIPS 180-2, appendix B.1 */
    ASSERT_STR(secret_hash(t->arena, STR("abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(mac_depends_on_every_byte_of_key_and_text)
{
    unsigned char key[MAC_KEY_BYTES] = { 7 }, a[16], b[16];
    char text[] = "click 12";

    secret_mac(key, text, sizeof(text), a, sizeof(a));
    secret_mac(key, text, sizeof(text), b, sizeof(b));
    ASSERT_TRUE(secret_eq(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(text[i] ^ 1);
        secret_mac(key, text, sizeof(text), b, sizeof(b));
        text[i] = (char)(text[i] ^ 1);
        ASSERT_FALSE(secret_eq(a, b, sizeof(a)));
    }
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] ^= 1;
        secret_mac(key, text, sizeof(text), b, sizeof(b));
        key[i] ^= 1;
        ASSERT_FALSE(secret_eq(a, b, sizeof(a)));
    }
}

TEST(seal_is_the_published_siphash_of_128_bits)
{
    /* The authors' first two vectors: key 00 01 … 0f, no text, then one byte of 0 */
    static const unsigned char wanted[2][SEAL_BYTES] = {
        { 0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02,
            0x93 },
        { 0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc,
            0x45 },
    };
    unsigned char key[SHORT_KEY_BYTES], out[SEAL_BYTES];

    for (int i = 0; i < SHORT_KEY_BYTES; i++)
        key[i] = (unsigned char)i;
    for (size_t size = 0; size < 2; size++) {
        secret_seal(key, "", size, out);
        ASSERT_TRUE(secret_eq(out, wanted[size], sizeof(out)));
    }
}

TEST(short_hash_is_the_published_siphash)
{
    /* The authors' vectors, as eight bytes of lowest first: key 00 01 … 0f, texts of 00 01 … */
    static const uint64_t wanted[] = { UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
        UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7),
        UINT64_C(0x18765564cd99a68d), UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
        UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0) };
    unsigned char key[SHORT_KEY_BYTES], text[sizeof(wanted) / sizeof(wanted[0])];

    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof(text); i++)
        ASSERT_TRUE(secret_short(key, text, i) == wanted[i]);
}

TEST(permutation_is_undone_and_hides_its_order)
{
    unsigned char key[SHORT_KEY_BYTES] = { 3 }, other[SHORT_KEY_BYTES] = { 4 };
    uint64_t before = 0;

    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t value = i < 1000 ? i : test_random(t), shown = secret_permute(key, value);

        ASSERT_TRUE(secret_unpermute(key, shown) == value);
        ASSERT_TRUE(secret_unpermute(other, shown) != value);
        ASSERT_TRUE(shown != before + 1 && (shown ^ before) >> 32 != 0);
        before = shown;
    }
}

RUN_TESTS(ROW(seal_is_the_published_siphash_of_128_bits), ROW(short_hash_is_the_published_siphash), ROW(permutation_is_undone_and_hides_its_order),
    ROW(password_is_verified_and_others_are_refused), ROW(two_hashes_of_one_password_differ),
    ROW(token_hash_is_the_published_sha256), ROW(mac_depends_on_every_byte_of_key_and_text))
