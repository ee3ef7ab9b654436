/* Clicks as routes: the redirect when the loop could not answer it, the shop's script, the list of
 * raw clicks. */
#include "rooms/click/click_inside.h"

#include "migrations.h"
#include "rooms/click/click.sql.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"
#include "view/asset.h"

#include <string.h>

enum { COOKIE_S = 400 * 86400 };

/* ---- /c/{code}
 * ------------------------------------------------------------------------------------------------
 */

static struct click_visit visit_of(const struct request *rq)
{
    struct click_visit v = { .cookie = request_cookie(rq, "trb"),
        .agent = request_header(rq, "user-agent"),
        .referrer = request_header(rq, "referer"),
        .country = request_header(rq, "cf-ipcountry"),
        .purpose = request_header(rq, "sec-purpose"),
        .is_head = rq->head && rq->head->method == HTTP_HEAD,
        .is_tls = rq->is_tls,
        .refuses_cookies = str_eq(request_header(rq, "sec-gpc"), STR("1")) };
    static const char *const purposes[] = { "purpose", "x-purpose", "x-moz" };
    for (size_t i = 0; i < 3 && !v.purpose.at; i++)
        v.purpose = request_header(rq, purposes[i]);
    if (!v.country.at)
        v.country = request_header(rq, "x-country");
    struct address address;
    if (address_read(rq->peer_address, &address))
        memcpy(v.ip, address.ip, sizeof(v.ip));
    return v;
}

/* Where visitors of a closed or unknown code go: the programme's fallback page; none: a page that
 * says so. */
static str fallback_of(struct request *rq, str code)
{
    struct links *links = rq->app->links;
    str url = STR_NONE;
    int ticket = links_enter(links);
    const struct link_hot *link = links_find(links, code);
    const struct link_program *program = link ? links_program(link) : links_only_program(links);
    if (program && !str_empty(program->fallback_url))
        url = str_dup(rq->arena, program->fallback_url);
    links_leave(links, ticket);
    return url;
}

static err click_redirect(struct request *rq, struct reply *rp)
{
    struct click_visit v = visit_of(rq);
    struct click_followed followed;
    v.code = request_param(rq, "code");
    v.query = rq->query;
    if (!rq->app->live)
        return &LINK_NOT_FOUND;
    reply_header(rp, "Cache-Control", STR("no-store"));
    reply_header(rp, "Referrer-Policy", STR("strict-origin-when-cross-origin"));
    err failed = click_follow(rq->app->live, rq->arena, &v, &followed);
    if (err_is(failed, &LINK_NOT_FOUND)) {
        str url = fallback_of(rq, v.code);
        return url.at ? reply_redirect(rp, 302, url) : &LINK_NOT_FOUND;
    }
    TRY(failed);
    if (followed.visitor.at)
        reply_cookie(rp, "trb", followed.visitor, COOKIE_S, true);
    return reply_redirect(rp, 302, followed.location);
}

/* ---- the shop's script
 * ---------------------------------------------------------------------------------------- */

static err click_script(struct request *rq, struct reply *rp)
{
    const struct asset *script = asset_named(STR("t.js"));
    str tag = str_printf(rq->arena, "\"%s\"", script->hashed);
    reply_header(rp, "ETag", tag);
    reply_header(rp, "Cache-Control", STR("public, max-age=3600"));
    if (str_eq(request_header(rq, "if-none-match"), tag)) {
        rp->status = 304;
        return reply_bytes(rp, script->type, STR(""));
    }
    return reply_bytes(rp, script->type, (str){ script->raw, script->raw_size });
}

/* What the script sends when the shop's own page was opened with ?ref=code. */
struct landing {
    str program; /* the programme's slug */
    str code;    /* the link's */
    str query;   /* of the landing page: sub1… */
    str referrer;
    str previous; /* the token it had before: so the visitor stays the same */
};

/* clang-format off */
static const struct field landing_list[] = {
    FIELD(landing, program,  .flags = FIELD_TAKEN, .max = 80, .help = "The programme's slug, as in the script's tag."),
    FIELD(landing, code,     .flags = FIELD_REQUIRED, .max = 40, .help = "What stood in ?ref=."),
    FIELD(landing, query,    .flags = FIELD_TAKEN, .max = 2000, .help = "The landing page's query: sub1 to sub5 are taken from it."),
    FIELD(landing, referrer, .flags = FIELD_TAKEN, .max = 2000),
    FIELD(landing, previous, .flags = FIELD_TAKEN, .max = 100, .help = "The click token that the shop's page holds already."),
};
static const struct fields landing_fields = FIELDS(landing_list, landing);

struct landed {
    str click;
    int64_t window_days;
};
static const struct field landed_list[] = {
    FIELD(landed, click,       .help = "The click token; null when the click could not be recorded."),
    FIELD(landed, window_days, .help = "How long it may earn."),
};
static const struct fields landed_fields = FIELDS(landed_list, landed);
/* clang-format on */

/* The link must be one of the programme on whose page it was used. */
static err check_landing(struct request *rq, const struct landing *l, struct program *out)
{
    struct link link = { 0 };
    bool found;
    TRY(link_find_code(rq->db, l->code, &link, &found));
    if (!found)
        return &LINK_NOT_FOUND;
    TRY(program_get(rq->db, link.program_id, out));
    return str_empty(l->program) || str_eq(l->program, out->slug) ? NULL : &LINK_NOT_FOUND;
}

