/* A draft as it is told: JSON in the words of the API. */
#include "rooms/replay/replay.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "http/json.h"

const struct err DRAFT_INVALID = { ERR_INVALID, "draft_invalid",
    N_("The draft cannot be understood."), "draft" };
enum { RULES_MOST = 1000 };

/* Where we are in it, for the message. */
struct reading {
    struct arena *arena;
    str where;
    err failure;
};

static void wrong(struct reading *r, const char *name)
{
    if (!r->failure) {
        r->failure = &DRAFT_INVALID;
        r->where = str_printf(r->arena, "%" PRI_STR "/%s", STR_ARG(r->where), name);
    }
}

static const struct value *member(
    struct reading *r, const struct value *object, const char *name, enum value_kind kind)
{
    const struct value *found = object ? value_member(object, str_of(name)) : NULL;

    if (!found || found->kind == VALUE_NULL)
        return NULL;
    if (found->kind != kind)
        wrong(r, name);
    return found->kind == kind ? found : NULL;
}

/* Nothing that is not understood is passed over in silence. */
static void only(struct reading *r, const struct value *object, const char *const *names)
{
    for (size_t i = 0; object && i < object->count; i++) {
        size_t k = 0;
        while (names[k] && !str_eq(object->names[i], str_of(names[k])))
            k++;
        if (!names[k])
            wrong(r, str_c(r->arena, object->names[i]));
    }
}

static int64_t number(
    struct reading *r, const struct value *object, const char *name, int64_t most)
{
    const struct value *found = member(r, object, name, VALUE_INT);

    if (found && (found->number < 0 || found->number > most))
        wrong(r, name);
    return found ? found->number : 0;
}

static str text(struct reading *r, const struct value *object, const char *name)
{
    const struct value *found = member(r, object, name, VALUE_TEXT);
    return found && found->text.len ? found->text : STR_NONE;
}

/* Index in a table of names; `otherwise` when it is not told. */
static int word(struct reading *r, const struct value *object, const char *name,
    const char *const *names, int otherwise)
{
    str told = text(r, object, name);

    if (!told.at)
        return otherwise;
    for (int i = 0; names[i]; i++)
        if (str_eq(told, str_of(names[i])))
            return i;
    wrong(r, name);
    return otherwise;
}

static currency unit(struct reading *r, const struct value *object, const char *name)
{
    str told = text(r, object, name);
    currency out = { 0 };

    if (told.at && currency_read(told, &out))
        wrong(r, name);
    return out;
}

static instant time_of(struct reading *r, const struct value *object, const char *name)
{
    str told = text(r, object, name);
    instant out = { 0 };

    if (told.at && !instant_read(told, &out))
        wrong(r, name);
    return out;
}

#define AMOUNT_MOST INT64_C(1000000000000)

static void read_scope(struct reading *r, const struct value *v, struct rule_scope *out)
{
    static const char *const names[] = { "partner_id", "group", "coupon", "sku", "category",
        "event", "customer", "country", "order_from", "order_below", "order_currency", "sub",
        NULL };
    str partner = text(r, v, "partner_id");

    only(r, v, names);
    if (partner.at && !id_read("par", partner, &out->partner_id))
        wrong(r, "partner_id");
    out->group = text(r, v, "group");
    out->coupon = text(r, v, "coupon");
    out->sku = text(r, v, "sku");
    out->category = text(r, v, "category");
    out->event = text(r, v, "event");
    out->country = text(r, v, "country");
    out->sub = text(r, v, "sub");
    if (out->sub.at && (out->sub.len < 6 || !str_starts(out->sub, STR("sub")) ||
                           out->sub.at[3] < '1' || out->sub.at[3] > '5' || out->sub.at[4] != '='))
        wrong(r, "sub");
    out->customer = (enum rule_customer)word(r, v, "customer", rule_customer_names, CUSTOMER_ANY);
    out->order_from = number(r, v, "order_from", AMOUNT_MOST);
    out->order_below = number(r, v, "order_below", AMOUNT_MOST);
    out->order_currency = unit(r, v, "order_currency");
}

