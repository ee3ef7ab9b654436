/* Numbers of nodes: taken, kept, given back. */
#include "work/node.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "work/node.sql.h"

enum {
    NUMBERS = 1024,
    LEASE_MS = 15 * SECOND_MS,
    AGAIN_MS = 1 * SECOND_MS,   /* after a renewal that failed */
    FREED_MS = 1 * MINUTE_MS,   /* before a number that was given back is used again */
    DEAD_MS = 10 * MINUTE_MS,   /* the same of a node that died on this machine */
    SLACK_MS = 20,              /* clocks that differ by less are left alone */
    ROUND_MOST_US = 250 * 1000, /* an answer that took longer tells no time */
    ROUND_GOOD_US = 5 * 1000,   /* one that took no longer is not asked for again */
    SEEN_MOST = 5,
    PLACE_SIZE = 128,
};
#define NUMBER_MS (7 * (int64_t)DAY_MS)
#define MARGIN_MS (1 * (int64_t)HOUR_MS)

/* clang-format off */
const struct err NODE_NONE_FREE   = { ERR_BUSY,     "node_none_free",   N_("Too many nodes use this database, or used it in the last seven days."), NULL };
const struct err NODE_HOLDS_SPOOL = { ERR_CONFLICT, "node_holds_spool", N_("The node that writes this journal is running, or was a moment ago."), NULL };
static const struct err NODE_LOST = { ERR_INTERNAL, "node_lost",        N_("The number of this node was given to another."), NULL };

static const struct field list[] = {
    FIELD(node_row, number), FIELD(node_row, holder), FIELD(node_row, lease_until), FIELD(node_row, free_at),
    FIELD(node_row, begun_at), FIELD(node_row, spool), FIELD(node_row, place), FIELD(node_row, host),
    FIELD(node_row, version), FIELD(node_row, is_alive), FIELD(node_row, complete_to),
};
const struct fields node_row_fields = FIELDS(list, node_row);
/* clang-format on */

struct node {
    struct store *store;
    const struct env *env;
    int64_t lease_ms, number, holder, former;
    char place[PLACE_SIZE], host[128], version[64];
    _Atomic int64_t ids_until_us;
    pthread_t keeper;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_keeping, is_ending;
    node_complete_fn complete;
    void *complete_arg;
};

err node_clock(struct db *db, instant *out)
{
    return db_int(db, &NODE_CLOCK, NO_PARAMS, &out->ms);
}

/* ---- the clock ------------------------------------------------------------------------------ */

static err read_clock(struct db *db, void *arg)
{
    return node_clock(db, arg);
}

/* What the database's clock showed, by our ticks, and how long the answer took. */
struct sighting {
    int64_t steered_ms, round_us;
};

static err see_clock(struct node *n, struct sighting *out)
{
    const struct env *env = n->env;
    instant theirs;
    int64_t before_us = env->ticks_us(env);

    TRY(store_read(n->store, read_clock, &theirs));
    int64_t after_us = env->ticks_us(env);
    out->round_us = after_us - before_us;
    out->steered_ms = theirs.ms - (after_us - out->round_us / 2) / 1000;
    return NULL;
}

/* The first answer may have waited for a connection, another for its turn on a busy machine: the
 * quickest of some tells best. */
static err see_clock_well(struct node *n, struct sighting *out)
{
    TRY(see_clock(n, out));
    for (int i = 1; i < SEEN_MOST && out->round_us > ROUND_GOOD_US; i++) {
        struct sighting next;
        TRY(see_clock(n, &next));
        if (next.round_us < out->round_us)
            *out = next;
    }
    return NULL;
}

/* Sets our clock by the database's, and lets it go on by ticks: a machine's clock that is set while
 * we run changes nothing. */
