/* Ids: order, uniqueness, printed form. */
#include "base/id.h"

#include <pthread.h>

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

TEST(ids_grow_even_when_the_clock_stands_or_goes_back)
{
    int64_t last = 0;

    for (int i = 0; i < 20000; i++) { /* more than fit into one millisecond */
        int64_t id = id_new(t->env);

        ASSERT_TRUE(id > last);
        last = id;
        if (i % 5000 == 4999)
            test_advance(t, -3000);
    }
}

TEST(an_id_tells_its_time_and_its_node)
{
    int64_t id = id_new(t->env);
    instant now = t->env->now(t->env);

    ASSERT_INT(id_instant(id).ms, now.ms);
    ASSERT_INT(id >> 12 & 1023, t->env->node);
    ASSERT_TRUE(id >= id_first_at(now));
    ASSERT_TRUE(id < id_first_at(instant_plus_ms(now, 1)));
    ASSERT_INT(id_at(now, 5), id_first_at(now) + 5);
    ASSERT_INT(id_first_at((instant){ 0 }), 0);
}

TEST(ids_made_after_a_restart_with_an_earlier_clock_are_later_than_the_known_one)
{
    int64_t known = id_at(instant_plus_ms(t->env->now(t->env), 1000), 77);

    id_not_before(t->env, known);
    ASSERT_TRUE(id_new(t->env) > known);
    id_not_before(t->env, 1);
    ASSERT_TRUE(id_new(t->env) > known);
}

enum { THREADS = 4, EACH_THREAD = 20000 };

struct worker {
    const struct env *env;
    int64_t ids[EACH_THREAD];
};

static void *make_ids(void *arg)
{
    struct worker *w = arg;

    for (size_t i = 0; i < EACH_THREAD; i++)
        w->ids[i] = id_new(w->env);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

TEST(threads_never_get_the_same_id)
{
    static struct worker workers[THREADS];
    static int64_t all[THREADS * EACH_THREAD];
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        workers[i].env = t->env;
        ASSERT_INT(pthread_create(&threads[i], NULL, make_ids, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        memcpy(all + i * EACH_THREAD, workers[i].ids, sizeof(workers[i].ids));
    }
    qsort(all, THREADS * EACH_THREAD, sizeof(all[0]), by_value);
    for (size_t i = 1; i < THREADS * EACH_THREAD; i++)
        ASSERT_TRUE(all[i] != all[i - 1]);
}

TEST(printed_ids_are_read_back)
{
    int64_t out;

    for (int i = 0; i < 1000; i++) {
        int64_t id = (int64_t)(test_random(t) >> 1) | 1;

        ASSERT_TRUE(id_read("par", id_print(t->arena, "par", id), &out));
        ASSERT_INT(out, id);
    }
    ASSERT_STR(id_print(t->arena, "par", 1), "par_0000000000001");
    ASSERT_STR(id_print(t->arena, "cnv", INT64_MAX), "cnv_7zzzzzzzzzzzz");
    ASSERT_TRUE(id_print(t->arena, "par", 0).at == NULL);
}

TEST(only_the_canonical_form_with_the_right_prefix_is_read)
{
    static const char *const cases[] = { "", "par", "par_", "par_000000000001",
        "par_00000000000001", "0000000000001", "lnk_0000000000001", "PAR_0000000000001",
        "par_000000000000A", "par_000000000000o", "par_000000000000l", "par_0000000000000",
        "par_8000000000000", "par_zzzzzzzzzzzzz", "par-0000000000001", "par_-000000000001",
        "part_0000000000001", "par_000000000000 " };
    int64_t out = 7;

    EACH (c, cases) {
        test_case("%s", *c);
        ASSERT_FALSE(id_read("par", str_of(*c), &out));
        ASSERT_INT(out, 7);
    }
    ASSERT_FALSE(id_read("par", STR_NONE, &out));
}

RUN_TESTS(ROW(ids_grow_even_when_the_clock_stands_or_goes_back),
    ROW(an_id_tells_its_time_and_its_node),
    ROW(ids_made_after_a_restart_with_an_earlier_clock_are_later_than_the_known_one),
    ROW(threads_never_get_the_same_id), ROW(printed_ids_are_read_back),
    ROW(only_the_canonical_form_with_the_right_prefix_is_read))
