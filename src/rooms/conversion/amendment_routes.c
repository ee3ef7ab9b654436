/* Amending an order and giving a sale to another partner, over API and console. */
#include "rooms/audit/audit.h"
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"
#include "rooms/program/program.h"

static const struct err ORDER_NEEDED = { ERR_INVALID, "required", N_("Say which order."),
    "order_id" };

struct amending {
    struct ledger_act act;
    struct amendment amendment;
    bool already;
};

static err amend_write(struct db *db, void *arg)
{
    struct amending *a = arg;
    return conversion_amend(db, &a->act, &a->amendment, &a->already);
}

static err amend(struct request *rq, struct reply *rp, struct amending *a)
{
    struct conversion_item *items = a->amendment.items.at;

    a->act = ledger_act_of(rq);
    a->amendment.id = request_new_id(rq);
    a->amendment.program_id = rq->program_id;
    a->amendment.is_test = rq->who->is_test;
    if (a->amendment.occurred_at.ms > rq->now.ms + CONVERSION_FUTURE_MS)
        return &IN_FUTURE;
    for (size_t i = 0; i < a->amendment.items.count; i++)
        if (items[i].quantity == 0)
            items[i].quantity = 1;
    a->amendment.items_json = conversion_items_text(rq->arena, &a->amendment.items);
    TRY(store_write(rq->store, amend_write, a));
    view_record(reply_view(rp), NULL, &amendment_fields, &a->amendment);
    return NULL;
}

err amendment_of_order(struct request *rq, struct reply *rp)
{
    struct amending a = { 0 };
    struct conversion c = { 0 };

    TRY(conversion_of_request(rq, &c));
    a.amendment.currency =
        rq->surface == API ? (currency){ 0 } : c.currency; /* money of forms is read in it */
    TRY(request_read(rq, &amendment_fields, &a.amendment));
    a.amendment.conversion_id = c.id;
    TRY(amend(rq, rp, &a));
    if (a.already)
        return NULL;
    return reply_created(rp, "conversion/amended", "/conversions/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "cnv", a.amendment.conversion_id)));
}

err amendment_create(struct request *rq, struct reply *rp)
{
    struct amending a = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &amendment_fields, &a.amendment));
    if (str_empty(a.amendment.order_id))
        return request_problem(rq, "order_id", &ORDER_NEEDED);
    TRY(amend(rq, rp, &a));
    if (a.already)
        return NULL;
    return reply_created(rp, "conversion/amended", "/conversions");
}

/* ---- moved
 * ----------------------------------------------------------------------------------------------------- */

struct giving {
    const struct request *rq;
    struct ledger_act act;
    int64_t id, audit_id;
    struct conversion_move move;
    struct conversion after;
};

static err give_write(struct db *db, void *arg)
{
    struct giving *g = arg;
    struct audit_entry entry = { .id = g->audit_id,
        .program_id = g->rq->program_id,
        .who = g->rq->who,
        .action = "conversion.move",
        .object = "cnv",
        .object_id = g->id,
        .address = g->rq->peer_address,
        .at = g->rq->now };

    TRY(conversion_find(db, g->rq->program_id, 0, g->id, &g->after));
    TRY(conversion_move(db, &g->act, &g->after, &g->move));
    entry.object_name = g->after.order_id;
    audit_difference(db_arena(db), &conversion_move_fields, NULL, &g->move, &entry);
    return audit_write(db, &entry);
}

err conversion_give(struct request *rq, struct reply *rp)
{
    struct giving g = { .rq = rq, .act = ledger_act_of(rq), .audit_id = id_new(rq->env) };
    struct conversion c = { 0 };

    TRY(request_read(rq, &conversion_move_fields, &g.move));
    TRY(conversion_of_request(rq, &c));
    g.id = c.id;
    g.move.id = request_new_id(rq);
    TRY(store_write(rq->store, give_write, &g));
    TRY(conversion_answer(rq, rp, &g.after));
    return reply_done(rp, "conversion/moved", "/conversions/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "cnv", g.id)));
}
