/* Rules in forms: rows of steps that no field table describes, read and filled. */
#include "rooms/commission/rule_inside.h"

#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "view/lang.h"

enum { ROWS_LEAST = 4, ROWS_SPARE = 2 };

static const struct err STEP_FROM = { ERR_INVALID, "step_from",
    N_("Say where the step begins: a sum, or the number of an order."), "tiers" };
static const struct err STEP_RATE = { ERR_INVALID, "step_rate",
    N_("Give the step’s rate: a percentage, or a sum when the reward is a sum."), "tiers" };
static const struct err GOAL_TEXT = { ERR_INVALID, "goal_text",
    N_("This is not a sum or a number of orders."), "target" };

/* ---- read
 * ---------------------------------------------------------------------------------------------------
 */

static const char *cell(struct request *rq, const char *list, size_t row, const char *name)
{
    return str_c(rq->arena, str_printf(rq->arena, "%s_%zu_%s", list, row, name));
}

static bool is_form(struct request *rq)
{
    return !request_json(rq) && request_form(rq, "has_rows").at;
}

/* ---- where mistakes stand
 * --------------------------------------------------------------------------------------------- */

const char *rule_input(struct request *rq, const char *member)
{
    /* clang-format off */
    static const struct {
        const char *member, *input;
    } inputs[] = {
        { "reward",            "reward_percent" },
        { "reward/percent_bp", "reward_percent" },
        { "recurring",         "recurring_orders" },
        { "tiers",             "tiers_0_from" },
        { "levels",            "levels_0_rate" },
        { "target",            "goal" },
        { "cap",               "cap_amount" },
        { "scope",             "scope_partner_id" },
    };
    /* clang-format on */

    for (size_t i = 0; is_form(rq) && i < sizeof inputs / sizeof inputs[0]; i++)
        if (strcmp(inputs[i].member, member) == 0)
            return inputs[i].input;
    return member;
}

static bool is_typed(struct request *rq, const char *rows, size_t row)
{
    return !str_empty(request_form(rq, cell(rq, rows, row, "from"))) ||
           !str_empty(request_form(rq, cell(rq, rows, row, "rate")));
}

/* Rows that were left empty are no steps. */
static size_t row_of(struct request *rq, const char *rows, size_t nth)
{
    size_t row = 0;

    for (; row + 1 < RULE_STEPS_MOST; row++)
        if (is_typed(rq, rows, row) && nth-- == 0)
            break;
    return row;
}

static const char *rows_of(const char *list)
{
    return strcmp(list, "recurring/steps") == 0 ? "steps" : list;
}

const char *rule_input_of(struct request *rq, const char *list, size_t nth, const char *member)
{
    const char *rows = rows_of(list);

    if (!is_form(rq))
        return str_c(rq->arena, str_printf(rq->arena, "%s/%zu/%s", list, nth, member));
    return cell(rq, rows, row_of(rq, rows, nth), strncmp(member, "from", 4) == 0 ? "from" : "rate");
}

/* "Step 2: …", because a list of mistakes is read away from its fields. */
static void refuse_row(struct request *rq, const char *input, size_t row, err e)
{
    str number = str_printf(rq->arena, "%zu", row + 1);
    str words = lang_fill(rq->arena, _(rq->lang, "Step {row}: {what}"), "row", number, "what",
        lang_text(rq->lang, NULL, str_of(e->text)), NULL);

    (void)request_problem(
        rq, input, err_make(rq->arena, e->kind, e->code, NULL, "%" PRI_STR, STR_ARG(words)));
}

void rule_refuse_step(
    struct request *rq, const char *list, size_t nth, const char *member, err e)
{
    const char *input = rule_input_of(rq, list, nth, member);

    if (is_form(rq))
        refuse_row(rq, input, row_of(rq, rows_of(list), nth), e);
    else
        (void)request_problem(rq, input, e);
}

