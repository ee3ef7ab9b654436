/* From a reply, or an error, to the bytes of an answer: headers, JSON, page, or what the handler
 * gave. */
#include <string.h>

#include "base/log.h"
#include "http/inside.h"
#include "http/problem.h"

static const struct err PAGE_LOST = { ERR_INTERNAL, "page_lost",
    "A page has neither template nor body.", NULL };

bool answer_is_page(const struct request *rq)
{
    if (rq->surface == MANAGE || rq->surface == PORTAL)
        return true;
    if (rq->surface == API || (rq->route && (rq->route->flags & (ROUTE_CORS | ROUTE_TEST))))
        return false;
    return rq->parts->body_kind != BODY_JSON && !str_starts(rq->path, STR("/t/")) &&
           !str_starts(request_header(rq, "accept"), STR("application/json"));
}

/* ---- headers
 * -------------------------------------------------------------------------------------------------
 */

#define CSP                                                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri "      \
    "'none'; "                                                                                     \
    "object-src 'none'; frame-ancestors 'none'"

static void line(struct buf *out, const char *name, str value)
{
    buf_printf(out, "%s: %" PRI_STR "\r\n", name, STR_ARG(value));
}

static void safe_headers(
    struct buf *out, const struct request *rq, bool is_html, const char *referrer_policy)
{
    bool shared = rq->route && (rq->route->flags & ROUTE_CORS);

    line(out, "X-Request-Id", rq->request_id);
    line(out, "X-Content-Type-Options", STR("nosniff"));
    if (referrer_policy)
        line(out, "Referrer-Policy", str_of(referrer_policy));
    line(out, "Cross-Origin-Opener-Policy", STR("same-origin"));
    line(out, "Cross-Origin-Resource-Policy", shared ? STR("cross-origin") : STR("same-origin"));
    line(out, "Content-Security-Policy",
        is_html ? STR(CSP)
                : STR("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action "
                      "'none'"));
    line(out, "Permissions-Policy",
        STR("camera=(), microphone=(), geolocation=(), payment=(), usb=()"));
    if (rq->is_tls)
        line(out, "Strict-Transport-Security", STR("max-age=31536000; includeSubDomains"));
    if (shared)
        line(out, "Access-Control-Allow-Origin", STR("*"));
    if (rq->surface == API)
        line(out, "Vary", STR("Authorization"));
}

void answer_headers(struct buf *out, const struct request *rq, bool is_html)
{
    safe_headers(out, rq, is_html, "same-origin");
}

static bool has_header(const struct reply *rp, const char *name)
{
    return rp->headers && pairs_first_nocase(rp->headers, str_of(name)).at;
}

static struct answer finish(struct request *rq, struct reply *rp, const char *type, str body)
{
    struct buf headers = buf_new(rq->arena);
    bool is_html = type && str_starts(str_of(type), STR("text/html"));

    page_keep_flash(rp);
    safe_headers(&headers, rq, is_html, has_header(rp, "Referrer-Policy") ? NULL : "same-origin");
    if (type)
        line(&headers, "Content-Type", str_of(type));
    if (!has_header(rp, "Cache-Control"))
        line(&headers, "Cache-Control", STR("no-store"));
    if (rp->location.at)
        line(&headers, "Location", rp->location);
    if (rp->retry_after_s > 0)
        line(&headers, "Retry-After", str_printf(rq->arena, "%lld", (long long)rp->retry_after_s));
    for (size_t i = 0; rp->headers && i < rp->headers->count; i++)
        line(&headers, rp->headers->at[i].name.at, rp->headers->at[i].value);
    return (struct answer){
        .status = rp->status ? rp->status : 200, .headers = buf_str(&headers), .body = body
    };
}

/* ---- replies
 * ----------------------------------------------------------------------------------------------------
 */

static struct answer print_json(struct request *rq, struct reply *rp)
{
    struct buf body = buf_new(rq->arena);

    if (rp->status == 204)
        return finish(rq, rp, NULL, STR(""));
    view_json(reply_view(rp), &body);
    return finish(rq, rp, "application/json", buf_str(&body));
}

struct answer answer_reply(struct server *server, struct request *rq, struct reply *rp)
{
    const char *page = rp->page ? rp->page : rq->route ? rq->route->page : NULL;
    str html = STR_NONE;

