/* Orders over API and console: one, many, refunds, confirm, decline. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <inttypes.h>

#include "base/buf.h"
#include "http/json.h"
#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/conversion/conversion.sql.h"
#include "rooms/program/program.h"

err conversion_of_request(struct request *rq, struct conversion *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "cnv", &id));
    TRY(conversion_find(rq->db, rq->program_id, rq->partner_id, id, out));
    return out->is_test == rq->who->is_test ? NULL : &CONVERSION_NOT_FOUND;
}

/* ---- telling an order
 * ---------------------------------------------------------------------------------------- */

struct conversion conversion_blank(void)
{
    return (struct conversion){ .type = STR("sale") };
}

void conversion_fill(struct request *rq, struct conversion *c, int64_t id)
{
    struct conversion_item *items = c->items.at;

    c->id = id;
    c->program_id = rq->program_id;
    c->is_test = rq->who->is_test;
    c->country = str_empty(c->country) ? STR_NONE : str_upper(rq->arena, c->country);
    for (size_t i = 0; i < c->items.count; i++)
        if (items[i].quantity == 0)
            items[i].quantity = 1;
}

static const struct err AMOUNT_NEEDED = { ERR_INVALID, "required", N_("A sale has an amount."),
    "amount" };
static const struct err CURRENCY_NEEDED = { ERR_INVALID, "required",
    N_("An amount has a currency."), "currency" };

static bool was_told(const struct value *body, const char *name)
{
    const struct value *member = value_member(body, str_of(name));
    return member && member->kind != VALUE_NULL;
}

err conversion_complete(struct request *rq, const struct value *body, struct conversion *c)
{
    bool is_sale = str_eq(c->type, STR("sale")), has_amount = body && was_told(body, "amount");

    if (is_sale && !has_amount)
        (void)request_problem(rq, "amount", &AMOUNT_NEEDED);
    if ((is_sale || has_amount) && currency_none(c->currency))
        (void)request_problem(rq, "currency", &CURRENCY_NEEDED);
    TRY(request_problems(rq));
    if (currency_none(c->currency)) { /* a lead is worth nothing, in the programme's money */
        struct program program = { 0 };
        TRY(program_get(rq->db, rq->program_id, &program));
        c->currency = program.currency;
    }
    return NULL;
}

static err record_one(struct db *db, void *arg)
{
    struct conversion_telling *t = arg;
    return conversion_record(db, &t->told, &t->stands);
}

err conversion_tell(struct request *rq, struct conversion_telling *t)
{
    t->told.act = ledger_act_of(rq);
    t->told.app = rq->app;
    TRY(conversion_check(&t->told.conversion, rq->now));
    TRY(conversion_settle(rq->db, rq->app, &t->told));
    return store_write(rq->store, record_one, t);
}

static err conversion_create(struct request *rq, struct reply *rp)
{
    struct conversion_telling t = { .told.conversion = conversion_blank() };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &conversion_fields, &t.told.conversion));
    TRY(conversion_complete(rq, request_json(rq), &t.told.conversion));
    conversion_fill(rq, &t.told.conversion, request_new_id(rq));
    TRY(conversion_tell(rq, &t));
    TRY(conversion_view_recorded(rq, reply_view(rp), &t.stands));
    if (t.stands.already)
        return NULL;
    return reply_created(rp, "conversion/made", "/conversions/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "cnv", t.stands.conversion.id)));
}

/* ---- lists and one
 * -----------------------------------------------------------------------------------------------
 */

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct conversion *c = record;
    struct list commissions;

    TRY(commission_of_conversion(rq->db, c->program_id, c->id, &commissions));
    conversion_view_commissions(rq, item, &commissions);
    view_words(view_page(item), "why", attribution_reason_words(c->reason.at ? c->reason.at : ""));
    return NULL;
}

/* clang-format off */
static const struct {
    const char *words, *filter, *value;
} tabs[] = {
    { N_("All"),             NULL,         "" },
    { N_("With a partner"),  "attributed", "true" },
    { N_("Without"),         "attributed", "false" },
    { N_("Unverified"),      "status",     "unverified" },
    { N_("Partly refunded"), "status",     "partially_refunded" },
    { N_("Refunded"),        "status",     "refunded" },
    { N_("Declined"),        "status",     "declined" },
};
/* clang-format on */

