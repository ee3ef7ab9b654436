/* Addresses and the rows they lead to. */
#include "http/router.h"

#include "base/test.h"
#include "http/server.h"

static err nothing(
    struct request *rq __attribute__((unused)), struct reply *rp __attribute__((unused)))
{
    return NULL;
}

/* clang-format off */
static const struct route addresses[] = {
    { GET,   "/",                           PUBLIC,                NEEDS_NOTHING,  nothing, "home" },
    { GET,   "/c/{code}",                   PUBLIC,                NEEDS_NOTHING,  nothing, NULL },
    { GET,   "/partners",                   API | MANAGE,          PARTNERS_READ,  nothing, "list" },
    { POST,  "/partners",                   API | MANAGE,          PARTNERS_WRITE, nothing, "form" },
    { GET,   "/partners/new",               MANAGE,                PARTNERS_WRITE, nothing, "form" },
    { GET,   "/partners/{id}",              API | MANAGE,          PARTNERS_READ,  nothing, "one" },
    { PATCH, "/partners/{id}",              API | MANAGE,          PARTNERS_WRITE, nothing, NULL },
    { POST,  "/partners/{id}/approve",      API | MANAGE,          PARTNERS_WRITE, nothing, NULL },
    { GET,   "/payouts/{id}/lines/{line}",  API | MANAGE | PORTAL, PAYOUTS_READ,   nothing, "line" },
    { GET,   "/",                           PORTAL,                SIGNED_IN,      nothing, "portal" },
    { POST,  "/test/clock",                 PUBLIC,                NEEDS_NOTHING,  nothing, NULL, ROUTE_TEST },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, NULL };

TEST(each_address_finds_its_row)
{
    static const struct {
        enum method method;
        const char *path;
        enum route_found found;
        int row;
        enum shown_on surface;
        const char *first_param;
    } cases[] = {
        { GET, "/", ROUTE_FOUND, 0, PUBLIC, NULL },
        { GET, "/c/ANNA", ROUTE_FOUND, 1, PUBLIC, "ANNA" },
        { GET, "/api/v1/partners", ROUTE_FOUND, 2, API, NULL },
        { GET, "/manage/partners", ROUTE_FOUND, 2, MANAGE, NULL },
        { POST, "/manage/partners", ROUTE_FOUND, 3, MANAGE, NULL },
        { GET, "/manage/partners/new", ROUTE_FOUND, 4, MANAGE, NULL },
        { GET, "/api/v1/partners/new", ROUTE_FOUND, 5, API, "new" },
        { GET, "/manage/partners/par_1", ROUTE_FOUND, 5, MANAGE, "par_1" },
        { POST, "/manage/partners/new/approve", ROUTE_FOUND, 7, MANAGE, "new" },
        { GET, "/portal/payouts/a/lines/b", ROUTE_FOUND, 8, PORTAL, "a" },
        { GET, "/portal", ROUTE_FOUND, 9, PORTAL, NULL },
        { GET, "/partners", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/portal/partners", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/api/v1/partners/", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/api/v1//partners", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/c/", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/c", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "/c/a/b", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "", ROUTE_NO_PATH, 0, 0, NULL },
        { GET, "*", ROUTE_NO_PATH, 0, 0, NULL },
        { POST, "/test/clock", ROUTE_NO_PATH, 0, 0, NULL },
        { DELETE, "/api/v1/partners", ROUTE_NO_METHOD, 0, 0, NULL },
        { GET, "/api/v1/partners/x/approve", ROUTE_NO_METHOD, 0, 0, NULL },
        { POST, "/manage/partners/new", ROUTE_NO_METHOD, 0, 0, NULL },
    };
    struct router *router;

    ASSERT_OK(router_open(t->arena, tables, false, &router));
    EACH (c, cases) {
        struct route_match match;
        test_case("%d %s", (int)c->method, c->path);
        ASSERT_INT(router_find(router, c->method, str_of(c->path), &match), c->found);
        if (c->found != ROUTE_FOUND)
            continue;
        ASSERT_INT(match.route - addresses, c->row);
        ASSERT_INT(match.surface, c->surface);
        ASSERT_INT(match.param_count > 0, c->first_param != NULL);
        if (c->first_param)
            ASSERT_STR(match.params[0], c->first_param);
    }
}

TEST(allow_names_the_methods_of_the_address)
{
    struct router *router;
    struct route_match match;

    ASSERT_OK(router_open(t->arena, tables, true, &router));
    ASSERT_INT(router_find(router, DELETE, STR("/api/v1/partners/x"), &match), ROUTE_NO_METHOD);
    ASSERT_STR(router_allow(t->arena, match.methods), "GET, HEAD, PATCH");
    ASSERT_INT(router_find(router, POST, STR("/test/clock"), &match), ROUTE_FOUND);
}

TEST(two_rows_for_one_address_are_refused_at_the_start)
{
    /* clang-format off */
    static const struct route twice[] = {
        { GET, "/partners/{partner}", API, PARTNERS_READ, nothing, NULL },
        { 0 },
    };
    static const struct route headless[] = { { GET, "partners", API, PARTNERS_READ, nothing, NULL }, { 0 } };
    /* clang-format on */
    const struct route *const both[] = { addresses, twice, NULL }, *const bad[] = { headless,
        NULL };
    struct router *router;

    ASSERT_ERR(router_open(t->arena, both, false, &router), &ROUTES_BROKEN);
    ASSERT_ERR(router_open(t->arena, bad, false, &router), &ROUTES_BROKEN);
}

RUN_TESTS(ROW(each_address_finds_its_row), ROW(allow_names_the_methods_of_the_address),
    ROW(two_rows_for_one_address_are_refused_at_the_start))
