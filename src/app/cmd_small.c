/* Commands of a few lines: version, check, backup, restore, verify, routes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/house.h"
#include "app/rooms.h"
#include "base/buf.h"
#include "http/permission.h"
#include "store/portable.h"

const struct option no_options[] = { { 0 } };
const struct option data_options[] = { OPTION_DATA, OPTION_DATABASE, OPTION_JSON, { 0 } };
const struct option backup_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--to", NULL, "FILE", "where the copy goes; must not exist" },
    { 0 },
};
const struct option restore_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--from", NULL, "FILE", "the copy made by tributary backup" },
    { 0 },
};

int cmd_version(const struct args *args)
{
    (void)args;
    puts("tributary " TRIBUTARY_VERSION);
    return DONE;
}

int cmd_check(const struct args *args)
{
    struct house house;
    str report = STR_NONE;
    int code = house_open(args, HOUSE_READ, &house);

    if (code != DONE)
        return code;
    err failure = store_check(house.store, house.arena, &report);
    if (failure)
        code = say_failed(REFUSED, "%s %" PRI_STR, failure->text, STR_ARG(report));
    else
        printf("The store is sound. %" PRI_STR "\n", STR_ARG(report));
    house_close(&house);
    return code;
}

int cmd_backup(const struct args *args)
{
    const char *to = args_get(args, "--to");
    struct house house;

    if (!to)
        return say_failed(WRONG_USAGE, "say where the copy goes: --to FILE");
    if (access(to, F_OK) == 0)
        return say_failed(REFUSED, "%s exists already; a backup never writes over a file", to);
    int code = house_open(args, HOUSE_READ, &house);
    if (code != DONE)
        return code;
    err failure = store_backup(house.store, to);
    if (failure)
        code = say_failed(REFUSED, "%s", failure->text);
    else
        printf("Copied to %s\n", to);
    house_close(&house);
    return code;
}

/* ---- restore
 * ----------------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to)
{
    char part[1 << 16];
    ssize_t got;

    while ((got = read(from, part, sizeof(part))) > 0)
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, part + done, (size_t)(got - done));
            if (put < 0)
                return -1;
            done += put;
        }
    return got < 0 ? -1 : fsync(to);
}

static int copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int failed = out < 0 ? -1 : copy_bytes(in, out);
    int why = errno;

    if (out >= 0)
        close(out);
    if (in >= 0)
        close(in);
    errno = why;
    return failed;
}

static int bring_up(const struct args *args)
{
    struct house house;
    int code = house_open(args, HOUSE_WRITE, &house);

    if (code == DONE)
        house_close(&house);
    return code;
}

static int fill(
    const struct args *args, const char *from, const struct migration *const *migrations)
{
    struct house house;
    int code = house_fill(args, migrations, &house);

    if (code != DONE)
        return code;
    err failure = store_import(house.store, from, NULL, NULL, NULL);
    if (failure)
        code = say_failed(REFUSED, "%s", failure->text);
    house_close(&house);
    return code;
}

/* A copy of a server's store is an export: put back as the version that made it would, then brought
 * up to date. */
static int restore_lines(const struct args *args, const char *from)
{
    struct arena *arena = arena_new();
    const struct migration *const *migrations = NULL;
    bool is_older = false;
    err failure = portable_migrations(arena, from, rooms_migrations(), &migrations, &is_older);
    int code = failure ? say_failed(REFUSED, "%s", failure->text) : fill(args, from, migrations);

    if (code == DONE && is_older)
        code = bring_up(args);
    if (code == DONE)
        printf("Restored to the database%s\n",
            is_older ? ", and brought up to date: an older version had made it" : "");
    arena_free(arena);
    return code;
}

static int restore_file(const struct args *args, const char *from)
{
    struct house house;
    str report = STR_NONE;
    int code = house_prepare(args, &house);

    if (code != DONE)
        return code;
    const char *to = str_printf(house.arena, "%s/tributary.db", house.data_dir).at;
    if (copy_file(from, to) != 0) {
        int why = errno;
        house_close(&house);
        return say_failed(REFUSED, "%s cannot be copied to %s: %s", from, to, strerror(why));
    }
    house_close(&house);

    code = house_open(args, HOUSE_WRITE, &house); /* brings an older copy up to date */
    if (code != DONE)
        return code;
    err failure = store_check(house.store, house.arena, &report);
    if (failure)
        code = say_failed(REFUSED, "the copy is not sound: %s", failure->text);
    else
        printf("Restored to %s\n", house.data_dir);
    house_close(&house);
    return code;
}

int cmd_restore(const struct args *args)
{
    const char *from = args_get(args, "--from");

    if (!from)
        return say_failed(WRONG_USAGE, "say which copy: --from FILE");
    if (access(from, R_OK) != 0)
        return say_failed(REFUSED, "%s cannot be read: %s", from, strerror(errno));
    return portable_is(from) ? restore_lines(args, from) : restore_file(args, from);
}

/* ---- routes
 * ------------------------------------------------------------------------------------------- */

static void print_route(struct buf *out, const struct route *row, const char *surface,
    const char *prefix, bool is_first)
{
    static const char *const methods[] = { "", "GET", "POST", "PATCH", "DELETE", "PUT" };

    buf_printf(out,
        "%s  {\"method\": \"%s\", \"path\": \"%s%s\", \"surface\": \"%s\", \"needs\": \"%s\", "
        "\"roles\": [",
        is_first ? "" : ",\n", methods[row->method], prefix,
        prefix[0] && strcmp(row->path, "/") == 0 ? "" : row->path, surface,
        permission_word(row->needs));
    bool any = false;
    for (unsigned role = ROLE_OWNER; role < ROLE_COUNT; role++)
        if (role_may((enum role)role, row->needs)) {
            buf_printf(out, "%s\"%s\"", any ? ", " : "", role_name((enum role)role));
            any = true;
        }
    buf_printf(out, "], \"page\": %s%s%s, \"flags\": %u}", row->page ? "\"" : "",
        row->page ? row->page : "null", row->page ? "\"" : "", row->flags);
}

int cmd_routes(const struct args *args)
{
    /* clang-format off */
    static const struct { unsigned shown_on; const char *name, *prefix; } surfaces[] = {
        { API, "api", "/api/v1" }, { MANAGE, "manage", "/manage" }, { PORTAL, "portal", "/portal" }, { PUBLIC, "public", "" },
    };
    /* clang-format on */
    struct arena *arena = arena_new();
    struct buf out = buf_new(arena);
    bool is_first = true;

    (void)args;
    buf_add(&out, STR("[\n"));
    for (const struct route *const *table = rooms_routes(); *table; table++)
        for (const struct route *row = *table; row->method; row++)
            for (size_t s = 0; s < sizeof(surfaces) / sizeof(surfaces[0]); s++)
                if (row->shown_on & surfaces[s].shown_on) {
                    print_route(&out, row, surfaces[s].name, surfaces[s].prefix, is_first);
                    is_first = false;
                }
    buf_add(&out, STR("\n]\n"));
    fwrite(buf_str(&out).at, 1, buf_str(&out).len, stdout);
    arena_free(arena);
    return DONE;
}
