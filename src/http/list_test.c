/* Lists: what the address asks for, as JSON, as a page's links, as CSV. */
#include "http/testing.h"

#include "store/test_store.h"

static const char *const status_names[] = { "pending", "paid", NULL };

struct deal {
    int64_t id;
    str name;
    unsigned status;
    int64_t amount;
    currency currency;
    bool is_new;
    str secret;
    instant created_at;
};
/* clang-format off */
static const struct field deal_list[] = {
    FIELD_ID(deal, id, "dea"),
    FIELD(deal, name,     .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(deal, status,   .flags = FIELD_FILTER, .names = status_names),
    FIELD_MONEY(deal, amount, "currency", .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(deal, currency, .flags = FIELD_FILTER),
    FIELD(deal, is_new,   .flags = FIELD_FILTER),
    FIELD(deal, secret,   .flags = FIELD_SECRET),
    FIELD(deal, created_at, .flags = FIELD_FILTER | FIELD_SORT),
};
/* clang-format on */
static const struct fields deal_fields = FIELDS(deal_list, deal);

static const struct migration deal_migrations[] = {
    { "2026-01-01-1-deal",
        "CREATE TABLE deal (id {{key}}, name TEXT, status TEXT NOT NULL, amount {{int}} NOT NULL, "
        "currency TEXT NOT NULL, "
        "is_new {{int}} NOT NULL, secret TEXT, created_at {{int}} NOT NULL) {{strict}};" },
    { 0 },
};
static const struct migration *const migrations[] = { http_migrations, deal_migrations, NULL };

static const char *const put_params[] = { "id", "name", "status", "amount", "currency", "is_new",
    "secret", "created_at", NULL };
static const struct statement deal_put = { "deal_put",
    { "INSERT INTO deal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        "INSERT INTO deal VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" },
    put_params, true };
static const char *const no_params[] = { NULL };
static const struct statement deal_all = { "deal_all",
    { "SELECT id, name, status, amount, currency, is_new, secret, created_at FROM deal",
        "SELECT id, name, status, amount, currency, is_new, secret, created_at FROM deal" },
    no_params, false };

static err put(struct db *db, void *arg)
{
    return db_put(db, &deal_put, &deal_fields, arg);
}

static err decorate(
    struct request *rq __attribute__((unused)), struct view *item, const void *record)
{
    const struct deal *deal = record;

    view_bool(item, "is_big", deal->amount > 1000);
    return NULL;
}

static err index_deals(struct request *rq, struct reply *rp)
{
    (void)request_query(rq, "q");
    return reply_listing(rp, &deal_all, NO_PARAMS, &deal_fields, decorate);
}

/* clang-format off */
static const struct route addresses[] = {
    { GET, "/deals", API | MANAGE, SIGNED_IN, index_deals, NULL, ROUTE_CSV },
    { GET, "/plain", API,          SIGNED_IN, index_deals, NULL },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, NULL };

static struct client *client(struct test *t)
{
    struct store *store = test_store(t, migrations);
    struct client *c = client_open(t, &(struct server_options){ .tables = tables, .store = store });

    for (int i = 1; i <= 45; i++) {
        struct deal deal = { .id = id_at(test_instant("2026-11-01T00:00:00Z"), (uint32_t)i),
            .name = i == 7 ? STR("=cmd,\"x\"") : str_printf(t->arena, "deal %02d", i),
            .status = i % 3 == 0,
            .amount = i == 9 ? -250 : i * 100,
            .currency = { "EUR" },
            .is_new = i % 2 == 0,
            .secret = STR("never shown"),
            .created_at = { test_instant("2026-11-01T12:00:00Z").ms + i * DAY_MS } };
        ASSERT_OK(store_write(store, put, &deal));
    }
    c->who = client_key(ROLE_OWNER);
    return c;
}

TEST(the_address_says_what_is_listed)
{
    static const struct {
        const char *query;
        int64_t count;
        const char *first;
        bool more;
    } cases[] = {
        { "", 20, "deal 45", true },
        { "?limit=100", 45, "deal 45", false },
        { "?limit=45", 45, "deal 45", false },
        { "?limit=44", 44, "deal 45", true },
        { "?limit=100&status=paid", 15, "deal 45", false },
        { "?status=paid&limit=3&sort=created_at", 3, "deal 03", true },
        { "?sort=created", 20, "deal 01", true },
        { "?sort=-created", 20, "deal 45", true },
        { "?sort=amount", 20, "deal 09", true },
        { "?amount%5Bgte%5D=4400", 2, "deal 45", false },
        { "?amount[gt]=4400", 1, "deal 45", false },
        { "?amount[lt]=0", 1, "deal 09", false },
        { "?amount[lte]=100&sort=-amount", 2, "deal 01", false },
        { "?name=deal%2003", 1, "deal 03", false },
        { "?is_new=true&limit=100", 22, "deal 44", false },
        { "?currency=eur&limit=1", 1, "deal 45", true },
        { "?currency=USD", 0, NULL, false },
        { "?created[gte]=2026-12-14", 3, "deal 45", false },
        { "?created_at[gt]=2026-12-14T12:00:00Z", 2, "deal 45", false },
        { "?created[lte]=2026-11-03&sort=created", 2, "deal 01", false },
        { "?created[lt]=2026-11-03", 1, "deal 01", false },
        { "?created[gte]=2026-11-03&created[lte]=2026-11-04", 2, "deal 03", false },
        { "?q=ignored&limit=1", 1, "deal 45", true },
        { "?after=&limit=1", 1, "deal 45", true },
    };
    struct client *c = client(t);

    EACH (k, cases) {
        test_case("%s", k->query);
        struct response r = client_get(c, str_printf(t->arena, "/api/v1/deals%s", k->query).at);
        ASSERT_INT(r.status, 200);
        ASSERT_INT(response_count(&r, "data"), k->count);
        ASSERT_INT(response_value(&r, "has_more")->truth, k->more);
        ASSERT_INT(response_value(&r, "next")->kind, k->more ? VALUE_TEXT : VALUE_NULL);
        if (k->first)
            ASSERT_STR(response_text(&r, "data/0/name"), k->first);
        ASSERT_HAS_NOT(r.body, "never shown");
        ASSERT_HAS_NOT(r.body, "\"list\"");
    }
}

TEST(what_a_list_does_not_know_is_refused)
{
    static const struct {
        const char *query, *code, *pointer;
        int status;
    } cases[] = {
        { "?statsu=paid", "unknown_parameter", "/statsu", 422 },
        { "?secret=x", "unknown_parameter", "/secret", 422 },
        { "?id=x", "unknown_parameter", "/id", 422 },
        { "?status[like]=p", "unknown_parameter", "/status[like]", 422 },
        { "?status=lost", "filter_invalid", "/status", 422 },
        { "?status[gte]=paid", "filter_invalid", "/status[gte]", 422 },
        { "?amount=12.9", "filter_invalid", "/amount", 422 },
        { "?created[gte]=yesterday", "filter_invalid", "/created[gte]", 422 },
        { "?currency=XXQ", "filter_invalid", "/currency", 422 },
        { "?sort=secret", "sort_unknown", "/sort", 422 },
        { "?sort=", "sort_unknown", "/sort", 422 },
        { "?sort=id;DROP TABLE deal", "sort_unknown", "/sort", 422 },
        { "?limit=0", "out_of_range", "/limit", 422 },
        { "?limit=101", "out_of_range", "/limit", 422 },
        { "?limit=ten", "out_of_range", "/limit", 422 },
        { "?after=nonsense", "cursor_invalid", "/after", 400 },
        { "?name=%zz", "query_malformed", NULL, 400 },
        { "?name=%ff", "query_malformed", NULL, 400 },
    };
    struct client *c = client(t);

    EACH (k, cases) {
        test_case("%s", k->query);
        struct response r = client_get(c, str_printf(t->arena, "/api/v1/deals%s", k->query).at);
        ASSERT_INT(r.status, k->status);
        ASSERT_STR(response_text(&r, "code"), k->code);
        if (k->pointer)
            ASSERT_STR(response_text(&r, "errors/0/pointer"), k->pointer);
    }
}

TEST(following_next_gives_every_row_once)
{
    struct client *c = client(t);
    str next = STR("");
    int64_t seen = 0, last = INT64_MAX;

    do {
        struct response r =
            client_get(c, str_printf(t->arena, "/api/v1/deals?limit=7&sort=-amount&after=%" PRI_STR,
                              STR_ARG(next))
                              .at);
        ASSERT_INT(r.status, 200);
        for (int64_t i = 0; i < response_count(&r, "data"); i++, seen++) {
            int64_t minor = response_int(&r, str_printf(t->arena, "data/%d/amount", (int)i).at);
            ASSERT_TRUE(minor < last);
            last = minor;
        }
        ASSERT_TRUE(response_value(&r, "data/0/is_big")->kind == VALUE_BOOL);
        next = response_text(&r, "next");
    } while (next.at);
    ASSERT_INT(seen, 45);
}

TEST(csv_has_all_rows_and_no_secret_and_no_formula)
{
    struct client *c = client(t);
    struct response r = client_get(c, "/api/v1/deals?format=csv&sort=created&limit=5");

    ASSERT_INT(r.status, 200);
    ASSERT_STR(response_header(&r, "content-type"), "text/csv; charset=utf-8");
    ASSERT_STR(response_header(&r, "content-disposition"),
        "attachment; filename=\"deals-2026-12-01.csv\"; filename*=UTF-8''deals-2026-12-01.csv");
    ASSERT_TRUE(
        str_starts(r.body, STR("id,name,status,amount,currency,is_new,created_at\r\ndea_")));
    ASSERT_HAS(r.body, ",deal 01,pending,1.00,EUR,false,2026-11-02T12:00:00Z\r\n");
    ASSERT_HAS(r.body, ",\"'=cmd,\"\"x\"\"\",pending,7.00,EUR,");
    ASSERT_HAS(r.body, ",deal 09,paid,-2.50,EUR,");
    ASSERT_HAS_NOT(r.body, "never shown");
    size_t lines = 0;
    for (size_t i = 0; i < r.body.len; i++)
        lines += r.body.at[i] == '\n';
    ASSERT_INT(lines, 46);
    r = client_get(c, "/api/v1/plain?format=csv");
    ASSERT_INT(r.status, 422);
    ASSERT_STR(response_text(&r, "code"), "format_unknown");
    ASSERT_INT(client_get(c, "/api/v1/deals?format=xml").status, 422);
    ASSERT_INT(client_get(c, "/api/v1/deals?format=csv&status=lost").status, 422);
}

TEST(pages_pass_over_what_they_do_not_know)
{
    struct client *c = client(t);

    c->who = client_staff(ROLE_OWNER);
    struct response r = client_get(c, "/manage/deals?utm_source=x&status=&sort=&tab=a");
    ASSERT_INT(r.status, 200);
    ASSERT_INT(response_count(&r, "data"), 25);
    ASSERT_INT(client_get(c, "/manage/deals?status=lost").status, 422);
}

RUN_TESTS(ROW(the_address_says_what_is_listed), ROW(what_a_list_does_not_know_is_refused),
    ROW(following_next_gives_every_row_once), ROW(csv_has_all_rows_and_no_secret_and_no_formula),
    ROW(pages_pass_over_what_they_do_not_know))
