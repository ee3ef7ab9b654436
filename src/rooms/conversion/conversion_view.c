/* An order as it is told: to the shop and the manager in full, to a partner as far as it is his. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/buf.h"
#include "rooms/conversion/conversion.sql.h"

/* What a partner may read of an order that he had a part in. */
/* clang-format off */
static const struct field partner_list[] = {
    FIELD_ID(conversion,    id,              "cnv"),
    FIELD_ID(conversion,    program_id,      "prg"),
    FIELD(conversion,       type,            .flags = FIELD_FILTER),
    FIELD(conversion,       order_id,        .flags = FIELD_FILTER),
    FIELD_MONEY(conversion, amount,          "currency"),
    FIELD(conversion,       currency,        .flags = FIELD_FILTER),
    FIELD(conversion,       occurred_at,     .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(conversion,       status,          .flags = FIELD_FILTER, .names = conversion_status_names),
    FIELD(conversion,       source,          .names = conversion_source_names),
    FIELD(conversion,       attributed),
    FIELD_MONEY(conversion, refunded_amount, "currency"),
    FIELD(conversion,       created_at,      .flags = FIELD_FILTER | FIELD_SORT),
};
const struct fields conversion_partner_fields = FIELDS(partner_list, conversion);
/* clang-format on */

struct namesake {
    int64_t id;
    str name;
};

/* clang-format off */
static const struct field namesake_list[] = {
    FIELD_ID(namesake, id, "par"),
    FIELD(namesake,    name),
};
static const struct fields namesake_fields = FIELDS(namesake_list, namesake);
/* clang-format on */

static str name_of(const struct list *names, int64_t id)
{
    const struct namesake *name = names->at;
    for (size_t i = 0; i < names->count; i++)
        if (name[i].id == id)
            return name[i].name;
    return STR_NONE;
}

err conversion_partners_view(struct request *rq, struct view *into, const char *name)
{
    struct view *choices = view_list(into, name);
    struct list partners;

    TRY(db_all(rq->db, &CONVERSION_PARTNER_CHOICES, PARAMS(P("program_id", rq->program_id)),
        &namesake_fields, &partners));
    for (size_t i = 0; i < partners.count; i++) {
        const struct namesake *partner = (const struct namesake *)partners.at + i;
        struct view *item = view_item(choices);
        view_id(item, "value", "par", partner->id);
        view_bool(item, "chosen",
            str_eq(request_typed(rq, "to_partner_id"), id_print(rq->arena, "par", partner->id)));
        view_str(item, "name", partner->name);
    }
    return NULL;
}

/* Partners by name and links by code. */
struct namesakes {
    struct list partners, links;
};

static void subs_view(struct arena *arena, struct view *what, const struct touch *touch)
{
    struct view *list = view_list(what, "subs");
    struct buf words = buf_new(arena);

    for (size_t i = 0; i < touch->subs.count; i++) {
        view_item_str(list, touch->subs.at[i]);
        if (!str_empty(touch->subs.at[i]))
            buf_printf(&words, "%ssub%zu=%" PRI_STR, buf_str(&words).len ? " " : "", i + 1,
                STR_ARG(touch->subs.at[i]));
    }
    view_bool(what, "waits", touch->waits);
    view_str(view_page(what), "sub_words", buf_str(&words).len ? buf_str(&words) : STR_NONE);
}

/* Another partner's touch shows when and why, never who or where. */
static void touch_view(
    struct request *rq, struct view *item, const struct touch *touch, const struct namesakes *names)
{
    bool is_shown = !rq->partner_id || rq->partner_id == touch->partner_id;
    struct view *page = view_page(item);

    if (is_shown)
        view_id(item, "partner_id", "par", touch->partner_id);
    else
        view_null(item, "partner_id");
    view_int(item, "share_bp", touch->share_bp);
    view_text(item, "reason", touch->reason);
    struct view *what = view_object(item, "touch");
    view_enum(what, "kind", touch_kind_names, touch->kind);
    view_enum(what, "evidence", touch_evidence_names, touch->evidence);
    view_instant(what, "at", touch->at);
    if (is_shown) {
        view_id(what, "click_id", "clk", touch->click_id);
        view_id(what, "link_id", "lnk", touch->link_id);
        view_id(what, "coupon_id", "cpn", touch->coupon_id);
        subs_view(rq->arena, what, touch);
    }
    view_bool(page, "waits", is_shown && touch->waits);
    view_bool(page, "won", touch->won);
    view_bool(page, "is_own", rq->partner_id && is_shown);
    view_bool(page, "is_other", !is_shown);
    view_str(
        page, "partner_name", is_shown ? name_of(&names->partners, touch->partner_id) : STR_NONE);
    view_str(page, "link_code", is_shown ? name_of(&names->links, touch->link_id) : STR_NONE);
    view_percent_bp(page, "share", touch->share_bp);
    view_words(page, "why", attribution_reason_words(touch->reason));
}

/* One stream per touch down the page, as the design has it: dry ones end, the winner's water runs
 * on. */
static str streams(struct arena *arena, const struct touches *touches)
{
    struct buf svg = buf_new(arena);
    int bottom = (int)touches->count * 100;

    buf_printf(&svg,
        "<svg class=\"streams\" viewBox=\"0 0 100 %d\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\">"
        "<path class=\"bed\" d=\"M10 0V%d\"/>",
        bottom, bottom);
    for (size_t i = 0; i < touches->count; i++) {
        const struct touch *touch = &touches->at[i];
        int y = (int)i * 100 + 50;
        if (touch->won)
            buf_printf(&svg,
                "<path class=\"water\" d=\"M136 %dH100C50 %d 10 %d 10 %dV%d\" "
                "stroke-linecap=\"butt\"/>",
                y, y, y, y + 50, bottom);
        else if (touch->bar == TOUCH_ROBOT || touch->bar == TOUCH_PREFETCH)
            buf_printf(&svg,
                "<path class=\"dry\" d=\"M100 %dH84\"/><path class=\"cut\" d=\"M100 %dh0\"/>"
                "<path class=\"cut-in\" d=\"M100 %dh0\"/>",
                y, y, y);
        else
            buf_printf(&svg,
                "<path class=\"dry\" d=\"M100 %dC52 %d 10 %d 10 %d\"/><path class=\"cut\" d=\"M100 "
                "%dh0\"/>"
                "<path class=\"cut-in\" d=\"M100 %dh0\"/>",
                y, y, y + 6, y + 50, y, y);
    }
    buf_add(&svg, STR("</svg>"));
    return str_dup(arena, buf_str(&svg));
}

err conversion_attribution_view(struct request *rq, struct view *into, const struct conversion *c)
{
    struct namesakes names;
    struct touches touches;
    struct view *winners, *losers, *all;

    TRY(conversion_read_touches(rq->db, c->id, &touches));
    TRY(db_all(rq->db, &CONVERSION_PARTNER_NAMES, PARAMS(P("conversion_id", c->id)),
        &namesake_fields, &names.partners));
    TRY(db_all(rq->db, &CONVERSION_LINK_CODES, PARAMS(P("conversion_id", c->id)), &namesake_fields,
        &names.links));
    view_enum(into, "model", program_attribution_names, c->model);
    view_enum(into, "coupon_precedence", program_precedence_names, c->precedence);
    view_int(into, "window_days", c->window_days);
    view_str(into, "reason", c->reason);
    view_words(view_page(into), "why", attribution_reason_words(c->reason.at ? c->reason.at : ""));
    winners = view_list(into, "winners");
    losers = view_list(into, "losers");
    all = view_list(view_page(into), "touches");
    view_int(view_page(into), "touch_count", (int64_t)touches.count);
    view_html(view_page(into), "streams", streams(rq->arena, &touches));
    for (size_t i = 0; i < touches.count; i++) {
        touch_view(rq, view_item(touches.at[i].won ? winners : losers), &touches.at[i], &names);
        touch_view(rq, view_item(all), &touches.at[i], &names);
    }
    return NULL;
}

void conversion_view_commissions(
    struct request *rq, struct view *into, const struct list *commissions)
{
    struct view *list = view_list(into, "commissions");
    for (size_t i = 0; i < commissions->count; i++) {
        const struct commission *c = (const struct commission *)commissions->at + i;
        if (!rq->partner_id || rq->partner_id == c->partner_id)
            commission_view(rq, view_item(list), c);
    }
}

/* Amendments, and to whom it was moved; who moved it is ours to know. */
static err changes_view(struct request *rq, struct view *into, const struct conversion *c)
{
    struct list amendments, moves;

    TRY(conversion_amendments(rq->db, c->id, &amendments));
    TRY(conversion_moves(rq->db, c->id, &moves));
    struct view *list = view_list(into, "amendments");
    for (size_t i = 0; i < amendments.count; i++)
        view_record(
            view_item(list), NULL, &amendment_fields, (const struct amendment *)amendments.at + i);
    list = view_list(into, "moves");
    struct conversion_move *move = moves.at;
    for (size_t i = 0; i < moves.count && !rq->partner_id; i++)
        view_record(view_item(list), NULL, &conversion_move_fields, &move[i]);
    return NULL;
}

err conversion_view(struct request *rq, struct view *into, struct conversion *c)
{
    struct list commissions, refunds;

    if (!rq->partner_id)
        TRY(conversion_items(rq->db, c));
    view_record(into, NULL, rq->partner_id ? &conversion_partner_fields : &conversion_fields, c);
    TRY(conversion_attribution_view(rq, view_object(into, "attribution"), c));
    TRY(commission_of_conversion(rq->db, c->program_id, c->id, &commissions));
    conversion_view_commissions(rq, into, &commissions);
    TRY(conversion_refunds(rq->db, c->id, &refunds));
    struct view *list = view_list(into, "refunds");
    for (size_t i = 0; i < refunds.count; i++)
        view_record(view_item(list), NULL, &refund_fields, (const struct refund *)refunds.at + i);
    return changes_view(rq, into, c);
}
