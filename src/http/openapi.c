/* The API document: paths from rows, schemas from field tables, problems from the conventions of
 * the house. */
#include "http/openapi.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "http/openapi_schema.h"
#include "http/problem.h"

enum { CODES_MOST = 24 };

static const char *const method_names[] = { "", "get", "post", "patch", "delete", "put" };

/* ---- what a row is
 * ------------------------------------------------------------------------------------------- */

static str last_segment(const struct route *row)
{
    str rest = str_of(row->path), part = STR_NONE, last = STR_NONE;

    while (str_cut(&rest, '/', &part))
        last = part.len > 0 ? part : last;
    return last;
}

static bool is_list(const struct route *row)
{
    str last = last_segment(row);

    if (row->flags & (ROUTE_LIST | ROUTE_ONE))
        return (row->flags & ROUTE_LIST) != 0;
    return row->method == GET && row->gives && last.len > 0 && last.at[0] != '{' &&
           (last.at[last.len - 1] == 's' || (row->flags & ROUTE_CSV));
}

/* "/partners/{id}/approve" by POST: post_partners_id_approve. */
static str operation_id(struct arena *arena, const struct route *row)
{
    struct buf id = buf_new(arena);
    bool gap = true;

    buf_printf(&id, "%s", method_names[row->method]);
    for (const char *c = row->path; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        if (letter && gap)
            buf_char(&id, '_');
        if (letter)
            buf_char(&id, *c);
        gap = !letter;
    }
    return buf_str(&id);
}

static str tag_of(const struct route *row)
{
    str rest = str_of(row->path), part = STR_NONE;

    while (str_cut(&rest, '/', &part)) {
        if (part.len > 0)
            return part;
    }
    return STR("root");
}

/* ---- parameters
 * -------------------------------------------------------------------------------------------------
 */

static struct view *add_parameter(
    struct view *list, const char *in, const char *name, const char *words)
{
    struct view *item = view_item(list);

    view_text(item, "name", name);
    view_text(item, "in", in);
    if (strcmp(in, "path") == 0)
        view_bool(item, "required", true);
    view_text(item, "description", words);
    return view_object(item, "schema");
}

static void add_path_parameters(struct arena *arena, struct view *list, const struct route *row)
{
    str rest = str_of(row->path), part = STR_NONE;

    while (str_cut(&rest, '/', &part)) {
        if (part.len < 3 || part.at[0] != '{')
            continue;
        const char *name = str_c(arena, str_first(str_from(part, 1), part.len - 2));
        view_text(add_parameter(list, "path", name, "Which one."), "type", "string");
    }
}

static void add_sort(struct arena *arena, struct view *list, const struct fields *fields)
{
    struct view *values = NULL;

    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (!(f->flags & FIELD_SORT))
            continue;
        if (!values) {
            struct view *schema = add_parameter(list, "query", "sort",
                "Field to sort by; a minus in front: largest or newest first.");
            view_text(schema, "type", "string");
            values = view_list(schema, "enum");
        }
        view_item_str(values, str_of(f->name));
        view_item_str(values, str_printf(arena, "-%s", f->name));
        if (f->kind == KIND_INSTANT && str_ends(str_of(f->name), STR("_at"))) {
            str shorter = str_first(str_of(f->name), strlen(f->name) - 3);
            view_item_str(values, shorter);
            view_item_str(values, str_printf(arena, "-%" PRI_STR, STR_ARG(shorter)));
        }
    }
}

static bool has_order(const struct field *f)
{
    return f->kind == KIND_INT || f->kind == KIND_INT32 || f->kind == KIND_MONEY ||
           f->kind == KIND_INSTANT;
}

static void add_comparisons(
    struct arena *arena, struct view *list, const struct field *f, const char *name)
{
    static const char *const words[] = { "gte", "gt", "lte", "lt" };

    for (size_t i = 0; i < 4 && has_order(f); i++) {
        const char *whole = str_printf(arena, "%s[%s]", name, words[i]).at;
        schema_filter(
            arena, add_parameter(list, "query", whole, "Only rows within this bound."), f);
    }
}

