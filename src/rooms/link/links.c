/* All links in memory: loading, and catching up with the store when something changed. */
#include "rooms/link/link_inside.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/url.h"
#include "rooms/link/link.sql.h"
#include "rooms/program/program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PROGRAMS_MOST = 1024,
    PENDING_MOST = 256,           /* more: everything is read again */
    PENDING_US = 3 * 1000 * 1000, /* a write is surely over by then */
    UNSETTLED_US = 20 * 1000,
    LOOKS_A_SECOND = 200, /* at codes that lead nowhere; guessing them must not occupy the store */
};

/* Stays where it is; the facts in it are replaced. */
struct link_program_slot {
    int64_t id;
    struct link_program *_Atomic facts;
};

struct pending {
    int64_t program_id, partner_id, link_id;
    int64_t since_us;
};

struct links {
    struct store *store;
    const struct env *env;
    struct link_table table;
    struct link_program_slot programs[PROGRAMS_MOST];
    _Atomic size_t program_count;

    pthread_mutex_t writing; /* one reads again at a time */
    pthread_mutex_t lock;    /* over what follows */
    pthread_cond_t changed;
    struct pending pending[PENDING_MOST];
    size_t pending_count;
    bool reads_all, is_stopping;
    _Atomic bool is_unsettled;
    _Atomic int64_t look_second, looks;
    pthread_t follower;
    struct news *news;
    struct links *next; /* of the registry */
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct links *registry;

/* ---- building entries
 * --------------------------------------------------------------------------------------- */

static char *put_text(char **at, str text, str *out)
{
    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *out = (str){ *at, text.len };
    *at += text.len;
    return *at;
}

static struct link_program_slot *program_slot(struct links *links, int64_t id)
{
    size_t count = atomic_load(&links->program_count);
    for (size_t i = 0; i < count; i++)
        if (links->programs[i].id == id)
            return &links->programs[i];
    if (count == PROGRAMS_MOST)
        log_fatal("more than %d programmes", PROGRAMS_MOST);
    links->programs[count].id = id;
    return &links->programs[count];
}

static struct link_program *facts_make(const struct program *p)
{
    struct url landing;
    bool has_landing = url_read(p->landing_url, &landing);
    str parameter = str_empty(p->click_parameter) ? STR("tclid") : p->click_parameter;
    size_t texts = parameter.len + p->fallback_url.len + p->landing_url.len + 8;
    for (size_t i = 0; i < p->allowed_domains.count; i++)
        texts += p->allowed_domains.at[i].len;
    size_t domains = p->allowed_domains.count + 1;
    struct link_program *facts = calloc(1, sizeof(*facts) + domains * sizeof(str) + texts);
    if (!facts)
        log_fatal("out of memory");

