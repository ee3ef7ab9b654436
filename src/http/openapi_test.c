/* The API document says what rows and field tables say. */
#include "http/openapi.h"

#include "http/testing.h"

static const char *const state_names[] = { "pending", "paid", NULL };

struct tune {
    int64_t id;
    str name;
    unsigned state;
    int64_t amount;
    currency currency;
    str secret;
    instant made_at;
};
/* clang-format off */
static const struct field tune_list[] = {
    FIELD_ID(tune, id, "tun"),
    FIELD(tune, name,     .flags = FIELD_REQUIRED | FIELD_FIXED, .max = 40, .help = "As sung."),
    FIELD(tune, state,    .flags = FIELD_FILTER, .names = state_names),
    FIELD_MONEY(tune, amount, "currency", .flags = FIELD_TAKEN, .min = 0, .max = INT64_MAX),
    FIELD(tune, currency, .flags = FIELD_TAKEN),
    FIELD(tune, secret,   .flags = FIELD_SECRET),
    FIELD(tune, made_at,  .flags = FIELD_FILTER | FIELD_SORT),
};
/* clang-format on */
static const struct fields tune_fields = FIELDS(tune_list, tune);

/* clang-format off */
static const struct route tunes = { GET, "/tunes", API | MANAGE, LINKS_READ, NULL, "t", ROUTE_CSV, NULL, &tune_fields, "Tunes", NULL };
static const struct route make = { POST, "/tunes", API, LINKS_WRITE, NULL, NULL, ROUTE_MONEY, &tune_fields, &tune_fields, NULL, "201 409",
    .also = "parts:[tune] best:{tune} note:string by:(name:string ages:[(n:integer)]) *:{tune}" };
static const struct route change = { PATCH, "/tunes/{id}", API, LINKS_WRITE, NULL, NULL, 0, &tune_fields, &tune_fields, NULL, NULL };
static const struct route hidden = { GET, "/tunes/new", MANAGE, LINKS_READ, NULL, "t", 0, NULL, NULL, NULL, NULL };
/* clang-format on */

static struct response document(struct test *t)
{
    const struct route *rows_[] = { &tunes, &make, &change, &hidden };
    struct buf out = buf_new(t->arena);
    struct response r = { 0 };

    openapi_print(t->arena, rows_, 4, &out);
    r.body = buf_str(&out);
    ASSERT_OK(value_read(t->arena, r.body, &r.json));
    return r;
}

/* response_value cuts at '/': addresses are found by hand. */
static const struct value *operation(const struct response *r, const char *path, const char *method)
{
    const struct value *at = value_member(&r->json, STR("paths"));

    at = value_member(at, str_of(path));
    return at ? value_member(at, str_of(method)) : NULL;
}

static bool has_parameter(const struct value *operation_, const char *name)
{
    const struct value *list = value_member(operation_, STR("parameters"));

    for (size_t i = 0; i < list->count; i++) {
        const struct value *found = value_member(&list->items[i], STR("name"));
        if (found && str_eq(found->text, str_of(name)))
            return true;
    }
    return false;
}

TEST(rows_of_the_api_become_operations)
{
    struct response r = document(t);

    ASSERT_STR(response_text(&r, "openapi"), "3.1.0");
    ASSERT_TRUE(operation(&r, "/tunes", "get") != NULL);
    ASSERT_TRUE(operation(&r, "/tunes", "post") != NULL);
    ASSERT_TRUE(operation(&r, "/tunes/{id}", "patch") != NULL);
    ASSERT_TRUE(operation(&r, "/tunes/new", "get") == NULL);
    ASSERT_STR(value_member(operation(&r, "/tunes/{id}", "patch"), STR("operationId"))->text,
        "patch_tunes_id");
}

TEST(lists_say_their_filters)
{
    struct response r = document(t);
    const struct value *get = operation(&r, "/tunes", "get");

    ASSERT_TRUE(has_parameter(get, "state"));
    ASSERT_TRUE(has_parameter(get, "made_at[gte]"));
    ASSERT_TRUE(has_parameter(get, "made[lt]"));
    ASSERT_TRUE(has_parameter(get, "sort"));
    ASSERT_TRUE(has_parameter(get, "format"));
    ASSERT_FALSE(has_parameter(get, "secret"));
    ASSERT_FALSE(has_parameter(get, "name"));
    ASSERT_FALSE(has_parameter(operation(&r, "/tunes", "post"), "state"));
}

TEST(schemas_say_what_is_given_and_what_is_taken)
{
    struct response r = document(t);

    ASSERT_TRUE(response_value(&r, "components/schemas/tune/properties/amount") != NULL);
    ASSERT_TRUE(response_value(&r, "components/schemas/tune/properties/secret") == NULL);
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_2/properties/best") != NULL);
    ASSERT_STR(response_text(&r, "components/schemas/tune_2/properties/parts/items/$ref"),
        "#/components/schemas/tune");
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_input/properties/name") != NULL);
    ASSERT_STR(response_text(&r, "components/schemas/tune_input/required/0"), "name");
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_input/properties/state") == NULL);
    ASSERT_INT(response_int(&r, "components/schemas/tune_input/properties/name/maxLength"), 40);
    ASSERT_STR(
        response_text(&r, "components/schemas/tune_input/properties/name/description"), "As sung.");
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_change/properties/name") == NULL);
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_change/properties/amount") != NULL);
    ASSERT_STR(response_text(&r, "components/schemas/tune/properties/state/enum/1"), "paid");
}

TEST(members_that_handlers_add_are_described_to_the_last)
{
    struct response r = document(t);

    static const struct {
        const char *path, *says;
    } cases[] = {
        { "components/schemas/tune_2/properties/note/type/0", "string" },
        { "components/schemas/tune_2/properties/note/type/1", "null" },
        { "components/schemas/tune_2/properties/by/type/0", "object" },
        { "components/schemas/tune_2/properties/by/properties/name/type/0", "string" },
        { "components/schemas/tune_2/properties/by/properties/ages/type", "array" },
        { "components/schemas/tune_2/properties/by/properties/ages/items/properties/n/type/0",
            "integer" },
        { "components/schemas/tune_2/additionalProperties/$ref", "#/components/schemas/tune" },
    };
    EACH (c, cases) {
        test_case("%s", c->path);
        ASSERT_STR(response_text(&r, c->path), c->says);
    }
    ASSERT_TRUE(response_value(&r, "components/schemas/tune_2/properties/*") == NULL);
    ASSERT_TRUE(value_member(response_value(&r, "components/schemas/tune_2/properties/by"),
                    STR("additionalProperties"))
                    ->kind == VALUE_BOOL);
}

TEST(answers_are_those_of_the_row_and_of_the_house)
{
    struct response r = document(t);
    const struct value *post = value_member(operation(&r, "/tunes", "post"), STR("responses"));

    static const char *const codes[] = { "201", "409", "422", "401", "403", "413", "415", "429",
        "503" };
    EACH (c, codes) {
        test_case("%s", *c);
        ASSERT_TRUE(value_member(post, str_of(*c)) != NULL);
    }
    ASSERT_TRUE(value_member(post, STR("200")) == NULL);
}

RUN_TESTS(ROW(rows_of_the_api_become_operations), ROW(lists_say_their_filters),
    ROW(schemas_say_what_is_given_and_what_is_taken),
    ROW(members_that_handlers_add_are_described_to_the_last),
    ROW(answers_are_those_of_the_row_and_of_the_house))
