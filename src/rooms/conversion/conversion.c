/* Rules of orders: what may be told, when two tellings are one, and the word for where an order
 * stands. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/json.h"

const char *const conversion_status_names[] = { "confirmed", "unverified", "partially_refunded",
    "refunded", "declined", "replaced", NULL };
const char *const conversion_source_names[] = { "api", "browser", "pixel", "csv", NULL };

const struct err CONVERSION_NOT_FOUND = { ERR_NOT_FOUND, "conversion_not_found",
    N_("There is no such order."), NULL };
const struct err CONVERSION_STATE = { ERR_CONFLICT, "conversion_state",
    N_("This is not possible in the state the order is in."), NULL };
const struct err ORDER_EXISTS = { ERR_CONFLICT, "order_exists",
    N_("This order was reported before with other content."), "order_id" };
const struct err IN_FUTURE = { ERR_INVALID, "in_future",
    N_("The time lies more than five minutes ahead."), "occurred_at" };
const struct err REFUND_EXCEEDS_ORDER = { ERR_INVALID, "refund_exceeds_order",
    N_("More would come back than the order’s amount."), "amount" };
const struct err REFUND_ITEMS = { ERR_INVALID, "refund_items",
    N_("The items are worth more than the refund."), "items" };
const struct err REFUND_EXISTS = { ERR_CONFLICT, "refund_exists",
    N_("This refund was reported before with other content."), "refund_id" };
const struct err REFUND_CURRENCY = { ERR_INVALID, "refund_currency",
    N_("A refund is in the currency of its order."), "currency" };
const struct err ORDER_COUNTRY = { ERR_INVALID, "country_form",
    N_("Use the two-letter code of the country, such as PL."), "country" };
static const struct err TYPE_NAME = { ERR_INVALID, "type_name",
    N_("A type is “sale”, “lead” or a name of small letters, digits and underscores."), "type" };
static const struct err ORDER_ID = { ERR_INVALID, "order_id",
    N_("An order id has 1 to 100 visible characters."), "order_id" };

static bool is_country(str code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!isalpha((unsigned char)code.at[i]))
            return false;
    return code.len == 2;
}

static bool is_visible(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return str_trim(text).len == text.len;
}

bool conversion_is_name(str id)
{
    return !str_empty(id) && id.len <= 100 && is_visible(id);
}

err conversion_check(const struct conversion *c, instant now)
{
    if (!commission_is_event(c->type))
        return &TYPE_NAME;
    if (!conversion_is_name(c->order_id))
        return &ORDER_ID;
    if (!str_empty(c->country) && !is_country(c->country))
        return &ORDER_COUNTRY;
    if (c->occurred_at.ms > now.ms + CONVERSION_FUTURE_MS)
        return &IN_FUTURE;
    return NULL;
}

/* ---- when two tellings are one
 * ---------------------------------------------------------------------------- */

struct member {
    str name, text;
};

