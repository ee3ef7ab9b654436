/* The data folder and the store in it: how every command comes to them. */
#pragma once

#include "app/command.h"
#include "base/arena.h"
#include "base/env.h"
#include "store/store.h"

struct house {
    struct arena *arena;
    const struct env *env;
    const char *data_dir; /* null: none is needed */
    const char *url; /* of the store */
    const char *replica;     /* URL of a server that follows; null: none */
    int64_t replica_most_ms; /* behind, at most; 0: the store's own number */
    size_t readers;  /* connections for reading, at most; 0: the store's own number */
    const struct migration *const *migrations; /* null: all of the rooms' */
    struct store *store;
    struct node *node; /* null: the store is ours alone, or only read */
};

enum house_use {
    HOUSE_MAKE,  /* a new folder; refused where there is a store */
    HOUSE_FILL,  /* the same, for an import: it makes no ids, and takes no number of a node */
    HOUSE_WRITE, /* alone: serving, or changing something while nobody serves */
    HOUSE_SERVE, /* the same, and waits for a database that cannot be reached */
    HOUSE_READ,  /* beside the process that serves */
};

/* Opens what the options --data and --database name. Returns DONE, or the exit code after a
 * message. */
int house_open(const struct args *, enum house_use, struct house *out);
/* HOUSE_FILL as an older version would: these migrations alone have run. */
int house_fill(const struct args *, const struct migration *const *, struct house *out);
/* A folder for a store that is yet to come: made, and nothing opened. */
int house_prepare(const struct args *, struct house *out);
void house_close(struct house *);
/* How many threads answer pages and calls. Where the store is ours they may be many: each waits for
 * the sync that it shares with all that write at once. On a shared store each would be a connection.
 * -1: what was told is no such number. */
int64_t house_workers(const struct args *);
