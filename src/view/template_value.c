/* What stands in a value's tag: a path, perhaps a question mark, perhaps a filter. */
#include "view/template_node.h"

#include "base/arena.h"

/* clang-format off */
static const struct {
    const char *name;
    enum filter filter;
    enum date_form form;
} filters[] = {
    { "date",       FILTER_DATE,       DATE_LONG },
    { "short",      FILTER_DATE,       DATE_SHORT },
    { "year",       FILTER_DATE,       DATE_SHORT_YEAR },
    { "day",        FILTER_DATE,       DATE_DAY },
    { "time",       FILTER_DATE,       DATE_TIME },
    { "ms",         FILTER_DATE,       DATE_TIME_MS },
    { "full",       FILTER_DATE,       DATE_FULL },
    { "weekday",    FILTER_DATE,       DATE_WEEKDAY },
    { "month",      FILTER_DATE,       DATE_MONTH },
    { "clock",      FILTER_DATE,       DATE_CLOCK },
    { "minute",     FILTER_DATE,       DATE_MINUTE },
    { "iso",        FILTER_ISO,        0 },
    { "ago",        FILTER_AGO,        0 },
    { "input",      FILTER_INPUT,      0 },
    { "input_time", FILTER_INPUT_TIME, 0 },
    { "whole",      FILTER_WHOLE,      0 },
    { "plain",      FILTER_PLAIN,      0 },
    { "minor",      FILTER_MINOR,      0 },
    { "money",      FILTER_MONEY,      0 },
    { "percent",    FILTER_PERCENT,    0 },
    { "decimal",    FILTER_DECIMAL,    0 },
    { "url",        FILTER_URL,        0 },
    { "json",       FILTER_JSON,       0 },
};
/* clang-format on */

static bool is_part(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || (c == '-' && (i == 0 || i + 1 < s.len))))
            return false;
    }
    return s.len > 0;
}

static bool is_path(str s)
{
    for (;;) {
        size_t dot;

        if (!str_find(s, '.', &dot))
            return is_part(s);
        if (!is_part(str_first(s, dot)))
            return false;
        s = str_from(s, dot + 1);
    }
}

static void cut_filter(str *text, str *out_filter)
{
    size_t bar;

    *out_filter = STR_NONE;
    if (str_find(*text, '|', &bar)) {
        *out_filter = str_trim(str_from(*text, bar + 1));
        *text = str_trim(str_first(*text, bar));
    }
}

static bool filter_find(str name, struct value_tag *out)
{
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        if (str_eq(name, str_of(filters[i].name))) {
            out->filter = filters[i].filter;
            out->date_form = filters[i].form;
            return true;
        }
    }
    return false;
}

bool value_tag_looks(str text)
{
    struct value_tag unused;
    str filter;

    cut_filter(&text, &filter);
    if (str_ends(text, STR("?")))
        text.len--;
    return is_path(text) && text.at[0] != '-' && !(text.at[0] >= '0' && text.at[0] <= '9') &&
           (!filter.at || filter_find(filter, &unused));
}

static void split_path(struct arena *arena, struct path *p)
{
    size_t count = 1;
    str rest = p->text, part;
    str *parts;

    for (size_t i = 0; i < rest.len; i++)
        count += rest.at[i] == '.';
    parts = ARENA_ARRAY(arena, str, count);
    while (p->count < count && str_cut(&rest, '.', &part))
        parts[p->count++] = part;
    p->parts = parts;
}

err value_tag_read(struct arena *arena, const char *name, int line, str text, struct value_tag *out)
{
    str filter;

    *out = (struct value_tag){ 0 };
    cut_filter(&text, &filter);
    if (filter.at && !filter_find(filter, out))
        return template_fail(
            arena, name, line, "there is no filter `%" PRI_STR "`", STR_ARG(filter));
    if (str_eq(text, STR("."))) {
        out->path.text = text;
        return NULL;
    }
    if (str_ends(text, STR("?"))) {
        out->path.may_miss = true;
        text.len--;
    }
    if (!is_path(text))
        return template_fail(arena, name, line, "`%" PRI_STR "` is no name", STR_ARG(text));
    out->path.text = text;
    split_path(arena, &out->path);
    return NULL;
}
