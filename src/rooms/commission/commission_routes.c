/* Commissions over API, console and portal: lists, one, moves by hand, bonuses. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"

#include <inttypes.h>
#include <string.h>

#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/rule_inside.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

static err load(struct request *rq, struct commission *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "com", &id));
    TRY(commission_find(rq->db, rq->program_id, rq->partner_id, id, out));
    return out->is_test == rq->who->is_test ? NULL : &COMMISSION_NOT_FOUND;
}

bool commission_may_move(int move, const struct commission *c)
{
    enum commission_place to;
    return c->status != COMMISSION_DECLINED && commission_may(move, c->place, &to);
}

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct commission *c = record;
    struct view *page = view_page(item);

    (void)rq;
    view_bool(page, "is_by_hand", c->kind == COMMISSION_BONUS || c->kind == COMMISSION_ADJUSTMENT);
    view_bool(page, "is_of_order", c->kind == COMMISSION_SALE || c->kind == COMMISSION_LEAD);
    view_bool(page, "is_capped", c->status != COMMISSION_DECLINED && c->amount < c->full_amount);
    view_money(page, "uncapped", (amount){ c->full_amount, c->currency });
    view_bool(page, "is_in_payout", c->status == COMMISSION_PAYABLE && c->payout_id);
    view_bool(page, "is_split", c->share_bp > 0 && c->share_bp < 10000);
    view_bool(page, "was_reversed", c->reversed_amount != 0);
    view_bool(page, "was_adjusted", c->adjusted_amount != 0);
    view_percent_bp(page, "share", c->share_bp);
    if (c->status_reason.at)
        view_words(page, "reason_words", commission_reason_words(c->status_reason.at));
    if (c->bonus_for.at)
        view_words(page, "bonus_words", commission_reason_words(c->bonus_for.at));
    return NULL;
}

static err decorate_one(struct request *rq, struct view *item, const struct commission *c)
{
    struct view *page = view_page(item);

    view_bool(page, "can_approve", commission_may_move(MOVE_APPROVE, c));
    view_bool(page, "can_decline", commission_may_move(MOVE_DECLINE, c));
    view_bool(page, "can_hold", commission_may_move(MOVE_HOLD, c));
    view_bool(page, "can_release", commission_may_move(MOVE_RELEASE, c));
    return decorate(rq, item, c);
}

void commission_view(struct request *rq, struct view *into, const struct commission *c)
{
    view_record(into, NULL, &commission_fields, c);
    (void)decorate_one(rq, into, c);
}

/* ---- lists
 * -------------------------------------------------------------------------------------------------
 */

/* One row of the sums above a list. */
static const char *const status_flags[] = { "is_pending", "is_payable", "is_paid", "is_reversed",
    "is_declined", "is_held" };

struct total {
    str kind;
    currency currency;
    int64_t commissions, gross;
};

/* clang-format off */
static const struct field total_list[] = {
    FIELD(total,       kind),
    FIELD(total,       currency),
    FIELD(total,       commissions),
    FIELD_MONEY(total, gross, "currency"),
};
static const struct fields total_fields = FIELDS(total_list, total);
/* clang-format on */

static struct view *total_view(struct view *list, const struct total *total, struct arena *arena)
{
    struct view *item = view_item(list);

    view_str(item, "status", total->kind);
    for (size_t i = 0; commission_status_names[i]; i++)
        view_bool(item, status_flags[i], str_eq(total->kind, str_of(commission_status_names[i])));
    view_str(item, "currency_code", str_dup(arena, str_of(total->currency.code)));
    view_int(item, "count", total->commissions);
    view_money(item, "sum", (amount){ total->gross, total->currency });
    return item;
}

/* A tab for each state; `state` null: all of them. */
static void show_tab(
    struct request *rq, struct view *list, const char *state, const struct list *totals)
{
    const struct total *total = totals->at;
    struct view *item = view_item(list);
    str asked = request_query(rq, "status"), partner = request_query(rq, "partner_id");
    int64_t count = 0;

