/* Two threads for one piece of work that only one of them does at a time. Who has the baton works;
 * the other stands by. Before something that may take long the worker says that he is away; when
 * that lasts for some milliseconds the other goes on in his place, and he stands by when he is
 * back. So what usually takes no time needs nobody else, and when it takes its time nothing waits
 * for it. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BATON_MS = 5 }; /* away for so long, at most twice, and the other takes over */

struct baton {
    _Atomic uint64_t turns; /* odd: who has the baton is away */
    _Atomic bool is_held, is_asleep;
    pthread_mutex_t lock;
    pthread_cond_t called;
    bool is_over;
};

void baton_open(struct baton *);
void baton_close(struct baton *);

/* Waits until the caller has the baton; the first who asks has it at once. False: it is over. */
bool baton_wait(struct baton *);

/* By who has the baton: he may be away from here on. What he did before is seen by who takes over.
 * To be given back to baton_return, which is false when the other has the baton now: then nothing
 * of the work may be touched any more. */
uint64_t baton_leave(struct baton *);
bool baton_return(struct baton *, uint64_t turn);

/* By who has the baton: nobody needs to stand by any longer. */
void baton_end(struct baton *);
