/* The receipt: how a commission came about and what happened since, as data and as a page to be
 * read. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <inttypes.h>

#include "base/buf.h"
#include "http/json.h"
#include "rooms/program/program.h"

/* ---- the frozen part, typed again for pages
 * ---------------------------------------------------------------- */

static str text_of(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT ? value->text : STR_NONE;
}

static int64_t int_of(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT ? value->number : 0;
}

static bool has(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind != VALUE_NULL;
}

static currency currency_of(const struct value *object, const char *name)
{
    currency out = { 0 };
    if (currency_read(text_of(object, name), &out))
        out = (currency){ 0 };
    return out;
}

static size_t digits_of(str sum)
{
    size_t point;

    return str_find(sum, '.', &point) ? sum.len - point - 1 : 0;
}

/* Figure spaces, so that decimal points stand under each other. */
static str padding(struct arena *arena, size_t digits, size_t most)
{
    struct buf out = buf_new(arena);

    if (digits == 0 && most > 0)
        buf_add(&out, STR("\u2008"));
    for (; digits < most; digits++)
        buf_add(&out, STR("\u2007"));
    return buf_str(&out);
}

/* "8.6832" is shown as 8.68 with a faint 32 behind it; `most` digits stand behind the longest. */
static void exact_view(
    struct request *rq, struct view *into, const char *name, str sum, currency unit, size_t most)
{
    size_t point, decimals = (size_t)currency_decimals(unit), whole = sum.len;
    struct view *parts = view_object(into, name);

    if (str_find(sum, '.', &point))
        whole = point + (decimals ? 1 + decimals : 0);
    view_str(parts, "round", str_dup(rq->arena, str_first(sum, whole)));
    view_str(parts, "rest", whole < sum.len ? str_dup(rq->arena, str_from(sum, whole)) : STR_NONE);
    view_str(parts, "pad", padding(rq->arena, digits_of(sum), most));
    view_bool(parts, "is_zero",
        str_eq(sum, STR("0")) || str_eq(sum, STR("0.00")) || str_eq(sum, STR("0.000")));
    view_bool(parts, "is_negative", str_starts(sum, STR("-")));
}

static void reward_view(struct view *item, const struct value *from)
{
    bool is_fixed = has(from, "amount") && has(from, "reward_currency");

    view_bool(item, "is_fixed", is_fixed);
    if (is_fixed) {
        view_money(item, "fixed",
            (amount){ int_of(from, "amount"), currency_of(from, "reward_currency") });
        view_bool(item, "is_per_item", str_eq(text_of(from, "per"), STR("item")));
    } else if (has(from, "percent_bp")) {
        view_percent_bp(item, "percent", int_of(from, "percent_bp"));
    }
}

static void conditions_view(struct view *item, const struct value *from)
{
    const struct value *scope = value_member(from, STR("scope"));
    struct view *list = view_list(item, "conditions");

    for (size_t i = 0; scope && i < scope->count; i++) {
        struct view *one = view_item(list);
        const struct value *condition = &scope->items[i];
        view_str(one, "value", text_of(&scope->items[i], "value"));
        commission_scope_flags(one, text_of(condition, "kind"));
        if (has(condition, "amount"))
            view_minor(one, "amount",
                (amount){ int_of(condition, "amount"), currency_of(condition, "currency") });
        view_bool(one, "is_new_customer", str_eq(text_of(&scope->items[i], "value"), STR("new")));
    }
}

/* A version is never edited: what it gives is what it gave. */
static err terms_view(struct request *rq, struct view *item, const struct value *rule)
{
    struct rule found = { 0 };
    int64_t id = 0;

    if (!id_read("rul", text_of(rule, "rule_id"), &id))
        return NULL;
    TRY(commission_rule_find(rq->db, rq->program_id, id, &found));
    commission_rule_view(item, &found);
    return NULL;
}

static err rules_view(struct request *rq, struct view *page, const struct value *receipt)
{
    const struct value *rules = value_member(receipt, STR("rules"));
    struct view *list = view_list(page, "rules_tried");

    for (size_t i = 0; rules && i < rules->count; i++) {
        const struct value *rule = &rules->items[i];
        struct view *item = view_item(list);
        instant starts_at = { 0 };
        view_str(item, "rule_id", text_of(rule, "rule_id"));
        view_int(item, "version", int_of(rule, "version"));
        view_str(item, "name", text_of(rule, "name"));
        (void)instant_read(text_of(rule, "starts_at"), &starts_at);
        view_instant(item, "starts_at", starts_at);
        conditions_view(item, rule);
        TRY(terms_view(rq, item, rule));
        view_bool(item, "is_used", str_eq(text_of(rule, "outcome"), STR("used")));
        view_int(item, "lines", int_of(rule, "lines"));
        view_bool(item, "is_console", !rq->partner_id);
    }
    return NULL;
}

