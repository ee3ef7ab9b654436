/* A rule as a draft says it. */
#include "rooms/replay/replay_inside.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/id.h"

static void text(struct buf *out, const char *name, str value, bool *is_first)
{
    if (!value.at)
        return;
    buf_printf(out, "%s\"%s\":", *is_first ? "" : ",", name);
    buf_json(out, value);
    *is_first = false;
}

static void number(struct buf *out, const char *name, int64_t value, bool *is_first)
{
    if (!value)
        return;
    buf_printf(out, "%s\"%s\":%" PRId64, *is_first ? "" : ",", name, value);
    *is_first = false;
}

static str code_of(const currency *unit)
{
    return unit->code[0] ? str_of(unit->code) : STR_NONE;
}

static void write_scope(struct buf *out, const struct rule_scope *s)
{
    struct arena *arena = arena_new();
    bool is_first = true;

    buf_add(out, STR("\"scope\":{"));
    if (s->partner_id)
        text(out, "partner_id", id_print(arena, "par", s->partner_id), &is_first);
    text(out, "group", s->group, &is_first);
    text(out, "coupon", s->coupon, &is_first);
    text(out, "sku", s->sku, &is_first);
    text(out, "category", s->category, &is_first);
    text(out, "event", s->event, &is_first);
    text(out, "country", s->country, &is_first);
    text(out, "sub", s->sub, &is_first);
    if (s->customer != CUSTOMER_ANY)
        text(out, "customer", str_of(rule_customer_names[s->customer]), &is_first);
    number(out, "order_from", s->order_from, &is_first);
    number(out, "order_below", s->order_below, &is_first);
    text(out, "order_currency", code_of(&s->order_currency), &is_first);
    buf_char(out, '}');
    arena_free(arena);
}

static void write_steps(struct buf *out, const char *name, const char *from,
    const struct list *list, bool is_fixed)
{
    const struct rule_step *steps = list->at;

    buf_printf(out, "\"%s\":[", name);
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s{\"%s\":%" PRId64 ",\"%s\":%" PRId64 "}", i ? "," : "", from,
            steps[i].from, is_fixed ? "amount" : "percent_bp",
            is_fixed ? steps[i].amount : steps[i].percent_bp);
    buf_char(out, ']');
}

static void write_volume(struct buf *out, const struct rule_volume *by)
{
    bool is_first = true;

    buf_add(out, STR(",\"tiered_by\":{"));
    text(out, "measure", str_of(rule_measure_names[by->measure]), &is_first);
    text(out, "period", str_of(rule_period_names[by->period]), &is_first);
    text(out, "mode", str_of(rule_mode_names[by->mode]), &is_first);
    text(out, "currency", code_of(&by->currency), &is_first);
    buf_char(out, '}');
}

static void write_past(struct buf *out, const struct rule *rule)
{
    bool is_fixed = rule_is_fixed(rule);

    if (rule->tiers.count) {
        write_volume(out, &rule->tiered_by);
        buf_char(out, ',');
        write_steps(out, "tiers", "from", &rule->tiers, is_fixed);
    } else if (rule_has_past(rule)) {
        buf_printf(out, ",\"recurring\":{\"orders\":%" PRId32 ",\"months\":%" PRId32 ",",
            rule->recurring.orders, rule->recurring.months);
        write_steps(out, "steps", "from_order", &rule->recurring.steps, is_fixed);
        buf_char(out, '}');
    }
}

/* Its kind, and what its kind is measured by. */
static void write_beside(struct buf *out, const struct rule *rule)
{
    const struct rule_level *level = rule->levels.at;
    bool is_first = false;

    buf_printf(out, ",\"kind\":\"%s\"", rule_kind_names[rule->kind]);
    number(out, "target", rule->target, &is_first);
    number(out, "months", rule->months, &is_first);
    if (rule->kind == RULE_TARGET || rule->kind == RULE_PARTNER_CAP || rule->kind == RULE_BUDGET)
        write_volume(out, &rule->tiered_by);
    if (rule->levels.count == 0)
        return;
    buf_add(out, STR(",\"levels\":["));
    for (size_t i = 0; i < rule->levels.count; i++)
        buf_printf(out, "%s{\"percent_bp\":%" PRId32 "}", i ? "," : "", level[i].percent_bp);
    buf_char(out, ']');
}

void replay_write_rule(struct buf *out, const struct replay_change *change)
{
    const struct rule *rule = change->rule;
    bool is_first = true;

    buf_char(out, '{');
    text(out, "name", rule->name, &is_first);
    if (!is_first)
        buf_char(out, ',');
    write_scope(out, &rule->scope);
    buf_printf(out, ",\"reward\":{\"%s\":%" PRId64,
        rule_is_fixed(rule) ? "amount" : "percent_bp", change->rate);
    if (rule_is_fixed(rule))
        buf_printf(out, ",\"currency\":\"%s\"", rule->reward.currency.code);
    buf_printf(out, ",\"per\":\"%s\"}", rule_per_names[rule->reward.per]);
    if (rule->kind != RULE_COMMISSION)
        write_beside(out, rule);
    write_past(out, rule);
    if (rule->cap.amount)
        buf_printf(out, ",\"cap\":{\"amount\":%" PRId64 ",\"currency\":\"%s\"}", rule->cap.amount,
            rule->cap.currency.code);
    buf_char(out, '}');
}