    for (size_t i = 0; i < totals->count; i++)
        if (!state || str_eq(total[i].kind, str_of(state)))
            count += total[i].commissions;
    for (size_t i = 0; commission_status_names[i]; i++)
        view_bool(item, status_flags[i], state && strcmp(commission_status_names[i], state) == 0);
    view_bool(item, "is_every", !state);
    view_bool(item, "chosen", state ? str_eq(asked, str_of(state)) : str_empty(asked));
    view_bool(item, "has_count", str_empty(partner)); /* counted over all partners */
    view_int(item, "count", count);
    view_str(item, "url",
        str_printf(rq->arena, "?%s%s%s%" PRI_STR, state ? "status=" : "", state ? state : "",
            str_empty(partner) ? "" : "&partner_id=",
            STR_ARG(str_empty(partner) ? STR("") : str_url_encode(rq->arena, partner))));
}

static err show_totals(struct request *rq, struct view *v)
{
    struct view *list = view_list(view_page(v), "totals");
    struct list rows;

    TRY(db_all(rq->db, &COMMISSION_TOTALS,
        PARAMS(P("program_id", rq->program_id), P("is_test", rq->who->is_test),
            param_ref("partner_id", rq->partner_id)),
        &total_fields, &rows));
    const struct total *total = rows.at;
    const char *before = NULL;
    for (size_t i = 0; i < rows.count; i++) {
        if (!total[i].gross) /* reversed and declined, mostly: a tab counts them */
            continue;
        struct view *item = total_view(list, &total[i], rq->arena);
        view_bool(item, "is_other_currency", before && strcmp(before, total[i].currency.code) != 0);
        before = total[i].currency.code;
    }
    view_str(view_page(v), "asked_status", request_query(rq, "status"));
    view_str(view_page(v), "asked_partner", request_query(rq, "partner_id"));
    view_str(view_page(v), "asked_currency", request_query(rq, "currency"));
    list = view_list(view_page(v), "tabs");
    show_tab(rq, list, NULL, &rows);
    for (size_t i = 0; commission_status_names[i]; i++)
        show_tab(rq, list, commission_status_names[i], &rows);
    return NULL;
}

/* Where others apply by a partner's word, while a rule pays for it. */
static err show_recruiting(struct request *rq, struct view *page)
{
    struct program program = { 0 };
    struct list rules;

    TRY(commission_rules_at(rq->db, rq->program_id, rq->now, &rules));
    TRY(program_get(rq->db, rq->program_id, &program));
    const struct rule *rule = rules.at;
    for (size_t i = 0; i < rules.count; i++)
        if (rule[i].kind == RULE_RECRUIT) {
            view_str(page, "recruit_url",
                str_printf(rq->arena, "%" PRI_STR "/p/%" PRI_STR "/apply?recruiter=%" PRI_STR,
                    STR_ARG(rq->base_url), STR_ARG(program.slug),
                    STR_ARG(id_print(rq->arena, "par", rq->partner_id))));
            return NULL;
        }
    return NULL;
}

static err commission_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface != API)
        TRY(show_totals(rq, reply_view(rp)));
    if (rq->surface == PORTAL) {
        TRY(show_recruiting(rq, view_page(reply_view(rp))));
        rp->page = "commission/mine";
    }
    return reply_listing(rp, &COMMISSION_LIST,
        PARAMS(P("program_id", rq->program_id), param_ref("partner_id", rq->partner_id),
            P("is_test", rq->who->is_test)),
        &commission_fields, decorate);
}

static err commission_show(struct request *rq, struct reply *rp)
{
    struct commission c = { 0 };

    TRY(load(rq, &c));
    commission_view(rq, reply_view(rp), &c);
    return NULL;
}

/* ---- moves by hand
 * -------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct field reasoned_list[] = {
    FIELD(reasoned, reason, .flags = FIELD_TAKEN, .max = 300, .help = "duplicate, fraud, cancelled, own_order, terms, or your own words."),
    FIELD(reasoned, note,   .flags = FIELD_TAKEN, .max = 500, .help = "Needed with \"other\"; the partner reads it."),
};
const struct fields reasoned_fields = FIELDS(reasoned_list, reasoned);

static const struct {
    const char *action, *flash;
} moves[] = {
    [MOVE_APPROVE] = { "commission.approve", "commission/approved" },
    [MOVE_DECLINE] = { "commission.decline", "commission/declined" },
    [MOVE_HOLD]    = { "commission.hold",    "commission/held" },
    [MOVE_RELEASE] = { "commission.release", "commission/released" },
};
/* clang-format on */

