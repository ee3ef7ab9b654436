/* What other nodes have changed: rows that every node looks for each second, and at once where the
 * engine can wake it.
 *
 * Rows are kept by ids, which have the time; one that was begun earlier may be seen later. So a look
 * goes back a minute, longer than a write may take, and what was heard is remembered. Who could not
 * look for half of that has perhaps missed something, and is told so. */
#include "store/inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/id.h"
#include "store/news.sql.h"

enum {
    LOOK_MS = 1000,
    BACK_MS = MINUTE_MS,
    MISSED_US = 30 * 1000 * 1000,
    KEEP_MS = 10 * MINUTE_MS,
    FORGET_US = 5 * 60 * 1000 * 1000,
    HEARD_MOST = 65536, /* a power of two */
};

struct news_row {
    int64_t id, origin;
    str topic;
    int64_t a, b, c;
};

/* clang-format off */
static const struct field list[] = {
    FIELD(news_row, id), FIELD(news_row, origin), FIELD(news_row, topic), FIELD(news_row, a), FIELD(news_row, b),
    FIELD(news_row, c),
};
static const struct fields news_fields = FIELDS(list, news_row);
/* clang-format on */

struct news {
    struct store *store;
    store_heard_fn heard;
    void *arg;
    pthread_t thread;
    int end_fd;
    int64_t looked_us, forgot_us;
    int64_t known[HEARD_MOST]; /* ids, at their own places; a new one takes an old one's */
    struct news_row *rows;
    size_t count, room;
    struct arena *arena;
};

err store_tell(struct db *db, const char *topic, int64_t a, int64_t b, int64_t c)
{
    int64_t ignored;
    if (!db->store->engine->is_shared)
        return NULL;
    const struct news_row row = { .id = id_new(db_env(db)),
        .origin = db->store->origin,
        .topic = str_of(topic),
        .a = a,
        .b = b,
        .c = c };
    TRY(db_put(db, &NEWS_INSERT, &news_fields, &row));
    return db_int(db, &NEWS_WAKE, NO_PARAMS, &ignored);
}

/* ---- looking -------------------------------------------------------------------------------- */

static err keep_row(void *record, void *arg)
{
    struct news *n = arg;
    struct news_row row = *(const struct news_row *)record;
    if (n->count == n->room) {
        n->room = n->room ? n->room * 2 : 64;
        n->rows = realloc(n->rows, n->room * sizeof(*n->rows));
        if (!n->rows)
            log_fatal("out of memory for news");
    }
    row.topic = str_dup(n->arena, row.topic);
    n->rows[n->count++] = row;
    return NULL;
}

static err look(struct db *db, void *arg)
{
    struct news *n = arg;
    struct news_row row = { 0 };
    instant from = instant_plus_ms(db_now(db), -(int64_t)BACK_MS);
    return db_each(db, &NEWS_SINCE, PARAMS(P("from_id", id_first_at(from))), &news_fields, &row,
        keep_row, n);
}

static err forget(struct db *db, void *arg)
{
    (void)arg;
    instant before = instant_plus_ms(db_now(db), -(int64_t)KEEP_MS);
    return db_run(
        db, &NEWS_FORGET, PARAMS(P("before_id", id_first_at(before))), NULL, NULL, NULL);
}

static bool is_known(struct news *n, int64_t id)
{
    uint64_t hash = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    int64_t *place = &n->known[hash & (HEARD_MOST - 1)];
    if (*place == id)
        return true;
    *place = id;
    return false;
}

/* The first look finds what was there before we loaded anything. */
static void look_once(struct news *n)
{
    const struct env *env = n->store->env;
    int64_t now_us = env->ticks_us(env);
    n->count = 0;
    arena_reset(n->arena);
    if (store_read(n->store, look, n))
        return;
    if (now_us - n->looked_us > MISSED_US)
        n->heard(n->arg, NULL, 0, 0, 0);
    n->looked_us = now_us;
    for (size_t i = 0; i < n->count; i++) {
        const struct news_row *row = &n->rows[i];
        if (!is_known(n, row->id) && row->origin != n->store->origin)
            n->heard(n->arg, str_c(n->arena, row->topic), row->a, row->b, row->c);
    }
    if (now_us - n->forgot_us > FORGET_US && !store_write(n->store, forget, NULL))
        n->forgot_us = now_us;
}

static void *follow(void *arg)
{
    struct news *n = arg;
    struct conn *conn = NULL;
    bool is_over = false;
    while (!is_over) {
        is_over = n->store->engine->hear(n->store, &conn, n->end_fd, LOOK_MS);
        if (!is_over)
            look_once(n);
    }
    if (conn)
        n->store->engine->disconnect(conn);
    return NULL;
}

struct news *store_listen(struct store *s, store_heard_fn heard, void *arg)
{
    if (!s->engine->is_shared || s->read_only)
        return NULL;
    struct news *n = calloc(1, sizeof(*n));
    if (!n)
        log_fatal("out of memory for news");
    n->store = s;
    n->heard = heard;
    n->arg = arg;
    n->arena = arena_new();
    n->end_fd = eventfd(0, EFD_CLOEXEC);
    n->looked_us = n->forgot_us = s->env->ticks_us(s->env);
    if (n->end_fd < 0 || pthread_create(&n->thread, NULL, follow, n) != 0)
        log_fatal("no thread for news");
    return n;
}

void store_unlisten(struct news *n)
{
    if (!n)
        return;
    if (write(n->end_fd, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
        log_line(LOG_WARN, "the thread for news cannot be told to end");
    pthread_join(n->thread, NULL);
    close(n->end_fd);
    arena_free(n->arena);
    free(n->rows);
    free(n);
}
