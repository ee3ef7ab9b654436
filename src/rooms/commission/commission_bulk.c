/* Many commissions at once, chosen one by one or by what they have in common: shown first, then
 * done. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"

#include <inttypes.h>

#include "base/id.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/program/program.h"

enum { BULK_MOST = 1000, IN_ONE_WRITE = 100 };

static const char *const move_names[] = { "approve", "decline", "hold", "release", NULL };

static const struct err MOVE_UNKNOWN = { ERR_INVALID, "move_unknown",
    N_("Choose what to do with the commissions."), "move" };
static const struct err NOTHING_CHOSEN = { ERR_INVALID, "nothing_chosen",
    N_("Choose at least one commission."), "ids" };
static const struct err ID_UNKNOWN = { ERR_INVALID, "commission_unknown",
    N_("There is no such commission."), "ids" };
static const struct err STATUS_UNKNOWN = { ERR_INVALID, "status_unknown",
    N_("There is no such state."), "status" };

struct bulk {
    str move, status, was_reason;
    strs ids;
    bool all, preview;
    int64_t partner_id;
    currency currency;
    str reason, note;
    /* read out of them: */
    enum commission_move to;
};

/* clang-format off */
static const struct field bulk_list[] = {
    FIELD(bulk,    move,       .flags = FIELD_REQUIRED, .max = 20, .help = "approve, decline, hold or release."),
    FIELD(bulk,    ids,        .flags = FIELD_TAKEN, .max = BULK_MOST, .help = "Commissions, at most 1,000; or all with a filter."),
    FIELD(bulk,    all,        .flags = FIELD_TAKEN, .help = "Instead of ids: every commission that the members below name."),
    FIELD_ID(bulk, partner_id, "par", .flags = FIELD_TAKEN),
    FIELD(bulk,    status,     .flags = FIELD_TAKEN, .max = 20),
    FIELD(bulk,    currency,   .flags = FIELD_TAKEN),
    FIELD(bulk,    was_reason, .flags = FIELD_TAKEN, .max = 40, .help = "Held for this reason."),
    FIELD(bulk,    reason,     .flags = FIELD_TAKEN, .max = 300, .help = "duplicate, fraud, cancelled, own_order, terms, or your own words."),
    FIELD(bulk,    note,       .flags = FIELD_TAKEN, .max = 500, .help = "Needed with \"other\"; the partner reads it."),
    FIELD(bulk,    preview,    .flags = FIELD_TAKEN, .help = "true: nothing is done; the answer says what would be."),
};
const struct fields commission_bulk_fields = FIELDS(bulk_list, bulk);
/* clang-format on */

static bool find_word(const char *const *names, str name, int *out)
{
    for (int i = 0; names[i]; i++)
        if (str_eq(name, str_of(names[i]))) {
            *out = i;
            return true;
        }
    return false;
}

static void read_form(struct request *rq, struct bulk *out)
{
    *out = (struct bulk){ .move = request_form(rq, "move"),
        .ids = request_form_all(rq, "id"),
        .all = !str_empty(request_form(rq, "all")),
        .status = request_form(rq, "status"),
        .was_reason = request_form(rq, "was_reason"),
        .reason = request_form(rq, "reason"),
        .note = request_form(rq, "note"),
        .preview = str_empty(request_form(rq, "confirm")) };
    (void)id_read("par", request_form(rq, "partner_id"), &out->partner_id);
    if (currency_read(request_form(rq, "currency"), &out->currency))
        out->currency = (currency){ 0 };
}

static err read_bulk(struct request *rq, struct bulk *out)
{
    int word;

    if (rq->surface == API)
        TRY(request_read(rq, &commission_bulk_fields, out));
    else
        read_form(rq, out);
    if (!find_word(move_names, out->move, &word))
        return &MOVE_UNKNOWN;
    out->to = (enum commission_move)word;
    if (!str_empty(out->status) && !find_word(commission_status_names, out->status, &word))
        return &STATUS_UNKNOWN;
    return out->all || out->ids.count ? NULL : &NOTHING_CHOSEN;
}

static str or_none(str text)
{
    return str_empty(text) ? STR_NONE : text;
}

static bool is_chosen(const struct commission *rows, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].id == id)
            return true;
    return false;
}

