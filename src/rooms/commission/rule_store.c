/* Rules in the store: versions that begin and end, never edited. */
#include "rooms/commission/rule.h"
#include "rooms/commission/commission_inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"
#include "rooms/program/program.h"

const struct err RULE_NOT_FOUND = { ERR_NOT_FOUND, "rule_not_found", N_("There is no such rule."),
    NULL };
const struct err RULE_ENDED = { ERR_CONFLICT, "rule_ended",
    N_("This version has ended; change the one in force."), NULL };
static const struct err RULE_NEXT = { ERR_INVALID, "rule_next",
    N_("Another version of this rule begins before that."), "ends_at" };
static const struct err RULE_BETWEEN = { ERR_INVALID, "rule_between",
    N_("Another version of this rule begins in between."), "starts_at" };

static int compare_rows(const void *a, const void *b)
{
    return rule_compare(a, b);
}

void rules_sort(struct list *rules)
{
    if (rules->count > 1)
        qsort(rules->at, rules->count, sizeof(struct rule), compare_rows);
}

err commission_rule_find(struct db *db, int64_t program_id, int64_t id, struct rule *out)
{
    TRY(db_get(db, &RULE_ONE, PARAMS(P("id", id), P("program_id", program_id)), &rule_fields, out,
        &RULE_NOT_FOUND));
    return rule_unpack(db_arena(db), out);
}

static err read_rules(
    struct db *db, const struct statement *statement, const struct param *params, struct list *out)
{
    TRY(db_all(db, statement, params, &rule_fields, out));
    struct rule *rules = out->at;
    for (size_t i = 0; i < out->count; i++)
        TRY(rule_unpack(db_arena(db), &rules[i]));
    return NULL;
}

err commission_rules_at(struct db *db, int64_t program_id, instant at, struct list *out)
{
    TRY(read_rules(db, &RULE_IN_FORCE, PARAMS(P("program_id", program_id), P("at", at)), out));
    rules_sort(out);
    return NULL;
}

static bool holds_ever(const struct rule *rule)
{
    return instant_none(rule->ends_at) || rule->ends_at.ms > rule->starts_at.ms;
}

/* Replaced before they began: they never held and never will. */
static void drop_replaced(struct list *all)
{
    struct rule *rules = all->at;
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        if (holds_ever(&rules[i]))
            rules[count++] = rules[i];
    all->count = count;
}

err rules_present(struct db *db, int64_t program_id, instant at, struct list *out)
{
    TRY(read_rules(db, &RULE_PRESENT, PARAMS(P("program_id", program_id), P("at", at)), out));
    drop_replaced(out);
    rules_sort(out);
    return NULL;
}

err rule_versions(struct db *db, const struct rule *rule, struct list *out)
{
    return read_rules(db, &RULE_VERSIONS,
        PARAMS(P("program_id", rule->program_id), P("line_id", rule->line_id)), out);
}

err commission_rules_ever(struct db *db, int64_t program_id, struct list *out)
{
    TRY(db_all(db, &RULE_LIST, PARAMS(P("program_id", program_id)), &rule_fields, out));
    struct rule *rules = out->at;
    for (size_t i = 0; i < out->count; i++)
        TRY(rule_unpack(db_arena(db), &rules[i]));
    return NULL;
}

err commission_rules_known(
    struct db *db, int64_t program_id, instant at, instant known, struct list *out)
{
    struct list all;
    TRY(commission_rules_at(db, program_id, at, &all));

    struct rule *rules = all.at;
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (rules[i].created_at.ms <= known.ms)
            rules[count++] = rules[i];
    *out = (struct list){ rules, count };
    return NULL;
}

err commission_rules_for(
    struct db *db, int64_t program_id, int64_t partner_id, str group, instant at, struct list *out)
{
    struct list all;
    TRY(rules_present(db, program_id, at, &all));

    const struct rule *rules = all.at;
    struct rule *kept = ARENA_ARRAY(db_arena(db), struct rule, all.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        const struct rule_scope *scope = &rules[i].scope;
        bool is_his = !scope->partner_id || scope->partner_id == partner_id;
        if (is_his && (!scope->group.at || str_eq(scope->group, group)))
            kept[count++] = rules[i];
    }
    *out = (struct list){ kept, count };
    return NULL;
}

err rule_insert(struct db *db, const struct rule *rule)
{
    struct rule row = *rule;
    rule_pack(db_arena(db), &row);
    return db_put(db, &RULE_INSERT, &rule_fields, &row);
}

err commission_rule_add(struct db *db, const struct ledger_act *act, struct rule *rule)
{
    if (!rule->id)
        rule->id = id_new(act->env);
    rule->line_id = rule->id;
    rule->version = 1;
    rule->created_at = act->at;
    rule->actor = act->actor;
    return rule_insert(db, rule);
}

static bool begins_before_end(const struct rule *rule, const struct rule *of)
{
    return instant_none(of->ends_at) || rule->starts_at.ms < of->ends_at.ms;
}

