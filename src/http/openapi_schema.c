/* Field tables as JSON schemas: what is given (all but secrets), taken on create, taken on change.
 */
#include "http/openapi_schema.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

/* ---- which schemas there are
 * ------------------------------------------------------------------------------------ */

static void know(struct schemas *all, const struct fields *fields)
{
    for (size_t i = 0; fields && i < all->known_count; i++) {
        if (all->known[i] == fields)
            return;
    }
    if (!fields || all->known_count == SCHEMAS_MOST)
        return;
    all->known[all->known_count++] = fields;
    for (size_t i = 0; i < fields->count; i++)
        know(all, fields->at[i].record);
}

void schemas_know(struct schemas *all, const struct route *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        know(all, rows[i]->gives);
    for (size_t i = 0; i < count; i++)
        know(all, rows[i]->takes);
}

static const struct fields *known_by_name(const struct schemas *all, str name)
{
    for (size_t i = 0; i < all->known_count; i++) {
        if (str_eq(str_of(all->known[i]->name), name))
            return all->known[i];
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

static void refer(struct schemas *all, struct view *schema, const struct fields *fields,
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

static void add_type(struct view *schema, const char *type, bool or_null)
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
        add_type(schema, "integer", or_null);
        if (form != SCHEMA_GIVEN)
            add_range(schema, f);
        break;
    case KIND_BOOL:
        add_type(schema, "boolean", or_null);
        break;
    case KIND_ENUM:
        add_type(schema, "string", or_null);
        add_enum(all->arena, schema, f, or_null);
        break;
    case KIND_INSTANT:
        add_type(schema, "string", or_null);
        if (form == SCHEMA_GIVEN)
            view_text(schema, "format", "date-time");
        break;
    case KIND_STR:
        add_type(schema, "string", or_null);
        if (form != SCHEMA_GIVEN)
            view_int(schema, "maxLength", f->max > 0 ? f->max : 500);
        break;
    case KIND_CURRENCY:
        add_type(schema, "string", or_null);
        view_text(schema, "pattern", "^[A-Za-z]{3}$");
        break;
    case KIND_ID:
        add_type(schema, "string", or_null);
        view_str(schema, "pattern", str_printf(all->arena, "^%s_", f->prefix));
        break;
    case KIND_STRS:
        add_type(schema, "array", or_null);
        view_text(view_object(schema, "items"), "type", "string");
        break;
    case KIND_JSON:
        add_type(schema, "object", or_null);
        view_text(view_object(schema, "additionalProperties"), "type", "string");
        break;
    case KIND_RECORD:
        refer(all, schema, f->record, form, NULL);
        return;
    case KIND_LIST:
        add_type(schema, "array", or_null);
        refer(all, view_object(schema, "items"), f->record,
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

/* ---- members that handlers add
 * ------------------------------------------------------------------------------------ */

static void add_named(struct schemas *all, struct view *schema, str name)
{
    static const char *const plain[] = { "string", "integer", "boolean", "object" };
    const struct fields *fields = known_by_name(all, name);

    for (size_t i = 0; i < 4; i++) {
        if (str_eq(name, str_of(plain[i]))) {
            view_text(schema, "type", plain[i]);
            return;
        }
    }
    if (fields)
        refer(all, schema, fields, SCHEMA_GIVEN, NULL);
    else
        view_text(schema, "type", "object");
}

static void add_also(struct schemas *all, struct view *properties, const char *also)
{
    str rest = str_of(also), word = STR_NONE, name = STR_NONE;

    while (also && str_cut(&rest, ' ', &word)) {
        if (word.len == 0 || !str_cut(&word, ':', &name))
            continue;
        struct view *schema = view_object(properties, str_c(all->arena, name));
        bool is_list = str_starts(word, STR("["));
        str inner = is_list || str_starts(word, STR("{"))
                        ? str_first(str_from(word, 1), word.len - 2)
                        : word;
        if (is_list) {
            view_text(schema, "type", "array");
            add_named(all, view_object(schema, "items"), inner);
        } else if (str_eq(inner, STR("string")) || str_eq(inner, STR("integer")) ||
                   str_eq(inner, STR("boolean"))) {
            add_type(schema, str_c(all->arena, inner), true);
        } else if (str_eq(inner, STR("object"))) {
            add_type(schema, "object", true);
        } else {
            add_named(all, schema, inner);
        }
    }
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
        add_type(view_object(properties, "program_id"), "string", true);
    add_also(all, properties, s.also);
}

/* Printing one may find others: they are appended and come to their turn. */
void schemas_print(struct schemas *all, struct view *into)
{
    for (size_t i = 0; i < all->count; i++)
        print_schema(all, view_object(into, all->at[i].name), &all->at[i]);
}

void schema_object(struct schemas *all, struct view *schema, const struct route *row)
{
    if (row->gives) {
        refer(all, schema, row->gives, SCHEMA_GIVEN, row->also);
        return;
    }
    view_text(schema, "type", "object");
    if (row->also)
        add_also(all, view_object(schema, "properties"), row->also);
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
    refer(all, view_object(data, "items"), row->gives, SCHEMA_GIVEN, row->also);
    view_text(view_object(properties, "has_more"), "type", "boolean");
    add_type(view_object(properties, "next"), "string", true);
}

void schema_input(struct schemas *all, struct view *schema, const struct route *row)
{
    refer(all, schema, row->takes, row->method == PATCH ? SCHEMA_CHANGED : SCHEMA_TAKEN, NULL);
}
