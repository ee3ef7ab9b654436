/* Rules over API and console: listed by precedence, begun, ended, never edited. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

#include <inttypes.h>

#include "http/json.h"
#include "rooms/audit/audit.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

static err load(struct request *rq, struct rule *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "rul", &id));
    return commission_rule_find(rq->db, rq->program_id, id, out);
}

/* ---- shown
 * --------------------------------------------------------------------------------------------------
 */

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct rule *rule = record;
    struct view *page = view_page(item);
    bool is_open = instant_none(rule->ends_at) ||
                   (rule->ends_at.ms > rq->now.ms && rule->ends_at.ms > rule->starts_at.ms);
    bool has_begun = rule->starts_at.ms <= rq->now.ms;
    str name;

    commission_scope_view(rq->arena, page, "conditions", &rule->scope);
    if (rule->scope.partner_id) {
        TRY(partner_name(rq->db, rq->program_id, rule->scope.partner_id, &name));
        view_str(page, "partner_name", name);
        view_id(page, "partner_id", "par", rule->scope.partner_id);
    }
    commission_rule_view(page, rule);
    view_bool(page, "is_in_force", has_begun && is_open);
    view_bool(page, "is_to_come", !has_begun && is_open);
    view_bool(page, "is_ended", !is_open);
    view_bool(
        page, "is_default", rule->kind == RULE_COMMISSION && rule_is_for_everyone(&rule->scope));
    return NULL;
}

static err show(struct request *rq, struct reply *rp, const struct rule *rule)
{
    view_record(reply_view(rp), NULL, &rule_fields, rule);
    return decorate(rq, reply_view(rp), rule);
}

static err list_rules(struct request *rq, struct view *list, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct view *item = view_item(list);
        view_record(item, NULL, &rule_fields, &rules[i]);
        TRY(decorate(rq, item, &rules[i]));
    }
    return NULL;
}

/* Rows of a list hold their steps as text. */
static err decorate_row(struct request *rq, struct view *item, const void *record)
{
    struct rule rule = *(const struct rule *)record;

    TRY(rule_unpack(rq->arena, &rule));
    view_record(item, NULL, &rule_fields, &rule);
    return decorate(rq, item, &rule);
}

static err list_planned(struct request *rq, struct view *list, const struct list *rules)
{
    struct list planned;
    rules_planned(rq->arena, rules, rq->now, &planned);

    const struct planned *change = planned.at;
    for (size_t i = 0; i < planned.count; i++) {
        struct view *item = view_item(list);
        view_record(item, NULL, &rule_fields, change[i].rule);
        TRY(decorate(rq, item, change[i].rule));
        view_instant(item, "planned_at", change[i].at);
        view_bool(item, "begins", change[i].begins);
        view_bool(item, "replaces", change[i].replaces);
    }
    return NULL;
}

/* The console reads from the top: the first that fits decides. */
err rule_index(struct request *rq, struct reply *rp)
{
    struct list rules;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == API)
        return reply_listing(
            rp, &RULE_LIST, PARAMS(P("program_id", rq->program_id)), &rule_fields, decorate_row);
    TRY(rules_present(rq->db, rq->program_id, rq->now, &rules));
    size_t listed = 0;
    while (listed < rules.count && ((const struct rule *)rules.at)[listed].kind == RULE_COMMISSION)
        listed++;
    TRY(list_rules(rq, view_list(reply_view(rp), "data"), rules.at, listed));
    TRY(list_rules(rq, view_list(reply_view(rp), "beside"), (const struct rule *)rules.at + listed,
        rules.count - listed));
    TRY(list_planned(rq, view_list(reply_view(rp), "planned"), &rules));
    view_bool(reply_view(rp), "has_more", false);
    return NULL;
}

err rule_choices(struct request *rq, struct reply *rp, int64_t chosen)
{
    struct program program = { 0 };
    struct list partners;

    TRY(program_of_request(rq, &program));
    TRY(db_all(rq->db, &COMMISSION_PARTNER_CHOICES, PARAMS(P("program_id", rq->program_id)),
        &commission_fields, &partners));
    struct view *choices = view_list(reply_frame(rp), "partners");
    for (size_t i = 0; i < partners.count; i++) {
        const struct commission *row = (const struct commission *)partners.at + i;
        struct view *item = view_item(choices);
        view_id(item, "value", "par", row->partner_id);
        view_str(item, "name", row->partner_name);
        view_bool(item, "chosen", row->partner_id == chosen);
    }
    view_str(
        reply_frame(rp), "program_currency", str_dup(rq->arena, str_of(program.currency.code)));
    return NULL;
}

