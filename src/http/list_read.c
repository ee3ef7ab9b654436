/* What a list is asked for by its URL:
 * ?status=pending&created_at[gte]=2026-12-01&sort=-created_at&limit=50. */
#include "http/parts.h"

#include <inttypes.h>

enum { LIMIT_MOST = 100, LIMIT_API = 20, LIMIT_PAGE = 25, CURSOR_BYTES_MOST = 500 };

static const struct err UNKNOWN_PARAMETER = { ERR_INVALID, "unknown_parameter",
    N_("There is no such filter or parameter here."), NULL };
static const struct err SORT_UNKNOWN = { ERR_INVALID, "sort_unknown",
    N_("This list cannot be sorted by that."), NULL };
static const struct err TOO_MANY_FILTERS = { ERR_INVALID, "too_many_filters",
    N_("At most 16 filters at once."), NULL };
static const struct err QUERY_MALFORMED = { ERR_MALFORMED, "query_malformed",
    N_("The address holds an escape that is none."), NULL };
static const struct err FILTER_INVALID = { ERR_INVALID, "filter_invalid",
    N_("This cannot be compared with the field."), NULL };

/* ---- fields by name
 * -------------------------------------------------------------------------------------- */

/* `created` also means created_at. */
static const struct field *find_field(
    const struct request *rq, const struct fields *fields, str name)
{
    const struct field *f = fields_find(fields, name);

    if (f)
        return f;
    str at = str_printf(rq->arena, "%" PRI_STR "_at", STR_ARG(name));
    f = fields_find(fields, at);
    return f && f->kind == KIND_INSTANT ? f : NULL;
}

static bool split_name(str whole, str *out_name, enum compare *out_compare)
{
    static const struct {
        const char *word;
        enum compare compare;
    } words[] = { { "[gte]", COMPARE_GTE }, { "[gt]", COMPARE_GT }, { "[lte]", COMPARE_LTE },
        { "[lt]", COMPARE_LT } };
    size_t bracket = 0;

    *out_name = whole;
    *out_compare = COMPARE_EQ;
    if (!str_find(whole, '[', &bracket))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq(str_from(whole, bracket), str_of(words[i].word))) {
            *out_name = str_first(whole, bracket);
            *out_compare = words[i].compare;
            return true;
        }
    }
    return false;
}

/* ---- values
 * --------------------------------------------------------------------------------------------------
 */

/* A bare date is a whole day of the reader: from its midnight, and with [lte] up to its end. */
static bool read_time(struct request *rq, str text, struct list_filter *filter)
{
    instant at = { 0 };
    bool is_date = text.len == 10;

    if (!instant_read(text, &at) || instant_none(at))
        return false;
    if (is_date) {
        at = instant_plus_ms(at, -(int64_t)rq->offset_minutes * MINUTE_MS);
        if (filter->compare == COMPARE_LTE || filter->compare == COMPARE_GT) {
            at = instant_plus_days(at, 1);
            filter->compare = filter->compare == COMPARE_LTE ? COMPARE_LT : COMPARE_GTE;
        }
    }
    filter->value = param_instant(filter->field->name, at);
    return true;
}

static bool read_choice(const struct field *f, str text, struct list_filter *filter)
{
    for (size_t i = 0; f->names[i]; i++) {
        if (str_eq(str_of(f->names[i]), text)) {
            filter->value = param_text(f->name, f->names[i]);
            return filter->compare == COMPARE_EQ;
        }
    }
    return false;
}