/* A sum needs its currency here: a draft has no programme to take it from. */
static void read_reward(struct reading *r, const struct value *v, struct rule_reward *out)
{
    static const char *const names[] = { "percent_bp", "amount", "currency", "per", NULL };

    only(r, v, names);
    out->percent_bp = (int32_t)number(r, v, "percent_bp", 10000);
    out->amount = number(r, v, "amount", AMOUNT_MOST);
    out->currency = out->amount ? unit(r, v, "currency") : (currency){ 0 };
    out->per = (enum rule_per)word(r, v, "per", rule_per_names, PER_ORDER);
    if (out->amount && (out->percent_bp || currency_none(out->currency)))
        wrong(r, "amount");
}

static void read_steps(struct reading *r, const struct value *object, const char *name,
    const char *from, struct list *out)
{
    const struct value *list = member(r, object, name, VALUE_LIST);
    const char *const names[] = { from, "percent_bp", "amount", NULL };

    if (!list)
        return;
    struct rule_step *steps = ARENA_ARRAY(r->arena, struct rule_step, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        only(r, &list->items[i], names);
        steps[i] = (struct rule_step){ .from = number(r, &list->items[i], from, AMOUNT_MOST),
            .percent_bp = (int32_t)number(r, &list->items[i], "percent_bp", 10000),
            .amount = number(r, &list->items[i], "amount", AMOUNT_MOST) };
        if (steps[i].from < 1 || (i > 0 && steps[i].from <= steps[i - 1].from))
            wrong(r, name);
    }
    if (list->count > RULE_STEPS_MOST)
        wrong(r, name);
    *out = (struct list){ steps, list->count };
}

static void read_past(struct reading *r, const struct value *v, struct rule *out)
{
    static const char *const volumes[] = { "measure", "period", "mode", "currency", NULL };
    static const char *const renewals[] = { "orders", "months", "steps", NULL };
    const struct value *by = member(r, v, "tiered_by", VALUE_OBJECT);
    const struct value *again = member(r, v, "recurring", VALUE_OBJECT);

    only(r, by, volumes);
    out->tiered_by = (struct rule_volume){
        .measure = (enum rule_measure)word(r, by, "measure", rule_measure_names, VOLUME_REVENUE),
        .period = (enum rule_period)word(r, by, "period", rule_period_names, PERIOD_MONTH),
        .mode = (enum rule_mode)word(r, by, "mode", rule_mode_names, MODE_MARGINAL),
        .currency = unit(r, by, "currency")
    };
    read_steps(r, v, "tiers", "from", &out->tiers);
    if (out->tiers.count && out->tiered_by.measure == VOLUME_REVENUE &&
        currency_none(out->tiered_by.currency))
        wrong(r, "tiered_by");
    only(r, again, renewals);
    out->recurring.orders = (int32_t)number(r, again, "orders", 100000);
    out->recurring.months = (int32_t)number(r, again, "months", 1200);
    read_steps(r, again, "steps", "from_order", &out->recurring.steps);
    if (again && out->tiers.count)
        wrong(r, "recurring");
}

static void read_levels(struct reading *r, const struct value *v, struct list *out)
{
    static const char *const names[] = { "percent_bp", NULL };
    const struct value *list = member(r, v, "levels", VALUE_LIST);

    if (!list)
        return;
    if (list->count > RULE_STEPS_MOST)
        wrong(r, "levels");
    struct rule_level *levels = ARENA_ARRAY(r->arena, struct rule_level, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        only(r, &list->items[i], names);
        levels[i].percent_bp = (int32_t)number(r, &list->items[i], "percent_bp", 10000);
    }
    *out = (struct list){ levels, list->count };
}