/* From the link "agree on a rate" of a partner's page, or as it was typed. */
static int64_t chosen_partner(struct request *rq)
{
    str typed = request_typed(rq, "scope_partner_id");
    int64_t id = 0;

    (void)id_read("par", typed.at ? typed : request_query(rq, "partner_id"), &id);
    return id;
}

static enum rule_kind wanted_kind(struct request *rq)
{
    str typed = request_typed(rq, "kind"), kind = typed.at ? typed : request_query(rq, "kind");

    for (int i = 0; rule_kind_names[i]; i++)
        if (str_eq(kind, str_of(rule_kind_names[i])))
            return (enum rule_kind)i;
    return RULE_COMMISSION;
}

err rule_new(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };
    struct rule blank = { .kind = wanted_kind(rq) };

    TRY(program_of_request(rq, &program));
    rule_form_fill(rq, rp, &blank, program.currency);
    return rule_choices(rq, rp, chosen_partner(rq));
}

err rule_show(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };
    struct rule rule = { 0 };
    struct list versions;

    TRY(load(rq, &rule));
    TRY(show(rq, rp, &rule));
    if (rq->surface == API)
        return NULL;
    view_str(reply_form(rp), "name", rule.name);
    TRY(program_of_request(rq, &program));
    rule_form_fill(rq, rp, &rule, program.currency);
    TRY(rule_choices(rq, rp, rule.scope.partner_id));
    TRY(rule_versions(rq->db, &rule, &versions));
    return list_rules(
        rq, view_list(view_page(reply_view(rp)), "versions"), versions.at, versions.count);
}

/* ---- begun and changed
 * ---------------------------------------------------------------------------------------- */

struct ruling {
    const struct request *rq;
    struct ledger_act act;
    struct rule old, next;
    bool ends_only;
    const char *action;
    int64_t audit_id;
};

static err rule_write(struct db *db, void *arg)
{
    struct ruling *r = arg;
    struct rule next = r->next;
    struct audit_entry entry = { .id = r->audit_id,
        .program_id = r->rq->program_id,
        .who = r->rq->who,
        .action = r->action,
        .object = "rul",
        .object_name = next.name,
        .address = r->rq->peer_address,
        .at = r->rq->now };

    if (!r->old.id)
        TRY(commission_rule_add(db, &r->act, &next));
    else if (r->ends_only)
        TRY(rule_finish(db, &r->old, next.ends_at));
    else
        TRY(rule_succeed(db, &r->act, &r->old, &next));
    TRY(commission_rate_shown(db, r->rq->program_id, rule_next_start(r->rq->now)));
    entry.object_id = next.id;
    audit_difference(db_arena(db), &rule_fields, r->old.id ? &r->old : NULL, &next, &entry);
    r->next = next;
    TRY(audit_write(db, &entry));
    return announce(db, r->action, r->rq->program_id, next.id);
}

/* Money of forms is read in the programme's currency. */
static void use_money(struct rule *rule, currency unit)
{
    rule->reward.currency = unit;
    if (currency_none(rule->scope.order_currency))
        rule->scope.order_currency = unit;
    if (currency_none(rule->cap.currency))
        rule->cap.currency = unit;
}

err rule_create(struct request *rq, struct reply *rp)
{
    struct ruling r = {
        .rq = rq, .act = ledger_act_of(rq), .action = "rule.create", .audit_id = id_new(rq->env)
    };
    struct program program = { 0 };
    struct partner partner = { 0 };

    TRY(program_of_request(rq, &program));
    use_money(&r.next, program.currency);
    TRY(request_read(rq, &rule_fields, &r.next));
    rule_form_read(rq, &r.next, program.currency);
    rule_clean(rq->arena, &r.next, program.currency);
    if (instant_none(r.next.starts_at))
        r.next.starts_at = rule_next_start(rq->now);
    TRY(rule_check(rq, &r.next, (instant){ 0 }));
    if (r.next.scope.partner_id)
        TRY(partner_get(rq->db, rq->program_id, r.next.scope.partner_id, &partner));
    r.next.program_id = rq->program_id;
    r.next.id = request_new_id(rq);
    TRY(store_write(rq->store, rule_write, &r));
    TRY(show(rq, rp, &r.next));
    return reply_created(rp, "rule/saved", rq->surface == API ? "/rules/%" PRI_STR : "/rules",
        STR_ARG(id_print(rq->arena, "rul", r.next.id)));
}

