/* Bodies of forms and files, cookies, and periods of reports. */
#include "http/testing.h"

#include "http/parts.h"

static err take(struct request *rq, struct reply *rp)
{
    struct upload file = { 0 };
    strs all = request_form_all(rq, "tag");

    TRY(request_upload(rq, "file", &file));
    view_str(reply_view(rp), "name", file.name);
    view_str(reply_view(rp), "type", file.content_type);
    view_str(reply_view(rp), "content", file.content);
    view_str(reply_view(rp), "note", request_form(rq, "note"));
    view_int(reply_view(rp), "tags", (int64_t)all.count);
    return NULL;
}

static err report(struct request *rq, struct reply *rp)
{
    struct period p;

    TRY(request_period(rq, "30d", &p));
    view_instant(reply_view(rp), "from", p.from);
    view_instant(reply_view(rp), "to", p.to);
    view_instant(reply_view(rp), "past_from", p.past_from);
    view_instant(reply_view(rp), "past_to", p.past_to);
    view_int(reply_view(rp), "days", p.days);
    view_str(reply_view(rp), "name", p.name);
    view_bool(reply_view(rp), "open", p.open);
    return NULL;
}

/* clang-format off */
static const struct route addresses[] = {
    { POST, "/files",  API | MANAGE | PUBLIC, NEEDS_NOTHING, take,   NULL, ROUTE_LARGE | ROUTE_CORS },
    { POST, "/small",  API,                   NEEDS_NOTHING, take,   NULL },
    { GET,  "/report", API | MANAGE,          NEEDS_NOTHING, report, NULL },
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

#define PART(name, rest, content)                                                                  \
    "--xx\r\nContent-Disposition: form-data; name=\"" name "\"" rest "\r\n\r\n" content "\r\n"
#define FILE_PART PART("file", "; filename=\"a \\\"b\\\".csv\"\r\nContent-Type: text/csv", "x,y\r\n--x\r\n")

TEST(a_multipart_form_gives_its_fields_and_files)
{
    static const struct {
        const char *type, *body;
        int status;
        const char *code;
    } cases[] = {
        { "multipart/form-data; boundary=xx", FILE_PART PART("note", "", " n ") "--xx--\r\n", 200, NULL },
        { "multipart/form-data; charset=utf-8; boundary=\"xx\"", FILE_PART "--xx--", 200, NULL },
        { "Multipart/Form-Data; BOUNDARY=xx", "preamble\r\n" FILE_PART "--xx--\r\nepilogue", 200, NULL },
        { "multipart/form-data; boundary=yy", FILE_PART "--xx--\r\n", 400, "form_malformed" },
        { "multipart/form-data", FILE_PART "--xx--\r\n", 400, "form_malformed" },
        { "multipart/form-data; boundary=xx", FILE_PART, 400, "form_malformed" },
        { "multipart/form-data; boundary=xx", "--xx\r\nno head\r\n--xx--\r\n", 400, "form_malformed" },
        { "multipart/form-data; boundary=xx", "--xx\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nx\r\n--xx--", 400, "form_malformed" },
        { "multipart/form-data; boundary=xx", PART("note", "", "\xFF") "--xx--\r\n", 400, "utf8_invalid" },
        { "multipart/form-data; boundary=xx", PART("note", "", "only") "--xx--\r\n", 422, "required" },
        { "multipart/form-data; boundary=xx", PART("file", "; filename=\"\"", "") "--xx--\r\n", 422, "required" },
    };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s %s", k->type, k->body);
        struct response r = client_call(c, "POST", "/files", k->type, str_of(k->body));
        ASSERT_INT(r.status, k->status);
        if (k->code)
            ASSERT_STR(response_text(&r, "code"), k->code);
        else
            ASSERT_STR(response_text(&r, "name"), "a \"b\".csv");
    }
}

TEST(file_names_never_carry_a_path)
{
    static const struct {
        const char *sent, *kept;
    } cases[] = { { "../../etc/passwd", "passwd" }, { "C:\\\\files\\\\a.csv", "a.csv" }, { "a.csv", "a.csv" } };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s", k->sent);
        str body = str_printf(t->arena,
            "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n\r\nx\r\n--xx--", k->sent);
        struct response r = client_call(c, "POST", "/files", "multipart/form-data; boundary=xx", body);
        ASSERT_STR(response_text(&r, "name"), k->kept);
        ASSERT_STR(response_text(&r, "content"), "x");
    }
}