static err follow_clock(struct node *n)
{
    const struct env *env = n->env;
    struct sighting seen;

    TRY(see_clock_well(n, &seen));
    int64_t added_ms = __atomic_load_n(env->clock_offset_ms, __ATOMIC_SEQ_CST);
    instant now = { seen.steered_ms + env->ticks_us(env) / 1000 };
    int64_t off_ms = env->now(env).ms - added_ms - now.ms;
    bool is_steered = __atomic_load_n(env->steered_ms, __ATOMIC_RELAXED) != 0;
    if (is_steered &&
        (seen.round_us > ROUND_MOST_US || llabs(off_ms) <= SLACK_MS + seen.round_us / 1000))
        return NULL;
    env_clock_steer(env, now);
    if (llabs(off_ms) >= SECOND_MS)
        log_line(LOG_WARN,
            "the clock here is not the database's, which is followed off_ms=%" PRId64, off_ms);
    return NULL;
}

/* ---- taking --------------------------------------------------------------------------------- */

static err all_nodes(struct db *db, struct node_row *by_number[NUMBERS])
{
    struct list rows;

    memset(by_number, 0, NUMBERS * sizeof(*by_number));
    TRY(db_all(db, &NODE_ALL, NO_PARAMS, &node_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct node_row *row = (struct node_row *)rows.at + i;
        if (row->number > 0 && row->number < NUMBERS)
            by_number[row->number] = row;
    }
    return NULL;
}

struct taking {
    struct node *node;
    int64_t number;
};

/* A number that was never used comes before one that may have been used a week ago. */
static int64_t choose(struct node_row *const by_number[NUMBERS], instant now)
{
    int64_t chosen = 0;

    for (int64_t i = 1; i < NUMBERS; i++) {
        const struct node_row *row = by_number[i];
        if (!row || (!row->holder && row->free_at.ms <= now.ms))
            return i;
        if (row->free_at.ms <= now.ms && !chosen)
            chosen = i;
    }
    return chosen;
}

static err take(struct db *db, void *arg)
{
    struct taking *t = arg;
    const struct node *n = t->node;
    struct node_row *by_number[NUMBERS];
    instant now;

    TRY(node_clock(db, &now));
    TRY(all_nodes(db, by_number));
    t->number = choose(by_number, now);
    if (!t->number)
        return &NODE_NONE_FREE;
    const struct node_row row = { .number = t->number,
        .holder = n->holder,
        .lease_until = instant_plus_ms(now, n->lease_ms),
        .free_at = instant_plus_ms(now, n->lease_ms + NUMBER_MS),
        .begun_at = now,
        .complete_to = now,
        .place = str_of(n->place),
        .host = str_of(n->host),
        .version = str_of(n->version) };
    return db_put(db, &NODE_PUT, &node_row_fields, &row);
}

/* ---- keeping -------------------------------------------------------------------------------- */

struct renewing {
    struct node *node;
    instant complete_to;
};

static err renew(struct db *db, void *arg)
{
    const struct renewing *r = arg;
    const struct node *n = r->node;
    int64_t changes;
    instant now;

    TRY(node_clock(db, &now));
    TRY(db_run(db, &NODE_RENEW,
        PARAMS(P("number", n->number), P("holder", n->holder),
            P("lease_until", instant_plus_ms(now, n->lease_ms)),
            P("free_at", instant_plus_ms(now, n->lease_ms + NUMBER_MS)),
            P("complete_to", r->complete_to.ms)),
        NULL, NULL, &changes));
    return changes ? NULL : &NODE_LOST;
}

static instant ask_complete(struct node *n)
{
    pthread_mutex_lock(&n->lock);
    instant out = n->complete ? n->complete(n->complete_arg) : (instant){ 0 };
    pthread_mutex_unlock(&n->lock);
    return out;
}

void node_watch(struct node *n, node_complete_fn complete, void *arg)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    n->complete = complete;
    n->complete_arg = arg;
    pthread_mutex_unlock(&n->lock);
}

static void note_kept(struct node *n, int64_t asked_us)
{
    atomic_store(&n->ids_until_us, asked_us + (NUMBER_MS - MARGIN_MS) * 1000);
}

