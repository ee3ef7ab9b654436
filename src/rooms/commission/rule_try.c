/* "Which rule would apply?": a sample order decided by the rules of any moment, nothing written. */
#include "rooms/commission/decide.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

enum { SAMPLE_ITEMS = 4 };

struct sample {
    struct program program;
    struct partner partner;
    struct decide_order order;
    struct decide_share share;
    struct decide_item items[SAMPLE_ITEMS];
    struct decide_past *past; /* one per rule: all have the same */
    int64_t before, nth;
    struct list rules;
    struct decision decision;
    bool is_asked;
    const char *mistake; /* a msgid */
};

/* ---- what was asked
 * -------------------------------------------------------------------------------------------- */

static str asked(const struct request *rq, const char *name)
{
    str text = str_trim(request_query(rq, name));
    return str_empty(text) ? STR_NONE : text;
}

static const char *numbered(struct request *rq, const char *name, size_t n)
{
    return str_c(rq->arena, str_printf(rq->arena, "%s%zu", name, n + 1));
}

static bool read_sum(struct request *rq, str text, currency unit, int64_t *out)
{
    amount sum = { 0 };
    size_t at;

    *out = 0;
    if (!text.at)
        return true;
    if (!str_find(text, '.', &at))
        text = str_replace(rq->arena, text, STR(","), STR("."));
    if (amount_read(text, unit, &sum) || sum.minor < 0 || sum.minor > RULE_AMOUNT_MOST)
        return false;
    *out = sum.minor;
    return true;
}

static bool read_count(str text, int64_t most, int64_t fallback, int64_t *out)
{
    *out = fallback;
    return !text.at || (str_to_int(text, out) && *out >= 0 && *out <= most);
}

static void read_items(struct request *rq, struct sample *s)
{
    for (size_t i = 0; i < SAMPLE_ITEMS; i++) {
        struct decide_item item = { .sku = asked(rq, numbered(rq, "sku", i)),
            .category = asked(rq, numbered(rq, "category", i)) };
        bool fine = read_count(asked(rq, numbered(rq, "quantity", i)), 1000000, 1, &item.quantity);
        fine &= read_sum(
            rq, asked(rq, numbered(rq, "price", i)), s->order.amount.currency, &item.amount);
        if (!fine)
            s->mistake = N_("An item’s quantity or amount cannot be read.");
        if (item.sku.at || item.category.at || item.amount > 0)
            s->items[s->order.item_count++] = item;
    }
    s->order.items = s->items;
}

static void read_time(struct request *rq, struct sample *s)
{
    str at = asked(rq, "at");

    s->order.at = rq->now;
    if (at.at && !instant_read(at, &s->order.at))
        s->mistake = N_("Write the day like 2026-12-01.");
    s->order.judged_at = s->order.at;
}

static void read_order(struct request *rq, struct sample *s)
{
    struct decide_order *order = &s->order;
    currency unit = s->program.currency;
    str code = asked(rq, "currency"), country = asked(rq, "country"), sub = asked(rq, "sub");

    if (code.at && currency_read(code, &unit))
        s->mistake = N_("There is no such currency.");
    order->amount.currency = unit;
    if (!read_sum(rq, asked(rq, "amount"), unit, &order->amount.minor))
        s->mistake = N_("The amount cannot be read.");
    order->type = asked(rq, "type").at ? asked(rq, "type") : STR("sale");
    order->coupon = asked(rq, "coupon");
    order->country = country.at ? str_upper(rq->arena, country) : STR_NONE;
    order->is_new_customer = str_eq(asked(rq, "customer"), STR("new"));
    if (sub.len > 5 && sub.at[3] >= '1' && sub.at[3] <= '5')
        s->share.subs[sub.at[3] - '1'] = str_from(sub, 5);
    if (!read_sum(rq, asked(rq, "before"), unit, &s->before))
        s->mistake = N_("The volume so far cannot be read.");
    if (!read_count(asked(rq, "nth"), 1000000, 1, &s->nth))
        s->mistake = N_("The number of the order cannot be read.");
    read_items(rq, s);
    read_time(rq, s);
}

