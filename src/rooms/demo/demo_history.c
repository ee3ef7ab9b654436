/* Ninety days of the tea shop, event by event in the order of time, through the doors that real
 * traffic uses: applications and decisions, clicks through the spool, orders by the tracking room,
 * refunds, the clock that matures commissions, payouts. The same seed makes the same story. */
#include "rooms/demo/demo_story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PER_DAY = 24 * 60 };

/* ---- the clock
 * -------------------------------------------------------------------------------------------- */

static instant demo_now(const struct env *env)
{
    const struct demo_clock *clock = (const struct demo_clock *)env;

    return (instant){ __atomic_load_n(&clock->at_ms, __ATOMIC_SEQ_CST) };
}

void demo_clock_start(struct demo_clock *clock, const struct env *real, instant at)
{
    clock->env = *real;
    clock->env.now = demo_now;
    clock->at_ms = at.ms;
}

/* ---- events in the order of time
 * ---------------------------------------------------------------------------- */

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 1024;
    at = realloc(at, *room * size);
    if (!at)
        abort();
    return at;
}

void story_happen(struct story *s, int64_t at_ms, enum happening what, int64_t subject)
{
    size_t i = s->heap_count;

    if (at_ms >= s->end_ms)
        return;
    s->heap = grown(s->heap, s->heap_count, &s->heap_room, sizeof *s->heap);
    s->heap_count++;
    s->heap[i] = (struct event){ at_ms, s->inserted++, what, subject };
    while (i > 0 && is_before(&s->heap[i], &s->heap[(i - 1) / 2])) {
        struct event swap = s->heap[i];

        s->heap[i] = s->heap[(i - 1) / 2];
        s->heap[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

static struct event next_event(struct story *s)
{
    struct event first = s->heap[0];
    size_t i = 0, least;

    s->heap[0] = s->heap[--s->heap_count];
    for (;; i = least) {
        struct event swap;

        least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->heap_count; child++)
            if (is_before(&s->heap[child], &s->heap[least]))
                least = child;
        if (least == i)
            return first;
        swap = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = swap;
    }
}

instant story_now_of(const struct story *s)
{
    return s->env->now(s->env);
}

struct ledger_act story_act_of(const struct story *s, const char *actor)
{
    return (struct ledger_act){ .env = s->env, .at = story_now_of(s), .actor = str_of(actor) };
}

struct order *story_order_new(struct story *s, int partner)
{
    struct order *o;

    s->orders = grown(s->orders, s->order_count, &s->order_room, sizeof *s->orders);
    o = &s->orders[s->order_count++];
    memset(o, 0, sizeof *o);
    o->partner = partner;
    snprintf(o->order_id, sizeof o->order_id, "KK-%05zu", 18000 + s->order_count * 3);
    snprintf(o->customer, sizeof o->customer, "c-%" PRId64, dice_below(&s->dice, 4000));
    return o;
}

/* ---- the plan of the whole history
 * ---------------------------------------------------------------------------------------- */

/* Minute of the day: few at night, most in the evening. */
static int64_t minute_of_day(struct dice *dice)
{
    int64_t a = dice_below(dice, PER_DAY), b = dice_below(dice, PER_DAY);

    return (a > b ? a : b) * 3 / 4 + PER_DAY / 5;
}

/* How busy a day is, of 1,000: week-ends are better, and the whole grows. */
static int64_t day_weight(const struct story *s, int day)
{
    static const int64_t week[] = { 900, 880, 920, 960, 1000, 1180, 1240 };
    struct civil c = instant_civil((instant){ s->start_ms + day * DAY_MS });

    return week[c.weekday] * (700 + 600 * day / s->options->days) / 1000;
}

static int pick_partner(struct dice *dice, int partners, int day)
{
    int64_t total = 0, at;

    for (int i = 0; i < partners; i++)
        total += demo_partners[i].joined_day <= day ? demo_partners[i].weight : 0;
    at = dice_below(dice, total);
    for (int i = 0; i < partners; i++) {
        at -= demo_partners[i].joined_day <= day ? demo_partners[i].weight : 0;
        if (at < 0)
            return i;
    }
    return 0;
}

/* A moment of that day; of today, one that is over. */
static int64_t moment_of(struct story *s, int day)
{
    int64_t begin = s->start_ms + day * DAY_MS;
    int64_t at =
        begin + minute_of_day(&s->dice) * MINUTE_MS % DAY_MS + dice_below(&s->dice, MINUTE_MS);

    return at < s->end_ms ? at : begin + dice_below(&s->dice, s->end_ms - begin);
}

static void plan_clicks(struct story *s, int partners)
{
    int64_t weights = 0, planned = 0;

    for (int day = 0; day < s->options->days; day++)
        weights += day_weight(s, day);
    for (int day = 0; day < s->options->days; day++) {
        int64_t count = s->options->clicks * day_weight(s, day) / weights;

        if (day == s->options->days - 1) { /* today is not over: what it lacks goes to yesterday */
            int64_t passed = s->end_ms - s->start_ms - day * DAY_MS;
            int64_t rest = s->options->clicks - planned;

            count = rest * passed / DAY_MS;
            for (int64_t i = 0; i < rest - count; i++)
                story_happen(s, moment_of(s, day - 1), HAPPENS_CLICK,
                    pick_partner(&s->dice, partners, day - 1));
        }
        planned += count;
        for (int64_t i = 0; i < count; i++)
            story_happen(
                s, moment_of(s, day), HAPPENS_CLICK, pick_partner(&s->dice, partners, day));
    }
}

/* Orders that nobody led to, and orders with a code alone. */
static void plan_other_orders(struct story *s, int partners)
{
    int64_t direct = s->options->clicks / 100, coded = s->options->clicks / 400;

    for (int64_t i = 0; i < direct + coded; i++) {
        int partner = -1;
        struct order *o;

        if (i >= direct) {
            do
                partner = (int)dice_below(&s->dice, partners < 10 ? partners : 10);
            while (!demo_partners[partner].coupon && partners > 1);
            if (!demo_partners[partner].coupon)
                partner = -1;
        }
        o = story_order_new(s, partner);
        o->by_coupon = partner >= 0;
        story_happen(s,
            s->start_ms + DAY_MS / 2 + dice_below(&s->dice, (s->options->days - 1) * DAY_MS),
            HAPPENS_ORDER, (int64_t)s->order_count - 1);
    }
}

static bool is_last_of_month(int64_t at_ms)
{
    return instant_civil((instant){ at_ms + DAY_MS }).day == 1;
}

static void plan(struct story *s)
{
    int partners = s->options->partners < (int)demo_partner_count ? s->options->partners
                                                                  : (int)demo_partner_count;

    for (int i = 0; i < partners; i++)
        story_happen(s,
            s->start_ms + HOUR_MS + demo_partners[i].joined_day * DAY_MS + i * MINUTE_MS,
            HAPPENS_JOIN, i);
    for (int day = 1; day <= s->options->days; day++) {
        int64_t midnight = s->start_ms + day * DAY_MS;

        story_happen(s, midnight + 5 * MINUTE_MS, HAPPENS_NIGHT, 0);
        if (is_last_of_month(midnight)) {
            story_happen(s, midnight + 9 * HOUR_MS, HAPPENS_PAYOUT, 0);
            story_happen(s, midnight + 15 * HOUR_MS, HAPPENS_PAID, 0);
        }
    }
    for (int day = 0; day < s->options->days; day += 7)
        story_happen(s, s->start_ms + day * DAY_MS, HAPPENS_RATE, 0);
    story_happen(s, story_change_ms(s), HAPPENS_NEW_RULES, 0);
    story_happen(s, s->end_ms - 12 * DAY_MS, HAPPENS_GIVE, DEMO_ANNA);
    story_happen(s, s->end_ms - 3 * DAY_MS, HAPPENS_PLAN, 0);
    story_happen(s, s->end_ms - 2 * HOUR_MS, HAPPENS_WHAT_IF, 0);
    for (int i = 0; i < partners; i++)
        if (demo_partners[i].weight > 9) /* the busy ones read what changed within days */
            story_happen(s, story_change_ms(s) + HOUR_MS + dice_below(&s->dice, 9 * DAY_MS),
                HAPPENS_ACCEPT, i);
    for (size_t i = 0; i < demo_applicant_count; i++)
        story_happen(
            s, s->end_ms - demo_applicants[i].hours_ago * HOUR_MS, HAPPENS_APPLY, (int64_t)i);
    plan_clicks(s, partners);
    plan_other_orders(s, partners);
}

static err live_through(struct story *s, const struct event *event)
{
    switch (event->what) {
    case HAPPENS_JOIN:
        return story_join(s, event->subject);
    case HAPPENS_CLICK:
        return story_click(s, event->subject);
    case HAPPENS_ORDER:
        return story_order(s, event->subject);
    case HAPPENS_REFUND:
        return story_refund(s, event->subject);
    case HAPPENS_NIGHT:
        return story_night(s);
    case HAPPENS_PAYOUT:
        return story_payout(s);
    case HAPPENS_PAID:
        return story_paid(s);
    case HAPPENS_APPLY:
        return story_apply(s, event->subject);
    case HAPPENS_NEW_RULES:
        return story_new_rules(s);
    case HAPPENS_ACCEPT:
        return story_accept_terms(s, event->subject);
    case HAPPENS_PLAN:
        return story_planned_rules(s);
    case HAPPENS_AMEND:
        return story_amend(s, event->subject);
    case HAPPENS_MOVE:
        return story_move(s, event->subject);
    case HAPPENS_GIVE:
        return story_give(s, event->subject);
    case HAPPENS_RATE:
        return story_rate(s);
    case HAPPENS_WHAT_IF:
        return story_what_if(s);
    }
    return NULL;
}

static err run(struct story *s)
{
    int64_t shown = -1;

    while (s->heap_count > 0) {
        struct event event = next_event(s);
        int64_t percent = (event.at_ms - s->start_ms) * 100 / (s->end_ms - s->start_ms);
        err failed;

        __atomic_store_n(&s->options->clock->at_ms, event.at_ms, __ATOMIC_SEQ_CST);
        store_keep(s->arena);
        failed = live_through(s, &event);
        store_keep(NULL);
        arena_reset(s->arena);
        if (failed)
            return failed;
        if (percent != shown && s->options->progress)
            s->options->progress("history", percent, 100);
        shown = percent;
    }
    return NULL;
}

err demo_make(const struct demo_options *options, struct demo_made *out)
{
    struct story s = { .options = options,
        .app = options->app,
        .env = &options->clock->env,
        .dice = { options->seed },
        .arena = arena_new(),
        .end_ms = options->today.ms,
        .start_ms = instant_day(options->today).ms - (options->days - 1) * DAY_MS };
    err failed;

    s.lives = calloc(demo_partner_count, sizeof *s.lives);
    if (!s.lives)
        abort();
    __atomic_store_n(&options->clock->at_ms, s.start_ms, __ATOMIC_SEQ_CST);
    failed = story_found(&s);
    if (!failed)
        failed = story_first_rules(&s);
    if (!failed)
        failed = story_offer(&s);
    if (!failed) {
        plan(&s);
        failed = run(&s);
    }
    if (!failed)
        click_settle(s.app, 60000);
    s.made.program_id = s.program_id;
    *out = s.made;
    free(s.lives);
    free(s.heap);
    free(s.orders);
    arena_free(s.arena);
    return failed;
}
