/* Reading a batch: orders, then their touches and items by ranges of ids, put beside each other. */
#include "rooms/replay/replay_run.h"

#include <stdlib.h>

#include "base/arena.h"
#include "rooms/replay/replay.sql.h"

enum { TOUCHES_MOST = 512, FEW = 8 /* orders, read as one whatever lies between */ };

struct heard {
    int64_t id, amount, refunded, window_days, customer_days;
    str type, coupon, country, customer_id;
    currency currency;
    bool new_customer;
    instant occurred_at, judged_at, created_at;
    enum program_attribution model;
    enum program_precedence precedence;
    enum program_binding customer_binding;
};

struct heard_touch {
    int64_t conversion_id, click_id, partner_id, share_bp, bound_bp;
    enum touch_kind kind;
    enum touch_evidence evidence;
    enum touch_bar bar;
    instant at;
    bool won;
    str partner_group;
    strs subs;
};

struct heard_item {
    int64_t conversion_id, quantity, amount;
    str sku, category;
};

/* clang-format off */
static const struct field heard_list[] = {
    FIELD_ID(heard, id, "cnv"), FIELD(heard, type), FIELD(heard, amount), FIELD(heard, currency),
    FIELD(heard, coupon), FIELD(heard, country), FIELD(heard, new_customer), FIELD(heard, customer_id), FIELD(heard, occurred_at),
    FIELD(heard, judged_at), FIELD(heard, created_at), FIELD(heard, refunded), FIELD(heard, window_days), FIELD(heard, customer_days),
    FIELD(heard, model, .names = program_attribution_names),
    FIELD(heard, precedence, .names = program_precedence_names),
    FIELD(heard, customer_binding, .names = program_binding_names),
};
static const struct fields heard_fields = FIELDS(heard_list, heard);

static const struct field touch_list[] = {
    FIELD_ID(heard_touch, conversion_id, "cnv"), FIELD(heard_touch, kind, .names = touch_kind_names),
    FIELD(heard_touch, evidence, .names = touch_evidence_names), FIELD(heard_touch, bar, .names = touch_bar_names),
    FIELD_ID(heard_touch, click_id, "clk"), FIELD_ID(heard_touch, partner_id, "par"), FIELD(heard_touch, share_bp),
    FIELD(heard_touch, bound_bp), FIELD(heard_touch, at), FIELD(heard_touch, won), FIELD(heard_touch, partner_group),
    FIELD(heard_touch, subs),
};
static const struct fields touch_fields = FIELDS(touch_list, heard_touch);

static const struct field item_list[] = {
    FIELD_ID(heard_item, conversion_id, "cnv"), FIELD(heard_item, sku), FIELD(heard_item, category), FIELD(heard_item, quantity),
    FIELD(heard_item, amount),
};
static const struct fields item_fields = FIELDS(item_list, heard_item);
/* clang-format on */

/* ---- orders
 * ------------------------------------------------------------------------------------------------ */

static struct replayed replayed_of(const struct run *run, const struct heard *h)
{
    return (struct replayed){ .id = h->id,
        .refunded = h->refunded,
        .occurred_at = h->occurred_at,
        .created_at = h->created_at,
        .customer_id = h->customer_id,
        .terms = { .model = h->model,
            .precedence = h->precedence,
            .window_days = (int32_t)h->window_days,
            .customer_days = (int32_t)h->customer_days,
            .binding = h->customer_binding },
        .order = { .program_id = run->ask->program_id,
            .type = h->type,
            .amount = { h->amount, h->currency },
            .coupon = str_trim(h->coupon),
            .country = h->country,
            .is_new_customer = h->new_customer,
            .at = h->occurred_at,
            .judged_at = h->judged_at,
            .refunded = h->refunded } };
}

static err read_orders(struct db *db, struct batch *b)
{
    const struct run *run = b->run;
    const struct param params[] = { P("program_id", run->ask->program_id), P("to", b->span.to),
        P("after_at", b->after_at.ms), P("after_id", b->after_id), P("most", (int64_t)run->batch),
        P("terms", run->new_touches), P("scopes", run->asks_for.scopes),
        P("customers", run->asks_for.customers), { .name = NULL } };
    struct list rows;

    TRY(db_all(db, &REPLAY_ORDERS, params, &heard_fields, &rows));
    const struct heard *h = rows.at;
    b->at = ARENA_ARRAY(b->arena, struct replayed, rows.count + 1);
    b->count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        b->at[i] = replayed_of(run, &h[i]);
    b->is_last = rows.count < run->batch;
    if (rows.count > 0) {
        b->after_at = h[rows.count - 1].occurred_at;
        b->after_id = h[rows.count - 1].id;
    }
    return NULL;
}

/* ---- what belongs to them
 * ---------------------------------------------------------------------------------------------- */

/* Orders by id, and rows of a table that begin with the order's. */
struct gathering {
    struct db *db;
    struct batch *batch;
    struct replayed **by_id;
    const struct statement *statement;
    const struct fields *fields;
    void (*take)(struct batch *, const struct list *rows, struct replayed **by_id, size_t count);
    int64_t each; /* rows that an order has, or not many more */
};

