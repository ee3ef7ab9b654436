/* Structs from bodies: every mistake told, every value exact. */
#include "http/testing.h"

#include <string.h>

static const char *const color_names[] = { "red", "blue", NULL };

struct line {
    str sku;
    int64_t quantity;
    int64_t amount;
};
static const struct field line_list[] = {
    FIELD(line, sku, .flags = FIELD_REQUIRED, .max = 20),
    FIELD(line, quantity, .flags = FIELD_TAKEN, .min = 1, .max = 100),
    FIELD(line, amount, .flags = FIELD_TAKEN),
};
static const struct fields line_fields = FIELDS(line_list, line);

struct reward {
    int64_t percent_bp;
    int64_t amount;
};
static const struct field reward_list[] = {
    FIELD(reward, percent_bp, .flags = FIELD_TAKEN, .min = 0, .max = 10000),
    FIELD(reward, amount, .flags = FIELD_TAKEN, .min = 0, .max = INT64_MAX),
};
static const struct fields reward_fields = FIELDS(reward_list, reward);

struct order {
    int64_t id;
    int64_t partner_id;
    str order_id;
    str note;
    int64_t amount;
    currency currency;
    int32_t days;
    bool is_new;
    unsigned color;
    instant starts_at;
    strs tags;
    json_object metadata;
    struct reward reward;
    struct list items;
    str hash;
    str made_by;
};
/* clang-format off */
static const struct field order_list[] = {
    FIELD_ID(order, id, "ord"),
    FIELD_ID(order, partner_id, "par", .flags = FIELD_TAKEN | FIELD_FIXED),
    FIELD(order, order_id,  .flags = FIELD_REQUIRED | FIELD_FIXED, .max = 10),
    FIELD(order, note,      .flags = FIELD_TAKEN),
    FIELD_MONEY(order, amount, "currency", .flags = FIELD_REQUIRED, .min = 0, .max = INT64_MAX),
    FIELD(order, currency,  .flags = FIELD_REQUIRED),
    FIELD(order, days,      .flags = FIELD_TAKEN, .min = 1, .max = 400),
    FIELD(order, is_new,    .flags = FIELD_TAKEN),
    FIELD(order, color,     .flags = FIELD_TAKEN, .names = color_names),
    FIELD(order, starts_at, .flags = FIELD_TAKEN),
    FIELD(order, tags,      .flags = FIELD_TAKEN, .max = 3),
    FIELD(order, metadata,  .flags = FIELD_TAKEN),
    FIELD(order, reward,    .flags = FIELD_TAKEN, .record = &reward_fields),
    FIELD(order, items,     .flags = FIELD_TAKEN, .record = &line_fields, .max = 2),
    FIELD(order, hash,      .flags = FIELD_SECRET),
    FIELD(order, made_by),
};
/* clang-format on */
static const struct fields order_fields = FIELDS(order_list, order);

static err make(struct request *rq, struct reply *rp)
{
    struct order order = { .days = 30, .made_by = STR("system") };

    TRY(request_read(rq, &order_fields, &order));
    view_record(reply_view(rp), NULL, &order_fields, &order);
    return reply_created(rp, "order/saved", "/orders/1");
}

static err change(struct request *rq, struct reply *rp)
{
    uint64_t sent = 0;
    struct order order = { .order_id = STR("A-1"),
        .amount = 100,
        .currency = { "EUR" },
        .note = STR("old"),
        .reward = { 500, 7 },
        .days = 30 };

    TRY(request_patch(rq, &order_fields, &order, &sent));
    view_record(reply_view(rp), NULL, &order_fields, &order);
    view_int(reply_view(rp), "sent", (int64_t)sent);
    return NULL;
}

/* Forms are answered by pages; here the struct is to be seen, and the mistakes. */
static err show(struct request *rq, struct reply *rp)
{
    struct order order = { .days = 30, .made_by = STR("system") };

    TRY(request_read(rq, &order_fields, &order));
    view_record(reply_view(rp), NULL, &order_fields, &order);
    return NULL;
}

