/* Fuzz target: pages. The input is a page, a part and what is shown, cut at 0xff bytes; whatever
 * the page is, a value must not come out as markup. */
#include "base/arena.h"
#include "base/buf.h"
#include "view/template.h"
#include "view/tree.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/* Every text becomes one that would open a tag or leave a quote. */
static void make_evil(struct view *v)
{
    if (v->kind == VIEW_STR)
        v->text = STR("\"'><EVIL");
    for (struct view *child = v->first; child; child = child->next)
        make_evil(child);
}

static struct view *shown(struct arena *arena, str json)
{
    struct view *v = view_read_json(arena, json);
    static const char *const states[] = { "on", "off", NULL };

    if (!v || v->kind != VIEW_OBJECT)
        v = view_new(arena);
    make_evil(v);
    view_text(v, "x", "javascript:\"'><EVIL");
    view_int(v, "n", 5);
    view_money(v, "m", (amount){ 1250, { "EUR" } });
    view_instant(v, "t", (instant){ INT64_C(1780000000000) });
    view_enum(v, "e", states, 1);
    view_html(v, "h", STR("<i>"));
    view_raw(v, "r", STR("{\"a\":[1,{\"b\":\"<EVIL\"}]}"));
    view_words(v, "w", "<EVIL {x}");
    view_item_str(view_list(v, "l"), STR("<EVIL"));
    return v;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    str input = { (const char *)bytes, size }, page = STR_NONE, part = STR_NONE;
    struct template_source sources[] = { { "t/main", NULL }, { "t/part", NULL }, { NULL, NULL } };
    struct templates *ts;

    str_cut(&input, '\xff', &page);
    str_cut(&input, '\xff', &part);
    sources[0].text = str_c(arena, page);
    sources[1].text = str_c(arena, part);
    if (!templates_open(sources, NULL, false, &ts)) {
        /* What the page says by itself is its author's business. */
        bool is_own = str_has(page, STR("V")) || str_has(part, STR("V"));

        for (size_t i = 0; languages[i]; i++) {
            struct render how = { .lang = languages[i] };
            struct buf out = buf_new(arena);
            err failed =
                template_render(ts, "t/main", shown(arena, input), NULL, &how, arena, &out);

            assert(!failed || failed->text);
            assert(is_own || !str_has(buf_str(&out), STR("<EVIL")));
        }
    }
    templates_close(ts);
    arena_free(arena);
    return 0;
}