static int by_id(const void *a, const void *b)
{
    const struct replayed *x = *(struct replayed *const *)a, *y = *(struct replayed *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Where they are to be parted, `to` if not at all: an order that was told long after the others has
 * an id far from theirs, and all that lies between is not asked for. */
static size_t far_apart(struct replayed *const *orders, size_t from, size_t to)
{
    uint64_t widest = 0, whole = (uint64_t)orders[to - 1]->id - (uint64_t)orders[from]->id;
    size_t found = to;

    for (size_t i = from + 1; i < to; i++) {
        uint64_t gap = (uint64_t)orders[i]->id - (uint64_t)orders[i - 1]->id;
        if (gap > widest) {
            widest = gap;
            found = i;
        }
    }
    return widest > whole / 2 ? found : to;
}

/* In one question, unless among their ids there are many of other orders. */
static err gather(const struct gathering *g, size_t from, size_t to)
{
    size_t count = to - from, half = from + count / 2;
    int64_t most = count > 1 ? g->each * (int64_t)count : INT64_MAX;
    struct list rows;

    if (count == 0)
        return NULL;
    size_t part = count > FEW ? far_apart(g->by_id, from, to) : to;
    if (part < to) {
        TRY(gather(g, from, part));
        return gather(g, part, to);
    }
    TRY(db_all(g->db, g->statement,
        PARAMS(P("first", g->by_id[from]->id), P("last", g->by_id[to - 1]->id), P("most", most),
            P("subs", g->batch->run->asks_for.subs)),
        g->fields, &rows));
    if ((int64_t)rows.count < most) {
        g->take(g->batch, &rows, g->by_id + from, count);
        return NULL;
    }
    TRY(gather(g, from, half));
    return gather(g, half, to);
}

static void take_touches(
    struct batch *b, const struct list *rows, struct replayed **orders, size_t count)
{
    struct touch *touches = ARENA_ARRAY(b->arena, struct touch, rows->count + 1);
    const struct heard_touch *row = rows->at;
    size_t at = 0;

    for (size_t i = 0; i < rows->count; i++) {
        while (at < count && orders[at]->id < row[i].conversion_id)
            at++;
        if (at == count || orders[at]->id != row[i].conversion_id || !row[i].partner_id ||
            orders[at]->touch_count == TOUCHES_MOST)
            continue;
        if (orders[at]->touch_count == 0)
            orders[at]->touches = &touches[i];
        orders[at]->touches[orders[at]->touch_count++] = (struct touch){ .kind = row[i].kind,
            .evidence = row[i].evidence,
            .bar = row[i].bar,
            .click_id = row[i].click_id,
            .partner_id = row[i].partner_id,
            .group = row[i].partner_group,
            .at = row[i].at,
            .share_bp = (int32_t)row[i].share_bp,
            .bound_bp = (int32_t)row[i].bound_bp,
            .won = row[i].won,
            .subs = row[i].subs };
    }
}

static void take_items(
    struct batch *b, const struct list *rows, struct replayed **orders, size_t count)
{
    struct decide_item *items = ARENA_ARRAY(b->arena, struct decide_item, rows->count + 1);
    const struct heard_item *row = rows->at;
    size_t at = 0;

    for (size_t i = 0; i < rows->count; i++) {
        while (at < count && orders[at]->id < row[i].conversion_id)
            at++;
        if (at == count || orders[at]->id != row[i].conversion_id)
            continue;
        items[i] = (struct decide_item){ .sku = row[i].sku,
            .category = row[i].category,
            .quantity = row[i].quantity,
            .amount = row[i].amount };
        if (orders[at]->order.item_count++ == 0)
            orders[at]->order.items = &items[i];
    }
}

static struct replayed **sorted(struct batch *b)
{
    struct replayed **orders = ARENA_ARRAY(b->arena, struct replayed *, b->count + 1);
    bool is_sorted = true;

    for (size_t i = 0; i < b->count; i++) {
        orders[i] = &b->at[i];
        is_sorted &= i == 0 || orders[i - 1]->id < orders[i]->id;
    }
    if (!is_sorted)
        qsort(orders, b->count, sizeof(orders[0]), by_id);
    return orders;
}

static bool is_changed(const struct run *run, int64_t id)
{
    const struct replay_pair *at = run->changed.at;
    size_t low = 0, high = run->changed.count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->changed.count && at[low].id == id;
}

static err read_changes(struct db *db, struct batch *b)
{
    for (size_t i = 0; b->run->changed.count && i < b->count; i++) {
        struct replayed *r = &b->at[i];
        if (!is_changed(b->run, r->id))
            continue;
        r->changes = ARENA_NEW(b->arena, struct conversion_changes);
        TRY(conversion_changes(db, b->run->ask->program_id, r->id, r->changes));
        r->order.items = r->changes->items;
        r->order.item_count = r->changes->item_count;
    }
    return NULL;
}

static err read_all(struct db *db, struct batch *b)
{
    struct gathering g = { db, b, NULL, &REPLAY_TOUCHES, &touch_fields, take_touches, 8 };

    TRY(read_orders(db, b));
    g.by_id = sorted(b);
    if (!b->run->new_touches)
        g.statement = &REPLAY_WINNERS;
    TRY(gather(&g, 0, b->count));
    if (b->run->asks_for.items) {
        g.statement = &REPLAY_ITEMS;
        g.fields = &item_fields;
        g.take = take_items;
        TRY(gather(&g, 0, b->count));
    }
    return read_changes(db, b);
}

err batch_read(struct batch *b)
{
    struct db *db = store_lend(b->run->store, b->arena);
    err failure = read_all(db, b);

    store_return(db); /* before anybody is waited for */
    return failure;
}