static err two_mistakes(struct request *rq, struct reply *rp __attribute__((unused)))
{
    static const struct err taken = { ERR_CONFLICT, "code_taken", "Taken.", NULL };

    if (request_query(rq, "both").at)
        (void)request_problem(rq, "amount", &CURRENCY_UNKNOWN);
    return request_problem(rq, "items/0/sku", &taken);
}

/* clang-format off */
static const struct route addresses[] = {
    { POST,  "/orders",      API | MANAGE, NEEDS_NOTHING, make,         NULL },
    { PATCH, "/orders/{id}", API | MANAGE, NEEDS_NOTHING, change,       NULL },
    { POST,  "/form",        PUBLIC,       NEEDS_NOTHING, show,         NULL, ROUTE_CORS },
    { POST,  "/mistakes",    API,          NEEDS_NOTHING, two_mistakes, NULL },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, NULL };

static struct client *client(struct test *t)
{
    struct client *c = client_open(t, &(struct server_options){ .tables = tables });

    c->who = client_staff(ROLE_OWNER);
    return c;
}

#define OK "\"order_id\": \"A-1\", \"amount\": 12990, \"currency\": \"EUR\""

TEST(a_body_fills_the_struct)
{
    struct response r = client_json(client(t), "POST", "/api/v1/orders",
        "{" OK ", \"partner_id\": null, \"is_new\": true, \"color\": \"blue\", \"days\": 7,"
        "\"starts_at\": \"2026-12-01T10:00:00+01:00\", \"tags\": [\"a\", \"b\"], \"metadata\": "
        "{\"k\": \"v\"},"
        "\"reward\": {\"percent_bp\": 1250}, \"items\": [{\"sku\": \"B-1\", \"quantity\": 2, "
        "\"amount\": -5}],"
        "\"program_id\": null, \"note\": \" kept as it is \"}");

    ASSERT_INT(r.status, 201);
    ASSERT_STR(response_text(&r, "order_id"), "A-1");
    ASSERT_INT(response_int(&r, "amount"), 12990);
    ASSERT_STR(response_text(&r, "currency"), "EUR");
    ASSERT_INT(response_int(&r, "days"), 7);
    ASSERT_TRUE(response_value(&r, "is_new")->truth);
    ASSERT_STR(response_text(&r, "color"), "blue");
    ASSERT_STR(response_text(&r, "starts_at"), "2026-12-01T09:00:00Z");
    ASSERT_STR(response_text(&r, "tags/1"), "b");
    ASSERT_STR(response_text(&r, "metadata/k"), "v");
    ASSERT_INT(response_int(&r, "reward/percent_bp"), 1250);
    ASSERT_STR(response_text(&r, "items/0/sku"), "B-1");
    ASSERT_INT(response_int(&r, "items/0/amount"), -5);
    ASSERT_STR(response_text(&r, "note"), " kept as it is ");
    ASSERT_STR(response_text(&r, "made_by"), "system");
    ASSERT_STR(response_header(&r, "location"), "/api/v1/orders/1");
    ASSERT_TRUE(response_value(&r, "hash") == NULL);
}

