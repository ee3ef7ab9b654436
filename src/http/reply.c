/* What handlers say; how it is printed is decided in answer.c. */
#include "http/reply.h"

#include <assert.h>
#include <stdarg.h>

#include "http/answer.h"
#include "http/parts.h"

struct view *reply_view(struct reply *rp)
{
    if (!rp->view)
        rp->view = view_new(rp->rq->arena);
    return rp->view;
}

struct view *reply_frame(struct reply *rp)
{
    if (!rp->frame)
        rp->frame = view_new(rp->rq->arena);
    return rp->frame;
}

struct view *reply_form(struct reply *rp)
{
    if (!rp->form)
        rp->form = view_object(reply_frame(rp), "form");
    return rp->form;
}

static bool is_header_safe(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c < 0x20 || c == 0x7F)
            return false;
    }
    return true;
}

void reply_header(struct reply *rp, const char *name, str value)
{
    assert(is_header_safe(value));
    if (!rp->headers) {
        rp->headers = ARENA_NEW(rp->rq->arena, struct pairs);
        *rp->headers = pairs_new(rp->rq->arena);
    }
    pairs_add(rp->headers, str_of(name), value);
}

void reply_cookie(struct reply *rp, const char *name, str value, int64_t max_age_s, bool http_only)
{
    struct buf cookie = buf_new(rp->rq->arena);

    buf_printf(&cookie, "%s=%" PRI_STR "; Path=/; SameSite=Lax", name, STR_ARG(value));
    if (max_age_s >= 0)
        buf_printf(&cookie, "; Max-Age=%lld", (long long)max_age_s);
    if (http_only)
        buf_add(&cookie, STR("; HttpOnly"));
    if (rp->rq->is_tls)
        buf_add(&cookie, STR("; Secure"));
    reply_header(rp, "Set-Cookie", buf_str(&cookie));
}

static void say_where(struct reply *rp, const char *flash, int api_status, str path)
{
    const struct request *rq = rp->rq;
    str prefix = request_prefix(rq);
    if (prefix.len > 0 && str_eq(path, STR("/")))
        path = STR(""); /* the first page of a surface stands at /manage itself */
    str where = str_printf(rq->arena, "%" PRI_STR "%" PRI_STR, STR_ARG(prefix), STR_ARG(path));

    if (answer_is_page(rq)) {
        rp->status = 303;
        rp->location = where;
        rp->flash = str_of(flash);
        return;
    }
    rp->status = api_status;
    if (api_status == 201)
        rp->location = where;
}

err reply_created(struct reply *rp, const char *flash, const char *path, ...)
{
    va_list list;

    va_start(list, path);
    say_where(rp, flash, 201, str_vprintf(rp->rq->arena, path, list));
    va_end(list);
    return NULL;
}

err reply_done(struct reply *rp, const char *flash, const char *path, ...)
{
    va_list list;

    va_start(list, path);
    say_where(rp, flash, 200, str_vprintf(rp->rq->arena, path, list));
    va_end(list);
    return NULL;
}

err reply_redirect(struct reply *rp, int status, str location)
{
    assert(status >= 300 && status < 400);
    assert(is_header_safe(location));
    rp->status = status;
    rp->location = location;
    rp->is_done = true;
    return NULL;
}

err reply_bytes(struct reply *rp, const char *content_type, str body)
{
    rp->content_type = content_type;
    rp->body = body;
    rp->is_done = true;
    return NULL;
}

/* Old clients read filename, others filename*: RFC 6266. */
static str disposition(struct arena *arena, str name)
{
    struct buf ascii = buf_new(arena);

    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.';
        buf_char(&ascii, plain ? c : '_');
    }
    str encoded = str_url_encode(arena, name), plain = buf_str(&ascii);
    return str_printf(arena, "attachment; filename=\"%" PRI_STR "\"; filename*=UTF-8''%" PRI_STR,
        STR_ARG(plain), STR_ARG(encoded));
}

err reply_file(struct reply *rp, const char *content_type, str file_name, str body)
{
    reply_header(rp, "Content-Disposition", disposition(rp->rq->arena, file_name));
    return reply_bytes(rp, content_type, body);
}

err reply_stream(struct reply *rp, const char *content_type, stream_fn fn, void *arg)
{
    rp->content_type = content_type;
    rp->stream = fn;
    rp->stream_arg = arg;
    rp->is_done = true;
    return NULL;
}
