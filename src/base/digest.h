/* SHA-256 of what does not fit in memory: files, dumps. Of texts: secret_hash. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct digest {
    uint64_t state[16]; /* libsodium's, checked to fit */
};

void digest_begin(struct digest *);
void digest_add(struct digest *, const void *, size_t);
str digest_end(struct digest *, struct arena *); /* 64 letters of hex */
