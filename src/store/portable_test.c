/* Moving house: what comes out goes in, and comes out the same. */
#include "store/portable.h"
#include "store/test_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

/* Names against the order of references, a key of two columns, a table that refers to itself,
 * triggers that would make rows or refuse them. */
static const struct migration more_migrations[] = {
    { "2026-12-02-1-more",
        "CREATE TABLE zoo (id {{key}}, parent_id {{int}} REFERENCES zoo (id), reply_id {{int}} "
        "REFERENCES reply (id))"
        " {{strict}};\n"
        "CREATE TABLE attic (id {{key}}, zoo_id {{int}} NOT NULL REFERENCES zoo (id)) {{strict}};\n"
        "CREATE TABLE pair (b TEXT NOT NULL, a {{int}} NOT NULL, \"value\" {{int}}, PRIMARY KEY "
        "(a, b)) {{strict}};\n"
        "CREATE TABLE tally (n {{int}} NOT NULL) {{strict}};\n"
        "-- @sqlite\n"
        "CREATE TRIGGER tally_notes AFTER INSERT ON note BEGIN INSERT INTO tally VALUES (new.id); "
        "END;\n"
        "CREATE TRIGGER pair_sealed BEFORE INSERT ON pair WHEN new.a = 2 AND (SELECT count(*) FROM "
        "pair) > 40"
        " BEGIN SELECT raise(ABORT, 'sealed'); END;\n"
        "-- @postgres\n"
        "CREATE FUNCTION tally_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO tally VALUES (NEW.id); RETURN NEW; END; $$;\n"
        "CREATE TRIGGER tally_notes AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION "
        "tally_note();\n"
        "CREATE FUNCTION seal_pair() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.a = 2 AND (SELECT count(*) FROM pair) > 40 THEN RAISE EXCEPTION 'sealed'; END IF;"
        " RETURN NEW; END; $$;\n"
        "CREATE TRIGGER pair_sealed BEFORE INSERT ON pair FOR EACH ROW EXECUTE FUNCTION "
        "seal_pair();" },
    { NULL, NULL },
};
static const struct migration *const tables[] = { note_migrations, more_migrations, NULL };

STATEMENT(zoo_insert, true, "INSERT INTO zoo (id, parent_id, reply_id) VALUES ($1, $2, $3)", "id",
    "parent_id", "reply_id");
STATEMENT(attic_insert, true, "INSERT INTO attic (id, zoo_id) VALUES ($1, $2)", "id", "zoo_id");
STATEMENT(
    pair_insert, true, "INSERT INTO pair (a, b, \"value\") VALUES ($1, $2, $3)", "a", "b", "value");
STATEMENT(tally_count, false, "SELECT count(*) FROM tally", );

#define RUN(statement, ...)                                                                        \
    TRY(db_run(db, &statement, (const struct param[]){ __VA_ARGS__, { 0 } }, NULL, NULL, NULL))

static err fill(struct db *db, void *arg)
{
    struct test *t = arg;
    static const char seal[] = "\x00\x01\xff\"\n";
    const str names[] = { STR(""), STR("zażółć 茶 🍵"), STR("\x01\x1f\x7f\b\f\n\r\t\"\\/"),
        STR("</script>\xe2\x80\xa8"), STR_NONE };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct note n = { .id = 5 - (int64_t)i,
            .program_id = i % 2 ? INT64_MAX : INT64_MIN,
            .rank = -(int64_t)i,
            .name = names[i] };
        TRY(db_put(db, &note_insert, &note_fields, &n));
        RUN(reply_insert, P("id", (int64_t)i), P("note_id", n.id), param_bytes("seal", seal, i));
    }
    RUN(reply_insert, P("id", INT64_C(99)), P("note_id", 1), param_bytes("seal", NULL, 0));
    RUN(zoo_insert, P("id", 2), param_ref("parent_id", 0), param_ref("reply_id", 0));
    RUN(zoo_insert, P("id", 1), P("parent_id", 2), P("reply_id", 99));
    RUN(attic_insert, P("id", 1), P("zoo_id", 2));
    for (int64_t i = 0; i < 1500; i++)
        RUN(pair_insert, P("a", 2 - (i > 40)),
            P("b", str_printf(t->arena, "b%d", (int)(i * 7919 % 1500))), param_ref("value", i % 3));
    return NULL;
}