/* Each once. A page leaves out what is not there any more; a program is told which it is. */
static err choose_named(struct request *rq, const struct bulk *bulk, struct list *out)
{
    struct commission *rows = ARENA_ARRAY(rq->arena, struct commission, bulk->ids.count + 1);
    size_t count = 0;

    for (size_t i = 0; i < bulk->ids.count && count < BULK_MOST; i++) {
        int64_t id = 0;
        bool is_there = id_read("com", bulk->ids.at[i], &id);
        if (is_there && is_chosen(rows, count, id))
            continue;
        is_there = is_there && !commission_find(rq->db, rq->program_id, 0, id, &rows[count]) &&
                   rows[count].is_test == rq->who->is_test;
        count += is_there;
        if (!is_there && rq->surface == API)
            (void)request_problem(
                rq, str_c(rq->arena, str_printf(rq->arena, "ids/%zu", i)), &ID_UNKNOWN);
    }
    *out = (struct list){ rows, count };
    return request_problems(rq);
}

/* Rows of struct commission; `more`: the filter names more than are done at once. */
static err choose(struct request *rq, const struct bulk *bulk, struct list *out, bool *out_more)
{
    *out_more = false;
    if (bulk->all) {
        TRY(db_all(rq->db, &COMMISSION_CHOOSE,
            PARAMS(P("program_id", rq->program_id), P("is_test", rq->who->is_test),
                param_ref("partner_id", bulk->partner_id), P("status", or_none(bulk->status)),
                P("currency", bulk->currency), P("was_reason", or_none(bulk->was_reason)),
                P("most", (int64_t)BULK_MOST + 1)),
            &commission_fields, out));
        *out_more = out->count > BULK_MOST;
        out->count -= *out_more;
        return NULL;
    }
    return choose_named(rq, bulk, out);
}

/* ---- shown
 * ------------------------------------------------------------------------------------------------
 */

/* The sums of what is moved, per currency. */
struct sums {
    struct {
        amount sum;
        int64_t count;
    } at[16];
    size_t count;
};

static void add_sum(struct sums *sums, const struct commission *c, int64_t worth)
{
    for (size_t i = 0; i < sums->count; i++)
        if (currency_eq(sums->at[i].sum.currency, c->currency)) {
            sums->at[i].sum.minor += worth;
            sums->at[i].count++;
            return;
        }
    if (sums->count < sizeof sums->at / sizeof sums->at[0]) {
        sums->at[sums->count].sum = (amount){ worth, c->currency };
        sums->at[sums->count++].count = 1;
    }
}

static void show_reasons(struct view *v, const struct bulk *bulk)
{
    struct view *choices = view_list(v, "reasons");

    for (size_t i = 0; commission_reasons[i]; i++) {
        struct view *item = view_item(choices);
        view_text(item, "code", commission_reasons[i]);
        view_words(item, "words", commission_reason_words(commission_reasons[i]));
        view_bool(item, "chosen", str_eq(bulk->reason, str_of(commission_reasons[i])));
    }
}

/* `moved[i]`: it was, or would be; `worth[i]` before it. */
static void show(struct request *rq, struct view *v, const struct bulk *bulk,
    const struct list *chosen, const bool *moved, const int64_t *worth, bool more)
{
    const struct commission *c = chosen->at;
    struct view *can = view_list(v, "data"), *cannot = view_list(v, "left"), *list;
    struct sums sums = { 0 };
    int64_t count = 0;

    for (size_t i = 0; i < chosen->count; i++) {
        commission_view(rq, view_item(moved[i] ? can : cannot), &c[i]);
        if (moved[i])
            add_sum(&sums, &c[i], worth[i]);
        count += moved[i];
    }
    view_int(v, "count", count);
    view_bool(v, "more", more);
    view_bool(v, "preview", bulk->preview);
    view_str(v, "move", bulk->move);
    view_bool(view_page(v),
        str_c(rq->arena, str_printf(rq->arena, "move_is_%" PRI_STR, STR_ARG(bulk->move))), true);
    list = view_list(v, "sums");
    for (size_t i = 0; i < sums.count; i++) {
        struct view *item = view_item(list);
        view_money(item, "sum", sums.at[i].sum);
        view_int(item, "count", sums.at[i].count);
    }
    show_reasons(view_page(v), bulk);
}