static void show_tabs(struct request *rq, struct view *page)
{
    bool is_any =
        !str_empty(request_query(rq, "status")) || !str_empty(request_query(rq, "attributed"));
    struct view *list = view_list(page, "tabs");

    for (size_t i = 0; i < sizeof tabs / sizeof tabs[0]; i++) {
        struct view *item = view_item(list);

        view_words(item, "words", tabs[i].words);
        view_bool(item, "chosen",
            tabs[i].filter ? str_eq(request_query(rq, tabs[i].filter), str_of(tabs[i].value))
                           : !is_any);
        view_str(item, "url",
            tabs[i].filter ? str_printf(rq->arena, "?%s=%s", tabs[i].filter, tabs[i].value)
                           : STR("?"));
    }
}

static err conversion_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == MANAGE)
        show_tabs(rq, view_page(reply_view(rp)));
    if (!rq->partner_id)
        return reply_listing(rp, &CONVERSION_LIST,
            PARAMS(P("program_id", rq->program_id), P("is_test", rq->who->is_test)),
            &conversion_fields, decorate);
    if (rq->surface == PORTAL)
        rp->page = "conversion/mine";
    return reply_listing(rp, &CONVERSION_LIST_OF_PARTNER,
        PARAMS(P("program_id", rq->program_id), P("is_test", rq->who->is_test),
            P("partner_id", rq->partner_id)),
        &conversion_partner_fields, decorate);
}

/* Four forms stand on the page: what was refused stands beside the one that was sent. */
static void show_sent(struct request *rq, struct view *page)
{
    str which = request_typed(rq, "which");

    view_bool(page, "to_refund", str_eq(which, STR("refund")));
    view_bool(page, "to_amend", str_eq(which, STR("amend")));
    view_bool(page, "to_move", str_eq(which, STR("move")));
    view_bool(page, "to_decline", str_eq(which, STR("decline")));
}

static void show_possible(struct request *rq, struct view *page, const struct conversion *c)
{
    bool is_over = c->status == CONVERSION_DECLINED || c->status == CONVERSION_REPLACED;

    view_bool(page, "can_confirm", c->status == CONVERSION_UNVERIFIED);
    view_bool(page, "can_decline", !is_over);
    view_bool(page, "can_change", !is_over);
    view_bool(page, "is_amended", c->amended_by != 0);
    view_bool(page, "can_refund", !is_over && c->refunded_amount < c->amount);
    view_money(page, "refundable", (amount){ c->amount - c->refunded_amount, c->currency });
    show_sent(rq, page);
    struct view *choices = view_list(page, "reasons");
    for (size_t i = 0; commission_reasons[i]; i++) {
        struct view *item = view_item(choices);
        view_text(item, "code", commission_reasons[i]);
        view_words(item, "words", commission_reason_words(commission_reasons[i]));
        view_bool(
            item, "chosen", str_eq(request_typed(rq, "reason"), str_of(commission_reasons[i])));
    }
}

err conversion_answer(struct request *rq, struct reply *rp, struct conversion *c)
{
    TRY(conversion_view(rq, reply_view(rp), c));
    show_possible(rq, view_page(reply_view(rp)), c);
    return rq->surface == MANAGE
               ? conversion_partners_view(rq, view_page(reply_view(rp)), "partner_choices")
               : NULL;
}

static err conversion_show(struct request *rq, struct reply *rp)
{
    struct conversion c = { 0 };

    TRY(conversion_of_request(rq, &c));
    if (rq->surface == PORTAL)
        rp->page = "conversion/mine_show";
    return conversion_answer(rq, rp, &c);
}

/* ---- confirm, decline
 * ---------------------------------------------------------------------------------------------- */

struct reasoned {
    str reason, note;
};

/* clang-format off */
static const struct field reasoned_list[] = {
    FIELD(reasoned, reason, .flags = FIELD_TAKEN, .max = 300, .help = "duplicate, fraud, cancelled, own_order, terms, or your own words."),
    FIELD(reasoned, note,   .flags = FIELD_TAKEN, .max = 500, .help = "Needed with \"other\"; partners read it."),
};
static const struct fields reasoned_fields = FIELDS(reasoned_list, reasoned);
/* clang-format on */

struct changing {
    const struct request *rq;
    struct ledger_act act;
    int64_t id, audit_id;
    struct reasoned why;
    bool confirms;
    struct conversion after;
};

