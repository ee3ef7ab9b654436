/* What happened to orders after they were told, as lists: refunds, amendments, moved sales. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "rooms/conversion/conversion.sql.h"

/* clang-format off */
static const struct {
    const char *value, *words;
} states[] = {
    { "applied", N_("Counted") },
    { "waiting", N_("Waits for its order") },
    { "refused", N_("Refused") },
};
/* clang-format on */

static void show_filter(struct request *rq, struct reply *rp, const char *which)
{
    struct view *page = view_page(reply_view(rp));
    struct view *list = view_list(page, "states");
    str asked = request_query(rq, "order_id");

    view_bool(page, which, true);
    view_str(page, "order_asked", asked.at ? asked : STR(""));
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct view *item = view_item(list);
        view_text(item, "value", states[i].value);
        view_words(item, "words", states[i].words);
        view_bool(item, "chosen", str_eq(request_query(rq, "status"), str_of(states[i].value)));
    }
}

static void show_state(struct view *page, str status)
{
    view_bool(page, "is_applied", str_eq(status, STR("applied")));
    view_bool(page, "is_waiting", str_eq(status, STR("waiting")));
    view_bool(page, "is_refused", str_eq(status, STR("refused")));
}

static err show_refund(struct request *rq, struct view *item, const void *record)
{
    const struct refund *refund = record;
    instant at = instant_none(refund->occurred_at) ? refund->created_at : refund->occurred_at;

    (void)rq;
    show_state(view_page(item), refund->status);
    view_instant(view_page(item), "at", at);
    return NULL;
}

static err show_amendment(struct request *rq, struct view *item, const void *record)
{
    (void)rq;
    show_state(view_page(item), ((const struct amendment *)record)->status);
    return NULL;
}

static err show_list(struct request *rq, struct reply *rp, const char *which,
    const struct statement *statement, const struct fields *fields, decorate_fn decorate)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    if (rq->surface == MANAGE)
        show_filter(rq, rp, which);
    return reply_listing(rp, statement,
        PARAMS(P("program_id", rq->program_id), P("is_test", rq->who->is_test)), fields, decorate);
}

err refund_index(struct request *rq, struct reply *rp)
{
    return show_list(rq, rp, "is_refunds", &REFUND_LIST, &refund_fields, show_refund);
}

err amendment_index(struct request *rq, struct reply *rp)
{
    return show_list(
        rq, rp, "is_amendments", &AMENDMENT_LIST, &amendment_fields, show_amendment);
}

err move_index(struct request *rq, struct reply *rp)
{
    return show_list(rq, rp, "is_moves", &CONVERSION_MOVE_INDEX, &conversion_move_fields, NULL);
}
