/* One of several processes on one database. It leases a number, which goes into its ids, and says
 * which journal of clicks it writes. Leases are timed by the database's clock, and the node's own
 * clock follows that one, so that nodes with wrong clocks agree.
 *
 * Two times end apart: after LEASE a node that is silent is taken for dead, and its jobs and its
 * journal may be taken over, which does no harm should it come back. Its number is kept for it for
 * days, because a node that has lost the database goes on recording clicks. */
#pragma once

#include <stdatomic.h>

#include "base/err.h"
#include "base/field.h"
#include "base/instant.h"
#include "base/str.h"
#include "store/store.h"

struct arena;
struct env;
struct node;

extern const struct err NODE_NONE_FREE;   /* 503: all 1,023 numbers are leased */
extern const struct err NODE_HOLDS_SPOOL; /* 409: the node that writes this journal lives */

struct node_options {
    struct store *store;
    const struct env *env; /* its node and its clock's offset are set */
    const char *folder;    /* the data folder: tells a dead node of this machine */
    const char *version;
    int64_t lease_ms; /* 0 = 15 s */
};

/* Takes a number and keeps the lease from a thread of its own. Before the first id is made. A
 * number that turns out to be another's stops the process. */
MUST_CHECK err node_open(const struct node_options *, struct node **out);
/* Gives the number back. */
void node_close(struct node *);

/* This node writes the journal of that name, whose folder it has locked. NODE_HOLDS_SPOOL while
 * another that may live does; a dead one of the same folder is no hindrance. */
MUST_CHECK err node_hold_spool(struct node *, int64_t spool);
/* The number of the one that died in this folder, once its journal is held; 0: nobody did. */
int64_t node_former(const struct node *);
/* Inside a write: may somebody else drain this journal? NODE_HOLDS_SPOOL. */
MUST_CHECK err node_spool_free(struct db *, int64_t spool);

/* Inside a write: all of it is in the store, and its node is dead. Without it figures would not be
 * called complete before that node's number is given to another. */
MUST_CHECK err node_spool_empty(struct db *, int64_t spool);

/* Asked at each renewal: until when what this node took in is in the store. Null ends it. */
typedef instant (*node_complete_fn)(void *arg);
void node_watch(struct node *, node_complete_fn, void *arg);
/* The same of all others that have a journal, as they told last: a third of a lease ago at most
 * when they live. None: there are no others. */
MUST_CHECK err node_others_complete(struct db *, int64_t number, instant *out);

/* Until then, by env's ticks in µs, ids may be made with this number. For one without a node:
 * for ever. */
const _Atomic int64_t *node_ids_until_us(const struct node *);

/* Nodes as they are kept: for the console. */
struct node_row {
    int64_t number, holder;
    instant lease_until, free_at, begun_at; /* by the database's clock */
    instant complete_to; /* what it took in until then is in the store */
    int64_t spool;
    str place, host, version;
    bool is_alive;
};
extern const struct fields node_row_fields;
/* Those that live, or left a journal behind. */
MUST_CHECK err node_list(struct db *, struct list *out);
/* Of the database. */
MUST_CHECK err node_clock(struct db *, instant *out);
