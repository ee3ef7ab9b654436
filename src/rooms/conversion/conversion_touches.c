/* Evidence: what may have led a buyer to the shop, out of token, cookie, code and earlier orders.
 */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/click/click.h"
#include "rooms/conversion/conversion.sql.h"
#include "rooms/coupon/coupon.h"
#include "rooms/partner/partner.h"

/* A partner as far as attribution asks. */
struct seat {
    int64_t partner_id;
    enum partner_status status;
    str partner_group, partner_name;
};

/* clang-format off */
static const struct field seat_list[] = {
    FIELD_ID(seat, partner_id, "par"),
    FIELD(seat,    status,     .names = partner_status_names),
    FIELD(seat,    partner_group),
    FIELD(seat,    partner_name),
};
static const struct fields seat_fields = FIELDS(seat_list, seat);

/* What a click token names. */
struct named {
    struct seat seat;
    str link_code;
    struct click click; /* id 0: its row is not here yet */
};

static const struct field named_list[] = {
    FIELD(named, seat,  .record = &seat_fields),
    FIELD(named, link_code),
    FIELD(named, click, .record = &click_fields),
};
static const struct fields named_fields = FIELDS(named_list, named);
/* clang-format on */

struct gathering {
    struct db *db;
    const struct conversion *conversion;
    const struct app *app;
    instant at; /* of the order */
    struct touches *out;
    struct seat *seats; /* those that were asked for, as many as touches */
};

static struct touch *find_click(const struct touches *touches, int64_t click_id)
{
    for (size_t i = 0; i < touches->count; i++)
        if (touches->at[i].click_id == click_id)
            return &touches->at[i];
    return NULL;
}

/* Several touches of one partner ask once. */
static err seat_of(struct gathering *g, int64_t partner_id, struct seat *out, bool *out_found)
{
    for (size_t i = 0; i < g->out->count; i++)
        if (g->seats[i].partner_id == partner_id) {
            *out = g->seats[i];
            *out_found = true;
            return NULL;
        }
    return db_one(g->db, &CONVERSION_PARTNER_SEAT,
        PARAMS(P("id", partner_id), P("program_id", g->conversion->program_id), P("at", g->at)),
        &seat_fields, out, out_found);
}

static enum touch_bar bar_of_seat(const struct seat *seat)
{
    switch (seat->status) {
    case PARTNER_APPROVED:
        return TOUCH_FREE;
    case PARTNER_SUSPENDED:
        return TOUCH_PARTNER_SUSPENDED;
    case PARTNER_PENDING:
    case PARTNER_REJECTED:
        break;
    }
    return TOUCH_PARTNER_NOT_APPROVED;
}

static bool is_wanted(const struct gathering *g, const struct touch *touch)
{
    return g->out->count < TOUCHES_MOST && !(touch->click_id && find_click(g->out, touch->click_id));
}

static void add_seated(struct gathering *g, struct touch touch, const struct seat *seat)
{
    if (touch.bar == TOUCH_FREE)
        touch.bar = bar_of_seat(seat);
    touch.group = seat->partner_group;
    touch.partner_name = seat->partner_name;
    g->seats[g->out->count] = *seat;
    g->out->at[g->out->count++] = touch;
}

/* A touch of a partner of another programme, or of nobody, is none. */
static err add(struct gathering *g, struct touch touch)
{
    struct seat seat = { 0 };
    bool found;

    if (!is_wanted(g, &touch))
        return NULL;
    TRY(seat_of(g, touch.partner_id, &seat, &found));
    if (found)
        add_seated(g, touch, &seat);
    return NULL;
}

/* What a mark guesses from an agent, a token refutes: the page that the click led to was used and
 * bought from. It would also bar or not by whether the row was drained already. */
static enum touch_bar bar_of_marks(int64_t marks, enum touch_evidence evidence)
{
    if (evidence == EVIDENCE_TOKEN)
        return TOUCH_FREE;
    if (marks & CLICK_ROBOT)
        return TOUCH_ROBOT;
    return marks & CLICK_PREFETCH ? TOUCH_PREFETCH : TOUCH_FREE;
}

/* Up to the last that is there. */
strs conversion_click_subs(struct arena *arena, const struct click *click)
{
    const str all[] = { click->sub1, click->sub2, click->sub3, click->sub4, click->sub5 };
    strs subs = { ARENA_ARRAY(arena, str, 5), 0 };

    for (size_t i = 0; i < 5; i++) {
        subs.at[i] = str_empty(all[i]) ? STR("") : all[i];
        if (!str_empty(all[i]))
            subs.count = i + 1;
    }
    return subs;
}