static err change_write(struct db *db, void *arg)
{
    struct changing *c = arg;
    struct conversion before = { 0 };
    struct audit_entry entry = { .id = c->audit_id,
        .program_id = c->rq->program_id,
        .who = c->rq->who,
        .action = c->confirms ? "conversion.confirm" : "conversion.decline",
        .object = "cnv",
        .object_id = c->id,
        .address = c->rq->peer_address,
        .at = c->rq->now };

    TRY(conversion_find(db, c->rq->program_id, 0, c->id, &before));
    c->after = before;
    if (c->confirms)
        TRY(conversion_confirm(db, &c->act, &c->after));
    else
        TRY(conversion_decline(db, &c->act, &c->after, c->why.reason, c->why.note));
    entry.object_name = before.order_id;
    audit_difference(db_arena(db), &conversion_fields, &before, &c->after, &entry);
    return audit_write(db, &entry);
}

static err change(struct request *rq, struct reply *rp, bool confirms)
{
    struct changing c = {
        .rq = rq, .act = ledger_act_of(rq), .audit_id = id_new(rq->env), .confirms = confirms
    };
    struct conversion before = { 0 };

    TRY(request_read(rq, &reasoned_fields, &c.why));
    TRY(conversion_of_request(rq, &before));
    if (!confirms)
        TRY(commission_reason_read(MOVE_DECLINE, &c.why.reason, &c.why.note));
    c.id = before.id;
    TRY(store_write(rq->store, change_write, &c));
    TRY(conversion_answer(rq, rp, &c.after));
    return reply_done(rp, confirms ? "conversion/confirmed" : "conversion/declined",
        "/conversions/%" PRI_STR, STR_ARG(id_print(rq->arena, "cnv", c.id)));
}

static err confirm(struct request *rq, struct reply *rp)
{
    return change(rq, rp, true);
}

static err decline(struct request *rq, struct reply *rp)
{
    return change(rq, rp, false);
}

/* ---- refunds
 * ----------------------------------------------------------------------------------------------------------
 */

static const struct err ORDER_NEEDED = { ERR_INVALID, "required", N_("Say which order."),
    "order_id" };

struct refunding {
    struct ledger_act act;
    struct refund refund;
    bool already;
};

static err refund_write(struct db *db, void *arg)
{
    struct refunding *r = arg;
    return conversion_refund(db, &r->act, &r->refund, &r->already);
}

/* Items as they were told, to be kept. */
str conversion_items_text(struct arena *arena, const struct list *items)
{
    struct view *list = view_list(view_new(arena), "items");
    struct buf out = buf_new(arena);

    if (items->count == 0)
        return STR_NONE;
    for (size_t i = 0; i < items->count; i++)
        view_record(view_item(list), NULL, &conversion_item_fields,
            (const struct conversion_item *)items->at + i);
    view_json(list, &out);
    return str_dup(arena, buf_str(&out));
}

static err refund(struct request *rq, struct reply *rp, struct refunding *r)
{
    r->act = ledger_act_of(rq);
    r->refund.id = request_new_id(rq);
    r->refund.program_id = rq->program_id;
    r->refund.is_test = rq->who->is_test;
    r->refund.items_json = conversion_items_text(rq->arena, &r->refund.items);
    TRY(store_write(rq->store, refund_write, r));
    view_record(reply_view(rp), NULL, &refund_fields, &r->refund);
    return NULL;
}

static err refund_of_order(struct request *rq, struct reply *rp)
{
    struct refunding r = { 0 };
    struct conversion c = { 0 };

    TRY(conversion_of_request(rq, &c));
    r.refund.currency =
        rq->surface == API ? (currency){ 0 } : c.currency; /* money of forms is read in it */
    TRY(request_read(rq, &refund_fields, &r.refund));
    r.refund.conversion_id = c.id;
    TRY(refund(rq, rp, &r));
    if (r.already)
        return NULL;
    return reply_created(rp, "conversion/refunded", "/conversions/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "cnv", r.refund.conversion_id)));
}

static err refund_create(struct request *rq, struct reply *rp)
{
    struct refunding r = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &refund_fields, &r.refund));
    if (str_empty(r.refund.order_id))
        return request_problem(rq, "order_id", &ORDER_NEEDED);
    TRY(refund(rq, rp, &r));
    if (r.already)
        return NULL;
    return reply_created(rp, "conversion/refunded", "/refunds");
}

