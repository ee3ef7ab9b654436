/* A tree of path segments. Literals go before {names}; where a literal leads nowhere, the name is
 * tried. */
#include "http/router.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "http/server.h"

enum { METHODS = PUT + 1, SURFACES = 4 };

const struct err ROUTES_BROKEN = { ERR_INTERNAL, "routes_broken",
    "The tables of routes contradict each other.", NULL };

struct node {
    str segment;
    struct node *literals, *next; /* children with a word, in a list; next of this list */
    struct node *name;            /* the child that takes any segment */
    size_t rows[METHODS];         /* index + 1; 0: none */
    enum shown_on surface;
};

struct router {
    struct arena *arena;
    struct node root;
    const struct route **rows;
    size_t count;
};

static const struct {
    enum shown_on surface;
    const char *prefix;
} surfaces[SURFACES] = { { API, "/api/v1" }, { MANAGE, "/manage" }, { PORTAL, "/portal" },
    { PUBLIC, "" } };

/* ---- building
 * ---------------------------------------------------------------------------------------------- */

static bool next_segment(str *path, str *out)
{
    size_t slash = 0;

    if (path->len == 0)
        return false;
    *path = str_from(*path, 1);
    *out = str_find(*path, '/', &slash) ? str_first(*path, slash) : *path;
    *path = str_from(*path, out->len);
    return true;
}

static bool is_name(str segment)
{
    return segment.len > 2 && segment.at[0] == '{' && segment.at[segment.len - 1] == '}';
}

static struct node *child(struct router *router, struct node *node, str segment)
{
    if (is_name(segment)) {
        if (!node->name)
            node->name = ARENA_NEW(router->arena, struct node);
        return node->name;
    }
    for (struct node *at = node->literals; at; at = at->next) {
        if (str_eq(at->segment, segment))
            return at;
    }
    struct node *made = ARENA_NEW(router->arena, struct node);
    made->segment = segment;
    made->next = node->literals;
    node->literals = made;
    return made;
}

static err add_address(
    struct router *router, const char *prefix, enum shown_on surface, size_t index)
{
    const struct route *route = router->rows[index];
    const char *tail = prefix[0] != '\0' && strcmp(route->path, "/") == 0 ? "" : route->path;
    str path = str_printf(router->arena, "%s%s", prefix, tail), rest = path, segment = STR_NONE;
    struct node *node = &router->root;

    while (next_segment(&rest, &segment)) {
        if (segment.len == 0 && path.len > 1) {
            log_line(LOG_ERROR, "route path with an empty segment: %s", route->path);
            return &ROUTES_BROKEN;
        }
        node = child(router, node, segment);
    }
    if (node->rows[route->method] != 0) {
        log_line(
            LOG_ERROR, "two routes for one address: method %d, %s", (int)route->method, path.at);
        return &ROUTES_BROKEN;
    }
    node->rows[route->method] = index + 1;
    node->surface = surface;
    return NULL;
}

static err add_row(struct router *router, size_t index)
{
    const struct route *route = router->rows[index];

    if (route->method < GET || route->method > PUT || !route->path || route->path[0] != '/' ||
        !route->handler || route->shown_on == 0) {
        log_line(LOG_ERROR, "a route without method, path, surface or handler: %s",
            route->path ? route->path : "?");
        return &ROUTES_BROKEN;
    }
    for (size_t i = 0; i < SURFACES; i++) {
        if (route->shown_on & surfaces[i].surface)
            TRY(add_address(router, surfaces[i].prefix, surfaces[i].surface, index));
    }
    return NULL;
}

static size_t count_rows(const struct route *const *tables)
{
    size_t count = 0;

    for (; *tables; tables++) {
        for (const struct route *row = *tables; row->method; row++)
            count++;
    }
    return count;
}

err router_open(
    struct arena *arena, const struct route *const *tables, bool with_test, struct router **out)
{
    struct router *router = ARENA_NEW(arena, struct router);

    router->arena = arena;
    router->rows = ARENA_ARRAY(arena, const struct route *, count_rows(tables) + 1);
    for (; *tables; tables++) {
        for (const struct route *row = *tables; row->method; row++) {
            if ((row->flags & ROUTE_TEST) && !with_test)
                continue;
            router->rows[router->count] = row;
            TRY(add_row(router, router->count));
            router->count++;
        }
    }
    *out = router;
    return NULL;
}

/* ---- finding
 * ------------------------------------------------------------------------------------------------
 */

static unsigned methods_of(const struct node *node)
{
    unsigned methods = 0;

    for (unsigned m = GET; m < METHODS; m++)
        methods |= node->rows[m] ? 1u << m : 0;
    return methods;
}

static const struct node *walk(const struct node *node, str path, struct route_match *match)
{
    str segment = STR_NONE;
    size_t params = match->param_count;

    if (!next_segment(&path, &segment))
        return methods_of(node) ? node : NULL;
    for (const struct node *at = node->literals; at; at = at->next) {
        if (!str_eq(at->segment, segment))
            continue;
        const struct node *found = walk(at, path, match);
        if (found)
            return found;
        match->param_count = params;
    }
    if (!node->name || segment.len == 0 || params == ROUTE_PARAMS_MOST)
        return NULL;
    match->params[match->param_count++] = segment;
    return walk(node->name, path, match);
}

enum route_found router_find(
    const struct router *router, enum method method, str path, struct route_match *out)
{
    *out = (struct route_match){ 0 };
    if (path.len == 0 || path.at[0] != '/')
        return ROUTE_NO_PATH;
    const struct node *node = walk(&router->root, path, out);
    if (!node)
        return ROUTE_NO_PATH;
    out->methods = methods_of(node);
    out->surface = node->surface;
    if (node->rows[method] == 0)
        return ROUTE_NO_METHOD;
    out->index = node->rows[method] - 1;
    out->route = router->rows[out->index];
    return ROUTE_FOUND;
}

size_t router_rows(const struct router *router, const struct route *const **out)
{
    *out = router->rows;
    return router->count;
}

str router_allow(struct arena *arena, unsigned methods)
{
    static const char *const names[METHODS] = { NULL, "GET, HEAD", "POST", "PATCH", "DELETE",
        "PUT" };
    struct buf out = buf_new(arena);

    for (unsigned m = GET; m < METHODS; m++) {
        if (methods & 1u << m)
            buf_printf(&out, "%s%s", out.len ? ", " : "", names[m]);
    }
    return buf_str(&out);
}
