/* Everything that clicks need while the program serves: keys, counters, the drain. */
#include "rooms/click/click_inside.h"

#include "base/log.h"
#include "rooms/click/click.sql.h"
#include "rooms/setting/setting.h"
#include "work/node.h"

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

struct shared_salt {
    int64_t day, key_1, key_2;
};

/* clang-format off */
static const struct field shared_salt_list[] = {
    FIELD(shared_salt, day), FIELD(shared_salt, key_1), FIELD(shared_salt, key_2),
};
static const struct fields shared_salt_fields = FIELDS(shared_salt_list, shared_salt);
/* clang-format on */

static uint64_t word_of(const struct salt_file *salt, int which)
{
    uint64_t word;
    memcpy(&word, salt->key + which * (int)sizeof(word), sizeof(word));
    return word;
}

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

/* Nodes of one database have one salt: the first of the day's, for one day. It is kept where no log
 * of the database and no copy of its files has it (see the migration), so that it is gone when it
 * is thrown away. */
static err share_salt(struct db *db, void *arg)
{
    struct salt_file *salt = arg;
    struct shared_salt row = { .day = salt->day,
        .key_1 = (int64_t)word_of(salt, 0),
        .key_2 = (int64_t)word_of(salt, 1) };
    bool found;
    const struct param *day = PARAMS(P("day", salt->day));
    TRY(db_run(db, &CLICK_SALT_FORGET, day, NULL, NULL, NULL));
    TRY(db_put(db, &CLICK_SALT_PUT, &shared_salt_fields, &row));
    TRY(db_one(db, &CLICK_SALT_OF, day, &shared_salt_fields, &row, &found));
    memcpy(salt->key, &row.key_1, sizeof(row.key_1));
    memcpy(salt->key + sizeof(row.key_1), &row.key_2, sizeof(row.key_2));
    return NULL;
}

/* Until the store answers every node counts by a salt of its own. */
static bool agree_on_salt(struct live *live, struct salt_file *salt)
{
    return !live->shares_salt || store_write(live->store, share_salt, salt) == NULL;
}

void live_salt_turn(struct live *live, instant now)
{
    int64_t day = now.ms / DAY_MS;
    if (day == live->salt_day && (live->salt_agreed || now.ms < live->salt_ask_ms))
        return;
    struct salt_file salt;
    if (!salt_load(live, day, &salt)) {
        salt.day = day;
        live->env->random(live->env, salt.key, sizeof(salt.key));
        salt_save(live, &salt);
    }
    live->salt_agreed = agree_on_salt(live, &salt);
    live->salt_ask_ms = now.ms + 10 * SECOND_MS;
    if (live->shares_salt && live->salt_agreed)
        salt_save(live, &salt);
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
    live->shares_salt = o->shares_salt;
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

bool click_settled(struct app *app)
{
    return !app->live || drain_settled(app->live);
}

void click_catch_up(struct request *rq, int64_t ms)
{
    (void)click_settle(rq->app, ms);
    if (rq->db)
        store_refresh(rq->db);
}

/* Where a store is ours alone there are no other nodes. */
err click_complete_to(struct request *rq, instant *out)
{
    struct live_health health = { 0 };
    instant others = { 0 };

    if (rq->app->live)
        live_health(rq->app->live, &health);
    *out = health.complete_to.ms ? health.complete_to : rq->now;
    if (rq->db && rq->env->node)
        TRY(node_others_complete(rq->db, rq->env->node, &others));
    if (!instant_none(others) && others.ms < out->ms)
        *out = others;
    return NULL;
}

void live_health(struct live *live, struct live_health *out)
{
    struct spool_health spool;
    spool_health(live->spool, &spool);
    struct drain *d = &live->drain;
    bool is_complete = drain_settled(live);
    pthread_mutex_lock(&d->lock);
    *out = (struct live_health){ .recorded = atomic_load(&live->recorded),
        .unrecorded = atomic_load(&live->unrecorded),
        .drained = d->count,
        .undrained_bytes = (int64_t)spool.bytes_undrained,
        .complete_to = is_complete ? live->env->now(live->env) : d->complete_to,
        .is_recording = spool.accepting,
        .links = links_count(live->links) };
    pthread_mutex_unlock(&d->lock);
}
