/* Lists as answers: JSON with a cursor, pages with their links, CSV of all rows. */
#include "http/reply.h"

#include <inttypes.h>
#include <string.h>

#include "http/csv.h"
#include "http/list_url.h"
#include "http/parts.h"

enum { STREAM_PIECE = 32 * 1024 };

static const struct err NO_CSV = { ERR_INVALID, "format_unknown",
    N_("This list has no such form. Say nothing, or csv where a list has it."), "format" };

str url_with(const struct request *rq, const char *name, str value)
{
    const struct pairs *query = request_queries(rq);
    struct buf url = buf_new(rq->arena);
    char mark = '?';

    buf_add(&url, rq->path);
    for (size_t i = 0; i < query->count; i++) {
        const struct pair *pair = &query->at[i];
        if (str_eq(pair->name, str_of(name)) || str_eq(pair->name, STR("after")) ||
            str_eq(pair->name, STR("lang")) || pair->value.len == 0)
            continue;
        str key = str_url_encode(rq->arena, pair->name);
        str text = str_url_encode(rq->arena, pair->value);
        buf_printf(&url, "%c%" PRI_STR "=%" PRI_STR, mark, STR_ARG(key), STR_ARG(text));
        mark = '&';
    }
    if (value.at) {
        str text = str_url_encode(rq->arena, value);
        buf_printf(&url, "%c%s=%" PRI_STR, mark, name, STR_ARG(text));
    }
    return buf_str(&url);
}

/* ---- what pages need besides the rows
 * -------------------------------------------------------------------- */

static bool starts_high(const struct field *f)
{
    return f->kind == KIND_INT || f->kind == KIND_INT32 || f->kind == KIND_MONEY ||
           f->kind == KIND_INSTANT || f->kind == KIND_ID;
}

static void add_sort(const struct request *rq, struct view *sort, const struct field *f,
    const struct list_query *query)
{
    bool is_this = query->sort == f;
    bool down = is_this ? !query->descending : starts_high(f);
    struct view *link = view_object(sort, f->name);
    str value = str_printf(rq->arena, "%s%s", down ? "-" : "", f->name);

    view_str(link, "url", url_with(rq, "sort", value));
    view_text(link, "aria", !is_this ? "none" : query->descending ? "descending" : "ascending");
    view_bool(link, "is_up", is_this && !query->descending);
    view_bool(link, "is_down", is_this && query->descending);
}

static void add_filters(const struct request *rq, struct view *list, const struct list_query *query)
{
    const struct pairs *sent = request_queries(rq);
    struct view *filters = view_list(list, "filters");

    view_bool(list, "has_filters", query->filter_count > 0);
    for (size_t i = 0; i < sent->count; i++) {
        const struct pair *pair = &sent->at[i];
        for (size_t k = 0; k < query->filter_count; k++) {
            str name = str_of(query->filters[k].field->name);
            bool is_this = str_starts(pair->name, name) &&
                           (pair->name.len == name.len || pair->name.at[name.len] == '[');
            if (!is_this || pair->value.len == 0)
                continue;
            struct view *item = view_item(filters);
            view_str(item, "name", name);
            view_str(item, "value", pair->value);
            view_str(item, "remove_url", url_with(rq, str_c(rq->arena, pair->name), STR_NONE));
            break;
        }
    }
}

static void add_links(struct reply *rp, const struct fields *fields, const struct page *page,
    const struct list_query *query)
{
    const struct request *rq = rp->rq;
    struct view *list = view_object(reply_frame(rp), "list");
    struct view *sort = view_object(list, "sort");

    view_int(list, "shown", (int64_t)page->rows.count);
    view_bool(list, "is_empty", page->rows.count == 0);
    view_str(list, "next_url", page->has_more ? url_with(rq, "after", page->next) : STR_NONE);
    view_str(list, "start_url", query->after.at ? url_with(rq, "after", STR_NONE) : STR_NONE);
    view_str(list, "clear_url", rq->path);
    if (rq->route->flags & ROUTE_CSV)
        view_str(list, "csv_url", url_with(rq, "format", STR("csv")));
    else
        view_null(list, "csv_url");
    add_filters(rq, list, query);
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->at[i].flags & FIELD_SORT)
            add_sort(rq, sort, &fields->at[i], query);
    }
}