TEST(the_api_takes_a_file_as_the_body_where_the_row_says)
{
    struct client *c = client(t);
    struct response r = client_call(c, "POST", "/api/v1/files", "text/csv; charset=utf-8", STR("a,b\n"));

    ASSERT_INT(r.status, 200);
    ASSERT_STR(response_text(&r, "content"), "a,b\n");
    ASSERT_INT(client_call(c, "POST", "/api/v1/files", "text/csv", STR("\xFF")).status, 400);
    ASSERT_INT(client_call(c, "POST", "/api/v1/small", "text/csv", STR("a,b\n")).status, 415);
}

TEST(urlencoded_forms_are_read_strictly)
{
    static const struct {
        const char *body;
        int status;
    } cases[] = { { "tag=a&tag=b", 422 }, { "a=%zz", 400 }, { "a=%00", 400 }, { "a=%ff", 400 }, { "a=%2", 400 }, { "\xFF=1", 400 } };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s", k->body);
        ASSERT_INT(client_call(c, "POST", "/files", "application/x-www-form-urlencoded", str_of(k->body)).status, k->status);
    }
}

TEST(cookies_of_others_do_no_harm)
{
    struct pairs pairs = pairs_new(t->arena);

    pairs_read_cookies(&pairs, STR("a=1; broken; =x; b=\"q\"; a=2;; c = d ; bytes=\xFF"));
    ASSERT_STR(pairs_first(&pairs, STR("a")), "1");
    ASSERT_STR(pairs_first(&pairs, STR("b")), "q");
    ASSERT_STR(pairs_first(&pairs, STR("c")), "d");
    ASSERT_TRUE(pairs_first(&pairs, STR("broken")).at == NULL);
}

/* The clock stands at 2026-12-01T10:00:00Z; in the zone of +120 minutes it is noon of that day. */
TEST(periods_are_days_of_the_readers_zone)
{
    static const struct {
        const char *address, *from, *to, *past_from;
        int64_t days;
        bool open;
    } cases[] = {
        { "/api/v1/report", "2026-11-02T00:00:00Z", "2026-12-02T00:00:00Z", NULL, 30, true },
        { "/api/v1/report?compare=previous", "2026-11-02T00:00:00Z", "2026-12-02T00:00:00Z", "2026-10-03T00:00:00Z", 30, true },
        { "/api/v1/report?from=2026-11-01&to=2026-11-30", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", NULL, 30, false },
        { "/api/v1/report?from=2026-11-30T12:00:00Z&to=2026-12-01T12:00:00Z", "2026-11-30T12:00:00Z", "2026-12-01T12:00:00Z", NULL, 1, true },
        { "/api/v1/report?period=today", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", NULL, 1, true },
        { "/api/v1/report?from=2026-11-30", "2026-11-30T00:00:00Z", "2026-12-02T00:00:00Z", NULL, 2, true },
        { "/manage/report", "2026-11-01T22:00:00Z", "2026-12-01T22:00:00Z", "2026-10-02T22:00:00Z", 30, true },
        { "/manage/report?period=7d&compare=none", "2026-11-24T22:00:00Z", "2026-12-01T22:00:00Z", NULL, 7, true },
        { "/manage/report?from=2026-11-01&to=2026-11-01&compare=none", "2026-10-31T22:00:00Z", "2026-11-01T22:00:00Z", NULL, 1, false },
    };
    struct client *c = client(t);

    c->headers = "Cookie: tz=120\r\n";
    EACH(k, cases)
    {
        test_case("%s", k->address);
        struct response r = client_get(c, k->address);
        ASSERT_INT(r.status, 200);
        ASSERT_STR(response_text(&r, "from"), k->from);
        ASSERT_STR(response_text(&r, "to"), k->to);
        ASSERT_INT(response_int(&r, "days"), k->days);
        ASSERT_INT(response_value(&r, "open")->truth, k->open);
        if (k->past_from) {
            ASSERT_STR(response_text(&r, "past_from"), k->past_from);
            ASSERT_STR_EQ(response_text(&r, "past_to"), response_text(&r, "from"));
        } else {
            ASSERT_INT(response_value(&r, "past_from")->kind, VALUE_NULL);
        }
    }
}

TEST(a_period_that_is_none_is_refused)
{
    static const char *const cases[] = { "period=8d", "from=x", "to=2026-13-01", "from=2026-12-02&to=2026-12-01",
        "compare=last", "from=1990-01-01" };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s", *k);
        ASSERT_INT(client_get(c, str_printf(t->arena, "/api/v1/report?%s", *k).at).status, 422);
    }
}

RUN_TESTS(ROW(a_multipart_form_gives_its_fields_and_files), ROW(file_names_never_carry_a_path),
    ROW(the_api_takes_a_file_as_the_body_where_the_row_says), ROW(urlencoded_forms_are_read_strictly),
    ROW(cookies_of_others_do_no_harm), ROW(periods_are_days_of_the_readers_zone), ROW(a_period_that_is_none_is_refused))
