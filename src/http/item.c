/* One object of a list that no field table describes: batches, where each item has its own
 * mistakes. */
#include "http/parts.h"
#include "http/problem.h"

static const struct err ITEM_OBJECT = { ERR_INVALID, "wrong_type", N_("Each item is an object."),
    NULL };

void request_items_done(struct request *rq)
{
    rq->parts->problem_count = 0;
}

err request_read_item(
    struct request *rq, const struct value *item, const struct fields *fields, void *out)
{
    struct place place = { fields, out };

    request_items_done(rq);
    if (item->kind != VALUE_OBJECT)
        return &ITEM_OBJECT;
    fields_read_json(rq, &place, item, STR(""), false, NULL);
    return request_problems(rq);
}

str request_item_problem(struct request *rq, err e)
{
    str text = str_dup(rq->arena, problem_json(rq, e));
    request_items_done(rq);
    return text;
}
