/* Reading from a server that follows ours, as long as it is near enough. */
#pragma once

#include "store/inside.h"

struct replica;

/* Watches from a thread of its own until it is closed. */
struct replica *replica_open(struct store *, struct pool *, int64_t most_ms);
void replica_close(struct replica *);
/* May it be read now? Then it has all that was committed until out_as_of. */
bool replica_near(struct replica *, instant *out_as_of);
void replica_health(struct replica *, struct store_health *);