static struct touch touch_of(
    struct arena *arena, const struct click *click, enum touch_evidence evidence)
{
    return (struct touch){ .kind = TOUCH_CLICK,
        .evidence = evidence,
        .bar = bar_of_marks(click->marks, evidence),
        .click_id = click->id,
        .link_id = click->link_id,
        .partner_id = click->partner_id,
        .subs = conversion_click_subs(arena, click),
        .at = id_instant(click->id) };
}

/* The token vouches for itself: its row may not have been drained yet, and says the rest later. */
static err add_token(struct gathering *g, str text, int64_t *out_visitor_id)
{
    struct click_token token;
    struct named named = { 0 };
    bool found;

    if (str_empty(text))
        return NULL;
    if (!g->app || !g->app->live)
        return &CLICK_INVALID;
    TRY(click_token_read(g->app->live, text, &token));
    TRY(db_one(g->db, &CONVERSION_TOKEN,
        PARAMS(P("link_id", token.link_id), P("click_id", token.id),
            P("program_id", g->conversion->program_id), P("at", g->at)),
        &named_fields, &named, &found));
    if (!found)
        return NULL;
    *out_visitor_id = token.visitor_id;
    bool is_here = named.click.id != 0;
    named.click.id = token.id;
    named.click.link_id = token.link_id;
    named.click.partner_id = named.seat.partner_id;
    struct touch touch = touch_of(db_arena(g->db), &named.click, EVIDENCE_TOKEN);
    touch.waits = !is_here;
    touch.link_code = named.link_code;
    if (is_wanted(g, &touch))
        add_seated(g, touch, &named.seat);
    return NULL;
}

/* From a little before the window opened, so that those just too old are shown with their reason.
 */
static err add_visitor(
    struct gathering *g, const struct attribution_terms *terms, int64_t visitor_id)
{
    instant from = instant_plus_days(g->at, -2 * (int64_t)terms->window_days);
    instant to = instant_plus_ms(g->at, ATTRIBUTION_SKEW_MS + 1);
    struct list rows;

    if (!visitor_id)
        return NULL;
    TRY(click_of_visitor(g->db, g->conversion->program_id, visitor_id, from, to, &rows));
    const struct click *clicks = rows.at;
    size_t first = rows.count > TOUCHES_MOST / 2 ? rows.count - TOUCHES_MOST / 2 : 0;
    for (size_t i = first; i < rows.count; i++)
        TRY(add(g, touch_of(db_arena(g->db), &clicks[i], EVIDENCE_COOKIE)));
    return NULL;
}

static enum touch_bar bar_of_coupon(const struct coupon *coupon, instant at)
{
    const char *objection = coupon_objection(coupon, at);
    if (objection)
        for (int bar = TOUCH_COUPON_NOT_STARTED; bar < TOUCH_BARS; bar++)
            if (strcmp(touch_bar_names[bar], objection) == 0)
                return (enum touch_bar)bar;
    return TOUCH_FREE;
}

/* Codes of the shop that belong to no partner are no evidence and no mistake. */
static err add_coupon(struct gathering *g, str code)
{
    struct coupon coupon = { 0 };
    bool found;

    if (str_empty(str_trim(code)))
        return NULL;
    TRY(coupon_find_code(g->db, g->conversion->program_id, code, &coupon, &found));
    if (!found)
        return NULL;
    for (size_t i = 0; i < g->out->count; i++)
        if (g->out->at[i].kind == TOUCH_COUPON && g->out->at[i].coupon_id == coupon.id)
            return NULL;
    return add(g, (struct touch){ .kind = TOUCH_COUPON,
                      .evidence = EVIDENCE_COUPON,
                      .bar = bar_of_coupon(&coupon, g->at),
                      .coupon_id = coupon.id,
                      .partner_id = coupon.partner_id,
                      .at = g->at });
}

static bool known_coupon(const struct touches *touches, const struct touch *touch)
{
    for (size_t i = 0; i < touches->count; i++)
        if (touch->coupon_id && touches->at[i].kind == TOUCH_CUSTOMER &&
            touches->at[i].from_conversion_id == touch->from_conversion_id &&
            touches->at[i].coupon_id == touch->coupon_id)
            return true;
    return false;
}

