/* Many orders at once: each stands or falls alone, groups share a write. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "http/json.h"
#include "rooms/program/program.h"

static const struct err BATCH_BODY = { ERR_INVALID, "batch_body",
    N_("Send {\"conversions\": […]} with 1 to 1,000 orders."), "conversions" };

/* For the API document: the handler reads each order by itself, so that each has its own mistakes.
 */
struct batch_body {
    int64_t program_id;
    struct list conversions;
};

/* clang-format off */
/* Without ranges: what one order breaks is told in its own result. */
static const struct field told_list[] = {
    FIELD_ID(conversion,    program_id,   "prg", .flags = FIELD_TAKEN),
    FIELD(conversion,       type,         .flags = FIELD_TAKEN),
    FIELD(conversion,       order_id,     .flags = FIELD_TAKEN),
    FIELD_MONEY(conversion, amount,       "currency", .flags = FIELD_TAKEN),
    FIELD(conversion,       currency,     .flags = FIELD_TAKEN),
    FIELD(conversion,       customer_id,  .flags = FIELD_TAKEN),
    FIELD(conversion,       country,      .flags = FIELD_TAKEN, .max = 2),
    FIELD(conversion,       new_customer, .flags = FIELD_TAKEN),
    FIELD(conversion,       occurred_at,  .flags = FIELD_TAKEN),
    FIELD(conversion,       metadata,     .flags = FIELD_TAKEN),
    FIELD(conversion,       items,        .flags = FIELD_TAKEN, .record = &conversion_item_fields),
    FIELD(conversion,       click,        .flags = FIELD_TAKEN),
    FIELD(conversion,       coupon,       .flags = FIELD_TAKEN),
};
static const struct fields told_fields = { told_list, sizeof told_list / sizeof told_list[0],
    sizeof(struct conversion), "conversion_of_batch" };

static const struct field body_list[] = {
    FIELD_ID(batch_body, program_id,  "prg", .flags = FIELD_TAKEN),
    FIELD(batch_body,    conversions, .flags = FIELD_REQUIRED, .record = &told_fields, .max = CONVERSION_BATCH_MOST),
};
const struct fields conversion_batch_fields = FIELDS(body_list, batch_body);
/* clang-format on */

static const struct value *batch_items(struct request *rq)
{
    const struct value *body = request_json(rq);
    if (body && body->kind == VALUE_OBJECT)
        body = value_member(body, STR("conversions"));
    return body && body->kind == VALUE_LIST ? body : NULL;
}

/* Refusals come before the first change, so one order's does not touch the others; anything else
 * gives the whole group up. */
static err record_some(struct db *db, void *arg)
{
    struct batch *b = arg;

    for (size_t i = b->from; i < b->to; i++) {
        struct conversion_telling *t = &b->tellings[i];
        b->failed[i] = b->refused[i] ? b->refused[i] : conversion_record(db, &t->told, &t->stands);
        if (b->failed[i] && !b->refused[i] &&
            (t->stands.has_begun || b->failed[i]->kind >= ERR_INTERNAL))
            return b->failed[i];
    }
    return NULL;
}

/* A group that was given up is tried one by one: each order then stands or falls alone. */
static void record_singly(struct request *rq, struct batch *b, size_t to)
{
    for (; b->from < to; b->from++) {
        b->to = b->from + 1;
        err failed = store_write(rq->store, record_some, b);
        if (failed)
            b->failed[b->from] = failed;
    }
}

void batch_record(struct request *rq, struct batch *b, size_t count)
{
    enum { AT_ONCE = 100 };

    for (size_t from = 0; from < count; from += AT_ONCE) {
        size_t to = from + AT_ONCE < count ? from + AT_ONCE : count;
        b->from = from;
        b->to = to;
        if (store_write(rq->store, record_some, b)) {
            b->from = from;
            record_singly(rq, b, to);
        }
    }
}

static void read_items(
    struct request *rq, const struct value *items, struct batch *b, err *refused, str *problems)
{
    struct ledger_act act = ledger_act_of(rq);

    for (size_t i = 0; i < items->count; i++) {
        struct conversion_recording *told = &b->tellings[i].told;
        *told = (struct conversion_recording){
            .conversion = conversion_blank(), .act = act, .app = rq->app
        };
        refused[i] = request_read_item(rq, &items->items[i], &conversion_fields, &told->conversion);
        if (!refused[i])
            refused[i] = conversion_complete(rq, &items->items[i], &told->conversion);
        conversion_fill(rq, &told->conversion, id_new(rq->env));
        if (!refused[i])
            refused[i] = conversion_check(&told->conversion, rq->now);
        if (!refused[i])
            refused[i] = conversion_settle(rq->db, rq->app, told);
        if (refused[i])
            problems[i] = request_item_problem(rq, refused[i]);
    }
    request_items_done(rq);
}

static err show_items(
    struct request *rq, struct view *list, struct batch *b, size_t count, const str *problems)
{
    for (size_t i = 0; i < count; i++) {
        struct view *item = view_item(list);
        struct conversion_recorded *stands = &b->tellings[i].stands;
        if (!b->failed[i]) {
            view_int(item, "status", stands->already ? 200 : 201);
            TRY(conversion_view_recorded(rq, view_object(item, "conversion"), stands));
            continue;
        }
        view_int(item, "status", (int64_t)b->failed[i]->kind);
        view_str(item, "order_id", b->tellings[i].told.conversion.order_id);
        view_raw(
            item, "error", problems[i].at ? problems[i] : request_item_problem(rq, b->failed[i]));
    }
    return NULL;
}

err conversion_batch(struct request *rq, struct reply *rp)
{
    const struct value *items = batch_items(rq);
    struct batch b;
    err *refused;
    str *problems;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (!items || items->count == 0 || items->count > CONVERSION_BATCH_MOST)
        return request_problem(rq, "conversions", &BATCH_BODY);
    refused = ARENA_ARRAY(rq->arena, err, items->count);
    b = (struct batch){ .tellings = ARENA_ARRAY(rq->arena, struct conversion_telling, items->count),
        .refused = refused,
        .failed = ARENA_ARRAY(rq->arena, err, items->count) };
    problems = ARENA_ARRAY(rq->arena, str, items->count);
    read_items(rq, items, &b, refused, problems);
    batch_record(rq, &b, items->count);
    TRY(show_items(rq, view_list(reply_view(rp), "data"), &b, items->count, problems));
    request_items_done(rq);
    return NULL;
}
