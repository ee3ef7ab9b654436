/* Recording an order: one write from the duplicate check to the announcement. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/click/click.h"
#include "rooms/conversion/conversion.sql.h"
#include "rooms/coupon/coupon.h"

/* A telling at work: `told` may be read again when the write runs again, so it is never changed. */
struct work_of {
    const struct conversion_recording *told;
    struct conversion conversion;
    struct touches touches;
    struct list commissions;
    bool is_plain; /* its commissions are as they were made */
};

static void begin(struct db *db, const struct conversion_recording *told, struct work_of *w)
{
    *w = (struct work_of){ .told = told, .conversion = told->conversion };
    w->conversion.content = conversion_content(db_arena(db), &w->conversion);
    w->conversion.told_amount = w->conversion.amount;
}

static err look(struct db *db, struct work_of *w, struct conversion *standing, enum telling *out)
{
    const struct conversion *c = &w->conversion;
    bool found;

    TRY(conversion_find_order(db, c->program_id, c->is_test, c->order_id, standing, &found));
    *out = TELLING_NEW;
    return found ? conversion_compare(c, standing, out) : NULL;
}

/* ---- what the rules are asked
 * ------------------------------------------------------------------------------ */

struct decide_order conversion_decide_order(struct arena *arena, const struct conversion *c)
{
    const struct conversion_item *items = c->items.at;
    struct decide_item *out = ARENA_ARRAY(arena, struct decide_item, c->items.count + 1);

    for (size_t i = 0; i < c->items.count; i++)
        out[i] = (struct decide_item){ .sku = items[i].sku,
            .name = items[i].name,
            .category = items[i].category,
            .quantity = items[i].quantity,
            .amount = items[i].amount };
    return (struct decide_order){ .program_id = c->program_id,
        .type = c->type,
        .amount = { c->amount, c->currency },
        .items = out,
        .item_count = c->items.count,
        .order_id = c->order_id,
        .coupon = str_trim(c->coupon),
        .country = c->country,
        .is_new_customer = c->new_customer,
        .at = c->occurred_at,
        .judged_at = c->judged_at };
}

size_t conversion_shares(
    const struct touches *touches, struct arena *arena, struct decide_share **out)
{
    struct attribution_share *shares =
        ARENA_ARRAY(arena, struct attribution_share, touches->count + 1);
    size_t count = attribution_shares(touches->at, touches->count, shares);

    *out = ARENA_ARRAY(arena, struct decide_share, count + 1);
    for (size_t i = 0; i < count; i++) {
        const strs *subs = &touches->at[shares[i].touch].subs;
        (*out)[i] = (struct decide_share){ .partner_id = shares[i].partner_id,
            .group = shares[i].group,
            .share_bp = shares[i].share_bp };
        for (size_t k = 0; k < subs->count && k < 5; k++)
            (*out)[i].subs[k] = subs->at[k];
    }
    return count;
}

/* ---- keeping
 * ------------------------------------------------------------------------------------------------
 */

static err put_items(struct db *db, const struct conversion *c)
{
    const struct conversion_item *items = c->items.at;
    for (size_t i = 0; i < c->items.count; i++)
        TRY(db_run(db, &CONVERSION_ITEM_INSERT,
            PARAMS(P("conversion_id", c->id), P("n", (int64_t)i + 1)), &conversion_item_fields,
            &items[i], NULL));
    return NULL;
}

static void note_coupon(struct conversion *c, const struct touches *touches)
{
    for (size_t i = 0; i < touches->count; i++)
        if (touches->at[i].won && touches->at[i].kind == TOUCH_COUPON)
            c->coupon_id = touches->at[i].coupon_id;
}

/* A test order uses no code up, so that a real one may. */
static err use_coupons(struct db *db, const struct conversion *c, const struct touches *touches)
{
    if (c->is_test)
        return NULL;
    for (size_t i = 0; i < touches->count; i++)
        if (touches->at[i].won && touches->at[i].kind == TOUCH_COUPON)
            TRY(coupon_use(db,
                &(struct coupon){ .id = touches->at[i].coupon_id, .program_id = c->program_id }));
    return NULL;
}

/* False in out_put when an order of that number stands already: then nothing was changed. */
static err put(struct db *db, struct work_of *w, bool *out_put)
{
    int64_t changes;

    note_coupon(&w->conversion, &w->touches);
    TRY(db_run(
        db, &CONVERSION_INSERT, NO_PARAMS, &conversion_fields, &w->conversion, &changes));
    *out_put = changes == 1;
    return NULL;
}

/* As the store would tell them. */
static void name_partners(struct work_of *w)
{
    struct commission *rows = w->commissions.at;

    for (size_t i = 0; i < w->commissions.count; i++)
        for (size_t k = 0; k < w->touches.count && str_empty(rows[i].partner_name); k++)
            if (w->touches.at[k].partner_id == rows[i].partner_id)
                rows[i].partner_name = w->touches.at[k].partner_name;
}

