/* Between structs and rows: every kind there and back, and what is refused on the way. */
#include "store/test_store.h"

#include <string.h>

#include "store/inside.h"

enum colour { RED, GREEN, BLUE };
static const char *const colour_names[] = { "red", "green", "blue", NULL };

struct size {
    int64_t minor;
    currency currency;
};

static const struct field size_list[] = {
    FIELD(size, minor),
    FIELD(size, currency),
};
static const struct fields size_fields = FIELDS(size_list, size);

struct thing {
    int64_t id, partner_id, count, price;
    int32_t percent_bp;
    bool is_final;
    str name, receipt;
    instant made_at;
    currency currency;
    enum colour colour;
    strs tags;
    json_object about;
    struct size limit;
    int64_t unasked;
};

/* clang-format off */
static const struct field thing_list[] = {
    FIELD_ID(thing, id, "thg"),
    FIELD_ID(thing, partner_id, "par"),
    FIELD(thing, count),
    FIELD_MONEY(thing, price, "currency"),
    FIELD(thing, percent_bp),
    FIELD(thing, is_final),
    FIELD(thing, name),
    FIELD_RAW(thing, receipt),
    FIELD(thing, made_at),
    FIELD(thing, currency),
    FIELD(thing, colour, .names = colour_names),
    FIELD(thing, tags),
    FIELD(thing, about),
    FIELD(thing, limit, .record = &size_fields),
    FIELD(thing, unasked, .flags = FIELD_NO_ROW),
};
/* clang-format on */
static const struct fields thing_fields = FIELDS(thing_list, thing);

static const struct migration thing_migrations[] = {
    { "2026-12-01-1-thing",
        "CREATE TABLE thing (id {{key}}, partner_id {{int}}, count {{int}} NOT NULL, price {{int}} "
        "NOT NULL,"
        " percent_bp {{int}} NOT NULL, is_final {{int}} NOT NULL CHECK (is_final IN (0, 1)), name "
        "TEXT,"
        " receipt TEXT, made_at {{int}}, currency TEXT, colour TEXT NOT NULL CHECK (colour IN"
        " ('red', 'green', 'blue')), tags TEXT NOT NULL, about TEXT, limit_minor {{int}} NOT NULL,"
        " limit_currency TEXT, bytes {{blob}}, UNIQUE (name)) {{strict}};\n"
        "CREATE TABLE part (id {{key}}, thing_id {{int}} NOT NULL REFERENCES thing (id)) "
        "{{strict}};" },
    { NULL, NULL },
};
static const struct migration *const thing_tables[] = { thing_migrations, NULL };

