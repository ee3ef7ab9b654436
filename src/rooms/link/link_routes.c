/* Links over API, console and portal. A partner makes and sees his own. */
#include "rooms/link/link_inside.h"

#include "base/buf.h"
#include "base/url.h"
#include "http/client.h"
#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/link/link.sql.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"
#include "view/chart.h"

#include <inttypes.h>
#include <string.h>

enum { SUBS = 5, SUB_MAX = 128 };

static const struct err SUB_TOO_LONG = { ERR_INVALID, "too_long",
    N_("A sub id has at most 128 bytes; a longer one would not be kept."), NULL };

/* ---- what is shown
 * ------------------------------------------------------------------------------------------ */

static str short_url(const struct request *rq, const struct link *link)
{
    return str_printf(
        rq->arena, "%" PRI_STR "/c/%" PRI_STR, STR_ARG(rq->base_url), STR_ARG(link->code));
}

/* The address without its scheme: what people read. */
static str plain_url(str url)
{
    size_t at = str_starts(url, STR("https://")) ? 8 : str_starts(url, STR("http://")) ? 7 : 0;
    return str_from(url, at);
}

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct link *link = record;
    str url = short_url(rq, link);
    view_str(item, "short_url", url);
    view_str(view_page(item), "short_plain", plain_url(url));
    view_str(view_page(item), "target_plain", plain_url(link->target_url));
    view_bool(view_page(item), "is_paused", link->status == LINK_PAUSED);
    return NULL;
}

static err answer(struct request *rq, struct reply *rp, const struct link *link)
{
    view_record(reply_view(rp), NULL, &link_fields, link);
    return decorate(rq, reply_view(rp), link);
}

static str like_pattern(struct arena *arena, str search)
{
    struct buf b = buf_new(arena);
    search = str_lower(arena, search);
    buf_char(&b, '%');
    for (size_t i = 0; i < search.len; i++) {
        if (search.at[i] == '%' || search.at[i] == '_' || search.at[i] == '\\')
            buf_char(&b, '\\');
        buf_char(&b, search.at[i]);
    }
    buf_char(&b, '%');
    return buf_str(&b);
}

/* What the forms on the list pages offer. */
static err list_frame(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };
    struct view *frame = reply_frame(rp);
    TRY(program_get(rq->db, rq->program_id, &p));
    view_str(frame, "landing_url", p.landing_url);
    view_str(frame, "code_base",
        str_printf(rq->arena, "%" PRI_STR "/c/", STR_ARG(plain_url(rq->base_url))));
    struct view *domains = view_list(frame, "domains");
    for (size_t i = 0; i < p.allowed_domains.count; i++)
        view_item_str(domains, p.allowed_domains.at[i]);
    if (rq->surface != MANAGE)
        return NULL;
    struct list owners;
    TRY(db_all(
        rq->db, &LINK_OWNERS, PARAMS(P("program_id", rq->program_id)), &link_fields, &owners));
    struct view *list = view_list(frame, "owners");
    for (size_t i = 0; i < owners.count; i++) {
        const struct link *owner = (const struct link *)owners.at + i;
        struct view *item = view_item(list);
        view_id(item, "id", "par", owner->partner_id);
        view_str(item, "name", owner->partner_name);
    }
    return NULL;
}

static err link_index(struct request *rq, struct reply *rp)
{
    str search = request_query(rq, "q");
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == PORTAL)
        rp->page = "link/mine";
    if (rq->surface != API)
        TRY(list_frame(rq, rp));
    view_str(reply_frame(rp), "search_words", search);
    return reply_listing(rp, &LINK_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id),
            P("search", str_empty(search) ? STR_NONE : like_pattern(rq->arena, search))),
        &link_fields, decorate);
}

static err load(struct request *rq, struct link *out)
{
    int64_t id;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "lnk", &id));
    return db_get(rq->db, &LINK_ONE,
        PARAMS(
            P("program_id", rq->program_id), P("id", id), param_ref("partner_id", rq->partner_id)),
        &link_fields, out, &LINK_NOT_FOUND);
}