static err read_partner(struct request *rq, struct sample *s)
{
    int64_t id = 0;

    s->share.share_bp = 10000;
    s->share.group = asked(rq, "group");
    if (!id_read("par", asked(rq, "partner_id"), &id))
        return NULL;
    TRY(partner_get(rq->db, rq->program_id, id, &s->partner));
    s->share.partner_id = id;
    return partner_group_at(rq->db, rq->program_id, id, s->order.at, &s->share.group);
}

/* The sample's past is the same under every rule: so much sold, so many orders of the customer. */
static void give_past(struct request *rq, struct sample *s)
{
    const struct rule *rules = s->rules.at;

    s->past = ARENA_ARRAY(rq->arena, struct decide_past, s->rules.count + 1);
    for (size_t i = 0; i < s->rules.count; i++)
        s->past[i] = (struct decide_past){ .partner_id = s->share.partner_id,
            .line_id = rules[i].line_id,
            .before = rules[i].tiered_by.measure == VOLUME_ORDERS ? (s->nth > 1 ? s->nth - 1 : 0)
                                                                  : s->before,
            .nth = s->nth };
    s->order.past = s->past;
    s->order.past_count = s->rules.count;
}

/* ---- shown
 * ------------------------------------------------------------------------------------------------
 */

static const struct decide_line *first_line(const struct decision *d, const struct rule *rule)
{
    for (size_t i = 0; i < d->line_count; i++)
        if (d->lines[i].rule == rule)
            return &d->lines[i];
    return NULL;
}

/* Of all lines, the objection that stands in the way of the fewest: none, when it fits one. */
static const char *objection_of(const struct sample *s, const struct rule *rule)
{
    const char *why = rule_objection(rule, &s->order, &s->share, NULL);

    for (size_t i = 0; i < s->order.item_count && why; i++)
        why = rule_objection(rule, &s->order, &s->share, &s->items[i]);
    return why;
}

static void objection_view(struct view *v, const char *why)
{
    static const struct {
        const char *code, *words;
    } reasons[] = {
        { "partner", N_("It is another partner’s.") },
        { "group", N_("It is for another group.") },
        { "coupon", N_("The order did not use its code.") },
        { "event", N_("It is for another event.") },
        { "country", N_("The buyer is in another country, or the shop does not say.") },
        { "value", N_("The order’s value is outside its range.") },
        { "sub", N_("The click does not carry its id.") },
        { "customer", N_("It is for other customers.") },
        { "item", N_("No such article was bought.") },
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (str_eq(str_of(why), str_of(reasons[i].code)))
            view_words(v, "why", reasons[i].words);
}

static void rules_view(struct request *rq, struct view *v, const struct sample *s)
{
    const struct decision *d = &s->decision;
    struct view *list = view_list(v, "tried");

    for (size_t i = 0; i < d->tried_count; i++) {
        const struct rule *rule = d->tried[i];
        const char *why = objection_of(s, rule);
        struct view *item = view_item(list);
        view_record(item, NULL, &rule_fields, rule);
        commission_rule_view(view_page(item), rule);
        commission_scope_view(rq->arena, view_page(item), "conditions", &rule->scope);
        view_bool(item, "is_default", rule_is_for_everyone(&rule->scope));
        view_bool(item, "decides", first_line(d, rule) != NULL);
        view_bool(item, "is_hidden", !why && !first_line(d, rule));
        if (why)
            objection_view(item, why);
    }
}

static void lines_view(struct request *rq, struct view *v, const struct sample *s)
{
    const struct decision *d = &s->decision;
    struct view *list = view_list(v, "lines");

    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *line = &d->lines[i];
        const struct decide_item *of = line->item >= 0 ? &s->items[line->item] : NULL;
        struct view *item = view_item(list);
        view_str(item, "item_name", of ? (of->sku.at ? of->sku : of->category) : STR_NONE);
        view_bool(item, "is_item", of != NULL);
        view_bool(item, "is_order", line->item == DECIDE_ORDER);
        view_bool(item, "is_rest", line->item == DECIDE_REST);
        view_money(item, "base", line->base);
        view_bool(item, "has_rule", line->rule != NULL);
        if (!line->rule)
            continue;
        view_id(item, "rule_id", "rul", line->rule->id);
        view_str(item, "name", line->rule->name);
        view_int(item, "version", line->rule->version);
        view_bool(item, "is_default", rule_is_for_everyone(&line->rule->scope));
        commission_line_view(rq->arena, item, line);
    }
    struct view *sums = view_list(v, "sums");
    for (size_t i = 0; i < d->part_count; i++) {
        struct view *item = view_item(sums);
        amount sum = { d->parts[i].amount, d->parts[i].currency };
        view_str(item, "exact", exact_decimal(rq->arena, d->parts[i].exact, sum.currency));
        view_money(item, "sum", sum);
    }
}

