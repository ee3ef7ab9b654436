/* Deadlines of many connections: a wheel of lists, turned as time passes. Moving a deadline into
 * the future costs nothing; the timer is looked at when its old slot comes by and is put further
 * on. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { WHEEL_SLOTS = 512 };

struct timer {
    struct timer *next, **link; /* link is null while not on the wheel */
    int64_t tick;
    int64_t due_ms;
};

struct wheel {
    struct timer *slots[WHEEL_SLOTS];
    int64_t tick_ms, tick;
    size_t count;
};

void wheel_begin(struct wheel *, int64_t tick_ms, int64_t now_ms);
void wheel_set(struct wheel *, struct timer *, int64_t due_ms);
void wheel_drop(struct wheel *, struct timer *);
/* Calls fn for every timer that is due; it is off the wheel then and may be set again. */
void wheel_turn(struct wheel *, int64_t now_ms, void (*fn)(struct timer *, void *), void *arg);
