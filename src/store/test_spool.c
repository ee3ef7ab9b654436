/* A journal for tests. */
#include "store/test_spool.h"

#include "base/env.h"

#include <string.h>
#include <time.h>

struct env test_spool_env(const struct files *files)
{
    struct env env = *env_system();
    if (files)
        env.files = files;
    return env;
}

size_t test_spool_record(int64_t number, unsigned char out[400])
{
    size_t size = 16 + (size_t)(number * 37 % 301);
    memcpy(out, &number, 8);
    for (size_t i = 8; i < size; i++)
        out[i] = (unsigned char)((uint64_t)number * 31 + i * 7);
    return size;
}

struct spool *test_spool_open(const struct env *env, const char *path)
{
    struct spool *s;
    ASSERT_OK(spool_open(
        &(struct spool_options){ .path = path, .env = env, .segment_bytes = SMALL_SEGMENT }, &s));
    return s;
}

void test_spool_append(struct spool *s, int64_t number, spool_done_fn done, void *arg)
{
    unsigned char record[400];
    size_t size = test_spool_record(number, record);
    ASSERT_OK(spool_append(s, record, size, done, arg));
}

void test_spool_count(void *arg, bool ok)
{
    struct test_spool_counted *c = arg;
    if (ok)
        c->safe++;
    else
        c->refused++;
}

void test_spool_round(struct spool *s, int64_t number, spool_done_fn done, void *arg)
{
    unsigned char record[400];
    ASSERT_OK(spool_append_quietly(s, record, test_spool_record(number, record), done, arg, 0));
    spool_round(s, 0, true);
}

void test_sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}
