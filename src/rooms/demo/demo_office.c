/* What the people of the programme do: orders set right, a sale given to whom it belongs, a bonus
 * by hand, the week's exchange rate, a question of what would have been. */
#include "rooms/demo/demo_story.h"

#include <inttypes.h>

#include "base/id.h"
#include "rooms/commission/commission.h"
#include "rooms/conversion/conversion.h"
#include "rooms/creative/creative.h"
#include "rooms/exchange/exchange.h"
#include "rooms/replay/replay.h"

/* ---- orders
 * ---------------------------------------------------------------------------------------------- */

struct amending {
    struct ledger_act act;
    struct amendment amendment;
};

static err amend_write(struct db *db, void *arg)
{
    struct amending *a = arg;
    bool already;

    return conversion_amend(db, &a->act, &a->amendment, &already);
}

/* The buyer wrote before the parcel left: a piece less. */
err story_amend(struct story *s, int64_t index)
{
    const struct order *o = &s->orders[index];
    struct amending a = { .act = story_act_of(s, "shop") };

    a.amendment = (struct amendment){ .id = id_new(s->env),
        .program_id = s->program_id,
        .conversion_id = o->conversion_id,
        .order_id = str_of(o->order_id),
        .amendment_id = str_printf(s->arena, "%s-2", o->order_id),
        .amount = o->amount * (60 + dice_below(&s->dice, 35)) / 100,
        .reason = STR("the buyer took something out before it was sent"),
        .created_at = story_now_of(s) };
    return store_write(s->app->store, amend_write, &a);
}

struct moving {
    struct ledger_act act;
    int64_t program_id, conversion_id;
    struct conversion_move move;
};

static err move_write(struct db *db, void *arg)
{
    struct moving *m = arg;
    struct conversion c = { 0 };

    TRY(conversion_find(db, m->program_id, 0, m->conversion_id, &c));
    return conversion_move(db, &m->act, &c, &m->move);
}

/* A code that a coupon site had copied: the sale goes to whose story it was. */
err story_move(struct story *s, int64_t index)
{
    struct moving m = { .act = story_act_of(s, "Marta Zielińska"),
        .program_id = s->program_id,
        .conversion_id = s->orders[index].conversion_id };

    m.move = (struct conversion_move){ .id = id_new(s->env),
        .program_id = s->program_id,
        .conversion_id = m.conversion_id,
        .to_partner_id = s->lives[DEMO_ANNA].id,
        .reason = STR("The buyer came by Anna’s story; the code was copied from it."),
        .created_at = story_now_of(s),
        .actor = m.act.actor };
    return store_write(s->app->store, move_write, &m);
}

/* ---- by hand
 * --------------------------------------------------------------------------------------------- */

struct giving {
    struct ledger_act act;
    struct commission_by_hand what;
};

static err give_write(struct db *db, void *arg)
{
    const struct giving *g = arg;
    struct commission made = { 0 };

    return commission_add(db, &g->act, &g->what, &made);
}

err story_give(struct story *s, int64_t index)
{
    struct giving g = { .act = story_act_of(s, "Marta Zielińska") };

    g.what = (struct commission_by_hand){ .id = id_new(s->env),
        .program_id = s->program_id,
        .partner_id = s->lives[index].id,
        .amount = { 4000, { "EUR" } },
        .kind = COMMISSION_BONUS,
        .reason = STR("For the photographs of the autumn catalogue") };
    return g.what.partner_id ? store_write(s->app->store, give_write, &g) : NULL;
}

/* ---- what partners may use
 * -------------------------------------------------------------------------------------------------
 */

enum { OFFERS = 3 };

struct offering {
    struct creative at[OFFERS];
};

static err offer_write(struct db *db, void *arg)
{
    const struct offering *o = arg;

    for (size_t i = 0; i < OFFERS; i++)
        TRY(creative_add(db, &o->at[i]));
    return NULL;
}

err story_offer(struct story *s)
{
    struct offering
        o = { .at = {
                  { .kind = CREATIVE_TEXT,
                      .name = STR("The first pot"),
                      .description = STR("For a page about green tea"),
                      .text = STR(
                          "A side-handle kyusu pours the last drop, and the last drop is the best "
                          "one. Kettle & Kiln throws its own. {link}") },
                  { .kind = CREATIVE_TEXT,
                      .name = STR("Evenings at the wheel"),
                      .description = STR("For readers who would rather make than buy"),
                      .text =
                          STR("Four evenings, one wheel, seen from above: the throwing workshop of "
                              "Kettle & Kiln is online. {link}") },
                  { .kind = CREATIVE_MAIL,
                      .name = STR("A letter for autumn"),
                      .description = STR("To shorten and to make your own"),
                      .subject = STR("The pot that waits for you"),
                      .text = STR(
                          "Hello,\n\nthe evenings grow long, and I have found a pot for them. It "
                          "holds 600 ml, its glaze is dark as iron, and the lid was thrown for "
                          "it alone:\n\n{link}\n\nI get a part of the price when you buy it "
                          "there; you pay nothing more.") },
              } };

    for (size_t i = 0; i < OFFERS; i++) {
        o.at[i].id = id_new(s->env);
        o.at[i].program_id = s->program_id;
        o.at[i].created_at = o.at[i].updated_at = story_now_of(s);
    }
    return store_write(s->app->store, offer_write, &o);
}

static err rate_write(struct db *db, void *arg)
{
    bool already;

    return exchange_add(db, arg, &already);
}

/* What a dollar is worth this week; the first figure holds for the month before, too. */
err story_rate(struct story *s)
{
    struct exchange_rate rate = { .id = id_new(s->env),
        .program_id = s->program_id,
        .currency = { "USD" },
        .day = instant_day(story_now_of(s)),
        .created_at = story_now_of(s),
        .actor = STR("Piotr Adamski") };

    if (story_now_of(s).ms == s->start_ms)
        rate.day = instant_plus_days(rate.day, -31);
    rate.rate = str_printf(s->arena, "0.%04" PRId64, 8510 + dice_below(&s->dice, 160));
    TRY(exchange_read(rate.rate, &rate.rate_e12));
    return store_write(s->app->store, rate_write, &rate);
}

/* ---- what if
 * --------------------------------------------------------------------------------------------- */

static err wish_write(struct db *db, void *arg)
{
    return replay_queue(db, arg);
}

/* Decided once the demo is served: it is a job. */
err story_what_if(struct story *s)
{
    struct replay_wish wish = { .id = id_new(s->env),
        .job_id = id_new(s->env),
        .program_id = s->program_id,
        .draft = STR("{\"attribution\":\"first_click\"}"),
        .at = story_now_of(s),
        .by = STR("Marta Zielińska") };

    return store_write(s->app->store, wish_write, &wish);
}
