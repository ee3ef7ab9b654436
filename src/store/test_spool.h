/* For tests of the journal: records that can be told apart, and what becomes of them. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/test.h"
#include "store/spool.h"

struct files;

enum { SMALL_SEGMENT = 80 << 10 };

/* The system's, over these files or, without, its own. The deadlines of the spool's own threads are
 * real ones. */
struct env test_spool_env(const struct files *);
/* With small segments. */
struct spool *test_spool_open(const struct env *, const char *path);

/* A record says its number, from 0 on, and then bytes that follow from it, of a length that follows
 * from it. */
size_t test_spool_record(int64_t number, unsigned char out[400]);
void test_spool_append(struct spool *, int64_t number, spool_done_fn done, void *arg);
/* As a loop does that has nothing else to do. */
void test_spool_round(struct spool *, int64_t number, spool_done_fn done, void *arg);

/* How many records are safe, how many were refused; for test_spool_count. */
struct test_spool_counted {
    struct spool *spool;
    int64_t from;
    _Atomic int64_t safe, refused;
};
void test_spool_count(void *counted, bool ok);

void test_sleep_ms(int64_t ms);