static err answer_list(struct reply *rp, const struct fields *fields, const struct page *page,
    const struct list_query *query, decorate_fn decorate)
{
    struct view *data = view_list(reply_view(rp), "data");

    for (size_t i = 0; i < page->rows.count; i++) {
        const void *record = (const char *)page->rows.at + i * fields->size;
        struct view *item = view_item(data);
        view_record(item, NULL, fields, record);
        if (decorate)
            TRY(decorate(rp->rq, item, record));
    }
    view_bool(reply_view(rp), "has_more", page->has_more);
    view_str(reply_view(rp), "next", page->has_more ? page->next : STR_NONE);
    if (rp->rq->surface != API)
        add_links(rp, fields, page, query);
    return NULL;
}

err reply_list(struct reply *rp, const struct fields *fields, const struct page *page,
    const struct list_query *query)
{
    return answer_list(rp, fields, page, query, NULL);
}

/* ---- CSV
 * ------------------------------------------------------------------------------------------------------
 */

struct export
{
    const struct statement *statement;
    const struct param *params;
    const struct fields *fields;
    struct list_query query;
    struct request *rq;
    void *record;
    struct buf piece;
    stream_write write;
    void *to;
};

static const struct err CLIENT_GONE = { ERR_INTERNAL, "client_gone", "The client went away.",
    NULL };

static bool is_column(const struct field *f)
{
    return !(f->flags & FIELD_SECRET) && f->kind != KIND_LIST && f->kind != KIND_RAW;
}

static void add_heads(struct buf *out, const struct fields *fields, str prefix, bool *first)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        if (!is_column(f))
            continue;
        str name = str_printf(out->arena, "%" PRI_STR "%s", STR_ARG(prefix), f->name);
        if (f->kind == KIND_RECORD) {
            add_heads(
                out, f->record, str_printf(out->arena, "%" PRI_STR "_", STR_ARG(name)), first);
            continue;
        }
        csv_cell(out, name, *first);
        *first = false;
    }
}

static str money_cell(struct arena *arena, const struct field *f, const struct place *place)
{
    currency unit = field_currency(f, place);
    int64_t minor = *(const int64_t *)field_at(f, place->record);

    return currency_none(unit) ? str_printf(arena, "%" PRId64, minor)
                               : amount_decimal(arena, (amount){ minor, unit });
}

static str strs_cell(struct arena *arena, const strs *list)
{
    struct buf out = buf_new(arena);

    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_add(&out, STR(", "));
        buf_add(&out, list->at[i]);
    }
    return buf_str(&out);
}

static void add_value(struct arena *arena, struct buf *out, const struct field *f,
    const struct place *place, bool first)
{
    const void *member = field_at(f, place->record);

    switch (f->kind) {
    case KIND_INT:
        csv_number(out, str_printf(arena, "%" PRId64, *(const int64_t *)member), first);
        break;
    case KIND_INT32:
        csv_number(out, str_printf(arena, "%" PRId32, *(const int32_t *)member), first);
        break;
    case KIND_MONEY:
        csv_number(out, money_cell(arena, f, place), first);
        break;
    case KIND_BOOL:
        csv_cell(out, *(const bool *)member ? STR("true") : STR("false"), first);
        break;
    case KIND_STR:
        csv_cell(out, *(const str *)member, first);
        break;
    case KIND_INSTANT:
        csv_cell(out,
            instant_none(*(const instant *)member) ? STR("")
                                                   : instant_print(arena, *(const instant *)member),
            first);
        break;
    case KIND_CURRENCY:
        csv_cell(out, str_of(((const currency *)member)->code), first);
        break;
    case KIND_ENUM:
        csv_cell(out, str_of(f->names[*(const unsigned *)member]), first);
        break;
    case KIND_STRS:
        csv_cell(out, strs_cell(arena, member), first);
        break;
    case KIND_JSON:
        csv_cell(out, ((const json_object *)member)->text, first);
        break;
    case KIND_ID:
        csv_cell(out, id_print(arena, f->prefix, *(const int64_t *)member), first);
        break;
    case KIND_RECORD:
    case KIND_LIST:
    case KIND_RAW:
        break;
    }
}

