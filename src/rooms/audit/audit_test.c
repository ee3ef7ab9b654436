/* The audit log: what it keeps, and that nobody takes it back. */
#include "rooms/audit/audit.h"

#include "base/id.h"
#include "migrations.h"
#include "rooms/audit/audit.sql.h"
#include "rooms/audit/audit_row.h"
#include "store/test_store.h"

static const struct migration *const tables[] = { audit_migrations, NULL };

/* clang-format off */
static const struct statement change_row = { "audit_test_change",
    { "UPDATE audit SET actor = 'somebody else'", "UPDATE audit SET actor = 'somebody else'" }, (const char *const[]){ NULL }, true };
static const struct statement delete_row = { "audit_test_delete",
    { "DELETE FROM audit", "DELETE FROM audit" }, (const char *const[]){ NULL }, true };
/* clang-format on */

static err write_entry(struct db *db, void *arg)
{
    return audit_write(db, arg);
}

static err run_statement(struct db *db, void *arg)
{
    return db_run(db, arg, NO_PARAMS, NULL, NULL, NULL);
}

struct reading {
    struct arena *arena;
    struct audit_row row;
    size_t count;
};

static err read_rows(struct db *db, void *arg)
{
    struct reading *reading = arg;
    struct list rows;

    TRY(db_all(db, &AUDIT_LIST, PARAMS(param_ref("program_id", 0)), &audit_row_fields, &rows));
    reading->count = rows.count;
    if (rows.count)
        reading->row = *(const struct audit_row *)rows.at;
    reading->row.actor = str_dup(reading->arena, reading->row.actor);
    reading->row.object = str_dup(reading->arena, reading->row.object);
    reading->row.role = str_dup(reading->arena, reading->row.role);
    return NULL;
}

static struct audit_entry entry_of(struct test *t, const struct who *who)
{
    return (struct audit_entry){
        .id = id_new(t->env),
        .program_id = 7,
        .who = who,
        .action = "partner.approve",
        .object = "par",
        .object_id = 42,
        .at = t->env->now(t->env),
    };
}

TEST(entry_tells_who_did_what_to_whom)
{
    struct store *store = test_store(t, tables);
    struct who marta = { .person_id = 3, .role = ROLE_MANAGER, .name = "Marta" };
    struct audit_entry entry = entry_of(t, &marta);
    struct reading reading = { .arena = t->arena };

    ASSERT_OK(store_write(store, write_entry, &entry));
    ASSERT_OK(store_read(store, read_rows, &reading));
    ASSERT_INT(reading.count, 1);
    ASSERT_STR(reading.row.actor, "Marta");
    ASSERT_STR(reading.row.role, "manager");
    ASSERT_STR_EQ(reading.row.object, id_print(t->arena, "par", 42));
    ASSERT_INT(reading.row.person_id, 3);
}

TEST(database_refuses_to_change_or_delete_an_entry)
{
    struct store *store = test_store(t, tables);
    struct audit_entry entry = entry_of(t, NULL);
    struct reading reading = { .arena = t->arena };

    ASSERT_OK(store_write(store, run_statement, (void *)(uintptr_t)&change_row)); /* the control */
    ASSERT_OK(store_write(store, write_entry, &entry));
    ASSERT_TRUE(store_write(store, run_statement, (void *)(uintptr_t)&change_row) != NULL);
    ASSERT_TRUE(store_write(store, run_statement, (void *)(uintptr_t)&delete_row) != NULL);
    ASSERT_OK(store_read(store, read_rows, &reading));
    ASSERT_INT(reading.count, 1);
    ASSERT_STR(reading.row.actor, "system");
}

struct thing {
    int64_t id, price;
    str name, secret;
    strs tags;
    bool is_open;
    instant updated_at;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(thing, id, "thg"),
    FIELD(thing, price),
    FIELD(thing, name),
    FIELD(thing, secret, .flags = FIELD_SECRET),
    FIELD(thing, tags),
    FIELD(thing, is_open),
    FIELD(thing, updated_at),
};
/* clang-format on */
static const struct fields thing_fields = FIELDS(list, thing);

TEST(difference_names_the_fields_that_differ_and_no_secret)
{
    str one[] = { STR("a") }, two[] = { STR("a"), STR("b") };
    struct thing before = { 1, 100, STR("Kettle"), STR("x"), { one, 1 }, true, { 1 } };
    struct thing after = { 1, 120, STR("Kettle"), STR("y"), { two, 2 }, true, { 2 } };
    struct audit_entry entry = { 0 };

    audit_difference(t->arena, &thing_fields, &before, &after, &entry);
    ASSERT_STR(entry.before, "{\"price\":100,\"tags\":[\"a\"]}");
    ASSERT_STR(entry.after, "{\"price\":120,\"tags\":[\"a\",\"b\"]}");

    audit_difference(t->arena, &thing_fields, NULL, &after, &entry);
    ASSERT_TRUE(entry.before.at == NULL);
    ASSERT_HAS(entry.after, "\"name\":\"Kettle\"");
    ASSERT_HAS_NOT(entry.after, "secret");
}

struct priced {
    int64_t price;
    currency currency;
    str name;
};

static const struct field priced_list[] = {
    FIELD_MONEY(priced, price, "currency"),
    FIELD(priced, currency),
    FIELD(priced, name),
};
static const struct fields priced_fields = FIELDS(priced_list, priced);

TEST(difference_of_an_amount_keeps_the_currency_that_stayed)
{
    struct priced before = { 100, { "EUR" }, STR("tea") }, after = { 250, { "EUR" }, STR("tea") };
    struct audit_entry entry = { 0 };

    audit_difference(t->arena, &priced_fields, &before, &after, &entry);
    ASSERT_STR(entry.before, "{\"price\":100,\"currency\":\"EUR\"}");
    ASSERT_STR(entry.after, "{\"price\":250,\"currency\":\"EUR\"}");
}

RUN_TESTS(ROW(entry_tells_who_did_what_to_whom), ROW(database_refuses_to_change_or_delete_an_entry),
    ROW(difference_names_the_fields_that_differ_and_no_secret),
    ROW(difference_of_an_amount_keeps_the_currency_that_stayed))
