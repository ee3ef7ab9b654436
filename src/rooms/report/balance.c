/* What is owed in other currencies than the programme's: by the books, each for itself. */
#include "rooms/report/report_inside.h"

static void part_view(struct view *item, const char *name, const char *has, int64_t minor, currency c)
{
    view_money(item, name, (amount){ minor, c });
    view_bool(item, has, minor != 0);
}

static bool is_something(const struct ledger_balance *b)
{
    return b->pending || b->held || b->payable || b->in_payout || b->carried;
}

err report_others_view(struct db *db, const struct ledger_whose *whose, currency own, struct view *v)
{
    struct view *list = view_list(v, "others");
    struct list all;

    TRY(ledger_balances(db, whose, &all));
    const struct ledger_balance *b = all.at;
    for (size_t i = 0; i < all.count; i++) {
        currency c = b[i].currency;
        if (currency_eq(c, own) || !is_something(&b[i]))
            continue;
        struct view *item = view_item(list);
        view_currency(item, "currency", c);
        view_money(item, "owed",
            (amount){ b[i].pending + b[i].held + b[i].payable + b[i].in_payout + b[i].carried, c });
        part_view(item, "payable", "has_payable", b[i].payable, c);
        part_view(item, "pending", "has_pending", b[i].pending, c);
        part_view(item, "held", "has_held", b[i].held, c);
        part_view(item, "in_payout", "has_in_payout", b[i].in_payout, c);
        part_view(item, "carried", "has_carried", b[i].carried, c);
    }
    return NULL;
}
