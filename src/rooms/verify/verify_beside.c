/* Caps, budgets and bonuses by the second hand: all commissions of a programme are at hand, sorted by
 * the time of their orders. */
#include "rooms/verify/verify_inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "http/json.h"
#include "rooms/verify/verify.sql.h"

enum looking { LOOKS_PARTNER_CAP, LOOKS_BUDGET, LOOKS_FIRST_SALE, LOOKS_TARGET };

/* A commission before caps. */
struct due {
    int64_t id, program_id, conversion_id, amount;
    char order_id[104];
    currency currency, base_currency;
    instant at;
    bool is_declined, counts, waits; /* in "pending" or "held" */
    int64_t worth, capped, left; /* after partners' caps; after budgets too */
    int64_t kept;                /* his part of what is left of the order */
};

/* A rule that looks at it. */
struct due_rule {
    size_t due; /* index */
    int64_t id, commission_id, line_id, partner_id, period_from, program_id;
    int64_t conversion_id, seller_id; /* of the commission */
    instant at;
    bool is_test;
    enum looking what;
    int64_t amount, target;
    bool counts_orders;
    currency unit; /* of a target's revenue */
    int64_t granted; /* by a cap */
};

static bool is(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

void dues_clear(struct dues *dues)
{
    free(dues->at);
    free(dues->rules);
    *dues = (struct dues){ 0 };
}

static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 256;
    at = realloc(at, *room * size);
    if (!at)
        log_fatal("out of memory while verifying");
    return at;
}

static bool looking_of(const struct fact_rule *rule, enum looking *out)
{
    static const char *const names[] = { "partner_cap", "budget", "first_sale", "target" };
    for (int i = 0; i < 4; i++)
        if (is(rule->kind, names[i])) {
            *out = (enum looking)i;
            return true;
        }
    return false;
}

static void add_rule(struct run *run, const struct fact_rule *rule, enum looking what,
    const struct fact_commission *c)
{
    struct dues *dues = &run->dues;
    int64_t end;

    if (what <= LOOKS_BUDGET && !currency_eq(rule->reward_currency, c->currency))
        return;
    dues->rules =
        grown(dues->rules, dues->rule_count, &dues->rule_room, sizeof dues->rules[0]);
    dues->rules[dues->rule_count++] = (struct due_rule){ .due = dues->count - 1,
        .id = rule->id,
        .commission_id = c->id,
        .line_id = rule->line_id,
        .partner_id = what == LOOKS_BUDGET ? 0 : c->partner_id,
        .period_from = what == LOOKS_FIRST_SALE
                           ? 0
                           : reckon_period(rule->tiered_by_period, c->occurred_at, &end),
        .program_id = c->program_id,
        .conversion_id = c->conversion_id,
        .seller_id = c->partner_id,
        .at = c->occurred_at,
        .is_test = c->is_test,
        .what = what,
        .amount = rule->reward_amount,
        .target = rule->target,
        .counts_orders = is(rule->tiered_by_measure, "orders"),
        .unit = rule->tiered_by_currency };
}

static int64_t part_kept(const struct fact_order *order, int32_t share_bp)
{
    return (int64_t)(((__int128)(order->amount - order->counted_back) * share_bp + 5000) / 10000);
}

/* A moved sale may have made it another than it began with. */
static int32_t share_now(const struct seats *seats, int64_t partner_id)
{
    for (size_t i = 0; i < seats->count; i++)
        if (seats->at[i].partner_id == partner_id)
            return seats->at[i].share_bp;
    return 0;
}

