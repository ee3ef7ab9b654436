/* A struct from a JSON object by its field table, with every mistake gathered under its JSON
 * pointer. */
#include "http/parts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { ITEMS_MOST = 100, KEYS_MOST = 50, KEY_BYTES_MOST = 40, TEXT_BYTES_MOST = 500 };

static void read_member(struct request *, const struct field *, const struct place *,
    const struct value *, str path, bool patch);

static str path_join(struct request *rq, str path, str name)
{
    str escaped = str_replace(rq->arena, name, STR("~"), STR("~0"));

    escaped = str_replace(rq->arena, escaped, STR("/"), STR("~1"));
    return path.len
               ? str_printf(rq->arena, "%" PRI_STR "/%" PRI_STR, STR_ARG(path), STR_ARG(escaped))
               : escaped;
}

static str path_index(struct request *rq, str path, size_t index)
{
    return str_printf(rq->arena, "%" PRI_STR "/%zu", STR_ARG(path), index);
}

static void wrong_type(struct request *rq, str path, const char *wanted, const struct value *value)
{
    str words = lang_fill(rq->arena, _(rq->lang, "This must be {wanted}, and {kind} came."),
        "wanted", lang_text(rq->lang, NULL, str_of(wanted)), "kind",
        lang_text(rq->lang, NULL, str_of(value_kind_name(value->kind))), NULL);

    problem_say(rq, path, &WRONG_TYPE, words);
}

static void too_many(struct request *rq, str path, int64_t most)
{
    problem_say(rq, path, &TOO_MANY_ITEMS,
        lang_fill(rq->arena, lang_text(rq->lang, NULL, str_of(TOO_MANY_ITEMS.text)), "most",
            str_printf(rq->arena, "%" PRId64, most), NULL));
}

static void read_strs(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path)
{
    strs list = { .at = ARENA_ARRAY(rq->arena, str, value->count + 1), .count = value->count };

    if (value->kind != VALUE_LIST) {
        wrong_type(rq, path, N_("a list"), value);
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i].kind != VALUE_TEXT) {
            wrong_type(rq, path_index(rq, path, i), N_("a text"), &value->items[i]);
            return;
        }
        list.at[i] = value->items[i].text;
    }
    field_put_strs(rq, path, f, place, list);
}

/* An object of strings, kept as its text. */
static void read_json(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path)
{
    struct buf text = buf_new(rq->arena);
    size_t before = rq->parts->problem_count;

    if (value->kind != VALUE_OBJECT) {
        wrong_type(rq, path, N_("an object"), value);
        return;
    }
    if (value->count > KEYS_MOST)
        too_many(rq, path, KEYS_MOST);
    buf_char(&text, '{');
    for (size_t i = 0; i < value->count; i++) {
        const struct value *item = &value->items[i];
        str at = path_join(rq, path, value->names[i]);
        if (item->kind != VALUE_TEXT)
            wrong_type(rq, at, N_("a text"), item);
        else if (value->names[i].len > KEY_BYTES_MOST || item->text.len > TEXT_BYTES_MOST)
            problem_say(
                rq, at, &TOO_LONG, _(rq->lang, "At most 40 bytes as the key and 500 as the text."));
        if (i > 0)
            buf_char(&text, ',');
        buf_json(&text, value->names[i]);
        buf_char(&text, ':');
        buf_json(&text, item->text);
    }
    buf_char(&text, '}');
    if (rq->parts->problem_count == before)
        ((json_object *)field_at(f, place->record))->text = buf_str(&text);
}

static void read_list(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path)
{
    int64_t most = f->max > 0 ? f->max : ITEMS_MOST;

    if (value->kind != VALUE_LIST) {
        wrong_type(rq, path, N_("a list"), value);
        return;
    }
    if ((int64_t)value->count > most) {
        too_many(rq, path, most);
        return;
    }
    if ((f->flags & FIELD_REQUIRED) && value->count == 0)
        problem_add(rq, path, &FIELD_IS_REQUIRED);
    char *items = arena_array(rq->arena, value->count + 1, f->record->size);
    for (size_t i = 0; i < value->count; i++) {
        struct place item = { f->record, items + i * f->record->size };
        str at = path_index(rq, path, i);
        if (value->items[i].kind != VALUE_OBJECT)
            wrong_type(rq, at, N_("an object"), &value->items[i]);
        else
            fields_read_json(rq, &item, &value->items[i], at, false, NULL);
    }
    *(struct list *)field_at(f, place->record) = (struct list){ items, value->count };
}

static void read_record(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path, bool patch)
{
    struct place inner = { f->record, field_at(f, place->record) };

    if (value->kind != VALUE_OBJECT)
        wrong_type(rq, path, N_("an object"), value);
    else
        fields_read_json(rq, &inner, value, path, patch, NULL);
}

