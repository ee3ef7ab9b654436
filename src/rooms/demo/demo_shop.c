/* The demo shop: a few pages and a checkout, as a shop on Tributary would build them. The page
 * script reports the sale; where scripts are off, the shop's server does, with the click it kept in
 * a cookie of its own. */
#include "rooms/demo/demo_inside.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/id.h"
#include "rooms/conversion/conversion.h"
#include "rooms/program/program.h"

static void show_product(struct request *rq, struct view *item, const struct demo_product *p)
{
    (void)rq;
    view_text(item, "slug", p->slug);
    view_text(item, "name", p->name);
    view_text(item, "words", p->words);
    view_text(item, "sku", p->sku);
    view_text(item, "category", p->category);
    view_money(item, "price", (amount){ p->price, { "EUR" } });
    view_bool(item, "is_teaware", str_eq(str_of(p->category), STR("teaware")));
    view_bool(item, "is_tea", str_eq(str_of(p->category), STR("tea")));
    view_bool(item, "is_workshop", str_eq(str_of(p->category), STR("workshops")));
}

/* A shop keeps the click that the landing address brings: here for visitors without scripts. */
static void keep_click(struct request *rq, struct reply *rp)
{
    str click = request_query(rq, "tclid");

    if (!str_empty(click) && click.len <= 200)
        reply_cookie(rp, "shop_click", click, 30 * DAY_MS / SECOND_MS, true);
}

static err show_frame(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };

    TRY(program_by_slug(rq->db, STR("kettle-and-kiln"), &p));
    view_str(view_page(reply_view(rp)), "program_slug", p.slug);
    keep_click(rq, rp);
    return NULL;
}

static err shop_home(struct request *rq, struct reply *rp)
{
    struct view *list = view_list(reply_view(rp), "products");

    for (size_t i = 0; i < demo_product_count; i++)
        show_product(rq, view_item(list), &demo_products[i]);
    return show_frame(rq, rp);
}

static const struct err NO_PRODUCT = { ERR_NOT_FOUND, "not_found",
    N_("The shop does not sell that."), NULL };

static err shop_product(struct request *rq, struct reply *rp)
{
    const struct demo_product *p = demo_product_find(request_param(rq, "slug"));

    if (!p)
        return &NO_PRODUCT;
    show_product(rq, view_object(reply_view(rp), "product"), p);
    return show_frame(rq, rp);
}

static err shop_checkout(struct request *rq, struct reply *rp)
{
    const struct demo_product *p = demo_product_find(request_query(rq, "product"));
    str order_id = str_printf(rq->arena, "KK-W%" PRI_STR,
        STR_ARG(str_upper(
            rq->arena, str_from(str_base32_u64(rq->arena, (uint64_t)id_new(rq->env)), 5))));

    if (!p)
        return &NO_PRODUCT;
    show_product(rq, view_object(reply_view(rp), "product"), p);
    view_str(reply_view(rp), "order_id", order_id);
    return show_frame(rq, rp);
}

/* ---- buying
 * -------------------------------------------------------------------------------------------------
 */

struct purchase {
    str product, order_id, coupon;
    bool script; /* the page script will report it */
};

/* clang-format off */
static const struct field purchase_list[] = {
    FIELD(purchase, product,  .flags = FIELD_REQUIRED, .max = 40),
    FIELD(purchase, order_id, .flags = FIELD_REQUIRED, .max = 40),
    FIELD(purchase, coupon,   .flags = FIELD_TAKEN, .max = 40),
    FIELD(purchase, script,   .flags = FIELD_TAKEN),
};
static const struct fields purchase_fields = FIELDS(purchase_list, purchase);
/* clang-format on */

static err record_write(struct db *db, void *arg)
{
    struct conversion_recorded stands;

    return conversion_record(db, arg, &stands);
}

/* What a shop's server says to POST /api/v1/conversions, here through the same door. */
static err report(struct request *rq, const struct purchase *buy, const struct demo_product *p)
{
    struct conversion_item *item = ARENA_NEW(rq->arena, struct conversion_item);
    struct conversion_recording r = {
        .act = { .env = rq->env, .at = rq->now, .actor = STR("shop") }, .app = rq->app
    };
    struct program program = { 0 };
    err failed;

    TRY(program_by_slug(rq->db, STR("kettle-and-kiln"), &program));
    *item = (struct conversion_item){ .sku = str_of(p->sku),
        .name = str_of(p->name),
        .category = str_of(p->category),
        .quantity = 1,
        .amount = p->price };
    r.conversion = (struct conversion){ .id = id_new(rq->env),
        .program_id = program.id,
        .type = STR("sale"),
        .order_id = buy->order_id,
        .amount = p->price,
        .currency = { "EUR" },
        .occurred_at = rq->now,
        .created_at = rq->now,
        .source = SOURCE_API,
        .items = { item, 1 },
        .click = request_cookie(rq, "shop_click"),
        .coupon = buy->coupon };
    TRY(conversion_check(&r.conversion, rq->now));
    failed = store_write(rq->store, record_write, &r);
    if (failed && failed->kind == ERR_INVALID && !str_empty(r.conversion.click)) {
        r.conversion.click = STR_NONE; /* an altered cookie: the sale is still a sale */
        failed = store_write(rq->store, record_write, &r);
    }
    return failed;
}

static err shop_buy(struct request *rq, struct reply *rp)
{
    struct purchase buy = { 0 };
    const struct demo_product *p;

    TRY(request_read(rq, &purchase_fields, &buy));
    p = demo_product_find(buy.product);
    if (!p)
        return &NO_PRODUCT;
    if (!buy.script)
        TRY(report(rq, &buy, p));
    return reply_redirect(rp, 303,
        str_printf(rq->arena, "/shop/thanks?order=%" PRI_STR "&product=%s&coupon=%" PRI_STR "%s",
            STR_ARG(str_url_encode(rq->arena, buy.order_id)), p->slug,
            STR_ARG(str_url_encode(rq->arena, buy.coupon.at ? buy.coupon : STR(""))),
            buy.script ? "&script=1" : ""));
}

static err shop_thanks(struct request *rq, struct reply *rp)
{
    const struct demo_product *p = demo_product_find(request_query(rq, "product"));
    struct view *v = reply_view(rp);

    if (!p)
        return &NO_PRODUCT;
    show_product(rq, view_object(v, "product"), p);
    view_str(v, "order_id", request_query(rq, "order"));
    view_str(v, "coupon", request_query(rq, "coupon"));
    view_int(v, "minor", p->price);
    view_bool(v, "script", !str_empty(request_query(rq, "script")));
    return show_frame(rq, rp);
}

/* clang-format off */
static const struct route demo_routes[] = {
    { GET,  "/shop",           PUBLIC, NEEDS_NOTHING, shop_home,     "demo/home" },
    { GET,  "/shop/p/{slug}",  PUBLIC, NEEDS_NOTHING, shop_product,  "demo/product" },
    { GET,  "/shop/checkout",  PUBLIC, NEEDS_NOTHING, shop_checkout, "demo/checkout" },
    { POST, "/shop/checkout",  PUBLIC, NEEDS_NOTHING, shop_buy,      "demo/checkout" },
    { GET,  "/shop/thanks",    PUBLIC, NEEDS_NOTHING, shop_thanks,   "demo/thanks" },
    { 0 },
};
/* clang-format on */

const struct room demo_room = { .name = "demo", .routes = demo_routes };