err due_add(struct run *run, const struct fact_order *order, const struct seats *seats,
    const struct fact_commission *c, const struct reckoned *r, bool has_part)
{
    const struct fact_rule *rule = run->rules.at;
    struct dues *dues = &run->dues;
    bool is_kept = order->amount > order->counted_back || order->amount == 0;
    struct due due = { .id = c->id,
        .program_id = c->program_id,
        .conversion_id = c->conversion_id,
        .amount = c->amount,
        .currency = c->currency,
        .base_currency = order->currency,
        .at = c->occurred_at,
        .is_declined = is(c->status, "declined"),
        .waits = is(c->place, "pending") || is(c->place, "held"),
        .kept = has_part ? part_kept(order, share_now(seats, c->partner_id)) : 0 };

    due.counts = has_part && is_kept && !due.is_declined;
    due.worth = due.capped = due.left = due.is_declined ? 0 : r->worth;
    for (size_t i = 0; i < c->order_id.len && i + 1 < sizeof due.order_id; i++)
        due.order_id[i] = c->order_id.at[i];
    dues->at = grown(dues->at, dues->count, &dues->room, sizeof dues->at[0]);
    dues->at[dues->count++] = due;
    for (size_t i = 0; i < seats->count; i++)
        for (size_t k = 0; k < run->rules.count && seats->at[i].partner_id == c->partner_id; k++) {
            enum looking what;
            if (looking_of(&rule[k], &what) && reckon_fits(&rule[k], order, &seats->at[i], NULL))
                add_rule(run, &rule[k], what, c);
        }
    return NULL;
}

/* ---- sorted by what looks, whom, when
 * --------------------------------------------------------------------------------- */

static int by_group(const struct due_rule *x, const struct due_rule *y)
{
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    if (x->line_id != y->line_id)
        return x->line_id < y->line_id ? -1 : 1;
    if (x->partner_id != y->partner_id)
        return x->partner_id < y->partner_id ? -1 : 1;
    if (x->is_test != y->is_test)
        return x->is_test ? 1 : -1;
    return x->period_from == y->period_from ? 0 : x->period_from < y->period_from ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
    const struct due_rule *x = a, *y = b;
    int group = by_group(x, y);

    if (group)
        return group;
    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    if (x->conversion_id != y->conversion_id)
        return x->conversion_id < y->conversion_id ? -1 : 1;
    if (x->seller_id != y->seller_id)
        return x->seller_id < y->seller_id ? -1 : 1;
    return x->commission_id < y->commission_id ? -1 : 1;
}

/* One group of rules [from, to) of one kind. */
struct group {
    struct due_rule *at;
    size_t count;
};

static struct group group_at(const struct dues *dues, size_t from)
{
    struct group g = { &dues->rules[from], 1 };

    while (from + g.count < dues->rule_count && by_group(g.at, &g.at[g.count]) == 0)
        g.count++;
    return g;
}

/* ---- caps
 * ------------------------------------------------------------------------------------------------------ */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void cut(struct dues *dues, const struct group *g)
{
    int64_t given = 0;

    for (size_t i = 0; i < g->count; i++) {
        struct due *due = &dues->at[g->at[i].due];
        int64_t room = g->at[i].amount > given ? g->at[i].amount - given : 0;
        bool is_budget = g->at[i].what == LOOKS_BUDGET;
        int64_t granted = least(is_budget ? due->capped : due->worth, room);
        given += granted;
        g->at[i].granted = granted;
        due->left = least(due->left, granted);
        if (!is_budget)
            due->capped = least(due->capped, granted);
    }
}

static err check_dues(struct run *run)
{
    for (size_t i = 0; i < run->dues.count; i++) {
        const struct due *due = &run->dues.at[i];
        struct fact_commission c = { .id = due->id,
            .program_id = due->program_id,
            .order_id = str_of(due->order_id),
            .currency = due->currency };
        if (due->amount != due->left)
            TRY(commission_differs(run, &c, "worth by the facts", due->amount, due->left));
    }
    return NULL;
}