/* A line that reaches over steps: each part at its own rate. */
static void steps_view(struct view *item, const struct value *line)
{
    const struct value *steps = value_member(line, STR("steps"));
    const struct value *over = value_member(line, STR("is_over"));
    struct view *list = view_list(item, "slices");

    view_bool(item, "is_cut_up", steps != NULL);
    view_bool(item, "is_over", over && over->truth);
    for (size_t i = 0; steps && i < steps->count; i++) {
        const struct value *step = &steps->items[i];
        struct view *slice = view_item(list);
        view_money(
            slice, "part", (amount){ int_of(step, "volume"), currency_of(line, "base_currency") });
        view_percent_bp(slice, "percent", int_of(step, "percent_bp"));
        view_str(slice, "slice_exact", text_of(step, "exact"));
    }
}

/* How many digits the longest number of the sum has behind its point. */
static size_t most_digits(const struct value *receipt)
{
    const struct value *lines = value_member(receipt, STR("lines"));
    const struct value *sum = value_member(receipt, STR("sum"));
    size_t most = 0;

    for (size_t i = 0; lines && i < lines->count; i++)
        most = digits_of(text_of(&lines->items[i], "exact")) > most
                   ? digits_of(text_of(&lines->items[i], "exact"))
                   : most;
    if (sum && digits_of(text_of(sum, "rounding")) > most)
        most = digits_of(text_of(sum, "rounding"));
    return most;
}

/* A bonus that a rule gave: by which order, for what. */
static void bonus_view(struct view *item, const struct value *line, str of)
{
    currency volume = currency_of(line, "volume_currency");

    view_bool(item, "is_recruit", str_eq(of, str_of(rule_kind_names[RULE_RECRUIT])));
    view_bool(item, "is_first_sale", str_eq(of, str_of(rule_kind_names[RULE_FIRST_SALE])));
    view_bool(item, "is_target", str_eq(of, str_of(rule_kind_names[RULE_TARGET])));
    view_str(item, "by_order", text_of(line, "order_id"));
    view_bool(item, "counts_orders", currency_none(volume));
    view_int(item, "goal_orders", int_of(line, "goal"));
    view_money(item, "goal", (amount){ int_of(line, "goal"), volume });
}

static void lines_view(
    struct request *rq, struct view *page, const struct value *receipt, size_t most)
{
    const struct value *lines = value_member(receipt, STR("lines"));
    struct view *list = view_list(page, "sum_lines");

    for (size_t i = 0; lines && i < lines->count; i++) {
        const struct value *line = &lines->items[i];
        struct view *item = view_item(list);
        str of = text_of(line, "of");
        currency unit = currency_of(line, "currency");
        str name = text_of(line, "name");
        view_bool(item, "is_order", str_eq(of, STR("order")));
        view_bool(item, "is_rest", str_eq(of, STR("rest")));
        view_bool(item, "is_hand", str_eq(of, STR("hand")));
        view_bool(item, "is_clicks", str_eq(of, STR("clicks")));
        bonus_view(item, line, of);
        view_str(item, "name", name.at ? name : text_of(line, "sku"));
        view_str(item, "note", text_of(line, "note"));
        view_int(item, "quantity", int_of(line, "quantity"));
        view_bool(item, "is_many", int_of(line, "quantity") > 1);
        if (has(line, "base"))
            view_money(
                item, "base", (amount){ int_of(line, "base"), currency_of(line, "base_currency") });
        reward_view(item, line);
        steps_view(item, line);
        exact_view(rq, item, "exact", text_of(line, "exact"), unit, most);
        view_bool(item, "is_capped", has(line, "cut"));
        if (has(line, "cut"))
            exact_view(rq, item, "cut", text_of(line, "cut"), unit, most);
    }
}

/* Less was booked than its order earns: a cap or a budget had no more room. */
static void cap_at_first_view(struct request *rq, struct view *page, const struct commission *c,
    int64_t earned, size_t most)
{
    str cut = exact_decimal(rq->arena, exact_of(c->earned_amount - earned), c->currency);

    view_bool(page, "was_capped", c->earned_amount < earned);
    exact_view(rq, page, "cap_cut", cut, c->currency, most);
}

