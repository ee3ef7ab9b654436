/* JSON text to a small tree of our own, through jansson: the only file that knows it. */
#include "http/json.h"

/* jansson has a function by the name of our type. */
#define json_object jansson_object
#include <jansson.h>
#undef json_object

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum { DEPTH_MOST = 16, HUGE_DIGITS_KEPT = 300 };

const struct err JSON_MALFORMED = { ERR_MALFORMED, "json_malformed", N_("The body is not JSON."),
    NULL };
const struct err UTF8_INVALID = { ERR_MALFORMED, "utf8_invalid",
    N_("The text is not UTF-8, or it holds a NUL byte."), NULL };
const struct err DUPLICATE_KEY = { ERR_MALFORMED, "duplicate_key",
    N_("A key stands twice in one object."), NULL };
const struct err JSON_TOO_DEEP = { ERR_MALFORMED, "json_too_deep",
    N_("The JSON is nested deeper than 16 levels."), NULL };
static const struct err NUMBER_TOO_LARGE = { ERR_INVALID, "out_of_range",
    N_("A number is larger than any we know."), NULL };

/* ---- before jansson: depth, and integers that it would refuse without saying where
 * ---------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_string(str text, size_t i)
{
    for (i++; i < text.len && text.at[i] != '"'; i++)
        i += text.at[i] == '\\';
    return i + 1;
}

static size_t number_length(str text, size_t i, bool *out_is_integer)
{
    size_t start = i;

    *out_is_integer = true;
    for (; i < text.len; i++) {
        char c = text.at[i];
        if (c == '.' || c == 'e' || c == 'E')
            *out_is_integer = false;
        else if (!is_digit(c) && c != '-' && c != '+')
            break;
    }
    return i - start;
}

/* An integer beyond 63 bits becomes a real of at least 2^63, which no genuine real is taken for:
 * both are refused later, at their field, as "out of range" and "wrong type". */
static void add_number(struct buf *out, str number, bool is_integer)
{
    int64_t value = 0;
    str digits = str_starts(number, STR("-")) ? str_from(number, 1) : number;

    if (!is_integer || digits.len < 19 || digits.at[0] == '0' || str_to_int(number, &value)) {
        buf_add(out, number);
        return;
    }
    buf_add(out, str_first(number, HUGE_DIGITS_KEPT));
    buf_add(out, STR(".0"));
}

static err prepare(struct arena *arena, str text, str *out)
{
    struct buf copy = buf_new(arena);
    int depth = 0;

    for (size_t i = 0; i < text.len;) {
        char c = text.at[i];
        size_t len = 1;
        bool is_integer = false;
        if (c == '"') {
            size_t end = skip_string(text, i);
            len = (end < text.len ? end : text.len) - i;
        } else if (c == '-' || is_digit(c)) {
            len = number_length(text, i, &is_integer);
        } else if ((c == '[' || c == '{') && ++depth > DEPTH_MOST) {
            return &JSON_TOO_DEEP;
        } else if (c == ']' || c == '}') {
            depth--;
        }
        if (c == '-' || is_digit(c))
            add_number(&copy, (str){ text.at + i, len }, is_integer);
        else
            buf_bytes(&copy, text.at + i, len);
        i += len;
    }
    *out = buf_str(&copy);
    return NULL;
}

/* ---- after jansson: the tree
 * ------------------------------------------------------------------------ */

static void convert(struct arena *, const json_t *, struct value *out);

static str text_of(struct arena *arena, const char *at, size_t len)
{
    return len == 0 ? STR("") : str_dup(arena, (str){ at, len });
}

static void convert_list(struct arena *arena, const json_t *json, struct value *out)
{
    size_t count = json_array_size(json);
    struct value *items = ARENA_ARRAY(arena, struct value, count + 1);

    for (size_t i = 0; i < count; i++)
        convert(arena, json_array_get(json, i), &items[i]);
    out->kind = VALUE_LIST;
    out->items = items;
    out->count = count;
}

static void convert_object(struct arena *arena, json_t *json, struct value *out)
{
    size_t count = json_object_size(json), i = 0;
    struct value *items = ARENA_ARRAY(arena, struct value, count + 1);
    str *names = ARENA_ARRAY(arena, str, count + 1);

    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at), i++) {
        const char *key = json_object_iter_key(at);
        names[i] = text_of(arena, key, strlen(key));
        convert(arena, json_object_iter_value(at), &items[i]);
    }
    out->kind = VALUE_OBJECT;
    out->items = items;
    out->names = names;
    out->count = count;
}

/* Only tells the two refusals apart; the number itself goes nowhere. */
static enum value_kind kind_of_real(double value)
{
    return value >= 9223372036854775808.0 || value <= -9223372036854775808.0 ? VALUE_HUGE
                                                                             : VALUE_REAL;
}

static void convert(struct arena *arena, const json_t *json, struct value *out)
{
    *out = (struct value){ .kind = VALUE_NULL };
    switch (json_typeof(json)) {
    case JSON_NULL:
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        out->kind = VALUE_BOOL;
        out->truth = json_is_true(json);
        break;
    case JSON_INTEGER:
        out->kind = VALUE_INT;
        out->number = json_integer_value(json);
        break;
    case JSON_REAL:
        out->kind = kind_of_real(json_real_value(json));
        break;
    case JSON_STRING:
        out->kind = VALUE_TEXT;
        out->text = text_of(arena, json_string_value(json), json_string_length(json));
        break;
    case JSON_ARRAY:
        convert_list(arena, json, out);
        break;
    case JSON_OBJECT:
        convert_object(arena, (json_t *)(uintptr_t)json, out);
        break;
    }
}

static err explain(struct arena *arena, const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return err_make(arena, ERR_MALFORMED, DUPLICATE_KEY.code, NULL,
            "A key stands twice in one object, in line %d, column %d.", error->line, error->column);
    case json_error_numeric_overflow:
        return &NUMBER_TOO_LARGE;
    case json_error_stack_overflow:
        return &JSON_TOO_DEEP;
    case json_error_invalid_utf8:
        return &UTF8_INVALID;
    default:
        return err_make(arena, ERR_MALFORMED, JSON_MALFORMED.code, NULL,
            "The body is not JSON: look at line %d, column %d.", error->line, error->column);
    }
}

err value_read(struct arena *arena, str text, struct value *out)
{
    str prepared = STR_NONE;
    json_error_t error = { 0 };

    if (!str_is_utf8(text))
        return &UTF8_INVALID;
    TRY(prepare(arena, text, &prepared));
    json_t *json = json_loadb(prepared.at ? prepared.at : "", prepared.len,
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        return explain(arena, &error);
    convert(arena, json, out);
    json_decref(json);
    return NULL;
}

const struct value *value_member(const struct value *object, str name)
{
    if (object->kind != VALUE_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++) {
        if (str_eq(object->names[i], name))
            return &object->items[i];
    }
    return NULL;
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = { N_("nothing"), N_("true or false"), N_("an integer"),
        N_("a number with a fraction"), N_("an integer that is too large"), N_("a text"),
        N_("a list"), N_("an object") };
    return names[kind];
}
