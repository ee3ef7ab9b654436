/* A store for a test: real files in the test's folder, gone with it. Strict, and every write runs
 * twice, so that a function which keeps something between its runs is found here and not on a busy
 * day. */
#pragma once

#include "base/test.h"
#include "store/store.h"

/* `tables` as in store_options: null-terminated; null for no tables at all. Closed after the test.
 */
struct store *test_store(struct test *, const struct migration *const *tables);
/* Where a store of that name lies: a file in the test's folder, or a schema of the cluster that
 * TRIBUTARY_TEST_DATABASE names. */
const char *test_store_url(struct test *, const char *name);
/* Options of a test's store, for tests that open and close it themselves. */
struct store_options test_store_options(struct test *, const struct migration *const *tables);
/* What a statement that gives one number gives now. */
int64_t test_store_number(struct store *, const struct statement *);
