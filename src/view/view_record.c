/* A record through its field table. */
#include "view/view.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "view/tree.h"

static int64_t as_int(const struct field *f, const void *record)
{
    if (f->kind == KIND_INT32)
        return *(const int32_t *)field_at(f, record);
    return *(const int64_t *)field_at(f, record);
}

static void add_int(struct view *v, const struct field *f, int64_t n)
{
    if (n == 0 && (f->flags & FIELD_OPTIONAL_NULL))
        view_null(v, f->name);
    else if (str_ends(str_of(f->name), STR("_bp")))
        view_percent_bp(v, f->name, n);
    else
        view_int(v, f->name, n);
}

static void add_money(
    struct view *v, const struct fields *fields, const struct field *f, const void *record)
{
    const struct field *sibling = fields_find(fields, str_of(f->currency));
    amount money = { .minor = *(const int64_t *)field_at(f, record) };

    assert(sibling && sibling->kind == KIND_CURRENCY);
    money.currency = *(const currency *)field_at(sibling, record);
    if (money.minor == 0 && (f->flags & FIELD_OPTIONAL_NULL))
        view_null(v, f->name);
    else
        view_minor(v, f->name, money);
}

static void add_currency(struct view *v, const struct field *f, const currency *c)
{
    if (currency_none(*c))
        view_null(v, f->name);
    else
        view_str(
            v, f->name, str_dup(v->arena, str_of(c->code))); /* the record may be gone sooner */
}

static void add_strs(struct view *v, const struct field *f, const strs *texts)
{
    struct view *list = view_list(v, f->name);

    for (size_t i = 0; i < texts->count; i++)
        view_item_str(list, texts->at[i]);
}

static void add_object(struct view *v, const struct field *f, const json_object *object)
{
    if (str_empty(object->text))
        view_object(v, f->name);
    else
        view_raw(v, f->name, object->text);
}

static void add_list(struct view *v, const struct field *f, const struct list *items)
{
    struct view *list = view_list(v, f->name);

    for (size_t i = 0; i < items->count; i++)
        view_record(
            view_item(list), NULL, f->record, (const char *)items->at + i * f->record->size);
}

static void add_field(
    struct view *v, const struct fields *fields, const struct field *f, const void *record)
{
    const void *at = field_at(f, record);

    switch (f->kind) {
    case KIND_INT:
    case KIND_INT32:
        add_int(v, f, as_int(f, record));
        return;
    case KIND_BOOL:
        view_bool(v, f->name, *(const bool *)at);
        return;
    case KIND_STR:
        view_str(v, f->name, *(const str *)at);
        return;
    case KIND_INSTANT:
        view_instant(v, f->name, *(const instant *)at);
        return;
    case KIND_CURRENCY:
        add_currency(v, f, at);
        return;
    case KIND_ENUM:
        view_enum(v, f->name, f->names, *(const unsigned *)at);
        return;
    case KIND_STRS:
        add_strs(v, f, at);
        return;
    case KIND_JSON:
        add_object(v, f, at);
        return;
    case KIND_ID:
        view_id(v, f->name, f->prefix, *(const int64_t *)at);
        return;
    case KIND_MONEY:
        add_money(v, fields, f, record);
        return;
    case KIND_RECORD:
        view_record(v, f->name, f->record, at);
        return;
    case KIND_LIST:
        add_list(v, f, at);
        return;
    case KIND_RAW:
        view_raw(v, f->name, *(const str *)at);
        return;
    }
    assert(false && "a kind of field that exists");
}

void view_record(struct view *v, const char *name, const struct fields *fields, const void *record)
{
    if (name)
        v = view_object(v, name);
    for (size_t i = 0; i < fields->count; i++)
        if (!(fields->at[i].flags & FIELD_SECRET))
            add_field(v, fields, &fields->at[i], record);
}