/* The short address with the partner's own ids, which the page's form asks for: ?sub1=…&sub5=… */
static err tracked_url(struct request *rq, struct view *page, str url, str *out)
{
    static const char *const names[SUBS] = { "sub1", "sub2", "sub3", "sub4", "sub5" };
    struct buf b = buf_new(rq->arena);
    struct view *subs = view_list(page, "subs");
    char mark = '?';
    bool has_any = false;
    buf_add(&b, url);
    for (int i = 0; i < SUBS; i++) {
        str value = request_query(rq, names[i]);
        struct view *item = view_item(subs);
        view_text(item, "name", names[i]);
        view_str(item, "value", value);
        if (str_empty(value))
            continue;
        if (value.len > SUB_MAX)
            return request_problem(rq, names[i], &SUB_TOO_LONG);
        str encoded = str_url_encode(rq->arena, value);
        buf_printf(&b, "%c%s=%" PRI_STR, mark, names[i], STR_ARG(encoded));
        mark = '&';
        has_any = true;
    }
    view_bool(page, "has_subs", has_any);
    *out = buf_str(&b);
    return NULL;
}

/* What stands between <title> and its end, if it is words. */
static str title_of(struct arena *arena, str html)
{
    str lower = str_lower(arena, html);
    const char *open = lower.len > 0 ? memmem(lower.at, lower.len, "<title", 6) : NULL;
    size_t from;
    if (!open || !str_find(str_from(lower, (size_t)(open - lower.at)), '>', &from))
        return STR_NONE;
    str title = str_from(html, (size_t)(open - lower.at) + from + 1);
    size_t end;
    if (!str_find(title, '<', &end))
        return STR_NONE;
    title = str_trim(str_first(title, end));
    return title.len > 0 && title.len <= 200 && str_is_utf8(title) ? title : STR_NONE;
}

/* Asked for by a person who wants to know whether the page is there. */
static void look_at_page(struct request *rq, struct view *page, str url)
{
    const struct client_request ask = { .url = url, .total_ms = 4000, .redirects_max = 5 };
    struct client_answer answer;
    err failed = client_send(rq->arena, rq->env, &ask, &answer);
    bool answers = !failed && answer.status >= 200 && answer.status < 300;
    view_bool(page, "checked", true);
    view_bool(page, "page_answers", answers);
    if (failed)
        view_words(page, "page_error", failed->text);
    else if (!answers)
        view_int(page, "page_status", answer.status);
    else
        view_str(page, "page_title", title_of(rq->arena, answer.body));
}

static err link_show(struct request *rq, struct reply *rp)
{
    struct link link = { 0 };
    TRY(load(rq, &link));
    TRY(answer(rq, rp, &link));
    if (rq->surface == API)
        return NULL;

    struct view *page = reply_frame(rp), *form = reply_form(rp);
    struct program p = { 0 };
    str url, svg;
    if (rq->surface == PORTAL)
        rp->page = "link/my";
    TRY(program_get(rq->db, rq->program_id, &p));
    TRY(tracked_url(rq, page, short_url(rq, &link), &url));
    TRY(chart_qr(rq->arena, url, &svg));
    view_str(page, "tracked_url", url);
    view_html(page, "qr_svg", svg);
    view_str(page, "final_url",
        link_address(rq->arena, link.target_url,
            str_empty(p.click_parameter) ? STR("tclid") : p.click_parameter, STR("…")));
    if (str_eq(request_query(rq, "check"), STR("1")))
        look_at_page(rq, page, link.target_url);
    view_str(form, "target_url", link.target_url);
    view_str(form, "name", link.name);
    return NULL;
}

