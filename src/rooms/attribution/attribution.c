/* The rules by which touches earn: window, bars, coupon against click, model, shares. */
#include "rooms/attribution/attribution.h"

#include <string.h>

#include "base/amount.h"

const char *const touch_kind_names[] = { "click", "coupon", "customer", NULL };
const char *const touch_evidence_names[] = { "token", "cookie", "coupon", "customer", NULL };
const char *const touch_bar_names[] = { "", "robot", "prefetch", "partner_not_approved",
    "partner_suspended", "coupon_not_started", "coupon_expired", "coupon_used_up", "coupon_paused",
    NULL };

enum { WHOLE_BP = 10000, END_BP = 4000, MIDDLE_BP = 2000, TOUCHES_BOUND_MOST = 1024 };

static bool comes_before(const struct touch *a, const struct touch *b)
{
    if (a->at.ms != b->at.ms)
        return a->at.ms < b->at.ms;
    return a->click_id < b->click_id;
}

/* Insertion keeps equals in the order in which they were gathered; there are few touches. */
static void sort_by_time(struct touch *touches, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct touch moving = touches[i];
        size_t at = i;
        for (; at > 0 && comes_before(&moving, &touches[at - 1]); at--)
            touches[at] = touches[at - 1];
        touches[at] = moving;
    }
}

static int64_t window_ms(const struct attribution_terms *terms, const struct touch *touch)
{
    int32_t days = terms->window_days;
    if (touch->kind == TOUCH_CUSTOMER && terms->customer_days > 0)
        days = terms->customer_days;
    return days * DAY_MS;
}

/* Why this touch cannot earn at all; null when it can. */
static const char *objection(const struct attribution_terms *terms,
    const struct attribution_order *order, const struct touch *touch)
{
    bool vouched = touch->evidence == EVIDENCE_TOKEN || touch->evidence == EVIDENCE_COOKIE;

    if (touch->bar != TOUCH_FREE)
        return touch_bar_names[touch->bar];
    if (touch->at.ms > order->at.ms + (vouched ? ATTRIBUTION_SKEW_MS : 0))
        return "after_order";
    if (touch->at.ms < order->at.ms - window_ms(terms, touch))
        return "outside_window";
    return NULL;
}

static void give(struct touch *touch, int32_t share_bp, const char *reason)
{
    touch->share_bp = share_bp;
    touch->won = share_bp > 0;
    touch->reason = reason;
}

/* The i-th of `count` equal parts of `whole`: earlier ones take what is left over. */
static int32_t equal_part(int32_t whole, size_t count, size_t i)
{
    int32_t parts = (int32_t)count;
    return whole / parts + ((int32_t)i < whole % parts ? 1 : 0);
}

static int32_t position_part(size_t count, size_t i)
{
    if (count <= 2)
        return equal_part(WHOLE_BP, count, i);
    if (i == 0 || i == count - 1)
        return END_BP;
    return equal_part(MIDDLE_BP, count - 2, i - 1);
}

static void give_click(enum program_attribution model, size_t count, size_t i, struct touch *touch)
{
    switch (model) {
    case ATTRIBUTION_LAST_CLICK:
        if (i == count - 1)
            give(touch, WHOLE_BP, "last_click");
        else
            give(touch, 0, "later_click");
        break;
    case ATTRIBUTION_FIRST_CLICK:
        if (i == 0)
            give(touch, WHOLE_BP, "first_click");
        else
            give(touch, 0, "earlier_click");
        break;
    case ATTRIBUTION_LINEAR:
        give(touch, equal_part(WHOLE_BP, count, i), "linear");
        break;
    case ATTRIBUTION_POSITION:
        give(touch, position_part(count, i), "position");
        break;
    }
}

struct field_of_touches {
    size_t clicks, coupons, bound; /* that can earn */
};

static struct field_of_touches sift(const struct attribution_terms *terms,
    const struct attribution_order *order, struct touch *touches, size_t count)
{
    struct field_of_touches can = { 0 };
    for (size_t i = 0; i < count; i++) {
        give(&touches[i], 0, objection(terms, order, &touches[i]));
        if (touches[i].reason)
            continue;
        if (terms->binding != BINDING_ANY && touches[i].kind == TOUCH_CUSTOMER)
            can.bound++;
        else if (touches[i].kind == TOUCH_COUPON)
            can.coupons++;
        else
            can.clicks++;
    }
    return can;
}

/* As they had the order that binds him; those who cannot earn leave their part to the others. */
static void give_bound(struct touch *touches, size_t count)
{
    int64_t weights[TOUCHES_BOUND_MOST] = { 0 }, parts[TOUCHES_BOUND_MOST], sum = 0;
    size_t which[TOUCHES_BOUND_MOST], bound = 0;

    for (size_t i = 0; i < count && bound < TOUCHES_BOUND_MOST; i++)
        if (!touches[i].reason && touches[i].kind == TOUCH_CUSTOMER) {
            weights[bound] = touches[i].bound_bp;
            sum += touches[i].bound_bp;
            which[bound++] = i;
        }
    for (size_t i = 0; sum == 0 && i < bound; i++)
        weights[i] = 1;
    amount_split(WHOLE_BP, weights, parts, bound);
    for (size_t i = 0; i < bound; i++)
        give(&touches[which[i]], (int32_t)parts[i], "customer");
}