static bool reward_told(const struct request *rq, const char *member)
{
    const struct value *body = request_json(rq);
    const struct value *reward = body ? value_member(body, STR("reward")) : NULL;

    return reward && value_member(reward, str_of(member));
}

/* A percentage that was told ends a fixed sum, also when it is nought, and the other way round. A
 * form tells both: there the one that changed counts. */
static void settle_reward(
    const struct request *rq, const struct rule *old, struct rule *next)
{
    bool percent = reward_told(rq, "percent_bp"), sum = reward_told(rq, "amount");

    if (percent && !sum)
        next->reward.amount = 0;
    else if (next->reward.amount != old->reward.amount && next->reward.amount > 0)
        next->reward.percent_bp =
            next->reward.percent_bp == old->reward.percent_bp ? 0 : next->reward.percent_bp;
    else if (next->reward.percent_bp != old->reward.percent_bp)
        next->reward.amount = 0;
}

static bool was_sent(uint64_t sent, const char *name)
{
    const struct field *field = fields_find(&rule_fields, str_of(name));
    return field && (sent >> (field - rule_fields.at) & 1);
}

/* Nothing but the end, or nothing at all. */
static bool ends_only(uint64_t sent)
{
    static const char *const terms[] = { "reward", "name", "starts_at", "tiered_by", "tiers",
        "recurring", "cap", "target", "levels", "months" };

    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        if (was_sent(sent, terms[i]))
            return false;
    return true;
}

/* In JSON no end is an open one; in a form it is now. */
static bool is_open_end(const struct request *rq, const struct rule *next)
{
    return request_json(rq) && instant_none(next->ends_at);
}

/* An end that lies later is a version of its own: what was announced to end did. */
static bool is_extended(const struct request *rq, const struct rule *old, const struct rule *next)
{
    if (instant_none(old->ends_at))
        return false;
    return is_open_end(rq, next) || next->ends_at.ms > old->ends_at.ms;
}

err rule_patch(struct request *rq, struct reply *rp)
{
    struct ruling r = {
        .rq = rq, .act = ledger_act_of(rq), .action = "rule.change", .audit_id = id_new(rq->env)
    };
    struct program program = { 0 };
    instant soon = rule_next_start(rq->now);
    uint64_t sent = 0;

    TRY(load(rq, &r.old));
    TRY(program_of_request(rq, &program));
    r.next = r.old;
    use_money(&r.next, program.currency);
    TRY(request_patch(rq, &rule_fields, &r.next, &sent));
    rule_form_read(rq, &r.next, program.currency);
    settle_reward(rq, &r.old, &r.next);
    rule_clean(rq->arena, &r.next, program.currency);
    if (!instant_none(r.old.ends_at) && r.old.ends_at.ms <= rq->now.ms)
        return &RULE_ENDED;
    if (ends_only(sent) && is_open_end(rq, &r.next) && instant_none(r.old.ends_at))
        return show(rq, rp, &r.old);
    r.ends_only = ends_only(sent) && !is_extended(rq, &r.old, &r.next);
    if (r.ends_only) {
        r.action = "rule.end";
        if (instant_none(r.next.ends_at) || r.next.ends_at.ms < soon.ms)
            r.next.ends_at = soon;
        if (r.next.ends_at.ms < r.old.starts_at.ms)
            r.next.ends_at = r.old.starts_at;
    } else {
        if (!was_sent(sent, "starts_at") || instant_none(r.next.starts_at))
            r.next.starts_at = r.old.starts_at.ms > soon.ms ? r.old.starts_at : soon;
        TRY(rule_check(rq, &r.next, rq->now));
    }
    TRY(store_write(rq->store, rule_write, &r));
    TRY(show(rq, rp, &r.next));
    return reply_done(rp, r.ends_only ? "rule/ended" : "rule/saved", "/rules");
}