static bool read_decimal(struct request *rq, str text, currency unit, int64_t *out)
{
    amount sum = { 0 };
    size_t at;

    if (str_ends(text, STR("%")))
        text = str_trim(str_first(text, text.len - 1));
    if (!str_find(text, '.', &at))
        text = str_replace(rq->arena, text, STR(","), STR("."));
    if (amount_read(text, unit, &sum) || sum.minor < 0 || sum.minor > RULE_AMOUNT_MOST)
        return false;
    *out = sum.minor;
    return true;
}

static bool read_percent(struct request *rq, str text, int32_t *out)
{
    static const currency two_decimals = { "EUR" };
    int64_t bp = 0;

    if (!read_decimal(rq, text, two_decimals, &bp) || bp > 10000)
        return false;
    *out = (int32_t)bp;
    return true;
}

struct step_rows {
    const char *list;
    bool is_fixed, by_number;
    currency unit;
};

static void read_steps(struct request *rq, const struct step_rows *rows, struct list *out)
{
    struct rule_step *steps = ARENA_ARRAY(rq->arena, struct rule_step, RULE_STEPS_MOST);
    size_t count = 0;

    for (size_t i = 0; i < RULE_STEPS_MOST; i++) {
        const char *from_name = cell(rq, rows->list, i, "from");
        const char *rate_name = cell(rq, rows->list, i, "rate");
        str from = request_form(rq, from_name), rate = request_form(rq, rate_name);
        struct rule_step *step = &steps[count];
        if (str_empty(from) && str_empty(rate))
            continue;
        bool begins = rows->by_number ? str_to_int(from, &step->from)
                                      : read_decimal(rq, from, rows->unit, &step->from);
        if (!begins || step->from < 1)
            refuse_row(rq, from_name, i, &STEP_FROM);
        if (rows->is_fixed ? !read_decimal(rq, rate, rows->unit, &step->amount)
                           : !read_percent(rq, rate, &step->percent_bp))
            refuse_row(rq, rate_name, i, &STEP_RATE);
        count++;
    }
    *out = (struct list){ steps, count };
}

static void read_levels(struct request *rq, struct list *out)
{
    struct rule_level *levels = ARENA_ARRAY(rq->arena, struct rule_level, RULE_STEPS_MOST);
    size_t count = 0;

    for (size_t i = 0; i < RULE_STEPS_MOST; i++) {
        const char *name = cell(rq, "levels", i, "rate");
        str rate = request_form(rq, name);
        if (str_empty(rate))
            continue;
        if (!read_percent(rq, rate, &levels[count].percent_bp))
            refuse_row(rq, name, i, &STEP_RATE);
        count++;
    }
    *out = (struct list){ levels, count };
}

void rule_form_read(struct request *rq, struct rule *rule, currency unit)
{
    struct step_rows tiers = { "tiers", !str_empty(request_form(rq, "reward_amount")),
        rule->tiered_by.measure == VOLUME_ORDERS, unit };
    struct step_rows renewals = { "steps", tiers.is_fixed, true, unit };
    str goal = request_form(rq, "goal");

    if (!is_form(rq))
        return;
    if (rule->kind == RULE_COMMISSION) {
        read_steps(rq, &tiers, &rule->tiers);
        read_steps(rq, &renewals, &rule->recurring.steps);
    }
    if (rule->kind == RULE_RECRUIT)
        read_levels(rq, &rule->levels);
    if (rule->kind == RULE_TARGET && !str_empty(goal) &&
        !(tiers.by_number ? str_to_int(goal, &rule->target)
                          : read_decimal(rq, goal, unit, &rule->target)))
        (void)request_problem(rq, "goal", &GOAL_TEXT);
}

/* ---- filled
 * -------------------------------------------------------------------------------------------------
 */

static str percent_text(struct arena *arena, int64_t bp)
{
    return str_printf(arena, "%d.%02d", (int)(bp / 100), (int)(bp % 100));
}

static size_t rows_for(size_t count)
{
    size_t rows = count + ROWS_SPARE > ROWS_LEAST ? count + ROWS_SPARE : ROWS_LEAST;
    return rows < RULE_STEPS_MOST ? rows : RULE_STEPS_MOST;
}

/* What stands in it, and what is wrong with that. */
static void cell_view(
    struct request *rq, struct view *row, const char *name, const char *input, str kept)
{
    str typed = request_typed(rq, input);

