/* The way of a request up to its handler: address, caller, rights, body, token, programme, first
 * answer. */
#include <inttypes.h>

#include "http/idempotency.h"
#include "http/inside.h"

static const struct err NO_PATH = { ERR_NOT_FOUND, "not_found",
    N_("There is nothing at this address."), NULL };
static const struct err NO_METHOD = { ERR_METHOD, "method_not_allowed",
    N_("This address does not answer that method; Allow says which ones it does."), NULL };
static const struct err NO_KEY = { ERR_NO_KEY, "no_key",
    N_("This call needs an API key: Authorization: Bearer trb_live_…"), NULL };
static const struct err FORBIDDEN = { ERR_FORBIDDEN, "forbidden",
    N_("Your role does not allow this."), NULL };
static const struct err TEST_KEY = { ERR_FORBIDDEN, "test_key",
    N_("A test key can read, and try conversions. It changes nothing else."), NULL };
static const struct err RATE_LIMITED = { ERR_TOO_MANY, "rate_limited",
    N_("Too many calls. Wait a moment, as Retry-After says."), NULL };
static const struct err PROGRAM_ID_WRONG = { ERR_INVALID, "id_invalid",
    N_("This is not an id that begins with prg_."), NULL };

enum { LANG_LIVES_S = 400 * 86400, OFFSET_MOST = 14 * 60, API_PER_MINUTE = 60000 };

/* ---- the reader
 * ------------------------------------------------------------------------------------------------
 */

static void read_zone(struct request *rq)
{
    int64_t minutes = 0;
    str cookie = request_cookie(rq, "tz");

    if (rq->surface != API && cookie.at && str_to_int(cookie, &minutes) &&
        minutes >= -OFFSET_MOST && minutes <= OFFSET_MOST)
        rq->offset_minutes = (int)minutes;
}

/* The address says, else the cookie, else the person's own choice (identify has set it), else the
 * browser. The API speaks English: its texts are part of its contract. */
static void choose_language(struct request *rq, struct reply *rp)
{
    const struct lang *asked = lang_find(pairs_first(request_queries(rq), STR("lang")));
    const struct lang *kept = lang_find(request_cookie(rq, "lang"));

    if (rq->surface == API) {
        rq->lang = languages[0];
        return;
    }
    if (asked && asked != kept)
        reply_cookie(rp, "lang", str_of(asked->tag), LANG_LIVES_S, true);
    if (asked || kept)
        rq->lang = asked ? asked : kept;
    if (!rq->lang)
        rq->lang = lang_accept(request_header(rq, "accept-language"));
}

/* ---- the address
 * --------------------------------------------------------------------------------------------------
 */

static enum shown_on surface_of(str path)
{
    if (str_starts(path, STR("/api/")))
        return API;
    if (str_starts(path, STR("/manage/")) || str_eq(path, STR("/manage")))
        return MANAGE;
    if (str_starts(path, STR("/portal/")) || str_eq(path, STR("/portal")))
        return PORTAL;
    return PUBLIC;
}

/* The {names} of the row's path, with what stands in their places. */
static bool keep_params(struct request *rq, const struct route_match *match)
{
    str rest = str_of(match->route->path), part = STR_NONE;
    size_t index = 0;

    while (str_cut(&rest, '/', &part)) {
        str value = STR_NONE;
        if (part.len < 3 || part.at[0] != '{')
            continue;
        if (!str_url_decode(rq->arena, match->params[index++], false, &value) ||
            !str_is_utf8(value))
            return false;
        pairs_add(&rq->parts->params, str_first(str_from(part, 1), part.len - 2), value);
    }
    return true;
}

static err take_route(struct request *rq, const struct route_match *match)
{
    rq->route = match->route;
    rq->surface = match->surface;
    rq->parts->row = match->index;
    return keep_params(rq, match) ? NULL : &NO_PATH;
}

static enum method method_word(str word, enum method fallback)
{
    return str_eq_nocase(word, STR("PATCH"))    ? PATCH
           : str_eq_nocase(word, STR("PUT"))    ? PUT
           : str_eq_nocase(word, STR("DELETE")) ? DELETE
                                                : fallback;
}

static void read_body_once(struct request *rq)
{
    if (rq->parts->body_was_read)
        return;
    rq->parts->body_was_read = true;
    rq->parts->body_err = body_read(rq);
}

/* Forms know only POST; the input _method says what they mean. */
static void read_method(struct server *server, struct request *rq)
{
    struct route_match match;

    if (rq->method != POST || rq->surface == API || rq->body.len == 0)
        return;
    if (router_find(server->router, POST, rq->path, &match) == ROUTE_FOUND)
        rq->route = match.route; /* it may take larger bodies or other types */
    read_body_once(rq);
    rq->method = method_word(pairs_last(&rq->parts->form, STR("_method")), POST);
    rq->route = NULL;
}