static void add_filters(struct arena *arena, struct view *list, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (!(f->flags & FIELD_FILTER) || strcmp(f->name, "program_id") == 0)
            continue;
        schema_filter(
            arena, add_parameter(list, "query", f->name, "Only rows with this value."), f);
        add_comparisons(arena, list, f, f->name);
        if (f->kind == KIND_INSTANT && str_ends(str_of(f->name), STR("_at")))
            add_comparisons(
                arena, list, f, str_c(arena, str_first(str_of(f->name), strlen(f->name) - 3)));
    }
}

static void add_reference(struct view *list, const char *to)
{
    view_text(view_item(list), "$ref", to);
}

static void add_own_query(struct arena *arena, struct view *list, const struct route *row)
{
    str rest = str_of(row->query), name = STR_NONE;

    while (row->query && str_cut(&rest, ' ', &name)) {
        if (name.len > 0)
            view_text(
                add_parameter(list, "query", str_c(arena, name), "See the summary of this call."),
                "type", "string");
    }
}

static void add_parameters(struct arena *arena, struct view *operation, const struct route *row)
{
    struct view *list = view_list(operation, "parameters");

    add_path_parameters(arena, list, row);
    add_reference(list, "#/components/parameters/program_id");
    if (is_list(row)) {
        add_reference(list, "#/components/parameters/limit");
        add_reference(list, "#/components/parameters/after");
        add_sort(arena, list, row->gives);
        add_filters(arena, list, row->gives);
    }
    add_own_query(arena, list, row);
    if (row->flags & ROUTE_CSV) {
        struct view *schema = add_parameter(
            list, "query", "format", "csv: all rows as a file instead of a page of them.");
        view_text(schema, "type", "string");
        struct view *values = view_list(schema, "enum");
        view_item_str(values, STR("json"));
        view_item_str(values, STR("csv"));
    }
    if ((row->flags & ROUTE_MONEY) && row->method != GET)
        add_reference(list, "#/components/parameters/idempotency_key");
}

/* ---- answers
 * -------------------------------------------------------------------------------------------------------
 */

struct codes {
    int at[CODES_MOST];
    size_t count;
};

static void add_code(struct codes *codes, int code)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (codes->at[i] == code)
            return;
    }
    if (codes->count < CODES_MOST)
        codes->at[codes->count++] = code;
}

static bool has_success(const struct codes *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (codes->at[i] < 400)
            return true;
    }
    return false;
}

static struct codes codes_of(const struct route *row)
{
    struct codes codes = { 0 };
    str rest = str_of(row->statuses), word = STR_NONE;
    int64_t code = 0;

    while (row->statuses && str_cut(&rest, ' ', &word)) {
        if (str_to_int(word, &code))
            add_code(&codes, (int)code);
    }
    if (!has_success(&codes)) {
        add_code(&codes, 200);
        if (row->method == POST)
            add_code(&codes, 201);
    }
    static const int always[] = { 400, 401, 403, 404, 422, 429, 500, 503 },
                     with_body[] = { 413, 415 };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        add_code(&codes, always[i]);
    for (size_t i = 0; i < 2 && row->method != GET; i++)
        add_code(&codes, with_body[i]);
    if (row->method != GET && (row->flags & ROUTE_MONEY))
        add_code(&codes, 409);
    return codes;
}

static void add_success(struct schemas *all, struct view *answer, const struct route *row, int code)
{
    view_text(answer, "description", code == 201 ? "Made." : code == 204 ? "Done." : "As asked.");
    if (code == 204 || (code >= 300 && code < 400))
        return;
    struct view *content = view_object(answer, "content");
    if (row->flags & ROUTE_BARE) {
        view_text(view_object(view_object(content, "text/csv"), "schema"), "type", "string");
        return;
    }
    struct view *schema = view_object(view_object(content, "application/json"), "schema");
    if (is_list(row))
        schema_page(all, schema, row);
    else
        schema_object(all, schema, row);
    if (row->flags & ROUTE_CSV)
        view_text(view_object(view_object(content, "text/csv"), "schema"), "type", "string");
}

