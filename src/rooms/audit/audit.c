/* Who changed what: writing rows, and finding what differs between two records. */
#include "rooms/audit/audit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/audit/audit.sql.h"
#include "rooms/audit/audit_row.h"
#include "view/view.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(audit_row, id, "aud",         .flags = FIELD_SORT),
    FIELD_ID(audit_row, program_id, "prg"),
    FIELD_ID(audit_row, person_id, "per",  .flags = FIELD_FILTER),
    FIELD_ID(audit_row, key_id, "key",     .flags = FIELD_FILTER),
    FIELD(audit_row, actor,                .flags = FIELD_FILTER, .help = "Who did it: a person's or a key's name; \"system\" for the clock."),
    FIELD(audit_row, role),
    FIELD(audit_row, action,               .flags = FIELD_FILTER, .help = "Room and verb: \"partner.approve\"."),
    FIELD(audit_row, object,               .flags = FIELD_FILTER, .help = "Id of what was changed."),
    FIELD(audit_row, object_name),
    FIELD_RAW(audit_row, before),
    FIELD_RAW(audit_row, after),
    FIELD(audit_row, address),
    FIELD(audit_row, created_at,           .flags = FIELD_FILTER | FIELD_SORT),
};
const struct fields audit_row_fields = FIELDS(list, audit_row);
/* clang-format on */

err audit_write(struct db *db, const struct audit_entry *entry)
{
    const struct who *who = entry->who;
    struct audit_row row = {
        .id = entry->id,
        .program_id = entry->program_id,
        .person_id = who ? who->person_id : 0,
        .key_id = who ? who->key_id : 0,
        .actor = who && who->name ? str_of(who->name) : STR("system"),
        .role = who ? str_of(role_name(who->role)) : STR("system"),
        .action = str_of(entry->action),
        .object_name = entry->object_name,
        .before = entry->before,
        .after = entry->after,
        .address = entry->address,
        .created_at = entry->at,
    };

    if (entry->object && entry->object_id)
        row.object = id_print(db_arena(db), entry->object, entry->object_id);
    return db_put(db, &AUDIT_INSERT, &audit_row_fields, &row);
}

/* ---- what differs -------------------------------------------------------------------------------
 */

static bool strs_eq(const strs *a, const strs *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!str_eq(a->at[i], b->at[i]))
            return false;
    return true;
}

static bool record_eq(const struct fields *, const void *, const void *);

static bool member_eq(const struct field *field, const void *a, const void *b)
{
    const void *x = field_at(field, a), *y = field_at(field, b);

    switch (field->kind) {
    case KIND_INT:
    case KIND_ID:
    case KIND_MONEY:
        return *(const int64_t *)x == *(const int64_t *)y;
    case KIND_INT32:
        return *(const int32_t *)x == *(const int32_t *)y;
    case KIND_BOOL:
        return *(const bool *)x == *(const bool *)y;
    case KIND_STR:
    case KIND_RAW:
        return str_eq(*(const str *)x, *(const str *)y);
    case KIND_JSON:
        return str_eq(((const json_object *)x)->text, ((const json_object *)y)->text);
    case KIND_INSTANT:
        return ((const instant *)x)->ms == ((const instant *)y)->ms;
    case KIND_CURRENCY:
        return currency_eq(*(const currency *)x, *(const currency *)y);
    case KIND_ENUM:
        return *(const unsigned *)x == *(const unsigned *)y;
    case KIND_STRS:
        return strs_eq(x, y);
    case KIND_RECORD:
        return record_eq(field->record, x, y);
    case KIND_LIST:
        return ((const struct list *)x)->at == ((const struct list *)y)->at;
    }
    return false;
}

static bool record_eq(const struct fields *fields, const void *a, const void *b)
{
    for (size_t i = 0; i < fields->count; i++)
        if (!member_eq(&fields->at[i], a, b))
            return false;
    return true;
}

static str print_record(struct arena *arena, const struct fields *fields, const void *record)
{
    struct view *view = view_new(arena);
    struct buf out = buf_new(arena);

    view_record(view, NULL, fields, record);
    view_json(view, &out);
    return buf_str(&out);
}

/* An amount says nothing without its currency, which usually stays as it was. */
static void keep_currencies(const struct fields *fields, bool *is_kept)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->at[i];
        if (!is_kept[i] || field->kind != KIND_MONEY || !field->currency)
            continue;
        const struct field *sibling = fields_find(fields, str_of(field->currency));
        if (sibling)
            is_kept[sibling - fields->at] = true;
    }
}

void audit_difference(struct arena *arena, const struct fields *fields, const void *before,
    const void *after, struct audit_entry *out)
{
    struct field *differing = ARENA_ARRAY(arena, struct field, fields->count + 1);
    bool *is_kept = ARENA_ARRAY(arena, bool, fields->count + 1);
    size_t count = 0;

    /* updated_at differs each time and says nothing that the row's own time does not. */
    for (size_t i = 0; i < fields->count; i++)
        is_kept[i] = strcmp(fields->at[i].name, "updated_at") != 0 &&
                     (!before || !after || !member_eq(&fields->at[i], before, after));
    keep_currencies(fields, is_kept);
    for (size_t i = 0; i < fields->count; i++)
        if (is_kept[i])
            differing[count++] = fields->at[i];

    const struct fields changed = { differing, count, fields->size, fields->name };
    out->before = before ? print_record(arena, &changed, before) : STR_NONE;
    out->after = after ? print_record(arena, &changed, after) : STR_NONE;
}