static struct store *open_at(struct test *t, const char *name, const struct migration *const *which)
{
    struct store_options o = test_store_options(t, which);
    struct store *s;
    o.url = test_store_url(t, name);
    ASSERT_OK(store_open(&o, &s));
    return s;
}

static const char *path_of(struct test *t, const char *name)
{
    return str_printf(t->arena, "%s/%s", test_folder(t), name).at;
}

static str content(struct test *t, const char *path)
{
    struct stat about;
    ASSERT_INT(stat(path, &about), 0);
    char *at = arena_alloc(t->arena, (size_t)about.st_size + 1);
    FILE *f = fopen(path, "r");
    ASSERT_INT(fread(at, 1, (size_t)about.st_size, f), about.st_size);
    fclose(f);
    at[about.st_size] = '\0';
    return (str){ at, (size_t)about.st_size };
}

static void put_content(const char *path, str s)
{
    FILE *f = fopen(path, "w");
    ASSERT_INT(fwrite(s.at, 1, s.len, f), s.len);
    fclose(f);
}

static err count_tally(struct db *db, void *out)
{
    return db_int(db, &tally_count, NO_PARAMS, out);
}

struct told {
    int calls;
    int64_t rows;
};

static void listen(const char *table, int64_t rows, void *arg)
{
    struct told *told = arg;
    told->calls++;
    told->rows = strcmp(table, "pair") == 0 ? rows : told->rows;
}

/* A store with everything in it, exported. */
static str exported(struct test *t, struct portable_sums *out)
{
    struct store *s = open_at(t, "from", tables);
    struct told told = { 0 };
    ASSERT_OK(store_write(s, fill, t));
    ASSERT_OK(store_export(s, path_of(t, "out"), listen, &told, out));
    ASSERT_INT(told.rows, 1500);
    ASSERT_TRUE(told.calls > 6);
    store_close(s);
    return content(t, path_of(t, "out"));
}

TEST(out_and_in_and_out_again_is_the_same_to_the_byte)
{
    struct portable_sums first, second, third;
    struct told told = { 0 };
    int64_t tallied;
    str one = exported(t, &first);
    struct store *s = open_at(t, "to", tables);
    ASSERT_OK(store_import(s, path_of(t, "out"), listen, &told, &second));
    ASSERT_INT(told.rows, 1500);
    ASSERT_OK(store_export(s, path_of(t, "again"), NULL, NULL, &third));
    ASSERT_STR_EQ(content(t, path_of(t, "again")), one);
    ASSERT_INT(first.rows, 5 + 6 + 2 + 1 + 1500 + 5);
    ASSERT_INT(first.tables, 6);
    ASSERT_INT(second.rows, first.rows);
    ASSERT_STR(str_of(second.sha256), first.sha256);
    ASSERT_STR(str_of(third.sha256), first.sha256);
    ASSERT_OK(store_read(s, count_tally, &tallied));
    ASSERT_INT(tallied, 5); /* the trigger did not count them again */
    ASSERT_OK(note_put(s, 500, 1, NULL));
    ASSERT_OK(store_read(s, count_tally, &tallied));
    ASSERT_INT(tallied, 6); /* and it stands again */
    store_close(s);
}

TEST(a_table_comes_after_those_it_refers_to)
{
    struct portable_sums sums;
    static const char *const order[] = { "note", "pair", "reply", "tally", "zoo", "attic" };
    str rest = exported(t, &sums);
    size_t at = 0;
    str line;
    while (str_cut(&rest, '\n', &line))
        if (str_starts(line, STR("{\"table\":"))) {
            ASSERT_HAS(line, order[at]);
            at++;
        }
    ASSERT_INT(at, 6);
}

TEST(a_store_with_rows_is_refused)
{
    struct portable_sums sums;
    (void)exported(t, &sums);
    struct store *s = open_at(t, "to", tables);
    ASSERT_OK(note_put(s, 77, 1, NULL));
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_import(s, path_of(t, "out"), NULL, NULL, NULL), &PORTABLE_NOT_EMPTY);
    ASSERT_ERR(store_export(s, path_of(t, "out"), NULL, NULL, NULL), &STORE_CONFLICT);
    log_level_set(LOG_ERROR);
    ASSERT_INT(notes(s), 1);
    store_close(s);
}

