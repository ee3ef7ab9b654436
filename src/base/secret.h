/* Hashes, MACs, passwords: the one place that knows libsodium. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

void secret_start(void); /* once, in main, before any thread */

/* SHA-256 as 64 letters of hex: how tokens of high entropy are kept. */
str secret_hash(struct arena *, str token);

enum { MAC_KEY_BYTES = 32, MAC_BYTES_MOST = 64 };
/* Keyed BLAKE2b of `out_size` bytes (16..64). */
void secret_mac(const unsigned char key[MAC_KEY_BYTES], const void *bytes, size_t size,
    unsigned char *out, size_t out_size);

/* A keyed hash for tables in memory and for counting: fast, too short to vouch for anything. */
enum { SHORT_KEY_BYTES = 16 };
uint64_t secret_short(const unsigned char key[SHORT_KEY_BYTES], const void *bytes, size_t size);

/* A MAC of short texts: SipHash-2-4 of 128 bits. */
enum { SEAL_BYTES = 16 };
void secret_seal(const unsigned char key[SHORT_KEY_BYTES], const void *bytes, size_t size,
    unsigned char out[SEAL_BYTES]);

/* A keyed permutation of 64-bit numbers: shows an id without telling it. Undone by
 * secret_unpermute. */
uint64_t secret_permute(const unsigned char key[SHORT_KEY_BYTES], uint64_t);
uint64_t secret_unpermute(const unsigned char key[SHORT_KEY_BYTES], uint64_t);

/* Takes the same time whatever differs. */
bool secret_eq(const void *a, const void *b, size_t size);
bool secret_eq_str(str a, str b);

/* Argon2id, 19 MiB and two passes; at most two run at once in the process, the others wait, so that
 * memory stays small under a flood of sign-ins. The text carries its salt and parameters. */
str secret_password_hash(struct arena *, str password);
/* False for a hash that is none or broken, after the same work: timing tells nothing about
 * accounts. */
bool secret_password_verify(str hash, str password);
