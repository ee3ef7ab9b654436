/* Pages: the view through its template, in a frame that knows the caller, his language and the last
 * message. */
#include <string.h>

#include "http/inside.h"
#include "view/asset.h"
#include "view/template.h"

enum { FLASH_LIVES_S = 120 };

/* ---- the message on the next page
 * ------------------------------------------------------------------------- */

void page_keep_flash(struct reply *rp)
{
    struct request *rq = rp->rq;

    if (str_empty(rp->flash))
        return;
    str text =
        str_printf(rq->arena, "%" PRI_STR "|%" PRI_STR, STR_ARG(rp->flash), STR_ARG(rp->undo));
    reply_cookie(rp, "flash", guard_sign(rq, text), FLASH_LIVES_S, true);
}

static str fill_words(struct request *rq, str words, str values)
{
    struct pairs pairs = pairs_new(rq->arena);

    if (!pairs_read_urlencoded(&pairs, values))
        return words;
    for (size_t i = 0; i < pairs.count; i++)
        words = lang_fill(
            rq->arena, words, str_c(rq->arena, pairs.at[i].name), pairs.at[i].value, NULL);
    return words;
}

static void show_flash(struct server *server, struct reply *rp, struct view *frame)
{
    struct request *rq = rp->rq;
    str cookie = request_cookie(rq, "flash"), undo = STR_NONE, code = STR_NONE;
    const char *tone = "good";
    size_t mark = 0;

    if (str_empty(cookie))
        return;
    reply_cookie(rp, "flash", STR(""), 0, true);
    undo = guard_open(rq, cookie);
    if (!undo.at || !str_cut(&undo, '|', &code) || !server->options.gate->flash)
        return;
    str values = str_find(code, '?', &mark) ? str_from(code, mark + 1) : STR("");
    const char *words =
        server->options.gate->flash(values.len ? str_first(code, mark) : code, &tone);
    if (!words)
        return;
    struct view *flash = view_object(frame, "flash");
    view_str(flash, "text", fill_words(rq, lang_text(rq->lang, NULL, str_of(words)), values));
    view_text(flash, "tone", tone);
    view_str(flash, "undo", undo.len ? undo : STR_NONE);
}

/* ---- the frame
 * ---------------------------------------------------------------------------------------------------
 */

static str url_in_language(const struct request *rq, const struct lang *lang)
{
    str here = rq->path;
    struct buf url = buf_new(rq->arena);
    const struct pairs *query = request_queries(rq);

    buf_printf(&url, "%" PRI_STR "?lang=%s", STR_ARG(here), lang->tag);
    for (size_t i = 0; i < query->count && rq->method == GET; i++) {
        if (str_eq(query->at[i].name, STR("lang")))
            continue;
        str name = str_url_encode(rq->arena, query->at[i].name);
        str value = str_url_encode(rq->arena, query->at[i].value);
        buf_printf(&url, "&%" PRI_STR "=%" PRI_STR, STR_ARG(name), STR_ARG(value));
    }
    return buf_str(&url);
}

static void add_languages(const struct request *rq, struct view *frame)
{
    struct view *list = view_list(frame, "languages");

    for (size_t i = 0; languages[i]; i++) {
        struct view *item = view_item(list);
        view_text(item, "tag", languages[i]->tag);
        view_text(item, "name", languages[i]->name);
        view_bool(item, "is_current", languages[i] == rq->lang);
        view_str(item, "url", url_in_language(rq, languages[i]));
    }
}

/* {{asset.tributary_css}}: the address that carries the content's hash. */
static void add_assets(const struct server *server, struct request *rq, struct view *frame)
{
    struct view *list = view_object(frame, "asset");

    for (const struct asset *a = server->options.assets; a && a->name; a++) {
        char *name = arena_alloc(rq->arena, strlen(a->name) + 1);
        for (size_t i = 0; i <= strlen(a->name); i++)
            name[i] = a->name[i] == '.' || a->name[i] == '-' ? '_' : a->name[i];
        view_str(list, name, str_printf(rq->arena, "/static/%s", a->hashed));
    }
}

static int64_t spent_us(const struct request *rq)
{
    return rq->env->ticks_us(rq->env) - rq->parts->began_us;
}

static err fill_frame(struct server *server, struct reply *rp, struct view *frame)
{
    struct request *rq = rp->rq;

    view_text(frame, "page_lang", rq->lang->tag);
    view_str(frame, "csrf", guard_token(rq));
    view_str(frame, "path", rq->path);
    view_str(frame, "prefix", request_prefix(rq));
    view_str(frame, "request_id", rq->request_id);
    view_instant(frame, "now", rq->now);
    view_bool(frame, "signed_in", rq->who->session_id != 0);
    add_languages(rq, frame);
    add_assets(server, rq, frame);
    show_flash(server, rp, frame);
    if (server->options.gate->frame)
        TRY(server->options.gate->frame(rq, rp, frame));
    view_int(frame, "page_ms", (spent_us(rq) + 999) / 1000);
    return NULL;
}

err page_print(struct server *server, struct reply *rp, const char *page, str *out_html)
{
    struct request *rq = rp->rq;
    struct view *frame = reply_frame(rp);
    struct buf html = buf_new(rq->arena);
    struct render render = {
        .lang = rq->lang, .now = rq->now, .offset_minutes = rq->offset_minutes
    };

    reply_form(rp);
    TRY(fill_frame(server, rp, frame));
    TRY(template_render(
        server->options.templates, page, reply_view(rp), frame, &render, rq->arena, &html));
    int64_t us = spent_us(rq);
    reply_header(rp, "Server-Timing",
        str_printf(
            rq->arena, "app;dur=%lld.%03lld", (long long)(us / 1000), (long long)(us % 1000)));
    *out_html = buf_str(&html);
    return NULL;
}