/* ---- tables
 * -------------------------------------------------------------------------------------------------------------
 */

static err count_unverified(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = true;
    return db_int(
        rq->db, &CONVERSION_UNVERIFIED_COUNT, PARAMS(P("program_id", rq->program_id)), out);
}

/* clang-format off */
#define TOUCHES "[(partner_id:string share_bp:integer reason:string touch:(kind:string evidence:string at:string " \
    "click_id:string link_id:string coupon_id:string subs:[string] waits:boolean))]"
#define ATTRIBUTION "attribution:(model:string coupon_precedence:string window_days:integer reason:string " \
    "winners:" TOUCHES " losers:" TOUCHES ")"
#define ORDER ATTRIBUTION " commissions:[commission] refunds:[refund] amendments:[amendment] moves:[conversion_move]"
#define ENTRIES "entries:[(id:string kind:string at:string actor:string memo:string postings:[(account:string " \
    "partner_id:string debit:integer credit:integer currency:string)])]"
#define RULE "rule_id:string percent_bp:integer amount:integer reward_currency:string per:string"
#define DECISION "decision:(share_bp:integer order:(order_id:string type:string amount:integer currency:string coupon:string " \
    "country:string new_customer:boolean occurred_at:string) rules:[(" RULE " version:integer name:string starts_at:string outcome:string " \
    "lines:integer scope:[(kind:string value:string amount:integer currency:string)])] lines:[(" RULE " of:string sku:string name:string category:string " \
    "quantity:integer base:integer base_currency:string note:string order_id:string goal:integer volume_currency:string exact:string cut:string is_over:boolean " \
    "steps:[(from:integer volume:integer percent_bp:integer exact:string)] currency:string)] sum:(exact:string " \
    "rounding:string amount:integer currency:string split:(partners:integer exact:string amount:integer)))"
#define CAPS "caps:[(rule_id:string name:string kind:string leaves:integer currency:string)]"
#define EVENTS "events:[(kind:string amount:integer at:string reason:string note:string actor:string entry_id:string " \
    "refund_id:string refund_amount:integer rate:string rate_day:string pay_currency:string)]"
#define ALSO_UPLOAD "dry_run:boolean rows:integer created:integer duplicates:integer errors:integer " \
    "data:[(line:integer order_id:string outcome:string code:string message:string)]"

