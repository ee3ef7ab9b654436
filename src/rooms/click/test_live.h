/* For tests: a store with a programme, an approved partner and links, a spool, and clicks on them.
 */
#pragma once

#include "rooms/click/click_inside.h"
#include "store/test_store.h"

enum { TEST_PROGRAM = 1001, TEST_PARTNER = 2001, TEST_LINK = 3001 };

struct test_live {
    struct env env; /* a copy, so that deadlines are real while the clock is the test's */
    struct store *store;
    struct spool *spool;
    struct links *links;
    struct live *live;
};

/* Rows of a programme with allowed hosts shop.example and 127.0.0.1:8081, its partner, and the
 * links "anna" (https://shop.example/), "tea" (https://www.shop.example/p?x=1#f) and "closed"
 * (paused). */
void test_live_rows(struct store *);
/* Opens everything on top of the store, the journal in `folder` with a queue of so many bytes (0:
 * as ever). */
void test_live_open(
    struct test_live *, struct store *, const struct env *, const char *folder, size_t queue_bytes);
void test_live_close(struct test_live *); /* not the store */
/* Follows and gives the answer; the agent is a browser's unless the visit says otherwise. */
struct click_followed test_follow(struct test *, struct test_live *, struct click_visit);
int64_t test_count(struct store *, const char *sql);