static struct answer preflight(struct request *rq)
{
    struct buf headers = buf_new(rq->arena);

    answer_headers(&headers, rq, false);
    buf_add(&headers, STR("Access-Control-Allow-Methods: GET, POST\r\n"
                          "Access-Control-Allow-Headers: Content-Type\r\n"
                          "Access-Control-Max-Age: 86400\r\n"));
    return (struct answer){ .status = 204, .headers = buf_str(&headers), .body = STR("") };
}

/* A question of a browser before it lets a foreign page's script call us. */
static bool is_preflight(struct server *server, struct request *rq)
{
    struct route_match match;
    static const enum method methods[] = { POST, GET };

    for (size_t i = 0; i < 2 && rq->parts->sent_method == HTTP_OPTIONS; i++) {
        if (router_find(server->router, methods[i], rq->path, &match) == ROUTE_FOUND &&
            (match.route->flags & ROUTE_CORS)) {
            rq->route = match.route;
            return true;
        }
    }
    return false;
}

static bool without_slash(struct server *server, struct request *rq, str *out)
{
    struct route_match match;

    *out = str_first(rq->path, rq->path.len - 1);
    return rq->path.len > 1 && rq->path.at[rq->path.len - 1] == '/' && rq->method == GET &&
           rq->surface != API && router_find(server->router, GET, *out, &match) == ROUTE_FOUND;
}

static err find_route(struct server *server, struct request *rq, struct reply *rp,
    struct answer *out_whole, bool *out_is_whole)
{
    struct route_match match;
    str shorter = STR_NONE;

    if (is_preflight(server, rq)) {
        *out_whole = preflight(rq);
        *out_is_whole = true;
        return NULL;
    }
    bool known_method = rq->parts->sent_method != HTTP_OPTIONS;
    enum route_found found = router_find(server->router, rq->method, rq->path, &match);
    if (found == ROUTE_FOUND && known_method)
        return take_route(rq, &match);
    if (found != ROUTE_NO_PATH) {
        reply_header(rp, "Allow", router_allow(rq->arena, match.methods));
        return &NO_METHOD;
    }
    if (!without_slash(server, rq, &shorter))
        return &NO_PATH;
    str query =
        str_empty(rq->query) ? STR("") : str_printf(rq->arena, "?%" PRI_STR, STR_ARG(rq->query));
    *out_whole = answer_redirect(
        rq, 308, str_printf(rq->arena, "%" PRI_STR "%" PRI_STR, STR_ARG(shorter), STR_ARG(query)));
    *out_is_whole = true;
    return NULL;
}

/* ---- the caller
 * --------------------------------------------------------------------------------------------------
 */

static err check_rate(struct server *server, struct request *rq)
{
    int64_t most = server->options.api_per_minute ? server->options.api_per_minute : API_PER_MINUTE;
    str key =
        rq->who->key_id ? str_printf(rq->arena, "%" PRId64, rq->who->key_id) : rq->peer_address;

    return rq->surface == API ? request_limit(rq, "api", key, most, MINUTE_MS) : NULL;
}

static bool stands_on(const struct who *who, enum shown_on surface)
{
    if (surface == PORTAL)
        return who->role == ROLE_PARTNER && who->partner_id != 0;
    if (surface == MANAGE)
        return who->role != ROLE_PARTNER;
    return who->role != ROLE_PARTNER || who->partner_id != 0;
}

static err check_rights(const struct request *rq)
{
    const struct who *who = rq->who;
    enum permission needs = rq->route->needs;

    if (needs == NEEDS_NOTHING)
        return NULL;
    if (who->role == ROLE_NOBODY)
        return &NO_KEY;
    if (!who_may(who, needs) || !stands_on(who, rq->surface))
        return &FORBIDDEN;
    if (who->is_test && rq->method != GET && needs != CONVERSIONS_WRITE)
        return &TEST_KEY;
    return NULL;
}

err request_limit(struct request *rq, const char *class, str key, int64_t burst, int64_t per_ms)
{
    struct server *server = rq->parts->server;
    int64_t wait_ms = server ? rate_take(server->rate, class, key, burst, per_ms) : 0;

    if (wait_ms == 0)
        return NULL;
    rq->retry_after_s = (wait_ms + 999) / 1000;
    return &RATE_LIMITED;
}

/* ---- the programme
 * --------------------------------------------------------------------------------------------------
 */