static void add_answers(struct schemas *all, struct view *operation, const struct route *row)
{
    struct codes codes = codes_of(row);
    struct view *answers = view_object(operation, "responses");

    for (size_t i = 0; i < codes.count; i++) {
        const char *code = str_printf(all->arena, "%d", codes.at[i]).at;
        struct view *answer = view_object(answers, code);
        if (codes.at[i] < 400)
            add_success(all, answer, row, codes.at[i]);
        else
            view_str(
                answer, "$ref", str_printf(all->arena, "#/components/responses/problem_%s", code));
    }
}

static void add_body(struct schemas *all, struct view *operation, const struct route *row)
{
    if (row->method == GET || (!row->takes && !(row->flags & ROUTE_LARGE)))
        return;
    struct view *body = view_object(operation, "requestBody");
    view_bool(body, "required", row->method != PATCH);
    struct view *content = view_object(body, "content");
    if (row->takes)
        schema_input(all, view_object(view_object(content, "application/json"), "schema"), row);
    if (row->flags & ROUTE_LARGE)
        view_text(view_object(view_object(content, "text/csv"), "schema"), "type", "string");
}

/* ---- the document
 * --------------------------------------------------------------------------------------------------
 */

static void add_operation(struct schemas *all, struct view *path, const struct route *row)
{
    struct arena *arena = all->arena;
    struct view *operation = view_object(path, method_names[row->method]);
    str scope = str_of(permission_word(row->needs));

    view_item_str(view_list(operation, "tags"), tag_of(row));
    view_str(operation, "operationId", operation_id(arena, row));
    view_str(operation, "summary",
        row->summary ? str_of(row->summary)
                     : str_printf(arena, "%s %s", method_names[row->method], row->path));
    if (scope.len > 0)
        view_str(operation, "description",
            str_printf(arena, "Scope of the key: `%" PRI_STR "`.", STR_ARG(scope)));
    add_parameters(arena, operation, row);
    add_body(all, operation, row);
    add_answers(all, operation, row);
}

static bool is_first_of_path(const struct route *const *rows, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if ((rows[i]->shown_on & API) && strcmp(rows[i]->path, rows[index]->path) == 0)
            return false;
    }
    return (rows[index]->shown_on & API) != 0;
}

static void add_paths(
    struct schemas *all, struct view *paths, const struct route *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_first_of_path(rows, i))
            continue;
        struct view *path = view_object(paths, rows[i]->path);
        for (size_t k = i; k < count; k++) {
            if ((rows[k]->shown_on & API) && strcmp(rows[k]->path, rows[i]->path) == 0)
                add_operation(all, path, rows[k]);
        }
    }
}

static void add_info(struct view *document)
{
    struct view *info = view_object(document, "info");

    view_text(document, "openapi", "3.1.0");
    view_text(info, "title", "Tributary");
    view_text(info, "version", TRIBUTARY_VERSION);
    view_text(info, "description",
        "Partners, clicks, conversions, commissions and payouts. Money is an integer of minor "
        "units with its "
        "currency beside it; times are RFC 3339 in UTC; ids are texts with a prefix. Fields may be "
        "added; those "
        "named here keep their names.");
    struct view *license = view_object(info, "license");
    view_text(license, "name", "See the repository");
    view_text(license, "identifier", "LicenseRef-Tributary");
    view_text(view_item(view_list(document, "servers")), "url", "/api/v1");
    view_list(view_item(view_list(document, "security")), "key");
}

static void add_tags(struct view *document, const struct route *const *rows, size_t count)
{
    struct view *tags = view_list(document, "tags");

    for (size_t i = 0; i < count; i++) {
        bool is_new = true;
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !(rows[k]->shown_on & API) || !str_eq(tag_of(rows[k]), tag_of(rows[i]));
        if (!(rows[i]->shown_on & API) || !is_new)
            continue;
        struct view *tag = view_item(tags);
        view_str(tag, "name", tag_of(rows[i]));
        view_str(tag, "description", tag_of(rows[i]));
    }
}