static err keep_once(struct node *n)
{
    int64_t asked_us = n->env->ticks_us(n->env);

    TRY(follow_clock(n));
    struct renewing renewing = { n, ask_complete(n) };
    TRY(store_write(n->store, renew, &renewing));
    note_kept(n, asked_us);
    return NULL;
}

static void rest(struct node *n, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (!n->is_ending)
        pthread_cond_timedwait(&n->ended, &n->lock, &until);
}

static void *keep(void *arg)
{
    struct node *n = arg;
    bool was_failing = false;

    pthread_mutex_lock(&n->lock);
    while (!n->is_ending) {
        rest(n, was_failing ? AGAIN_MS : n->lease_ms / 3);
        if (n->is_ending)
            break;
        pthread_mutex_unlock(&n->lock);
        err failed = keep_once(n);
        if (failed == &NODE_LOST)
            log_fatal("%s number=%" PRId64, failed->text, n->number);
        if (failed && !was_failing)
            log_line(LOG_WARN, "the lease of this node could not be renewed why=%s", failed->code);
        was_failing = failed != NULL;
        pthread_mutex_lock(&n->lock);
    }
    pthread_mutex_unlock(&n->lock);
    return NULL;
}

static void keep_in_thread(struct node *n)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&n->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&n->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&n->keeper, NULL, keep, n) != 0)
        log_fatal("no thread for the node's lease");
    n->is_keeping = true;
}

/* ---- opening -------------------------------------------------------------------------------- */

static void read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");

    out[0] = '\0';
    if (file && !fgets(out, (int)size, file))
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (file)
        fclose(file);
}

/* The folder, and this run of this machine: nobody else can be in it. */
static void find_place(const char *folder, char out[PLACE_SIZE])
{
    char machine[64];
    struct stat about = { 0 };

    read_line("/proc/sys/kernel/random/boot_id", machine, sizeof(machine));
    if (!machine[0]) /* a unit that sees no more of /proc than its own processes */
        read_line("/etc/machine-id", machine, sizeof(machine));
    if (stat(folder, &about) != 0 || !machine[0])
        out[0] = '\0';
    else
        snprintf(out, PLACE_SIZE, "%s:%ju:%ju", machine, (uintmax_t)about.st_dev,
            (uintmax_t)about.st_ino);
}

err node_open(const struct node_options *o, struct node **out)
{
    struct node *n = calloc(1, sizeof(*n));

    if (!n)
        log_fatal("out of memory");
    n->store = o->store;
    n->env = o->env;
    n->lease_ms = o->lease_ms ? o->lease_ms : LEASE_MS;
    find_place(o->folder, n->place);
    if (gethostname(n->host, sizeof(n->host) - 1) != 0)
        n->host[0] = '\0';
    snprintf(n->version, sizeof(n->version), "%s", o->version);
    n->env->random(n->env, &n->holder, sizeof(n->holder));
    n->holder = (n->holder & INT64_MAX) | 1;

    struct taking taking = { .node = n };
    int64_t asked_us = n->env->ticks_us(n->env);
    err failed = follow_clock(n);
    if (!failed)
        failed = store_write(n->store, take, &taking);
    if (failed) {
        free(n);
        return failed;
    }
    n->number = taking.number;
    env_node_set(n->env, (uint32_t)n->number);
    note_kept(n, asked_us);
    keep_in_thread(n);
    log_line(LOG_INFO, "this is node number=%" PRId64, n->number);
    *out = n;
    return NULL;
}

static err end(struct db *db, void *arg)
{
    struct node *n = arg;
    instant now;

    TRY(node_clock(db, &now));
    return db_run(db, &NODE_END,
        PARAMS(P("number", n->number), P("holder", n->holder),
            P("free_at", instant_plus_ms(now, FREED_MS))),
        NULL, NULL, NULL);
}

