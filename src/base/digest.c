/* SHA-256, piece by piece. */
#include "base/digest.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct digest *)0)->state),
    "libsodium's state is larger than ours");

static crypto_hash_sha256_state *state_of(struct digest *d)
{
    return (crypto_hash_sha256_state *)(void *)d->state;
}

void digest_begin(struct digest *d)
{
    crypto_hash_sha256_init(state_of(d));
}

void digest_add(struct digest *d, const void *bytes, size_t size)
{
    crypto_hash_sha256_update(state_of(d), bytes, size);
}

str digest_end(struct digest *d, struct arena *arena)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state_of(d), hash);
    return str_hex(arena, hash, sizeof(hash));
}