/* `replaced` (may be null): what hung on it hangs on this one now. */
static err accrue(struct db *db, struct work_of *w, struct conversion *replaced)
{
    const struct conversion *c = &w->conversion;
    struct decide_order order = conversion_decide_order(db_arena(db), c);
    struct decide_share *shares;
    size_t count = conversion_shares(&w->touches, db_arena(db), &shares);
    struct commission_cause cause = { .program_id = c->program_id,
        .conversion_id = c->id,
        .kind = conversion_commission_kind(c),
        .order = &order,
        .shares = shares,
        .share_count = count,
        .customer_id = c->customer_id,
        .hold_days = (int32_t)c->hold_days,
        .is_test = c->is_test,
        .held = c->status == CONVERSION_UNVERIFIED ? "unverified" : NULL };
    struct commission_why why = {
        .entry_kind = "adjust", .cause_type = "conversion", .cause_id = c->id
    };
    struct commission_settling settling = { 0 };

    if (replaced)
        TRY(conversion_weigh(db, replaced, &why, &settling));
    TRY(commission_accrue(db, &w->told->act, &cause, &w->commissions, &settling));
    name_partners(w);
    if (settling.count == 0)
        return NULL;
    TRY(conversion_follow(db, &w->told->act, c, &settling));
    return commission_of_conversion(db, c->program_id, c->id, &w->commissions);
}

/* ---- judging
 * ------------------------------------------------------------------------------------------------
 */

static void take_terms(struct work_of *w, const struct attribution_terms *terms)
{
    struct conversion *c = &w->conversion;
    bool vouched = c->source == SOURCE_API || c->source == SOURCE_CSV || terms->trust_browser;

    c->status = vouched ? CONVERSION_CONFIRMED : CONVERSION_UNVERIFIED;
    c->model = terms->model;
    c->precedence = terms->precedence;
    c->window_days = terms->window_days;
    c->customer_days = terms->customer_days;
    c->hold_days = terms->hold_days;
    c->clawback_days = terms->clawback_days;
    c->customer_binding = terms->binding;
    if (vouched)
        c->confirmed_at = w->told->act.at;
}

/* Rules and terms are asked for the order's time, but never for a time that has not come. */
static void fill_times(struct work_of *w, const struct conversion *before)
{
    struct conversion *c = &w->conversion;
    instant now = w->told->act.at;

    if (instant_none(c->occurred_at))
        c->occurred_at = before ? before->occurred_at : now;
    c->judged_at = c->occurred_at.ms < now.ms ? c->occurred_at : now;
    c->created_at = now;
    c->actor = w->told->act.actor;
}

static err judge(struct db *db, struct work_of *w, const struct conversion *before)
{
    struct conversion *c = &w->conversion;
    const struct app *app = w->told->app;
    struct attribution_order order;
    struct attribution_terms terms;
    struct attribution verdict;

    fill_times(w, before);
    order.at = c->occurred_at;
    TRY(attribution_terms_at(db, c->program_id, c->judged_at, &terms));
    if (!str_empty(w->told->visitor) && app && app->live)
        (void)click_visitor_read(app->live, w->told->visitor, &c->visitor_id);
    TRY(conversion_gather(db, app, c, &terms, before, &w->touches));
    attribution_decide(&terms, &order, w->touches.at, w->touches.count, &verdict);
    take_terms(w, &terms);
    c->attributed = verdict.attributed;
    c->reason = str_of(verdict.reason);
    return NULL;
}

/* Every code that it was credited to: a browser's and the shop's may both have won. */
static err return_coupons(struct db *db, struct conversion *c)
{
    struct touches touches;

    if (!c->coupon_id)
        return NULL;
    c->coupon_id = 0;
    if (c->is_test) /* it used none */
        return NULL;
    TRY(conversion_read_touches(db, c->id, &touches));
    for (size_t i = 0; i < touches.count; i++)
        if (touches.at[i].won && touches.at[i].kind == TOUCH_COUPON)
            TRY(coupon_unuse(db, c->program_id, touches.at[i].coupon_id));
    return NULL;
}

/* The shop's word replaces the browser's: what was held for it goes. */
static err retire(struct db *db, const struct ledger_act *act, struct conversion *old,
    int64_t replaced_by, bool *out_hangs)
{
    TRY(commission_replace_conversion(db, act, old->program_id, old->id, out_hangs));
    TRY(return_coupons(db, old));
    old->status = CONVERSION_REPLACED;
    old->replaced_by = replaced_by;
    return conversion_keep(db, old);
}

/* What was told of it before it came. */
static err apply_foretold(struct db *db, struct work_of *w)
{
    struct conversion *c = &w->conversion;
    int64_t foretold;

    TRY(db_int(db, &CONVERSION_FORETOLD,
        PARAMS(
            P("program_id", c->program_id), P("is_test", c->is_test), P("order_id", c->order_id)),
        &foretold));
    if (!foretold)
        return NULL;
    w->is_plain = false;
    TRY(conversion_apply_amendments(db, &w->told->act, c));
    return conversion_apply_refunds(db, &w->told->act, c);
}

