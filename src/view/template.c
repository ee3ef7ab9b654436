/* The collection of templates: compiled at start, read again from disk while pages are being
 * written. */
#include "view/template.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "view/template_store.h"

struct templates {
    struct arena *arena;
    const char *disk_folder;
    bool is_strict;
    struct template *first;
    const struct template **sorted; /* by name; those that were embedded */
    size_t count;
    pthread_mutex_t lock; /* with a disk folder */
};

static bool read_file(struct arena *arena, const char *path, str *out)
{
    struct buf text = buf_new(arena);
    FILE *f = fopen(path, "rb");
    char part[16384];
    size_t got;

    if (!f)
        return false;
    while ((got = fread(part, 1, sizeof(part), f)) > 0)
        buf_bytes(&text, part, got);
    fclose(f);
    *out = buf_str(&text);
    return true;
}

/* "coupon/list" is rooms/coupon/pages/list.html or coupon/pages/list.html; null when neither is
 * there. */
static const char *path_of(const struct templates *ts, struct arena *arena, str name)
{
    static const char *const folders[] = { "rooms/", "" };
    const char *ending = str_ends(name, STR(".txt")) ? "" : ".html";
    size_t slash;

    if (!ts->disk_folder || !str_find(name, '/', &slash) || str_has(name, STR("..")))
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        str path =
            str_printf(arena, "%s/%s%" PRI_STR "/pages/%" PRI_STR "%s", ts->disk_folder, folders[i],
                STR_ARG(str_first(name, slash)), STR_ARG(str_from(name, slash + 1)), ending);
        struct stat st;

        if (stat(path.at, &st) == 0 && S_ISREG(st.st_mode))
            return path.at;
    }
    return NULL;
}

/* Remembers the file's state; true when it is not the one known before. */
static bool remember_state(struct template *t)
{
    struct stat st;
    int64_t changed_ns;

    if (!t->path || stat(t->path, &st) != 0)
        return false;
    changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if (changed_ns == t->changed_ns && st.st_size == t->size)
        return false;
    t->changed_ns = changed_ns;
    t->size = st.st_size;
    return true;
}

/* The tree goes into an arena of its own, which goes when the text changes. */
static err compile(struct template *t, struct arena *for_errors)
{
    str text = str_of(t->embedded);
    err failed;

    if (t->arena)
        arena_free(t->arena);
    t->arena = arena_new();
    t->nodes = NULL;
    if (t->path && !read_file(t->arena, t->path, &text))
        text = str_of(t->embedded);
    if (!text.at)
        return err_make(for_errors, ERR_INTERNAL, "template", NULL, "%s: cannot be read", t->name);
    failed = template_compile(t->arena, t->name, text, &t->nodes);
    t->is_stale = failed != NULL;
    return failed ? err_make(for_errors, failed->kind, failed->code, NULL, "%s", failed->text)
                  : NULL;
}

static struct template *add(struct templates *ts, const char *name, const char *embedded)
{
    struct template *t = ARENA_NEW(ts->arena, struct template);

    t->name = str_c(ts->arena, str_of(name));
    t->is_plain = template_is_plain(name);
    t->embedded = embedded;
    t->path = path_of(ts, ts->arena, str_of(name));
    t->next = ts->first;
    ts->first = t;
    return t;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(
        (*(const struct template *const *)a)->name, (*(const struct template *const *)b)->name);
}

static const struct template *find_sorted(const struct templates *ts, str name)
{
    size_t low = 0, high = ts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(name, str_of(ts->sorted[middle]->name));

        if (order == 0)
            return ts->sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static struct template *find_listed(const struct templates *ts, str name)
{
    for (struct template *t = ts->first; t; t = t->next)
        if (str_eq(str_of(t->name), name))
            return t;
    return NULL;
}

err templates_find(struct templates *ts, str name, struct arena *arena, const struct template **out)
{
    struct template *t;

    *out = find_sorted(ts, name);
    if (!ts->disk_folder)
        return NULL;
    t = find_listed(ts, name);
    if (!t && path_of(ts, arena, name)) {
        t = add(ts, str_c(arena, name), NULL);
        remember_state(t);
    }
    if (t && (!t->arena || t->is_stale))
        TRY(compile(t, arena));
    *out = t;
    return NULL;
}

/* Parts and frames are looked up once; what cannot be found is a mistake of the page. */
static err bind(struct templates *ts, const struct template *t, struct node *nodes)
{
    for (struct node *n = nodes; n; n = n->next) {
        if (n->kind == NODE_PARTIAL || n->kind == NODE_PARENT) {
            n->target = find_sorted(ts, n->text);
            if (!n->target)
                return template_fail(ts->arena, t->name, n->line, "there is no page `%" PRI_STR "`",
                    STR_ARG(n->text));
            if (n->target->is_plain != t->is_plain)
                return template_fail(
                    ts->arena, t->name, n->line, "plain text and markup do not mix");
        }
        TRY(bind(ts, t, n->children));
    }
    return NULL;
}

static err open_all(struct templates *ts, const struct template_source *embedded)
{
    size_t i = 0;

    for (const struct template_source *s = embedded; s && s->name; s++) {
        struct template *t = add(ts, s->name, s->text);

        remember_state(t);
        TRY(compile(t, ts->arena));
        ts->count++;
    }
    ts->sorted = ARENA_ARRAY(ts->arena, const struct template *, ts->count + 1);
    for (const struct template *t = ts->first; t; t = t->next)
        ts->sorted[i++] = t;
    qsort(ts->sorted, ts->count, sizeof(ts->sorted[0]), by_name);
    for (i = 1; i < ts->count; i++)
        if (strcmp(ts->sorted[i - 1]->name, ts->sorted[i]->name) == 0)
            return err_make(ts->arena, ERR_INTERNAL, "template", NULL, "%s: there are two of it",
                ts->sorted[i]->name);
    for (struct template *t = ts->first; t && !ts->disk_folder; t = t->next)
        TRY(bind(ts, t, t->nodes));
    return NULL;
}

err templates_open(const struct template_source *embedded, const char *disk_folder, bool strict,
    struct templates **out)
{
    struct arena *arena = arena_new();
    struct templates *ts = ARENA_NEW(arena, struct templates);

    ts->arena = arena;
    ts->disk_folder = disk_folder ? str_c(arena, str_of(disk_folder)) : NULL;
    ts->is_strict = strict;
    pthread_mutex_init(&ts->lock, NULL);
    *out = ts;
    return open_all(ts, embedded);
}

void templates_close(struct templates *ts)
{
    if (!ts)
        return;
    for (struct template *t = ts->first; t; t = t->next)
        if (t->arena)
            arena_free(t->arena);
    pthread_mutex_destroy(&ts->lock);
    arena_free(ts->arena);
}

bool templates_has(struct templates *ts, const char *name)
{
    bool has;

    templates_enter(ts);
    has = (ts->disk_folder ? find_listed(ts, str_of(name)) : find_sorted(ts, str_of(name))) != NULL;
    templates_leave(ts);
    return has;
}

bool templates_strict(const struct templates *ts)
{
    return ts->is_strict;
}

/* Changes are noticed here only: later some of these trees are being walked. */
void templates_enter(struct templates *ts)
{
    if (!ts->disk_folder)
        return;
    pthread_mutex_lock(&ts->lock);
    for (struct template *t = ts->first; t; t = t->next)
        t->is_stale = remember_state(t) || t->is_stale;
}

void templates_leave(struct templates *ts)
{
    if (ts->disk_folder)
        pthread_mutex_unlock(&ts->lock);
}
