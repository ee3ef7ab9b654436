/* How the system treats a thread. */
#pragma once

#include <stdint.h>

struct env;

/* How many processors this program may use, at least 1. */
int thread_processors(void);

/* For a thread that somebody waits for: when it wakes it runs at once, before those that have the
 * processor, instead of after their turn of some milliseconds; its own turns are short. Its share
 * stays what it was. Needs no right; before Linux 6.12, or where it is forbidden, nothing changes.
 */
void thread_hurry(void);

/* Work that nobody waits for and that takes its time: between its steps it breathes, which is a
 * short sleep whenever it has been at it for some tens of microseconds. So a thread that hurries
 * gets the processor in time, also where the system would have let it wait for a turn. One for each
 * piece of work; zero begins. */
struct breath {
    int64_t since_us;
};
void thread_breathe(struct breath *, const struct env *);