/* Everything that is written behind the order's own row; judged before. */
static err make(struct db *db, struct work_of *w, struct conversion *replaced)
{
    struct conversion *c = &w->conversion;

    w->is_plain = true;
    TRY(use_coupons(db, c, &w->touches));
    TRY(put_items(db, c));
    TRY(conversion_put_touches(db, c->id, &w->touches));
    TRY(conversion_await(db, c, &w->touches));
    TRY(accrue(db, w, replaced));
    TRY(apply_foretold(db, w));
    return announce(db, "conversion.created", c->program_id, c->id);
}

static struct conversion_recorded made(const struct work_of *w)
{
    return (struct conversion_recorded){ .conversion = w->conversion,
        .commissions = w->commissions,
        .touches = { w->touches.at, w->touches.count },
        .is_plain = w->is_plain };
}

/* Most orders are new: put first, asked for afterwards. */
static err record_new(
    struct db *db, struct work_of *w, struct conversion_recorded *out, bool *out_stands)
{
    bool is_put;

    TRY(judge(db, w, NULL));
    out->has_begun = true;
    TRY(put(db, w, &is_put));
    *out_stands = !is_put;
    out->has_begun = is_put;
    if (!is_put)
        return NULL;
    TRY(make(db, w, NULL));
    *out = made(w);
    return NULL;
}

static err record_instead(
    struct db *db, struct work_of *w, struct conversion *before, struct conversion_recorded *out)
{
    bool is_put, hangs = false;

    TRY(judge(db, w, before));
    out->has_begun = true;
    TRY(retire(db, &w->told->act, before, w->conversion.id, &hangs));
    TRY(put(db, w, &is_put));
    if (!is_put)
        return &STORE_CONFLICT;
    TRY(make(db, w, hangs ? before : NULL));
    *out = made(w);
    return NULL;
}

static err confirm_by_shop(struct db *db, const struct work_of *w, struct conversion *standing)
{
    standing->confirm_content = w->conversion.content;
    if (standing->status == CONVERSION_UNVERIFIED)
        return conversion_confirm(db, &w->told->act, standing);
    return conversion_keep(db, standing);
}

/* Something stands under its number. */
static err record_again(struct db *db, struct work_of *w, struct conversion *standing,
    enum telling telling, struct conversion_recorded *out)
{
    if (telling == TELLING_REPLACES)
        return record_instead(db, w, standing, out);
    out->has_begun = telling == TELLING_CONFIRMS;
    if (out->has_begun)
        TRY(confirm_by_shop(db, w, standing));
    *out = (struct conversion_recorded){ .conversion = *standing, .already = true };
    return conversion_items(db, &out->conversion);
}

/* What cannot be judged now may have been told before, and be answered as it was. */
err conversion_record(
    struct db *db, const struct conversion_recording *told, struct conversion_recorded *out)
{
    struct conversion standing = { 0 };
    enum telling telling;
    struct work_of w;
    bool stands = false;

    *out = (struct conversion_recorded){ 0 };
    begin(db, told, &w);
    err failed = record_new(db, &w, out, &stands);
    if (out->has_begun || (failed && failed->kind >= ERR_INTERNAL) || (!failed && !stands))
        return failed;
    begin(db, told, &w);
    TRY(look(db, &w, &standing, &telling));
    if (telling == TELLING_NEW)
        return failed ? failed : &STORE_CONFLICT;
    return record_again(db, &w, &standing, telling, out);
}

err conversion_try(
    struct db *db, const struct conversion_recording *told, struct conversion_recorded *out)
{
    struct conversion standing = { 0 };
    enum telling telling;
    struct work_of w;

    begin(db, told, &w);
    TRY(look(db, &w, &standing, &telling));
    *out =
        (struct conversion_recorded){ .conversion = standing, .already = telling == TELLING_SAME };
    if (out->already)
        return NULL;
    TRY(judge(db, &w, telling == TELLING_REPLACES ? &standing : NULL));
    out->conversion = w.conversion;
    return NULL;
}

/* ---- by hand
 * ------------------------------------------------------------------------------------------------
 */

err conversion_confirm(struct db *db, const struct ledger_act *act, struct conversion *c)
{
    if (c->status != CONVERSION_UNVERIFIED)
        return &CONVERSION_STATE;
    c->status = CONVERSION_CONFIRMED;
    c->status = conversion_status_of(c);
    c->confirmed_at = act->at;
    TRY(commission_confirm_conversion(db, act, c->program_id, c->id));
    TRY(conversion_keep(db, c));
    return announce(db, "conversion.confirmed", c->program_id, c->id);
}

err conversion_decline(
    struct db *db, const struct ledger_act *act, struct conversion *c, str reason, str note)
{
    if (c->status == CONVERSION_DECLINED || c->status == CONVERSION_REPLACED)
        return &CONVERSION_STATE;
    TRY(commission_decline_conversion(db, act, c->program_id, c->id, reason, note));
    TRY(return_coupons(db, c));
    c->status = CONVERSION_DECLINED;
    c->status_reason = reason;
    c->status_note = note;
    TRY(conversion_keep(db, c));
    return announce(db, "conversion.declined", c->program_id, c->id);
}
