/* words: every message of the program, for translators.
 *
 *   words OUT.pot ROOT       reads ROOT/src: pages/ through the compiler of templates itself, C by
 * its tokens
 *
 * In C these hold messages: N_("…")  _(lang, "…")  lang_text(lang, "context", STR("…"))
 * lang_plural(lang, STR("…"), STR("…"), n)  view_words(v, "name", "…")  view_words_in(v, "name",
 * "context", "…") and the text of a struct err.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "po.h"
#include "view/template_node.h"

struct word {
    str context, id, plural;
    struct buf references;
    int reference_count;
};

static struct arena *arena;
static struct word *words;
static size_t word_count, word_room;

enum { REFERENCES_MAX = 3 };

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "words: %s\n", what);
    exit(1);
}

static struct word *word_for(str context, str id)
{
    for (size_t i = 0; i < word_count; i++)
        if (str_eq(words[i].id, id) && str_eq(words[i].context, context) &&
            !words[i].context.at == !context.at)
            return &words[i];
    if (word_count == word_room) {
        struct word *larger;

        word_room = word_room ? word_room * 2 : 256;
        larger = ARENA_ARRAY(arena, struct word, word_room);
        if (word_count)
            memcpy(larger, words, word_count * sizeof(*larger));
        words = larger;
    }
    words[word_count] = (struct word){ context, id, STR_NONE, buf_new(arena), 0 };
    return &words[word_count++];
}

static void note(const char *path, int line, str context, str id, str plural)
{
    struct word *w;

    if (id.len == 0)
        return;
    w = word_for(context, id);
    if (plural.at)
        w->plural = plural;
    if (w->reference_count++ < REFERENCES_MAX)
        buf_printf(&w->references, "%s%s:%d", w->references.len ? " " : "", path, line);
}

/* Pages */

static void take_nodes(const char *path, const struct node *nodes)
{
    for (const struct node *n = nodes; n; n = n->next) {
        if (n->kind == NODE_WORDS || n->kind == NODE_PLURAL)
            note(path, n->line, str_of(n->context), n->msgid, n->many);
        else
            take_nodes(path, n->children);
    }
}

static void take_page(const char *path, str text)
{
    struct node *nodes;
    err failed = template_parse(arena, path, text, &nodes);

    if (!failed)
        failed = template_translate(arena, path, nodes);
    if (failed)
        stop(failed->text);
    take_nodes(path, nodes);
}

/* C: names, strings and single letters; comments and directives are skipped. */

struct token {
    enum { TOKEN_NAME, TOKEN_STRING, TOKEN_SIGN } is;
    str text; /* of a string: what it means */
    int line;
};

struct source {
    const char *path;
    const char *at, *end;
    int line;
    struct token *tokens;
    size_t count, room;
};

static void add_token(struct source *s, struct token t)
{
    if (s->count == s->room) {
        struct token *larger;

        s->room = s->room ? s->room * 2 : 4096;
        larger = ARENA_ARRAY(arena, struct token, s->room);
        if (s->count)
            memcpy(larger, s->tokens, s->count * sizeof(*larger));
        s->tokens = larger;
    }
    s->tokens[s->count++] = t;
}

static bool is_name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void skip_to(struct source *s, const char *what)
{
    size_t len = strlen(what);

    while (
        s->at < s->end && !str_starts((str){ s->at, (size_t)(s->end - s->at) }, (str){ what, len }))
        s->line += *s->at++ == '\n';
    s->at += s->at < s->end ? len : 0;
    s->line += len == 1 && *what == '\n';
}

static void skip_directive(struct source *s)
{
    while (s->at < s->end && *s->at != '\n') {
        if (*s->at == '\\' && s->at + 1 < s->end && s->at[1] == '\n') {
            s->line++;
            s->at++;
        }
        s->at++;
    }
}

