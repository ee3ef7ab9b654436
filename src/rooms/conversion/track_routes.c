/* What a buyer's browser tells: kept as unverified until the shop says the same, unless the
 * programme trusts it. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <string.h>

#include "rooms/click/click.h"
#include "rooms/link/link.h"
#include "rooms/program/program.h"

/* The programme of the click, else the one that is named, else the only one. */
static err find_program(struct request *rq, str click, int64_t *out)
{
    struct click_token token;
    struct link link = { 0 };
    struct program program = { 0 };
    bool found = false;

    if (!str_empty(click) && rq->app->live) {
        TRY(click_token_read(rq->app->live, click, &token));
        TRY(link_find(rq->db, token.link_id, &link, &found));
    }
    *out = found ? link.program_id : rq->program_id;
    if (!*out)
        TRY(program_only(rq->db, out));
    if (!*out)
        return &PROGRAM_NEEDED;
    return program_get(rq->db, *out, &program);
}

static err tell(struct request *rq, struct conversion_telling *t, enum conversion_source source)
{
    struct conversion *c = &t->told.conversion;
    struct conversion_item *items = c->items.at;

    TRY(request_limit(rq, "track", rq->peer_address, 120, MINUTE_MS));
    TRY(find_program(rq, c->click, &c->program_id));
    c->id = id_new(rq->env);
    c->source = source;
    c->occurred_at = (instant){ 0 }; /* a visitor's clock is no evidence */
    for (size_t i = 0; i < c->items.count; i++)
        if (items[i].quantity == 0)
            items[i].quantity = 1;
    t->told.visitor = request_cookie(rq, "trb");
    return conversion_tell(rq, t);
}

/* ---- by the script
 * ---------------------------------------------------------------------------------------------- */

/* What the page script says of an order. A page knows its programme by the slug in the script's
 * tag. */
struct page_sale {
    str program;
    int64_t program_id;
    str type, order_id;
    int64_t amount;
    currency currency;
    str customer_id;
    bool new_customer;
    json_object metadata;
    struct list items;
    str click, coupon;
};

/* clang-format off */
static const struct field page_sale_list[] = {
    FIELD(page_sale,       program,      .flags = FIELD_TAKEN, .max = 80, .help = "The programme's slug, as in the script's tag."),
    FIELD_ID(page_sale,    program_id,   "prg", .flags = FIELD_TAKEN),
    FIELD(page_sale,       type,         .flags = FIELD_TAKEN, .max = 40, .help = "\"sale\", \"lead\" or the name of an event."),
    FIELD(page_sale,       order_id,     .flags = FIELD_REQUIRED, .max = 100, .help = "Unique in the programme."),
    FIELD_MONEY(page_sale, amount,       "currency", .flags = FIELD_TAKEN, .min = 0, .max = CONVERSION_AMOUNT_MOST, .help = "The commission base; a sale must name it."),
    FIELD(page_sale,       currency,     .flags = FIELD_TAKEN, .help = "Absent without an amount: the programme's."),
    FIELD(page_sale,       customer_id,  .flags = FIELD_TAKEN, .max = 100),
    FIELD(page_sale,       new_customer, .flags = FIELD_TAKEN),
    FIELD(page_sale,       metadata,     .flags = FIELD_TAKEN),
    FIELD(page_sale,       items,        .flags = FIELD_TAKEN, .record = &conversion_item_fields, .max = CONVERSION_ITEMS_MOST),
    FIELD(page_sale,       click,        .flags = FIELD_TAKEN, .max = 200, .help = "The click token that the script kept."),
    FIELD(page_sale,       coupon,       .flags = FIELD_TAKEN, .max = 80),
};
const struct fields page_sale_fields = FIELDS(page_sale_list, page_sale);
/* clang-format on */

static const struct err AMOUNT_NEEDED = { ERR_INVALID, "required", N_("A sale has an amount."),
    "amount" };
static const struct err CURRENCY_NEEDED = { ERR_INVALID, "required",
    N_("An amount has a currency."), "currency" };