TEST(another_versions_file_is_refused)
{
    struct portable_sums sums;
    (void)exported(t, &sums);
    struct store *s = open_at(t, "to", note_tables);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_import(s, path_of(t, "out"), NULL, NULL, NULL), &PORTABLE_OTHER);
    log_level_set(LOG_ERROR);
    store_close(s);
}

/* As the version that made it had it; then brought up to date. */
TEST(an_older_versions_file_goes_into_a_store_of_its_own_time)
{
    const struct migration *const *made_by;
    struct portable_sums out, in;
    bool is_older;
    struct store *s = open_at(t, "from", note_tables);
    ASSERT_OK(note_put(s, 1, 7, NULL));
    ASSERT_OK(store_export(s, path_of(t, "out"), NULL, NULL, &out));
    store_close(s);

    ASSERT_OK(portable_migrations(t->arena, path_of(t, "out"), tables, &made_by, &is_older));
    ASSERT_TRUE(is_older);
    s = open_at(t, "to", made_by);
    ASSERT_OK(store_import(s, path_of(t, "out"), NULL, NULL, &in));
    ASSERT_STR(str_of(in.sha256), out.sha256);
    store_close(s);

    int64_t tallied;
    s = open_at(t, "to", tables); /* as every start does */
    ASSERT_INT(notes(s), 1);
    ASSERT_OK(note_put(s, 2, 7, NULL));
    ASSERT_OK(store_read(s, count_tally, &tallied));
    ASSERT_INT(tallied, 1);
    store_close(s);

    ASSERT_OK(portable_migrations(t->arena, path_of(t, "out"), note_tables, &made_by, &is_older));
    ASSERT_FALSE(is_older); /* the control: of the same version */
}

TEST(a_newer_versions_file_and_a_changed_ones_are_told)
{
    static const struct migration changed[] = { { "2026-12-01-1-note", "SELECT 1" }, { NULL, NULL } };
    static const struct migration *const others[] = { changed, more_migrations, NULL };
    const struct migration *const *made_by;
    struct portable_sums sums;
    bool is_older;
    const char *path = path_of(t, "out");
    (void)exported(t, &sums);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(
        portable_migrations(t->arena, path, note_tables, &made_by, &is_older), &PORTABLE_OTHER);
    ASSERT_ERR(portable_migrations(t->arena, path, others, &made_by, &is_older), &PORTABLE_OTHER);
    put_content(path_of(t, "bad"), STR("{\"tributary_export\":1,\"migrations\":[[\"x\"\n"));
    ASSERT_ERR(portable_migrations(t->arena, path_of(t, "bad"), tables, &made_by, &is_older),
        &PORTABLE_BROKEN);
    log_level_set(LOG_ERROR);
    ASSERT_OK(portable_migrations(t->arena, path, tables, &made_by, &is_older)); /* the control */
    ASSERT_FALSE(is_older);
}

static void refused(struct test *t, struct store *s, str text)
{
    put_content(path_of(t, "bad"), text);
    err answer = store_import(s, path_of(t, "bad"), NULL, NULL, NULL);
    ASSERT_TRUE(
        answer == &PORTABLE_BROKEN || answer == &PORTABLE_OTHER); /* the latter of line one */
    ASSERT_INT(notes(s), 0);
}

TEST(a_changed_or_shortened_file_is_refused_and_nothing_kept)
{
    struct portable_sums sums;
    str good = exported(t, &sums);
    struct store *s = open_at(t, "to", tables);
    char *bad = arena_alloc(t->arena, good.len + 40);
    log_level_set(LOG_ERROR + 1);
    for (int i = 0; i < 80; i++) {
        size_t at = (size_t)test_random_between(t, 0, (int64_t)good.len - 1);
        test_case("byte %zu", at);
        memcpy(bad, good.at, good.len);
        bad[at] = (char)(bad[at] ^ 0x04);
        refused(t, s, (str){ bad, good.len });
        test_case("cut at %zu", at);
        refused(t, s, str_first(good, at));
    }
    refused(t, s, str_first(good, good.len - 1));
    refused(t, s, str_printf(t->arena, "%" PRI_STR "\n", STR_ARG(good)));
    refused(t, s, str_printf(t->arena, "%" PRI_STR "%" PRI_STR, STR_ARG(good), STR_ARG(good)));
    refused(t, s, STR(""));
    log_level_set(LOG_ERROR);
    ASSERT_OK(store_import(s, path_of(t, "out"), NULL, NULL, NULL)); /* the control */
    store_close(s);
}

