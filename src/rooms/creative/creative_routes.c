/* Creatives over API and console; partners see them with their own link inside. */
#include "rooms/creative/creative_inside.h"

#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/creative/creative.sql.h"
#include "rooms/program/program.h"

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct creative *c = record;
    struct creative shown = *c;
    struct view *page = view_page(item);
    if (!str_empty(c->image_file)) {
        shown.image = str_printf(
            rq->arena, "%" PRI_STR "/m/%" PRI_STR, STR_ARG(rq->base_url), STR_ARG(c->image_file));
        view_str(item, "image", shown.image);
        view_str(page, "image_path", str_printf(rq->arena, "/m/%" PRI_STR, STR_ARG(c->image_file)));
    }
    if (!rq->partner_id)
        return NULL;
    struct link link = { 0 };
    bool found;
    TRY(link_of_partner(rq->db, rq->program_id, rq->partner_id, &link, &found));
    if (!found)
        return NULL;
    struct snippet s = creative_snippet(rq->arena, rq->base_url, &shown, link.code);
    view_str(item, "snippet_url", s.address);
    view_str(item, "snippet_html", s.html);
    view_str(item, "snippet_text", s.plain);
    return NULL;
}

static err creative_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == PORTAL)
        rp->page = "creative/materials";
    return reply_listing(rp, &CREATIVE_LIST,
        PARAMS(P("program_id", rq->program_id), P("only_active", (int64_t)(rq->partner_id != 0))),
        &creative_fields, decorate);
}

static err load(struct request *rq, struct creative *out)
{
    int64_t id;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "crv", &id));
    return db_get(rq->db, &CREATIVE_ONE,
        PARAMS(P("program_id", rq->program_id), P("id", id),
            P("only_active", (int64_t)(rq->partner_id != 0))),
        &creative_fields, out, &CREATIVE_NOT_FOUND);
}

static err answer(struct request *rq, struct reply *rp, const struct creative *c)
{
    view_record(reply_view(rp), NULL, &creative_fields, c);
    return decorate(rq, reply_view(rp), c);
}

static err creative_show(struct request *rq, struct reply *rp)
{
    struct creative c = { 0 };
    TRY(load(rq, &c));
    view_record(reply_form(rp), NULL, &creative_fields, &c);
    return answer(rq, rp, &c);
}

/* ---- making and changing
 * ---------------------------------------------------------------------------------------- */

struct saving {
    const struct request *rq;
    struct creative before, creative;
    int64_t audit_id;
    bool is_new;
};

static err save_write(struct db *db, void *arg)
{
    struct saving *s = arg;
    struct audit_entry entry = { .id = s->audit_id,
        .program_id = s->creative.program_id,
        .who = s->rq->who,
        .action = s->is_new ? "creative.create" : "creative.change",
        .object = "crv",
        .object_id = s->creative.id,
        .object_name = s->creative.name,
        .address = s->rq->peer_address,
        .at = s->rq->now };
    TRY(db_put(
        db, s->is_new ? &CREATIVE_INSERT : &CREATIVE_UPDATE, &creative_fields, &s->creative));
    audit_difference(
        db_arena(db), &creative_fields, s->is_new ? NULL : &s->before, &s->creative, &entry);
    return audit_write(db, &entry);
}

err creative_add(struct db *db, const struct creative *c)
{
    return db_put(db, &CREATIVE_INSERT, &creative_fields, c);
}

static const struct err TEXT_NEEDED = { ERR_INVALID, "required", N_("Write what it says."),
    "text" };
static const struct err IMAGE_NEEDED = { ERR_INVALID, "required",
    N_("Upload a picture, or say where it is."), "image" };

/* A file of the form, or an address to fetch from; neither keeps what there is. */
static err take_image(struct request *rq, struct creative *c)
{
    struct upload upload;
    if (request_has_upload(rq, "image")) {
        TRY(request_upload(rq, "image", &upload));
        TRY(media_keep(rq, upload.content, c));
    } else if (!str_empty(c->image_url)) {
        TRY(media_fetch(rq, c->image_url, c));
    }
    return c->kind == CREATIVE_BANNER && str_empty(c->image_file)
               ? request_problem(rq, "image", &IMAGE_NEEDED)
               : NULL;
}