TEST(each_mistake_has_its_status_code_and_pointer)
{
    static const struct {
        const char *body;
        int status;
        const char *code, *pointer;
    } cases[] = {
        { "{" OK "}", 201, NULL, NULL },
        { "{" OK ", \"nmae\": 1}", 422, "unknown_field", "/nmae" },
        { "{" OK ", \"a/b~c\": 1}", 422, "unknown_field", "/a~1b~0c" },
        { "{" OK ", \"hash\": \"x\"}", 422, "unknown_field", "/hash" },
        { "{" OK ", \"made_by\": \"me\"}", 422, "read_only", "/made_by" },
        { "{" OK ", \"id\": \"ord_1\"}", 422, "read_only", "/id" },
        { "{\"order_id\": \"A-1\", \"currency\": \"EUR\"}", 422, "required", "/amount" },
        { "{\"order_id\": null, \"amount\": 1, \"currency\": \"EUR\"}", 422, "required",
            "/order_id" },
        { "{\"order_id\": \"\", \"amount\": 1, \"currency\": \"EUR\"}", 422, "required",
            "/order_id" },
        { "{\"order_id\": \"A\", \"amount\": -1, \"currency\": \"EUR\"}", 422, "out_of_range",
            "/amount" },
        { "{\"order_id\": \"A\", \"amount\": 9223372036854775808, \"currency\": \"EUR\"}", 422,
            "out_of_range", "/amount" },
        { "{\"order_id\": \"A\", \"amount\": 12.9, \"currency\": \"EUR\"}", 422, "wrong_type",
            "/amount" },
        { "{\"order_id\": \"A\", \"amount\": \"12.9\", \"currency\": \"EUR\"}", 422, "wrong_type",
            "/amount" },
        { "{\"order_id\": \"A\", \"amount\": 1, \"currency\": \"EUX\"}", 422, "currency_unknown",
            "/currency" },
        { "{\"order_id\": \"A\", \"amount\": 1, \"currency\": \"\"}", 422, "currency_unknown",
            "/currency" },
        { "{" OK ", \"note\": 5}", 422, "wrong_type", "/note" },
        { "{" OK ", \"note\": \"a\\u0001\"}", 422, "control_character", "/note" },
        { "{\"order_id\": \"12345678901\", \"amount\": 1, \"currency\": \"EUR\"}", 422, "too_long",
            "/order_id" },
        { "{" OK ", \"days\": 0}", 422, "out_of_range", "/days" },
        { "{" OK ", \"days\": 401}", 422, "out_of_range", "/days" },
        { "{" OK ", \"days\": true}", 422, "wrong_type", "/days" },
        { "{" OK ", \"is_new\": 1}", 422, "wrong_type", "/is_new" },
        { "{" OK ", \"color\": \"green\"}", 422, "unknown_value", "/color" },
        { "{" OK ", \"starts_at\": \"tomorrow\"}", 422, "time_invalid", "/starts_at" },
        { "{" OK ", \"starts_at\": 1764583200}", 422, "wrong_type", "/starts_at" },
        { "{" OK ", \"partner_id\": \"par_1\"}", 422, "id_invalid", "/partner_id" },
        { "{" OK ", \"tags\": \"a\"}", 422, "wrong_type", "/tags" },
        { "{" OK ", \"tags\": [\"a\", 1]}", 422, "wrong_type", "/tags/1" },
        { "{" OK ", \"tags\": [\"a\", \"b\", \"c\", \"d\"]}", 422, "too_many_items", "/tags" },
        { "{" OK ", \"metadata\": [1]}", 422, "wrong_type", "/metadata" },
        { "{" OK ", \"metadata\": {\"k\": {}}}", 422, "wrong_type", "/metadata/k" },
        { "{" OK ", \"reward\": {\"percent_bp\": 10001}}", 422, "out_of_range",
            "/reward/percent_bp" },
        { "{" OK ", \"reward\": {\"x\": 1}}", 422, "unknown_field", "/reward/x" },
        { "{" OK ", \"reward\": 5}", 422, "wrong_type", "/reward" },
        { "{" OK ", \"items\": {}}", 422, "wrong_type", "/items" },
        { "{" OK ", \"items\": [5]}", 422, "wrong_type", "/items/0" },
        { "{" OK ", \"items\": [{\"sku\": \"a\"}, {}]}", 422, "required", "/items/1/sku" },
        { "{" OK ", \"items\": [{\"sku\": \"a\"}, {\"sku\": \"b\"}, {\"sku\": \"c\"}]}", 422,
            "too_many_items", "/items" },
        { "{" OK ", \"program_id\": 5}", 422, "id_invalid", "/program_id" },
        { "{" OK ", \"program_id\": \"par_00000000000\"}", 422, "id_invalid", "/program_id" },
        { "[]", 422, "body_needed", NULL },
        { "5", 422, "body_needed", NULL },
        { "{", 400, "json_malformed", NULL },
        { "{" OK ", \"note\": \"a\", \"note\": \"b\"}", 400, "duplicate_key", NULL },
        { "{" OK ", \"note\": \"\xFF\"}", 400, "utf8_invalid", NULL },
    };
    struct client *c = client(t);

    EACH (k, cases) {
        test_case("%s", k->body);
        struct response r = client_json(c, "POST", "/api/v1/orders", k->body);
        ASSERT_INT(r.status, k->status);
        if (k->code) {
            ASSERT_STR(response_header(&r, "content-type"), "application/problem+json");
            ASSERT_STR(response_text(&r, "code"), k->code);
            ASSERT_INT(response_int(&r, "status"), k->status);
            ASSERT_TRUE(response_text(&r, "detail").len > 0);
            ASSERT_STR_EQ(response_text(&r, "request_id"), response_header(&r, "x-request-id"));
        }
        if (k->pointer) {
            ASSERT_INT(response_count(&r, "errors"), 1);
            ASSERT_STR(response_text(&r, "errors/0/pointer"), k->pointer);
            ASSERT_STR(response_text(&r, "errors/0/code"), k->code);
        }
    }
}

