/* A struct from a form by its field table: what people type, in their decimals, dates and time
 * zone. */
#include "http/parts.h"

#include <inttypes.h>
#include <string.h>

static str input_name(struct request *rq, str path, str name)
{
    return path.len ? str_printf(rq->arena, "%" PRI_STR "_%" PRI_STR, STR_ARG(path), STR_ARG(name))
                    : name;
}

static bool was_sent(const struct request *rq, str input, str *out)
{
    str value = pairs_last(&rq->parts->form, input);

    *out = str_trim(value);
    return value.at != NULL;
}

/* ---- what people type
 * ------------------------------------------------------------------------------------ */

/* "12,90" and "12.90" are the same; "1.234,50" is refused, not guessed at. */
static str decimal_point(struct request *rq, str text)
{
    size_t at = 0;

    return str_find(text, ',', &at) && !str_find(text, '.', &at)
               ? str_replace(rq->arena, text, STR(","), STR("."))
               : text;
}

static bool read_money(
    struct request *rq, str input, const struct field *f, const struct place *place, str text)
{
    currency unit = field_currency(f, place);
    amount money = { 0 };
    err e = currency_none(unit) ? &CURRENCY_UNKNOWN
                                : amount_read(decimal_point(rq, text), unit, &money);

    if (e) {
        problem_add(rq, input, e);
        return false;
    }
    return field_put_int(rq, input, f, place, money.minor);
}

/* Percent with up to two decimals, read by the rules of money with two decimals. */
static bool read_percent(
    struct request *rq, str input, const struct field *f, const struct place *place, str text)
{
    static const currency two_decimals = { "EUR" };
    amount percent = { 0 };

    if (str_ends(text, STR("%")))
        text = str_trim(str_first(text, text.len - 1));
    if (amount_read(decimal_point(rq, text), two_decimals, &percent)) {
        problem_say(rq, input, &WRONG_TYPE,
            _(rq->lang, "This is not a percentage such as 12.5 with at most two decimals."));
        return false;
    }
    if (f->max > f->min && (percent.minor < f->min || percent.minor > f->max)) {
        str words = lang_fill(rq->arena, _(rq->lang, "Between {least} and {most}."), "least",
            format_percent_bp(rq->arena, rq->lang, f->min), "most",
            format_percent_bp(rq->arena, rq->lang, f->max), NULL);
        problem_say(rq, input, &OUT_OF_RANGE, words);
        return false;
    }
    return field_put_int(rq, input, f, place, percent.minor);
}

static bool read_int(
    struct request *rq, str input, const struct field *f, const struct place *place, str text)
{
    int64_t value = 0;

    if (!str_to_int(text, &value)) {
        problem_say(rq, input, &WRONG_TYPE, _(rq->lang, "This is not a whole number."));
        return false;
    }
    return field_put_int(rq, input, f, place, value);
}

