/* Ids: 63 bits, time-ordered, made by the program. 41 bits of milliseconds since 2024-01-01,
 * 10 bits of node, 12 bits of sequence. Zero means "none". Printed as a prefix and 13 letters of
 * base32: par_01hzx4k9m2p7q. */
#pragma once

#include <stdint.h>

#include "base/instant.h"
#include "base/str.h"

struct env;

/* What id_new remembers: the last milliseconds and sequence given out. Zeroed at the start. */
struct id_source {
    _Atomic uint64_t last;
};

int64_t id_new(const struct env *);             /* thread-safe; never twice on one node, never backwards */
int64_t id_new_at(const struct env *, instant now); /* the same for one who knows what time it is */
int64_t id_at(instant, uint32_t low);           /* for imports and the demo: low 22 bits given */
int64_t id_first_at(instant);                   /* the smallest id of that millisecond: for ranges */
instant id_instant(int64_t id);
str id_print(struct arena *, const char *prefix, int64_t id); /* "par_…"; STR_NONE for 0 */
bool id_read(const char *prefix, str, int64_t *out);          /* exact prefix, canonical */
/* Ids made from now on are later than `id`: for a clock that was set back between two runs. */
void id_not_before(const struct env *, int64_t id);