static err click_landing(struct request *rq, struct reply *rp)
{
    struct landing l = { 0 };
    struct program program = { 0 };
    struct click_token previous;
    struct click_followed followed;
    TRY(request_read(rq, &landing_fields, &l));
    if (!rq->app->live)
        return &SPOOL_FULL;
    TRY(check_landing(rq, &l, &program));

    struct click_visit v = visit_of(rq);
    char visitor[VISITOR_LEN];
    v.code = l.code;
    v.query = l.query;
    v.referrer = l.referrer;
    v.cookie = STR_NONE; /* of another site */
    v.is_landing = true;
    if (!str_empty(l.previous) && !click_token_read(rq->app->live, l.previous, &previous)) {
        click_visitor_write(&rq->app->live->keys, previous.visitor_id, visitor);
        v.cookie = (str){ visitor, sizeof(visitor) };
    }
    TRY(click_follow(rq->app->live, rq->arena, &v, &followed));
    struct landed landed = { .click = followed.token, .window_days = program.window_days };
    view_record(reply_view(rp), NULL, &landed_fields, &landed);
    rp->status = 201;
    return NULL;
}

/* ---- raw clicks
 * ---------------------------------------------------------------------------------------------------
 */

/* at[gte] and at[lt] as ranges of ids, so that the list finds its place by the key. */
static int64_t id_bound(const struct request *rq, const char *name, int64_t fallback)
{
    instant at;
    str text = request_query(rq, name);
    return text.at && instant_read(text, &at) ? id_first_at(at) : fallback;
}

static err click_decorate(struct request *rq, struct view *item, const void *record)
{
    const struct click *c = record;
    struct view *marks = view_list(item, "marks");
    for (int bit = 0; click_mark_names[bit]; bit++)
        if (c->marks & (INT64_C(1) << bit))
            view_item_str(marks, str_of(click_mark_names[bit]));
    if (!rq->partner_id)
        view_str(item, "ip", c->ip);
    struct view *page = view_page(item);
    view_bool(page, "has_marks", (c->marks & (CLICK_ROBOT | CLICK_PREFETCH | CLICK_REPEAT)) != 0);
    const str *const subs[CLICK_SUBS] = { &c->sub1, &c->sub2, &c->sub3, &c->sub4, &c->sub5 };
    struct view *list = view_list(page, "subs");
    for (int i = 0; i < CLICK_SUBS; i++)
        if (subs[i]->at)
            view_item_str(list, *subs[i]);
    return NULL;
}

static err click_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == PORTAL)
        rp->page = "click/mine";
    click_catch_up(rq, 500); /* the click of a moment ago is in the list */
    str link_id = request_query(rq, "link_id");
    view_str(reply_frame(rp), "link_id_asked", link_id);
    return reply_listing(rp, &CLICK_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id),
            P("from_id", id_bound(rq, "at[gte]", 0)),
            P("to_id", id_bound(rq, "at[lt]", INT64_MAX))),
        &click_fields, click_decorate);
}

static err click_show(struct request *rq, struct reply *rp)
{
    struct click c = { 0 };
    int64_t id;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "clk", &id));
    click_catch_up(rq, 500);
    TRY(db_get(rq->db, &CLICK_ONE,
        PARAMS(
            P("program_id", rq->program_id), P("id", id), param_ref("partner_id", rq->partner_id)),
        &click_fields, &c, &CLICK_NOT_FOUND));
    view_record(reply_view(rp), NULL, &click_fields, &c);
    return click_decorate(rq, reply_view(rp), &c);
}

/* clang-format off */
static const struct route routes[] = {
    { GET,  "/c/{code}",    PUBLIC,                NEEDS_NOTHING, click_redirect, NULL, ROUTE_BARE | ROUTE_ODD_QUERY,
      .summary = "Follow a tracking link", .statuses = "302 404" },
    { GET,  "/t.js",        PUBLIC,                NEEDS_NOTHING, click_script,   NULL, ROUTE_BARE | ROUTE_CORS,
      .summary = "The script for the shop's pages", .statuses = "304" },
    { POST, "/t/click",     PUBLIC,                NEEDS_NOTHING, click_landing,  NULL, ROUTE_CORS | ROUTE_NO_CSRF,
      .takes = &landing_fields, .gives = &landed_fields, .summary = "Record a click that landed on the shop's page by itself", .statuses = "201 404 422 503" },
    { GET,  "/clicks",      API | MANAGE | PORTAL, CLICKS_READ,   click_index,    "click/list", ROUTE_CSV | ROUTE_BEHIND,
      .gives = &click_fields, .summary = "Raw clicks, newest first; robots and repeats are marked, never left out",
      .query = "at[gte] at[lt]", .also = "marks:[string] ip:string" },
    { GET,  "/clicks/{id}", API,                   CLICKS_READ,   click_show,     NULL, 0,
      .gives = &click_fields, .summary = "One raw click", .also = "marks:[string] ip:string" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Evidence"), N_("Clicks"), "/clicks", "eye", CLICKS_READ, 20, NULL },
    { 0 },
};
/* clang-format on */

const struct room click_room = {
    .name = "click",
    .routes = routes,
    .migrations = click_migrations,
    .nav = nav,
    .jobs = click_jobs,
};
