/* Where an embedded store lies: its files, and the lock that lets one process serve from them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct place {
    char *path, *log_path, *lock_path;
    int lock;
    bool read_only;
};

/* Finds or makes the files that options->url names. STORE_MISSING, STORE_IN_USE, STORE_UNFIT (the
 * log says why). *out is set also on failure: close it. */
MUST_CHECK err place_open(const struct store_options *, struct place **out);
void place_close(struct place *);          /* null is fine */
int64_t place_bytes(const struct place *); /* of the database and its log */
