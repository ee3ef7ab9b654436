/* A server that follows ours: how far behind it is, and whether it is near enough to be read. Every
 * half second the first server is asked where it stands; what the follower has reached of that, it
 * knows as of the time when the question was asked. No clock of another machine is believed. */
#include "store/replica.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOK_MS = 500, MARKS = 256 };

struct mark {
    struct position at;
    instant when;
    int64_t when_us;
};

struct replica {
    struct store *store;
    struct pool *pool;
    int64_t most_ms;
    pthread_t thread;
    int end_fd;
    struct mark marks[MARKS]; /* the thread's, oldest first */
    size_t mark_count;
    pthread_mutex_t lock;
    struct mark reached; /* newest mark that the follower has; none: it is of no use now */
    bool is_used;        /* as it was said last */
    atomic_int_fast64_t reads;
};

static err ask_position(struct pool *pool, struct position *out)
{
    struct conn *conn;
    TRY(pool_take(pool, &conn));
    err failed = conn->engine->position(conn, out);
    pool_give(pool, conn);
    return failed;
}

/* Taken before it is asked: what was committed until then is there. */
static void make_mark(struct replica *r)
{
    const struct env *env = r->store->env;
    struct mark mark = { .when = env->now(env), .when_us = env->ticks_us(env) };
    if (ask_position(r->store->readers, &mark.at))
        return;
    if (r->mark_count == MARKS)
        memmove(r->marks, r->marks + 1, --r->mark_count * sizeof(*r->marks));
    r->marks[r->mark_count++] = mark;
}

static const char *judge(const struct position *ours, const struct position *theirs)
{
    if (!theirs->follows)
        return "it follows nobody";
    return strcmp(ours->server, theirs->server) == 0 ? NULL : "it follows another server";
}

/* The newest mark that it has reached; false when there is none. */
static bool find_reached(struct replica *r, struct mark *out, const char **out_why)
{
    struct position theirs;
    size_t reached = r->mark_count;
    if (ask_position(r->pool, &theirs)) {
        *out_why = "it cannot be reached";
        return false;
    }
    *out_why = r->mark_count > 0 ? judge(&r->marks[0].at, &theirs) : "the first one is silent";
    if (*out_why)
        return false;
    while (reached > 0 && r->marks[reached - 1].at.at > theirs.at)
        reached--;
    *out_why = "it is too far behind";
    if (reached == 0)
        return false;
    *out = r->marks[reached - 1];
    r->mark_count -= reached - 1;
    memmove(r->marks, r->marks + reached - 1, r->mark_count * sizeof(*r->marks));
    return true;
}

static int64_t behind_us(const struct replica *r, const struct mark *mark)
{
    return r->store->env->ticks_us(r->store->env) - mark->when_us;
}

static void look(struct replica *r)
{
    struct mark reached = { 0 };
    const char *why = NULL;
    make_mark(r);
    bool is_fit = find_reached(r, &reached, &why);
    bool is_near = is_fit && behind_us(r, &reached) <= r->most_ms * 1000;
    if (is_near != r->is_used)
        log_line(is_near ? LOG_INFO : LOG_WARN, "the replica is %s%s%s",
            is_near ? "read from now on" : "not read now",
            is_near ? "" : " why=", is_near ? "" : why);
    r->is_used = is_near;
    pthread_mutex_lock(&r->lock);
    r->reached = reached;
    pthread_mutex_unlock(&r->lock);
}

static void *follow(void *arg)
{
    struct replica *r = arg;
    struct pollfd end = { .fd = r->end_fd, .events = POLLIN };
    for (;;) {
        look(r);
        if (poll(&end, 1, LOOK_MS) > 0)
            return NULL;
    }
}

struct replica *replica_open(struct store *s, struct pool *pool, int64_t most_ms)
{
    struct replica *r = calloc(1, sizeof(*r));
    if (!r)
        log_fatal("out of memory for the replica");
    r->store = s;
    r->pool = pool;
    r->most_ms = most_ms;
    r->end_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&r->lock, NULL);
    if (r->end_fd < 0 || pthread_create(&r->thread, NULL, follow, r) != 0)
        log_fatal("no thread for the replica");
    return r;
}

void replica_close(struct replica *r)
{
    if (!r)
        return;
    if (write(r->end_fd, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
        log_line(LOG_WARN, "the thread of the replica cannot be told to end");
    pthread_join(r->thread, NULL);
    close(r->end_fd);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool is_near(struct replica *r, struct mark *out)
{
    pthread_mutex_lock(&r->lock);
    *out = r->reached;
    pthread_mutex_unlock(&r->lock);
    return out->when_us && behind_us(r, out) <= r->most_ms * 1000;
}

bool replica_near(struct replica *r, instant *out_as_of)
{
    struct mark reached;
    if (!r || !is_near(r, &reached))
        return false;
    *out_as_of = reached.when;
    atomic_fetch_add(&r->reads, 1);
    return true;
}

void replica_health(struct replica *r, struct store_health *out)
{
    struct mark reached;
    out->replica_behind_ms = -1;
    if (!r)
        return;
    out->has_replica = true;
    out->replica_reads = atomic_load(&r->reads);
    if (is_near(r, &reached))
        out->replica_behind_ms = behind_us(r, &reached) / 1000;
}