static void read_int(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path)
{
    if (value->kind == VALUE_INT)
        field_put_int(rq, path, f, place, value->number);
    else if (value->kind == VALUE_HUGE)
        problem_add(rq, path, &OUT_OF_RANGE);
    else
        wrong_type(rq, path, N_("an integer"), value);
}

static void put_none(const struct field *f, const struct place *place)
{
    static const size_t sizes[] = { [KIND_INT] = sizeof(int64_t),
        [KIND_INT32] = sizeof(int32_t),
        [KIND_BOOL] = sizeof(bool),
        [KIND_STR] = sizeof(str),
        [KIND_INSTANT] = sizeof(instant),
        [KIND_CURRENCY] = sizeof(currency),
        [KIND_ENUM] = sizeof(unsigned),
        [KIND_STRS] = sizeof(strs),
        [KIND_JSON] = sizeof(json_object),
        [KIND_ID] = sizeof(int64_t),
        [KIND_MONEY] = sizeof(int64_t),
        [KIND_LIST] = sizeof(struct list),
        [KIND_RAW] = sizeof(str) };

    memset(
        field_at(f, place->record), 0, f->kind == KIND_RECORD ? f->record->size : sizes[f->kind]);
}

static void read_member(struct request *rq, const struct field *f, const struct place *place,
    const struct value *value, str path, bool patch)
{
    if (value->kind == VALUE_NULL) {
        if (f->flags & FIELD_REQUIRED)
            problem_add(rq, path, &FIELD_IS_REQUIRED);
        else
            put_none(f, place);
        return;
    }
    switch (f->kind) {
    case KIND_INT:
    case KIND_INT32:
    case KIND_MONEY:
        read_int(rq, f, place, value, path);
        break;
    case KIND_BOOL:
        if (value->kind == VALUE_BOOL)
            *(bool *)field_at(f, place->record) = value->truth;
        else
            wrong_type(rq, path, N_("true or false"), value);
        break;
    case KIND_STR:
    case KIND_INSTANT:
    case KIND_CURRENCY:
    case KIND_ENUM:
    case KIND_ID:
        if (value->kind == VALUE_TEXT)
            field_put_text(rq, path, f, place, value->text);
        else
            wrong_type(rq, path, N_("a text"), value);
        break;
    case KIND_STRS:
        read_strs(rq, f, place, value, path);
        break;
    case KIND_JSON:
        read_json(rq, f, place, value, path);
        break;
    case KIND_RECORD:
        read_record(rq, f, place, value, path, patch);
        break;
    case KIND_LIST:
        read_list(rq, f, place, value, path);
        break;
    case KIND_RAW:
        problem_add(rq, path, &READ_ONLY);
        break;
    }
}

/* The programme of a call is read by the server before the handler, whether or not the struct has
 * it. */
static bool is_programme(const struct field *f, str path, str name)
{
    return path.len == 0 && str_eq(name, STR("program_id")) &&
           (!f || !(f->flags & (FIELD_TAKEN | FIELD_REQUIRED)));
}

static void read_sent(struct request *rq, const struct place *place, str name,
    const struct value *value, str path, bool patch, uint64_t *sent)
{
    const struct field *f = fields_find(place->fields, name);
    str at = path_join(rq, path, name);

    if (is_programme(f, path, name))
        return;
    if (!f || (f->flags & FIELD_SECRET && !(f->flags & (FIELD_TAKEN | FIELD_REQUIRED)))) {
        problem_add(rq, at, &UNKNOWN_FIELD);
    } else if (!(f->flags & (FIELD_TAKEN | FIELD_REQUIRED))) {
        problem_add(rq, at, &READ_ONLY);
    } else if (patch && (f->flags & FIELD_FIXED)) {
        problem_add(rq, at, &FIELD_IS_FIXED);
    } else {
        *sent |= UINT64_C(1) << (f - place->fields->at);
        read_member(rq, f, place, value, at, patch);
    }
}

void fields_read_json(struct request *rq, const struct place *place, const struct value *object,
    str path, bool patch, uint64_t *out_sent)
{
    uint64_t sent = 0;

    for (size_t i = 0; i < object->count; i++)
        read_sent(rq, place, object->names[i], &object->items[i], path, patch, &sent);
    for (size_t i = 0; i < place->fields->count && !patch; i++) {
        const struct field *f = &place->fields->at[i];
        if ((f->flags & FIELD_REQUIRED) && !(sent >> i & 1))
            problem_add(rq, path_join(rq, path, str_of(f->name)), &FIELD_IS_REQUIRED);
    }
    if (out_sent)
        *out_sent = sent;
}
