/* What happens day by day: clicks, orders, refunds, maturing at night, pay days. */
#include "rooms/demo/demo_story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "rooms/commission/commission.h"
#include "rooms/conversion/conversion.h"
#include "rooms/payout/payout.h"

enum { CLICK_AGENTS = 7 };

/* ---- clicks
 * ----------------------------------------------------------------------------------------------------------
 */

static const char *const agents[CLICK_AGENTS] = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPad; CPU OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
};
static const char *const countries[] = { "DE", "PL", "GB", "US", "SE", "FR", "IT", "KZ", "AT", "NL",
    "CZ", "ES" };
static const char *const subs[] = { "review", "newsletter", "sidebar", "photo", "spring-list",
    "teapots" };

static void build_query(struct story *s, struct buf *query)
{
    if (dice_chance(&s->dice, 4500))
        buf_printf(query, "sub1=%s", subs[dice_below(&s->dice, 6)]);
    if (dice_chance(&s->dice, 5000)) {
        const struct demo_product *p =
            &demo_products[dice_below(&s->dice, (int64_t)demo_product_count)];
        str to = str_printf(s->arena, "%s/shop/p/%s", s->options->base_url, p->slug);

        buf_printf(
            query, "%sto=%" PRI_STR, query->len ? "&" : "", STR_ARG(str_url_encode(s->arena, to)));
    }
}

static void keep_cookie(struct story *s, struct life *life, str visitor)
{
    size_t slot;

    if (str_empty(visitor))
        return;
    slot = life->cookie_count < VISITORS_KEPT ? life->cookie_count++
                                              : (size_t)dice_below(&s->dice, VISITORS_KEPT);
    snprintf(life->cookies[slot], sizeof life->cookies[slot], "%" PRI_STR, STR_ARG(visitor));
}

static int64_t order_delay_ms(struct dice *dice)
{
    if (dice_chance(dice, 6500))
        return MINUTE_MS * (2 + dice_below(dice, 55));
    if (dice_chance(dice, 6000))
        return HOUR_MS * (1 + dice_below(dice, 30));
    return DAY_MS * (2 + dice_below(dice, 20)) + dice_below(dice, DAY_MS);
}

err story_click(struct story *s, int64_t index)
{
    const struct demo_partner *p = &demo_partners[index];
    struct life *life = &s->lives[index];
    struct click_followed followed = { 0 };
    struct buf query = buf_new(s->arena);
    struct click_visit visit = { .code = str_of(life->code),
        .country = str_of(countries[dice_below(&s->dice, 12)]),
        .referrer = str_printf(s->arena, "https://%s/", p->site) };
    bool is_robot = dice_chance(&s->dice, 420);
    struct order *o;

    if (life->code[0] == 0)
        return NULL;
    visit.agent =
        str_of(agents[is_robot ? CLICK_AGENTS - 1 : dice_below(&s->dice, CLICK_AGENTS - 1)]);
    if (life->cookie_count > 0 && dice_chance(&s->dice, 1800))
        visit.cookie = str_of(life->cookies[dice_below(&s->dice, (int64_t)life->cookie_count)]);
    if (dice_chance(&s->dice, 120))
        visit.purpose = STR("prefetch");
    build_query(s, &query);
    visit.query = buf_str(&query);
    visit.is_history = true;
    for (int i = 0; i < 16; i++)
        visit.ip[i] = (unsigned char)dice_next(&s->dice);
    TRY(click_follow(s->app->live, s->arena, &visit, &followed));
    s->made.clicks++;
    keep_cookie(s, life, followed.visitor);
    if (is_robot || str_empty(visit.purpose) == false || !dice_chance(&s->dice, p->rate_bp))
        return NULL;
    o = story_order_new(s, (int)index);
    o->in_dollars = strcmp(p->country, "US") == 0 && dice_chance(&s->dice, 6000);
    snprintf(o->token, sizeof o->token, "%" PRI_STR, STR_ARG(followed.token));
    story_happen(s, story_now_of(s).ms + order_delay_ms(&s->dice), HAPPENS_ORDER,
        (int64_t)s->order_count - 1);
    return NULL;
}

const currency demo_currencies[DEMO_CURRENCIES] = { { "EUR" }, { "USD" } };

/* ---- orders and refunds
 * --------------------------------------------------------------------------------------------- */