/* What <input type="date"> and "datetime-local" send, in the reader's zone; RFC 3339 as it says. */
static str local_time(struct request *rq, str text)
{
    int offset = rq->offset_minutes < 0 ? -rq->offset_minutes : rq->offset_minutes;
    const char *rest = NULL;

    if (text.len == 10)
        rest = "T00:00:00";
    else if (text.len == 16 && (text.at[10] == 'T' || text.at[10] == ' '))
        rest = ":00";
    else if (text.len == 19 && (text.at[10] == 'T' || text.at[10] == ' '))
        rest = "";
    else
        return text;
    str full = str_printf(rq->arena, "%" PRI_STR "%s%c%02d:%02d", STR_ARG(text), rest,
        rq->offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
    return str_replace(rq->arena, full, STR(" "), STR("T"));
}

static bool read_bool(str text)
{
    return str_eq(text, STR("1")) || str_eq_nocase(text, STR("on")) ||
           str_eq_nocase(text, STR("true")) || str_eq_nocase(text, STR("yes"));
}

static strs every_line(struct request *rq, str input)
{
    const struct pairs *form = &rq->parts->form;
    size_t room = 0, count = 0;

    for (size_t i = 0; i < form->count; i++) {
        for (size_t k = 0; k < form->at[i].value.len; k++)
            room += form->at[i].value.at[k] == '\n';
        room++;
    }
    str *lines = ARENA_ARRAY(rq->arena, str, room + 1);
    for (size_t i = 0; i < form->count; i++) {
        str rest = form->at[i].value, line = STR_NONE;
        while (str_eq(form->at[i].name, input) && str_cut(&rest, '\n', &line)) {
            line = str_trim(line);
            if (line.len > 0)
                lines[count++] = line;
        }
    }
    return (strs){ lines, count };
}

/* Lines of "key = value". */
static bool read_pairs(struct request *rq, str input, json_object *out)
{
    strs lines = every_line(rq, input);
    struct buf text = buf_new(rq->arena);

    buf_char(&text, '{');
    for (size_t i = 0; i < lines.count; i++) {
        size_t at = 0;
        if (!str_find(lines.at[i], '=', &at)) {
            problem_say(rq, input, &WRONG_TYPE, _(rq->lang, "Each line must read key = value."));
            return false;
        }
        if (i > 0)
            buf_char(&text, ',');
        buf_json(&text, str_trim(str_first(lines.at[i], at)));
        buf_char(&text, ':');
        buf_json(&text, str_trim(str_from(lines.at[i], at + 1)));
    }
    buf_char(&text, '}');
    out->text = lines.count ? buf_str(&text) : STR_NONE;
    return true;
}

/* ---- fields
 * --------------------------------------------------------------------------------------------------
 */

static void put_none(const struct field *f, const struct place *place)
{
    void *member = field_at(f, place->record);

    switch (f->kind) {
    case KIND_INT:
    case KIND_ID:
    case KIND_MONEY:
        *(int64_t *)member = 0;
        break;
    case KIND_INT32:
        *(int32_t *)member = 0;
        break;
    case KIND_STR:
        *(str *)member = STR_NONE;
        break;
    case KIND_INSTANT:
        *(instant *)member = (instant){ 0 };
        break;
    case KIND_CURRENCY:
        *(currency *)member = (currency){ "" };
        break;
    default:
        break; /* a choice that was left empty stays as it was */
    }
}

static void read_value(
    struct request *rq, const struct field *f, const struct place *place, str input, str text)
{
    if (f->kind == KIND_BOOL) {
        *(bool *)field_at(f, place->record) = read_bool(text);
    } else if (f->kind == KIND_STRS) {
        field_put_strs(rq, input, f, place, every_line(rq, input));
    } else if (f->kind == KIND_JSON) {
        read_pairs(rq, input, field_at(f, place->record));
    } else if (text.len == 0) {
        if (f->flags & FIELD_REQUIRED)
            problem_add(rq, input, &FIELD_IS_REQUIRED);
        else
            put_none(f, place);
    } else if (f->kind == KIND_MONEY) {
        read_money(rq, input, f, place, text);
    } else if (f->kind == KIND_INT || f->kind == KIND_INT32) {
        read_int(rq, input, f, place, text);
    } else {
        field_put_text(rq, input, f, place,
            f->kind == KIND_INSTANT ? local_time(rq, text)
                                    : str_replace(rq->arena, text, STR("\r\n"), STR("\n")));
    }
}

/* percent_bp is also typed as `percent`. */
static bool sent_as_percent(
    const struct request *rq, const struct field *f, str input, str *out_text)
{
    return (f->kind == KIND_INT || f->kind == KIND_INT32) && str_ends(input, STR("_bp")) &&
           was_sent(rq, str_first(input, input.len - 3), out_text);
}

static bool any_below(const struct request *rq, str input)
{
    for (size_t i = 0; i < rq->parts->form.count; i++) {
        str name = rq->parts->form.at[i].name;
        if (name.len > input.len && str_starts(name, input) && name.at[input.len] == '_')
            return true;
    }
    return false;
}

static bool read_field(
    struct request *rq, const struct field *f, const struct place *place, str path, bool patch)
{
    str input = input_name(rq, path, str_of(f->name)), text = STR_NONE;

    if (f->kind == KIND_RECORD) {
        if (!(f->flags & FIELD_REQUIRED) && !any_below(rq, input))
            return false;
        uint64_t sent = 0;
        struct place inner = { f->record, field_at(f, place->record) };
        fields_read_form(rq, &inner, input, patch, &sent);
        return sent != 0;
    }
    if (sent_as_percent(rq, f, input, &text)) {
        str percent = str_first(input, input.len - 3);
        if (text.len > 0)
            read_percent(rq, percent, f, place, text);
        else if (f->flags & FIELD_REQUIRED)
            problem_add(rq, percent, &FIELD_IS_REQUIRED);
        else
            put_none(f, place);
        return true;
    }
    if (!was_sent(rq, input, &text)) {
        if ((f->flags & FIELD_REQUIRED) && !patch)
            problem_add(rq, input, &FIELD_IS_REQUIRED);
        return false;
    }
    if (patch && (f->flags & FIELD_FIXED)) {
        problem_add(rq, input, &FIELD_IS_FIXED);
        return false;
    }
    read_value(rq, f, place, input, text);
    return true;
}

/* Currencies first: money is read in them. Names that the table does not take are passed over: a
 * page's form carries buttons and hidden inputs too, and nothing but what is taken can be changed
 * by it. */
void fields_read_form(
    struct request *rq, const struct place *place, str path, bool patch, uint64_t *out_sent)
{
    uint64_t sent = 0;

    for (int money = 0; money < 2; money++) {
        for (size_t i = 0; i < place->fields->count; i++) {
            const struct field *f = &place->fields->at[i];
            if (!(f->flags & (FIELD_TAKEN | FIELD_REQUIRED)) ||
                (f->kind == KIND_CURRENCY) == money || f->kind == KIND_LIST || f->kind == KIND_RAW)
                continue;
            if (read_field(rq, f, place, path, patch))
                sent |= UINT64_C(1) << i;
        }
    }
    if (out_sent)
        *out_sent = sent;
}