TEST(all_mistakes_come_at_once)
{
    struct response r = client_json(client(t), "POST", "/api/v1/orders",
        "{\"amount\": \"x\", \"currency\": \"ZZZ\", \"what\": 1, \"items\": [{\"quantity\": 0}]}");

    ASSERT_INT(r.status, 422);
    ASSERT_STR(response_text(&r, "code"), "invalid");
    ASSERT_INT(response_count(&r, "errors"), 6);
}

TEST(the_status_is_that_of_the_mistakes_when_they_agree)
{
    struct client *c = client(t);
    struct response one = client_json(c, "POST", "/api/v1/mistakes", "{}");
    struct response two = client_json(c, "POST", "/api/v1/mistakes?both=1", "{}");

    ASSERT_INT(one.status, 409);
    ASSERT_STR(response_text(&one, "code"), "code_taken");
    ASSERT_STR(response_text(&one, "errors/0/pointer"), "/items/0/sku");
    ASSERT_INT(two.status, 422);
    ASSERT_STR(response_text(&two, "code"), "invalid");
}

TEST(a_patch_changes_what_was_sent_and_nothing_else)
{
    struct client *c = client(t);
    struct response r = client_json(c, "PATCH", "/api/v1/orders/1",
        "{\"note\": null, \"reward\": {\"percent_bp\": 900}, \"amount\": 200}");

    ASSERT_INT(r.status, 200);
    ASSERT_INT(response_value(&r, "note")->kind, VALUE_NULL);
    ASSERT_INT(response_int(&r, "amount"), 200);
    ASSERT_INT(response_int(&r, "reward/percent_bp"), 900);
    ASSERT_INT(response_int(&r, "reward/amount"), 7);
    ASSERT_INT(response_int(&r, "days"), 30);
    ASSERT_INT(response_int(&r, "sent"), 1 << 3 | 1 << 4 | 1 << 12);
    r = client_json(c, "PATCH", "/api/v1/orders/1", "{\"order_id\": \"B\"}");
    ASSERT_INT(r.status, 422);
    ASSERT_STR(response_text(&r, "code"), "fixed");
    r = client_json(c, "PATCH", "/api/v1/orders/1", "{\"amount\": null}");
    ASSERT_STR(response_text(&r, "code"), "required");
    ASSERT_INT(client_json(c, "PATCH", "/api/v1/orders/1", "{}").status, 200);
}

