/* Moving house: everything out as portable text, and into a fresh store. */
#include <stdio.h>
#include <unistd.h>

#include "app/command.h"
#include "app/house.h"
#include "store/portable.h"

const struct option export_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--to", NULL, "FILE", "where the text goes; must not exist" },
    { 0 },
};
const struct option import_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--from", NULL, "FILE", "the text made by tributary export" },
    { 0 },
};

static void tell_progress(const char *table, int64_t rows, void *arg)
{
    (void)arg;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s: %lld rows", table, (long long)rows);
}

static void tell_sums(const struct portable_sums *sums, const char *what, const char *path)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    printf("%s %s: %lld tables, %lld rows, sha256 %s\n", what, path, (long long)sums->tables,
        (long long)sums->rows, sums->sha256);
}

int cmd_export(const struct args *args)
{
    const char *to = args_get(args, "--to");
    struct portable_sums sums = { 0 };
    struct house house;

    if (!to)
        return say_failed(WRONG_USAGE, "say where the text goes: --to FILE");
    int code = house_open(args, HOUSE_READ, &house);
    if (code != DONE)
        return code;
    err failure = store_export(house.store, to, tell_progress, NULL, &sums);
    if (failure)
        code = say_failed(REFUSED, "%s", failure->text);
    else
        tell_sums(&sums, "Exported to", to);
    house_close(&house);
    return code;
}

int cmd_import(const struct args *args)
{
    const char *from = args_get(args, "--from");
    struct portable_sums sums = { 0 };
    struct house house;

    if (!from)
        return say_failed(WRONG_USAGE, "say which text: --from FILE");
    if (access(from, R_OK) != 0)
        return say_failed(REFUSED, "%s cannot be read", from);
    int code = house_open(args, HOUSE_FILL, &house);
    if (code != DONE)
        return code;
    err failure = store_import(house.store, from, tell_progress, NULL, &sums);
    if (failure)
        code = say_failed(REFUSED, "%s", failure->text);
    else
        tell_sums(&sums, "Imported from", from);
    house_close(&house);
    return code;
}