void node_close(struct node *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    n->is_ending = true;
    pthread_cond_signal(&n->ended);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->keeper, NULL);
    err failed = store_write(n->store, end, n);
    if (failed)
        log_line(LOG_WARN, "the number of this node could not be given back why=%s", failed->code);
    pthread_mutex_destroy(&n->lock);
    pthread_cond_destroy(&n->ended);
    free(n);
}

/* ---- journals ------------------------------------------------------------------------------- */

static bool is_alive(const struct node_row *row, instant now)
{
    return row->holder && row->lease_until.ms > now.ms;
}

err node_spool_free(struct db *db, int64_t spool)
{
    struct node_row *by_number[NUMBERS];
    instant now;

    TRY(node_clock(db, &now));
    TRY(all_nodes(db, by_number));
    for (size_t i = 1; i < NUMBERS; i++)
        if (by_number[i] && by_number[i]->spool == spool && is_alive(by_number[i], now))
            return &NODE_HOLDS_SPOOL;
    return NULL;
}

err node_spool_empty(struct db *db, int64_t spool)
{
    instant now;

    TRY(node_clock(db, &now));
    return db_run(
        db, &NODE_SPOOL_EMPTY, PARAMS(P("spool", spool), P("now", now.ms)), NULL, NULL, NULL);
}

err node_others_complete(struct db *db, int64_t number, instant *out)
{
    return db_int(db, &NODE_OTHERS_COMPLETE, PARAMS(P("number", number)), &out->ms);
}

struct holding {
    struct node *node;
    int64_t spool, former;
};

/* Of one that died in this folder, or long ago. */
static err end_former(struct db *db, const struct node_row *row, instant now)
{
    return db_run(db, &NODE_END,
        PARAMS(P("number", row->number), P("holder", row->holder),
            P("free_at", instant_plus_ms(now, DEAD_MS))),
        NULL, NULL, NULL);
}

static err hold(struct db *db, void *arg)
{
    struct holding *h = arg;
    struct node_row *by_number[NUMBERS];
    instant now;

    h->former = 0;
    TRY(node_clock(db, &now));
    TRY(all_nodes(db, by_number));
    instant complete_to = now;
    for (int64_t i = 1; i < NUMBERS; i++) {
        const struct node_row *row = by_number[i];
        if (!row || row->spool != h->spool || row->number == h->node->number)
            continue;
        bool died_here = h->node->place[0] && str_eq(row->place, str_of(h->node->place));
        if (is_alive(row, now) && !died_here)
            return &NODE_HOLDS_SPOOL;
        if (row->complete_to.ms < complete_to.ms)
            complete_to = row->complete_to; /* what it left is still to be drained */
        if (died_here) {
            TRY(end_former(db, row, now));
            h->former = row->number;
        }
    }
    return db_run(db, &NODE_TAKE_SPOOL,
        PARAMS(P("spool", h->spool), P("number", h->node->number), P("holder", h->node->holder),
            P("complete_to", complete_to.ms)),
        NULL, NULL, NULL);
}

err node_hold_spool(struct node *n, int64_t spool)
{
    struct holding holding = { .node = n, .spool = spool };

    if (!n)
        return NULL;
    TRY(store_write(n->store, hold, &holding));
    n->former = holding.former;
    return NULL;
}

int64_t node_former(const struct node *n)
{
    return n ? n->former : 0;
}

const _Atomic int64_t *node_ids_until_us(const struct node *n)
{
    static const _Atomic int64_t for_ever = INT64_MAX;

    return n ? &n->ids_until_us : &for_ever;
}

err node_list(struct db *db, struct list *out)
{
    struct list rows;
    instant now;

    TRY(node_clock(db, &now));
    TRY(db_all(db, &NODE_ALL, NO_PARAMS, &node_row_fields, &rows));
    struct node_row *at = rows.at;
    size_t kept = 0;
    for (size_t i = 0; i < rows.count; i++) {
        at[i].is_alive = is_alive(&at[i], now);
        if (at[i].is_alive || at[i].spool)
            at[kept++] = at[i];
    }
    *out = (struct list){ at, kept };
    return NULL;
}