    str *list = (str *)(void *)(facts + 1);
    char *at = (char *)(list + domains);
    *facts = (struct link_program){ .id = p->id,
        .repeat_ms = p->repeat_minutes * MINUTE_MS,
        .keep_ip = p->keep_ip,
        .domains = list };
    put_text(&at, parameter, &facts->click_parameter);
    if (!str_empty(p->fallback_url))
        put_text(&at, p->fallback_url, &facts->fallback_url);
    for (size_t i = 0; i < p->allowed_domains.count; i++)
        put_text(&at, p->allowed_domains.at[i], &list[facts->domain_count++]);
    if (has_landing) {
        str authority = landing.host;
        if (landing.port) /* "host:port" stands together in the address */
            authority.len = (size_t)(landing.path.at - landing.host.at);
        put_text(&at, authority, &list[facts->domain_count++]);
    }
    return facts;
}

struct link_split link_split(struct arena *arena, str target, str parameter)
{
    struct link_split t = { .tail = STR("") };
    size_t hash_at;
    str body = target;
    if (str_find(target, '#', &hash_at)) {
        t.tail = str_from(target, hash_at);
        body = str_first(target, hash_at);
    }
    size_t mark;
    str query = STR_NONE, base = body;
    if (str_find(body, '?', &mark)) {
        base = str_first(body, mark);
        query = str_from(body, mark + 1);
    }
    struct buf b = buf_new(arena);
    buf_add(&b, base);
    bool has_any = false;
    str part;
    while (query.at && str_cut(&query, '&', &part)) {
        size_t equals;
        str name = str_find(part, '=', &equals) ? str_first(part, equals) : part;
        if (part.len == 0 || str_eq(name, parameter))
            continue;
        buf_char(&b, has_any ? '&' : '?');
        buf_add(&b, part);
        has_any = true;
    }
    t.plain = b.len;
    buf_char(&b, has_any ? '&' : '?');
    buf_add(&b, parameter);
    buf_char(&b, '=');
    t.head = buf_str(&b);
    return t;
}

str link_address(struct arena *arena, str target, str parameter, str token)
{
    struct link_split t = link_split(arena, target, parameter);
    struct buf b = buf_new(arena);
    buf_add(&b, token.at ? t.head : str_first(t.head, t.plain));
    buf_add(&b, token);
    buf_add(&b, t.tail);
    return buf_str(&b);
}

static void put_row(struct links *links, struct arena *arena, const struct link_row *row)
{
    struct link_program_slot *slot = program_slot(links, row->program_id);
    const struct link_program *facts = atomic_load(&slot->facts);
    if (!facts)
        return; /* its programme came later than we looked; it will be announced */
    struct link_split t = link_split(arena, row->target_url, facts->click_parameter);
    size_t bytes = sizeof(struct link_hot) + row->code.len + t.head.len + t.tail.len;
    struct link_hot *link = malloc(bytes);
    if (!link)
        log_fatal("out of memory");
    char *at = (char *)(link + 1);
    *link = (struct link_hot){ .id = row->id,
        .program_id = row->program_id,
        .partner_id = row->partner_id,
        .program = slot,
        .is_open = row->status == LINK_ACTIVE && row->partner_status == PARTNER_APPROVED,
        .plain = t.plain };
    put_text(&at, row->code, &link->code);
    put_text(&at, t.head, &link->target_head);
    put_text(&at, t.tail, &link->target_tail);
    link_table_put(&links->table, link, bytes + 16); /* what malloc adds */
}

/* ---- reading the store
 * ------------------------------------------------------------------------------------ */

struct rereading {
    struct links *links;
    struct arena *arena;
    const struct statement *statement;
    const struct param *params;
};

static err put_each(void *record, void *arg)
{
    struct rereading *r = arg;
    put_row(r->links, r->arena, record);
    arena_reset(r->arena);
    return NULL;
}

static err read_rows(struct db *db, void *arg)
{
    struct rereading *r = arg;
    struct link_row row = { 0 };
    return db_each(db, r->statement, r->params, &link_row_fields, &row, put_each, r);
}

static err load(struct links *links, const struct statement *statement, const struct param *params)
{
    struct rereading r = {
        .links = links, .arena = arena_new(), .statement = statement, .params = params
    };
    err failed = store_read(links->store, read_rows, &r);
    arena_free(r.arena);
    return failed;
}

/* Sets *out_renamed when the token is called otherwise, so that all its links must be made anew. */
static void put_program(struct links *links, const struct program *p, bool *out_renamed)
{
    struct link_program_slot *slot = program_slot(links, p->id);
    struct link_program *facts = facts_make(p);
    struct link_program *before = atomic_exchange(&slot->facts, facts);
    *out_renamed = before && !str_eq(before->click_parameter, facts->click_parameter);
    if (!before)
        atomic_fetch_add(&links->program_count, 1);
    link_table_retire(&links->table, before);
}

static err read_programs(struct db *db, void *arg)
{
    struct links *links = arg;
    struct list programs = { 0 };
    bool renamed;
    TRY(program_all(db, &programs));
    for (size_t i = 0; i < programs.count; i++)
        put_program(links, (const struct program *)programs.at + i, &renamed);
    return NULL;
}

struct one_program {
    struct links *links;
    int64_t id;
    bool renamed;
};

static err read_program(struct db *db, void *arg)
{
    struct one_program *one = arg;
    struct program p = { 0 };
    err failed = program_get(db, one->id, &p);
    if (err_is(failed, &PROGRAM_NOT_FOUND))
        return NULL; /* its write was given up */
    TRY(failed);
    put_program(one->links, &p, &one->renamed);
    return NULL;
}

static err read_all(struct links *links)
{
    TRY(store_read(links->store, read_programs, links));
    return load(links, &LINK_HOT_ALL, NO_PARAMS);
}

static err read_one(struct links *links, const struct pending *p)
{
    if (p->program_id) {
        struct one_program one = { .links = links, .id = p->program_id };
        TRY(store_read(links->store, read_program, &one));
        if (one.renamed)
            TRY(load(links, &LINK_HOT_OF_PROGRAM, PARAMS(P("program_id", p->program_id))));
    }
    if (p->partner_id)
        TRY(load(links, &LINK_HOT_OF_PARTNER, PARAMS(P("partner_id", p->partner_id))));
    if (p->link_id)
        TRY(load(links, &LINK_HOT_ONE, PARAMS(P("link_id", p->link_id))));
    return NULL;
}

static void reread(struct links *links, const struct pending *what, size_t count, bool all)
{
    pthread_mutex_lock(&links->writing);
    err failed = all ? read_all(links) : NULL;
    for (size_t i = 0; i < count && !failed; i++)
        failed = read_one(links, &what[i]);
    link_table_settle(&links->table);
    pthread_mutex_unlock(&links->writing);
    if (failed)
        log_line(LOG_WARN, "links could not be read again why=%s", failed->code);
}

void links_reread(struct links *links, int64_t program_id, int64_t partner_id, int64_t link_id)
{
    struct pending what = {
        .program_id = program_id, .partner_id = partner_id, .link_id = link_id
    };
    if (links)
        reread(links, &what, 1, false);
}

/* ---- changes whose commit we do not see
 * ------------------------------------------------------------------- */

static void add_pending(struct links *links, struct pending p)
{
    pthread_mutex_lock(&links->lock);
    for (size_t i = 0; i < links->pending_count; i++) {
        struct pending *there = &links->pending[i];
        if (there->program_id == p.program_id && there->partner_id == p.partner_id &&
            there->link_id == p.link_id) {
            *there = links->pending[--links->pending_count];
            break;
        }
    }
    if (links->pending_count == PENDING_MOST) {
        links->reads_all = true;
        links->pending_count = 0;
    }
    links->pending[links->pending_count++] = p;
    atomic_store(&links->is_unsettled, true);
    pthread_cond_signal(&links->changed);
    pthread_mutex_unlock(&links->lock);
}

err links_changed(struct db *db, int64_t program_id, int64_t partner_id, int64_t link_id)
{
    struct store *store = db_store(db);
    pthread_mutex_lock(&registry_lock);
    for (struct links *links = registry; links; links = links->next)
        if (links->store == store)
            add_pending(links, (struct pending){ .program_id = program_id,
                                   .partner_id = partner_id,
                                   .link_id = link_id,
                                   .since_us = links->env->ticks_us(links->env) });
    pthread_mutex_unlock(&registry_lock);
    return store_tell(db, "link", program_id, partner_id, link_id);
}

/* On another node, and it is committed. */
static void hear(void *arg, const char *topic, int64_t program_id, int64_t partner_id,
    int64_t link_id)
{
    struct pending what = {
        .program_id = program_id, .partner_id = partner_id, .link_id = link_id
    };
    if (!topic || strcmp(topic, "link") == 0)
        reread(arg, &what, topic ? 1 : 0, !topic);
}

bool links_unsettled(const struct links *links)
{
    return atomic_load_explicit(&links->is_unsettled, memory_order_acquire);
}

static size_t copy_pending(struct links *links, struct pending *out, bool *out_all)
{
    pthread_mutex_lock(&links->lock);
    size_t count = links->pending_count;
    memcpy(out, links->pending, count * sizeof(*out));
    *out_all = links->reads_all;
    pthread_mutex_unlock(&links->lock);
    return count;
}

void links_refresh(struct links *links)
{
    struct pending what[PENDING_MOST];
    bool all;
    size_t count = copy_pending(links, what, &all);
    if (count > 0 || all)
        reread(links, what, count, all);
}

static bool may_look(struct links *links)
{
    int64_t second = links->env->ticks_us(links->env) / (1000 * 1000);
    if (atomic_exchange(&links->look_second, second) != second)
        atomic_store(&links->looks, 0);
    return atomic_fetch_add(&links->looks, 1) < LOOKS_A_SECOND;
}

struct looking {
    str code;
    struct pending found;
};

static err look(struct db *db, void *arg)
{
    struct looking *looking = arg;
    struct link link = { 0 };
    bool found;
    TRY(link_find_code(db, looking->code, &link, &found));
    if (found)
        looking->found = (struct pending){ .program_id = link.program_id, .link_id = link.id };
    return NULL;
}

void links_look(struct links *links, str code)
{
    struct looking looking = { .code = code };
    if (!links->news || !may_look(links))
        return;
    if (store_read(links->store, look, &looking) == NULL && looking.found.link_id)
        reread(links, &looking.found, 1, false);
}

/* What waited long enough is forgotten: its write is over, and it was read again since. */
static int64_t forget_old(struct links *links, int64_t now)
{
    int64_t youngest = 0;
    size_t kept = 0;
    for (size_t i = 0; i < links->pending_count; i++) {
        if (links->pending[i].since_us > youngest)
            youngest = links->pending[i].since_us;
        if (now - links->pending[i].since_us < PENDING_US)
            links->pending[kept++] = links->pending[i];
    }
    links->pending_count = kept;
    links->reads_all = links->reads_all && kept > 0;
    if (now - youngest > UNSETTLED_US)
        atomic_store(&links->is_unsettled, false);
    return now - youngest;
}

/* Reads again at once, then ever more seldom. */
static int64_t pause_us(int64_t age_us)
{
    return age_us < 100 * 1000 ? 2000 : age_us < 1000 * 1000 ? 10 * 1000 : 50 * 1000;
}

static void *follow(void *arg)
{
    struct links *links = arg;
    pthread_setname_np(pthread_self(), "links");
    pthread_mutex_lock(&links->lock);
    while (!links->is_stopping) {
        if (links->pending_count == 0) {
            pthread_cond_wait(&links->changed, &links->lock);
            continue;
        }
        pthread_mutex_unlock(&links->lock);
        links_refresh(links);
        pthread_mutex_lock(&links->lock);

        int64_t age = forget_old(links, links->env->ticks_us(links->env));
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += pause_us(age) * 1000;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (!links->is_stopping)
            pthread_cond_timedwait(&links->changed, &links->lock, &until);
    }
    pthread_mutex_unlock(&links->lock);
    return NULL;
}

/* ---- opening, finding
 * --------------------------------------------------------------------------------------- */

err links_open(struct store *store, const struct env *env, struct links **out)
{
    struct links *links = aligned_alloc(64, (sizeof(*links) + 63) / 64 * 64);
    if (!links)
        log_fatal("out of memory");
    memset(links, 0, sizeof(*links));
    links->store = store;
    links->env = env;
    uint64_t seed;
    env->random(env, &seed, sizeof(seed));
    link_table_open(&links->table, seed);
    pthread_mutex_init(&links->writing, NULL);
    pthread_mutex_init(&links->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&links->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&links->follower, NULL, follow, links) != 0)
        log_fatal("no thread for the links");

