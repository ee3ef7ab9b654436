/* Mistakes gathered while a request is read, and the document that tells them. */
#include "http/problem.h"

#include <string.h>

#include "http/parts.h"

static const struct err INVALID = { ERR_INVALID, "invalid", N_("Some fields need another look."),
    NULL };

/* ---- gathering
 * --------------------------------------------------------------------------------------- */

static void push(struct request *rq, struct problem problem)
{
    struct request_parts *parts = rq->parts;

    if (parts->problem_count == parts->problem_room) {
        size_t room = parts->problem_room ? parts->problem_room * 2 : 8;
        struct problem *more = ARENA_ARRAY(rq->arena, struct problem, room);
        if (parts->problem_count > 0)
            memcpy(more, parts->problems, parts->problem_count * sizeof *more);
        parts->problems = more;
        parts->problem_room = room;
    }
    parts->problems[parts->problem_count++] = problem;
}

void problem_say(struct request *rq, str path, err e, str message)
{
    enum { PROBLEMS_MOST = 100 };

    if (str_starts(path, STR("/")))
        path = str_from(path, 1);
    if (rq->parts->problem_count == PROBLEMS_MOST)
        return;
    push(rq, (struct problem){ .pointer = str_printf(rq->arena, "/%" PRI_STR, STR_ARG(path)),
                 .field = str_replace(rq->arena, path, STR("/"), STR("_")),
                 .code = e->code,
                 .message = message,
                 .kind = e->kind });
}

void problem_add(struct request *rq, str path, err e)
{
    problem_say(rq, path, e, lang_text(rq->lang, NULL, str_of(e->text)));
}

err request_problem(struct request *rq, const char *field, err e)
{
    problem_add(rq, str_of(field), e);
    return request_problems(rq);
}

str request_problem_of(const struct request *rq, const char *input)
{
    for (size_t i = 0; i < rq->parts->said_count; i++)
        if (str_eq(rq->parts->said[i].field, str_of(input)))
            return rq->parts->said[i].message;
    return STR_NONE;
}

err request_problems(struct request *rq)
{
    const struct problem *all = rq->parts->problems;
    size_t count = rq->parts->problem_count;
    enum err_kind kind = count ? all[0].kind : ERR_INVALID;
    const char *code = count ? all[0].code : NULL;

    if (count == 0)
        return NULL;
    for (size_t i = 1; i < count; i++) {
        if (all[i].kind != kind)
            kind = ERR_INVALID;
        if (strcmp(all[i].code, code) != 0)
            code = INVALID.code;
    }
    str text = count == 1 ? all[0].message : lang_text(rq->lang, NULL, str_of(INVALID.text));
    return err_make(rq->arena, kind, code, NULL, "%" PRI_STR, STR_ARG(text));
}

/* ---- telling
 * ------------------------------------------------------------------------------------------ */

static const struct {
    int status;
    const char *words, *title;
} statuses[] = {
    { 400, "Bad Request", N_("This cannot be read") },
    { 401, "Unauthorized", N_("Who is calling?") },
    { 403, "Forbidden", N_("This is not for you to do") },
    { 404, "Not Found", N_("There is no page at this address") },
    { 405, "Method Not Allowed", N_("This address does not answer that way") },
    { 409, "Conflict", N_("This does not fit what is there already") },
    { 413, "Content Too Large", N_("This is too large") },
    { 415, "Unsupported Media Type", N_("This kind of content is not taken here") },
    { 422, "Unprocessable Content", N_("A field is wrong") },
    { 429, "Too Many Requests", N_("Too often") },
    { 500, "Internal Server Error", N_("Something failed on our side") },
    { 503, "Service Unavailable", N_("Too busy just now") },
};

static size_t status_row(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i].status == status)
            return i;
    }
    return 10;
}

const char *problem_title(int status)
{
    return statuses[status_row(status)].title;
}

const char *status_words(int status)
{
    return statuses[status_row(status)].words;
}

str problem_detail(const struct request *rq, err e)
{
    if (e->kind == ERR_INTERNAL)
        return _(rq->lang, "It is not your mistake. It has been written down under this number.");
    return lang_text(rq->lang, NULL, str_of(e->text));
}

static void add_member(struct buf *out, const char *name, str value)
{
    buf_printf(out, "\"%s\":", name);
    buf_json(out, value);
    buf_char(out, ',');
}

static void add_error(struct buf *out, str pointer, const char *code, str message)
{
    buf_char(out, '{');
    add_member(out, "pointer", pointer);
    add_member(out, "code", str_of(code));
    buf_add(out, STR("\"message\":"));
    buf_json(out, message);
    buf_char(out, '}');
}

static void add_errors(struct buf *out, const struct request *rq, err e)
{
    const struct request_parts *parts = rq->parts;

    if (parts->problem_count == 0 && !e->field)
        return;
    buf_add(out, STR("\"errors\":["));
    for (size_t i = 0; i < parts->problem_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        add_error(
            out, parts->problems[i].pointer, parts->problems[i].code, parts->problems[i].message);
    }
    if (parts->problem_count == 0)
        add_error(out, str_printf(rq->arena, "/%s", e->field), e->code, problem_detail(rq, e));
    buf_add(out, STR("],"));
}

str problem_json(const struct request *rq, err e)
{
    struct buf out = buf_new(rq->arena);
    int status = (int)e->kind;
    const char *code = e->kind == ERR_INTERNAL ? "internal" : e->code;

    buf_char(&out, '{');
    add_member(&out, "type", str_printf(rq->arena, "urn:tributary:problem:%s", code));
    add_member(&out, "title", lang_text(rq->lang, NULL, str_of(problem_title(status))));
    buf_printf(&out, "\"status\":%d,", status);
    add_member(&out, "code", str_of(code));
    add_member(&out, "detail", problem_detail(rq, e));
    add_errors(&out, rq, e);
    buf_add(&out, STR("\"request_id\":"));
    buf_json(&out, rq->request_id);
    buf_char(&out, '}');
    return buf_str(&out);
}
