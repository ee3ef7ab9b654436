/* Everything that clicks need while the program serves: keys, counters, the drain. */
#include "rooms/click/click_inside.h"

#include "base/log.h"
#include "rooms/setting/setting.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the salt of the day
 * -------------------------------------------------------------------------------------- */

/* Kept beside the data so that a restart does not make everybody new; overwritten when the day is
 * over, and then nobody can tell any more who it was. */
struct salt_file {
    int64_t day;
    unsigned char key[SHORT_KEY_BYTES];
};

static bool salt_path(const struct live *live, char out[PATH_MAX])
{
    return live->data_dir && snprintf(out, PATH_MAX, "%s/visitor.salt", live->data_dir) < PATH_MAX;
}

static bool salt_load(const struct live *live, int64_t day, struct salt_file *out)
{
    char path[PATH_MAX];
    int fd = salt_path(live, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool is_whole = read(fd, out, sizeof(*out)) == (ssize_t)sizeof(*out);
    close(fd);
    return is_whole && out->day == day;
}

static void salt_save(const struct live *live, const struct salt_file *salt)
{
    char path[PATH_MAX];
    int fd = salt_path(live, path) ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    if (pwrite(fd, salt, sizeof(*salt), 0) != (ssize_t)sizeof(*salt))
        log_line(
            LOG_WARN, "the salt of the day could not be kept; a restart makes all visitors new");
    close(fd);
}

void live_salt_turn(struct live *live, instant now)
{
    int64_t day = now.ms / DAY_MS;
    if (day == live->salt_day)
        return;
    struct salt_file salt;
    if (!salt_load(live, day, &salt)) {
        salt.day = day;
        live->env->random(live->env, salt.key, sizeof(salt.key));
        salt_save(live, &salt);
    }
    unsigned next = atomic_load(&live->salt_now) + 1;
    uint64_t words[2];
    memcpy(words, salt.key, sizeof(words));
    atomic_store(&live->salts[next & 1].words[0], words[0]);
    atomic_store(&live->salts[next & 1].words[1], words[1]);
    atomic_store(&live->salt_now, next);
    atomic_store(&live->salts[(next + 1) & 1].words[0], 0);
    atomic_store(&live->salts[(next + 1) & 1].words[1], 0);
    live->salt_day = day;
}

/* ---- opening
 * ----------------------------------------------------------------------------------------------------
 */

static err read_keys(struct db *db, void *arg)
{
    struct live *live = arg;
    unsigned char secret[SECRET_BYTES];
    TRY(setting_secret(db, "token", secret));
    click_keys_make(&live->keys, secret);
    return NULL;
}

err live_open(const struct live_options *o, struct live **out)
{
    struct live *live = calloc(1, sizeof(*live));
    if (!live)
        log_fatal("out of memory");
    live->env = o->env;
    live->store = o->store;
    live->spool = o->spool;
    live->links = o->links;
    live->data_dir = o->data_dir;
    live->trust_country = o->trust_country;
    static const _Atomic int64_t for_ever = INT64_MAX;
    live->ids_until_us = o->ids_until_us ? o->ids_until_us : &for_ever;
    agent_start();
    live->env->random(live->env, live->keys.repeat, sizeof(live->keys.repeat));
    live_salt_turn(live, live->env->now(live->env));
    err failed = store_read(live->store, read_keys, live);
    if (!failed) {
        live->repeats = repeats_new();
        failed = drain_open(live);
    }
    if (failed) {
        repeats_free(live->repeats);
        free(live);
        return failed;
    }
    *out = live;
    return NULL;
}

void live_close(struct live *live)
{
    if (!live)
        return;
    drain_close(live);
    repeats_free(live->repeats);
    free(live);
}

instant click_settle(struct app *app, int64_t ms)
{
    return app->live ? drain_settle(app->live, ms) : app->env->now(app->env);
}

instant click_complete(struct request *rq, int64_t ms)
{
    instant complete_to = click_settle(rq->app, ms);
    if (rq->db)
        store_refresh(rq->db);
    return complete_to;
}

void live_health(struct live *live, struct live_health *out)
{
    struct spool_health spool;
    spool_health(live->spool, &spool);
    struct drain *d = &live->drain;
    struct spool_position newest = spool_newest(live->spool);
    pthread_mutex_lock(&d->lock);
    bool is_complete =
        d->complete_at.sequence > newest.sequence ||
        (d->complete_at.sequence == newest.sequence && d->complete_at.offset >= newest.offset);
    *out = (struct live_health){ .recorded = atomic_load(&live->recorded),
        .unrecorded = atomic_load(&live->unrecorded),
        .drained = d->count,
        .undrained_bytes = (int64_t)spool.bytes_undrained,
        .complete_to = is_complete ? live->env->now(live->env) : d->complete_to,
        .is_recording = spool.accepting,
        .links = links_count(live->links) };
    pthread_mutex_unlock(&d->lock);
}
