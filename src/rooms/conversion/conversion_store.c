/* Orders in the store. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "rooms/conversion/conversion.sql.h"

/* clang-format off */
static const struct field item_list[] = {
    FIELD(conversion_item, sku,      .flags = FIELD_TAKEN, .max = 80),
    FIELD(conversion_item, name,     .flags = FIELD_TAKEN, .max = 200),
    FIELD(conversion_item, category, .flags = FIELD_TAKEN, .max = 80),
    FIELD(conversion_item, quantity, .flags = FIELD_TAKEN, .min = 1, .max = 1000000, .help = "Default 1."),
    FIELD(conversion_item, amount,   .flags = FIELD_REQUIRED, .min = 0, .max = CONVERSION_AMOUNT_MOST, .help = "Of the line, in the order's minor units."),
};
const struct fields conversion_item_fields = FIELDS(item_list, conversion_item);

static const struct field list[] = {
    FIELD_ID(conversion,    id,              "cnv", .flags = FIELD_SORT),
    FIELD_ID(conversion,    program_id,      "prg", .flags = FIELD_TAKEN),
    FIELD(conversion,       type,            .flags = FIELD_TAKEN | FIELD_FILTER, .max = 40, .help = "\"sale\", \"lead\" or the name of an event."),
    FIELD(conversion,       order_id,        .flags = FIELD_REQUIRED | FIELD_FILTER, .max = 100, .help = "Unique in the programme."),
    FIELD_MONEY(conversion, amount,          "currency", .flags = FIELD_TAKEN | FIELD_FILTER | FIELD_SORT, .min = 0, .max = CONVERSION_AMOUNT_MOST, .help = "The commission base: net of tax and shipping. A sale must name it."),
    FIELD(conversion,       currency,        .flags = FIELD_TAKEN | FIELD_FILTER, .help = "Absent without an amount: the programme's."),
    FIELD(conversion,       customer_id,     .flags = FIELD_TAKEN | FIELD_FILTER, .max = 100),
    FIELD(conversion,       country,         .flags = FIELD_TAKEN | FIELD_FILTER, .max = 2, .help = "Of the buyer: ISO 3166-1 alpha-2. Rules may name it."),
    FIELD(conversion,       new_customer,    .flags = FIELD_TAKEN),
    FIELD(conversion,       occurred_at,     .flags = FIELD_TAKEN | FIELD_FILTER | FIELD_SORT, .help = "Absent: now."),
    FIELD(conversion,       metadata,        .flags = FIELD_TAKEN),
    FIELD(conversion,       items,           .flags = FIELD_TAKEN, .record = &conversion_item_fields, .max = CONVERSION_ITEMS_MOST),
    FIELD(conversion,       click,           .flags = FIELD_TAKEN, .max = 200, .help = "The token from the landing address."),
    FIELD(conversion,       coupon,          .flags = FIELD_TAKEN | FIELD_FILTER, .max = 80),
    FIELD(conversion,       status,          .flags = FIELD_FILTER, .names = conversion_status_names),
    FIELD(conversion,       source,          .flags = FIELD_FILTER, .names = conversion_source_names),
    FIELD(conversion,       attributed,      .flags = FIELD_FILTER),
    FIELD_MONEY(conversion, refunded_amount, "currency"),
    FIELD_MONEY(conversion, told_amount,     "currency", .help = "As it was reported first; amount is as last amended."),
    FIELD_ID(conversion,    amended_by,      "amd"),
    FIELD_ID(conversion,    replaced_by,     "cnv"),
    FIELD(conversion,       is_test),
    FIELD(conversion,       created_at,      .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(conversion,       confirmed_at),
    FIELD(conversion,       model,           .flags = FIELD_SECRET, .names = program_attribution_names),
    FIELD(conversion,       reason,          .flags = FIELD_SECRET),
    FIELD(conversion,       status_reason,   .flags = FIELD_SECRET),
    FIELD(conversion,       status_note,     .flags = FIELD_SECRET),
    FIELD_ID(conversion,    visitor_id,      "vis", .flags = FIELD_SECRET),
    FIELD_ID(conversion,    coupon_id,       "cpn", .flags = FIELD_SECRET),
    FIELD(conversion,       content,         .flags = FIELD_SECRET),
    FIELD(conversion,       confirm_content, .flags = FIELD_SECRET),
    FIELD(conversion,       precedence,      .flags = FIELD_SECRET, .names = program_precedence_names),
    FIELD(conversion,       window_days,     .flags = FIELD_SECRET),
    FIELD(conversion,       customer_days,   .flags = FIELD_SECRET),
    FIELD(conversion,       hold_days,       .flags = FIELD_SECRET),
    FIELD(conversion,       clawback_days,   .flags = FIELD_SECRET),
    FIELD(conversion,       customer_binding, .flags = FIELD_SECRET, .names = program_binding_names),
    FIELD(conversion,       judged_at,       .flags = FIELD_SECRET),
    FIELD(conversion,       actor,           .flags = FIELD_SECRET),
};
const struct fields conversion_fields = FIELDS(list, conversion);
/* clang-format on */

err conversion_find(
    struct db *db, int64_t program_id, int64_t partner_id, int64_t id, struct conversion *out)
{
    return db_get(db, &CONVERSION_ONE,
        PARAMS(P("id", id), P("program_id", program_id), param_ref("partner_id", partner_id)),
        &conversion_fields, out, &CONVERSION_NOT_FOUND);
}

err conversion_find_order(struct db *db, int64_t program_id, bool is_test, str order_id,
    struct conversion *out, bool *out_found)
{
    return db_one(db, &CONVERSION_BY_ORDER,
        PARAMS(P("program_id", program_id), P("is_test", is_test), P("order_id", order_id)),
        &conversion_fields, out, out_found);
}

/* As the last amendment that names any has them. */
static err amended_items(struct db *db, struct conversion *c)
{
    struct list all;

    TRY(conversion_amendments(db, c->id, &all));
    const struct amendment *amendment = all.at;
    for (size_t i = all.count; i > 0; i--)
        if (!str_empty(amendment[i - 1].items_json))
            return conversion_items_read(db_arena(db), amendment[i - 1].items_json, &c->items);
    return NULL;
}

err conversion_items(struct db *db, struct conversion *c)
{
    if (c->amended_by) {
        c->items = (struct list){ 0 };
        TRY(amended_items(db, c));
        if (c->items.count)
            return NULL;
    }
    return db_all(db, &CONVERSION_ITEM_LIST, PARAMS(P("conversion_id", c->id)),
        &conversion_item_fields, &c->items);
}

err conversion_keep(struct db *db, const struct conversion *c)
{
    return db_put(db, &CONVERSION_KEEP, &conversion_fields, c);
}

/* ---- touches
 * ---------------------------------------------------------------------------------------------- */

struct touch_row {
    int64_t conversion_id, n;
    enum touch_kind kind;
    enum touch_evidence evidence;
    enum touch_bar bar;
    int64_t click_id, coupon_id, link_id, partner_id, from_conversion_id;
    instant at;
    int32_t share_bp;
    bool won;
    str reason, partner_group;
    strs subs;
    bool waits;
    int32_t bound_bp;
    str partner_name, link_code;
};

/* clang-format off */
static const struct field touch_list[] = {
    FIELD_ID(touch_row, conversion_id,      "cnv"),
    FIELD(touch_row,    n),
    FIELD(touch_row,    kind,               .names = touch_kind_names),
    FIELD(touch_row,    evidence,           .names = touch_evidence_names),
    FIELD(touch_row,    bar,                .names = touch_bar_names),
    FIELD_ID(touch_row, click_id,           "clk"),
    FIELD_ID(touch_row, coupon_id,          "cpn"),
    FIELD_ID(touch_row, link_id,            "lnk"),
    FIELD_ID(touch_row, partner_id,         "par"),
    FIELD_ID(touch_row, from_conversion_id, "cnv"),
    FIELD(touch_row,    at),
    FIELD(touch_row,    share_bp),
    FIELD(touch_row,    won),
    FIELD(touch_row,    reason),
    FIELD(touch_row,    partner_group),
    FIELD(touch_row,    subs),
    FIELD(touch_row,    waits),
    FIELD(touch_row,    bound_bp),
    FIELD(touch_row,    partner_name),
    FIELD(touch_row,    link_code),
};
static const struct fields touch_fields = FIELDS(touch_list, touch_row);
/* clang-format on */

static struct touch touch_of(const struct touch_row *row)
{
    return (struct touch){ .kind = row->kind,
        .evidence = row->evidence,
        .bar = row->bar,
        .click_id = row->click_id,
        .coupon_id = row->coupon_id,
        .link_id = row->link_id,
        .partner_id = row->partner_id,
        .group = row->partner_group,
        .from_conversion_id = row->from_conversion_id,
        .at = row->at,
        .share_bp = row->share_bp,
        .won = row->won,
        .subs = row->subs,
        .waits = row->waits,
        .bound_bp = row->bound_bp,
        .partner_name = row->partner_name,
        .link_code = row->link_code,
        .reason = row->reason.at };
}

err conversion_put_touches(struct db *db, int64_t conversion_id, const struct touches *touches)
{
    for (size_t i = 0; i < touches->count; i++) {
        const struct touch *touch = &touches->at[i];
        struct touch_row row = { .conversion_id = conversion_id,
            .n = (int64_t)i + 1,
            .kind = touch->kind,
            .evidence = touch->evidence,
            .bar = touch->bar,
            .click_id = touch->click_id,
            .coupon_id = touch->coupon_id,
            .link_id = touch->link_id,
            .partner_id = touch->partner_id,
            .from_conversion_id = touch->from_conversion_id,
            .at = touch->at,
            .share_bp = touch->share_bp,
            .bound_bp = touch->bound_bp,
            .won = touch->won,
            .reason = str_of(touch->reason),
            .partner_group = touch->group,
            .subs = touch->subs,
            .waits = touch->waits };
        TRY(db_put(db, &CONVERSION_TOUCH_INSERT, &touch_fields, &row));
    }
    return NULL;
}

static void touches_of_rows(struct arena *arena, const struct list *rows, struct touches *out)
{
    const struct touch_row *row = rows->at;
    *out = (struct touches){ .at = ARENA_ARRAY(arena, struct touch, rows->count + 1),
        .count = rows->count };
    for (size_t i = 0; i < rows->count; i++)
        out->at[i] = touch_of(&row[i]);
}

err conversion_read_touches(struct db *db, int64_t conversion_id, struct touches *out)
{
    struct list rows;
    TRY(db_all(db, &CONVERSION_TOUCH_LIST, PARAMS(P("conversion_id", conversion_id)), &touch_fields,
        &rows));
    touches_of_rows(db_arena(db), &rows, out);
    return NULL;
}

err conversion_touches_shown(struct db *db, int64_t conversion_id, struct touches *out)
{
    struct list rows;
    TRY(db_all(db, &CONVERSION_TOUCH_SHOWN, PARAMS(P("conversion_id", conversion_id)),
        &touch_fields, &rows));
    touches_of_rows(db_arena(db), &rows, out);
    return NULL;
}

err conversion_touches(struct db *db, int64_t conversion_id, struct list *out)
{
    struct touches touches;
    TRY(conversion_read_touches(db, conversion_id, &touches));
    *out = (struct list){ touches.at, touches.count };
    return NULL;
}

static void known_from(struct arena *arena, const struct list *rows, struct list *out)
{
    const struct touch_row *row = rows->at;
    struct touches touches;

    touches_of_rows(arena, rows, &touches);
    for (size_t i = 0; i < rows->count; i++) {
        touches.at[i].kind = TOUCH_CUSTOMER;
        touches.at[i].evidence = EVIDENCE_CUSTOMER;
        touches.at[i].from_conversion_id = row[i].conversion_id;
    }
    *out = (struct list){ touches.at, touches.count };
}

err conversion_touches_of_customer(
    struct db *db, const struct conversion *c, instant at, struct list *out)
{
    struct list rows;
    TRY(db_all(db, &CONVERSION_TOUCH_OF_CUSTOMER,
        PARAMS(P("program_id", c->program_id), P("is_test", c->is_test),
            P("customer_id", c->customer_id), P("at", at), P("id", c->id)),
        &touch_fields, &rows));
    known_from(db_arena(db), &rows, out);
    return NULL;
}

err conversion_touches_that_bind(struct db *db, const struct conversion *c,
    enum program_binding binding, instant at, struct list *out)
{
    struct list rows;
    TRY(db_all(db, &CONVERSION_TOUCH_THAT_BINDS,
        PARAMS(P("program_id", c->program_id), P("is_test", c->is_test),
            P("customer_id", c->customer_id), P("at", at), P("id", c->id),
            P("binding", program_binding_names[binding])),
        &touch_fields, &rows));
    known_from(db_arena(db), &rows, out);
    return NULL;
}
