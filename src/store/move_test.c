/* From one store into another: all of it, also in two goes, and never half of it unnoticed. */
#include "store/move.h"
#include "store/test_note.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOTES = 5000 }; /* more than two batches */

static err fill(struct db *db, void *arg)
{
    static const char seal[] = "\x00\x01\xff";
    (void)arg;
    for (int64_t i = 1; i <= NOTES; i++) {
        struct note n = { .id = i * 7919 % 7907 + 1, .program_id = 1, .rank = i % 1000 };
        TRY(db_put(db, &note_insert, &note_fields, &n));
        if (i % 3 == 0)
            TRY(db_run(db, &reply_insert,
                (const struct param[]){ P("id", i), P("note_id", n.id),
                    param_bytes("seal", seal, (size_t)i % 4), { 0 } },
                NULL, NULL, NULL));
    }
    return NULL;
}

static struct store *open_file(struct test *t, const char *name)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    o.url = str_printf(t->arena, "sqlite:%s/%s.db", test_folder(t), name).at;
    ASSERT_OK(store_open(&o, &s));
    return s;
}

static struct store *filled(struct test *t)
{
    struct store *s = open_file(t, "from");
    ASSERT_OK(store_write(s, fill, NULL));
    return s;
}

static err open_target(struct test *t, bool moving, struct store **out)
{
    struct store_options o = test_store_options(t, note_tables);
    o.moving = moving;
    return store_open(&o, out);
}

static void expect_same(struct store *a, struct store *b)
{
    struct portable_sums here, there;
    ASSERT_OK(portable_sums_of(a, &here));
    ASSERT_OK(portable_sums_of(b, &there));
    ASSERT_STR(str_of(there.sha256), here.sha256);
    ASSERT_INT(there.rows, NOTES + NOTES / 3);
}

TEST(everything_comes_over_and_the_store_is_anybodys_then)
{
    struct store *from = filled(t), *to;
    struct portable_sums sums;
    ASSERT_OK(open_target(t, true, &to));
    ASSERT_OK(store_move(from, to, NULL, NULL, &sums));
    ASSERT_INT(sums.rows, NOTES + NOTES / 3);
    store_close(to);
    ASSERT_OK(open_target(t, false, &to));
    expect_same(from, to);
    ASSERT_OK(note_put(to, 100000, 1, NULL));
    store_close(to);
    store_close(from);
}

static void die_in_the_middle(const char *table, int64_t rows, void *arg)
{
    (void)arg;
    if (strcmp(table, "note") == 0 && rows > NOTES / 2)
        _exit(9);
}

static void move_and_die(struct test *t)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct store *from = open_file(t, "from"), *to;
        err failed = open_target(t, true, &to);
        if (!failed)
            failed = store_move(from, to, die_in_the_middle, NULL, NULL);
        _exit(failed ? 1 : 0);
    }
    ASSERT_INT(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_INT(WEXITSTATUS(status), 9);
}

TEST(a_move_that_was_cut_off_goes_on_and_nobody_opens_it_before)
{
    struct store *from = filled(t), *to;
    store_close(from);
    move_and_die(t);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_target(t, false, &to), &STORE_MOVING);
    log_level_set(LOG_ERROR);
    from = open_file(t, "from");
    ASSERT_OK(open_target(t, true, &to));
    int64_t before = notes(to);
    ASSERT_TRUE(before > NOTES / 2 && before < NOTES);
    ASSERT_OK(store_move(from, to, NULL, NULL, NULL));
    expect_same(from, to);
    store_close(to);
    store_close(from);
}

STATEMENT(promote, true, "UPDATE note SET rank = rank + 1 WHERE id = 13", );

static err change(struct db *db, void *arg)
{
    (void)arg;
    return db_run(db, &promote, NO_PARAMS, NULL, NULL, NULL);
}

TEST(a_first_store_that_was_still_in_use_is_found)
{
    struct store *from = filled(t), *to;
    store_close(from);
    move_and_die(t);
    from = open_file(t, "from");
    ASSERT_OK(store_write(from, change, NULL));
    ASSERT_OK(open_target(t, true, &to));
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_move(from, to, NULL, NULL, NULL), &MOVE_DIFFERS);
    store_close(to);
    ASSERT_ERR(open_target(t, false, &to), &STORE_MOVING);
    log_level_set(LOG_ERROR);
    store_close(from);
}

TEST(a_store_with_a_life_of_its_own_is_no_place_to_move_to)
{
    struct store *to;
    ASSERT_OK(open_target(t, false, &to));
    store_close(to);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_target(t, true, &to), &STORE_CONFLICT);
    log_level_set(LOG_ERROR);
}

RUN_TESTS(ROW(everything_comes_over_and_the_store_is_anybodys_then),
    ROW(a_move_that_was_cut_off_goes_on_and_nobody_opens_it_before),
    ROW(a_first_store_that_was_still_in_use_is_found),
    ROW(a_store_with_a_life_of_its_own_is_no_place_to_move_to))
