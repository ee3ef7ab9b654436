/* catalogue: what translators filled, for the program.
 *
 *   catalogue build OUT.c en.po pl.po ru.po      tables for view/lang.c, in this order of languages
 *   catalogue check WORDS.pot pl.po ru.po        lists what is missing, fuzzy, unused or does not
 * fit; 1 when any is catalogue merge WORDS.pot pl.po              pl.po anew: the messages of
 * WORDS.pot with the translations it had
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "po.h"

static struct arena *arena;

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "catalogue: %s\n", what);
    exit(1);
}

static str read_file(const char *path)
{
    struct buf bytes = buf_new(arena);
    char part[65536];
    FILE *f = fopen(path, "rb");

    if (!f)
        stop(str_printf(arena, "cannot open %s", path).at);
    for (size_t got; (got = fread(part, 1, sizeof(part), f)) > 0;)
        buf_bytes(&bytes, part, got);
    if (ferror(f))
        stop(str_printf(arena, "cannot read %s", path).at);
    fclose(f);
    return buf_str(&bytes);
}

static void write_file(const char *path, str text)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(text.at, 1, text.len, f) != text.len || fclose(f) != 0)
        stop(str_printf(arena, "cannot write %s", path).at);
}

static struct po read_po(const char *path)
{
    struct po po;
    err failed = po_read(arena, path, read_file(path), &po);

    if (failed)
        stop(failed->text);
    return po;
}

/* build */

static str key_of(const struct po_entry *e)
{
    if (!e->context.at)
        return e->id;
    return str_printf(arena, "%" PRI_STR "\004%" PRI_STR, STR_ARG(e->context), STR_ARG(e->id));
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(
        key_of(*(const struct po_entry *const *)a), key_of(*(const struct po_entry *const *)b));
}

static void c_text(struct buf *out, str text)
{
    struct buf quoted = buf_new(arena);

    po_quote(&quoted, text);
    /* Cut behind the context's end, so that no digit of the msgid joins the octal escape. */
    buf_add(out, str_replace(arena, buf_str(&quoted), STR("\004"), STR("\\004\" \"")));
}

static size_t add_messages(struct buf *out, const struct po *po)
{
    const struct po_entry **sorted = ARENA_ARRAY(arena, const struct po_entry *, po->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < po->count; i++)
        if (!po->at[i].is_fuzzy && po_is_translated(&po->at[i], po->plural_count))
            sorted[count++] = &po->at[i];
    qsort(sorted, count, sizeof(sorted[0]), by_key);
    for (size_t i = 0; i < count; i++) {
        buf_add(out, STR("    { "));
        c_text(out, key_of(sorted[i]));
        buf_add(out, STR(",\n        { "));
        for (size_t form = 0; form < sorted[i]->form_count; form++) {
            c_text(out, sorted[i]->forms[form]);
            buf_add(out, STR(", "));
        }
        buf_add(out, STR("} },\n"));
    }
    return count;
}

static int build(int count, char **args)
{
    struct buf out = buf_new(arena), rows = buf_new(arena);

    buf_add(&out, STR("/* Made by tools/catalogue from po/. */\n#include \"view/catalogue.h\"\n"));
    for (int i = 1; i < count; i++) {
        struct po po = read_po(args[i]);
        size_t messages;

        buf_printf(&out, "\nstatic const struct message messages_%d[] = {\n", i);
        messages = add_messages(&out, &po);
        buf_add(&out, STR("    { NULL, { NULL } },\n};\n"));
        buf_printf(&rows, "    { \"%" PRI_STR "\", messages_%d, %zu },\n", STR_ARG(po.language), i,
            messages);
    }
    buf_add(&out, STR("\nconst struct catalogue catalogues[] = {\n"));
    buf_add(&out, buf_str(&rows));
    buf_add(&out, STR("};\n"));
    write_file(args[0], buf_str(&out));
    return 0;
}

/* check */

