/* The handbook at /docs: the chapters of docs/handbook, part of the program. Anybody may read it.
 */
#include "handbook.h"
#include "rooms/room.h"
#include "view/markdown.h"

static const struct err NO_CHAPTER = { ERR_NOT_FOUND, "not_found",
    N_("The handbook has no such chapter."), NULL };

/* The first line of a chapter is its title: "# Connect the shop". */
static str title_of(str text)
{
    str line = STR("");

    (void)str_cut(&text, '\n', &line);
    return str_starts(line, STR("# ")) ? str_from(line, 2) : line;
}

static str body_of(str text)
{
    str line;

    (void)str_cut(&text, '\n', &line);
    return text;
}

/* "2-connect" stands at /docs/connect: numbers only put chapters in order. */
static str name_of(const struct template_source *chapter)
{
    str name = str_of(chapter->name);
    size_t dash;

    return str_find(name, '-', &dash) ? str_from(name, dash + 1) : name;
}

static const struct template_source *find(str name)
{
    for (const struct template_source *c = handbook; c->name; c++)
        if (str_eq(name_of(c), name))
            return c;
    return NULL;
}

static err docs_show(struct request *rq, struct reply *rp)
{
    str name = request_param(rq, "chapter");
    const struct template_source *chapter = str_empty(name) ? handbook : find(name);
    struct view *v = reply_view(rp), *list = view_list(v, "chapters");
    str html;

    if (!chapter || !chapter->name)
        return &NO_CHAPTER;
    for (const struct template_source *c = handbook; c->name; c++) {
        struct view *item = view_item(list);

        view_str(item, "name", name_of(c));
        view_str(item, "title", title_of(str_of(c->text)));
        view_bool(item, "chosen", c == chapter);
    }
    view_str(v, "title", title_of(str_of(chapter->text)));
    /* Addresses of this installation, so that what is copied works. */
    TRY(markdown_html(rq->arena,
        str_replace(rq->arena, body_of(str_of(chapter->text)), STR("{base}"), rq->base_url),
        &html));
    view_html(v, "html", html);
    return NULL;
}

/* clang-format off */
static const struct route docs_routes[] = {
    { GET, "/docs",           PUBLIC, NEEDS_NOTHING, docs_show, "app/docs" },
    { GET, "/docs/{chapter}", PUBLIC, NEEDS_NOTHING, docs_show, "app/docs" },
    { 0 },
};
/* clang-format on */

const struct room docs_room = { .name = "docs", .routes = docs_routes };
