/* Field tables as JSON schemas: what is given (all but secrets), taken on create, taken on change.
 */
#include "http/openapi_schema.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

/* ---- which schemas there are
 * ------------------------------------------------------------------------------------ */

static struct schema_known *know(struct schemas *all, const struct fields *fields)
{
    struct schema_known *found;

    for (size_t i = 0; i < all->known_count; i++) {
        if (all->known[i].fields == fields)
            return &all->known[i];
    }
    assert(all->known_count < SCHEMAS_MOST);
    found = &all->known[all->known_count++];
    *found = (struct schema_known){ .fields = fields };
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->at[i].record)
            (void)know(all, fields->at[i].record);
    }
    return found;
}

void schemas_know(struct schemas *all, const struct route *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct schema_known *known = rows[i]->gives ? know(all, rows[i]->gives) : NULL;
        if (known && !known->is_given) {
            known->is_given = true;
            known->also = rows[i]->also;
        }
        if (known && rows[i]->mine)
            known->mine = rows[i]->mine;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->takes)
            (void)know(all, rows[i]->takes);
    }
}

const struct schema_known *schema_known(const struct schemas *all, str name)
{
    for (size_t i = 0; i < all->known_count; i++) {
        if (str_eq(str_of(all->known[i].fields->name), name))
            return &all->known[i];
    }
    return NULL;
}

static bool is_name_taken(const struct schemas *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].name, name) == 0)
            return true;
    }
    return strcmp(name, "problem") == 0;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const struct schema *schema_for(
    struct schemas *all, const struct fields *fields, enum schema_form form, const char *also)
{
    static const char *const endings[] = { "", "_input", "_change" };

    for (size_t i = 0; i < all->count; i++) {
        struct schema *s = &all->at[i];
        if (s->fields == fields && s->form == form && same_text(s->also, also))
            return s;
    }
    assert(all->count < SCHEMAS_MOST);
    const char *name = str_printf(all->arena, "%s%s", fields->name, endings[form]).at;
    for (int n = 2; is_name_taken(all, name); n++)
        name = str_printf(all->arena, "%s%s_%d", fields->name, endings[form], n).at;
    all->at[all->count] =
        (struct schema){ .fields = fields, .form = form, .also = also, .name = name };
    return &all->at[all->count++];
}

void schema_refer(struct schemas *all, struct view *schema, const struct fields *fields,
    enum schema_form form, const char *also)
{
    const struct schema *s = schema_for(all, fields, form, also);

    view_str(schema, "$ref", str_printf(all->arena, "#/components/schemas/%s", s->name));
}

/* ---- one field
 * ------------------------------------------------------------------------------------------------------
 */

static bool may_be_null(const struct field *f)
{
    switch (f->kind) {
    case KIND_STR:
    case KIND_INSTANT:
    case KIND_CURRENCY:
    case KIND_ID:
    case KIND_RAW:
        return true;
    default:
        return (f->flags & FIELD_OPTIONAL_NULL) != 0;
    }
}

void schema_type(struct view *schema, const char *type, bool or_null)
{
    if (!or_null) {
        view_text(schema, "type", type);
        return;
    }
    struct view *types = view_list(schema, "type");
    view_item_str(types, str_of(type));
    view_item_str(types, STR("null"));
}

static void add_range(struct view *schema, const struct field *f)
{
    if (f->max <= f->min)
        return;
    view_int(schema, "minimum", f->min);
    if (f->max < INT64_MAX)
        view_int(schema, "maximum", f->max);
}

static void add_enum(struct arena *arena, struct view *schema, const struct field *f, bool or_null)
{
    struct buf values = buf_new(arena);

    for (size_t i = 0; f->names[i]; i++) {
        buf_add(&values, i ? STR(",") : STR("["));
        buf_json(&values, str_of(f->names[i]));
    }
    buf_add(&values, or_null ? STR(",null]") : STR("]"));
    view_raw(schema, "enum", buf_str(&values));
}

static void add_field(
    struct schemas *all, struct view *schema, const struct field *f, enum schema_form form)
{
    bool or_null = form == SCHEMA_GIVEN ? may_be_null(f)
                                        : !(f->flags & FIELD_REQUIRED) && f->kind != KIND_RECORD;

    switch (f->kind) {
    case KIND_INT:
    case KIND_INT32:
    case KIND_MONEY:
        schema_type(schema, "integer", or_null);
        if (form != SCHEMA_GIVEN)
            add_range(schema, f);
        break;
    case KIND_BOOL:
        schema_type(schema, "boolean", or_null);
        break;
    case KIND_ENUM:
        schema_type(schema, "string", or_null);
        add_enum(all->arena, schema, f, or_null);
        break;
    case KIND_INSTANT:
        schema_type(schema, "string", or_null);
        if (form == SCHEMA_GIVEN)
            view_text(schema, "format", "date-time");
        break;
    case KIND_STR:
        schema_type(schema, "string", or_null);
        if (form != SCHEMA_GIVEN)
            view_int(schema, "maxLength", f->max > 0 ? f->max : 500);
        break;
    case KIND_CURRENCY:
        schema_type(schema, "string", or_null);
        view_text(schema, "pattern", "^[A-Za-z]{3}$");
        break;
    case KIND_ID:
        schema_type(schema, "string", or_null);
        view_str(schema, "pattern", str_printf(all->arena, "^%s_", f->prefix));
        break;
    case KIND_STRS:
        schema_type(schema, "array", or_null);
        view_text(view_object(schema, "items"), "type", "string");
        break;
    case KIND_JSON:
        schema_type(schema, "object", or_null);
        view_text(view_object(schema, "additionalProperties"), "type", "string");
        break;
    case KIND_RECORD:
        schema_refer(all, schema, f->record, form, NULL);
        return;
    case KIND_LIST:
        schema_type(schema, "array", or_null);
        schema_refer(all, view_object(schema, "items"), f->record,
            form == SCHEMA_CHANGED ? SCHEMA_TAKEN : form, NULL);
        break;
    case KIND_RAW:
        break; /* a document of its own: any JSON */
    }
    if (f->help)
        view_text(schema, "description", f->help);
}