static int compare_members(const void *a, const void *b)
{
    return str_cmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* The same keys in another order say the same. */
static void add_metadata(struct arena *arena, struct buf *out, str text)
{
    struct value value;
    if (str_empty(text) || value_read(arena, text, &value) || value.kind != VALUE_OBJECT ||
        value.count == 0) {
        buf_add(out, STR("{}"));
        return;
    }
    struct member *members = ARENA_ARRAY(arena, struct member, value.count);
    for (size_t i = 0; i < value.count; i++)
        members[i] = (struct member){ value.names[i], value.items[i].text };
    qsort(members, value.count, sizeof(members[0]), compare_members);
    for (size_t i = 0; i < value.count; i++) {
        buf_char(out, i ? ',' : '{');
        buf_json(out, members[i].name);
        buf_char(out, ':');
        buf_json(out, members[i].text);
    }
    buf_char(out, '}');
}

static void add_text(struct buf *out, const char *name, str text)
{
    buf_printf(out, ",\"%s\":", name);
    if (str_empty(text))
        buf_add(out, STR("null"));
    else
        buf_json(out, text);
}

static void add_items(struct buf *out, const struct list *items)
{
    const struct conversion_item *item = items->at;
    buf_add(out, STR(",\"items\":["));
    for (size_t i = 0; i < items->count; i++) {
        buf_printf(out, "%s{\"quantity\":%lld,\"amount\":%lld", i ? "," : "",
            (long long)item[i].quantity, (long long)item[i].amount);
        add_text(out, "sku", item[i].sku);
        add_text(out, "name", item[i].name);
        add_text(out, "category", item[i].category);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

str conversion_content(struct arena *arena, const struct conversion *c)
{
    struct buf out = buf_new(arena);

    buf_printf(&out, "{\"amount\":%lld", (long long)c->amount);
    add_text(&out, "currency", str_of(c->currency.code));
    add_text(&out, "type", c->type);
    add_text(&out, "order_id", c->order_id);
    add_text(&out, "click", c->click);
    add_text(&out, "coupon", str_upper(arena, str_trim(c->coupon)));
    add_text(&out, "customer_id", c->customer_id);
    if (!str_empty(c->country)) /* tellings of before had none */
        add_text(&out, "country", c->country);
    buf_printf(&out, ",\"new_customer\":%s", c->new_customer ? "true" : "false");
    if (instant_none(c->occurred_at))
        buf_add(&out, STR(",\"occurred_at\":null"));
    else
        add_text(&out, "occurred_at", instant_print(arena, c->occurred_at));
    add_items(&out, &c->items);
    buf_add(&out, STR(",\"metadata\":"));
    add_metadata(arena, &out, c->metadata.text);
    buf_char(&out, '}');
    return str_dup(arena, buf_str(&out));
}

static bool same_sale(const struct conversion *told, const struct conversion *known)
{
    return told->amount == known->told_amount && currency_eq(told->currency, known->currency) &&
           str_eq(told->type, known->type);
}

static bool adds(str told, str known)
{
    return !str_empty(told) && !str_eq(told, known);
}

/* Does the shop's word bring a fact that the browser's had not? */
static bool brings_news(const struct conversion *told, const struct conversion *known)
{
    return adds(told->click, known->click) || adds(told->customer_id, known->customer_id) ||
           adds(told->country, known->country) ||
           (!str_empty(told->coupon) &&
               !str_eq_nocase(str_trim(told->coupon), str_trim(known->coupon))) ||
           told->items.count > 0 || (told->new_customer && !known->new_customer) ||
           (!instant_none(told->occurred_at) && told->occurred_at.ms != known->occurred_at.ms) ||
           told->metadata.text.at;
}

static bool from_visitor(enum conversion_source source)
{
    return source == SOURCE_BROWSER || source == SOURCE_PIXEL;
}

err conversion_compare(
    const struct conversion *told, const struct conversion *known, enum telling *out)
{
    bool same_words =
        str_eq(told->content, known->content) || str_eq(told->content, known->confirm_content);
    bool open = from_visitor(known->source) && !known->confirm_content.at &&
                known->status != CONVERSION_DECLINED;

    *out = TELLING_SAME;
    if (from_visitor(told->source))
        return same_sale(told, known) ? NULL : &ORDER_EXISTS;
    if (!open)
        return same_words ? NULL : &ORDER_EXISTS;
    *out =
        same_sale(told, known) && !brings_news(told, known) ? TELLING_CONFIRMS : TELLING_REPLACES;
    return NULL;
}

enum commission_kind conversion_commission_kind(const struct conversion *c)
{
    return str_eq(c->type, STR("sale")) ? COMMISSION_SALE : COMMISSION_LEAD;
}

enum conversion_status conversion_status_of(const struct conversion *c)
{
    if (c->status == CONVERSION_DECLINED || c->status == CONVERSION_REPLACED ||
        c->status == CONVERSION_UNVERIFIED)
        return c->status;
    if (c->refunded_amount == 0)
        return CONVERSION_CONFIRMED;
    return c->refunded_amount == c->amount ? CONVERSION_REFUNDED : CONVERSION_PARTIALLY_REFUNDED;
}

err refund_fits(const struct conversion *c, const struct refund *refund)
{
    if (!currency_eq(refund->currency, c->currency))
        return &REFUND_CURRENCY;
    return refund->amount > c->amount - c->refunded_amount ? &REFUND_EXCEEDS_ORDER : NULL;
}