static err frozen_view(struct request *rq, struct view *page, const struct commission *c)
{
    struct value receipt;
    const struct value *sum, *split;
    size_t most, decimals = (size_t)currency_decimals(c->currency);

    TRY(value_read(rq->arena, c->receipt, &receipt));
    most = most_digits(&receipt) > decimals ? most_digits(&receipt) : decimals;
    TRY(rules_view(rq, page, &receipt));
    lines_view(rq, page, &receipt, most);
    view_str(page, "total_pad", padding(rq->arena, decimals, most));
    sum = value_member(&receipt, STR("sum"));
    if (!sum)
        return NULL;
    exact_view(rq, page, "exact_sum", text_of(sum, "exact"), c->currency, most);
    exact_view(rq, page, "rounding", text_of(sum, "rounding"), c->currency, most);
    cap_at_first_view(rq, page, c, int_of(sum, "amount"), most);
    split = value_member(sum, STR("split"));
    view_bool(page, "is_shared", split && int_of(split, "partners") > 1);
    if (split) {
        view_int(page, "split_partners", int_of(split, "partners"));
        view_money(page, "split_amount", (amount){ int_of(split, "amount"), c->currency });
    }
    return NULL;
}

/* ---- what happened since
 * ----------------------------------------------------------------------------------------- */

static const struct refund *find_refund(const struct list *refunds, int64_t id)
{
    const struct refund *refund = refunds->at;
    for (size_t i = 0; i < refunds->count; i++)
        if (refund[i].id == id)
            return &refund[i];
    return NULL;
}

/* Paid in another currency: by which rate. */
static err rate_view(struct request *rq, struct view *item, const struct commission *c,
    const struct commission_event *event)
{
    struct commission_pays pays;

    if (!str_eq(event->cause_type, STR("payout_line")))
        return NULL;
    TRY(commission_pays(rq->db, c->program_id, event->cause_id, &pays));
    if (!pays.rate.at)
        return NULL;
    view_str(item, "rate", pays.rate);
    view_instant(item, "rate_day", pays.rate_day);
    view_currency(item, "pay_currency", pays.amount.currency);
    view_currency(view_page(item), "rate_of", c->currency);
    return NULL;
}

/* Why others moved it is told by the name of their order: a partner reads of his own alone. */
static err note_view(struct request *rq, struct view *item, const struct commission *c,
    const struct commission_event *event)
{
    static const char *const by_others[] = { "cap", "volume", "first_sale", "target", "recruit" };
    bool is_told = true;

    for (size_t i = 0; i < sizeof by_others / sizeof by_others[0] && rq->partner_id; i++)
        if (str_eq(event->reason, str_of(by_others[i])) && !str_empty(event->note))
            TRY(commission_has_order(
                rq->db, c->program_id, rq->partner_id, event->note, &is_told));
    view_str(item, "note", is_told ? event->note : STR_NONE);
    return NULL;
}

static err event_view(struct request *rq, struct view *list, const struct commission *c,
    const struct commission_event *event, const struct list *refunds)
{
    struct view *item = view_item(list), *page = view_page(item);
    const struct refund *refund =
        str_eq(event->cause_type, STR("refund")) ? find_refund(refunds, event->cause_id) : NULL;
    bool is_reversal = str_eq(event->kind, STR("reversed"));

    view_str(item, "kind", event->kind);
    view_minor(
        item, "amount", (amount){ is_reversal ? -event->amount : event->amount, c->currency });
    view_instant(item, "at", event->at);
    view_str(item, "reason", event->reason);
    TRY(note_view(rq, item, c, event));
    if (!rq->partner_id)
        view_str(item, "actor", event->actor);
    view_id(item, "entry_id", "ent", event->entry_id);
    view_bool(
        page, str_c(rq->arena, str_printf(rq->arena, "is_%" PRI_STR, STR_ARG(event->kind))), true);
    if (event->reason.at)
        view_words(page, "reason_words", commission_reason_words(event->reason.at));
    if (refund) {
        view_str(item, "refund_id", refund->refund_id);
        view_minor(item, "refund_amount", (amount){ refund->amount, refund->currency });
    }
    return rate_view(rq, item, c, event);
}

/* What came back after the clawback days: told, because nothing happened. */
static void late_view(struct view *list, const struct refund *refund)
{
    struct view *item = view_item(list);

    view_text(item, "kind", "too_late");
    view_minor(item, "amount", (amount){ 0, refund->currency });
    view_bool(view_page(item), "is_late", true);
    view_bool(view_page(item), "is_chargeback", refund->kind == REFUND_CHARGEBACK);
    view_instant(item, "at", refund->occurred_at);
    view_str(item, "note", refund->reason);
    view_str(item, "refund_id", refund->refund_id);
    view_minor(item, "refund_amount", (amount){ refund->amount, refund->currency });
}

