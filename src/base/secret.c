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

uint64_t secret_short(const unsigned char key[SHORT_KEY_BYTES], const void *bytes, size_t size)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value = 0;

    crypto_shorthash(out, bytes, size, key);
    for (size_t i = 0; i < sizeof(out); i++)
        value |= (uint64_t)out[i] << (8 * i);
    return value;
}

/* A Feistel network whose round function is SipHash: four rounds would do against one who may ask
 * for both directions (Luby and Rackoff); six are cheap. */
enum { PERMUTE_ROUNDS = 6 };

static uint32_t permute_round(const unsigned char *key, int round, uint32_t half)
{
    unsigned char in[5] = { (unsigned char)round, (unsigned char)half, (unsigned char)(half >> 8),
        (unsigned char)(half >> 16), (unsigned char)(half >> 24) };

    return (uint32_t)secret_short(key, in, sizeof(in));
}

uint64_t secret_permute(const unsigned char key[SHORT_KEY_BYTES], uint64_t value)
{
    uint32_t left = (uint32_t)(value >> 32), right = (uint32_t)value;

    for (int round = 0; round < PERMUTE_ROUNDS; round++) {
        uint32_t next = left ^ permute_round(key, round, right);

        left = right;
        right = next;
    }
    return (uint64_t)left << 32 | right;
}

uint64_t secret_unpermute(const unsigned char key[SHORT_KEY_BYTES], uint64_t value)
{
    uint32_t left = (uint32_t)(value >> 32), right = (uint32_t)value;

    for (int round = PERMUTE_ROUNDS - 1; round >= 0; round--) {
        uint32_t before = right ^ permute_round(key, round, left);

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
