/* Caps, budgets and bonuses of orders that are decided one after the other: what was given so far is
 * remembered instead of being read. No store, no clock. */
#include "rooms/commission/decide.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"

#include <stdlib.h>

#include "base/arena.h"

enum { WHOLE_BP = 10000 };

/* What is remembered for a partner under a line in a period; never odd, see struct trace. */
enum remembered { REMEMBER_GRANTED = 2, REMEMBER_ORDERS = 4, REMEMBER_GIVEN = 6, REMEMBER_MONEY = 8 };
enum { EVERYBODY = -1 }; /* in place of a partner: the programme */

/* An order at work. */
struct counting {
    struct commission_memory *memory;
    const struct commission_besides *asked;
    struct list *bonuses;
    size_t room;
    struct arena *arena;
};

bool commission_rules_look_beside(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].kind != RULE_COMMISSION)
            return true;
    return false;
}

bool commission_rules_go_by_time(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].kind != RULE_COMMISSION && rules[i].kind != RULE_RECRUIT)
            return true;
    return commission_rules_have_past(rules, count);
}

static const struct decide_share *share_of(const struct commission_besides *asked, size_t part)
{
    return &asked->shares[asked->decision->parts[part].share];
}

static bool applies(const struct commission_besides *asked, const struct rule *rule, size_t part)
{
    return rule_in_force(rule, asked->order->judged_at) &&
           rule_matches(rule, asked->order, share_of(asked, part), NULL);
}

static int64_t period_of(const struct rule *rule, instant at)
{
    instant from, to;

    if (rule->kind == RULE_FIRST_SALE)
        return 0;
    rule_period_of(rule->tiered_by.period, at, &from, &to);
    return from.ms;
}

static int64_t *remembered(
    struct counting *c, const struct rule *rule, int64_t partner_id, int64_t what)
{
    return commission_memory_sum(c->memory, partner_id, rule->line_id,
        period_of(rule, c->asked->order->at), what);
}

/* ---- caps
 * -------------------------------------------------------------------------------------------------------- */

/* What all caps of one kind leave of `worth`, each worked out by itself. */
static int64_t cut(struct counting *c, enum rule_kind kind, size_t part, int64_t worth)
{
    const struct rule *rule = c->asked->rules.at;
    currency unit = c->asked->decision->parts[part].currency;
    int64_t left = worth;

    for (size_t i = 0; i < c->asked->rules.count; i++) {
        if (rule[i].kind != kind || !currency_eq(rule[i].reward.currency, unit) ||
            !applies(c->asked, &rule[i], part))
            continue;
        int64_t *given = remembered(c, &rule[i],
            kind == RULE_BUDGET ? EVERYBODY : share_of(c->asked, part)->partner_id,
            REMEMBER_GRANTED);
        int64_t room = rule[i].reward.amount > *given ? rule[i].reward.amount - *given : 0;
        int64_t granted = worth < room ? worth : room;
        *given += granted;
        left = granted < left ? granted : left;
    }
    return left;
}

/* ---- bonuses
 * ----------------------------------------------------------------------------------------------------- */

static void give(struct counting *c, struct commission_bonus bonus)
{
    struct list *list = c->bonuses;

    if (list->count == c->room) {
        size_t room = c->room ? c->room * 2 : 8;
        struct commission_bonus *more = ARENA_ARRAY(c->arena, struct commission_bonus, room);
        for (size_t i = 0; i < list->count; i++)
            more[i] = ((struct commission_bonus *)list->at)[i];
        list->at = more;
        c->room = room;
    }
    ((struct commission_bonus *)list->at)[list->count++] = bonus;
}

static bool counts(const struct commission_besides *asked, size_t part)
{
    const struct decide_order *order = asked->order;
    bool is_kept = order->amount.minor == 0 || order->amount.minor > order->refunded;

    return is_kept && !share_of(asked, part)->is_declined;
}

/* An order that earns in two currencies counts by its first part. */
static bool counted_before(const struct commission_besides *asked, size_t part)
{
    for (size_t i = 0; i < part; i++)
        if (share_of(asked, i)->partner_id == share_of(asked, part)->partner_id &&
            counts(asked, i))
            return true;
    return false;
}

/* Adds what the part is to a target; true when that is reached now. */
static bool reaches(struct counting *c, const struct rule *rule, size_t part)
{
    const struct decide_share *share = share_of(c->asked, part);
    const struct decide_order *order = c->asked->order;
    const char *code = order->amount.currency.code;
    int64_t money = REMEMBER_MONEY + (((int64_t)code[0] << 16 | (int64_t)code[1] << 8 | code[2]) << 4);
    int64_t kept = order->amount.minor - order->refunded;
    currency unit = rule->tiered_by.currency;

    if (!counted_before(c->asked, part)) {
        *remembered(c, rule, share->partner_id, REMEMBER_ORDERS) += 1;
        *remembered(c, rule, share->partner_id, money) +=
            (int64_t)(((__int128)kept * share->share_bp + WHOLE_BP / 2) / WHOLE_BP);
    }
    if (rule->tiered_by.measure == VOLUME_ORDERS)
        return *remembered(c, rule, share->partner_id, REMEMBER_ORDERS) >= rule->target;
    money = REMEMBER_MONEY +
            (((int64_t)unit.code[0] << 16 | (int64_t)unit.code[1] << 8 | unit.code[2]) << 4);
    return *remembered(c, rule, share->partner_id, money) >= rule->target;
}

