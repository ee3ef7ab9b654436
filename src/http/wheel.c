/* Deadlines of many connections. */
#include "http/wheel.h"

void wheel_begin(struct wheel *w, int64_t tick_ms, int64_t now_ms)
{
    *w = (struct wheel){ .tick_ms = tick_ms, .tick = now_ms / tick_ms };
}

void wheel_drop(struct wheel *w, struct timer *t)
{
    if (!t->link)
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    t->link = NULL;
    w->count--;
}

static void put(struct wheel *w, struct timer *t, int64_t tick)
{
    struct timer **slot;

    if (tick <= w->tick)
        tick = w->tick + 1;
    if (tick >= w->tick + WHEEL_SLOTS)
        tick = w->tick + WHEEL_SLOTS - 1; /* looked at again on its way */
    slot = &w->slots[tick % WHEEL_SLOTS];
    t->tick = tick;
    t->next = *slot;
    t->link = slot;
    if (t->next)
        t->next->link = &t->next;
    *slot = t;
    w->count++;
}

void wheel_set(struct wheel *w, struct timer *t, int64_t due_ms)
{
    int64_t tick = due_ms / w->tick_ms + 1;

    t->due_ms = due_ms;
    if (t->link && t->tick <= tick)
        return;
    wheel_drop(w, t);
    put(w, t, tick);
}

static void turn_slot(
    struct wheel *w, int64_t now_ms, void (*fn)(struct timer *, void *), void *arg)
{
    struct timer *list = w->slots[w->tick % WHEEL_SLOTS], *t;

    w->slots[w->tick % WHEEL_SLOTS] = NULL;
    if (list)
        list->link = &list;
    while ((t = list)) { /* fn may drop others, also of this list */
        wheel_drop(w, t);
        if (t->due_ms > now_ms)
            put(w, t, t->due_ms / w->tick_ms + 1);
        else
            fn(t, arg);
    }
}

void wheel_turn(struct wheel *w, int64_t now_ms, void (*fn)(struct timer *, void *), void *arg)
{
    int64_t now = now_ms / w->tick_ms;

    if (now - w->tick > WHEEL_SLOTS)
        w->tick = now - WHEEL_SLOTS; /* after a long sleep once round is enough */
    while (w->tick < now) {
        w->tick++;
        turn_slot(w, now_ms, fn, arg);
    }
}
