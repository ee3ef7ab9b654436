/* How the system treats a thread. */
#pragma once

/* For a thread that somebody waits for: when it wakes it runs at once, before those that have the
 * processor, instead of after their turn of some milliseconds; its own turns are short. Its share
 * stays what it was. Needs no right; before Linux 6.12, or where it is forbidden, nothing changes.
 */
void thread_hurry(void);
