/* The lists of a rule as its row keeps them: JSON of whole numbers. */
#include "rooms/commission/rule_earn.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/json.h"

const struct err RULE_BROKEN = { ERR_INTERNAL, "rule_broken",
    N_("The steps of a rule cannot be read."), NULL };

static bool number_of(const struct value *object, const char *name, int64_t *out)
{
    const struct value *member = value_member(object, str_of(name));

    if (!member)
        return true; /* stays as it is */
    *out = member->number;
    return member->kind == VALUE_INT;
}

static err read_list(struct arena *arena, str text, struct value *out)
{
    *out = (struct value){ .kind = VALUE_LIST };
    if (!text.at)
        return NULL;
    if (value_read(arena, text, out) || out->kind != VALUE_LIST || out->count > RULE_STEPS_MOST)
        return &RULE_BROKEN;
    return NULL;
}

static err unpack_steps(struct arena *arena, str text, struct list *out)
{
    struct value list;

    TRY(read_list(arena, text, &list));
    struct rule_step *steps = ARENA_ARRAY(arena, struct rule_step, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        int64_t percent = 0;
        if (!number_of(&list.items[i], "from", &steps[i].from) ||
            !number_of(&list.items[i], "percent_bp", &percent) ||
            !number_of(&list.items[i], "amount", &steps[i].amount))
            return &RULE_BROKEN;
        steps[i].percent_bp = (int32_t)percent;
    }
    *out = (struct list){ steps, list.count };
    return NULL;
}

static err unpack_levels(struct arena *arena, str text, struct list *out)
{
    struct value list;

    TRY(read_list(arena, text, &list));
    struct rule_level *levels = ARENA_ARRAY(arena, struct rule_level, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        int64_t percent = 0;
        if (!number_of(&list.items[i], "percent_bp", &percent))
            return &RULE_BROKEN;
        levels[i].percent_bp = (int32_t)percent;
    }
    *out = (struct list){ levels, list.count };
    return NULL;
}

err rule_unpack(struct arena *arena, struct rule *rule)
{
    TRY(unpack_steps(arena, rule->tiers_json, &rule->tiers));
    TRY(unpack_steps(arena, rule->recurring_json, &rule->recurring.steps));
    return unpack_levels(arena, rule->levels_json, &rule->levels);
}

/* ---- written
 * ------------------------------------------------------------------------------------------------
 */

static str pack_steps(struct arena *arena, const struct list *list, bool is_fixed)
{
    const struct rule_step *steps = list->at;
    struct buf out = buf_new(arena);

    for (size_t i = 0; i < list->count; i++)
        buf_printf(&out, "%c{\"from\":%" PRId64 ",\"%s\":%" PRId64 "}", i == 0 ? '[' : ',',
            steps[i].from, is_fixed ? "amount" : "percent_bp",
            is_fixed ? steps[i].amount : steps[i].percent_bp);
    if (list->count == 0)
        return STR_NONE;
    buf_char(&out, ']');
    return buf_str(&out);
}

static str pack_levels(struct arena *arena, const struct list *list)
{
    const struct rule_level *levels = list->at;
    struct buf out = buf_new(arena);

    for (size_t i = 0; i < list->count; i++)
        buf_printf(
            &out, "%c{\"percent_bp\":%" PRId32 "}", i == 0 ? '[' : ',', levels[i].percent_bp);
    if (list->count == 0)
        return STR_NONE;
    buf_char(&out, ']');
    return buf_str(&out);
}

void rule_pack(struct arena *arena, struct rule *rule)
{
    bool is_fixed = rule_is_fixed(rule);

    rule->tiers_json = pack_steps(arena, &rule->tiers, is_fixed);
    rule->recurring_json = pack_steps(arena, &rule->recurring.steps, is_fixed);
    rule->levels_json = pack_levels(arena, &rule->levels);
}