static char escaped(struct source *s)
{
    char c = *s->at++;

    if (c >= '0' && c <= '7') {
        int code = c - '0';

        for (int i = 0; i < 2 && s->at < s->end && *s->at >= '0' && *s->at <= '7'; i++)
            code = code * 8 + (*s->at++ - '0');
        return (char)code;
    }
    if (c == 'x') {
        char hex[3] = { 0 };

        for (int i = 0; i < 2 && s->at < s->end && is_name_letter(*s->at); i++)
            hex[i] = *s->at++;
        return (char)strtol(hex, NULL, 16);
    }
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static void read_string(struct source *s)
{
    struct buf text = buf_new(arena);
    int line = s->line;

    while (s->at < s->end && *s->at != '"') {
        char c = *s->at++;

        if (c == '\n')
            stop(str_printf(arena, "%s:%d: a text without an end", s->path, line).at);
        buf_char(&text, c == '\\' && s->at < s->end ? escaped(s) : c);
    }
    s->at++;
    add_token(s, (struct token){ TOKEN_STRING, text.len ? buf_str(&text) : STR(""), line });
}

static void read_letter(struct source *s)
{
    while (s->at < s->end && *s->at != '\'') {
        if (*s->at == '\\')
            s->at++;
        s->at++;
    }
    s->at++;
}

static void tokenize(struct source *s)
{
    bool is_line_start = true;

    while (s->at < s->end) {
        char c = *s->at++;
        bool was_line_start = is_line_start;

        is_line_start = c == '\n' || (is_line_start && (c == ' ' || c == '\t'));
        if (c == '\n') {
            s->line++;
        } else if (c == '/' && s->at < s->end && *s->at == '*') {
            skip_to(s, "*/");
        } else if (c == '/' && s->at < s->end && *s->at == '/') {
            skip_to(s, "\n");
            is_line_start = true;
        } else if (c == '#' && was_line_start) {
            skip_directive(s);
        } else if (c == '"') {
            read_string(s);
        } else if (c == '\'') {
            read_letter(s);
        } else if (is_name_letter(c)) {
            const char *from = s->at - 1;

            while (s->at < s->end && is_name_letter(*s->at))
                s->at++;
            add_token(s, (struct token){ TOKEN_NAME, { from, (size_t)(s->at - from) }, s->line });
        } else if (c != ' ' && c != '\t') {
            add_token(s, (struct token){ TOKEN_SIGN, { s->at - 1, 1 }, s->line });
        }
    }
}

static bool is_sign(const struct source *s, size_t i, char c)
{
    return i < s->count && s->tokens[i].is == TOKEN_SIGN && s->tokens[i].text.at[0] == c;
}

static bool is_named(const struct source *s, size_t i, const char *name)
{
    return i < s->count && s->tokens[i].is == TOKEN_NAME && str_eq(s->tokens[i].text, str_of(name));
}

struct range {
    size_t from, to;
};

enum { ARGS_MAX = 8 };

/* What stands between the commas behind the bracket at `open`. */
static size_t args_at(const struct source *s, size_t open, struct range *out)
{
    size_t count = 0, from = open + 1;
    int depth = 1;

    for (size_t i = open + 1; i < s->count && depth > 0; i++) {
        if (is_sign(s, i, '(') || is_sign(s, i, '{') || is_sign(s, i, '['))
            depth++;
        if (is_sign(s, i, ')') || is_sign(s, i, '}') || is_sign(s, i, ']'))
            depth--;
        if (depth == 0 || (depth == 1 && is_sign(s, i, ','))) {
            if (count < ARGS_MAX)
                out[count++] = (struct range){ from, i };
            from = i + 1;
        }
    }
    return count;
}

/* A text alone, or inside STR() or N_(); none for anything else. */
static str text_of(const struct source *s, struct range r)
{
    struct buf text = buf_new(arena);

    if ((is_named(s, r.from, "STR") || is_named(s, r.from, "N_")) && is_sign(s, r.from + 1, '(') &&
        is_sign(s, r.to - 1, ')')) {
        r.from += 2;
        r.to--;
    }
    if (r.from >= r.to)
        return STR_NONE;
    for (size_t i = r.from; i < r.to; i++) {
        if (s->tokens[i].is != TOKEN_STRING)
            return STR_NONE;
        buf_add(&text, s->tokens[i].text);
    }
    return text.len ? buf_str(&text) : STR("");
}

static const struct call {
    const char *name;
    int context, id, plural; /* which argument, from 1; 0: none */
} calls[] = {
    { "N_", 0, 1, 0 },
    { "_", 0, 2, 0 },
    { "lang_text", 2, 3, 0 },
    { "lang_plural", 0, 2, 3 },
    { "view_words", 0, 3, 0 },
    { "view_words_in", 3, 4, 0 },
};

static str argument(const struct source *s, const struct range *args, size_t count, int which)
{
    return which > 0 && (size_t)which <= count ? text_of(s, args[which - 1]) : STR_NONE;
}

static void take_call(const struct source *s, size_t i, const struct call *call)
{
    struct range args[ARGS_MAX];
    size_t count = args_at(s, i + 1, args);
    str id = argument(s, args, count, call->id);

    if (id.at)
        note(s->path, s->tokens[i].line, argument(s, args, count, call->context), id,
            argument(s, args, count, call->plural));
}

/* struct err NAME = { KIND, "code", "text", … }; with N_ around it, the call has been taken
 * already. */
static void take_error(const struct source *s, size_t i)
{
    struct range args[ARGS_MAX];
    size_t count;

    if (!is_named(s, i + 1, "err") || !is_sign(s, i + 3, '=') || !is_sign(s, i + 4, '{'))
        return;
    count = args_at(s, i + 4, args);
    if (count >= 3 && !is_named(s, args[2].from, "N_"))
        note(s->path, s->tokens[i].line, STR_NONE, text_of(s, args[2]), STR_NONE);
}

static void take_source(const char *path, str text)
{
    struct source s = { .path = path, .at = text.at, .end = text.at + text.len, .line = 1 };

    tokenize(&s);
    for (size_t i = 0; i < s.count; i++) {
        if (is_named(&s, i, "struct"))
            take_error(&s, i);
        for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
            if (is_named(&s, i, calls[c].name) && is_sign(&s, i + 1, '('))
                take_call(&s, i, &calls[c]);
    }
}

/* The tree */

static str read_file(const char *path)
{
    struct buf bytes = buf_new(arena);
    char part[65536];
    FILE *f = fopen(path, "rb");

    if (!f)
        stop(str_printf(arena, "cannot open %s", path).at);
    for (size_t got; (got = fread(part, 1, sizeof(part), f)) > 0;)
        buf_bytes(&bytes, part, got);
    fclose(f);
    return buf_str(&bytes);
}

static void take_file(const char *root, const char *path)
{
    str name = str_of(path);
    const char *whole = str_printf(arena, "%s/%s", root, path).at;

    if (str_ends(name, STR("_test.c")))
        return;
    if (str_ends(name, STR(".c")) || str_ends(name, STR(".h")))
        take_source(path, read_file(whole));
    else if (str_has(name, STR("/pages/")) &&
             (str_ends(name, STR(".html")) || str_ends(name, STR(".txt"))))
        take_page(path, read_file(whole));
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void take_folder(const char *root, const char *path)
{
    struct dirent **entries;
    int count = scandir(str_printf(arena, "%s/%s", root, path).at, &entries, not_hidden, alphasort);

    if (count < 0)
        stop(str_printf(arena, "cannot read the folder %s/%s", root, path).at);
    for (int i = 0; i < count; i++) {
        const char *below = str_printf(arena, "%s/%s", path, entries[i]->d_name).at;
        struct stat st;

        if (stat(str_printf(arena, "%s/%s", root, below).at, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                take_folder(root, below);
            else
                take_file(root, below);
        }
        free(entries[i]);
    }
    free(entries);
}

static void print_word(struct buf *out, struct word *w)
{
    buf_printf(out, "\n#: %" PRI_STR "\n", STR_ARG(buf_str(&w->references)));
    if (w->context.at) {
        buf_add(out, STR("msgctxt "));
        po_quote(out, w->context);
        buf_char(out, '\n');
    }
    buf_add(out, STR("msgid "));
    po_quote(out, w->id);
    if (w->plural.at) {
        buf_add(out, STR("\nmsgid_plural "));
        po_quote(out, w->plural);
        buf_add(out, STR("\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n"));
    } else {
        buf_add(out, STR("\nmsgstr \"\"\n"));
    }
}

int main(int argc, char **argv)
{
    struct buf out;
    FILE *f;

    if (argc != 3)
        stop("OUT.pot ROOT");
    arena = arena_new();
    take_folder(argv[2], "src");
    out = buf_new(arena);
    buf_add(&out, STR("# Every message of the program, as tools/words found them.\n"
                      "msgid \"\"\nmsgstr \"\"\n"
                      "\"Language: en\\n\"\n"
                      "\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
                      "\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n"));
    for (size_t i = 0; i < word_count; i++)
        print_word(&out, &words[i]);
    f = fopen(argv[1], "wb");
    if (!f || fwrite(out.at, 1, out.len, f) != out.len || fclose(f) != 0)
        stop(str_printf(arena, "cannot write %s", argv[1]).at);
    return 0;
}