/* Of one line only one version holds at a time: what began before ends where `next` begins, what
 * begins later may not be reached. */
static err end_neighbours(struct db *db, const struct rule *old, const struct rule *next)
{
    struct list versions;

    TRY(rule_versions(db, old, &versions));
    const struct rule *v = versions.at;
    for (size_t i = 0; i < versions.count; i++) {
        if (v[i].id == old->id || !holds_ever(&v[i]) || !begins_before_end(&v[i], next) ||
            !begins_before_end(next, &v[i]))
            continue;
        if (v[i].starts_at.ms >= next->starts_at.ms)
            return v[i].starts_at.ms < old->starts_at.ms ? &RULE_BETWEEN : &RULE_NEXT;
        TRY(rule_finish(db, &v[i], next->starts_at));
    }
    return NULL;
}

err rule_succeed(
    struct db *db, const struct ledger_act *act, const struct rule *old, struct rule *next)
{
    bool is_sooner = next->starts_at.ms < old->starts_at.ms; /* a planned one, which never held */
    int64_t last;

    TRY(end_neighbours(db, old, next));
    TRY(rule_finish(db, old, is_sooner ? old->starts_at : next->starts_at));
    TRY(db_int(db, &RULE_LAST_VERSION,
        PARAMS(P("program_id", old->program_id), P("line_id", old->line_id)), &last));
    next->id = id_new(act->env);
    next->program_id = old->program_id;
    next->line_id = old->line_id;
    next->version = (int32_t)last + 1;
    next->created_at = act->at;
    next->actor = act->actor;
    return rule_insert(db, next);
}

instant rule_next_start(instant now)
{
    return instant_plus_ms(now, 1);
}

err rule_finish(struct db *db, const struct rule *rule, instant at)
{
    int64_t changes;
    TRY(db_run(db, &RULE_END,
        PARAMS(P("id", rule->id), P("program_id", rule->program_id), P("ends_at", at)), NULL, NULL,
        &changes));
    return changes ? NULL : &RULE_ENDED;
}

/* ---- the programme's own
 * -------------------------------------------------------------------------------- */

bool rule_is_for_clicks(const struct rule *rule)
{
    return str_eq(rule->scope.event, STR("click"));
}

bool rule_is_for_everyone(const struct rule_scope *scope)
{
    return !scope->partner_id && !scope->group.at && !scope->coupon.at && !scope->sku.at &&
           !scope->category.at && !scope->event.at && scope->customer == CUSTOMER_ANY &&
           !scope->country.at && !scope->order_from && !scope->order_below && !scope->sub.at;
}

err commission_rule_of_program(
    struct db *db, int64_t program_id, instant at, struct rule *out, bool *out_found)
{
    struct list all;
    TRY(commission_rules_at(db, program_id, at, &all));

    const struct rule *rules = all.at;
    *out_found = false;
    for (size_t i = 0; i < all.count && !*out_found; i++)
        if (rules[i].kind == RULE_COMMISSION && rule_is_for_everyone(&rules[i].scope)) {
            *out = rules[i];
            *out_found = true;
        }
    return NULL;
}

static struct rule default_rule(const struct rule_default *given)
{
    struct rule rule = { .program_id = given->program_id };

    if (currency_none(given->amount.currency))
        rule.reward.percent_bp = given->percent_bp;
    else
        rule.reward = (struct rule_reward){ .amount = given->amount.minor,
            .currency = given->amount.currency };
    return rule;
}

/* Its first version holds from the beginning of time: orders may be told that are older than the
 * programme. */
err commission_rule_default(
    struct db *db, const struct ledger_act *act, const struct rule_default *given)
{
    struct rule rule = default_rule(given);
    return commission_rule_add(db, act, &rule);
}

static bool same_reward(const struct rule_reward *a, const struct rule_reward *b)
{
    return a->percent_bp == b->percent_bp && a->amount == b->amount &&
           currency_eq(a->currency, b->currency) && a->per == b->per;
}

err commission_rule_default_change(
    struct db *db, const struct ledger_act *act, const struct rule_default *given)
{
    struct rule next = default_rule(given), now;
    bool found;

    TRY(commission_rule_of_program(db, given->program_id, act->at, &now, &found));
    if (!found)
        return commission_rule_add(db, act, &next);
    if (same_reward(&now.reward, &next.reward))
        return NULL;
    struct rule follows = now; /* a cap, renewals and steps stay, when they are of the same sort */
    if (rule_is_fixed(&now) != rule_is_fixed(&next))
        follows.tiers = follows.recurring.steps = (struct list){ 0 };
    follows.reward = next.reward;
    follows.starts_at = rule_next_start(act->at);
    return rule_succeed(db, act, &now, &follows);
}

err commission_rate_shown(struct db *db, int64_t program_id, instant at)
{
    struct rule rule;
    bool found;

    TRY(commission_rule_of_program(db, program_id, at, &rule, &found));
    if (!found)
        return NULL;
    return program_reward_shown(
        db, program_id, &(struct program_commission){ rule.reward.percent_bp, rule.reward.amount });
}
