/* Compiles a room's SQL: reads x.sql, writes x.sql.h and x.sql.c with one `struct statement` for
 * each named statement. --list makes a table of the rooms' tables, for the house's test.
 *
 *   statements FILE.sql OUT.c OUT.h
 *   statements --list OUT.c OUT.h FILE.sql...
 *
 * In the file:  -- name: coupon_insert            one text for both engines
 *               -- name: coupon_lock @sqlite      a text of its own for each
 *               -- name: coupon_lock @postgres
 *   :name                 a parameter; never inside texts, comments or after another colon (::cast)
 *   {{key}}               type of a primary key of one 64-bit integer
 *   {{int}} {{blob}}      64-bit integer, bytes
 *   {{strict}}            after a CREATE TABLE's bracket
 *   {{by_key}}            the same for a table whose rows lie in the order of its key
 *   {{skip_locked}}       at the end of a SELECT that claims rows; makes the statement a write */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/tokens.h"

enum { SQLITE, POSTGRES, ENGINES };
enum { PARAMS_MOST = 200, STATEMENTS_MOST = 500, NAME_MOST = 100 };

static const char *const engine_names[ENGINES] = { "sqlite", "postgres" };

struct text {
    char *at;
    size_t len, room;
};

struct statement {
    char name[NAME_MOST];
    int line;
    struct text sql[ENGINES];
    bool has[ENGINES];
    int used[ENGINES]; /* parameters of each, to tell that both use all */
    char params[PARAMS_MOST][NAME_MOST];
    bool used_by[ENGINES][PARAMS_MOST];
    int param_count;
    bool writes;
};

static const char *file_name;
static struct statement statements[STATEMENTS_MOST];
static size_t statement_count;

