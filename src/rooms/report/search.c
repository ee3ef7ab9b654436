/* One field over partners, orders and codes; the address of an id leads straight to it. */
#include "rooms/report/report_inside.h"

#include "base/buf.h"
#include "base/id.h"
#include "rooms/report/report.sql.h"

static str pattern(struct arena *arena, str search)
{
    struct buf b = buf_new(arena);

    search = str_lower(arena, search);
    buf_char(&b, '%');
    for (size_t i = 0; i < search.len; i++) {
        if (search.at[i] == '%' || search.at[i] == '_' || search.at[i] == '\\')
            buf_char(&b, '\\');
        buf_char(&b, search.at[i]);
    }
    buf_char(&b, '%');
    return buf_str(&b);
}

/* Ids that a person pastes: each has one page. */
static str page_of_id(struct arena *arena, str q)
{
    static const struct {
        const char *prefix, *path;
    } pages[] = {
        { "par", "/manage/partners/%.*s" },
        { "cnv", "/manage/debugger?o=%.*s" },
        { "com", "/manage/debugger?o=%.*s" },
        { "clk", "/manage/debugger?o=%.*s" },
        { "pay", "/manage/payouts/%.*s" },
        { "pln", "/manage/statements/%.*s" },
    };
    int64_t id;

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (id_read(pages[i].prefix, q, &id))
            return str_replace(arena, str_of(pages[i].path), STR("%.*s"), q);
    return STR_NONE;
}

static err show(struct request *rq, struct view *v, const char *name,
    const struct statement *statement, const char *prefix, str like, int64_t *found)
{
    struct view *list = view_list(v, name);
    struct list rows = { 0 };

    TRY(db_all(rq->db, statement, PARAMS(P("program_id", rq->program_id), P("like", like)),
        &report_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct report_row *row = (struct report_row *)rows.at + i;
        struct view *item = view_item(list);

        view_id(item, "id", prefix, row->key_id);
        view_str(item, "name", row->key);
        view_instant(item, "at", row->last_at);
    }
    *found += (int64_t)rows.count;
    return NULL;
}

err report_search(struct request *rq, struct reply *rp)
{
    str q = str_trim(request_query(rq, "q")), page, like;
    struct view *v = reply_view(rp);
    int64_t found = 0;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    view_str(v, "q", q);
    if (str_empty(q))
        return NULL;
    page = page_of_id(rq->arena, q);
    if (!str_empty(page))
        return reply_redirect(rp, 303, page);
    like = pattern(rq->arena, str_first(q, 100));
    TRY(show(rq, v, "partners", &REPORT_SEARCH_PARTNERS, "par", like, &found));
    TRY(show(rq, v, "orders", &REPORT_SEARCH_ORDERS, "cnv", like, &found));
    TRY(show(rq, v, "links", &REPORT_SEARCH_LINKS, "par", like, &found));
    TRY(show(rq, v, "coupons", &REPORT_SEARCH_COUPONS, "par", like, &found));
    view_int(v, "found", found);
    return NULL;
}
