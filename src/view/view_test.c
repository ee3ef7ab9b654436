/* The tree and its JSON. */
#include "base/test.h"

#include "base/buf.h"
#include "base/field.h"
#include "view/tree.h"

static str json(const struct view *v)
{
    struct buf out = buf_new(v->arena);

    view_json(v, &out);
    return buf_str(&out);
}

static amount euro(int64_t minor)
{
    return (amount){ minor, { "EUR" } };
}

TEST(leaves_print_in_the_order_they_were_added)
{
    struct view *v = view_new(t->arena), *list;

    view_int(v, "count", -3);
    view_bool(v, "is_open", true);
    view_str(v, "name", STR("Zoë \"Z\"\n"));
    view_str(v, "note", STR_NONE);
    view_text(v, "empty", "");
    view_words(v, "title", "Partners");
    view_money(v, "owed", euro(1250));
    view_money(v, "nothing", (amount){ 0 });
    view_minor(v, "amount", euro(995));
    view_percent_bp(v, "rate_bp", 1250);
    view_instant(v, "paid_at", test_instant("2026-12-01T10:00:00.120Z"));
    view_instant(v, "never_at", (instant){ 0 });
    view_id(v, "id", "par", 0);
    view_raw(v, "receipt", STR("{ \"a\": [1] }"));
    view_raw(v, "no_receipt", STR_NONE);
    list = view_list(v, "tags");
    view_item_str(list, STR("tea"));
    view_item_int(list, 7);
    view_int(view_item(list), "n", 1);
    view_text(view_object(v, "partner"), "name", "Anna");
    ASSERT_STR(json(v),
        "{\"count\":-3,\"is_open\":true,\"name\":\"Zoë \\\"Z\\\"\\n\",\"note\":null,\"empty\":\"\","
        "\"title\":\"Partners\",\"owed\":{\"amount\":1250,\"currency\":\"EUR\"},\"nothing\":null,"
        "\"amount\":995,\"rate_bp\":1250,\"paid_at\":\"2026-12-01T10:00:00.120Z\",\"never_at\":"
        "null,"
        "\"id\":null,\"receipt\":{ \"a\": [1] },\"no_receipt\":null,\"tags\":[\"tea\",7,{\"n\":1}],"
        "\"partner\":{\"name\":\"Anna\"}}");
}

TEST(a_name_added_twice_keeps_its_place_and_takes_the_later_value)
{
    struct view *v = view_new(t->arena);

    view_int(v, "a", 1);
    view_int(v, "b", 2);
    view_text(v, "a", "new");
    ASSERT_STR(json(v), "{\"a\":\"new\",\"b\":2}");
}

TEST(what_is_for_pages_only_never_reaches_json)
{
    struct view *v = view_new(t->arena);

    view_html(v, "svg", STR("<svg/>"));
    view_int(v, "a", 1);
    view_html(v, "more", STR("<b>"));
    view_text(view_page(v), "title", "secret");
    view_text(view_object(view_page(v), "below"), "title", "secret");
    ASSERT_STR(json(v), "{\"a\":1}");
    ASSERT_TRUE(view_find(v, STR("title")).leaf != NULL);
    ASSERT_TRUE(view_page(v) == view_page(v));
}

TEST(json_in_a_script_block_cannot_end_the_block)
{
    struct view *v = view_new(t->arena);
    struct buf out = buf_new(t->arena);

    view_text(v, "a", "</script><!-- & \xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xaa");
    view_json_script(v, &out);
    ASSERT_STR(buf_str(&out),
        "{\"a\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028 \\u2029 \xe2\x80\xaa\"}");
}

static const char *const state_names[] = { "pending", "paid", "is_odd", NULL };

TEST(an_enum_answers_for_each_of_its_words_and_no_other)
{
    struct view *v = view_new(t->arena);
    static const struct {
        const char *name;
        bool is_flag, flag;
    } cases[] = {
        { "status_is_paid", true, true },
        { "status_is_pending", true, false },
        { "status_is_is_odd", true, false },
        { "status_is_gone", false, false },
        { "status_is_", false, false },
        { "stat_is_paid", false, false },
    };

    view_enum(v, "status", state_names, 1);
    ASSERT_STR(json(v), "{\"status\":\"paid\"}");
    EACH (c, cases) {
        struct view_found found = view_find(v, str_of(c->name));

        test_case("%s", c->name);
        ASSERT_INT(found.leaf != NULL, c->is_flag);
        ASSERT_INT(found.is_flag, c->is_flag);
        ASSERT_INT(found.flag, c->flag);
    }
}

