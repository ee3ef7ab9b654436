/* tributary move: from one engine to the other, and the books reckoned again at the end. */
#include <stdio.h>
#include <unistd.h>

#include "app/command.h"
#include "app/rooms.h"
#include "base/env.h"
#include "base/secret.h"
#include "rooms/verify/verify.h"
#include "store/move.h"

const struct option move_options[] = {
    { "--from", NULL, "URL", "sqlite:/path/to/tributary.db or postgres://…; served by nobody" },
    { "--to", NULL, "URL", "a fresh place, or one that a move into was begun" },
    { 0 },
};

static void tell_progress(const char *table, int64_t rows, void *arg)
{
    (void)arg;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s: %lld rows", table, (long long)rows);
}

static err count_difference(const struct verify_difference *d, void *arg)
{
    (void)d, (void)arg;
    return NULL;
}

static int check_books(struct store *to)
{
    struct verify_outcome out = { 0 };
    err failed = verify_run(to, count_difference, NULL, &out);

    if (failed)
        return say_failed(REFUSED, "the books could not be reckoned again: %s", failed->text);
    if (out.differences)
        return say_failed(REFUSED, "everything is there, but the books have %lld differences;"
                                   " tributary verify names them",
            (long long)out.differences);
    printf("Reckoned again: %lld orders, %lld commissions, no differences\n",
        (long long)out.conversions, (long long)out.commissions);
    return DONE;
}

static int carry(struct store *from, struct store *to)
{
    struct portable_sums sums = { 0 };
    err failed = store_move(from, to, tell_progress, NULL, &sums);

    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    if (failed)
        return say_failed(REFUSED, "%s What has come over stays: run it again to go on.",
            failed->text);
    printf("Moved: %lld tables, %lld rows, sha256 %s\n", (long long)sums.tables,
        (long long)sums.rows, sums.sha256);
    return check_books(to);
}

static int open_one(const char *url, bool is_target, struct store **out)
{
    const struct store_options options = {
        .url = url,
        .env = env_system(),
        .migrations = rooms_migrations(),
        .create = is_target,
        .migrate = is_target,
        .moving = is_target,
    };
    err failed = store_open(&options, out);

    if (failed == &STORE_CONFLICT)
        return say_failed(REFUSED, "there is a store at the second place already");
    return failed ? say_failed(REFUSED, "the %s place: %s", is_target ? "second" : "first",
                        failed->text)
                  : DONE;
}

int cmd_move(const struct args *args)
{
    const char *from_url = args_get(args, "--from"), *to_url = args_get(args, "--to");
    struct store *from = NULL, *to = NULL;

    if (!from_url || !to_url)
        return say_failed(WRONG_USAGE, "say from where and where to: --from URL --to URL");
    secret_start();
    int code = open_one(from_url, false, &from);
    if (code == DONE)
        code = open_one(to_url, true, &to);
    if (code == DONE)
        code = carry(from, to);
    store_close(to);
    store_close(from);
    return code;
}