/* A file for posters and packages. */
static err link_qr(struct request *rq, struct reply *rp)
{
    struct link link = { 0 };
    str svg;
    TRY(load(rq, &link));
    TRY(chart_qr_file(rq->arena, short_url(rq, &link), &svg));
    return reply_file(
        rp, "image/svg+xml", str_printf(rq->arena, "%" PRI_STR ".svg", STR_ARG(link.code)), svg);
}

/* ---- making
 * -------------------------------------------------------------------------------------------------
 */

struct making {
    const struct request *rq;
    struct link before, link;
    int64_t audit_id;
};

static err audit(
    struct db *db, const struct making *m, const char *action, const struct link *before)
{
    struct audit_entry entry = { .id = m->audit_id,
        .program_id = m->link.program_id,
        .who = m->rq->who,
        .action = action,
        .object = "lnk",
        .object_id = m->link.id,
        .object_name = m->link.code,
        .address = m->rq->peer_address,
        .at = m->rq->now };
    audit_difference(db_arena(db), &link_fields, before, &m->link, &entry);
    return audit_write(db, &entry);
}

static err make_write(struct db *db, void *arg)
{
    struct making *m = arg;
    struct link link = m->link; /* the code may be made anew when this runs again */
    struct partner partner = { 0 };
    TRY(partner_get(db, link.program_id, link.partner_id, &partner));
    if (partner.status != PARTNER_APPROVED)
        return &PARTNER_NOT_APPROVED;
    TRY(link_insert(db, &link, STR_NONE));
    TRY(links_changed(db, 0, 0, link.id));
    m->link.code = str_dup(m->rq->arena, link.code);
    m->link.partner_name = str_dup(m->rq->arena, partner.name);
    return audit(db, m, "link.create", NULL);
}

static const struct err PARTNER_NEEDED = { ERR_INVALID, "required", N_("Say whose link it is."),
    "partner_id" };

/* Whose: the caller's own; staff and shops name him. */
static err read_owner(struct request *rq, struct link *link)
{
    if (rq->partner_id) {
        if (link->partner_id && link->partner_id != rq->partner_id)
            return &PARTNER_NOT_FOUND;
        link->partner_id = rq->partner_id;
    }
    return link->partner_id ? NULL : request_problem(rq, "partner_id", &PARTNER_NEEDED);
}

static void read_target(struct request *rq, struct link *link)
{
    str clean;
    err wrong = link_target_read(rq->db, link->program_id, link->target_url, &clean);
    if (wrong)
        (void)request_problem(rq, "target_url", wrong);
    else
        link->target_url = clean;
}

static err link_create(struct request *rq, struct reply *rp)
{
    struct making m = { .rq = rq, .audit_id = id_new(rq->env) };
    struct link *link = &m.link;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &link_fields, link));
    link->id = request_new_id(rq);
    link->program_id = rq->program_id;
    link->created_at = link->updated_at = rq->now;
    err wrong = str_empty(link->code) ? NULL : link_code_read(rq->arena, link->code, &link->code);
    if (wrong)
        (void)request_problem(rq, "code", wrong);
    read_target(rq, link);
    wrong = read_owner(rq, link);
    if (wrong)
        return wrong;
    TRY(request_problems(rq));
    wrong = store_write(rq->store, make_write, &m);
    if (err_is(wrong, &LINK_TAKEN))
        return request_problem(rq, "code", wrong);
    TRY(wrong);
    links_reread(rq->app->links, 0, 0, link->id);
    TRY(answer(rq, rp, link));
    return reply_created(rp,
        str_c(rq->arena, str_printf(rq->arena, "link/saved?code=%" PRI_STR, STR_ARG(link->code))),
        "/links/%" PRI_STR, STR_ARG(id_print(rq->arena, "lnk", link->id)));
}

/* ---- changing
 * -----------------------------------------------------------------------------------------------
 */

static err change_write(struct db *db, void *arg)
{
    struct making *m = arg;
    TRY(db_run(db, &LINK_UPDATE, NO_PARAMS, &link_fields, &m->link, NULL));
    TRY(links_changed(db, 0, 0, m->link.id));
    return audit(db, m, "link.change", &m->before);
}