static void give_once(struct counting *c, const struct rule *rule, size_t part)
{
    int64_t partner_id = share_of(c->asked, part)->partner_id;

    if (!counts(c->asked, part) || (rule->kind == RULE_TARGET && !reaches(c, rule, part)))
        return;
    int64_t *given = remembered(c, rule, partner_id, REMEMBER_GIVEN);
    if ((*given)++ == 0)
        give(c, (struct commission_bonus){ .kind = rule->kind,
                    .line_id = rule->line_id,
                    .partner_id = partner_id,
                    .period_from = period_of(rule, c->asked->order->at),
                    .worth = { rule->reward.amount, rule->reward.currency } });
}

static int by_id(const void *a, const void *b)
{
    const struct commission_person *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static const struct commission_person *person(const struct commission_besides *asked, int64_t id)
{
    static const struct commission_person nobody;
    const struct commission_person key = { .id = id }, *found = NULL;

    if (asked->people.count)
        found = bsearch(&key, asked->people.at, asked->people.count, sizeof key, by_id);
    return found ? found : &nobody;
}

static bool has_left(const struct commission_person *p, instant at)
{
    return p->left_at.ms && p->left_at.ms <= at.ms;
}

/* The recruiters, nearest first, each once; without those who had no seat when the order was
 * judged. */
static err give_recruiters(struct counting *c, const struct rule *rule, size_t part, int64_t worth)
{
    const struct rule_level *level = rule->levels.at;
    int64_t seen[RULE_STEPS_MOST + 2] = { share_of(c->asked, part)->partner_id };
    const struct commission_person *of = person(c->asked, seen[0]);

    if (rule->months > 0 &&
        rule_months_between(of->approved_at, c->asked->order->at) >= rule->months)
        return NULL;
    for (size_t i = 1; i <= rule->levels.count && i <= RULE_STEPS_MOST; i++) {
        struct commission_bonus bonus = { .kind = RULE_RECRUIT,
            .line_id = rule->line_id,
            .worth.currency = c->asked->decision->parts[part].currency };
        seen[i] = person(c->asked, seen[i - 1])->recruited_by;
        for (size_t k = 0; k < i; k++)
            if (seen[k] == seen[i])
                return NULL; /* round in a circle */
        if (!seen[i])
            return NULL;
        bonus.partner_id = seen[i];
        TRY(exact_round(
            exact_share(worth, level[i - 1].percent_bp, WHOLE_BP), &bonus.worth.minor));
        if (bonus.worth.minor && !has_left(person(c->asked, seen[i]), c->asked->order->judged_at))
            give(c, bonus);
    }
    return NULL;
}

/* Caps serve the parts of an order by their partners. */
static size_t *turns_of(struct arena *arena, const struct commission_besides *asked)
{
    size_t count = asked->decision->part_count, *turns = ARENA_ARRAY(arena, size_t, count + 1);

    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0; at--) {
            if (share_of(asked, turns[at - 1])->partner_id <= share_of(asked, i)->partner_id)
                break;
            turns[at] = turns[at - 1];
        }
        turns[at] = i;
    }
    return turns;
}

err commission_beside_next(struct commission_memory *memory, struct arena *arena,
    const struct commission_besides *asked, int64_t *inout_worth, struct list *out_bonuses)
{
    const struct rule *rule = asked->rules.at;
    struct counting c = { memory, asked, out_bonuses, 0, arena };
    const size_t *turns = turns_of(arena, asked);

    *out_bonuses = (struct list){ 0 };
    for (size_t turn = 0; turn < asked->decision->part_count; turn++) {
        size_t part = turns[turn];
        int64_t worth = share_of(asked, part)->is_declined ? 0 : inout_worth[part];
        worth = cut(&c, RULE_PARTNER_CAP, part, worth);
        worth = cut(&c, RULE_BUDGET, part, worth);
        inout_worth[part] = worth;
        for (size_t i = 0; i < asked->rules.count; i++) {
            bool is_once = rule[i].kind == RULE_FIRST_SALE || rule[i].kind == RULE_TARGET;
            if ((!is_once && rule[i].kind != RULE_RECRUIT) || !applies(asked, &rule[i], part))
                continue;
            if (is_once)
                give_once(&c, &rule[i], part);
            else
                TRY(give_recruiters(&c, &rule[i], part, worth));
        }
    }
    return NULL;
}
