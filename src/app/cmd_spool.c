/* tributary spool drain DIR: what a node left behind that does not come back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/house.h"
#include "rooms/click/click.h"
#include "store/spool.h"
#include "work/node.h"

const struct option spool_options[] = { OPTION_DATA, OPTION_DATABASE, { 0 } };

static err ask_free(struct db *db, void *arg)
{
    return node_spool_free(db, spool_name(arg));
}

static err note_empty(struct db *db, void *arg)
{
    return node_spool_empty(db, spool_name(arg));
}

static err drain(struct house *house, const char *folder, uint64_t *out_moved)
{
    struct spool *spool;
    TRY(spool_open(&(struct spool_options){ .path = folder, .env = house->env }, &spool));
    err failure = store_write(house->store, ask_free, spool);

    if (!failure)
        failure = click_drain(house->store, house->env, spool, out_moved);
    if (!failure)
        failure = store_write(house->store, note_empty, spool);
    spool_close(spool);
    return failure;
}

/* A folder that is none would be made into an empty journal. */
static bool is_journal(struct house *house, const char *folder)
{
    return access(str_printf(house->arena, "%s/000000.spool", folder).at, R_OK | W_OK) == 0;
}

int cmd_spool(const struct args *args)
{
    struct house house;
    uint64_t moved = 0;

    if (args->word_count != 2 || strcmp(args->words[0], "drain") != 0)
        return say_failed(WRONG_USAGE, "say which journal: tributary spool drain DIR");
    int code = house_open(args, HOUSE_WRITE, &house);
    if (code != DONE)
        return code;
    const char *folder = args->words[1];
    err failure = NULL;
    if (!is_journal(&house, folder))
        code = say_failed(REFUSED, "%s is no journal of clicks, or not ours to change", folder);
    else if ((failure = drain(&house, folder, &moved)))
        code = say_failed(REFUSED, "%s", failure->text);
    else
        printf("%" PRIu64 " clicks were moved; the journal is empty.\n", moved);
    house_close(&house);
    return code;
}