err commission_move_noted(struct db *db, const struct commission_moved *m,
    struct commission *before, struct commission *out)
{
    struct audit_entry entry = { .id = m->audit_id,
        .program_id = m->what.program_id,
        .who = m->rq->who,
        .action = moves[m->what.move].action,
        .object = "com",
        .object_id = m->what.id,
        .address = m->rq->peer_address,
        .at = m->rq->now };

    TRY(commission_find(db, m->what.program_id, 0, m->what.id, before));
    TRY(commission_change(db, &m->act, &m->what, out));
    entry.object_name = before->order_id;
    audit_difference(db_arena(db), &commission_fields, before, out, &entry);
    TRY(audit_write(db, &entry));
    return announce(db, moves[m->what.move].action, m->what.program_id, m->what.id);
}

struct moving {
    struct commission_moved what;
    struct commission after;
};

static err move_write(struct db *db, void *arg)
{
    struct moving *m = arg;
    struct commission before = { 0 };

    return commission_move_noted(db, &m->what, &before, &m->after);
}

static err move_by_hand(struct request *rq, enum commission_move move, int64_t id,
    const struct reasoned *why, struct commission *out)
{
    struct moving m = { .what = { .rq = rq,
                            .act = ledger_act_of(rq),
                            .what = { move, rq->program_id, id, why->reason, why->note },
                            .audit_id = id_new(rq->env) } };

    TRY(store_write(rq->store, move_write, &m));
    *out = m.after;
    return NULL;
}

static err change(struct request *rq, struct reply *rp, enum commission_move move)
{
    struct reasoned why = { 0 };
    struct commission c = { 0 };
    str name;

    TRY(request_read(rq, &reasoned_fields, &why));
    TRY(load(rq, &c));
    name = c.partner_name;
    TRY(move_by_hand(rq, move, c.id, &why, &c));
    c.partner_name = name;
    commission_view(rq, reply_view(rp), &c);
    if (move == MOVE_HOLD)
        rp->undo = str_printf(rq->arena, "/manage/commissions/%" PRI_STR "/release",
            STR_ARG(id_print(rq->arena, "com", c.id)));
    return reply_done(rp, moves[move].flash, "/commissions/%" PRI_STR "/receipt",
        STR_ARG(id_print(rq->arena, "com", c.id)));
}

static err commission_approve(struct request *rq, struct reply *rp)
{
    return change(rq, rp, MOVE_APPROVE);
}

static err commission_decline(struct request *rq, struct reply *rp)
{
    return change(rq, rp, MOVE_DECLINE);
}

static err commission_hold(struct request *rq, struct reply *rp)
{
    return change(rq, rp, MOVE_HOLD);
}

static err commission_release(struct request *rq, struct reply *rp)
{
    return change(rq, rp, MOVE_RELEASE);
}

/* ---- bonus and adjustment
 * ------------------------------------------------------------------------------------- */

static const enum commission_kind UNTOLD =
    COMMISSION_ADJUSTMENT + 1; /* stays so when no kind is told */

struct giving {
    int64_t program_id, partner_id;
    int64_t amount;
    currency currency;
    enum commission_kind kind;
    str reason;
};

/* clang-format off */
static const struct field giving_list[] = {
    FIELD_ID(giving,    program_id, "prg", .flags = FIELD_TAKEN),
    FIELD_ID(giving,    partner_id, "par", .flags = FIELD_REQUIRED),
    FIELD_MONEY(giving, amount, "currency", .flags = FIELD_REQUIRED, .min = -RULE_AMOUNT_MOST, .max = RULE_AMOUNT_MOST, .help = "Below zero: carried, taken up by the next payout."),
    FIELD(giving,       currency,   .flags = FIELD_REQUIRED),
    FIELD(giving,       kind,       .flags = FIELD_TAKEN, .names = commission_kind_names, .help = "\"bonus\" or \"adjustment\"."),
    FIELD(giving,       reason,     .flags = FIELD_REQUIRED, .max = 500, .help = "The partner reads it."),
};
static const struct fields giving_fields = FIELDS(giving_list, giving);
/* clang-format on */

