/* Hashes, MACs, passwords: the one place that knows libsodium. */
#include "base/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"

enum { PASSWORD_PASSES = 2, PASSWORD_BYTES = 19 * 1024 * 1024, PASSWORD_AT_ONCE = 2 };

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_free = PTHREAD_COND_INITIALIZER;
static int gate_busy;

/* The hash of nothing that anybody types: verified against when there is no account. */
static char nobody[crypto_pwhash_STRBYTES];
static pthread_once_t nobody_once = PTHREAD_ONCE_INIT;

void secret_start(void)
{
    if (sodium_init() < 0)
        log_fatal("libsodium did not start");
}

str secret_hash(struct arena *arena, str token)
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, (const unsigned char *)(token.at ? token.at : ""), token.len);
    return str_hex(arena, digest, sizeof(digest));
}

void secret_mac(const unsigned char key[MAC_KEY_BYTES], const void *bytes, size_t size,
    unsigned char *out, size_t out_size)
{
    if (crypto_generichash(out, out_size, bytes, size, key, MAC_KEY_BYTES) != 0)
        log_fatal("a MAC of %zu bytes is not possible", out_size);
}

/* ---- SipHash-2-4 (Aumasson and Bernstein), in line: a click asks for a dozen ---------------- */

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t turn(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline uint64_t get_le(const unsigned char *at, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static inline struct sip sip_round(struct sip s)
{
    s.a += s.b;
    s.b = turn(s.b, 13) ^ s.a;
    s.a = turn(s.a, 32);
    s.c += s.d;
    s.d = turn(s.d, 16) ^ s.c;
    s.a += s.d;
    s.d = turn(s.d, 21) ^ s.a;
    s.c += s.b;
    s.b = turn(s.b, 17) ^ s.c;
    s.c = turn(s.c, 32);
    return s;
}

static inline struct sip sip_begin(const unsigned char key[SHORT_KEY_BYTES])
{
    uint64_t k0 = get_le(key, 8), k1 = get_le(key + 8, 8);

    return (struct sip){ k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
}

static inline struct sip sip_word(struct sip s, uint64_t word)
{
    s.d ^= word;
    s = sip_round(sip_round(s));
    s.a ^= word;
    return s;
}

/* The last word holds what is left of the text, and above it the text's length. */
static inline uint64_t sip_end(struct sip s, uint64_t last)
{
    s = sip_word(s, last);
    s.c ^= 0xff;
    s = sip_round(sip_round(sip_round(sip_round(s))));
    return s.a ^ s.b ^ s.c ^ s.d;
}

uint64_t secret_short(const unsigned char key[SHORT_KEY_BYTES], const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    struct sip s = sip_begin(key);
    size_t left = size;

    for (; left >= 8; left -= 8, at += 8)
        s = sip_word(s, get_le(at, 8));
    return sip_end(s, get_le(at, left) | (uint64_t)size << 56);
}

void secret_seal(const unsigned char key[SHORT_KEY_BYTES], const void *bytes, size_t size,
    unsigned char out[SEAL_BYTES])
{
    (void)crypto_shorthash_siphashx24(out, bytes, size, key); /* cannot fail */
}

/* A Feistel network whose round function is SipHash: four rounds would do against one who may ask
 * for both directions (Luby and Rackoff); six are cheap. */
enum { PERMUTE_ROUNDS = 6 };

/* SipHash of five bytes: the round, then the half. */
static uint32_t permute_round(struct sip begun, int round, uint32_t half)
{
    return (uint32_t)sip_end(
        begun, (uint64_t)(unsigned)round | (uint64_t)half << 8 | UINT64_C(5) << 56);
}

uint64_t secret_permute(const unsigned char key[SHORT_KEY_BYTES], uint64_t value)
{
    uint32_t left = (uint32_t)(value >> 32), right = (uint32_t)value;
    struct sip begun = sip_begin(key);

    for (int round = 0; round < PERMUTE_ROUNDS; round++) {
        uint32_t next = left ^ permute_round(begun, round, right);

        left = right;
        right = next;
    }
    return (uint64_t)left << 32 | right;
}

uint64_t secret_unpermute(const unsigned char key[SHORT_KEY_BYTES], uint64_t value)
{
    uint32_t left = (uint32_t)(value >> 32), right = (uint32_t)value;
    struct sip begun = sip_begin(key);

    for (int round = PERMUTE_ROUNDS - 1; round >= 0; round--) {
        uint32_t before = right ^ permute_round(begun, round, left);

        right = left;
        left = before;
    }
    return (uint64_t)left << 32 | right;
}

bool secret_eq(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

bool secret_eq_str(str a, str b)
{
    return a.at && b.at && a.len == b.len && secret_eq(a.at, b.at, a.len);
}

static void gate_enter(void)
{
    pthread_mutex_lock(&gate_lock);
    while (gate_busy >= PASSWORD_AT_ONCE)
        pthread_cond_wait(&gate_free, &gate_lock);
    gate_busy++;
    pthread_mutex_unlock(&gate_lock);
}

static void gate_leave(void)
{
    pthread_mutex_lock(&gate_lock);
    gate_busy--;
    pthread_cond_signal(&gate_free);
    pthread_mutex_unlock(&gate_lock);
}

static void hash_into(char out[crypto_pwhash_STRBYTES], const char *password, size_t size)
{
    gate_enter();
    int failed = crypto_pwhash_str_alg(
        out, password, size, PASSWORD_PASSES, PASSWORD_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    gate_leave();
    if (failed)
        log_fatal("no memory for hashing a password");
}

str secret_password_hash(struct arena *arena, str password)
{
    char out[crypto_pwhash_STRBYTES];

    hash_into(out, password.at ? password.at : "", password.len);
    return str_dup(arena, str_of(out));
}

static void make_nobody(void)
{
    unsigned char unknown[32];

    randombytes_buf(unknown, sizeof(unknown));
    hash_into(nobody, (const char *)unknown, sizeof(unknown));
}

bool secret_password_verify(str hash, str password)
{
    char kept[crypto_pwhash_STRBYTES] = { 0 };
    bool known = hash.at && hash.len > 0 && hash.len < sizeof(kept);

    pthread_once(&nobody_once, make_nobody);
    if (known)
        memcpy(kept, hash.at, hash.len);
    else
        memcpy(kept, nobody, sizeof(kept));

    gate_enter();
    bool same = crypto_pwhash_str_verify(kept, password.at ? password.at : "", password.len) == 0;
    gate_leave();
    return known && same;
}
