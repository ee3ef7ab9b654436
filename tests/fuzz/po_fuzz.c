/* Fuzz target: .po files. What is read can be found, and its messages say what a translation
 * breaks. */
#include "base/arena.h"
#include "base/buf.h"
#include "../../tools/po.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void quote_entry(struct buf *out, const struct po_entry *e)
{
    if (e->context.at) {
        buf_add(out, STR("\nmsgctxt "));
        po_quote(out, e->context);
    }
    buf_add(out, STR("\nmsgid "));
    po_quote(out, e->id);
    if (e->plural.at) {
        buf_add(out, STR("\nmsgid_plural "));
        po_quote(out, e->plural);
    }
    for (size_t i = 0; i < e->form_count; i++) {
        if (e->plural.at)
            buf_printf(out, "\nmsgstr[%zu] ", i);
        else
            buf_add(out, STR("\nmsgstr "));
        po_quote(out, e->forms[i]);
    }
    buf_add(out, STR("\n\n"));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    struct po po, again;
    struct buf out = buf_new(arena);
    err failed = po_read(arena, "x.po", (str){ (const char *)bytes, size }, &po);

    if (failed) {
        assert(str_starts(str_of(failed->text), STR("x.po:")));
        arena_free(arena);
        return 0;
    }
    buf_printf(&out,
        "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=%u; "
        "x\\n\"\n",
        po.plural_count);
    for (size_t i = 0; i < po.count; i++) {
        const struct po_entry *e = &po.at[i];

        assert(po_find(&po, e->context, e->id) == e);
        assert(po_is_translated(e, po.plural_count) || e->form_count);
        po_mismatch(arena, e);
        quote_entry(&out, e);
    }
    assert(!po_read(arena, "x.po", buf_str(&out), &again) && again.count == po.count);
    for (size_t i = 0; i < po.count; i++)
        assert(
            str_eq(again.at[i].id, po.at[i].id) && str_eq(again.at[i].forms[0], po.at[i].forms[0]));
    arena_free(arena);
    return 0;
}