static const struct err AMOUNT_ZERO = { ERR_INVALID, "amount_zero", N_("Zero changes nothing."),
    "amount" };
static const struct err BONUS_NEGATIVE = { ERR_INVALID, "bonus_negative",
    N_("A bonus is above zero; an adjustment may be below."), "amount" };
static const struct err REASON_BLANK = { ERR_INVALID, "required", N_("This is needed."), "reason" };
static const struct err KIND_BY_HAND = { ERR_INVALID, "kind_by_hand",
    N_("By hand there are “bonus” and “adjustment”; sales and leads come from orders."), "kind" };

static err check_giving(struct request *rq, const struct giving *given)
{
    if (given->amount == 0)
        (void)request_problem(rq, "amount", &AMOUNT_ZERO);
    if (given->kind != COMMISSION_BONUS && given->kind != COMMISSION_ADJUSTMENT)
        (void)request_problem(rq, "kind", &KIND_BY_HAND);
    else if (given->kind == COMMISSION_BONUS && given->amount < 0)
        (void)request_problem(rq, "amount", &BONUS_NEGATIVE);
    if (str_empty(str_trim(given->reason)))
        (void)request_problem(rq, "reason", &REASON_BLANK);
    return request_problems(rq);
}

struct adding {
    const struct request *rq;
    struct ledger_act act;
    struct commission_by_hand what;
    struct commission made;
    int64_t audit_id;
};

static err add_write(struct db *db, void *arg)
{
    struct adding *a = arg;
    struct audit_entry entry = { .id = a->audit_id,
        .program_id = a->what.program_id,
        .who = a->rq->who,
        .action = "commission.add",
        .object = "com",
        .object_id = a->what.id,
        .object_name = a->what.reason,
        .address = a->rq->peer_address,
        .at = a->rq->now };

    TRY(commission_add(db, &a->act, &a->what, &a->made));
    audit_difference(db_arena(db), &commission_fields, NULL, &a->made, &entry);
    TRY(audit_write(db, &entry));
    return announce(db, "commission.added", a->what.program_id, a->what.id);
}

static err commission_create(struct request *rq, struct reply *rp)
{
    struct giving given = { .kind = UNTOLD };
    struct partner partner = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (currency_read(
            request_form(rq, "currency"), &given.currency)) /* money of forms is read in it */
        given.currency = (currency){ 0 };
    TRY(request_read(rq, &giving_fields, &given));
    if (given.kind == UNTOLD)
        given.kind = given.amount > 0 ? COMMISSION_BONUS : COMMISSION_ADJUSTMENT;
    TRY(check_giving(rq, &given));
    TRY(partner_get(rq->db, rq->program_id, given.partner_id, &partner));

    struct adding a = { .rq = rq,
        .act = ledger_act_of(rq),
        .what = { .id = request_new_id(rq),
            .program_id = rq->program_id,
            .partner_id = given.partner_id,
            .amount = { given.amount, given.currency },
            .kind = given.kind,
            .reason = given.reason,
            .is_test = rq->who->is_test },
        .audit_id = id_new(rq->env) };
    TRY(store_write(rq->store, add_write, &a));
    a.made.partner_name = partner.name;
    commission_view(rq, reply_view(rp), &a.made);
    return reply_created(rp, "commission/made", "/commissions/%" PRI_STR "%s",
        STR_ARG(id_print(rq->arena, "com", a.made.id)), rq->surface == API ? "" : "/receipt");
}

static err commission_new(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };
    struct list partners;
    int64_t chosen = 0;

    TRY(program_of_request(rq, &program));
    str typed = request_typed(rq, "partner_id");
    (void)id_read("par", typed.at ? typed : request_query(rq, "partner_id"), &chosen);
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
    view_currency(reply_form(rp), "currency", program.currency);
    return NULL;
}

/* ---- tables
 * ---------------------------------------------------------------------------------------------------
 */

static err count_waiting(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = true;
    return db_int(rq->db, &COMMISSION_WAITING, PARAMS(P("program_id", rq->program_id)), out);
}

