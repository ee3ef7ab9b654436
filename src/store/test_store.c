/* A store for a test. */
#include "store/test_store.h"

#include "base/arena.h"

struct store_options test_store_options(struct test *t, const struct migration *const *tables)
{
    return (struct store_options){
        .url = str_printf(t->arena, "sqlite:%s/test.db", test_folder(t)).at,
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