static err order_write(struct db *db, void *arg)
{
    struct conversion_recorded stands;

    return conversion_record(db, arg, &stands);
}

/* Workshops are bought less often than they are looked at. */
static const struct demo_product *pick_product(struct dice *dice)
{
    const struct demo_product *p = &demo_products[dice_below(dice, (int64_t)demo_product_count)];

    if (p->category[0] == 'w' && !dice_chance(dice, 4000))
        p = &demo_products[dice_below(dice, (int64_t)demo_product_count)];
    return p;
}

static void fill_basket(struct story *s, struct conversion *c)
{
    size_t count = 1 + (size_t)dice_below(&s->dice, 3);
    struct conversion_item *items = ARENA_ARRAY(s->arena, struct conversion_item, count);

    for (size_t i = 0; i < count; i++) {
        const struct demo_product *p = pick_product(&s->dice);

        items[i] = (struct conversion_item){ .sku = str_of(p->sku),
            .name = str_of(p->name),
            .category = str_of(p->category),
            .quantity = dice_chance(&s->dice, 1500) ? 2 : 1 };
        items[i].amount = p->price * items[i].quantity;
        c->amount += items[i].amount;
    }
    c->items = (struct list){ items, count };
}

/* A few of the newest sales look odd to the manager: held until somebody has asked. */
struct holding {
    struct ledger_act act;
    int64_t program_id, conversion_id;
    bool is_own_order;
};