static err check(struct request *rq, struct creative *c)
{
    str clean;
    if (c->kind != CREATIVE_BANNER && str_empty(c->text))
        (void)request_problem(rq, "text", &TEXT_NEEDED);
    if (!str_empty(c->target_url)) {
        err wrong = link_target_read(rq->db, c->program_id, c->target_url, &clean);
        if (wrong)
            (void)request_problem(rq, "target_url", wrong);
        else
            c->target_url = clean;
    }
    TRY(request_problems(rq));
    return take_image(rq, c);
}

static err creative_create(struct request *rq, struct reply *rp)
{
    struct saving s = { .rq = rq, .audit_id = id_new(rq->env), .is_new = true };
    struct creative *c = &s.creative;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &creative_fields, c));
    c->id = request_new_id(rq);
    c->program_id = rq->program_id;
    c->created_at = c->updated_at = rq->now;
    TRY(check(rq, c));
    TRY(store_write(rq->store, save_write, &s));
    TRY(answer(rq, rp, c));
    return reply_created(
        rp, "creative/saved", "/creatives/%" PRI_STR, STR_ARG(id_print(rq->arena, "crv", c->id)));
}

static err creative_change(struct request *rq, struct reply *rp)
{
    struct saving s = { .rq = rq, .audit_id = id_new(rq->env) };
    TRY(load(rq, &s.before));
    s.creative = s.before;
    TRY(request_patch(rq, &creative_fields, &s.creative, NULL));
    TRY(check(rq, &s.creative));
    s.creative.updated_at = rq->now;
    TRY(store_write(rq->store, save_write, &s));
    TRY(answer(rq, rp, &s.creative));
    return reply_done(rp, "creative/changed", "/creatives/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "crv", s.creative.id)));
}

#define SNIPPETS "snippet_url:string snippet_html:string snippet_text:string"

/* clang-format off */
static const struct route routes[] = {
    { GET,   "/creatives",      API | MANAGE | PORTAL, CREATIVES_READ,  creative_index,  "creative/list", ROUTE_CSV,
      .gives = &creative_fields, .summary = "Banners, texts and mail texts, newest first; a partner's carry his link",
      .also = SNIPPETS },
    { POST,  "/creatives",      API | MANAGE,          CREATIVES_WRITE, creative_create, "creative/list", ROUTE_LARGE,
      .takes = &creative_fields, .gives = &creative_fields, .summary = "Add a creative", .statuses = "201 413 422 503" },
    { GET,   "/creatives/{id}", API | MANAGE,          CREATIVES_READ,  creative_show,   "creative/show", 0,
      .gives = &creative_fields, .summary = "One creative", .also = SNIPPETS },
    { PATCH, "/creatives/{id}", API,                   CREATIVES_WRITE, creative_change, NULL, 0,
      .takes = &creative_fields, .gives = &creative_fields, .summary = "Change or archive a creative", .statuses = "422 503" },
    { POST,  "/creatives/{id}", MANAGE,                CREATIVES_WRITE, creative_change, "creative/show", ROUTE_LARGE, &creative_fields, NULL, NULL, NULL },
    { GET,   "/m/{file}",       PUBLIC,                NEEDS_NOTHING,   media_show,      NULL, ROUTE_BARE | ROUTE_CORS,
      .summary = "The image of a banner" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Promotion"), N_("Creatives"), "/creatives", "image", CREATIVES_READ, 30, NULL },
    { PORTAL, NULL,            N_("Materials"), "/creatives", "image", CREATIVES_READ, 40, NULL },
    { 0 },
};
/* clang-format on */

const struct room creative_room = {
    .name = "creative",
    .routes = routes,
    .migrations = creative_migrations,
    .nav = nav,
};