    if (rp->is_done)
        return finish(rq, rp, rp->content_type, rp->body);
    if (rp->status >= 300 && rp->status < 400)
        return finish(rq, rp, NULL, STR(""));
    bool has_page = page && server->options.templates;
    if (!answer_is_page(rq) || (rq->surface == PUBLIC && !has_page) || !server->options.templates)
        return print_json(rq, rp);
    if (!page)
        return answer_error(server, rq, NULL, &PAGE_LOST);
    err e = page_print(server, rp, page, &html);
    return e ? answer_error(server, rq, NULL, e) : finish(rq, rp, "text/html; charset=utf-8", html);
}

struct answer answer_redirect(struct request *rq, int status, str location)
{
    struct reply *rp = ARENA_NEW(rq->arena, struct reply);

    rp->rq = rq;
    rp->status = status;
    rp->location = location;
    return finish(rq, rp, NULL, STR(""));
}

/* ---- errors
 * -------------------------------------------------------------------------------------------------------
 */

static void add_error_headers(struct request *rq, struct reply *rp, err e)
{
    rp->status = (int)e->kind;
    if (e->kind == ERR_BUSY || e->kind == ERR_TOO_MANY)
        rp->retry_after_s = rq->retry_after_s > 0 ? rq->retry_after_s : 1;
    else
        rp->retry_after_s = rq->retry_after_s;
    if (e->kind == ERR_NO_KEY && !answer_is_page(rq))
        reply_header(rp, "WWW-Authenticate", STR("Bearer realm=\"tributary\""));
}

static struct answer error_page(struct server *server, struct request *rq, struct reply *rp, err e)
{
    struct view *view = reply_view(rp);
    const char *page = server->options.templates ? server->options.error_page : NULL;
    int status = (int)e->kind;
    str html = STR_NONE;

    view_int(view, "status", status);
    view_words(view, "title", problem_title(status));
    view_str(view, "detail", problem_detail(rq, e));
    view_str(view, "request_id", rq->request_id);
    view_instant(view, "at", rq->now);
    view_bool(view, "is_404", status == 404);
    view_bool(view, "is_403", status == 403);
    view_bool(view, "is_500", status == 500);
    view_bool(view, "is_503", status == 503);
    err failed = page ? page_print(server, rp, page, &html) : &PAGE_LOST;
    if (!failed)
        return finish(rq, rp, "text/html; charset=utf-8", html);
    if (page)
        log_line(LOG_ERROR, "the error page failed: %s: %s", failed->code, failed->text);
    str detail = problem_detail(rq, e);
    return finish(rq, rp, "text/plain; charset=utf-8",
        str_printf(rq->arena, "%d %s\n%" PRI_STR "\n%" PRI_STR "\n", status, status_words(status),
            STR_ARG(detail), STR_ARG(rq->request_id)));
}

static str sign_in_address(struct request *rq)
{
    if (rq->method != GET)
        return STR("/sign-in");
    str here = str_empty(rq->query) ? rq->path
                                    : str_printf(rq->arena, "%" PRI_STR "?%" PRI_STR,
                                          STR_ARG(rq->path), STR_ARG(rq->query));
    str next = str_url_encode(rq->arena, here);
    return str_printf(rq->arena, "/sign-in?next=%" PRI_STR, STR_ARG(next));
}

struct answer answer_error(struct server *server, struct request *rq, struct reply *failed, err e)
{
    struct reply *rp = ARENA_NEW(rq->arena, struct reply);
    struct answer again;

    rp->rq = rq;
    rp->headers = failed ? failed->headers : NULL;
    if (e->kind == ERR_INTERNAL)
        log_line(LOG_ERROR, "%s path=%" PRI_STR " request_id=%" PRI_STR ": %s", e->code,
            STR_ARG(rq->path), STR_ARG(rq->request_id), e->text);
    add_error_headers(rq, rp, e);
    if (!answer_is_page(rq))
        return finish(rq, rp, "application/problem+json", problem_json(rq, e));
    if (e->kind == ERR_NO_KEY)
        return answer_redirect(rq, 303, sign_in_address(rq));
    /* The console without any programme yet: its first page knows what to do next. */
    if (rq->surface == MANAGE && rq->method == GET && strcmp(e->code, "program_needed") == 0)
        return answer_redirect(rq, 303, STR("/manage"));
    if (page_again(server, rq, e, &again))
        return again;
    return error_page(server, rq, rp, e);
}