static void beside_view(struct request *rq, struct view *v, const struct sample *s)
{
    const struct rule *rule = s->rules.at;
    struct view *list = view_list(v, "beside");

    for (size_t i = 0; i < s->rules.count; i++) {
        if (rule[i].kind == RULE_COMMISSION || rule_objection(&rule[i], &s->order, &s->share, NULL))
            continue;
        struct view *item = view_item(list);
        view_record(item, NULL, &rule_fields, &rule[i]);
        commission_rule_view(view_page(item), &rule[i]);
        commission_scope_view(rq->arena, view_page(item), "conditions", &rule[i].scope);
    }
}

/* What was typed stays in the inputs. */
static void inputs_view(struct request *rq, struct view *v, const struct sample *s)
{
    static const char *const names[] = { "amount", "currency", "type", "coupon", "country", "sub",
        "before", "nth", "at", "group" };
    struct view *form = view_object(v, "typed");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        view_str(form, names[i], asked(rq, names[i]));
    view_bool(form, "is_new", s->order.is_new_customer);
    struct view *rows = view_list(v, "rows");
    for (size_t i = 0; i < SAMPLE_ITEMS; i++) {
        struct view *row = view_item(rows);
        view_int(row, "n", (int64_t)i + 1);
        view_str(row, "sku", asked(rq, numbered(rq, "sku", i)));
        view_str(row, "category", asked(rq, numbered(rq, "category", i)));
        view_str(row, "quantity", asked(rq, numbered(rq, "quantity", i)));
        view_str(row, "price", asked(rq, numbered(rq, "price", i)));
    }
}

err rule_try(struct request *rq, struct reply *rp)
{
    struct sample *s = ARENA_NEW(rq->arena, struct sample);
    struct view *v = reply_view(rp);

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(program_of_request(rq, &s->program));
    TRY(read_partner(rq, s));
    read_order(rq, s);
    inputs_view(rq, v, s);
    TRY(rule_choices(rq, rp, s->share.partner_id));
    s->is_asked = s->order.amount.minor > 0 || s->order.item_count > 0;
    view_bool(v, "is_asked", s->is_asked && !s->mistake);
    if (s->mistake)
        view_words(v, "mistake", s->mistake);
    if (!s->is_asked || s->mistake)
        return NULL;
    TRY(commission_rules_at(rq->db, rq->program_id, s->order.judged_at, &s->rules));
    give_past(rq, s);
    TRY(commission_decide(
        rq->arena, &s->order, &s->share, 1, s->rules.at, s->rules.count, &s->decision));
    view_instant(v, "judged_at", s->order.judged_at);
    rules_view(rq, v, s);
    lines_view(rq, v, s);
    beside_view(rq, v, s);
    return NULL;
}
