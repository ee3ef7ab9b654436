/* Coupons over API, console and portal. */
#include "rooms/coupon/coupon.h"
#include "rooms/coupon/coupon_inside.h"

#include <inttypes.h>

#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/coupon/coupon.sql.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

static err load(struct request *rq, struct coupon *out)
{
    int64_t id;
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "cpn", &id));
    return coupon_find(rq->db, rq->program_id, rq->partner_id, id, out);
}

/* "active" says little on the last day: pages show what holds now. */
static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct coupon *coupon = record;
    const char *objection = coupon_objection(coupon, rq->now);
    struct view *page = view_page(item);

    view_bool(page, "is_valid", !objection);
    view_bool(page, "is_expired", objection && str_eq(str_of(objection), STR("coupon_expired")));
    view_bool(page, "is_used_up", objection && str_eq(str_of(objection), STR("coupon_used_up")));
    view_bool(
        page, "is_to_come", objection && str_eq(str_of(objection), STR("coupon_not_started")));
    view_bool(page, "is_paused", coupon->status == COUPON_PAUSED);
    view_bool(page, "is_limited", coupon->max_uses > 0);
    return NULL;
}

static err coupon_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == PORTAL)
        rp->page = "coupon/mine";
    return reply_listing(rp, &COUPON_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id)),
        &coupon_fields, decorate);
}

static err answer(struct request *rq, struct reply *rp, const struct coupon *coupon)
{
    view_record(reply_view(rp), NULL, &coupon_fields, coupon);
    return decorate(rq, reply_view(rp), coupon);
}

static err coupon_show(struct request *rq, struct reply *rp)
{
    struct coupon coupon = { 0 };

    TRY(load(rq, &coupon));
    if (rq->surface == MANAGE) {
        view_record(reply_form(rp), NULL, &coupon_fields, &coupon);
        view_str(reply_form(rp), "starts_at",
            instant_none(coupon.starts_at) ? STR_NONE
                                           : instant_print_date(rq->arena, coupon.starts_at));
        view_str(reply_form(rp), "ends_at",
            instant_none(coupon.ends_at) ? STR_NONE
                                         : instant_print_date(rq->arena, coupon.ends_at));
    }
    return answer(rq, rp, &coupon);
}

static err list_partners(struct request *rq, struct reply *rp)
{
    struct list partners;
    int64_t chosen = 0;
    struct view *choices = view_list(reply_frame(rp), "partners");

    str typed = request_typed(rq, "partner_id");
    (void)id_read("par", typed.at ? typed : request_query(rq, "partner_id"), &chosen);
    TRY(db_all(rq->db, &COUPON_PARTNER_CHOICES, PARAMS(P("program_id", rq->program_id)),
        &coupon_fields, &partners));
    for (size_t i = 0; i < partners.count; i++) {
        const struct coupon *row = (const struct coupon *)partners.at + i;
        struct view *item = view_item(choices);
        view_id(item, "value", "par", row->partner_id);
        view_str(item, "name", row->partner_name);
        view_bool(item, "chosen", row->partner_id == chosen);
    }
    return NULL;
}

static err coupon_new(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    view_bool(view_page(reply_view(rp)), "is_new", true);
    return list_partners(rq, rp);
}

struct saving {
    const struct request *rq;
    struct coupon before, after;
    bool is_new;
    int64_t audit_id;
};

static err save(struct db *db, void *arg)
{
    struct saving *s = arg;
    struct audit_entry entry = { .id = s->audit_id,
        .program_id = s->after.program_id,
        .who = s->rq->who,
        .action = s->is_new ? "coupon.create" : "coupon.change",
        .object = "cpn",
        .object_id = s->after.id,
        .object_name = s->after.code,
        .address = s->rq->peer_address,
        .at = s->rq->now };

    TRY(s->is_new ? coupon_add(db, &s->after) : coupon_change(db, &s->after));
    audit_difference(
        db_arena(db), &coupon_fields, s->is_new ? NULL : &s->before, &s->after, &entry);
    return audit_write(db, &entry);
}

static err check(struct request *rq, struct coupon *coupon)
{
    err wrong = coupon_check(coupon);
    if (wrong)
        (void)request_problem(rq, wrong->field, wrong);
    return request_problems(rq);
}

static err coupon_create(struct request *rq, struct reply *rp)
{
    struct saving s = { .rq = rq, .is_new = true, .audit_id = id_new(rq->env) };
    struct partner partner = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &coupon_fields, &s.after));
    s.after.code = str_trim(s.after.code);
    TRY(check(rq, &s.after));
    TRY(partner_get(rq->db, rq->program_id, s.after.partner_id, &partner));
    s.after.id = request_new_id(rq);
    s.after.program_id = rq->program_id;
    s.after.partner_name = partner.name;
    s.after.created_at = rq->now;
    s.after.uses = 0;
    TRY(store_write(rq->store, save, &s));
    TRY(answer(rq, rp, &s.after));
    return reply_created(rp,
        str_c(rq->arena, str_printf(rq->arena, "coupon/saved?code=%" PRI_STR,
                             STR_ARG(str_url_encode(rq->arena, s.after.code)))),
        rq->surface == API ? "/coupons/%" PRI_STR : "/coupons",
        STR_ARG(id_print(rq->arena, "cpn", s.after.id)));
}

static err coupon_patch(struct request *rq, struct reply *rp)
{
    struct saving s = { .rq = rq, .audit_id = id_new(rq->env) };

    TRY(load(rq, &s.before));
    s.after = s.before;
    TRY(request_patch(rq, &coupon_fields, &s.after, NULL));
    s.after.code = str_trim(s.after.code);
    TRY(check(rq, &s.after));
    TRY(store_write(rq->store, save, &s));
    TRY(answer(rq, rp, &s.after));
    return reply_done(rp, "coupon/changed", "/coupons");
}

/* clang-format off */
static const struct route routes[] = {
    /* method path            shown on               needs          handler        page */
    { GET,   "/coupons",      API | MANAGE | PORTAL, COUPONS_READ,  coupon_index,  "coupon/list", ROUTE_CSV,
      .gives = &coupon_fields, .summary = "Codes that credit a partner without a click" },
    { GET,   "/coupons/new",  MANAGE,                COUPONS_WRITE, coupon_new,    "coupon/form" },
    { POST,  "/coupons",      API | MANAGE,          COUPONS_WRITE, coupon_create, "coupon/form", 0,
      .takes = &coupon_fields, .gives = &coupon_fields, .summary = "Make a coupon for a partner", .statuses = "201 409" },
    { GET,   "/coupons/{id}", API | MANAGE,          COUPONS_READ,  coupon_show,   "coupon/form", 0,
      .gives = &coupon_fields, .summary = "One coupon" },
    { PATCH, "/coupons/{id}", API | MANAGE,          COUPONS_WRITE, coupon_patch,  "coupon/form", 0,
      .takes = &coupon_fields, .gives = &coupon_fields, .summary = "Change, pause or end a coupon", .statuses = "200 409" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Promotion"), N_("Coupons"), "/coupons", "tag", COUPONS_READ, 20, NULL },
    { 0 },
};
/* clang-format on */

const struct room coupon_room = {
    .name = "coupon",
    .routes = routes,
    .migrations = coupon_migrations,
    .nav = nav,
};