#define STATEMENT(name_, writes_, sql_, ...)                                                       \
    static const struct statement name_ = { #name_, { sql_, sql_ },                                \
        (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, writes_ }

STATEMENT(insert_thing, true,
    "INSERT INTO thing (id, partner_id, count, price, percent_bp, is_final, name, receipt, made_at,"
    " currency, colour, tags, about, limit_minor, limit_currency)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    "id", "partner_id", "count", "price", "percent_bp", "is_final", "name", "receipt", "made_at",
    "currency", "colour", "tags", "about", "limit_minor", "limit_currency");
STATEMENT(get_thing, false,
    "SELECT id, partner_id, count, price, percent_bp, is_final, name, receipt, made_at, currency,"
    " colour, tags, about, limit_minor, limit_currency FROM thing WHERE id = $1",
    "id");
STATEMENT(all_things, false, "SELECT id, name, count FROM thing ORDER BY id", );
STATEMENT(count_things, false, "SELECT count(*) FROM thing", );
STATEMENT(sum_counts, false, "SELECT sum(count) FROM thing", );
STATEMENT(add_counts, false, "SELECT max(count) + 1 AS count FROM thing", );
STATEMENT(strange_column, false, "SELECT id, 1 AS strange FROM thing", );
STATEMENT(strange_table, false, "SELECT id FROM nothing", );
STATEMENT(insert_part, true, "INSERT INTO part (id, thing_id) VALUES ($1, $2)", "id", "thing_id");
STATEMENT(set_bytes, true, "UPDATE thing SET bytes = $1", "bytes");
STATEMENT(get_bytes, false, "SELECT bytes AS name FROM thing", );
STATEMENT(claims_to_read, false, "DELETE FROM thing", );

STATEMENT(nulls, false,
    "SELECT count(*) FROM thing WHERE partner_id IS NULL AND name IS NULL AND receipt IS NULL"
    " AND made_at IS NULL AND currency IS NULL AND about IS NULL AND limit_currency IS NULL", );

struct run {
    const struct statement *statement;
    const struct param *params;
    struct thing thing;
    struct list list;
    int64_t number;
    bool found;
};

static err put(struct db *db, void *arg)
{
    struct run *r = arg;
    return db_put(db, &insert_thing, &thing_fields, &r->thing);
}

static err one(struct db *db, void *arg)
{
    struct run *r = arg;
    return db_one(db, r->statement, r->params, &thing_fields, &r->thing, &r->found);
}

static err number(struct db *db, void *arg)
{
    struct run *r = arg;
    return db_int(db, r->statement, NO_PARAMS, &r->number);
}

static err run(struct db *db, void *arg)
{
    struct run *r = arg;
    return db_run(db, r->statement, r->params, NULL, NULL, &r->number);
}

static err put_thing(struct store *s, struct thing thing)
{
    struct run r = { .thing = thing };
    return store_write(s, put, &r);
}

static struct thing plain(int64_t id, const char *name)
{
    return (struct thing){ .id = id, .name = str_of(name) };
}

TEST(every_kind_comes_back_as_it_went)
{
    struct store *s = test_store(t, thing_tables);
    struct db *db = store_lend(s, t->arena);
    str tags[] = { STR("tea"), STR("with \"quotes\" \\ and\nlines"), STR("zażółć 茶 🍵"), STR("") };
    struct thing in = {
        .id = 7,
        .partner_id = 8,
        .count = INT64_MIN,
        .price = INT64_MAX,
        .percent_bp = INT32_MIN,
        .is_final = true,
        .name = STR("Anna's 茶"),
        .receipt = STR("{\"a\":[1]}"),
        .made_at = test_instant("2026-12-01T10:00:00.123Z"),
        .currency = { "EUR" },
        .colour = BLUE,
        .tags = { tags, 4 },
        .about = { STR("{\"k\":\"v\"}") },
        .limit = { 1250, { "PLN" } },
    };
    ASSERT_OK(put_thing(s, in));
    struct thing out = { .unasked = 99 };
    bool found;
    ASSERT_OK(db_one(db, &get_thing, PARAMS(P("id", 7)), &thing_fields, &out, &found));
    ASSERT_TRUE(found);
    ASSERT_INT(out.partner_id, 8);
    ASSERT_INT(out.count, INT64_MIN);
    ASSERT_INT(out.price, INT64_MAX);
    ASSERT_INT(out.percent_bp, INT32_MIN);
    ASSERT_TRUE(out.is_final);
    ASSERT_STR(out.name, "Anna's 茶");
    ASSERT_STR(out.receipt, "{\"a\":[1]}");
    ASSERT_INT(out.made_at.ms, in.made_at.ms);
    ASSERT_TRUE(currency_eq(out.currency, in.currency));
    ASSERT_INT(out.colour, BLUE);
    ASSERT_INT(out.tags.count, 4);
    for (size_t i = 0; i < 4; i++)
        ASSERT_STR_EQ(out.tags.at[i], tags[i]);
    ASSERT_STR(out.about.text, "{\"k\":\"v\"}");
    ASSERT_INT(out.limit.minor, 1250);
    ASSERT_STR(str_of(out.limit.currency.code), "PLN");
    ASSERT_INT(out.unasked, 99); /* a member without a column keeps its value */
    store_return(db);
}

TEST(nothing_is_null_and_null_is_nothing)
{
    struct store *s = test_store(t, thing_tables);
    struct db *db = store_lend(s, t->arena);
    struct thing out = {
        .partner_id = 5, .name = STR("x"), .made_at = { 5 }, .currency = { "EUR" }
    };
    int64_t count;
    ASSERT_OK(put_thing(s, plain(1, NULL)));
    ASSERT_OK(db_int(db, &nulls, NO_PARAMS, &count));
    ASSERT_INT(count, 1);
    ASSERT_OK(db_get(db, &get_thing, PARAMS(P("id", 1)), &thing_fields, &out, &STORE_MISSING));
    ASSERT_INT(out.partner_id, 0);
    ASSERT_TRUE(out.name.at == NULL);
    ASSERT_TRUE(instant_none(out.made_at));
    ASSERT_TRUE(currency_none(out.currency));
    ASSERT_INT(out.tags.count, 0);
    ASSERT_ERR(db_get(db, &get_thing, PARAMS(P("id", 2)), &thing_fields, &out, &STORE_MISSING),
        &STORE_MISSING);
    store_return(db);
}

TEST(an_empty_text_is_not_no_text)
{
    struct store *s = test_store(t, thing_tables);
    struct db *db = store_lend(s, t->arena);
    struct thing out = { 0 };
    ASSERT_OK(put_thing(s, plain(1, "")));
    ASSERT_OK(db_get(db, &get_thing, PARAMS(P("id", 1)), &thing_fields, &out, &STORE_MISSING));
    ASSERT_TRUE(out.name.at != NULL);
    ASSERT_INT(out.name.len, 0);
    store_return(db);
}

TEST(texts_that_are_not_utf8_are_refused)
{
    struct store *s = test_store(t, thing_tables);
    static const struct {
        str text;
        bool good;
    } cases[] = {
        { { "a\0b", 3 }, false },
        { { "\0", 1 }, false },
        { { "\xff", 1 }, false },
        { { "\xc0\x80", 2 }, false },
        { { "\xed\xa0\x80", 3 }, false },
        { { "\xf4\x90\x80\x80", 4 }, false },
        { { "a\xc3", 2 }, false },
        { { "caf\xc3\xa9", 5 }, true },
    };
    int64_t id = 0;
    EACH (c, cases) {
        struct thing thing = { .id = ++id, .name = c->text };
        test_case("text %d", (int)id);
        if (c->good)
            ASSERT_OK(put_thing(s, thing));
        else
            ASSERT_ERR(put_thing(s, thing), &STORE_TEXT);
    }
    struct run r = { .statement = &count_things };
    ASSERT_OK(store_read(s, number, &r));
    ASSERT_INT(r.number, 1);
}

TEST(a_refused_row_has_its_own_error)
{
    struct store *s = test_store(t, thing_tables);
    struct thing bad_colour = plain(3, "c");
    bad_colour.colour = (enum colour)9;
    struct run orphan = { .statement = &insert_part,
        .params = PARAMS(P("id", 1), P("thing_id", 99)) };
    ASSERT_OK(put_thing(s, plain(1, "a")));
    ASSERT_ERR(put_thing(s, plain(1, "b")), &STORE_CONFLICT);
    ASSERT_ERR(put_thing(s, plain(2, "a")), &STORE_CONFLICT);
    ASSERT_ERR(store_write(s, run, &orphan), &STORE_CONFLICT);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(put_thing(s, bad_colour), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
}

TEST(names_that_do_not_meet_are_broken)
{
    struct store *s = test_store(t, thing_tables);
    struct run cases[] = {
        { .statement = &get_thing, .params = NO_PARAMS },
        { .statement = &get_thing, .params = PARAMS(P("ID", 1)) },
        { .statement = &strange_column, .params = NO_PARAMS },
        { .statement = &strange_table, .params = NO_PARAMS },
    };
    ASSERT_OK(put_thing(s, plain(1, "a")));
    log_level_set(LOG_ERROR + 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%zu", i);
        ASSERT_ERR(store_read(s, one, &cases[i]), &STORE_BROKEN);
    }
    log_level_set(LOG_ERROR);
}

TEST(without_strict_a_strange_column_is_passed_over)
{
    struct store_options o = test_store_options(t, thing_tables);
    struct store *s;
    struct run r = { .statement = &strange_column, .params = NO_PARAMS };
    o.strict = false;
    ASSERT_OK(store_open(&o, &s));
    ASSERT_OK(put_thing(s, plain(4, "a")));
    ASSERT_OK(store_read(s, one, &r));
    ASSERT_INT(r.thing.id, 4);
    store_close(s);
}

TEST(a_sum_that_overflows_is_an_error)
{
    struct store *s = test_store(t, thing_tables);
    struct thing big = plain(1, "a");
    struct run sum = { .statement = &sum_counts, .params = NO_PARAMS };
    struct run add = { .statement = &add_counts, .params = NO_PARAMS };
    ASSERT_OK(store_read(s, number, &sum));
    ASSERT_INT(sum.number, 0); /* of no rows: null, which is 0 */
    big.count = INT64_MAX;
    ASSERT_OK(put_thing(s, big));
    ASSERT_OK(store_read(s, number, &sum));
    ASSERT_INT(sum.number, INT64_MAX);
    ASSERT_OK(put_thing(s, (struct thing){ .id = 2, .count = 1 }));
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_read(s, number, &sum), &STORE_BROKEN);
    ASSERT_ERR(store_read(s, number, &add), &STORE_BROKEN);
    ASSERT_ERR(store_read(s, one, &add), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
}

TEST(bytes_go_to_blobs_and_back)
{
    struct store *s = test_store(t, thing_tables);
    struct db *db = store_lend(s, t->arena);
    static const char bytes[] = { 0, 1, (char)0xff, 0, 5 };
    struct run r = { .statement = &set_bytes,
        .params = (const struct param[]){ param_bytes("bytes", bytes, 5), { 0 } } };
    struct thing out;
    bool found;
    ASSERT_OK(put_thing(s, plain(1, "a")));
    ASSERT_OK(store_write(s, run, &r));
    ASSERT_OK(db_one(db, &get_bytes, NO_PARAMS, &thing_fields, &out, &found));
    ASSERT_INT(out.name.len, 5);
    ASSERT_TRUE(memcmp(out.name.at, bytes, 5) == 0);
    store_return(db);
}

TEST(a_read_cannot_write)
{
    struct store *s = test_store(t, thing_tables);
    struct run by_name = { .statement = &insert_part,
        .params = PARAMS(P("id", 1), P("thing_id", 1)) };
    struct run by_lie = { .statement = &claims_to_read, .params = NO_PARAMS };
    ASSERT_OK(put_thing(s, plain(1, "a")));
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_read(s, run, &by_name), &STORE_BROKEN);
    ASSERT_ERR(store_read(s, run, &by_lie), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
    ASSERT_OK(
        store_write(s, run, &by_lie)); /* the control: where writing is meant, the same one does */
    ASSERT_INT(by_lie.number, 1);
}

struct seen {
    int64_t ids[100], names[100];
    size_t count, stop_at;
};

static const struct err ENOUGH = { ERR_INVALID, "enough", "Enough.", NULL };

static err see(void *record, void *arg)
{
    struct thing *thing = record;
    struct seen *seen = arg;
    seen->ids[seen->count] = thing->id;
    seen->names[seen->count] = (int64_t)thing->name.len;
    seen->count++;
    return seen->count == seen->stop_at ? &ENOUGH : NULL;
}

TEST(rows_come_all_or_one_by_one)
{
    struct store *s = test_store(t, thing_tables);
    struct db *db = store_lend(s, t->arena);
    struct thing thing;
    struct list list;
    struct seen seen = { .stop_at = 0 }, some = { .stop_at = 3 };
    for (int64_t i = 1; i <= 50; i++)
        ASSERT_OK(put_thing(s, plain(i, str_printf(t->arena, "%0*d", (int)i, 7).at)));
    ASSERT_OK(db_all(db, &all_things, NO_PARAMS, &thing_fields, &list));
    ASSERT_INT(list.count, 50);
    ASSERT_OK(db_each(db, &all_things, NO_PARAMS, &thing_fields, &thing, see, &seen));
    ASSERT_INT(seen.count, 50);
    for (size_t i = 0; i < 50; i++) {
        ASSERT_INT(((struct thing *)list.at)[i].id, (int64_t)i + 1);
        ASSERT_INT(((struct thing *)list.at)[i].name.len, i + 1);
        ASSERT_INT(seen.ids[i], (int64_t)i + 1);
        ASSERT_INT(seen.names[i], (int64_t)i + 1);
    }
    ASSERT_ERR(db_each(db, &all_things, NO_PARAMS, &thing_fields, &thing, see, &some), &ENOUGH);
    ASSERT_INT(some.count, 3);
    store_return(db);
}

struct many {
    struct thing things[200];
    size_t count;
    bool pours;
};

static err put_many(struct db *db, void *arg)
{
    const struct many *m = arg;
    return (m->pours ? db_pour : db_put_many)(
        db, &insert_thing, &thing_fields, m->things, sizeof(m->things[0]), m->count);
}

/* What means something in a stream of the server's. */
#define ODD "thing\t\\N \\%d\r\n\\."

TEST(many_rows_go_with_few_statements_or_in_one_stream)
{
    struct store *s = test_store(t, thing_tables);
    struct many *m = ARENA_NEW(t->arena, struct many);
    const size_t counts[] = { 0, 1, 63, 64, 65, 200 };
    int64_t id = 0;
    for (size_t i = 0; i < 12; i++) {
        m->count = counts[i % 6];
        m->pours = i >= 6;
        for (size_t k = 0; k < m->count; k++) {
            id++;
            m->things[k] = plain(id, str_printf(t->arena, ODD, (int)id).at);
            m->things[k].count = id * 3;
            m->things[k].partner_id = id % 2 ? id : 0; /* NULL between numbers, and after them */
        }
        ASSERT_OK(store_write(s, put_many, m));
    }
    struct db *db = store_lend(s, t->arena);
    struct list list;
    ASSERT_OK(db_all(db, &all_things, NO_PARAMS, &thing_fields, &list));
    ASSERT_INT(list.count, id);
    for (int64_t i = 1; i <= id; i++) {
        struct thing out = { .partner_id = 5 };
        bool found;
        ASSERT_OK(db_one(db, &get_thing, PARAMS(P("id", i)), &thing_fields, &out, &found));
        ASSERT_INT(out.count, i * 3);
        ASSERT_INT(out.partner_id, i % 2 ? i : 0);
        ASSERT_STR_EQ(out.name, str_printf(t->arena, ODD, (int)i));
    }
    store_return(db);
}

TEST(one_bad_row_among_many_refuses_them_all)
{
    struct store *s = test_store(t, thing_tables);
    struct many *m = ARENA_NEW(t->arena, struct many);
    struct run counted = { .statement = &count_things };
    m->count = 200;
    for (int turn = 0; turn < 2; turn++) {
        m->pours = turn;
        test_case("%s", turn ? "in one stream" : "with few statements");
        for (size_t k = 0; k < m->count; k++)
            m->things[k] = plain((int64_t)k + 1 + turn * 1000, NULL);
        m->things[130].id = 7 + turn * 1000;
        ASSERT_ERR(store_write(s, put_many, m), &STORE_CONFLICT);
        ASSERT_OK(store_read(s, number, &counted));
        ASSERT_INT(counted.number, turn * 200);
        m->things[130].id = 131 + turn * 1000;
        m->things[199].name = (str){ "\xff", 1 };
        ASSERT_ERR(store_write(s, put_many, m), &STORE_TEXT);
        m->things[199].name = STR_NONE;
        ASSERT_OK(store_write(s, put_many, m)); /* the control */
        ASSERT_OK(store_read(s, number, &counted));
        ASSERT_INT(counted.number, (turn + 1) * 200);
    }
}

struct nested {
    struct db *db;
    int64_t count;
};

static err count_again(void *record, void *arg)
{
    struct nested *n = arg;
    struct list list;
    (void)record;
    TRY(db_all(n->db, &all_things, NO_PARAMS, &thing_fields, &list));
    n->count += (int64_t)list.count;
    return NULL;
}

TEST(a_statement_may_run_inside_itself)
{
    struct store *s = test_store(t, thing_tables);
    struct nested n = { .db = store_lend(s, t->arena) };
    struct thing thing;
    for (int64_t i = 1; i <= 4; i++)
        ASSERT_OK(put_thing(s, plain(i, NULL)));
    ASSERT_OK(db_each(n.db, &all_things, NO_PARAMS, &thing_fields, &thing, count_again, &n));
    ASSERT_INT(n.count, 16);
    store_return(n.db);
}

RUN_TESTS(ROW(every_kind_comes_back_as_it_went), ROW(nothing_is_null_and_null_is_nothing),
    ROW(an_empty_text_is_not_no_text), ROW(texts_that_are_not_utf8_are_refused),
    ROW(a_refused_row_has_its_own_error), ROW(names_that_do_not_meet_are_broken),
    ROW(without_strict_a_strange_column_is_passed_over), ROW(a_sum_that_overflows_is_an_error),
    ROW(bytes_go_to_blobs_and_back), ROW(a_read_cannot_write), ROW(rows_come_all_or_one_by_one),
    ROW(a_statement_may_run_inside_itself), ROW(many_rows_go_with_few_statements_or_in_one_stream),
    ROW(one_bad_row_among_many_refuses_them_all))