static void fail(int line, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

static void fail(int line, const char *format, ...)
{
    fprintf(stderr, "%s:%d: error: ", file_name, line);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static void add(struct text *t, const char *bytes, size_t len)
{
    if (t->len + len + 1 > t->room) {
        t->room = (t->len + len + 1) * 2;
        t->at = realloc(t->at, t->room);
        if (!t->at)
            abort();
    }
    memcpy(t->at + t->len, bytes, len);
    t->len += len;
    t->at[t->len] = '\0';
}

static char *read_file(const char *path)
{
    file_name = path;
    FILE *f = fopen(path, "rb");
    if (!f)
        fail(0, "%s", strerror(errno));
    struct text t = { 0 };
    char chunk[4096];
    size_t got;
    add(&t, "", 0);
    while ((got = fread(chunk, 1, sizeof(chunk), f)) > 0)
        add(&t, chunk, got);
    fclose(f);
    if (strlen(t.at) != t.len)
        fail(1, "a NUL byte in the file");
    return t.at;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_name(const char *at, size_t len)
{
    if (len == 0 || len >= NAME_MOST || !islower((unsigned char)at[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!(islower((unsigned char)at[i]) || isdigit((unsigned char)at[i]) || at[i] == '_'))
            return false;
    return true;
}

static int lines_in(const char *from, const char *to)
{
    int lines = 0;
    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

/* ---- one statement -------------------------------------------------------------------------- */

static int param_number(struct statement *s, int engine, const char *name, size_t len, int line)
{
    int i = 0;
    while (i < s->param_count &&
           !(strlen(s->params[i]) == len && memcmp(s->params[i], name, len) == 0))
        i++;
    if (i == PARAMS_MOST)
        fail(line, "more than %d parameters in %s", PARAMS_MOST, s->name);
    if (i == s->param_count) {
        memcpy(s->params[i], name, len);
        s->param_count++;
    }
    s->used_by[engine][i] = true;
    return i + 1;
}

/* The end of a quoted text, of a comment or of a run of blanks; null when it never ends. */
static const char *quoted_end(const char *at)
{
    char quote = *at++;
    for (; *at; at++)
        if (*at == quote) {
            if (at[1] != quote)
                return at + 1;
            at++;
        }
    return NULL;
}

static const char *token_end(
    struct statement *s, int engine, const char *at, struct text *out, int line)
{
    const char *end = strstr(at, "}}");
    if (!end)
        fail(line, "'{{' without '}}'");
    size_t len = (size_t)(end - at) - 2;
    for (size_t i = 0; i < SQL_TOKENS; i++)
        if (strlen(sql_tokens[i].name) == len && memcmp(sql_tokens[i].name, at + 2, len) == 0) {
            add(out, sql_tokens[i].text[engine], strlen(sql_tokens[i].text[engine]));
            s->writes |= sql_tokens[i].writes;
            return end + 2;
        }
    fail(line, "no token {{%.*s}}: there are key, int, blob, strict, by_key and skip_locked", (int)len,
        at + 2);
}

static const char *param_end(
    struct statement *s, int engine, const char *at, struct text *out, int line)
{
    const char *end = at + 1;
    while (is_word(*end))
        end++;
    if (!is_name(at + 1, (size_t)(end - at) - 1))
        fail(line, "a parameter is ':' and a name in lower case");
    char number[16];
    int n = param_number(s, engine, at + 1, (size_t)(end - at) - 1, line);
    int len = snprintf(number, sizeof(number), "%c%d", engine == SQLITE ? '?' : '$', n);
    add(out, number, (size_t)len);
    return end;
}

static bool word_is(const char *at, size_t len, const char *word)
{
    if (strlen(word) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (toupper((unsigned char)at[i]) != word[i])
            return false;
    return true;
}

/* Looks at the words of one text: what kind of statement is it, and does it write? */
struct words {
    bool any, is_with, after_for;
};

static void word_seen(struct statement *s, struct words *w, const char *at, size_t len, int line)
{
    static const char *const writing[] = { "INSERT", "UPDATE", "DELETE", "REPLACE" };
    static const char *const others[] = { "SELECT", "WITH", "VALUES" };
    bool first = !w->any;
    w->any = true;
    if (first) {
        bool known = false;
        for (size_t i = 0; i < 3; i++)
            known |= word_is(at, len, others[i]);
        for (size_t i = 0; i < 4; i++)
            if (word_is(at, len, writing[i])) {
                s->writes = true;
                known = true;
            }
        if (!known)
            fail(line,
                "%s begins with '%.*s': a room reads and writes rows, the schema is its "
                "migrations'",
                s->name, (int)len, at);
        w->is_with = word_is(at, len, "WITH");
    } else if (w->is_with && !w->after_for) {
        for (size_t i = 0; i < 3; i++)
            s->writes |= word_is(at, len, writing[i]);
    }
    if (w->after_for && (word_is(at, len, "UPDATE") || word_is(at, len, "SHARE")))
        s->writes = true; /* row locks are taken in a write only */
    w->after_for = word_is(at, len, "FOR");
}

static void compile_text(
    struct statement *s, int engine, const char *at, const char *stop, int line)
{
    const char *begin = at;
    struct text *out = &s->sql[engine];
    struct words words = { 0 };
    bool ended = false;
    while (at < stop) {
        int here = line + lines_in(begin, at);
        if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
            continue;
        }
        if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            if (!end || end >= stop)
                fail(here, "a comment that never ends");
            at = end + 2;
            add(out, " ", 1);
            continue;
        }
        if (isspace((unsigned char)*at)) {
            bool newline = false;
            for (; at < stop && isspace((unsigned char)*at); at++)
                newline |= *at == '\n';
            if (out->len > 0 && !isspace((unsigned char)out->at[out->len - 1]))
                add(out, newline ? "\n" : " ", 1);
            continue;
        }
        if (ended)
            fail(here, "something after the ';' of %s: one statement for each name", s->name);
        if (*at == '\'' || *at == '"') {
            const char *end = quoted_end(at);
            if (!end || end > stop)
                fail(here, "a %s that never ends", *at == '"' ? "quoted name" : "text");
            add(out, at, (size_t)(end - at));
            at = end;
        } else if (at[0] == '{' && at[1] == '{') {
            at = token_end(s, engine, at, out, here);
        } else if (at[0] == ':' && at[1] == ':') {
            add(out, at, 2);
            at += 2;
        } else if (*at == ':') {
            at = param_end(s, engine, at, out, here);
        } else if (*at == '?' || (*at == '$' && isdigit((unsigned char)at[1]))) {
            fail(here, "write parameters as :name");
        } else if (*at == ';') {
            ended = true;
            at++;
        } else if (is_word(*at)) {
            const char *end = at;
            while (end < stop && is_word(*end))
                end++;
            word_seen(s, &words, at, (size_t)(end - at), here);
            add(out, at, (size_t)(end - at));
            at = end;
        } else {
            add(out, at++, 1);
        }
    }
    while (out->len > 0 && isspace((unsigned char)out->at[out->len - 1]))
        out->at[--out->len] = '\0';
    if (out->len == 0)
        fail(line, "%s is empty", s->name);
}

/* ---- the file ------------------------------------------------------------------------------- */

static struct statement *find(const char *name, size_t len)
{
    for (size_t i = 0; i < statement_count; i++)
        if (strlen(statements[i].name) == len && memcmp(statements[i].name, name, len) == 0)
            return &statements[i];
    return NULL;
}

/* Reads "name: coupon_insert @sqlite" and makes or finds the statement; engine is -1 for both. */
static struct statement *heading(const char *at, int line, int *out_engine)
{
    at += strspn(at, " \t");
    size_t len = strcspn(at, " \t\r\n");
    if (!is_name(at, len))
        fail(line, "after '-- name:' comes a name in lower case, such as coupon_insert");
    struct statement *s = find(at, len);
    if (!s) {
        if (statement_count == STATEMENTS_MOST)
            fail(line, "more than %d statements", STATEMENTS_MOST);
        s = &statements[statement_count++];
        memcpy(s->name, at, len);
        s->line = line;
    }
    at += len;
    at += strspn(at, " \t");
    len = strcspn(at, " \t\r\n");
    *out_engine = -1;
    if (len > 0) {
        for (int e = 0; e < ENGINES; e++)
            if (at[0] == '@' && strlen(engine_names[e]) == len - 1 &&
                memcmp(engine_names[e], at + 1, len - 1) == 0)
                *out_engine = e;
        if (*out_engine < 0)
            fail(line, "'%.*s' after the name: @sqlite, @postgres or nothing", (int)len, at);
        at += len;
        at += strspn(at, " \t\r");
        if (*at && *at != '\n')
            fail(line, "something after the engine");
    }
    for (int e = 0; e < ENGINES; e++) {
        if (*out_engine >= 0 && *out_engine != e)
            continue;
        if (s->has[e])
            fail(line, "%s is here twice for %s; first at line %d", s->name, engine_names[e],
                s->line);
        s->has[e] = true;
    }
    return s;
}

static const char *const mark = "-- name:";

/* The next heading at the beginning of a line, or the end of the text. */
static const char *next_heading(const char *at)
{
    while (*at) {
        if (strncmp(at, mark, strlen(mark)) == 0)
            return at;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return at;
}

static void check_before_first(const char *at, const char *stop)
{
    int line = 1;
    while (at < stop) {
        size_t len = strcspn(at, "\n");
        size_t blank = strspn(at, " \t\r");
        if (blank < len && strncmp(at + blank, "--", 2) != 0)
            fail(line, "SQL before the first '-- name:'");
        at += len;
        at += *at == '\n';
        line++;
    }
}

static void check_statement(const struct statement *s)
{
    for (int e = 0; e < ENGINES; e++) {
        if (!s->has[e])
            fail(s->line, "%s has no text for %s", s->name, engine_names[e]);
        for (int p = 0; p < s->param_count; p++)
            if (!s->used_by[e][p])
                fail(s->line, "%s: the text for %s does not use :%s, the other does", s->name,
                    engine_names[e], s->params[p]);
    }
}

static void compile_file(const char *path)
{
    const char *text = read_file(path);
    const char *at = next_heading(text);
    check_before_first(text, at);
    while (*at) {
        int engine;
        int line = 1 + lines_in(text, at);
        struct statement *s = heading(at + strlen(mark), line, &engine);
        const char *body = at + strcspn(at, "\n");
        const char *stop = next_heading(body + (*body == '\n'));
        for (int e = 0; e < ENGINES; e++)
            if (engine < 0 || engine == e)
                compile_text(s, e, body, stop, line);
        at = stop;
    }
    for (size_t i = 0; i < statement_count; i++)
        check_statement(&statements[i]);
}

/* ---- what is written ------------------------------------------------------------------------ */

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "wb");
    if (!f) {
        fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
        exit(1);
    }
    return f;
}

static void finish(FILE *f, const char *path)
{
    if (ferror(f) | fclose(f)) {
        fprintf(stderr, "%s: error: could not be written\n", path);
        exit(1);
    }
}

static void print_upper(FILE *f, const char *name)
{
    for (; *name; name++)
        fputc(toupper((unsigned char)*name), f);
}

static void print_literal(FILE *f, const char *text)
{
    fputc('"', f);
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            fprintf(f, c[1] ? "\\n\"\n        \"" : "\\n");
        else if (*c == '"' || *c == '\\')
            fprintf(f, "\\%c", *c);
        else if (*c == '?' && c[1] == '?')
            fprintf(f, "\\?"); /* no trigraphs */
        else if (*c == '\t')
            fprintf(f, "\\t");
        else if (*c != '\r')
            fputc(*c, f);
    }
    fputc('"', f);
}

/* "some/coupon.sql" → "coupon" */
static void stem(const char *path, char *out)
{
    const char *slash = strrchr(path, '/');
    const char *at = slash ? slash + 1 : path;
    size_t len = strcspn(at, ".");
    if (len == 0 || len >= NAME_MOST)
        fail(1, "a file name of 1 to %d letters", NAME_MOST - 1);
    for (size_t i = 0; i < len; i++)
        out[i] = is_word(at[i]) ? at[i] : '_';
    out[len] = '\0';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void write_header(const char *path, const char *source, const char *room)
{
    FILE *f = create(path);
    fprintf(f, "/* Made from %s: do not edit. */\n#pragma once\n\n#include \"store/store.h\"\n\n",
        base_name(source));
    for (size_t i = 0; i < statement_count; i++) {
        fprintf(f, "extern const struct statement ");
        print_upper(f, statements[i].name);
        fprintf(f, ";\n");
    }
    fprintf(f,
        "\nextern const struct statement *const %s_statements[]; /* all, null-terminated */\n",
        room);
    finish(f, path);
}

static void write_statement(FILE *f, const struct statement *s)
{
    bool twice = strcmp(s->sql[SQLITE].at, s->sql[POSTGRES].at) != 0;
    fprintf(f, "const struct statement ");
    print_upper(f, s->name);
    fprintf(f, " = {\n    .name = \"%s\",\n    .sql = {\n        ", s->name);
    print_literal(f, s->sql[SQLITE].at);
    fprintf(f, ",\n        ");
    print_literal(f, s->sql[twice ? POSTGRES : SQLITE].at);
    fprintf(f, ",\n    },\n    .params = (const char *const[]){ ");
    for (int p = 0; p < s->param_count; p++)
        fprintf(f, "\"%s\", ", s->params[p]);
    fprintf(f, "NULL },\n    .writes = %s,\n};\n\n", s->writes ? "true" : "false");
}

static void write_source(const char *path, const char *header, const char *source, const char *room)
{
    FILE *f = create(path);
    fprintf(f, "/* Made from %s: do not edit. */\n\n#include \"%s\"\n\n", base_name(source),
        base_name(header));
    for (size_t i = 0; i < statement_count; i++)
        write_statement(f, &statements[i]);
    fprintf(f, "const struct statement *const %s_statements[] = {\n", room);
    for (size_t i = 0; i < statement_count; i++) {
        fprintf(f, "    &");
        print_upper(f, statements[i].name);
        fprintf(f, ",\n");
    }
    fprintf(f, "    NULL,\n};\n");
    finish(f, path);
}

static int make_statements(char **args)
{
    char room[NAME_MOST];
    compile_file(args[0]);
    stem(args[0], room);
    write_header(args[2], args[0], room);
    write_source(args[1], args[2], args[0], room);
    return 0;
}

/* A table of the rooms' tables: the house's test prepares every statement there is. */
static int make_list(char **args, int count)
{
    char room[NAME_MOST];
    FILE *h = create(args[1]);
    fprintf(h,
        "/* Made from the rooms' .sql files: do not edit. */\n#pragma once\n\n"
        "#include \"store/store.h\"\n\n"
        "extern const struct statement *const *const all_statements[]; /* null-terminated */\n");
    finish(h, args[1]);
    FILE *f = create(args[0]);
    fprintf(f, "/* Made from the rooms' .sql files: do not edit. */\n\n#include \"%s\"\n\n",
        base_name(args[1]));
    for (int i = 2; i < count; i++) {
        stem(args[i], room);
        fprintf(f, "extern const struct statement *const %s_statements[];\n", room);
    }
    fprintf(f, "\nconst struct statement *const *const all_statements[] = {\n");
    for (int i = 2; i < count; i++) {
        stem(args[i], room);
        fprintf(f, "    %s_statements,\n", room);
    }
    fprintf(f, "    NULL,\n};\n");
    finish(f, args[0]);
    return 0;
}

int main(int count, char **args)
{
    if (count == 4 && args[1][0] != '-')
        return make_statements(args + 1);
    if (count >= 4 && strcmp(args[1], "--list") == 0)
        return make_list(args + 2, count - 2);
    fprintf(stderr, "use: statements FILE.sql OUT.c OUT.h\n"
                    "     statements --list OUT.c OUT.h FILE.sql...\n");
    return 2;
}