void due_sum_of(const struct dues *dues, size_t at, struct due_sum *out)
{
    const struct due_rule *rule = &dues->rules[at];
    const struct due *due = &dues->at[rule->due];

    *out = (struct due_sum){ .line_id = rule->line_id,
        .partner_id = rule->partner_id,
        .period_from = rule->period_from,
        .is_test = rule->is_test,
        .is_cap = rule->what <= LOOKS_BUDGET,
        .granted = rule->granted,
        .orders = due->counts,
        .revenue = due->counts ? due->kept : 0,
        .currency = due->base_currency };
    /* parts of one order are of one moment */
    for (size_t i = at; i > 0 && by_group(&dues->rules[i - 1], rule) == 0; i--) {
        const struct due *other = &dues->at[dues->rules[i - 1].due];
        if (other->at.ms != due->at.ms)
            break;
        if (other->counts && other->conversion_id == due->conversion_id)
            out->orders = out->revenue = 0;
    }
}

/* ---- bonuses
 * --------------------------------------------------------------------------------------------------- */

struct bonus_row {
    int64_t id, program_id, line_id, partner_id, period_from, amount, level, source;
    bool is_test, is_declined;
    currency currency;
    str order_id, levels_json;
    int64_t row_id; /* of a recruiter's commission; 0: none was made */
    str status, place;
    int64_t booked;
    bool is_kept, gives; /* its source gives anything */
    str source_place;
};
/* clang-format off */
static const struct field bonus_list[] = {
    FIELD_ID(bonus_row, id, "com"), FIELD_ID(bonus_row, program_id, "prg"), FIELD_ID(bonus_row, line_id, "rul"),
    FIELD_ID(bonus_row, partner_id, "par"), FIELD(bonus_row, period_from), FIELD(bonus_row, amount),
    FIELD(bonus_row, level), FIELD(bonus_row, source), FIELD(bonus_row, is_test), FIELD(bonus_row, is_declined),
    FIELD(bonus_row, currency), FIELD(bonus_row, order_id), FIELD(bonus_row, levels_json),
    FIELD_ID(bonus_row, row_id, "com"), FIELD(bonus_row, status), FIELD(bonus_row, place), FIELD(bonus_row, booked),
    FIELD(bonus_row, is_kept), FIELD(bonus_row, gives), FIELD(bonus_row, source_place),
};
static const struct fields bonus_fields = FIELDS(bonus_list, bonus_row);
/* clang-format on */

static int64_t measured(const struct dues *dues, const struct group *g, size_t at, const struct due_rule *by)
{
    const struct due *due = &dues->at[g->at[at].due];

    if (!due->counts)
        return 0;
    for (size_t i = 0; i < at; i++) {
        const struct due *other = &dues->at[g->at[i].due];
        if (other->counts && other->conversion_id == due->conversion_id)
            return 0;
    }
    if (by->counts_orders)
        return 1;
    return currency_eq(due->base_currency, by->unit) ? due->kept : 0;
}

/* What a first sale or a target gives: by the first order that earns it, `out_giver`. */
static int64_t given_by(const struct dues *dues, const struct group *g, const struct due **out_giver)
{
    const struct due_rule *by = NULL;
    int64_t reached = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct due_rule *rule = &g->at[i];
        if (!dues->at[rule->due].counts)
            continue;
        *out_giver = &dues->at[rule->due];
        if (rule->what == LOOKS_FIRST_SALE)
            return rule->amount;
        if (!by || by->id != rule->id) { /* another version may measure otherwise */
            by = rule;
            reached = 0;
            for (size_t k = 0; k < i; k++)
                reached += measured(dues, g, k, rule);
        }
        reached += measured(dues, g, i, rule);
        if (reached >= rule->target)
            return rule->amount;
    }
    return 0;
}

static const struct bonus_row *row_of(const struct list *rows, const struct due_rule *rule)
{
    const struct bonus_row *row = rows->at;
    for (size_t i = 0; i < rows->count; i++)
        if (row[i].line_id == rule->line_id && row[i].partner_id == rule->partner_id &&
            row[i].is_test == rule->is_test && row[i].period_from == rule->period_from)
            return &row[i];
    return NULL;
}

static err bonus_differs(
    struct run *run, const struct bonus_row *row, const char *what, int64_t reckoned)
{
    struct fact_commission c = { .id = row->id,
        .program_id = row->program_id,
        .order_id = row->order_id,
        .currency = row->currency };
    return commission_differs(run, &c, what, row->amount, reckoned);
}