static void judge(const struct attribution_terms *terms, struct field_of_touches can,
    struct touch *touches, size_t count)
{
    bool coupon_wins = can.coupons && (terms->precedence == PRECEDENCE_COUPON || !can.clicks);
    size_t click = 0, coupon = 0;

    if (can.bound)
        give_bound(touches, count);
    for (size_t i = 0; i < count; i++) {
        struct touch *touch = &touches[i];
        if (touch->reason)
            continue;
        bool is_coupon = touch->kind == TOUCH_COUPON;
        if (can.bound)
            give(touch, 0, "customer_bound");
        else if (is_coupon && coupon_wins)
            give(touch, equal_part(WHOLE_BP, can.coupons, coupon++), "coupon");
        else if (is_coupon)
            give(touch, 0, "click_wins");
        else if (coupon_wins)
            give(touch, 0, "coupon_wins");
        else
            give_click(terms->model, can.clicks, click++, touch);
    }
}

static const char *reason_of_all(const struct attribution_terms *terms, const struct touch *touches,
    size_t count, size_t winners)
{
    size_t customers = 0;
    if (count == 0)
        return "no_evidence";
    if (winners == 0)
        return "no_valid_touch";
    for (size_t i = 0; i < count; i++) {
        if (touches[i].won && touches[i].kind == TOUCH_COUPON)
            return "coupon";
        customers += touches[i].won && touches[i].kind == TOUCH_CUSTOMER;
    }
    return customers == winners ? "customer" : program_attribution_names[terms->model];
}

void attribution_decide(const struct attribution_terms *terms,
    const struct attribution_order *order, struct touch *touches, size_t count,
    struct attribution *out)
{
    sort_by_time(touches, count);
    judge(terms, sift(terms, order, touches, count), touches, count);

    *out = (struct attribution){ .model = terms->model };
    for (size_t i = 0; i < count; i++)
        out->winners += touches[i].won;
    out->attributed = out->winners > 0;
    out->reason = reason_of_all(terms, touches, count, out->winners);
}

size_t attribution_shares(const struct touch *touches, size_t count, struct attribution_share *out)
{
    size_t shares = 0;
    for (size_t i = 0; i < count; i++) {
        if (!touches[i].won)
            continue;
        size_t at = 0;
        while (at < shares && out[at].partner_id != touches[i].partner_id)
            at++;
        if (at == shares)
            out[shares++] = (struct attribution_share){ .partner_id = touches[i].partner_id,
                .group = touches[i].group };
        out[at].share_bp += touches[i].share_bp;
        out[at].touch = i;
    }
    return shares;
}

/* clang-format off */
static const struct reason {
    const char *code, *words;
} reasons[] = {
    /* won */
    { "last_click",           N_("The last click before the order.") },
    { "first_click",          N_("The first click inside the window.") },
    { "linear",               N_("All clicks inside the window share equally.") },
    { "position",             N_("The first and the last click take 40 % each, those between share the rest.") },
    { "coupon",               N_("The order was placed with this partner’s code.") },
    { "customer",             N_("This customer is known from an earlier order.") },
    /* lost */
    { "outside_window",       N_("Too long before the order: the window had closed.") },
    { "after_order",          N_("After the order was placed.") },
    { "later_click",          N_("In time, but a later click followed. The last one counts.") },
    { "earlier_click",        N_("In time, but an earlier click came first. The first one counts.") },
    { "coupon_wins",          N_("In time, but the order used a partner’s code, and codes come before clicks here.") },
    { "customer_bound",       N_("In time, but this customer stays with the partner of an earlier order.") },
    { "click_wins",           N_("The code is valid, but clicks come before codes here.") },
    { "robot",                N_("A robot. Kept in the log, never counted.") },
    { "prefetch",             N_("A page fetched ahead by the browser. Nobody saw it.") },
    { "partner_not_approved", N_("The partner was not approved at that time.") },
    { "partner_suspended",    N_("The partner was suspended at that time.") },
    { "coupon_not_started",   N_("The code was not valid yet.") },
    { "coupon_expired",       N_("The code had expired.") },
    { "coupon_used_up",       N_("The code had been used as often as it may be.") },
    { "coupon_paused",        N_("The code was paused.") },
    /* as a whole */
    { "no_evidence",          N_("Nothing led from a partner to this order.") },
    { "no_valid_touch",       N_("Partners were involved, but no touch counts under the terms.") },
};
/* clang-format on */

const char *attribution_reason_words(const char *code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].code, code) == 0)
            return reasons[i].words;
    return code;
}