/* Changes one piece of a good file and makes the sums fit again. */
static str forged(struct test *t, str good, const char *what, const char *with)
{
    struct digest digest;
    size_t last = good.len - 1;
    str body = str_replace(t->arena, good, str_of(what), str_of(with));
    ASSERT_FALSE(str_eq(body, good));
    last = body.len - 1;
    while (body.at[last - 1] != '\n')
        last--;
    str trailer = str_from(body, last);
    body = str_first(body, last);
    digest_begin(&digest);
    digest_add(&digest, body.at, body.len);
    str sums = str_first(trailer, trailer.len - 67), hex = digest_end(&digest, t->arena);
    return str_printf(t->arena, "%" PRI_STR "%" PRI_STR "%" PRI_STR "\"}\n", STR_ARG(body),
        STR_ARG(sums), STR_ARG(hex));
}

TEST(a_file_whose_sums_fit_is_still_held_to_the_schema)
{
    static const struct {
        const char *what, *with;
        const struct err *gives;
    } cases[] = {
        { "[1,2]\n", "[1,3]\n", &STORE_CONFLICT },    /* attic refers to no such zoo */
        { "[1,2]\n", "[1,\"two\"]\n", &STORE_CHECK }, /* a text for a number */
        { "[1,2]\n", "[1,2,3]\n", &PORTABLE_BROKEN }, { "[1,2]\n", "[1]\n", &PORTABLE_BROKEN },
        { "[1,2]\n", "[1,2.0]\n", &PORTABLE_BROKEN },
        { "[1,2]\n", "[1,9223372036854775808]\n", &PORTABLE_BROKEN },
        { "[1,2]\n", "[1,\"\\u0000\"]\n", &PORTABLE_BROKEN },
        { "{\"rows\":1}\n", "{\"rows\":2}\n", &PORTABLE_BROKEN },
        { "{\"table\":\"attic\"", "{\"table\":\"sqlite_schema\"", &PORTABLE_BROKEN },
        { "[\"id\",\"zoo_id\"]", "[\"zoo_id\",\"id\"]", &PORTABLE_BROKEN },
        { "[2,null,null]\n", "[1,null,null]\n", &STORE_CONFLICT }, /* a key twice */
    };
    struct portable_sums sums;
    str good = exported(t, &sums);
    struct store *s = open_at(t, "to", tables);
    log_level_set(LOG_ERROR + 1);
    EACH (c, cases) {
        test_case("%s", c->with);
        put_content(path_of(t, "bad"), forged(t, good, c->what, c->with));
        ASSERT_ERR(store_import(s, path_of(t, "bad"), NULL, NULL, NULL), c->gives);
        ASSERT_INT(notes(s), 0);
    }
    log_level_set(LOG_ERROR);
    put_content(path_of(t, "bad"),
        forged(t, good, "[1,2]\n", "[4,2]\n")); /* the control: a forgery that fits */
    ASSERT_OK(store_import(s, path_of(t, "bad"), NULL, NULL, NULL));
    store_close(s);
}

RUN_TESTS(ROW(out_and_in_and_out_again_is_the_same_to_the_byte),
    ROW(a_table_comes_after_those_it_refers_to), ROW(a_store_with_rows_is_refused),
    ROW(another_versions_file_is_refused),
    ROW(an_older_versions_file_goes_into_a_store_of_its_own_time),
    ROW(a_newer_versions_file_and_a_changed_ones_are_told),
    ROW(a_changed_or_shortened_file_is_refused_and_nothing_kept),
    ROW(a_file_whose_sums_fit_is_still_held_to_the_schema))
