/* Bringing a store up to date: once, in order, whole, and never by guessing. */
#include "store/test_note.h"

#include <string.h>

static const struct migration first[] = {
    { "2026-12-01-1-a",
        "CREATE TABLE a (id {{key}}, b {{int}} NOT NULL, c {{blob}}) {{strict}};\n"
        "INSERT INTO a (id, b) VALUES (1, 10), (2, 20); -- two statements; and a ';' in here\n"
        "CREATE TRIGGER a_stays BEFORE DELETE ON a BEGIN\n"
        "  SELECT raise(ABORT, 'rows of a stay; always');\nEND;" },
    { "2026-12-03-1-c", "INSERT INTO a (id, b) SELECT 3, sum(b) FROM a;" },
    { NULL, NULL },
};
static const struct migration second[] = {
    { "2026-12-02-1-b",
        "UPDATE a SET b = b * 2;\n-- @postgres\nUPDATE a SET b = b::int8 + 1;\n-- @sqlite\n"
        "UPDATE a SET b = b + iif(1, 1, 0);\n"
        "-- @both\nCREATE TABLE d (id {{key}}, a_id {{int}} REFERENCES a (id)) {{strict}};" },
    { NULL, NULL },
};
static const struct migration *const old_tables[] = { first, NULL };
static const struct migration *const new_tables[] = { first, second, NULL };

STATEMENT(sum_b, false, "SELECT sum(b) FROM a", );
STATEMENT(count_migrations, false, "SELECT count(*) FROM migration", );
STATEMENT(delete_a, true, "DELETE FROM a", );

static err ask(struct db *db, const struct statement *s, int64_t *out)
{
    return db_int(db, s, NO_PARAMS, out);
}

static err read_sum(struct db *db, void *out)
{
    return ask(db, &sum_b, out);
}

static err read_migrations(struct db *db, void *out)
{
    return ask(db, &count_migrations, out);
}

static int64_t number(struct store *s, store_fn fn)
{
    int64_t out = -1;
    ASSERT_OK(store_read(s, fn, &out));
    return out;
}

static err open_with(
    struct test *t, const struct migration *const *tables, bool apply, struct store **out)
{
    struct store_options o = test_store_options(t, tables);
    o.migrate = apply;
    return store_open(&o, out);
}

TEST(files_of_all_rooms_run_in_the_order_of_their_names)
{
    struct store *s = test_store(t, new_tables);
    /* 10, 20 are doubled and raised (21, 41) before their sum comes in as the third row. */
    ASSERT_INT(number(s, read_sum), 21 + 41 + 62);
    ASSERT_INT(number(s, read_migrations), 3);
}

static err empty_a(struct db *db, void *arg)
{
    (void)arg;
    return db_run(db, &delete_a, NO_PARAMS, NULL, NULL, NULL);
}

TEST(what_has_run_does_not_run_again)
{
    struct store *s;
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(open_with(t, new_tables, i < 2, &s));
        ASSERT_INT(number(s, read_sum), 124);
        log_level_set(LOG_ERROR + 1);
        ASSERT_ERR(
            store_write(s, empty_a, NULL), &STORE_BROKEN); /* triggers stand again afterwards */
        log_level_set(LOG_ERROR);
        store_close(s);
    }
}

TEST(a_later_room_may_come_with_an_earlier_date)
{
    struct store *s;
    ASSERT_OK(open_with(t, old_tables, true, &s));
    ASSERT_INT(number(s, read_sum), 60);
    store_close(s);
    ASSERT_OK(open_with(t, new_tables, true, &s));
    ASSERT_INT(number(s, read_sum), 123);
    store_close(s);
}

TEST(an_old_store_is_refused_unless_asked_for)
{
    struct store *s;
    ASSERT_OK(open_with(t, old_tables, true, &s));
    store_close(s);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_with(t, new_tables, false, &s), &STORE_OLDER);
    ASSERT_TRUE(s == NULL);
    log_level_set(LOG_ERROR);
    ASSERT_OK(open_with(t, old_tables, false, &s)); /* the control */
    store_close(s);
}

TEST(a_newer_store_is_refused)
{
    struct store *s;
    ASSERT_OK(open_with(t, new_tables, true, &s));
    store_close(s);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_with(t, old_tables, true, &s), &STORE_NEWER);
    log_level_set(LOG_ERROR);
}

TEST(a_changed_file_is_refused)
{
    struct migration changed[3];
    const struct migration *const tables[] = { changed, NULL };
    struct store *s;
    ASSERT_OK(open_with(t, old_tables, true, &s));
    store_close(s);
    memcpy(changed, first, sizeof(changed));
    changed[1].sql = "INSERT INTO a (id, b) SELECT 3, sum(b) FROM a ;";
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_with(t, tables, true, &s), &STORE_CHANGED);
    log_level_set(LOG_ERROR);
}

TEST(a_failed_file_leaves_nothing_and_the_ones_before_it_stay)
{
    static const struct {
        const char *sql;
        const struct err *gives;
    } cases[] = {
        { "UPDATE a SET b = 0; CREATE TABLE e (id {{key}}); SELECT broken;", &STORE_BROKEN },
        { "UPDATE a SET b = 0; INSERT INTO a (id, b) VALUES (1, 1);", &STORE_CONFLICT },
        { "UPDATE a SET b = 0; CREATE TABLE f (id {{key}}, a_id {{int}} REFERENCES a (id)) "
          "{{strict}};"
          "INSERT INTO f VALUES (1, 77);",
            &STORE_CONFLICT },
    };
    EACH (c, cases) {
        struct store *s;
        const struct migration bad[] = { { "2026-12-09-1-bad", c->sql }, { NULL, NULL } };
        const struct migration *const tables[] = { first, bad, NULL };
        test_case("%s", c->sql);
        log_level_set(LOG_ERROR + 1);
        ASSERT_ERR(open_with(t, tables, true, &s), c->gives);
        log_level_set(LOG_ERROR);
        ASSERT_OK(open_with(t, old_tables, false, &s));
        ASSERT_INT(number(s, read_sum), 60);
        store_close(s);
    }
}

TEST(two_files_of_one_name_are_refused)
{
    const struct migration *const tables[] = { first, first, NULL };
    struct store *s;
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(open_with(t, tables, true, &s), &STORE_CHANGED);
    log_level_set(LOG_ERROR);
}

RUN_TESTS(ROW(files_of_all_rooms_run_in_the_order_of_their_names),
    ROW(what_has_run_does_not_run_again), ROW(a_later_room_may_come_with_an_earlier_date),
    ROW(an_old_store_is_refused_unless_asked_for), ROW(a_newer_store_is_refused),
    ROW(a_changed_file_is_refused), ROW(a_failed_file_leaves_nothing_and_the_ones_before_it_stay),
    ROW(two_files_of_one_name_are_refused))