static err events_view(struct request *rq, struct view *v, const struct commission *c)
{
    struct list events, refunds = { 0 };
    struct view *all = view_list(v, "events"), *later = view_list(view_page(v), "later");

    TRY(commission_events(rq->db, c->program_id, c->id, &events));
    if (c->conversion_id)
        TRY(conversion_refunds(rq->db, c->conversion_id, &refunds));
    const struct commission_event *event = events.at;
    for (size_t i = 0; i < events.count; i++) {
        TRY(event_view(rq, all, c, &event[i], &refunds));
        if (!str_eq(event[i].kind, STR("accrued")))
            TRY(event_view(rq, later, c, &event[i], &refunds));
    }
    const struct refund *refund = refunds.at;
    for (size_t i = 0; i < refunds.count; i++)
        if (refund[i].is_late) {
            late_view(all, &refund[i]);
            late_view(later, &refund[i]);
        }
    return NULL;
}

static err books_view(struct request *rq, struct view *v, const struct commission *c)
{
    bool is_part = str_eq(c->bonus_for, str_of(rule_kind_names[RULE_RECRUIT]));
    struct list lines;

    TRY(commission_ledger_lines(rq->db, c->program_id, c->id, &lines));
    struct ledger_line *line = lines.at;
    for (size_t i = 0; rq->partner_id && i < lines.count; i++) {
        line[i].actor = STR_NONE; /* who pressed the button is ours to know */
        if (is_part && str_eq(line[i].kind, STR("bonus")))
            line[i].memo = STR_NONE; /* and another's order is his */
    }
    ledger_lines_view(v, "entries", &lines);
    return NULL;
}

/* ---- whole
 * ---------------------------------------------------------------------------------------------------------
 */

static void step_view(struct view *page, const struct commission *c, const struct program *program)
{
    instant pay_day =
        program_next_payout(program, c->payable_at.ms ? c->payable_at : c->matures_at);

    view_bool(page, "is_earned_past", true);
    view_bool(page, "is_waiting", c->status == COMMISSION_PENDING || c->status == COMMISSION_HELD);
    view_bool(page, "is_payable_past",
        !instant_none(c->payable_at) && c->status != COMMISSION_PENDING);
    view_bool(page, "is_paid_past", !instant_none(c->paid_at));
    view_bool(
        page, "is_over", c->status == COMMISSION_DECLINED || c->status == COMMISSION_REVERSED);
    view_bool(page, "is_in_payout", c->status == COMMISSION_PAYABLE && c->payout_id);
    view_instant(page, "pay_day", pay_day);
    view_bool(page, "needs_hand", program->approval == APPROVAL_MANUAL);
    view_int(page, "hold_days", (c->matures_at.ms - c->occurred_at.ms) / DAY_MS);
}

static err load(struct request *rq, struct commission *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "com", &id));
    TRY(commission_find(rq->db, rq->program_id, rq->partner_id, id, out));
    return out->is_test == rq->who->is_test ? NULL : &COMMISSION_NOT_FOUND;
}

static err order_view(struct request *rq, struct view *v, const struct commission *c)
{
    struct conversion conversion = { 0 };

    if (!c->conversion_id || (rq->partner_id && c->kind == COMMISSION_BONUS))
        return NULL; /* a recruiter has no part in the order itself */
    TRY(conversion_find(rq->db, c->program_id, rq->partner_id, c->conversion_id, &conversion));
    if (!rq->partner_id)
        TRY(conversion_items(rq->db, &conversion));
    view_record(v, "conversion", rq->partner_id ? &conversion_partner_fields : &conversion_fields,
        &conversion);
    return conversion_attribution_view(rq, view_object(v, "attribution"), &conversion);
}

err receipt_show(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp);
    struct commission c = { 0 };
    struct program program = { 0 };

    TRY(load(rq, &c));
    TRY(program_get(rq->db, c.program_id, &program));
    commission_view(rq, view_object(v, "commission"), &c);
    TRY(order_view(rq, v, &c));
    view_raw(v, "decision", c.receipt);
    TRY(commission_caps_view(rq, v, &c));
    TRY(events_view(rq, v, &c));
    TRY(books_view(rq, v, &c));
    if (rq->surface == API)
        return NULL;
    if (rq->surface == PORTAL)
        rp->page = "conversion/receipt_mine";
    step_view(view_page(v), &c, &program);
    return frozen_view(rq, view_page(v), &c);
}