TEST(forms_speak_peoples_language)
{
    static const struct {
        const char *form;
        const char *path;
        int64_t number;
        const char *text;
    } cases[] = {
        { "amount=129.90", "amount", 12990, NULL },
        { "amount=129%2C90", "amount", 12990, NULL },
        { "amount=129", "amount", 12900, NULL },
        { "amount=1&reward_percent=12.5", "reward/percent_bp", 1250, NULL },
        { "amount=1&reward_percent=12%2C5+%25", "reward/percent_bp", 1250, NULL },
        { "amount=1&reward_percent_bp=1250", "reward/percent_bp", 1250, NULL },
        { "amount=1&reward_amount=350", "reward/amount", 350, NULL },
        { "amount=1&note=++two%0D%0Alines++", "note", 0, "two\nlines" },
        { "amount=1&starts_at=2026-12-01", "starts_at", 0, "2026-11-30T23:00:00Z" },
        { "amount=1&starts_at=2026-12-01T10%3A30", "starts_at", 0, "2026-12-01T09:30:00Z" },
        { "amount=1&starts_at=", "starts_at", 0, NULL },
        { "amount=1&tags=a%0D%0A+b+%0A%0A", "tags/1", 0, "b" },
        { "amount=1&tags=a&tags=b", "tags/1", 0, "b" },
        { "amount=1&metadata=k+%3D+v%0Ax%3Dy%3Dz", "metadata/x", 0, "y=z" },
        { "amount=1&days=", "days", 0, NULL },
        { "amount=1&unknown=5&hash=x&made_by=me", "made_by", 0, "system" },
        { "amount=1&color=blue", "color", 0, "blue" },
    };
    struct client *c = client(t);

    c->headers = "Cookie: tz=60\r\n";
    EACH (k, cases) {
        test_case("%s", k->form);
        const char *form = str_printf(t->arena, "order_id=A-1&currency=EUR&%s", k->form).at;
        struct response r = client_form(c, "/form", form);
        ASSERT_INT(r.status, 200);
        if (k->text)
            ASSERT_STR(response_text(&r, k->path), k->text);
        else
            ASSERT_INT(response_int(&r, k->path), k->number);
    }
}

TEST(wrong_forms_are_told_in_words)
{
    static const struct {
        const char *form, *code, *pointer;
    } cases[] = {
        { "amount=12.901", "amount_text", "/amount" },
        { "amount=1.234,50", "amount_text", "/amount" },
        { "amount=1e3", "amount_text", "/amount" },
        { "amount=-1", "out_of_range", "/amount" },
        { "amount=", "required", "/amount" },
        { "", "required", "/amount" },
        { "amount=1&days=soon", "wrong_type", "/days" },
        { "amount=1&days=500", "out_of_range", "/days" },
        { "amount=1&reward_percent=101", "out_of_range", "/reward_percent" },
        { "amount=1&reward_percent=12.345", "wrong_type", "/reward_percent" },
        { "amount=1&starts_at=01.12.2026", "time_invalid", "/starts_at" },
        { "amount=1&metadata=nothing", "wrong_type", "/metadata" },
        { "amount=1&color=green", "unknown_value", "/color" },
    };
    struct client *c = client(t);

    EACH (k, cases) {
        test_case("%s", k->form);
        const char *form = str_printf(t->arena, "order_id=A-1&currency=EUR&%s", k->form).at;
        struct response r = client_form(c, "/form", form);
        ASSERT_INT(r.status, 422);
        ASSERT_STR(response_text(&r, "errors/0/code"), k->code);
        ASSERT_STR(response_text(&r, "errors/0/pointer"), k->pointer);
    }
}

RUN_TESTS(ROW(a_body_fills_the_struct), ROW(each_mistake_has_its_status_code_and_pointer),
    ROW(all_mistakes_come_at_once), ROW(the_status_is_that_of_the_mistakes_when_they_agree),
    ROW(a_patch_changes_what_was_sent_and_nothing_else), ROW(forms_speak_peoples_language),
    ROW(wrong_forms_are_told_in_words))
