/* The field table: kinds come from the members. */
#include "base/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

struct sample {
    int64_t id, price;
    int32_t count;
    bool is_open;
    str name, receipt;
    instant made_at;
    currency currency;
    strs tags;
    json_object metadata;
    unsigned status;
    struct list items;
};

/* clang-format off */
static const char *const statuses[] = { "open", "closed", NULL };
static const struct field list[] = {
    FIELD_ID(sample, id, "smp"),
    FIELD_MONEY(sample, price, "currency", .flags = FIELD_REQUIRED),
    FIELD(sample, count),
    FIELD(sample, is_open),
    FIELD(sample, name, .flags = FIELD_TAKEN, .max = 40),
    FIELD_RAW(sample, receipt),
    FIELD(sample, made_at),
    FIELD(sample, currency),
    FIELD(sample, tags),
    FIELD(sample, metadata),
    FIELD(sample, status, .names = statuses),
    FIELD(sample, items),
};
static const struct fields sample_fields = FIELDS(list, sample);
/* clang-format on */

TEST(the_kind_follows_from_the_member)
{
    static const struct {
        const char *name;
        enum kind kind;
    } cases[] = { { "id", KIND_ID }, { "price", KIND_MONEY }, { "count", KIND_INT32 },
        { "is_open", KIND_BOOL }, { "name", KIND_STR }, { "receipt", KIND_RAW },
        { "made_at", KIND_INSTANT }, { "currency", KIND_CURRENCY }, { "tags", KIND_STRS },
        { "metadata", KIND_JSON }, { "status", KIND_ENUM }, { "items", KIND_LIST } };

    EACH (c, cases) {
        test_case("%s", c->name);

        const struct field *f = fields_find(&sample_fields, str_of(c->name));

        ASSERT_TRUE(f != NULL);
        ASSERT_INT(f->kind, c->kind);
    }
    ASSERT_INT(sample_fields.count, sizeof(cases) / sizeof(cases[0]));
    ASSERT_INT(sample_fields.size, sizeof(struct sample));
    ASSERT_STR(str_of(sample_fields.name), "sample");
}

TEST(members_are_reached_through_the_table)
{
    struct sample s = { .count = 5 };

    *(int32_t *)field_at(fields_find(&sample_fields, STR("count")), &s) += 2;
    ASSERT_INT(s.count, 7);
    ASSERT_TRUE(fields_find(&sample_fields, STR("nothing")) == NULL);
    ASSERT_TRUE(fields_find(&sample_fields, STR("coun")) == NULL);
}

RUN_TESTS(ROW(the_kind_follows_from_the_member), ROW(members_are_reached_through_the_table))
