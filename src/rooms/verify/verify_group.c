/* What belongs to the orders of a group: one question for each kind of it, given out by order. */
#include "rooms/verify/verify.h"
#include "rooms/verify/verify_inside.h"

#include <stddef.h>

#include "base/arena.h"
#include "rooms/verify/verify.sql.h"

/* clang-format off */
static const struct field sum_list[] = {
    FIELD_ID(fact_sum, id, "com"), FIELD(fact_sum, kind), FIELD(fact_sum, sum),
};
static const struct fields fact_sum_fields = FIELDS(sum_list, fact_sum);
/* clang-format on */

void group_begin(struct run *run, const struct list *orders)
{
    const struct fact_order *order = orders->at;

    run->group = (struct order_group){ .seats = ARENA_NEW(run->arena, struct seats),
        .bound = ARENA_NEW(run->arena, struct seats),
        .parts = ARENA_ARRAY(run->arena, struct reckoned, RECKONED_MOST) };
    if (orders->count > 0) {
        run->group.first = order[0].id;
        run->group.last = order[orders->count - 1].id;
    }
}

/* When the first order is asked for: of a group that is passed over nothing is read. */
static err read_group(struct run *run, struct order_group *g)
{
    const struct param *params = PARAMS(P("first", g->first), P("last", g->last));

    if (g->is_read)
        return NULL;
    g->is_read = true;
    TRY(db_all(run->db, &VERIFY_TOUCHES, params, &fact_touch_fields, &g->touches.all));
    TRY(db_all(run->db, &VERIFY_ITEMS, params, &fact_item_fields, &g->items.all));
    TRY(db_all(run->db, &VERIFY_AMENDMENTS, params, &fact_amendment_fields, &g->amendments.all));
    TRY(db_all(run->db, &VERIFY_MOVES, params, &fact_move_fields, &g->moves.all));
    TRY(db_all(run->db, &VERIFY_REFUNDS, params, &fact_refund_fields, &g->refunds.all));
    return db_all(
        run->db, &VERIFY_COMMISSIONS_OF, params, &fact_commission_fields, &g->commissions.all);
}

#define BEGINS_WITH_ORDER(type) \
    _Static_assert(offsetof(struct type, conversion_id) == 0, "read by order_at()")
BEGINS_WITH_ORDER(fact_touch);
BEGINS_WITH_ORDER(fact_item);
BEGINS_WITH_ORDER(fact_amendment);
BEGINS_WITH_ORDER(fact_move);
BEGINS_WITH_ORDER(fact_refund);
BEGINS_WITH_ORDER(fact_commission);

static int64_t order_at(const struct list *rows, size_t size, size_t i)
{
    return *(const int64_t *)(const void *)((const char *)rows->at + i * size);
}

/* Rows of one order among all of the group, whose struct begins with the order's id. Orders are
 * asked for by rising ids. */
static struct list of_order(struct group_rows *rows, size_t size, int64_t id)
{
    const struct list *all = &rows->all;

    while (rows->next < all->count && order_at(all, size, rows->next) < id)
        rows->next++;
    size_t first = rows->next;
    while (rows->next < all->count && order_at(all, size, rows->next) == id)
        rows->next++;
    if (rows->next == first)
        return (struct list){ NULL, 0 };
    return (struct list){ (char *)all->at + first * size, rows->next - first };
}

/* A sum that does not fit is as large as can be, which no order is. */
static void add_up(int64_t *sum, int64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = INT64_MAX;
}

/* What came back, and what of it came in time. */
static void count_refunds(struct fact_order *order)
{
    const struct fact_refund *refund = order->refunds.at;
    int64_t until =
        order->clawback_days ? order->occurred_at.ms + order->clawback_days * DAY_MS : INT64_MAX;

    for (size_t i = 0; i < order->refunds.count; i++) {
        add_up(&order->all_back, refund[i].amount);
        if (refund[i].at.ms <= until)
            add_up(&order->counted_back, refund[i].amount);
    }
}

err group_facts(struct run *run, struct fact_order *order, struct list *out_commissions)
{
    struct order_group *g = &run->group;

    TRY(read_group(run, g));
    order->touches = of_order(&g->touches, sizeof(struct fact_touch), order->id);
    order->told_items = of_order(&g->items, sizeof(struct fact_item), order->id);
    order->amendments = of_order(&g->amendments, sizeof(struct fact_amendment), order->id);
    order->moves = of_order(&g->moves, sizeof(struct fact_move), order->id);
    order->refunds = of_order(&g->refunds, sizeof(struct fact_refund), order->id);
    *out_commissions = of_order(&g->commissions, sizeof(struct fact_commission), order->id);
    count_refunds(order);
    return NULL;
}

/* ---- what its commissions say by events and postings
 * ---------------------------------------------------------------------------------- */

static err read_sums(struct run *run, struct order_group *g)
{
    const struct param *params = PARAMS(P("first", g->first), P("last", g->last));

    if (g->has_sums)
        return NULL;
    g->has_sums = true;
    TRY(db_all(run->db, &VERIFY_EVENTS_OF, params, &fact_sum_fields, &g->events));
    TRY(db_all(run->db, &VERIFY_COSTS_OF, params, &fact_sum_fields, &g->costs));
    return db_all(run->db, &VERIFY_WAITS_OF, params, &fact_sum_fields, &g->waits);
}

/* Of one commission; `kind` null: of whatever kind. */
static int64_t sum_of(const struct list *sums, int64_t id, const char *kind)
{
    const struct fact_sum *at = sums->at;
    size_t low = 0, high = sums->count;
    int64_t sum = 0;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < sums->count && at[low].id == id; low++)
        if (!kind || str_eq(at[low].kind, str_of(kind)))
            sum += at[low].sum;
    return sum;
}

err group_booked(struct run *run, const struct fact_commission *c, struct fact_booked *out)
{
    TRY(read_sums(run, &run->group));
    *out = (struct fact_booked){ .events = sum_of(&run->group.events, c->id, NULL),
        .cost = sum_of(&run->group.costs, c->id, NULL) };
    for (size_t i = 0; i < PLACES_WAITING; i++)
        out->waits[i] = sum_of(&run->group.waits, c->id, verify_places[i]);
    return NULL;
}

err single_booked(struct run *run, const struct fact_commission *c, struct fact_booked *out)
{
    const struct param *params = PARAMS(P("commission_id", c->id));

    TRY(db_int(run->db, &VERIFY_EVENTS, params, &out->events));
    TRY(db_int(run->db, &VERIFY_COST, params, &out->cost));
    for (size_t i = 0; i < PLACES_WAITING; i++)
        TRY(db_int(run->db, &VERIFY_WAITS,
            PARAMS(P("commission_id", c->id), P("kind", verify_places[i])), &out->waits[i]));
    return NULL;
}
