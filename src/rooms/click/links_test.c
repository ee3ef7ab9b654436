/* Links in memory follow the store: here, because a link in memory is seen by the click that
 * follows it. */
#include "migrations.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

#include "rooms/click/test_live.h" /* last: tests have a ROW of their own */

#include <time.h>

static void open_live(struct test *t, struct test_live *l)
{
    struct store *store = test_store(t, all_migrations);
    test_live_rows(store);
    test_live_open(l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/spool", test_folder(t))), 0);
}

static bool leads(struct test *t, struct test_live *l, const char *code, str *out)
{
    struct click_followed f;
    err failed = click_follow(l->live, t->arena, &(struct click_visit){ .code = str_of(code) }, &f);
    if (!failed)
        *out = str_replace(t->arena, f.location, f.token, STR("T"));
    return failed == NULL;
}

static err run(struct db *db, void *arg)
{
    return db_run(db, arg, NO_PARAMS, NULL, NULL, NULL);
}

#define WRITE(store, sql_)                                                                         \
    do {                                                                                           \
        static const char *const none[] = { NULL };                                                \
        static const struct statement s = { "test", { sql_, sql_ }, none, true };                  \
        ASSERT_OK(store_write(store, run, (void *)(uintptr_t)&s));                                 \
    } while (0)

TEST(change_of_a_link_is_seen_at_once)
{
    struct test_live l;
    str to;
    open_live(t, &l);
    ASSERT_TRUE(leads(t, &l, "anna", &to));
    ASSERT_STR(to, "https://shop.example/?tclid=T");
    WRITE(l.store, "UPDATE link SET target_url = 'https://shop.example/new' WHERE code = 'anna'");
    ASSERT_TRUE(leads(t, &l, "anna", &to));
    ASSERT_STR(to, "https://shop.example/?tclid=T"); /* the control: nobody said that it changed */
    links_reread(l.links, 0, 0, TEST_LINK);
    ASSERT_TRUE(leads(t, &l, "anna", &to));
    ASSERT_STR(to, "https://shop.example/new?tclid=T");

    WRITE(l.store, "UPDATE link SET status = 'paused' WHERE code = 'anna'");
    links_reread(l.links, 0, 0, TEST_LINK);
    ASSERT_FALSE(leads(t, &l, "anna", &to));
    test_live_close(&l);
}

struct suspending {
    struct links *links;
    bool was_unsettled;
};

static err suspend(struct db *db, void *arg)
{
    struct suspending *suspending = arg;
    static const char *const none[] = { NULL };
    static const struct statement s = { "suspend",
        { "UPDATE partner SET status = 'suspended'", "UPDATE partner SET status = 'suspended'" },
        none, true };
    TRY(links_changed(db, 0, TEST_PARTNER, 0));
    suspending->was_unsettled = links_unsettled(suspending->links);
    return db_run(db, &s, NO_PARAMS, NULL, NULL, NULL);
}

TEST(links_of_a_suspended_partner_close_with_the_write)
{
    struct test_live l;
    str to;
    open_live(t, &l);
    ASSERT_TRUE(leads(t, &l, "tea", &to));
    struct suspending suspending = { .links = l.links };
    ASSERT_FALSE(links_unsettled(l.links)); /* the control */
    ASSERT_OK(store_write(l.store, suspend, &suspending));
    ASSERT_TRUE(suspending.was_unsettled); /* so the loop leaves it to a worker, who reads again */
    ASSERT_FALSE(leads(t, &l, "tea", &to));
    for (int i = 0; i < 500 && links_unsettled(l.links); i++)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    ASSERT_FALSE(links_unsettled(l.links));
    test_live_close(&l);
}

static err rename_parameter(struct db *db, void *arg)
{
    static const char *const none[] = { NULL };
    static const struct statement s = { "rename",
        { "UPDATE program SET click_parameter = 'kc', allowed_domains = '[\"other.example\"]'",
            "UPDATE program SET click_parameter = 'kc', allowed_domains = '[\"other.example\"]'" },
        none, true };
    (void)arg;
    TRY(links_changed(db, TEST_PROGRAM, 0, 0));
    return db_run(db, &s, NO_PARAMS, NULL, NULL, NULL);
}

TEST(programmes_new_facts_hold_for_all_its_links)
{
    struct test_live l;
    str to;
    open_live(t, &l);
    ASSERT_OK(store_write(l.store, rename_parameter, NULL));
    ASSERT_TRUE(leads(t, &l, "tea", &to));
    ASSERT_STR(to, "https://www.shop.example/p?x=1&kc=T#f");
    struct click_followed f;
    ASSERT_OK(click_follow(l.live, t->arena,
        &(struct click_visit){ .code = STR("tea"), .query = STR("to=https://other.example/a") },
        &f));
    ASSERT_HAS(f.location, "https://other.example/a?kc=");
    test_live_close(&l);
}

static err make_default(struct db *db, void *arg)
{
    (void)arg;
    return link_make_default(db, TEST_PROGRAM, TEST_PARTNER, db_now(db));
}

TEST(approved_partner_gets_one_default_link)
{
    struct test_live l;
    open_live(t, &l);
    ASSERT_INT(test_count(l.store, "SELECT count(*) FROM link WHERE is_default = 1"), 0);
    ASSERT_OK(store_write(l.store, make_default, NULL));
    ASSERT_OK(store_write(l.store, make_default, NULL));
    ASSERT_INT(test_count(l.store, "SELECT count(*) FROM link WHERE is_default = 1"), 1);
    links_refresh(l.links);
    struct click_followed f;
    ASSERT_OK(click_follow(l.live, t->arena, &(struct click_visit){ .code = STR("anna-2") },
        &f)); /* "anna" was taken */
    ASSERT_HAS(f.location, "https://shop.example/?tclid=");
    test_live_close(&l);
}

static err close_all(struct db *db, void *arg)
{
    (void)arg;
    static const char *const none[] = { NULL };
    static const char sql[] = "UPDATE link SET status = 'paused'";
    static const struct statement s = { "pause", { sql, sql }, none, true };
    TRY(db_run(db, &s, NO_PARAMS, NULL, NULL, NULL));
    return links_changed(db, 0, TEST_PARTNER, 0);
}

/* Two processes on one database, as far as the store can tell. */
TEST(what_another_node_changes_is_seen_within_a_second)
{
    struct store *store = test_store(t, all_migrations), *other_store;
    struct store_options options = test_store_options(t, all_migrations);
    struct test_live l, other;
    str to;
    if (!store_is_shared(options.url))
        return;
    test_live_rows(store);
    ASSERT_OK(store_open(&options, &other_store));
    test_live_open(&l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/a", test_folder(t))), 0);
    test_live_open(&other, other_store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/b", test_folder(t))), 0);
    ASSERT_TRUE(leads(t, &l, "tea", &to));
    ASSERT_TRUE(leads(t, &other, "tea", &to));
    ASSERT_OK(store_write(other_store, close_all, NULL));
    ASSERT_FALSE(leads(t, &other, "tea", &to)); /* its own, at once */
    bool is_open = true;
    for (int i = 0; i < 200 && is_open; i++) {
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
        is_open = leads(t, &l, "tea", &to);
    }
    ASSERT_FALSE(is_open);
    test_live_close(&other);
    store_close(other_store);
    test_live_close(&l);
}

/* Nobody says anything here: as before the news is heard. */
TEST(what_another_node_opens_leads_at_once)
{
    struct store *store = test_store(t, all_migrations);
    struct store_options options = test_store_options(t, all_migrations);
    struct test_live l;
    str to;
    test_live_rows(store);
    WRITE(store, "UPDATE link SET status = 'paused'");
    test_live_open(&l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/a", test_folder(t))), 0);
    ASSERT_FALSE(leads(t, &l, "tea", &to));
    WRITE(store, "UPDATE link SET status = 'active' WHERE code = 'tea'");
    WRITE(store, "UPDATE link SET code = 'pot' WHERE code = 'anna'");
    bool is_shared = store_is_shared(options.url); /* the control: a store of our own is not asked */
    ASSERT_INT(leads(t, &l, "TEA", &to), is_shared);
    ASSERT_FALSE(leads(t, &l, "pot", &to)); /* paused there too */
    WRITE(store, "UPDATE link SET status = 'active' WHERE code = 'pot'");
    ASSERT_INT(leads(t, &l, "pot", &to), is_shared);
    ASSERT_FALSE(leads(t, &l, "nobody", &to));
    test_live_close(&l);
}

RUN_TESTS(ROW(change_of_a_link_is_seen_at_once),
    ROW(links_of_a_suspended_partner_close_with_the_write),
    ROW(programmes_new_facts_hold_for_all_its_links), ROW(approved_partner_gets_one_default_link),
    ROW(what_another_node_changes_is_seen_within_a_second),
    ROW(what_another_node_opens_leads_at_once))