static bool read_value(struct request *rq, str text, struct list_filter *filter)
{
    const struct field *f = filter->field;
    int64_t number = 0;
    currency unit = { "" };

    switch (f->kind) {
    case KIND_INT:
    case KIND_INT32:
    case KIND_MONEY:
        filter->value = param_int(f->name, 0);
        return str_to_int(text, &filter->value.value.i);
    case KIND_ID:
        filter->value = param_int(f->name, 0);
        return filter->compare == COMPARE_EQ && id_read(f->prefix, text, &filter->value.value.i);
    case KIND_BOOL:
        number = str_eq(text, STR("true")) || str_eq(text, STR("1"));
        filter->value = param_bool(f->name, number != 0);
        return filter->compare == COMPARE_EQ &&
               (number || str_eq(text, STR("false")) || str_eq(text, STR("0")));
    case KIND_INSTANT:
        return read_time(rq, text, filter);
    case KIND_ENUM:
        return read_choice(f, text, filter);
    case KIND_CURRENCY:
        if (filter->compare != COMPARE_EQ || currency_read(text, &unit))
            return false;
        filter->value = param_currency(f->name, unit);
        return true;
    case KIND_STR:
        filter->value = param_str(f->name, text);
        return true;
    default:
        return false;
    }
}

static void add_filter(struct request *rq, const struct field *f, enum compare compare, str name,
    str text, struct list_query *out)
{
    struct list_filter filter = { .field = f, .compare = compare };

    if (text.len == 0 && rq->surface != API)
        return; /* an empty choice of a page's form */
    if (out->filter_count == sizeof out->filters / sizeof *out->filters)
        problem_add(rq, name, &TOO_MANY_FILTERS);
    else if (!read_value(rq, text, &filter))
        problem_add(rq, name, &FILTER_INVALID);
    else
        out->filters[out->filter_count++] = filter;
}

/* ---- the parameters of every list
 * ---------------------------------------------------------------------------- */

static void read_sort(
    struct request *rq, const struct fields *fields, str text, struct list_query *out)
{
    bool down = str_starts(text, STR("-"));
    const struct field *f = find_field(rq, fields, down ? str_from(text, 1) : text);

    if (!f || !(f->flags & FIELD_SORT)) {
        problem_add(rq, STR("sort"), &SORT_UNKNOWN);
        return;
    }
    out->sort = f;
    out->descending = down;
}

static void read_limit(struct request *rq, str text, struct list_query *out)
{
    if (!str_to_int(text, &out->limit) || out->limit < 1 || out->limit > LIMIT_MOST)
        problem_say(rq, STR("limit"), &OUT_OF_RANGE,
            lang_fill(rq->arena, _(rq->lang, "Between {least} and {most}."), "least", STR("1"),
                "most", STR("100"), NULL));
}

static bool was_asked(const struct request *rq, str name)
{
    static const char *const always[] = { "program_id", "format", "lang" };

    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        if (str_eq(name, str_of(always[i])))
            return true;
    }
    return pairs_first(&rq->parts->asked, name).at != NULL;
}

static void read_parameter(struct request *rq, const struct fields *fields, const struct pair *pair,
    struct list_query *out)
{
    enum compare compare = COMPARE_EQ;
    str name = pair->name;

    if (str_eq(name, STR("limit"))) {
        read_limit(rq, pair->value, out);
    } else if (str_eq(name, STR("sort"))) {
        if (pair->value.len > 0 || rq->surface == API)
            read_sort(rq, fields, pair->value, out);
    } else if (str_eq(name, STR("after"))) {
        out->after = str_empty(pair->value) ? STR_NONE : str_first(pair->value, CURSOR_BYTES_MOST);
    } else {
        const struct field *f =
            split_name(pair->name, &name, &compare) ? find_field(rq, fields, name) : NULL;
        bool may = f && (f->flags & FIELD_FILTER);
        if (may)
            add_filter(rq, f, compare, pair->name, pair->value, out);
        else if (rq->surface == API && !was_asked(rq, pair->name))
            problem_add(rq, pair->name, &UNKNOWN_PARAMETER);
    }
}

err request_list(struct request *rq, const struct fields *fields, struct list_query *out)
{
    const struct pairs *query = request_queries(rq);

    *out = (struct list_query){ .limit = rq->surface == API ? LIMIT_API : LIMIT_PAGE,
        .descending = true };
    if (rq->parts->query_broken)
        return &QUERY_MALFORMED;
    for (size_t i = 0; i < query->count; i++)
        read_parameter(rq, fields, &query->at[i], out);
    return request_problems(rq);
}