static int complain(const struct po *po, const struct po_entry *e, const char *what)
{
    printf("%s:%d: %s: \"%" PRI_STR "\"\n", po->path, e->line, what, STR_ARG(e->id));
    return 1;
}

static int check_one(const struct po *words, const struct po *po)
{
    int wrong = 0;

    for (size_t i = 0; i < words->count; i++) {
        const struct po_entry *word = &words->at[i], *e = po_find(po, word->context, word->id);

        if (!e)
            wrong += complain(words, word, str_printf(arena, "missing in %s", po->path).at);
        else if (!str_eq(e->plural, word->plural))
            wrong += complain(po, e, "another msgid_plural than the program's");
    }
    for (size_t i = 0; i < po->count; i++) {
        const struct po_entry *e = &po->at[i];
        const char *mismatch = po_mismatch(arena, e);

        if (!po_find(words, e->context, e->id))
            wrong += complain(po, e, "not used any more");
        else if (e->is_fuzzy)
            wrong += complain(po, e, "fuzzy");
        else if (!po_is_translated(e, po->plural_count))
            wrong += complain(po, e, "not translated");
        else if (mismatch)
            wrong += complain(po, e, mismatch);
    }
    return wrong;
}

static int check(int count, char **args)
{
    struct po words = read_po(args[0]);
    int wrong = 0;

    for (int i = 1; i < count; i++) {
        struct po po = read_po(args[i]);

        wrong += check_one(&words, &po);
    }
    return wrong ? 1 : 0;
}

/* merge */

static void add_line(struct buf *out, const char *word, str text)
{
    str rest = text, line;

    buf_printf(out, "%s ", word);
    if (!str_has(text, STR("\n"))) {
        po_quote(out, text);
        buf_char(out, '\n');
        return;
    }
    buf_add(out, STR("\"\"\n"));
    while (str_cut(&rest, '\n', &line)) {
        bool is_last = line.at + line.len == text.at + text.len;

        po_quote(out, is_last ? line : (str){ line.at, line.len + 1 });
        buf_char(out, '\n');
    }
}

static void add_entry(
    struct buf *out, const struct po_entry *word, const struct po_entry *known, unsigned forms)
{
    buf_char(out, '\n');
    if (word->references.at)
        buf_printf(out, "#: %" PRI_STR "\n", STR_ARG(word->references));
    if (known && known->is_fuzzy)
        buf_add(out, STR("#, fuzzy\n"));
    if (word->context.at)
        add_line(out, "msgctxt", word->context);
    add_line(out, "msgid", word->id);
    if (!word->plural.at) {
        add_line(out, "msgstr", known && !known->plural.at ? known->forms[0] : STR(""));
        return;
    }
    add_line(out, "msgid_plural", word->plural);
    for (unsigned i = 0; i < forms; i++)
        add_line(out, str_printf(arena, "msgstr[%u]", i).at,
            known && i < known->form_count && known->plural.at ? known->forms[i] : STR(""));
}

/* The head of the file, up to and with its header, stays as the translator wrote it. */
static str head_of(str text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.at[i] == '\n' && text.at[i + 1] == '\n')
            return str_first(text, i + 1);
    return text;
}

static int merge(int count, char **args)
{
    struct po words = read_po(args[0]);

    for (int i = 1; i < count; i++) {
        struct po po = read_po(args[i]);
        struct buf out = buf_new(arena);

        buf_add(&out, head_of(read_file(args[i])));
        for (size_t w = 0; w < words.count; w++)
            add_entry(&out, &words.at[w], po_find(&po, words.at[w].context, words.at[w].id),
                po.plural_count);
        write_file(args[i], buf_str(&out));
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int, char **);
    } verbs[] = { { "build", build }, { "check", check }, { "merge", merge } };

    arena = arena_new();
    for (size_t i = 0; argc >= 4 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 2, argv + 2);
    stop("build OUT.c en.po pl.po ru.po | check WORDS.pot pl.po … | merge WORDS.pot pl.po …");
}
