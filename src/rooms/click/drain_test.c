/* Journals that are drained again, elsewhere, by two at once: every click is a row and counts once. */
#include "migrations.h"

#include "rooms/click/test_live.h" /* last: tests have a ROW of their own */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const char *path_of(struct test *t, const char *name)
{
    return str_c(t->arena, str_printf(t->arena, "%s/%s", test_folder(t), name));
}

static struct spool *open_spool(const char *path)
{
    struct spool *spool;
    ASSERT_OK(spool_open(
        &(struct spool_options){ .path = path, .env = env_system(), .segment_bytes = 128 << 10 },
        &spool));
    return spool;
}

/* Clicks that nobody has drained: as a node leaves them that dies. */
static void leave(const char *path, int64_t first, int64_t count)
{
    struct spool *spool = open_spool(path);
    instant at = test_instant("2026-12-01T10:00:00Z");
    for (int64_t i = first; i < first + count; i++) {
        const struct click c = { .id = id_at(instant_plus_ms(at, i * 1000), 1),
            .program_id = TEST_PROGRAM,
            .link_id = TEST_LINK + i % 2,
            .partner_id = TEST_PARTNER,
            .visitor_id = 1,
            .country = i % 3 ? STR("PL") : STR_NONE };
        unsigned char record[CLICK_RECORD_MAX];
        size_t size = click_record_write(&c, record);
        err failed = spool_append(spool, record, size, NULL, NULL);
        if (failed == &SPOOL_FULL) {
            ASSERT_OK(spool_flush(spool));
            failed = spool_append(spool, record, size, NULL, NULL);
        }
        ASSERT_OK(failed);
    }
    ASSERT_OK(spool_flush(spool));
    spool_close(spool);
}

static uint64_t drain(struct store *store, const char *path)
{
    struct spool *spool = open_spool(path);
    uint64_t moved;
    ASSERT_OK(click_drain(store, env_system(), spool, &moved));
    spool_close(spool);
    return moved;
}

static void expect_once(struct store *store, int64_t clicks)
{
    ASSERT_INT(test_count(store, "SELECT count(*) FROM click"), clicks);
    ASSERT_INT(test_count(store, "SELECT coalesce(sum(clicks), 0) FROM click_hour"), clicks);
    ASSERT_INT(test_count(store, "SELECT coalesce(sum(clicks), 0) FROM click_sub"), clicks);
    ASSERT_INT(test_count(store, "SELECT coalesce(sum(clicks), 0) FROM link_total"), clicks);
}

static void copy(struct test *t, const char *from, const char *to)
{
    str command = str_printf(t->arena, "cp -a '%s' '%s'", from, to);
    ASSERT_INT(system(str_c(t->arena, command)), 0);
}

static struct store *begin(struct test *t)
{
    struct store *store = test_store(t, all_migrations);
    test_live_rows(store);
    return store;
}

TEST(a_journal_is_drained_once_whoever_has_its_folder)
{
    struct store *store = begin(t);
    const char *own = path_of(t, "own"), *copied = path_of(t, "copied");
    leave(own, 0, 3000);
    copy(t, own, copied);
    ASSERT_INT(drain(store, own), 3000);
    expect_once(store, 3000);
    ASSERT_INT(drain(store, own), 0);
    ASSERT_INT(drain(store, copied), 0);
    leave(own, 3000, 500); /* its node came back for a while */
    ASSERT_INT(drain(store, copied), 0);
    ASSERT_INT(drain(store, own), 500);
    expect_once(store, 3500);
}

TEST(two_journals_of_two_nodes_are_no_copies_of_each_other)
{
    struct store *store = begin(t);
    const char *one = path_of(t, "one"), *two = path_of(t, "two");
    leave(one, 0, 700);
    leave(two, 700, 700);
    ASSERT_INT(drain(store, one), 700);
    ASSERT_INT(drain(store, two), 700);
    expect_once(store, 1400);
}

static err run(struct db *db, void *arg)
{
    return db_run(db, arg, NO_PARAMS, NULL, NULL, NULL);
}

TEST(a_journal_that_the_store_does_not_know_counts_what_is_not_there_yet)
{
    static const char *const none[] = { NULL };
    static const char sql[] = "DELETE FROM click_drain";
    static const struct statement forget = { "forget", { sql, sql }, none, true };
    struct store *store = begin(t);
    const char *own = path_of(t, "own");
    leave(own, 0, 1000);
    ASSERT_INT(drain(store, own), 1000);
    leave(own, 1000, 300);
    ASSERT_OK(store_write(store, run, (void *)(uintptr_t)&forget));
    drain(store, own);
    expect_once(store, 1300);
    ASSERT_INT(drain(store, own), 0);
    expect_once(store, 1300);
}

struct helper {
    struct store *store;
    const char *path;
    pthread_t thread;
};

static void *help(void *arg)
{
    struct helper *h = arg;
    drain(h->store, h->path);
    return NULL;
}

TEST(four_who_drain_one_journal_at_once_count_every_click_once)
{
    struct store *store = begin(t);
    struct helper helpers[4];
    for (int round = 0; round < 3; round++) {
        const char *own = path_of(t, str_printf(t->arena, "own%d", round).at);
        leave(own, round * 4000, 4000);
        for (int i = 0; i < 4; i++) {
            helpers[i] = (struct helper){ .store = store,
                .path = path_of(t, str_printf(t->arena, "copy%d-%d", round, i).at) };
            copy(t, own, helpers[i].path);
        }
        for (int i = 0; i < 4; i++)
            ASSERT_INT(pthread_create(&helpers[i].thread, NULL, help, &helpers[i]), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(helpers[i].thread, NULL);
        expect_once(store, (round + 1) * 4000);
    }
}

RUN_TESTS(ROW(a_journal_is_drained_once_whoever_has_its_folder),
    ROW(two_journals_of_two_nodes_are_no_copies_of_each_other),
    ROW(a_journal_that_the_store_does_not_know_counts_what_is_not_there_yet),
    ROW(four_who_drain_one_journal_at_once_count_every_click_once))