static err program_named(struct request *rq, const struct page_sale *sale, struct program *out)
{
    if (!str_empty(sale->program))
        return program_by_slug(rq->db, sale->program, out);
    rq->program_id = sale->program_id ? sale->program_id : rq->program_id;
    TRY(find_program(rq, sale->click, &rq->program_id));
    return program_get(rq->db, rq->program_id, out);
}

/* A lead has no amount: it is nothing, in the programme's currency. */
static err complete(struct page_sale *sale, const struct program *program)
{
    bool has_amount = sale->amount >= 0;

    if (!has_amount && str_eq(sale->type, STR("sale")))
        return &AMOUNT_NEEDED;
    if (has_amount && currency_none(sale->currency))
        return &CURRENCY_NEEDED;
    if (!has_amount) {
        sale->amount = 0;
        sale->currency = program->currency;
    }
    return NULL;
}

static err read_sale(struct request *rq, struct conversion *c)
{
    struct page_sale sale = { .type = c->type, .new_customer = c->new_customer, .amount = -1 };
    struct program program = { 0 };

    TRY(request_read(rq, &page_sale_fields, &sale));
    TRY(program_named(rq, &sale, &program));
    rq->program_id = program.id;
    TRY(complete(&sale, &program));
    c->type = sale.type;
    c->order_id = sale.order_id;
    c->amount = sale.amount;
    c->currency = sale.currency;
    c->customer_id = sale.customer_id;
    c->new_customer = sale.new_customer;
    c->metadata = sale.metadata;
    c->items = sale.items;
    c->click = sale.click;
    c->coupon = sale.coupon;
    return NULL;
}

/* The visitor learns that it arrived and no more. */
err track_conversion(struct request *rq, struct reply *rp)
{
    struct conversion_telling t = { .told.conversion = conversion_blank() };

    TRY(read_sale(rq, &t.told.conversion));
    TRY(tell(rq, &t, SOURCE_BROWSER));
    view_id(reply_view(rp), "id", "cnv", t.stands.conversion.id);
    view_enum(reply_view(rp), "status", conversion_status_names, t.stands.conversion.status);
    view_bool(reply_view(rp), "attributed", t.stands.conversion.attributed);
    rp->status = t.stands.already ? 200 : 201;
    return NULL;
}

/* ---- as an image
 * ---------------------------------------------------------------------------------------------- */

static const unsigned char gif[] = { 'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0,
    0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1,
    0, 0x3b };

static const struct err PIXEL_AMOUNT = { ERR_INVALID, "pixel_amount",
    N_("The amount is a whole number of minor units."), "amount" };

static err read_pixel(struct request *rq, struct conversion *c)
{
    str type = request_query(rq, "type");

    if (!str_empty(type))
        c->type = type;
    c->order_id = request_query(rq, "order_id");
    c->click = request_query(rq, "click");
    c->coupon = request_query(rq, "coupon");
    c->customer_id = request_query(rq, "customer_id");
    if (c->click.len > 200 || c->coupon.len > 80 || c->customer_id.len > 100)
        return &CLICK_INVALID;
    TRY(currency_read(request_query(rq, "currency"), &c->currency));
    if (!str_to_int(request_query(rq, "amount"), &c->amount) || c->amount < 0 ||
        c->amount > CONVERSION_AMOUNT_MOST)
        return &PIXEL_AMOUNT;
    return NULL;
}

static err told_by_pixel(struct request *rq)
{
    struct conversion_telling t = { .told.conversion = conversion_blank() };
    str program = request_query(rq, "program_id");

    TRY(read_pixel(rq, &t.told.conversion));
    if (!str_empty(program) && !id_read("prg", program, &rq->program_id))
        return &PROGRAM_NOT_FOUND;
    return tell(rq, &t, SOURCE_PIXEL);
}

/* The image comes whatever happened: a broken one on the shop's page helps nobody. The header tells
 * a tester. */
err track_pixel(struct request *rq, struct reply *rp)
{
    err failed = told_by_pixel(rq);

    if (failed) {
        rp->status = (int)failed->kind;
        reply_header(rp, "X-Tributary-Problem", str_of(failed->code));
    }
    reply_header(rp, "Cache-Control", STR("no-store"));
    return reply_bytes(rp, "image/gif", (str){ (const char *)gif, sizeof gif });
}
