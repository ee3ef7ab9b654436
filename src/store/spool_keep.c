/* The spool's keeper: spare segments are made ahead, surplus ones deleted, and refusals tried
 * again. */
#include "store/spool_inside.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/env.h"
#include "base/log.h"
#include "base/thread.h"

enum {
    KEEPER_MS = 100, /* how often the keeper looks without being asked */
    SPARES_MOST = 2, /* free segments beyond this are deleted */
};

int spool_free_slot(const struct spool *s)
{
    for (size_t i = 0; i < s->slots.count; i++)
        if (s->slots.at[i].sequence == 0 && s->slots.at[i].bytes >= s->slots.segment_bytes)
            return (int)i;
    return -1;
}

static size_t free_slots(const struct spool *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->slots.count; i++)
        count += s->slots.at[i].sequence == 0;
    return count;
}

/* A file that was half made is deleted when it is the last; numbers keep no gap. */
static void give_up_spare(struct spool *s, size_t number, bool is_new, int fd)
{
    if (is_new && fd >= 0) {
        slot_delete(&s->slots, number, fd);
        return;
    }
    if (fd >= 0)
        s->slots.files->close(s->slots.files->state, fd);
    if (!is_new)
        s->slots.at[number].bytes = 0;
}

/* Makes one spare: out of a free file of another size, or as a new file. Gives the lock away
 * meanwhile. */
static void prepare_spare(struct spool *s)
{
    size_t number = 0;
    while (number < s->slots.count && s->slots.at[number].sequence != 0)
        number++;
    bool is_new = number == s->slots.count;
    if (is_new && number == SLOTS_MAX) {
        s->prepare_tries++;
        pthread_cond_broadcast(&s->spare);
        return;
    }
    int old_fd = is_new ? -1 : s->slots.at[number].fd;
    pthread_mutex_unlock(&s->lock);

    struct slot made;
    bool is_made = slot_prepare(&s->slots, number, &made) == 0;
    int error = errno;

    pthread_mutex_lock(&s->lock);
    s->prepare_tries++;
    if (is_made) {
        s->slots.at[number] = made;
        s->slots.count += is_new;
        if (!is_new)
            s->slots.files->close(s->slots.files->state, old_fd);
    } else {
        give_up_spare(s, number, is_new, made.fd);
        if (s->prepare_tries % 100 == 1)
            log_line(
                LOG_WARN, "spool could not make a spare segment error=\"%s\"", strerror(error));
    }
    pthread_cond_broadcast(&s->spare);
}

static void delete_surplus(struct spool *s)
{
    while (s->slots.count > 0 && s->slots.at[s->slots.count - 1].sequence == 0 &&
           free_slots(s) > SPARES_MOST) {
        size_t number = s->slots.count - 1;
        slot_delete(&s->slots, number, s->slots.at[number].fd);
        s->slots.count--;
    }
}

void *spool_keep(void *arg)
{
    struct spool *s = arg;
    pthread_setname_np(pthread_self(), "spool keep");
    pthread_mutex_lock(&s->lock);
    while (!s->keeper_stops) {
        if (spool_free_slot(s) < 0)
            prepare_spare(s);
        delete_surplus(s);
        s->is_alone = thread_processors() == 1; /* may be changed from outside */
        if (spool_want_group(s)) /* of a loop that has forgotten it */
            pthread_cond_signal(&s->work);
        if (s->is_failing && s->env->ticks_us(s->env) >= s->retry_at_us)
            s->is_failing = false;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += KEEPER_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&s->chore, &s->lock, &until);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}
