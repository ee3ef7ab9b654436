/* What will change: rules that begin or end in the future. */
#include "rooms/commission/rule_inside.h"

#include <stdlib.h>

#include "base/arena.h"

static int by_time(const void *a, const void *b)
{
    const struct planned *x = a, *y = b;

    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    return x->rule->id < y->rule->id ? -1 : x->rule->id > y->rule->id;
}

/* The version of the same line that another's beginning ends, or null. */
static const struct rule *neighbour(
    const struct list *rules, const struct rule *of, instant at, bool ends)
{
    const struct rule *rule = rules->at;

    for (size_t i = 0; i < rules->count; i++) {
        instant edge = ends ? rule[i].ends_at : rule[i].starts_at;
        if (&rule[i] != of && rule[i].line_id == of->line_id && edge.ms == at.ms)
            return &rule[i];
    }
    return NULL;
}

void rules_planned(struct arena *arena, const struct list *rules, instant now, struct list *out)
{
    struct planned *planned = ARENA_ARRAY(arena, struct planned, 2 * rules->count + 1);
    const struct rule *rule = rules->at;
    size_t count = 0;

    for (size_t i = 0; i < rules->count; i++) {
        instant from = rule[i].starts_at, to = rule[i].ends_at;
        if (from.ms > now.ms)
            planned[count++] = (struct planned){ from, &rule[i], .begins = true,
                .replaces = neighbour(rules, &rule[i], from, true) != NULL };
        if (to.ms > now.ms && to.ms > from.ms && !neighbour(rules, &rule[i], to, false))
            planned[count++] = (struct planned){ to, &rule[i], .begins = false };
    }
    qsort(planned, count, sizeof(planned[0]), by_time);
    *out = (struct list){ planned, count };
}