enum state { PENDING, PAID };

struct part {
    str name;
};

struct sale {
    int64_t id;
    int64_t partner_id;
    str order_id, secret;
    int64_t total;
    int64_t share_bp;
    int32_t uses, left;
    currency currency;
    unsigned status;
    bool is_test;
    instant created_at, ends_at;
    strs tags;
    json_object metadata, more;
    struct part part;
    struct list parts;
    str receipt;
};

/* clang-format off */
static const struct field part_list[] = { FIELD(part, name) };
static const struct fields part_fields = FIELDS(part_list, part);
static const struct field sale_list[] = {
    FIELD_ID(sale, id, "cnv"),
    FIELD_ID(sale, partner_id, "par"),
    FIELD(sale, order_id),
    FIELD(sale, secret,     .flags = FIELD_SECRET),
    FIELD_MONEY(sale, total, "currency"),
    FIELD(sale, share_bp),
    FIELD(sale, uses),
    FIELD(sale, left,       .flags = FIELD_OPTIONAL_NULL),
    FIELD(sale, currency),
    FIELD(sale, status,     .names = state_names),
    FIELD(sale, is_test),
    FIELD(sale, created_at),
    FIELD(sale, ends_at),
    FIELD(sale, tags),
    FIELD(sale, metadata),
    FIELD(sale, more),
    FIELD(sale, part,       .record = &part_fields),
    FIELD(sale, parts,      .record = &part_fields),
    FIELD_RAW(sale, receipt),
};
static const struct fields sale_fields = FIELDS(sale_list, sale);
/* clang-format on */

TEST(a_record_prints_every_member_through_its_field_table_but_secrets)
{
    struct view *v = view_new(t->arena);
    str tags[] = { STR("a"), STR("b") };
    struct part parts[] = { { STR("one") }, { STR("two") } };
    struct sale sale = {
        .partner_id = 0,
        .order_id = STR("A-1"),
        .secret = STR("hush"),
        .total = 9950,
        .share_bp = 5000,
        .uses = 3,
        .currency = { "EUR" },
        .status = PAID,
        .created_at = test_instant("2026-12-01T10:00:00Z"),
        .tags = { tags, 2 },
        .metadata = { STR("{\"k\":\"v\"}") },
        .part = { STR("whole") },
        .parts = { parts, 2 },
        .receipt = STR("[1,2]"),
    };

    view_record(v, NULL, &sale_fields, &sale);
    ASSERT_STR(json(v),
        "{\"id\":null,\"partner_id\":null,\"order_id\":\"A-1\",\"total\":9950,\"share_bp\":5000,"
        "\"uses\":3,\"left\":null,\"currency\":\"EUR\",\"status\":\"paid\",\"is_test\":false,"
        "\"created_at\":\"2026-12-01T10:00:00Z\",\"ends_at\":null,\"tags\":[\"a\",\"b\"],"
        "\"metadata\":{\"k\":\"v\"},\"more\":{},\"part\":{\"name\":\"whole\"},"
        "\"parts\":[{\"name\":\"one\"},{\"name\":\"two\"}],\"receipt\":[1,2]}");
    ASSERT_INT(view_find(v, STR("total")).leaf->kind, VIEW_MINOR);
    ASSERT_INT(view_find(v, STR("share_bp")).leaf->kind, VIEW_PERCENT);
    ASSERT_TRUE(view_find(v, STR("status_is_paid")).flag);
    view_record(v, "sale", &part_fields, &parts[1]);
    ASSERT_HAS(json(v), "\"sale\":{\"name\":\"two\"}");
}

RUN_TESTS(ROW(leaves_print_in_the_order_they_were_added),
    ROW(a_name_added_twice_keeps_its_place_and_takes_the_later_value),
    ROW(what_is_for_pages_only_never_reaches_json),
    ROW(json_in_a_script_block_cannot_end_the_block),
    ROW(an_enum_answers_for_each_of_its_words_and_no_other),
    ROW(a_record_prints_every_member_through_its_field_table_but_secrets))