static err wanted_programme(struct request *rq, int64_t *out)
{
    str text = pairs_first(request_queries(rq), STR("program_id"));

    *out = rq->surface == API ? 0 : rq->who->program_id;
    if (rq->surface != API)
        return NULL;
    if (!text.at && request_json(rq)) {
        const struct value *value = value_member(request_json(rq), STR("program_id"));
        if (value && value->kind != VALUE_NULL && value->kind != VALUE_TEXT)
            return request_problem(rq, "program_id", &PROGRAM_ID_WRONG);
        text = value && value->kind == VALUE_TEXT ? value->text : STR_NONE;
    }
    return !text.at || id_read("prg", text, out)
               ? NULL
               : request_problem(rq, "program_id", &PROGRAM_ID_WRONG);
}

static err find_programme(struct server *server, struct request *rq)
{
    int64_t wanted = 0;

    if (rq->who->role == ROLE_NOBODY)
        return NULL;
    rq->partner_id = rq->who->role == ROLE_PARTNER ? rq->who->partner_id : 0;
    TRY(wanted_programme(rq, &wanted));
    return server->options.gate->program(rq, wanted, &rq->program_id);
}

/* ---- all of it
 * -------------------------------------------------------------------------------------------------------
 */

static bool needs_token(const struct request *rq)
{
    return rq->method != GET && rq->surface != API &&
           !(rq->route->flags & (ROUTE_NO_CSRF | ROUTE_CORS | ROUTE_TEST));
}

/* Pages: the programme first, since a person may hold another role in each. The API: the key's rights first, since
 * the programme may stand in a body that is not read for everybody. */
static err check_caller(struct server *server, struct request *rq)
{
    if (rq->surface != API)
        TRY(find_programme(server, rq));
    TRY(check_rights(rq));
    read_body_once(rq);
    TRY(rq->parts->body_err);
    return rq->surface == API ? find_programme(server, rq) : NULL;
}

static err admit(struct server *server, struct request *rq, struct reply *rp)
{
    rq->lang = NULL;
    read_zone(rq);
    err unknown = server->options.gate->identify(rq);
    choose_language(rq, rp);
    TRY(unknown);
    TRY(check_rate(server, rq));
    TRY(check_caller(server, rq));
    return needs_token(rq) ? guard_check(rq) : NULL;
}

/* ---- from the replica
 * --------------------------------------------------------------------------------------------------
 */

/* Who has just written is to see it, on whichever node he comes back to: until the replica has it
 * for certain he reads from the first server. */
static void remember_writing(struct request *rq, struct reply *rp)
{
    int64_t ms = rq->store ? store_behind_ms(rq->store) : 0;

    if (ms > 0 && rq->method != GET && rq->surface != API)
        reply_cookie(rp, "wrote", STR("1"), ms / SECOND_MS + 2, true);
}

static bool may_be_behind(const struct request *rq)
{
    return (rq->route->flags & ROUTE_BEHIND) && rq->method == GET && rq->surface != API && rq->db &&
           !request_cookie(rq, "wrote").at &&
           !request_query(rq, "format").at; /* a file cannot say as of when it is */
}

/* False: there is none that is near enough, or it did not do. Then nothing was answered yet. */
static bool handle_behind(struct request *rq, struct reply *rp)
{
    struct reply before = *rp;
    size_t headers = rp->headers ? rp->headers->count : 0;
    struct db *db = rq->db, *behind = store_lend_behind(rq->store, rq->arena, &rq->as_of);

    if (!behind)
        return false;
    store_rest(db);
    rq->db = behind;
    err failed = rq->route->handler(rq, rp);
    rq->db = db;
    store_return(behind);
    if (!failed && !rp->stream) /* a stream is read later, on the request's own loan */
        return true;
    rq->as_of = (instant){ 0 };
    *rp = before;
    if (rp->headers)
        rp->headers->count = headers;
    return false;
}

static err handle(struct request *rq, struct reply *rp)
{
    if (may_be_behind(rq) && handle_behind(rq, rp))
        return NULL;
    remember_writing(rq, rp);
    return rq->route->handler(rq, rp);
}

err server_handle(struct server *server, struct request *rq, struct reply *rp,
    struct answer *out_whole, bool *out_is_whole)
{
    struct idempotent *call = ARENA_NEW(rq->arena, struct idempotent);

    rq->surface = surface_of(rq->path);
    choose_language(rq, rp);
    read_method(server, rq);
    TRY(find_route(server, rq, rp, out_whole, out_is_whole));
    if (*out_is_whole)
        return NULL;
    TRY(admit(server, rq, rp));
    TRY(idempotency_begin(rq, call));
    if (call->is_replay) {
        *out_whole = call->answer;
        *out_is_whole = true;
        return NULL;
    }
    rq->parts->call = call->is_on ? call : NULL;
    return handle(rq, rp);
}