static err hold_write(struct db *db, void *arg)
{
    const struct holding *h = arg;
    struct commission_moving moving = { .move = MOVE_HOLD,
        .program_id = h->program_id,
        .reason = h->is_own_order ? STR("own_order") : STR("duplicate") };
    struct commission after = { 0 };
    struct list rows = { 0 };

    TRY(commission_of_conversion(db, h->program_id, h->conversion_id, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        moving.id = ((struct commission *)rows.at)[i].id;
        TRY(commission_change(db, &h->act, &moving, &after));
    }
    return NULL;
}

static err hold_some(struct story *s, int64_t conversion_id)
{
    struct holding h = { .act = story_act_of(s, "Marta Zielińska"),
        .program_id = s->program_id,
        .conversion_id = conversion_id,
        .is_own_order = dice_chance(&s->dice, 6000) };

    if (story_now_of(s).ms < s->end_ms - 18 * DAY_MS || !dice_chance(&s->dice, 450))
        return NULL;
    return store_write(s->app->store, hold_write, &h);
}

/* Some come back, a few are set right before they are sent, one was another's. */
static void what_comes_of(struct story *s, int64_t index)
{
    const struct order *o = &s->orders[index];
    int64_t now = story_now_of(s).ms;

    if (dice_chance(&s->dice, 620))
        story_happen(s, now + DAY_MS * (3 + dice_below(&s->dice, 45)), HAPPENS_REFUND, index);
    else if (dice_chance(&s->dice, 200))
        story_happen(s, now + HOUR_MS * (1 + dice_below(&s->dice, 30)), HAPPENS_AMEND, index);
    if (s->was_moved || !o->by_coupon || o->partner == DEMO_ANNA ||
        now < s->end_ms - 15 * DAY_MS)
        return;
    s->was_moved = true;
    story_happen(s, now + DAY_MS, HAPPENS_MOVE, index);
}

err story_order(struct story *s, int64_t index)
{
    struct order *o = &s->orders[index];
    struct conversion_recording r = { .act = story_act_of(s, "shop"), .app = s->app };

    click_settle(s->app, 5000);
    r.conversion = (struct conversion){ .id = id_new(s->env),
        .program_id = s->program_id,
        .type = STR("sale"),
        .order_id = str_of(o->order_id),
        .currency = demo_currencies[o->in_dollars],
        .customer_id = str_of(o->customer),
        .new_customer = dice_chance(&s->dice, 7000),
        .occurred_at = story_now_of(s),
        .source = SOURCE_API,
        .created_at = story_now_of(s) };
    if (o->token[0])
        r.conversion.click = str_of(o->token);
    if (o->by_coupon && o->partner >= 0)
        r.conversion.coupon = str_of(demo_partners[o->partner].coupon);
    fill_basket(s, &r.conversion);
    TRY(conversion_check(&r.conversion, story_now_of(s)));
    TRY(store_write(s->app->store, order_write, &r));
    o->conversion_id = r.conversion.id;
    o->amount = r.conversion.amount;
    s->made.orders++;
    TRY(hold_some(s, o->conversion_id));
    what_comes_of(s, index);
    return NULL;
}

struct refunding {
    struct ledger_act act;
    struct refund refund;
};

static err refund_write(struct db *db, void *arg)
{
    struct refunding *r = arg;
    bool already;

    return conversion_refund(db, &r->act, &r->refund, &already);
}

err story_refund(struct story *s, int64_t index)
{
    static const char *const reasons[] = { "cracked in the post", "changed their mind",
        "wrong size", "came too late" };
    const struct order *o = &s->orders[index];
    struct refunding r = { .act = story_act_of(s, "shop") };
    bool is_whole = dice_chance(&s->dice, 4000);

    r.refund = (struct refund){ .id = id_new(s->env),
        .program_id = s->program_id,
        .conversion_id = o->conversion_id,
        .order_id = str_of(o->order_id),
        .refund_id = str_printf(s->arena, "R-%05" PRId64, 700 + s->made.refunds),
        .amount = is_whole ? o->amount : o->amount * (20 + dice_below(&s->dice, 50)) / 100,
        .reason =
            str_of(dice_chance(&s->dice, 500) ? "chargeback" : reasons[dice_below(&s->dice, 4)]),
        .created_at = story_now_of(s) };
    s->made.refunds++;
    return r.refund.amount > 0 ? store_write(s->app->store, refund_write, &r) : NULL;
}

/* ---- nights and pay days
 * -----------------------------------------------------------------------------------------------
 */

struct maturing {
    struct ledger_act act;
    int64_t count;
};

static err mature_write(struct db *db, void *arg)
{
    struct maturing *m = arg;

    return commission_mature(db, &m->act, 1000, &m->count);
}

err story_night(struct story *s)
{
    struct maturing m = { .act = story_act_of(s, "clock") };

    do
        TRY(store_write(s->app->store, mature_write, &m));
    while (m.count > 0);
    return NULL;
}

struct paying {
    struct story *story;
    struct payout_order order;
    struct payout_settling settling;
    struct payout_plan plan;
    struct payout payout;
};

static err payout_write(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct ledger_act act = story_act_of(p->story, "Piotr Adamski");

    return payout_make(db, &act, &p->order, &p->payout);
}

static err settle_write(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct ledger_act act = story_act_of(p->story, "Piotr Adamski");

    return payout_settle(db, &act, &p->settling);
}

static err plan_read(struct db *db, void *arg)
{
    struct paying *p = arg;

    return payout_planned(db, &p->order, &p->plan);
}

static err pay_out(struct story *s, size_t which)
{
    struct paying p = { .story = s };
    struct civil c = instant_civil(story_now_of(s));

    p.order = (struct payout_order){ .id = id_new(s->env),
        .program_id = s->program_id,
        .currency = demo_currencies[which],
        .pay_in = which ? demo_currencies[0] : (currency){ 0 },
        .cutoff = instant_plus_ms(
            instant_from_civil((struct civil){ .year = c.year, .month = c.month, .day = 21 }), -1),
        .by = STR("Piotr Adamski"),
        .audit_id = id_new(s->env) };
    s->payout_id[which] = 0;
    TRY(store_read(s->app->store, plan_read, &p));
    if (p.plan.paid_count == 0)
        return NULL;
    TRY(store_write(s->app->store, payout_write, &p));
    s->payout_id[which] = p.order.id;
    s->made.payouts++;
    return NULL;
}

err story_payout(struct story *s)
{
    for (size_t i = 0; i < DEMO_CURRENCIES; i++)
        TRY(pay_out(s, i));
    return NULL;
}

err story_paid(struct story *s)
{
    struct paying p = { .story = s };

    for (size_t i = 0; i < DEMO_CURRENCIES; i++) {
        if (!s->payout_id[i])
            continue;
        p.settling = (struct payout_settling){ .program_id = s->program_id,
            .payout_id = s->payout_id[i],
            .to = LINE_PAID,
            .by = STR("Piotr Adamski"),
            .audit_id = id_new(s->env) };
        TRY(store_write(s->app->store, settle_write, &p));
    }
    return NULL;
}
