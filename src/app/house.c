/* The data folder and the store in it. */
#include "app/house.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/rooms.h"
#include "base/log.h"
#include "base/secret.h"
#include "work/node.h"

static const char *store_url(struct house *house, const char *wanted)
{
    if (wanted && strcmp(wanted, "sqlite:") != 0)
        return wanted;
    return str_printf(house->arena, "sqlite:%s/tributary.db", house->data_dir).at;
}

static int make_folder(const struct house *house)
{
    struct stat about;

    if (!house->data_dir)
        return DONE;
    const char *db = str_printf(house->arena, "%s/tributary.db", house->data_dir).at;

    if (mkdir(house->data_dir, 0700) != 0 && errno != EEXIST)
        return say_failed(
            REFUSED, "the folder %s cannot be made: %s", house->data_dir, strerror(errno));
    if (stat(house->data_dir, &about) != 0 || !S_ISDIR(about.st_mode))
        return say_failed(REFUSED, "%s is not a folder", house->data_dir);
    if (access(db, F_OK) == 0)
        return say_failed(REFUSED, "there is a store in %s already", house->data_dir);
    if (chmod(house->data_dir, 0700) != 0)
        return say_failed(REFUSED, "the folder %s cannot be closed to others: %s", house->data_dir,
            strerror(errno));
    return DONE;
}

/* False: somebody wants us to stop. Only a server has these signals blocked. */
static bool wait_a_second(void)
{
    const struct timespec second = { .tv_sec = 1 };
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    return sigtimedwait(&ends, NULL, &second) < 0;
}

static err open_at_last(const struct store_options *options, enum house_use use, struct store **out)
{
    err failure = store_open(options, out);

    if (failure != &STORE_AWAY || use != HOUSE_SERVE)
        return failure;
    log_line(LOG_WARN, "waiting for the database");
    while (failure == &STORE_AWAY && wait_a_second())
        failure = store_open(options, out);
    return failure;
}

static int join_nodes(struct house *house)
{
    err failure = node_open(&(struct node_options){ .store = house->store,
                                .env = house->env,
                                .folder = house->data_dir ? house->data_dir : "/",
                                .version = TRIBUTARY_VERSION },
        &house->node);

    return failure ? say_failed(REFUSED, "%s", failure->text) : DONE;
}

static int open_store(struct house *house, enum house_use use)
{
    const struct store_options options = {
        .url = house->url,
        .env = house->env,
        .readers = house->readers,
        .replica = house->replica,
        .replica_most_ms = house->replica_most_ms,
        .migrations = house->migrations ? house->migrations : rooms_migrations(),
        .create = use == HOUSE_MAKE || use == HOUSE_FILL,
        .fresh = use == HOUSE_MAKE || use == HOUSE_FILL,
        .migrate = use != HOUSE_READ,
        .read_only = use == HOUSE_READ,
    };
    err failure = open_at_last(&options, use, &house->store);

    if (!failure)
        return DONE;
    house->store = NULL;
    if (!options.create && house->data_dir && access(house->data_dir, F_OK) != 0)
        return say_failed(
            REFUSED, "there is no folder %s; tributary init makes one", house->data_dir);
    if (failure == &STORE_MISSING)
        return say_failed(REFUSED, "%s tributary init makes one.", failure->text);
    if (failure == &STORE_CONFLICT)
        return say_failed(REFUSED, "there is a store in this database already");
    return say_failed(REFUSED, "%s", failure->text);
}

int64_t house_workers(const struct args *args)
{
    enum { OWN = 32, SHARED = 4 };
    const char *told = args_get(args, "--workers");
    int64_t count;

    if (!told)
        return store_is_shared(args_get(args, "--database")) ? SHARED : OWN;
    return str_to_int(str_of(told), &count) && count >= 1 && count <= 256 ? count : -1;
}

/* A worker keeps one for as long as its request takes, be it that a write waits for the database.
 * The lease of the node, jobs, news and the drain must not wait for that. */
static size_t readers_for(const struct args *args)
{
    enum { OTHERS = 4 };
    int64_t workers = house_workers(args);

    return OTHERS + (size_t)(workers > 0 ? workers : 1);
}

static int take_replica(const struct args *args, struct house *house)
{
    const char *most = args_get(args, "--replica-most");
    int64_t seconds = 10;

    house->replica = args_get(args, "--replica");
    if (most && (!str_to_int(str_of(most), &seconds) || seconds < 1 || seconds > 60))
        return say_failed(WRONG_USAGE, "--replica-most is a number of seconds, 1 to 60");
    house->replica_most_ms = seconds * 1000;
    if (house->replica && !store_is_shared(house->replica))
        return say_failed(WRONG_USAGE, "--replica is the URL of a PostgreSQL");
    if (house->replica && !store_is_shared(house->url))
        return say_failed(WRONG_USAGE, "--replica needs --database: a file has none");
    return DONE;
}

static int begin(const struct args *args, enum house_use use, struct house *out)
{
    const char *data_dir = args_get(args, "--data");

    *out = (struct house){ 0 };
    const char *url = args_get(args, "--database");
    if (!data_dir && (use == HOUSE_MAKE || use == HOUSE_FILL || use == HOUSE_SERVE || !url ||
                         !store_is_shared(url)))
        return say_failed(WRONG_USAGE, "say which data folder: --data DIR");
    secret_start();
    out->arena = arena_new();
    out->env = env_system();
    out->data_dir = data_dir;
    out->url = store_url(out, url);
    if (use != HOUSE_SERVE)
        return DONE;
    out->readers = readers_for(args);
    return take_replica(args, out);
}

int house_prepare(const struct args *args, struct house *out)
{
    int code = begin(args, HOUSE_MAKE, out);

    if (code == DONE)
        code = make_folder(out);
    if (code != DONE)
        house_close(out);
    return code;
}

static int open_with(const struct args *args, enum house_use use,
    const struct migration *const *migrations, struct house *out)
{
    int code = begin(args, use, out);

    out->migrations = migrations;
    if (code == DONE && (use == HOUSE_MAKE || use == HOUSE_FILL ||
                            (use != HOUSE_READ && store_is_shared(out->url))))
        code = make_folder(out);
    if (code == DONE)
        code = open_store(out, use);
    if (code == DONE && use != HOUSE_READ && use != HOUSE_FILL && store_is_shared(out->url))
        code = join_nodes(out);
    if (code != DONE)
        house_close(out);
    return code;
}

int house_open(const struct args *args, enum house_use use, struct house *out)
{
    return open_with(args, use, NULL, out);
}

int house_fill(
    const struct args *args, const struct migration *const *migrations, struct house *out)
{
    return open_with(args, HOUSE_FILL, migrations, out);
}

void house_close(struct house *house)
{
    node_close(house->node);
    if (house->store)
        store_close(house->store);
    if (house->arena)
        arena_free(house->arena);
    *house = (struct house){ 0 };
}
