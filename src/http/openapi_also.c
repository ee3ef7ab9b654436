/* Members that a handler adds by hand, as a route's row tells them in one line:
 *
 *   members = { name ":" type }             parted by spaces; * as a name: any name (a map)
 *   type    = string | integer | boolean    may be null
 *           | any                           any JSON
 *           | NAME or { NAME }              the schema of a field table that some row gives or takes
 *           | [ type ]                      a list
 *           | ( members )                   an object */
#include "http/openapi_schema.h"

#include <string.h>

#include "base/arena.h"

struct scan {
    struct schemas *all;
    str rest;
};

static void read_type(struct scan *, struct view *schema);

static void skip_spaces(struct scan *s)
{
    while (s->rest.len > 0 && s->rest.at[0] == ' ')
        s->rest = str_from(s->rest, 1);
}

static bool take(struct scan *s, char c)
{
    skip_spaces(s);
    if (s->rest.len == 0 || s->rest.at[0] != c)
        return false;
    s->rest = str_from(s->rest, 1);
    return true;
}

static str take_word(struct scan *s)
{
    size_t len = 0;

    skip_spaces(s);
    while (len < s->rest.len && !memchr(" :[](){}", s->rest.at[len], 8))
        len++;
    str word = str_first(s->rest, len);
    s->rest = str_from(s->rest, len);
    return word;
}

static void read_members(struct scan *s, struct view *schema, struct view *properties)
{
    for (;;) {
        str name = take_word(s);
        if (name.len == 0 || !take(s, ':'))
            return;
        bool is_map = str_eq(name, STR("*"));
        read_type(s, is_map ? view_object(schema, "additionalProperties")
                            : view_object(properties, str_c(s->all->arena, name)));
    }
}

static void name_type(struct scan *s, struct view *schema, str name)
{
    const struct schema_known *known = schema_known(s->all, name);

    if (str_eq(name, STR("string")) || str_eq(name, STR("integer")) || str_eq(name, STR("boolean")))
        schema_type(schema, str_c(s->all->arena, name), true);
    else if (known)
        schema_refer_given(s->all, schema, known);
    else
        (void)schema; /* any JSON: the empty schema */
}

static void read_type(struct scan *s, struct view *schema)
{
    if (take(s, '[')) {
        view_text(schema, "type", "array");
        read_type(s, view_object(schema, "items"));
        (void)take(s, ']');
    } else if (take(s, '(')) {
        schema_type(schema, "object", true);
        view_bool(schema, "additionalProperties", false);
        read_members(s, schema, view_object(schema, "properties"));
        (void)take(s, ')');
    } else if (take(s, '{')) {
        name_type(s, schema, take_word(s));
        (void)take(s, '}');
    } else {
        name_type(s, schema, take_word(s));
    }
}

void schema_also(struct schemas *all, struct view *schema, struct view *properties, const char *also)
{
    struct scan s = { all, str_of(also) };

    if (also)
        read_members(&s, schema, properties);
}
