/* Every room, in the order in which they may know each other. */
#pragma once

#include "rooms/room.h"

extern const struct room *const all_rooms[]; /* null-terminated */

/* The tables of all rooms, gathered once; each list ends with a null. */
const struct route *const *rooms_routes(void);
const struct job_kind *const *rooms_jobs(void);
const struct migration *const *rooms_migrations(void); /* with those of the floors */
/* Is there a page of that path? */
bool rooms_have_page(unsigned surface, const char *path);
