/* A store for a test. */
#include "store/test_store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* The folder's name makes the schema's: "tributary-test-aB3xYz" is t_6142337859 there. */
const char *test_store_url(struct test *t, const char *name)
{
    const char *cluster = getenv("TRIBUTARY_TEST_DATABASE"), *folder = test_folder(t);
    if (!cluster || !*cluster)
        return str_printf(t->arena, "sqlite:%s/%s.db", folder, name).at;
    str hex = str_hex(t->arena, strrchr(folder, '-') + 1, 6);
    char word[20];
    size_t len = 0;
    for (; name[len] && len < sizeof word - 1; len++)
        word[len] = isascii(name[len]) && isalnum(name[len]) ? (char)tolower(name[len]) : '_';
    word[len] = 0;
    return str_printf(
        t->arena, "%s&schema=t_%" PRI_STR "_%s_%zu", cluster, STR_ARG(hex), word, strlen(name))
        .at;
}

struct store_options test_store_options(struct test *t, const struct migration *const *tables)
{
    return (struct store_options){
        .url = test_store_url(t, "test"),
        .env = t->env,
        .migrations = tables,
        .create = true,
        .migrate = true,
        .strict = true,
        .rerun = true,
    };
}

static void close_store(void *store)
{
    store_close(store);
}

struct store *test_store(struct test *t, const struct migration *const *tables)
{
    static const struct migration none[] = { { NULL, NULL } };
    static const struct migration *const nothing[] = { none, NULL };
    struct store_options options = test_store_options(t, tables ? tables : nothing);
    struct store *store = NULL;
    ASSERT_OK(store_open(&options, &store));
    arena_defer(t->arena, close_store, store);
    return store;
}

int64_t test_store_number(struct store *s, const struct statement *statement)
{
    struct arena *arena = arena_new();
    struct db *db = store_lend(s, arena);
    int64_t out = -1;
    ASSERT_OK(db_int(db, statement, NO_PARAMS, &out));
    store_return(db);
    arena_free(arena);
    return out;
}