static void add_common_parameters(struct view *components)
{
    static const struct {
        const char *key, *name, *in, *words, *schema;
    } rows[] = {
        { "program_id", "program_id", "query",
            "The programme; needed only where a key reaches several.",
            "{\"type\":\"string\",\"pattern\":\"^prg_\"}" },
        { "limit", "limit", "query", "Rows at once.",
            "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":20}" },
        { "after", "after", "query", "`next` of the page before.", "{\"type\":\"string\"}" },
        { "idempotency_key", "Idempotency-Key", "header",
            "The same key with the same call gives the first answer again, for 30 days.",
            "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}" },
    };
    struct view *parameters = view_object(components, "parameters");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct view *p = view_object(parameters, rows[i].key);
        view_text(p, "name", rows[i].name);
        view_text(p, "in", rows[i].in);
        view_text(p, "description", rows[i].words);
        view_raw(p, "schema", str_of(rows[i].schema));
    }
}

#define PROBLEM                                                                                    \
    "{\"type\":\"object\",\"additionalProperties\":false,"                                         \
    "\"required\":[\"type\",\"title\",\"status\",\"code\",\"detail\"],"             \
    "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"              \
    "\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"                            \
    "\"detail\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},"                       \
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":"      \
    "false,"                                                                                       \
    "\"required\":[\"pointer\",\"code\",\"message\"],\"properties\":{"                             \
    "\"pointer\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"                            \
    "\"message\":{\"type\":\"string\"}}}}},"                                                       \
    "\"examples\":[{\"type\":\"urn:tributary:problem:required\",\"title\":\"A field is wrong\","   \
    "\"status\":422,\"code\":\"required\",\"detail\":\"This is needed.\",\"errors\":["             \
    "{\"pointer\":\"/amount\",\"code\":\"required\",\"message\":\"This is needed.\"}],"            \
    "\"request_id\":\"req_01hzx4k9m2p7q\"}]}"

static void add_problems(
    struct arena *arena, struct view *components, const struct route *const *rows, size_t count)
{
    struct view *responses = view_object(components, "responses");
    struct codes used = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct codes codes = rows[i]->shown_on & API ? codes_of(rows[i]) : (struct codes){ 0 };
        for (size_t k = 0; k < codes.count; k++) {
            if (codes.at[k] >= 400)
                add_code(&used, codes.at[k]);
        }
    }
    for (size_t i = 0; i < used.count; i++) {
        struct view *answer =
            view_object(responses, str_printf(arena, "problem_%d", used.at[i]).at);
        view_text(answer, "description", problem_title(used.at[i]));
        struct view *content =
            view_object(view_object(answer, "content"), "application/problem+json");
        view_text(view_object(content, "schema"), "$ref", "#/components/schemas/problem");
    }
}

static void add_components(
    struct schemas *all, struct view *document, const struct route *const *rows, size_t count)
{
    struct view *components = view_object(document, "components");
    struct view *scheme = view_object(view_object(components, "securitySchemes"), "key");

    view_text(scheme, "type", "http");
    view_text(scheme, "scheme", "bearer");
    view_text(scheme, "description", "An API key: trb_live_… or trb_test_…");
    add_common_parameters(components);
    add_problems(all->arena, components, rows, count);
    struct view *schemas = view_object(components, "schemas");
    view_raw(schemas, "problem", STR(PROBLEM));
    schemas_print(all, schemas);
}

void openapi_print(
    struct arena *arena, const struct route *const *rows, size_t count, struct buf *out)
{
    struct view *document = view_new(arena);
    struct schemas all = { .arena = arena };

    add_info(document);
    add_tags(document, rows, count);
    schemas_know(&all, rows, count);
    add_paths(&all, view_object(document, "paths"), rows, count);
    add_components(&all, document, rows, count);
    view_json(document, out);
}
