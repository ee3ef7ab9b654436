/* embed: makes C out of files, so that the program is one file.
 *
 *   embed pages      OUT.c OUT.h DEPFILE SRC         every pages/ of a floor or room
 *   embed migrations OUT.c OUT.h DEPFILE SRC         every migrations/ of a floor or room
 *   embed handbook   OUT.c OUT.h DEPFILE FOLDER      every .md of docs/handbook
 *   embed assets     OUT.c       DEPFILE FOLDER [FILE…]
 *
 * The depfile names every folder and file looked at, so ninja runs it again when one comes or goes.
 */
#include "embed.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void stop(const char *what, const char *path)
{
    fprintf(stderr, "embed: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static void note(struct embed *e, const char *path)
{
    buf_printf(&e->depends, " \\\n  %s", path);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

strs embed_names(struct embed *e, const char *folder)
{
    strs names = { 0 };
    size_t room = 0;
    DIR *dir = opendir(folder);

    if (!dir)
        return names;
    note(e, folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        if (names.count == room) {
            str *more = ARENA_ARRAY(e->arena, str, room * 2 + 16);

            if (names.count)
                memcpy(more, names.at, names.count * sizeof(str));
            names.at = more;
            room = room * 2 + 16;
        }
        names.at[names.count++] = str_dup(e->arena, str_of(entry->d_name));
    }
    closedir(dir);
    if (names.count)
        qsort(names.at, names.count, sizeof(str), by_name);
    return names;
}

str embed_read(struct embed *e, const char *path)
{
    struct buf bytes = buf_new(e->arena);
    char part[65536];
    FILE *f = fopen(path, "rb");

    if (!f)
        stop("cannot open", path);
    note(e, path);
    for (size_t got; (got = fread(part, 1, sizeof(part), f)) > 0;)
        buf_bytes(&bytes, part, got);
    if (ferror(f))
        stop("cannot read", path);
    fclose(f);
    return buf_str(&bytes);
}

void embed_literal(struct buf *out, str bytes)
{
    buf_add(out, STR("\n        \""));
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.at[i];

        if (c == '\n')
            buf_add(out, STR("\\n"));
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < ' ' || c > '~' || c == '?')
            buf_printf(out, "\\%03o", c);
        else
            buf_char(out, (char)c);
        if ((c == '\n' || i % 100 == 99) && i + 1 < bytes.len)
            buf_add(out, STR("\"\n        \""));
    }
    buf_char(out, '"');
}

/* Leaves a file alone that already says the same, so that nothing is compiled for nothing. */
static void write_file(struct embed *e, const char *path, str text)
{
    FILE *f = fopen(path, "rb");

    if (f) {
        fclose(f);
        if (str_eq(embed_read(e, path), text))
            return;
    }
    f = fopen(path, "wb");
    if (!f || fwrite(text.at, 1, text.len, f) != text.len || fclose(f) != 0)
        stop("cannot write", path);
}

static void pages_of(struct embed *e, str owner, const char *folder)
{
    const char *pages = str_printf(e->arena, "%s/pages", folder).at;
    strs names = embed_names(e, pages);

    for (size_t i = 0; i < names.count; i++) {
        str name = names.at[i];
        str text = embed_read(e, str_printf(e->arena, "%s/%" PRI_STR, pages, STR_ARG(name)).at);

        if (str_ends(name, STR(".html")))
            name = str_first(name, name.len - 5);
        buf_printf(&e->c, "    { \"%" PRI_STR "/%" PRI_STR "\",", STR_ARG(owner), STR_ARG(name));
        embed_literal(&e->c, text);
        buf_add(&e->c, STR(" },\n"));
    }
}

static void migrations_of(struct embed *e, str owner, const char *folder)
{
    const char *migrations = str_printf(e->arena, "%s/migrations", folder).at;
    strs names = embed_names(e, migrations);

    if (names.count == 0)
        return;
    buf_printf(&e->h, "extern const struct migration %" PRI_STR "_migrations[];\n", STR_ARG(owner));
    buf_printf(&e->list, "    %" PRI_STR "_migrations,\n", STR_ARG(owner));
    buf_printf(&e->c, "\nconst struct migration %" PRI_STR "_migrations[] = {\n", STR_ARG(owner));
    for (size_t i = 0; i < names.count; i++) {
        str name = names.at[i];

        if (!str_ends(name, STR(".sql")))
            continue;
        buf_printf(&e->c, "    { \"%" PRI_STR "\",", STR_ARG(str_first(name, name.len - 4)));
        embed_literal(&e->c,
            embed_read(e, str_printf(e->arena, "%s/%" PRI_STR, migrations, STR_ARG(name)).at));
        buf_add(&e->c, STR(" },\n"));
    }
    buf_add(&e->c, STR("    { NULL, NULL },\n};\n"));
}

/* Calls fn for src/FLOOR and src/rooms/ROOM. */
static void each_owner(
    struct embed *e, const char *src, void (*fn)(struct embed *, str, const char *))
{
    strs floors = embed_names(e, src);
    const char *rooms_folder = str_printf(e->arena, "%s/rooms", src).at;
    strs rooms = embed_names(e, rooms_folder);

    for (size_t i = 0; i < floors.count + rooms.count; i++) {
        bool is_floor = i < floors.count;
        str owner = is_floor ? floors.at[i] : rooms.at[i - floors.count];
        const char *folder =
            str_printf(e->arena, "%s/%" PRI_STR, is_floor ? src : rooms_folder, STR_ARG(owner)).at;

        if (str_has(owner, STR("."))) /* a file */
            continue;
        embed_names(e, folder); /* noted: pages/ may appear in it */
        fn(e, owner, folder);
    }
}

static const char MADE[] = "/* Made by tools/embed. */\n";

static void embed_pages(struct embed *e, const char *src)
{
    buf_printf(&e->h,
        "%s#pragma once\n\n#include \"view/template.h\"\n\n"
        "extern const struct template_source pages[]; /* ended by a null name */\n",
        MADE);
    buf_printf(&e->c, "%s#include \"pages.h\"\n\nconst struct template_source pages[] = {\n", MADE);
    each_owner(e, src, pages_of);
    buf_add(&e->c, STR("    { NULL, NULL },\n};\n"));
}

static void embed_migrations(struct embed *e, const char *src)
{
    buf_printf(&e->h, "%s#pragma once\n\n#include \"store/store.h\"\n\n", MADE);
    buf_printf(&e->c, "%s#include \"migrations.h\"\n", MADE);
    each_owner(e, src, migrations_of);
    buf_add(&e->h, STR("\nextern const struct migration *const all_migrations[]; /* as "
                       "store_options has them */\n"));
    buf_printf(&e->c, "\nconst struct migration *const all_migrations[] = {\n%s    NULL,\n};\n",
        buf_str(&e->list).at);
}

static void embed_handbook(struct embed *e, const char *folder)
{
    strs names = embed_names(e, folder);

    buf_printf(&e->h,
        "%s#pragma once\n\n#include \"view/template.h\"\n\n"
        "extern const struct template_source handbook[]; /* name and Markdown; ended by a null "
        "name */\n",
        MADE);
    buf_printf(
        &e->c, "%s#include \"handbook.h\"\n\nconst struct template_source handbook[] = {\n", MADE);
    for (size_t i = 0; i < names.count; i++) {
        str name = names.at[i];

        if (!str_ends(name, STR(".md")))
            continue;
        buf_printf(&e->c, "    { \"%" PRI_STR "\",", STR_ARG(str_first(name, name.len - 3)));
        embed_literal(
            &e->c, embed_read(e, str_printf(e->arena, "%s/%" PRI_STR, folder, STR_ARG(name)).at));
        buf_add(&e->c, STR(" },\n"));
    }
    buf_add(&e->c, STR("    { NULL, NULL },\n};\n"));
}

int main(int argc, char **argv)
{
    struct embed e = { .arena = arena_new() };
    const char *what = argc > 1 ? argv[1] : "";
    bool is_assets = strcmp(what, "assets") == 0;
    int least = is_assets ? 5 : 6;

    e.c = buf_new(e.arena);
    e.h = buf_new(e.arena);
    e.depends = buf_new(e.arena);
    e.list = buf_new(e.arena);
    if (argc < least) {
        fprintf(stderr, "usage: embed pages|migrations|handbook OUT.c OUT.h DEPFILE FOLDER\n"
                        "       embed assets OUT.c DEPFILE FOLDER [FILE…]\n");
        return 2;
    }
    if (is_assets)
        embed_assets(&e, argv[4], argv + 5, argc - 5);
    else if (strcmp(what, "pages") == 0)
        embed_pages(&e, argv[5]);
    else if (strcmp(what, "handbook") == 0)
        embed_handbook(&e, argv[5]);
    else
        embed_migrations(&e, argv[5]);

    str depends = str_printf(e.arena, "%s:%s\n", argv[2], buf_str(&e.depends).at);

    write_file(&e, argv[2], buf_str(&e.c));
    if (!is_assets)
        write_file(&e, argv[3], buf_str(&e.h));
    write_file(&e, argv[is_assets ? 3 : 4], depends);
    arena_free(e.arena);
    return 0;
}
