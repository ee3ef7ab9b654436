/* The caps and budgets that a commission stands under, as its receipt tells them. */
#include "rooms/commission/commission_beside.h"

#include "rooms/commission/commission_inside.h"
#include "http/request.h"

static err cap_view(struct request *rq, struct view *item, const struct commission *c,
    const struct beside *b)
{
    struct rule rule = { 0 };
    struct view *page = view_page(item);
    bool is_told = b->kind == RULE_PARTNER_CAP || !rq->partner_id;

    TRY(commission_rule_find(rq->db, b->program_id, b->rule_id, &rule));
    view_id(item, "rule_id", "rul", is_told ? rule.id : 0);
    view_str(item, "name", is_told ? rule.name : STR_NONE);
    view_text(item, "kind", rule_kind_names[b->kind]);
    view_minor(item, "leaves", (amount){ b->granted, b->currency });
    view_currency(item, "currency", b->currency);
    view_bool(page, "is_told", is_told);
    view_bool(page, "is_console", !rq->partner_id);
    view_bool(page, "cuts", b->granted < c->full_amount);
    view_money(page, "left", (amount){ b->granted, b->currency });
    commission_rule_view(page, &rule);
    return NULL;
}

err commission_caps_view(struct request *rq, struct view *into, const struct commission *c)
{
    struct view *list = view_list(into, "caps");
    struct list rows;

    TRY(beside_of(rq->db, c->id, &rows));
    const struct beside *b = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (b[i].kind == RULE_PARTNER_CAP || b[i].kind == RULE_BUDGET)
            TRY(cap_view(rq, view_item(list), c, &b[i]));
    return NULL;
}
