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