/* clang-format off */
static const struct route routes[] = {
    /* method path                           shown on               needs              handler             page */
    { GET,   "/commissions",                 API | MANAGE | PORTAL, COMMISSIONS_READ,  commission_index,   "commission/list", ROUTE_CSV,
      .gives = &commission_fields, .summary = "Commissions, newest first" },
    { POST,  "/commissions",                 API | MANAGE,          COMMISSIONS_WRITE, commission_create,  "commission/form", ROUTE_MONEY,
      .takes = &giving_fields, .gives = &commission_fields, .summary = "A bonus or an adjustment", .statuses = "201" },
    { GET,   "/commissions/new",             MANAGE,                COMMISSIONS_WRITE, commission_new,     "commission/form" },
    { POST,  "/commissions/bulk",            API | MANAGE,          COMMISSIONS_WRITE, commission_bulk,    "commission/bulk", ROUTE_MONEY,
      .takes = &commission_bulk_fields, .summary = "Many at once: shown with preview, done without; those that cannot be moved are named and left",
      .also = COMMISSION_BULK_GIVES },
    { GET,   "/commissions/{id}",            API,                   COMMISSIONS_READ,  commission_show,    NULL, 0,
      .gives = &commission_fields, .summary = "One commission" },
    { POST,  "/commissions/{id}/approve",    API | MANAGE,          COMMISSIONS_WRITE, commission_approve, "conversion/receipt", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &commission_fields, .summary = "Payable now, before the hold ends", .statuses = "200 409" },
    { POST,  "/commissions/{id}/decline",    API | MANAGE,          COMMISSIONS_WRITE, commission_decline, "conversion/receipt", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &commission_fields, .summary = "Worth nothing from now on; final", .statuses = "200 409" },
    { POST,  "/commissions/{id}/hold",       API | MANAGE,          COMMISSIONS_WRITE, commission_hold,    "conversion/receipt", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &commission_fields, .summary = "Not paid until it is released", .statuses = "200 409" },
    { POST,  "/commissions/{id}/release",    API | MANAGE,          COMMISSIONS_WRITE, commission_release, "conversion/receipt", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &commission_fields, .summary = "Back to where it was before the hold", .statuses = "200 409" },
    /* rules: rule_routes.c */
    { GET,   "/rules",                       API | MANAGE,          RULES_READ,        rule_index,         "commission/rules", 0,
      .gives = &rule_fields, .summary = "All versions of all rules" },
    { POST,  "/rules",                       API | MANAGE,          RULES_WRITE,       rule_create,        "commission/rule_form", 0,
      .takes = &rule_fields, .gives = &rule_fields, .summary = "Begin a rule", .statuses = "201" },
    { GET,   "/rules/new",                   MANAGE,                RULES_WRITE,       rule_new,           "commission/rule_form" },
    { GET,   "/rates",                       PORTAL,                COMMISSIONS_READ,  rule_mine,          "commission/rates" },
    { GET,   "/rules/try",                   MANAGE,                RULES_READ,        rule_try,           "commission/rule_try" },
    { GET,   "/rules/{id}",                  API | MANAGE,          RULES_READ,        rule_show,          "commission/rule", 0,
      .gives = &rule_fields, .summary = "One version of a rule" },
    { PATCH, "/rules/{id}",                  API | MANAGE,          RULES_WRITE,       rule_patch,         "commission/rule", 0,
      .takes = &rule_fields, .gives = &rule_fields, .summary = "End this version and begin the next; ends_at alone only ends it", .statuses = "200 409" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Money"), N_("Commissions"), "/commissions", "receipt", COMMISSIONS_READ, 1, count_waiting },
    { MANAGE, N_("Money"), N_("Rules"),       "/rules",       "rule",    RULES_READ,       2, NULL },
    { PORTAL, NULL,        N_("Earnings"),    "/commissions", "receipt", COMMISSIONS_READ, 3, NULL },
    { 0 },
};
/* clang-format on */

const struct room commission_room = {
    .name = "commission",
    .routes = routes,
    .jobs = commission_jobs,
    .migrations = commission_migrations,
    .nav = nav,
    .listeners = commission_listeners,
};
