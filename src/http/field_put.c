/* Values that are put into a struct's members: ranges, lengths, forms. Shared by the readers of
 * JSON, forms and list filters, so that each rule is written once. */
#include "http/parts.h"

#include <inttypes.h>

const struct err FIELD_IS_REQUIRED = { ERR_INVALID, "required", N_("This is needed."), NULL };
const struct err UNKNOWN_FIELD = { ERR_INVALID, "unknown_field", N_("There is no such field here."),
    NULL };
const struct err READ_ONLY = { ERR_INVALID, "read_only", N_("This is set by the system."), NULL };
const struct err FIELD_IS_FIXED = { ERR_INVALID, "fixed", N_("This cannot be changed afterwards."),
    NULL };
const struct err WRONG_TYPE = { ERR_INVALID, "wrong_type", N_("This has the wrong type."), NULL };
const struct err OUT_OF_RANGE = { ERR_INVALID, "out_of_range", N_("This number is out of range."),
    NULL };
const struct err TOO_LONG = { ERR_INVALID, "too_long", N_("At most {most} bytes."), NULL };
const struct err TOO_MANY_ITEMS = { ERR_INVALID, "too_many_items", N_("At most {most} items."),
    NULL };
const struct err UNKNOWN_VALUE = { ERR_INVALID, "unknown_value", N_("One of: {choices}."), NULL };
const struct err ID_INVALID = { ERR_INVALID, "id_invalid",
    N_("This is not an id that begins with {prefix}."), NULL };
const struct err TIME_INVALID = { ERR_INVALID, "time_invalid",
    N_("This is not a date or time such as 2026-12-01T10:00:00Z."), NULL };
const struct err CONTROL_CHARACTER = { ERR_INVALID, "control_character",
    N_("There is a character in it that cannot be shown."), NULL };

enum { TEXT_BYTES_MOST = 500, ITEMS_MOST = 100 };

static bool refuse(struct request *rq, str path, err e)
{
    problem_add(rq, path, e);
    return false;
}

static bool refuse_with(struct request *rq, str path, err e, const char *name, str value)
{
    problem_say(rq, path, e,
        lang_fill(rq->arena, lang_text(rq->lang, NULL, str_of(e->text)), name, value, NULL));
    return false;
}

/* ---- numbers
 * -------------------------------------------------------------------------------------------- */

currency field_currency(const struct field *f, const struct place *place)
{
    const struct field *sibling = f->currency ? fields_find(place->fields, str_of(f->currency)) : NULL;

    return sibling && sibling->kind == KIND_CURRENCY
               ? *(const currency *)field_at(sibling, place->record)
               : (currency){ "" };
}

static str show(struct request *rq, const struct field *f, const struct place *place, int64_t value)
{
    currency unit = field_currency(f, place);

    if (f->kind == KIND_MONEY && !currency_none(unit) && rq->parts->body_kind == BODY_FORM)
        return format_money(rq->arena, rq->lang, (amount){ value, unit });
    return str_printf(rq->arena, "%" PRId64, value);
}

static bool refuse_range(struct request *rq, str path, const struct field *f,
    const struct place *place, int64_t min, int64_t max)
{
    str least = show(rq, f, place, min), most = show(rq, f, place, max);
    str words = max == INT64_MAX ? _(rq->lang, "At least {least}.")
                                 : _(rq->lang, "Between {least} and {most}.");

    problem_say(
        rq, path, &OUT_OF_RANGE, lang_fill(rq->arena, words, "least", least, "most", most, NULL));
    return false;
}

bool field_put_int(
    struct request *rq, str path, const struct field *f, const struct place *place, int64_t value)
{
    void *member = field_at(f, place->record);
    int64_t min = f->min, max = f->max;

    if (max <= min) {
        min = f->kind == KIND_INT32 ? INT32_MIN : INT64_MIN;
        max = f->kind == KIND_INT32 ? INT32_MAX : INT64_MAX;
    }
    if (value < min || value > max)
        return refuse_range(rq, path, f, place, min, max);
    if (f->kind == KIND_INT32)
        *(int32_t *)member = (int32_t)value;
    else
        *(int64_t *)member = value;
    return true;
}

/* ---- texts
 * ---------------------------------------------------------------------------------------------- */

static bool has_control(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F)
            return true;
    }
    return false;
}

static bool text_is_fit(struct request *rq, str path, str text, int64_t most)
{
    if (has_control(text))
        return refuse(rq, path, &CONTROL_CHARACTER);
    if ((int64_t)text.len > most)
        return refuse_with(rq, path, &TOO_LONG, "most", str_printf(rq->arena, "%" PRId64, most));
    return true;
}

static bool put_enum(struct request *rq, str path, const struct field *f, str text, void *member)
{
    struct buf choices = buf_new(rq->arena);

    for (unsigned i = 0; f->names[i]; i++) {
        if (str_eq(str_of(f->names[i]), text)) {
            *(unsigned *)member = i;
            return true;
        }
        if (f->names[i][0] != '\0')
            buf_printf(&choices, "%s%s", choices.len ? ", " : "", f->names[i]);
    }
    return refuse_with(rq, path, &UNKNOWN_VALUE, "choices", buf_str(&choices));
}

static bool put_instant(struct request *rq, str path, str text, void *member)
{
    instant at = { 0 };

    if (!instant_read(text, &at) || instant_none(at))
        return refuse(rq, path, &TIME_INVALID);
    *(instant *)member = at;
    return true;
}

static bool put_id(struct request *rq, str path, const struct field *f, str text, void *member)
{
    if (!id_read(f->prefix, text, (int64_t *)member))
        return refuse_with(
            rq, path, &ID_INVALID, "prefix", str_printf(rq->arena, "%s_", f->prefix));
    return true;
}

static bool put_currency(struct request *rq, str path, str text, void *member)
{
    err e = currency_read(text, (currency *)member);

    return e ? refuse(rq, path, e) : true;
}

bool field_put_text(
    struct request *rq, str path, const struct field *f, const struct place *place, str text)
{
    void *member = field_at(f, place->record);

    switch (f->kind) {
    case KIND_STR:
        if ((f->flags & FIELD_REQUIRED) && text.len == 0)
            return refuse(rq, path, &FIELD_IS_REQUIRED);
        if (!text_is_fit(rq, path, text, f->max > 0 ? f->max : TEXT_BYTES_MOST))
            return false;
        *(str *)member = text;
        return true;
    case KIND_INSTANT:
        return put_instant(rq, path, text, member);
    case KIND_CURRENCY:
        return put_currency(rq, path, text, member);
    case KIND_ENUM:
        return put_enum(rq, path, f, text, member);
    case KIND_ID:
        return put_id(rq, path, f, text, member);
    default:
        return refuse(rq, path, &WRONG_TYPE);
    }
}

bool field_put_strs(
    struct request *rq, str path, const struct field *f, const struct place *place, strs list)
{
    int64_t most = f->max > 0 ? f->max : ITEMS_MOST;

    if ((f->flags & FIELD_REQUIRED) && list.count == 0)
        return refuse(rq, path, &FIELD_IS_REQUIRED);
    if ((int64_t)list.count > most)
        return refuse_with(
            rq, path, &TOO_MANY_ITEMS, "most", str_printf(rq->arena, "%" PRId64, most));
    for (size_t i = 0; i < list.count; i++) {
        if (!text_is_fit(rq, path, list.at[i], TEXT_BYTES_MOST))
            return false;
    }
    *(strs *)field_at(f, place->record) = list;
    return true;
}