static const struct route routes[] = {
    /* method path                           shown on               needs              handler             page */
    { POST, "/conversions",                  API,                   CONVERSIONS_WRITE, conversion_create,  NULL, ROUTE_MONEY,
      .takes = &conversion_fields, .gives = &conversion_fields, .also = ORDER,
      .summary = "Report an order, a lead or an event", .statuses = "201 200 409" },
    { POST, "/conversions/batch",            API,                   CONVERSIONS_WRITE, conversion_batch,   NULL, ROUTE_MONEY | ROUTE_LARGE,
      .takes = &conversion_batch_fields,
      .also = "data:[(status:integer order_id:string conversion:{conversion} error:any)]",
      .summary = "Up to 1,000 orders, a result for each", .statuses = "200" },
    { GET,  "/conversions",                  API | MANAGE | PORTAL, CONVERSIONS_READ,  conversion_index,   "conversion/list", ROUTE_CSV,
      .gives = &conversion_fields, .also = ORDER, .mine = &conversion_partner_fields,
      .summary = "Orders, leads and events, newest first" },
    { GET,  "/conversions/upload",           MANAGE,                CONVERSIONS_WRITE, conversion_upload,  "conversion/upload" },
    { POST, "/conversions/upload",           API | MANAGE,          CONVERSIONS_WRITE, conversion_import,  "conversion/upload", ROUTE_LARGE | ROUTE_MONEY,
      .takes = &conversion_upload_fields,
      .summary = "Orders from a CSV file; without confirm=1 a dry run", .statuses = "200", .also = ALSO_UPLOAD },
    { GET,  "/conversions/{id}",             API | MANAGE | PORTAL, CONVERSIONS_READ,  conversion_show,    "conversion/show", 0,
      .gives = &conversion_fields, .also = ORDER, .mine = &conversion_partner_fields,
      .summary = "One order with its attribution, commissions and refunds" },
    { POST, "/conversions/{id}/refunds",     API | MANAGE,          CONVERSIONS_WRITE, refund_of_order,    "conversion/show", ROUTE_MONEY,
      .takes = &refund_fields, .gives = &refund_fields, .summary = "Something came back", .statuses = "201 200 409" },
    { POST, "/conversions/{id}/confirm",     API | MANAGE,          CONVERSIONS_WRITE, confirm,            "conversion/show", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &conversion_fields, .also = ORDER,
      .summary = "A browser's telling is true", .statuses = "200 409" },
    { POST, "/conversions/{id}/decline",     API | MANAGE,          CONVERSIONS_WRITE, decline,            "conversion/show", ROUTE_MONEY,
      .takes = &reasoned_fields, .gives = &conversion_fields, .also = ORDER,
      .summary = "Nobody earns from this order", .statuses = "200 409" },
    { POST, "/conversions/{id}/amendments",  API | MANAGE,          CONVERSIONS_WRITE, amendment_of_order, "conversion/show", ROUTE_MONEY,
      .takes = &amendment_fields, .gives = &amendment_fields, .summary = "The order counts for something else now", .statuses = "201 200 409" },
    { POST, "/conversions/{id}/move",        API | MANAGE,          CONVERSIONS_WRITE, conversion_give,    "conversion/show", ROUTE_MONEY,
      .takes = &conversion_move_fields, .gives = &conversion_fields, .also = ORDER, .summary = "Give the sale to another partner", .statuses = "200 409" },
    { POST, "/amendments",                   API,                   CONVERSIONS_WRITE, amendment_create,   NULL, ROUTE_MONEY,
      .takes = &amendment_fields, .gives = &amendment_fields, .summary = "An amendment by order_id; it may come before its sale", .statuses = "201 200 409" },
    { GET,  "/amendments",                   API | MANAGE,          CONVERSIONS_READ,  amendment_index,    "conversion/amendments", ROUTE_CSV,
      .gives = &amendment_fields, .summary = "Amendments, newest first" },
    { GET,  "/moves",                        API | MANAGE,          CONVERSIONS_READ,  move_index,         "conversion/moves", ROUTE_CSV,
      .gives = &conversion_move_fields, .summary = "Sales that were given to another partner, newest first" },
    { GET,  "/refunds",                      API | MANAGE,          CONVERSIONS_READ,  refund_index,       "conversion/refunds", ROUTE_CSV,
      .gives = &refund_fields, .summary = "Refunds, newest first" },
    { POST, "/refunds",                      API,                   CONVERSIONS_WRITE, refund_create,      NULL, ROUTE_MONEY,
      .takes = &refund_fields, .gives = &refund_fields, .summary = "A refund by order_id; it may come before its sale", .statuses = "201 200 409" },
    { GET,  "/commissions/{id}/receipt",     API | MANAGE | PORTAL, COMMISSIONS_READ,  receipt_show,       "conversion/receipt", 0,
      .also = "commission:{commission} conversion:{conversion} " ATTRIBUTION " " DECISION " " CAPS " " EVENTS " " ENTRIES,
      .summary = "How a commission came about: touches, rule, arithmetic, rounding, what happened since" },
    { GET,  "/debugger",                     MANAGE,                CONVERSIONS_READ,  debugger_show,      "conversion/debugger" },
    /* what the script on the shop's pages calls: track_routes.c */
    { POST, "/t/conversion",                 PUBLIC,                NEEDS_NOTHING,     track_conversion,   NULL, ROUTE_NO_CSRF | ROUTE_CORS | ROUTE_BARE,
      .takes = &page_sale_fields, .summary = "An order as the buyer's browser tells it", .statuses = "201 200 404 409", .also = "id:string status:string attributed:boolean" },
    { GET,  "/t/pixel.gif",                  PUBLIC,                NEEDS_NOTHING,     track_pixel,        NULL, ROUTE_CORS | ROUTE_BARE,
      .summary = "The same as an image", .statuses = "200" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Money"),    N_("Orders"),   "/conversions", "coin",  CONVERSIONS_READ, 0, count_unverified },
    { MANAGE, N_("Evidence"), N_("Debugger"), "/debugger",    "trace", CONVERSIONS_READ, 20, NULL },
    { 0 },
};
/* clang-format on */

const struct room conversion_room = {
    .name = "conversion",
    .routes = routes,
    .migrations = conversion_migrations,
    .nav = nav,
    .listeners = conversion_listeners,
    .jobs = conversion_jobs,
};
