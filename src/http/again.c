/* After a refused form: the page it stood on once more, with the mistakes beside the fields and
 * what the person typed still in them. */
#include <string.h>

#include "http/inside.h"
#include "http/problem.h"

/* ---- which page
 * -------------------------------------------------------------------------------------------- */

static bool is_page_row(const struct request *rq, const struct route *row)
{
    return row->method == GET && row->page && (row->shown_on & rq->surface) &&
           who_may(rq->who, row->needs);
}

/* Every {name} of the row's path must be known from the address that was posted to. */
static bool has_params(const struct request *rq, const struct route *row)
{
    str rest = str_of(row->path), part = STR_NONE;

    while (str_cut(&rest, '/', &part)) {
        if (part.len > 2 && part.at[0] == '{' &&
            !pairs_first(&rq->parts->params, str_first(str_from(part, 1), part.len - 2)).at)
            return false;
    }
    return true;
}

static const struct route *row_of_template(struct server *server, const struct request *rq)
{
    const struct route *const *rows;
    size_t count = server_routes(server, &rows);

    for (size_t i = 0; i < count && rq->route->page; i++) {
        if (is_page_row(rq, rows[i]) && strcmp(rows[i]->page, rq->route->page) == 0 &&
            has_params(rq, rows[i]))
            return rows[i];
    }
    return NULL;
}

/* /partners/par_1/approve has no page of its own; the button stood on /partners/par_1. */
static const struct route *row_above(struct server *server, const struct request *rq)
{
    str path = rq->path, prefix = request_prefix(rq);
    struct route_match match;

    while (path.len > prefix.len + 1) {
        enum route_found found = router_find(server->router, GET, path, &match);
        if (found == ROUTE_FOUND && match.surface == rq->surface && is_page_row(rq, match.route) &&
            has_params(rq, match.route))
            return match.route;
        do
            path.len--;
        while (path.len > 0 && path.at[path.len] != '/');
    }
    return NULL;
}

/* ---- what it shows
 * ---------------------------------------------------------------------------------------------- */

static bool is_private(str name)
{
    static const char *const words[] = { "password", "secret", "csrf", "_method", "token" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (memmem(name.at, name.len, words[i], strlen(words[i])))
            return true;
    }
    return false;
}

/* Enums and flags as the page's conditions ask for them, by the table that the body was read by. */
static void show_value(struct view *form, const struct fields *fields, const char *name, str text)
{
    const struct field *f = fields ? fields_find(fields, str_of(name)) : NULL;

    for (unsigned i = 0; f && f->kind == KIND_ENUM && f->names[i]; i++) {
        if (str_eq(str_of(f->names[i]), str_trim(text))) {
            view_enum(form, name, f->names, i);
            return;
        }
    }
    if (f && f->kind == KIND_BOOL)
        view_bool(form, name,
            str_eq(text, STR("1")) || str_eq(text, STR("on")) || str_eq(text, STR("true")));
    else
        view_str(form, name, text);
}

static void show_typed(struct request *rq, struct reply *rp)
{
    const struct pairs *sent = &rq->parts->form;
    const struct fields *fields = rq->parts->fields ? rq->parts->fields : rq->route->takes;
    struct view *form = reply_form(rp);

    for (size_t i = 0; i < sent->count; i++) {
        if (sent->at[i].name.len > 0 && !is_private(sent->at[i].name))
            show_value(form, fields, str_c(rq->arena, sent->at[i].name), sent->at[i].value);
    }
}

static void show_problems(struct request *rq, struct reply *rp, err e)
{
    struct view *problem = view_object(reply_frame(rp), "problem");
    struct view *list = view_list(problem, "list"), *beside = view_object(reply_frame(rp), "error");

    view_str(problem, "detail", problem_detail(rq, e));
    view_text(problem, "code", e->code);
    if (rq->parts->problem_count == 0 && e->field)
        problem_add(rq, str_of(e->field), e);
    for (size_t i = 0; i < rq->parts->problem_count; i++) {
        const struct problem *p = &rq->parts->problems[i];
        struct view *item = view_item(list);
        view_str(item, "field", p->field);
        view_str(item, "message", p->message);
        view_str(beside, str_c(rq->arena, p->field), p->message);
    }
}

static bool may_be_shown(const struct request *rq, err e)
{
    return rq->method != GET && rq->route && answer_is_page(rq) &&
           (e->kind == ERR_INVALID || e->kind == ERR_CONFLICT || e->kind == ERR_TOO_MANY ||
               e == &CSRF_FORM);
}

bool page_again(struct server *server, struct request *rq, err e, struct answer *out)
{
    const struct route *row = NULL;

    if (may_be_shown(rq, e))
        row = row_of_template(server, rq);
    if (may_be_shown(rq, e) && !row)
        row = row_above(server, rq);
    if (!row)
        return false;
    /* The row reads its own query and finds no body; mistakes of the form are not its own. */
    struct request *again = ARENA_NEW(rq->arena, struct request);
    struct request_parts *parts = ARENA_NEW(rq->arena, struct request_parts);
    struct reply *rp = ARENA_NEW(rq->arena, struct reply);
    *again = *rq;
    *parts = *rq->parts;
    again->parts = parts;
    again->method = GET;
    again->route = row;
    parts->typed = &rq->parts->form;
    parts->form = pairs_new(rq->arena);
    parts->body_kind = BODY_NONE;
    parts->said = rq->parts->problems;
    parts->said_count = rq->parts->problem_count;
    parts->problem_count = parts->problem_room = 0;
    rp->rq = again;
    if (row->handler(again, rp) || rp->is_done || (rp->status != 0 && rp->status != 200))
        return false;
    show_problems(rq, rp, e);
    show_typed(rq, rp);
    rp->status = (int)e->kind;
    rp->retry_after_s = rq->retry_after_s;
    *out = answer_reply(server, again, rp);
    return true;
}