/* Rules beside the list: each kind needs what it gives, or leaves, and by what it is measured. */
static void check_kind(struct reading *r, const struct rule *rule)
{
    bool is_recruit = rule->kind == RULE_RECRUIT;

    if (rule->kind == RULE_COMMISSION)
        return;
    if (rule->tiers.count || rule_has_past(rule))
        wrong(r, rule->tiers.count ? "tiers" : "recurring");
    if (rule->reward.percent_bp || (rule->reward.amount > 0) == is_recruit)
        wrong(r, "reward");
    if ((rule->levels.count > 0) != is_recruit)
        wrong(r, "levels");
    if ((rule->target > 0) != (rule->kind == RULE_TARGET))
        wrong(r, "target");
    if (rule->kind == RULE_TARGET && rule->tiered_by.measure == VOLUME_REVENUE &&
        currency_none(rule->tiered_by.currency))
        wrong(r, "tiered_by");
}

static void read_rule(struct reading *r, const struct value *v, struct rule *out)
{
    static const char *const names[] = { "name", "kind", "scope", "reward", "tiered_by", "tiers",
        "recurring", "cap", "target", "levels", "months", "starts_at", "ends_at", NULL };
    static const char *const caps[] = { "amount", "currency", NULL };
    const struct value *cap = member(r, v, "cap", VALUE_OBJECT);

    only(r, v, names);
    only(r, cap, caps);
    out->name = text(r, v, "name");
    out->kind = (enum rule_kind)word(r, v, "kind", rule_kind_names, RULE_COMMISSION);
    read_scope(r, member(r, v, "scope", VALUE_OBJECT), &out->scope);
    read_reward(r, member(r, v, "reward", VALUE_OBJECT), &out->reward);
    read_past(r, v, out);
    out->cap = (struct rule_cap){ number(r, cap, "amount", AMOUNT_MOST), unit(r, cap, "currency") };
    out->starts_at = time_of(r, v, "starts_at");
    out->ends_at = time_of(r, v, "ends_at");
    out->target = number(r, v, "target", AMOUNT_MOST);
    out->months = (int32_t)number(r, v, "months", 1200);
    read_levels(r, v, &out->levels);
    check_kind(r, out);
}

static void read_rules(struct reading *r, const struct value *v, struct replay_draft *out)
{
    const struct value *list = member(r, v, "rules", VALUE_LIST);
    str top = r->where;

    if (!list)
        return;
    if (list->count > RULES_MOST)
        wrong(r, "rules");
    struct rule *rules = ARENA_ARRAY(r->arena, struct rule, list->count + 1);
    for (size_t i = 0; i < list->count && !r->failure; i++) {
        r->where = str_printf(r->arena, "rules/%zu", i);
        rules[i].id = rules[i].line_id = (int64_t)i + 1;
        rules[i].version = 1;
        if (list->items[i].kind == VALUE_OBJECT)
            read_rule(r, &list->items[i], &rules[i]);
        else
            wrong(r, "");
    }
    if (!r->failure)
        r->where = top;
    out->rules = (struct list){ rules, list->count };
    out->has_rules = true;
}

err replay_draft_read(struct arena *arena, str json, struct replay_draft *out, str *out_where)
{
    static const char *const names[] = { "program_id", "attribution", "coupon_precedence",
        "window_days", "customer_days", "rules", NULL };
    struct reading r = { .arena = arena, .where = STR("") };
    struct value v;

    *out = (struct replay_draft){ 0 };
    TRY(value_read(arena, json, &v));
    if (v.kind != VALUE_OBJECT)
        return &DRAFT_INVALID;
    only(&r, &v, names);
    str program = text(&r, &v, "program_id");
    if (program.at && !id_read("prg", program, &out->program_id))
        wrong(&r, "program_id");
    int model = word(&r, &v, "attribution", program_attribution_names, -1);
    int precedence = word(&r, &v, "coupon_precedence", program_precedence_names, -1);
    out->has_model = model >= 0;
    out->model = model >= 0 ? (enum program_attribution)model : ATTRIBUTION_LAST_CLICK;
    out->has_precedence = precedence >= 0;
    out->precedence = precedence >= 0 ? (enum program_precedence)precedence : PRECEDENCE_COUPON;
    out->window_days = (int32_t)number(&r, &v, "window_days", 400);
    out->customer_days = (int32_t)number(&r, &v, "customer_days", 36500);
    read_rules(&r, &v, out);
    *out_where = r.where;
    return r.failure;
}