/* ---- done
 * -------------------------------------------------------------------------------------------------
 */

struct group {
    struct request *rq;
    const struct bulk *bulk;
    struct commission *rows;
    bool *moved;
    int64_t *audit_ids;
    size_t from, to;
};

/* One that has moved meanwhile does not stop the others. */
static err move_group(struct db *db, void *arg)
{
    struct group *g = arg;

    for (size_t i = g->from; i < g->to; i++) {
        struct commission before = { 0 }, after = { 0 };
        struct commission_moved m = { .rq = g->rq,
            .act = ledger_act_of(g->rq),
            .what = { g->bulk->to, g->rq->program_id, g->rows[i].id, g->bulk->reason,
                g->bulk->note },
            .audit_id = g->audit_ids[i] };
        err refused = commission_move_noted(db, &m, &before, &after);
        g->moved[i] = !refused;
        if (refused && !err_is(refused, &COMMISSION_STATE))
            return refused;
    }
    return NULL;
}

static err move_all(struct request *rq, const struct bulk *bulk, struct list *chosen, bool *moved)
{
    struct group g = { rq, bulk, chosen->at, moved,
        ARENA_ARRAY(rq->arena, int64_t, chosen->count + 1), 0, 0 };

    for (size_t i = 0; i < chosen->count; i++)
        g.audit_ids[i] = id_new(rq->env);
    for (; g.from < chosen->count; g.from = g.to) {
        g.to = g.from + IN_ONE_WRITE < chosen->count ? g.from + IN_ONE_WRITE : chosen->count;
        TRY(store_write(rq->store, move_group, &g));
    }
    for (size_t i = 0; i < chosen->count; i++)
        if (moved[i])
            TRY(commission_find(rq->db, rq->program_id, 0, g.rows[i].id, &g.rows[i]));
    return NULL;
}

static void preview(struct request *rq, struct reply *rp, const struct bulk *bulk,
    const struct list *chosen, bool more)
{
    bool *can = ARENA_ARRAY(rq->arena, bool, chosen->count + 1);
    int64_t *worth = ARENA_ARRAY(rq->arena, int64_t, chosen->count + 1);
    const struct commission *c = chosen->at;

    for (size_t i = 0; i < chosen->count; i++) {
        can[i] = commission_may_move((int)bulk->to, &c[i]);
        worth[i] = c[i].amount;
    }
    show(rq, reply_view(rp), bulk, chosen, can, worth, more);
}

/* A page is shown again with what was chosen. */
static err ask_reason(struct request *rq, struct reply *rp, struct bulk *bulk,
    const struct list *chosen, bool more, err wrong)
{
    if (rq->surface == API)
        return wrong;
    bulk->preview = true;
    preview(rq, rp, bulk, chosen, more);
    view_str(view_object(reply_frame(rp), "error"), "note",
        lang_text(rq->lang, NULL, str_of(wrong->text)));
    rp->status = 422;
    return NULL;
}

err commission_bulk(struct request *rq, struct reply *rp)
{
    struct bulk bulk = { 0 };
    struct list chosen = { 0 };
    bool more, *moved;
    int64_t *worth, done = 0;
    err wrong;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(read_bulk(rq, &bulk));
    TRY(choose(rq, &bulk, &chosen, &more));
    moved = ARENA_ARRAY(rq->arena, bool, chosen.count + 1);
    worth = ARENA_ARRAY(rq->arena, int64_t, chosen.count + 1);
    for (size_t i = 0; i < chosen.count; i++)
        worth[i] = ((struct commission *)chosen.at)[i].amount;
    if (bulk.preview) {
        preview(rq, rp, &bulk, &chosen, more);
        return NULL;
    }
    wrong = commission_reason_read(bulk.to, &bulk.reason, &bulk.note);
    if (wrong)
        return ask_reason(rq, rp, &bulk, &chosen, more, wrong);
    TRY(move_all(rq, &bulk, &chosen, moved));
    for (size_t i = 0; i < chosen.count; i++)
        done += moved[i];
    show(rq, reply_view(rp), &bulk, &chosen, moved, worth, more);
    return reply_done(rp,
        str_c(rq->arena, str_printf(rq->arena, "commission/bulk?count=%" PRId64, done)),
        "/commissions");
}