    view_str(row, str_c(rq->arena, str_printf(rq->arena, "%s_text", name)), typed.at ? typed : kept);
    view_str(row, str_c(rq->arena, str_printf(rq->arena, "%s_error", name)),
        request_problem_of(rq, input));
}

static void steps_view(struct request *rq, struct view *into, const struct step_rows *rows,
    const struct list *steps, const char *name)
{
    const struct rule_step *step = steps->at;
    struct view *list = view_list(into, name);

    for (size_t i = 0; i < rows_for(steps->count); i++) {
        str from = STR_NONE, rate = STR_NONE;
        struct view *row = view_item(list);
        if (i < steps->count) {
            from = rows->by_number
                       ? str_printf(rq->arena, "%lld", (long long)step[i].from)
                       : amount_decimal(rq->arena, (amount){ step[i].from, rows->unit });
            rate = rows->is_fixed
                       ? amount_decimal(rq->arena, (amount){ step[i].amount, rows->unit })
                       : percent_text(rq->arena, step[i].percent_bp);
        }
        view_int(row, "row", (int64_t)i);
        view_int(row, "shown", (int64_t)i + 1);
        cell_view(rq, row, "from", cell(rq, rows->list, i, "from"), from);
        cell_view(rq, row, "rate", cell(rq, rows->list, i, "rate"), rate);
    }
}

static void levels_view(struct request *rq, struct view *into, const struct list *levels)
{
    const struct rule_level *level = levels->at;
    struct view *list = view_list(into, "level_rows");

    for (size_t i = 0; i < rows_for(levels->count); i++) {
        struct view *row = view_item(list);
        view_int(row, "row", (int64_t)i);
        view_int(row, "shown", (int64_t)i + 1);
        cell_view(rq, row, "rate", cell(rq, "levels", i, "rate"),
            i < levels->count ? percent_text(rq->arena, level[i].percent_bp) : STR_NONE);
    }
}

static void money_view(
    struct request *rq, struct view *form, const char *name, int64_t minor, currency unit)
{
    if (minor > 0)
        view_str(form, name, amount_decimal(rq->arena, (amount){ minor, unit }));
}

void rule_form_fill(struct request *rq, struct reply *rp, const struct rule *rule, currency unit)
{
    struct view *form = reply_form(rp), *frame = reply_frame(rp);
    bool by_number = rule->tiered_by.measure == VOLUME_ORDERS;
    struct step_rows tiers = { "tiers", rule_is_fixed(rule), by_number, unit };
    struct step_rows renewals = { "steps", rule_is_fixed(rule), true, unit };

    view_enum(frame, "wanted", rule_kind_names, rule->kind);
    view_enum(form, "tiered_by_measure", rule_measure_names, rule->tiered_by.measure);
    view_enum(form, "tiered_by_period", rule_period_names, rule->tiered_by.period);
    view_enum(form, "tiered_by_mode", rule_mode_names, rule->tiered_by.mode);
    steps_view(rq, frame, &tiers, &rule->tiers, "tier_rows");
    steps_view(rq, frame, &renewals, &rule->recurring.steps, "step_rows");
    levels_view(rq, frame, &rule->levels);
    if (rule_is_fixed(rule))
        view_str(form, "reward_amount",
            amount_decimal(rq->arena, (amount){ rule->reward.amount, rule->reward.currency }));
    else if (rule->version)
        view_str(form, "reward_percent", percent_text(rq->arena, rule->reward.percent_bp));
    view_bool(form, "reward_per_is_item", rule->reward.per == PER_ITEM);
    money_view(rq, form, "cap_amount", rule->cap.amount, rule->cap.currency);
    if (rule->target > 0)
        view_str(form, "goal",
            by_number ? str_printf(rq->arena, "%lld", (long long)rule->target)
                      : amount_decimal(rq->arena, (amount){ rule->target, unit }));
    if (rule->recurring.orders)
        view_int(form, "recurring_orders", rule->recurring.orders);
    if (rule->recurring.months)
        view_int(form, "recurring_months", rule->recurring.months);
    if (rule->months)
        view_int(form, "months", rule->months);
}
