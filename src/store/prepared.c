/* The statements a connection keeps ready: found by their place in the program, or by their text
 * when they were made at run time; the one unused longest goes. */
#include "store/inside.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_of(const struct statement *s, bool is_static, const char *sql)
{
    return is_static ? ((uint64_t)(uintptr_t)s >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20
                     : hash_text(sql);
}

static struct prepared *find(
    struct conn *conn, const struct statement *key, uint64_t hash, const char *sql)
{
    struct prepared *p = conn->buckets[hash % BUCKETS];
    while (p && (p->busy || p->hash != hash || p->statement != key || strcmp(p->text, sql) != 0))
        p = p->next;
    return p;
}

static void free_prepared(struct prepared *p)
{
    p->conn->engine->finalize(p);
    free(p->params.slots);
    free(p->columns.slots);
    free(p->text);
    free(p);
}

static void unlink_prepared(struct prepared *p)
{
    struct prepared **at = &p->conn->buckets[p->hash % BUCKETS];
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    p->conn->prepared_count--;
}

static void forget_oldest(struct conn *conn)
{
    struct prepared *oldest = NULL;
    for (size_t b = 0; b < BUCKETS; b++)
        for (struct prepared *p = conn->buckets[b]; p; p = p->next)
            if (!p->busy && (!oldest || p->used_at < oldest->used_at))
                oldest = p;
    if (!oldest)
        return;
    unlink_prepared(oldest);
    free_prepared(oldest);
}

static err make(
    struct conn *conn, const struct statement *s, const char *sql, struct prepared **out)
{
    struct prepared *p = calloc(1, sizeof(*p));
    if (!p || !(p->text = strdup(sql)))
        log_fatal("out of memory while preparing a statement");
    p->conn = conn;
    p->name = s->name;
    while (s->params[p->param_count])
        p->param_count++;
    err failed = conn->engine->prepare(conn, s->name, sql, p);
    if (failed) {
        free(p->text);
        free(p);
        return failed;
    }
    *out = p;
    return NULL;
}

err conn_prepare(
    struct conn *conn, const struct statement *s, bool is_static, struct prepared **out)
{
    const char *sql = s->sql[conn->engine->number];
    uint64_t hash = hash_of(s, is_static, sql);
    struct prepared *p = find(conn, is_static ? s : NULL, hash, sql);
    if (!p) {
        if (conn->prepared_count >= PREPARED_MOST)
            forget_oldest(conn);
        TRY(make(conn, s, sql, &p));
        p->hash = hash;
        p->statement = is_static ? s : NULL;
        p->next = conn->buckets[hash % BUCKETS];
        conn->buckets[hash % BUCKETS] = p;
        conn->prepared_count++;
    }
    p->name = s->name; /* of a list: borrowed from the loan that uses it now */
    p->busy = true;
    p->used_at = ++conn->uses;
    *out = p;
    return NULL;
}

void conn_done(struct prepared *p)
{
    p->conn->engine->reset(p);
    p->busy = false;
    p->many = false;
}

void conn_forget(struct conn *conn)
{
    for (size_t b = 0; b < BUCKETS; b++)
        while (conn->buckets[b]) {
            struct prepared *p = conn->buckets[b];
            unlink_prepared(p);
            free_prepared(p);
        }
}