/* The order that binds may have been moved: from then on its renewals are whose it is. */
static err follow_sale(struct gathering *g, struct list *known)
{
    struct touches judged = { .at = known->at, .count = known->count };
    struct touch first = judged.count ? judged.at[0] : (struct touch){ 0 };
    struct decide_share *by_verdict, *shares;
    struct list moves;
    bool any = false;

    if (judged.count == 0)
        return NULL;
    TRY(conversion_moves(g->db, first.from_conversion_id, &moves));
    size_t count = conversion_shares(&judged, db_arena(g->db), &by_verdict);
    shares = ARENA_ARRAY(db_arena(g->db), struct decide_share, count + 1);
    for (size_t i = 0; i < count; i++)
        shares[i] = by_verdict[i];
    const struct conversion_move *move = moves.at;
    for (size_t i = 0; i < moves.count; i++)
        if (move[i].created_at.ms <= g->at.ms) {
            conversion_apply_move(shares, &count, &move[i]);
            any = true;
        }
    if (!any)
        return NULL;
    struct touch *touches = ARENA_ARRAY(db_arena(g->db), struct touch, count + 1);
    for (size_t i = 0; i < count; i++)
        touches[i] = (struct touch){ .kind = TOUCH_CUSTOMER,
            .evidence = EVIDENCE_CUSTOMER,
            .partner_id = shares[i].partner_id,
            .from_conversion_id = first.from_conversion_id,
            .share_bp = shares[i].share_bp,
            .at = first.at };
    *known = (struct list){ touches, count };
    return NULL;
}

/* The customer belongs to the partners of the order that binds him, as they had it: a click of theirs
 * that is at hand already stands for it. */
static err add_bound(struct gathering *g, enum program_binding binding)
{
    struct list known;

    TRY(conversion_touches_that_bind(g->db, g->conversion, binding, g->at, &known));
    TRY(follow_sale(g, &known));
    const struct touch *touches = known.at;
    for (size_t i = 0; i < known.count; i++) {
        struct touch touch = touches[i], *standing;
        touch.bar = TOUCH_FREE;
        touch.bound_bp = touch.share_bp;
        touch.share_bp = 0;
        standing = touch.click_id ? find_click(g->out, touch.click_id) : NULL;
        if (!standing) {
            TRY(add(g, touch));
            continue;
        }
        standing->kind = touch.kind;
        standing->evidence = touch.evidence;
        standing->from_conversion_id = touch.from_conversion_id;
        standing->bound_bp = touch.bound_bp;
        standing->at = touch.at;
    }
    return NULL;
}

static err add_customer(struct gathering *g, enum program_binding binding)
{
    struct list known;
    if (str_empty(g->conversion->customer_id))
        return NULL;
    if (binding != BINDING_ANY)
        return add_bound(g, binding);
    TRY(conversion_touches_of_customer(g->db, g->conversion, g->at, &known));
    const struct touch *touches = known.at;
    for (size_t i = 0; i < known.count; i++) {
        struct touch touch = touches[i];
        touch.bar = TOUCH_FREE; /* whether its partner may earn is asked anew */
        touch.share_bp = 0;
        if (!known_coupon(g->out, &touch))
            TRY(add(g, touch));
    }
    return NULL;
}

err conversion_gather(struct db *db, const struct app *app, const struct conversion *c,
    const struct attribution_terms *terms, const struct conversion *before, struct touches *out)
{
    struct arena *arena = db_arena(db);
    struct gathering g = { db, c, app, c->occurred_at, out,
        ARENA_ARRAY(arena, struct seat, TOUCHES_MOST) };
    int64_t visitors[3] = { c->visitor_id, before ? before->visitor_id : 0, 0 };

    *out = (struct touches){ .at = ARENA_ARRAY(arena, struct touch, TOUCHES_MOST) };
    TRY(add_token(&g, c->click, &visitors[2]));
    if (before)
        TRY(add_token(&g, before->click, &visitors[1]));
    for (size_t i = 0; i < 3; i++)
        TRY(add_visitor(&g, terms, visitors[i]));
    TRY(add_coupon(&g, c->coupon));
    if (before)
        TRY(add_coupon(&g, before->coupon));
    return add_customer(&g, terms->binding);
}

err conversion_settle(struct db *read, struct app *app, const struct conversion_recording *r)
{
    struct click_token token;
    int64_t there;

    if (!app || !app->live || click_settled(app))
        return NULL;
    if (str_empty(r->conversion.click)) {
        if (!str_empty(r->visitor))
            (void)click_settle(app, 1000);
        return NULL;
    }
    TRY(click_token_read(app->live, r->conversion.click, &token));
    TRY(db_int(read, &CONVERSION_CLICK_THERE,
        PARAMS(P("id", token.id), P("program_id", r->conversion.program_id)), &there));
    if (!there)
        (void)click_settle(app, 1000);
    return NULL;
}