    pthread_mutex_lock(&registry_lock); /* before loading: what changes meanwhile is read again */
    links->next = registry;
    registry = links;
    pthread_mutex_unlock(&registry_lock);

    links->news = store_listen(store, hear, links);
    pthread_mutex_lock(&links->writing);
    err failed = read_all(links);
    link_table_settle(&links->table);
    pthread_mutex_unlock(&links->writing);
    if (failed) {
        links_close(links);
        return failed;
    }
    *out = links;
    return NULL;
}

void links_close(struct links *links)
{
    if (!links)
        return;
    store_unlisten(links->news);
    pthread_mutex_lock(&registry_lock);
    struct links **at = &registry;
    while (*at != links)
        at = &(*at)->next;
    *at = links->next;
    pthread_mutex_unlock(&registry_lock);

    pthread_mutex_lock(&links->lock);
    links->is_stopping = true;
    pthread_cond_signal(&links->changed);
    pthread_mutex_unlock(&links->lock);
    pthread_join(links->follower, NULL);

    link_table_close(&links->table);
    for (size_t i = 0; i < links->program_count; i++)
        free(atomic_load(&links->programs[i].facts));
    pthread_mutex_destroy(&links->writing);
    pthread_mutex_destroy(&links->lock);
    pthread_cond_destroy(&links->changed);
    free(links);
}

int links_enter(struct links *links)
{
    return link_table_enter(&links->table);
}

void links_leave(struct links *links, int ticket)
{
    link_table_leave(&links->table, ticket);
}

void links_expect(struct links *links, str code)
{
    link_table_expect(&links->table, code);
}

void links_near(struct links *links, str code)
{
    link_table_near(&links->table, code);
}

const struct link_hot *links_find(struct links *links, str code)
{
    return link_table_find(&links->table, code);
}

const struct link_program *links_program(const struct link_hot *link)
{
    return atomic_load_explicit(&link->program->facts, memory_order_acquire);
}

const struct link_program *links_only_program(struct links *links)
{
    return atomic_load(&links->program_count) == 1 ? atomic_load(&links->programs[0].facts) : NULL;
}

size_t links_count(struct links *links)
{
    pthread_mutex_lock(&links->writing);
    size_t count = link_table_count(&links->table);
    pthread_mutex_unlock(&links->writing);
    return count;
}

size_t links_bytes(struct links *links)
{
    pthread_mutex_lock(&links->writing);
    size_t bytes = links->table.bytes;
    pthread_mutex_unlock(&links->writing);
    return bytes;
}