void schema_filter(struct arena *arena, struct view *schema, const struct field *f)
{
    if (f->kind == KIND_INT || f->kind == KIND_INT32 || f->kind == KIND_MONEY)
        view_text(schema, "type", "integer");
    else if (f->kind == KIND_BOOL)
        view_text(schema, "type", "boolean");
    else
        view_text(schema, "type", "string");
    if (f->kind == KIND_ENUM)
        add_enum(arena, schema, f, false);
}

/* ---- whole schemas
 * -------------------------------------------------------------------------------------------------
 */

static bool is_member(const struct field *f, enum schema_form form)
{
    if (form == SCHEMA_GIVEN)
        return !(f->flags & FIELD_SECRET);
    if (form == SCHEMA_CHANGED && (f->flags & FIELD_FIXED))
        return false;
    return (f->flags & (FIELD_TAKEN | FIELD_REQUIRED)) && f->kind != KIND_RAW;
}

static void add_required(struct view *into, const struct schema *s)
{
    struct view *required = NULL;

    for (size_t i = 0; i < s->fields->count; i++) {
        const struct field *f = &s->fields->at[i];
        bool needed = s->form == SCHEMA_GIVEN
                          ? is_member(f, s->form)
                          : s->form == SCHEMA_TAKEN && (f->flags & FIELD_REQUIRED);
        if (!needed)
            continue;
        required = required ? required : view_list(into, "required");
        view_item_str(required, str_of(f->name));
    }
}

static void print_schema(struct schemas *all, struct view *into, const struct schema *given)
{
    struct schema s = *given; /* the table grows below */

    view_text(into, "type", "object");
    view_bool(into, "additionalProperties", false);
    add_required(into, &s);
    struct view *properties = view_object(into, "properties");
    for (size_t i = 0; i < s.fields->count; i++) {
        const struct field *f = &s.fields->at[i];
        if (is_member(f, s.form))
            add_field(all, view_object(properties, f->name), f, s.form);
    }
    if (s.form != SCHEMA_GIVEN && !fields_find(s.fields, STR("program_id")))
        schema_type(view_object(properties, "program_id"), "string", true);
    schema_also(all, into, properties, s.also);
}

/* Printing one may find others: they are appended and come to their turn. */
void schemas_print(struct schemas *all, struct view *into)
{
    for (size_t i = 0; i < all->count; i++)
        print_schema(all, view_object(into, all->at[i].name), &all->at[i]);
}

/* To partners it may be less. */
void schema_refer_given(
    struct schemas *all, struct view *schema, const struct schema_known *given)
{
    if (!given->mine) {
        schema_refer(all, schema, given->fields, SCHEMA_GIVEN, given->also);
        return;
    }
    struct view *either = view_list(schema, "anyOf");
    schema_refer(all, view_item(either), given->fields, SCHEMA_GIVEN, given->also);
    schema_refer(all, view_item(either), given->mine, SCHEMA_GIVEN, given->also);
}

static void refer_given(struct schemas *all, struct view *schema, const struct route *row)
{
    const struct schema_known given = { row->gives, row->also, row->mine, true };

    schema_refer_given(all, schema, &given);
}

void schema_object(struct schemas *all, struct view *schema, const struct route *row)
{
    if (row->gives) {
        refer_given(all, schema, row);
        return;
    }
    view_text(schema, "type", "object");
    view_bool(schema, "additionalProperties", row->also == NULL);
    if (row->also)
        schema_also(all, schema, view_object(schema, "properties"), row->also);
}

void schema_page(struct schemas *all, struct view *schema, const struct route *row)
{
    view_text(schema, "type", "object");
    view_bool(schema, "additionalProperties", false);
    struct view *required = view_list(schema, "required");
    view_item_str(required, STR("data"));
    view_item_str(required, STR("has_more"));
    view_item_str(required, STR("next"));
    struct view *properties = view_object(schema, "properties");
    struct view *data = view_object(properties, "data");
    view_text(data, "type", "array");
    refer_given(all, view_object(data, "items"), row);
    view_text(view_object(properties, "has_more"), "type", "boolean");
    schema_type(view_object(properties, "next"), "string", true);
}

void schema_input(struct schemas *all, struct view *schema, const struct route *row)
{
    schema_refer(all, schema, row->takes, row->method == PATCH ? SCHEMA_CHANGED : SCHEMA_TAKEN, NULL);
}