static void add_row(struct arena *arena, struct buf *out, const struct place *place, bool *first)
{
    for (size_t i = 0; i < place->fields->count; i++) {
        const struct field *f = &place->fields->at[i];
        if (!is_column(f))
            continue;
        if (f->kind == KIND_RECORD) {
            struct place inner = { f->record, field_at(f, place->record) };
            add_row(arena, out, &inner, first);
            continue;
        }
        add_value(arena, out, f, place, *first);
        *first = false;
    }
}

static err flush(struct export *export)
{
    str piece = buf_str(&export->piece);

    if (piece.len > 0 && !export->write(export->to, piece))
        return &CLIENT_GONE;
    buf_clear(&export->piece);
    return NULL;
}

static err export_row(void *record, void *arg)
{
    struct export *export = arg;
    struct arena *scratch = arena_new();
    struct place place = { export->fields, record };
    bool first = true;

    add_row(scratch, &export->piece, &place, &first);
    csv_end(&export->piece);
    arena_free(scratch);
    return export->piece.len >= STREAM_PIECE ? flush(export) : NULL;
}

static err export_rows(struct reply *rp, stream_write write, void *to, void *arg)
{
    struct export *export = arg;
    bool first = true;

    export->write = write;
    export->to = to;
    export->piece = buf_new(rp->rq->arena);
    add_heads(&export->piece, export->fields, STR(""), &first);
    csv_end(&export->piece);
    TRY(db_list_each(rp->rq->db, export->statement, export->params, export->fields, &export->query,
        export->record, export_row, export));
    return flush(export);
}

/* "commissions-2026-12-01.csv": after the address. */
static str file_name(const struct request *rq)
{
    str rest = str_of(rq->route->path), part = STR_NONE, name = STR("list");

    while (str_cut(&rest, '/', &part)) {
        if (part.len > 0 && part.at[0] != '{')
            name = part;
    }
    str day = instant_print_date(
        rq->arena, instant_plus_ms(rq->now, (int64_t)rq->offset_minutes * MINUTE_MS));
    return str_printf(rq->arena, "%" PRI_STR "-%" PRI_STR ".csv", STR_ARG(name), STR_ARG(day));
}

static const struct param *keep_params(struct arena *arena, const struct param *params)
{
    size_t count = 1;

    for (const struct param *at = params; at->name; at++)
        count++;
    struct param *kept = ARENA_ARRAY(arena, struct param, count);
    memcpy(kept, params, count * sizeof *kept);
    return kept;
}

static err reply_export(struct reply *rp, const struct statement *statement,
    const struct param *params, const struct fields *fields, const struct list_query *query)
{
    struct request *rq = rp->rq;
    struct export *export = ARENA_NEW(rq->arena, struct export);

    *export = (struct export){ .statement = statement,
        .params = keep_params(rq->arena, params),
        .fields = fields,
        .query = *query,
        .rq = rq,
        .record = arena_zero(rq->arena, fields->size) };
    export->query.limit = 0;
    export->query.after = STR_NONE;
    TRY(reply_file(rp, "text/csv; charset=utf-8", file_name(rq), STR("")));
    return reply_stream(rp, "text/csv; charset=utf-8", export_rows, export);
}

err reply_listing(struct reply *rp, const struct statement *statement, const struct param *params,
    const struct fields *fields, decorate_fn decorate)
{
    struct request *rq = rp->rq;
    str format = request_query(rq, "format");
    struct list_query query;
    struct page page = { 0 };

    TRY(request_list(rq, fields, &query));
    if (str_eq(format, STR("csv")) && (rq->route->flags & ROUTE_CSV))
        return reply_export(rp, statement, params, fields, &query);
    if (!str_empty(format) && !str_eq(format, STR("json")))
        return &NO_CSV;
    TRY(db_list(rq->db, statement, params, fields, &query, &page));
    return answer_list(rp, fields, &page, &query, decorate);
}