static err check_bonus_word(struct run *run, const struct bonus_row *row, int64_t id, bool is_given)
{
    struct fact_commission c = { .id = id,
        .program_id = row->program_id,
        .order_id = row->order_id,
        .currency = row->currency,
        .status = row->status,
        .place = row->place,
        .amount = row->amount,
        .booked = row->booked,
        .is_kept = row->is_kept };
    return check_word(run, &c, is_given);
}

static bool waits_still(str place)
{
    return is(place, "pending") || is(place, "held");
}

/* What gives it waits: it may not be payable. */
static err check_not_due(struct run *run, const struct bonus_row *row, int64_t id)
{
    struct bonus_row one = *row;

    one.id = id;
    return is(row->place, "payable")
               ? bonus_differs(run, &one, "payable before what it hangs on", 0)
               : NULL;
}

static err check_bonus(struct run *run, const struct group *g, const struct list *rows)
{
    const struct due *giver = NULL;
    int64_t given = given_by(&run->dues, g, &giver);
    const struct bonus_row *row = row_of(rows, g->at);
    struct bonus_row none = { .program_id = g->at->program_id, .id = g->at->commission_id };

    if (!row)
        return given ? bonus_differs(run, &none, "a bonus that was not given", given) : NULL;
    TRY(check_bonus_word(run, row, row->id, given != 0));
    if (given && giver->waits)
        TRY(check_not_due(run, row, row->id));
    given = row->is_declined ? 0 : given;
    return row->amount == given ? NULL : bonus_differs(run, row, "bonus", given);
}

static err check_recruits(struct run *run)
{
    struct list rows;

    TRY(db_all(run->db, &VERIFY_RECRUITS, NO_PARAMS, &bonus_fields, &rows));
    const struct bonus_row *row = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        struct value levels = { 0 };
        __int128 part;
        if (value_read(run->arena, row[i].levels_json, &levels) ||
            row[i].level < 1 || (size_t)row[i].level > levels.count)
            return &STORE_BROKEN;
        const struct value *bp =
            value_member(&levels.items[row[i].level - 1], STR("percent_bp"));
        part = (__int128)row[i].source * (bp ? bp->number : 0);
        int64_t given = row[i].is_declined ? 0
                        : part < 0         ? (int64_t)((part - 5000) / 10000)
                                           : (int64_t)((part + 5000) / 10000);
        if (row[i].amount != given)
            TRY(bonus_differs(run, &row[i], "the recruiter's part of it", given));
        if (row[i].row_id)
            TRY(check_bonus_word(run, &row[i], row[i].row_id, row[i].gives));
        if (row[i].gives && waits_still(row[i].source_place))
            TRY(check_not_due(run, &row[i], row[i].row_id));
    }
    return NULL;
}

static err check_loose(struct run *run)
{
    struct list rows;

    TRY(db_all(run->db, &VERIFY_BONUSES_OF_NOTHING, NO_PARAMS, &bonus_fields, &rows));
    const struct bonus_row *row = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        TRY(bonus_differs(run, &row[i], "a bonus that nothing gave", 0));
    return NULL;
}

err check_besides(struct db *db, void *arg)
{
    struct run *run = arg;
    struct dues *dues = &run->dues;
    struct list bonuses;

    run->db = db;
    run->arena = db_arena(db);
    run->more = false;
    if (dues->rule_count)
        qsort(dues->rules, dues->rule_count, sizeof dues->rules[0], by_time);
    TRY(db_all(db, &VERIFY_BONUSES, NO_PARAMS, &bonus_fields, &bonuses));
    for (size_t i = 0; i < dues->rule_count;) {
        struct group g = group_at(dues, i);
        if (g.at->what <= LOOKS_BUDGET)
            cut(dues, &g);
        else
            TRY(check_bonus(run, &g, &bonuses));
        i += g.count;
    }
    TRY(check_dues(run));
    TRY(check_recruits(run));
    return check_loose(run);
}
