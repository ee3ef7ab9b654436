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
static void touch_view(struct request *rq, struct view *item, const struct touch *touch)
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
    view_str(page, "partner_name", is_shown ? touch->partner_name : STR_NONE);
    view_str(page, "link_code", is_shown ? touch->link_code : STR_NONE);
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

static void attribution_view(struct request *rq, struct view *into, const struct conversion *c,
    const struct touches *touches)
{
    struct view *winners, *losers, *all;

    view_enum(into, "model", program_attribution_names, c->model);
    view_enum(into, "coupon_precedence", program_precedence_names, c->precedence);
    view_int(into, "window_days", c->window_days);
    view_str(into, "reason", c->reason);
    view_words(view_page(into), "why", attribution_reason_words(c->reason.at ? c->reason.at : ""));
    winners = view_list(into, "winners");
    losers = view_list(into, "losers");
    all = view_list(view_page(into), "touches");
    view_int(view_page(into), "touch_count", (int64_t)touches->count);
    view_html(view_page(into), "streams", streams(rq->arena, touches));
    for (size_t i = 0; i < touches->count; i++) {
        touch_view(rq, view_item(touches->at[i].won ? winners : losers), &touches->at[i]);
        touch_view(rq, view_item(all), &touches->at[i]);
    }
}

err conversion_attribution_view(struct request *rq, struct view *into, const struct conversion *c)
{
    struct touches touches;

    TRY(conversion_touches_shown(rq->db, c->id, &touches));
    attribution_view(rq, into, c, &touches);
    return NULL;
}

/* A recruiter reads of his part elsewhere, without the order: beside an order that he lost it would
 * tell who won. */
static bool may_see(const struct request *rq, const struct commission *c)
{
    if (!rq->partner_id)
        return true;
    return rq->partner_id == c->partner_id &&
           !str_eq(c->bonus_for, str_of(rule_kind_names[RULE_RECRUIT]));
}

void conversion_view_commissions(
    struct request *rq, struct view *into, const struct list *commissions)
{
    struct view *list = view_list(into, "commissions");
    for (size_t i = 0; i < commissions->count; i++) {
        const struct commission *c = (const struct commission *)commissions->at + i;
        if (may_see(rq, c))
            commission_view(rq, view_item(list), c);
    }
}

/* All that is told of an order. */
struct told {
    struct touches touches;
    struct list commissions, refunds, amendments, moves;
};

static err read_told(struct request *rq, struct conversion *c, struct told *out)
{
    if (!rq->partner_id)
        TRY(conversion_items(rq->db, c));
    TRY(conversion_touches_shown(rq->db, c->id, &out->touches));
    TRY(commission_of_conversion(rq->db, c->program_id, c->id, &out->commissions));
    TRY(conversion_refunds(rq->db, c->id, &out->refunds));
    TRY(conversion_amendments(rq->db, c->id, &out->amendments));
    return conversion_moves(rq->db, c->id, &out->moves);
}

static void records_view(
    struct view *into, const char *name, const struct fields *fields, const struct list *rows)
{
    struct view *list = view_list(into, name);

    for (size_t i = 0; i < rows->count; i++)
        view_record(view_item(list), NULL, fields, (const char *)rows->at + i * fields->size);
}

/* Who moved it is ours to know. */
static void show_told(
    struct request *rq, struct view *into, const struct conversion *c, const struct told *told)
{
    static const struct list none;

    view_record(into, NULL, rq->partner_id ? &conversion_partner_fields : &conversion_fields, c);
    attribution_view(rq, view_object(into, "attribution"), c, &told->touches);
    conversion_view_commissions(rq, into, &told->commissions);
    records_view(into, "refunds", &refund_fields, &told->refunds);
    records_view(into, "amendments", &amendment_fields, &told->amendments);
    records_view(
        into, "moves", &conversion_move_fields, rq->partner_id ? &none : &told->moves);
}

err conversion_view(struct request *rq, struct view *into, struct conversion *c)
{
    struct told told = { 0 };

    TRY(read_told(rq, c, &told));
    show_told(rq, into, c, &told);
    return NULL;
}

/* Pages name the links of touches, which telling did not ask for. */
err conversion_view_recorded(
    struct request *rq, struct view *into, struct conversion_recorded *recorded)
{
    if (!recorded->is_plain || rq->surface != API)
        return conversion_view(rq, into, &recorded->conversion);
    struct told told = { .touches = { recorded->touches.at, recorded->touches.count },
        .commissions = recorded->commissions };
    show_told(rq, into, &recorded->conversion, &told);
    return NULL;
}
