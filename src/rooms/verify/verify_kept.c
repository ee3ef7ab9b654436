/* Sums that are kept of volumes, caps and goals, beside the same sums out of the facts. */
#include "rooms/verify/verify_inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/verify/verify.sql.h"

/* What is kept, and what it is to be. */
struct kept {
    int64_t program_id, line_id, partner_id, period_from;
    bool is_test;
    str period, counts;
    int64_t total, reckoned;
};
/* clang-format off */
static const struct field list[] = {
    FIELD_ID(kept, program_id, "prg"), FIELD_ID(kept, line_id, "rul"), FIELD(kept, partner_id), FIELD(kept, period_from),
    FIELD(kept, is_test), FIELD(kept, period), FIELD(kept, counts), FIELD(kept, total),
};
static const struct fields kept_fields = FIELDS(list, kept);
/* clang-format on */

static int compare_texts(str a, str b)
{
    size_t least = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < least; i++)
        if (a.at[i] != b.at[i])
            return a.at[i] < b.at[i] ? -1 : 1;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static int by_key(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->line_id != y->line_id)
        return x->line_id < y->line_id ? -1 : 1;
    if (x->partner_id != y->partner_id)
        return x->partner_id < y->partner_id ? -1 : 1;
    if (x->is_test != y->is_test)
        return x->is_test ? 1 : -1;
    if (x->period_from != y->period_from)
        return x->period_from < y->period_from ? -1 : 1;
    int period = compare_texts(x->period, y->period);
    return period ? period : compare_texts(x->counts, y->counts);
}

/* Added to the sum when somebody keeps it. */
static void add(const struct list *sums, const struct kept *key, int64_t more)
{
    struct kept *found =
        sums->count ? bsearch(key, sums->at, sums->count, sizeof *key, by_key) : NULL;
    if (found)
        found->reckoned += more;
}

static void add_volumes(const struct past *past, const struct list *sums)
{
    static const char *const periods[] = { "month", "year", "ever" };

    for (size_t i = 0; i < past->count; i++) {
        const struct past_row *row = &past->at[i];
        for (size_t p = 0; p < 3; p++) {
            int64_t end;
            struct kept key = { .line_id = row->line_id,
                .partner_id = row->partner_id,
                .is_test = row->is_test,
                .period = str_of(periods[p]),
                .counts = STR("orders") };
            key.period_from = reckon_period(key.period, row->at, &end);
            add(sums, &key, row->orders);
            key.counts = str_of(row->currency.code);
            add(sums, &key, row->revenue);
        }
    }
}

static void add_dues(const struct dues *dues, const struct list *sums)
{
    for (size_t i = 0; i < dues->rule_count; i++) {
        struct due_sum due;
        due_sum_of(dues, i, &due);
        struct kept key = { .line_id = due.line_id,
            .partner_id = due.partner_id,
            .is_test = due.is_test,
            .period_from = due.period_from,
            .period = STR("own"),
            .counts = due.is_cap ? STR("granted") : STR("orders") };
        add(sums, &key, due.is_cap ? due.granted : due.orders);
        key.counts = str_of(due.currency.code);
        if (!due.is_cap)
            add(sums, &key, due.revenue);
    }
}

static err kept_differs(struct run *run, const struct kept *sum)
{
    str whose = sum->partner_id ? id_print(run->arena, "par", sum->partner_id) : STR("everybody");
    bool is_money = !str_eq(sum->counts, STR("orders")) && !str_eq(sum->counts, STR("granted"));
    currency unit = { 0 };

    if (is_money)
        TRY(currency_read(sum->counts, &unit));
    return differ(run,
        &(struct verify_difference){ .program_id = sum->program_id,
            .object = id_print(run->arena, "rul", sum->line_id),
            .what = str_printf(run->arena, "kept sum of %s for %" PRI_STR "%s",
                is_money                            ? "revenue"
                : str_eq(sum->counts, STR("orders")) ? "orders"
                                                     : "what a cap granted",
                STR_ARG(whose), sum->is_test ? " (test)" : ""),
            .currency = unit,
            .booked = sum->total,
            .reckoned = sum->reckoned });
}

err check_kept(struct db *db, void *arg)
{
    struct run *run = arg;
    struct list sums;

    run->db = db;
    run->arena = db_arena(db);
    run->more = false;
    TRY(db_all(db, &VERIFY_KEPT_SUMS, NO_PARAMS, &kept_fields, &sums));
    struct kept *sum = sums.at;
    if (sums.count)
        qsort(sums.at, sums.count, sizeof sum[0], by_key);
    add_volumes(&run->past, &sums);
    add_dues(&run->dues, &sums);
    for (size_t i = 0; i < sums.count; i++)
        if (sum[i].total != sum[i].reckoned)
            TRY(kept_differs(run, &sum[i]));
    return NULL;
}
