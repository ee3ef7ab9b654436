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

/* The visitor learns that it arrived and no more. */
err track_conversion(struct request *rq, struct reply *rp)
{
    struct conversion_telling t = { .told.conversion = conversion_blank() };

    TRY(request_read(rq, &conversion_fields, &t.told.conversion));
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