static err link_change(struct request *rq, struct reply *rp)
{
    struct making m = { .rq = rq, .audit_id = id_new(rq->env) };
    TRY(load(rq, &m.before));
    m.link = m.before;
    TRY(request_patch(rq, &link_fields, &m.link, NULL));
    if (!str_eq(m.link.target_url, m.before.target_url))
        read_target(rq, &m.link);
    TRY(request_problems(rq));
    m.link.updated_at = rq->now;
    TRY(store_write(rq->store, change_write, &m));
    links_reread(rq->app->links, 0, 0, m.link.id);
    TRY(answer(rq, rp, &m.link));
    return reply_done(
        rp, "link/changed", "/links/%" PRI_STR, STR_ARG(id_print(rq->arena, "lnk", m.link.id)));
}

/* ---- what other rooms announce
 * -------------------------------------------------------------------------------- */

static err hear_approved(struct db *db, const char *event, int64_t program_id, int64_t partner_id)
{
    (void)event;
    TRY(links_changed(db, 0, partner_id, 0));
    return link_make_default(db, program_id, partner_id, db_now(db));
}

static err hear_partner(struct db *db, const char *event, int64_t program_id, int64_t partner_id)
{
    (void)event;
    (void)program_id;
    return links_changed(db, 0, partner_id, 0);
}

static err hear_program(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    struct list lacking;
    (void)event;
    (void)object_id;
    TRY(links_changed(db, program_id, 0, 0));
    TRY(db_all(db, &LINK_LACKING, PARAMS(P("program_id", program_id)), &link_fields, &lacking));
    for (size_t i = 0; i < lacking.count; i++)
        TRY(link_make_default(
            db, program_id, ((const struct link *)lacking.at)[i].partner_id, db_now(db)));
    return NULL;
}

/* clang-format off */
static const struct route routes[] = {
    { GET,   "/links",         API | MANAGE | PORTAL, LINKS_READ,  link_index,  "link/list", ROUTE_CSV,
      .gives = &link_fields, .summary = "Tracking links, newest first", .query = "q" },
    { POST,  "/links",         API | MANAGE | PORTAL, LINKS_WRITE, link_create, "link/list", 0,
      .takes = &link_fields, .gives = &link_fields, .summary = "Make a tracking link", .statuses = "201 404 409 422" },
    { GET,   "/links/{id}",    API | MANAGE | PORTAL, LINKS_READ,  link_show,   "link/show", 0,
      .gives = &link_fields, .summary = "One tracking link" },
    { PATCH, "/links/{id}",    API,                   LINKS_WRITE, link_change, NULL, 0,
      .takes = &link_fields, .gives = &link_fields, .summary = "Change where a link leads, its name or state", .statuses = "422" },
    { POST,  "/links/{id}",    MANAGE | PORTAL,       LINKS_WRITE, link_change, "link/show", 0, &link_fields, NULL, NULL, NULL },
    { GET,   "/links/{id}/qr", MANAGE | PORTAL,       LINKS_READ,  link_qr,     NULL, ROUTE_BARE, NULL, NULL, NULL, NULL },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Promotion"), N_("Links"), "/links", "link", LINKS_READ, 10, NULL },
    { PORTAL, NULL,            N_("Links"), "/links", "link", LINKS_READ, 20, NULL },
    { 0 },
};

static const struct listener listeners[] = {
    { "partner.approved",     hear_approved },
    { "partner.suspended",    hear_partner },
    { "partner.rejected",     hear_partner },
    { "partner.reconsidered", hear_partner },
    { "program.created",      hear_program },
    { "program.changed",      hear_program },
    { 0 },
};
/* clang-format on */

const struct room link_room = {
    .name = "link",
    .routes = routes,
    .migrations = link_migrations,
    .nav = nav,
    .listeners = listeners,
};
