/* Memory of a request. */
#include "base/arena.h"

#include <string.h>

#include "base/test.h"

TEST(pieces_are_aligned_apart_and_zeroed_when_asked)
{
    struct arena *a = arena_new();
    char *pieces[2000];

    for (size_t i = 0; i < 2000; i++) {
        size_t size = i * 7 % 900 + 1;

        pieces[i] = i % 2 ? arena_zero(a, size) : arena_alloc(a, size);
        ASSERT_INT((uintptr_t)pieces[i] % 16, 0);
        for (size_t at = 0; i % 2 && at < size; at++)
            ASSERT_INT(pieces[i][at], 0);
        memset(pieces[i], (int)(i % 100), size);
    }
    for (size_t i = 0; i < 2000; i++)
        for (size_t at = 0; at < i * 7 % 900 + 1; at++)
            ASSERT_INT(pieces[i][at], i % 100);
    arena_free(a);
}

TEST(large_pieces_and_empty_ones_are_given_too)
{
    struct arena *a = arena_new();
    char *large = arena_alloc(a, 5 * 1024 * 1024);
    char *empty = arena_alloc(a, 0), *other = arena_alloc(a, 1);

    memset(large, 1, 5 * 1024 * 1024);
    ASSERT_TRUE(empty != other);
    ASSERT_TRUE(arena_used(a) >= 5 * 1024 * 1024);
    arena_free(a);
}

struct note {
    char text[8];
    size_t len;
};

static struct note heard;

static void hear(void *letter)
{
    heard.text[heard.len++] = *(const char *)letter;
}

TEST(deferred_calls_run_newest_first_once)
{
    static char letters[] = "abc";
    struct arena *a = arena_new();

    heard = (struct note){ 0 };
    for (size_t i = 0; i < 3; i++)
        arena_defer(a, hear, &letters[i]);
    arena_reset(a);
    ASSERT_STR(str_of(heard.text), "cba");
    ASSERT_INT(arena_used(a), 0);
    arena_defer(a, hear, &letters[0]);
    arena_free(a);
    ASSERT_STR(str_of(heard.text), "cbaa");
}

TEST(a_reset_arena_is_usable_again)
{
    struct arena *a = arena_new();

    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++)
            memset(arena_alloc(a, 1000), round, 1000);
        arena_reset(a);
    }
    ASSERT_INT(*ARENA_NEW(a, int64_t), 0);
    ASSERT_INT(ARENA_ARRAY(a, int32_t, 3)[2], 0);
    arena_free(a);
}

TEST(a_rewound_arena_gives_the_same_memory_again)
{
    struct arena *a = arena_new();

    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++)
            memset(arena_alloc(a, 3000), round, 3000);
        memset(arena_alloc(a, 100000 + (size_t)round * 1000), round, 100000);
        ASSERT_TRUE(arena_used(a) > 400000);
        arena_rewind(a);
        ASSERT_INT(arena_used(a), 0);
    }
    ASSERT_INT(ARENA_ARRAY(a, int32_t, 3000)[2999], 0);
    arena_free(a);
}

RUN_TESTS(ROW(pieces_are_aligned_apart_and_zeroed_when_asked),
    ROW(large_pieces_and_empty_ones_are_given_too), ROW(deferred_calls_run_newest_first_once),
    ROW(a_reset_arena_is_usable_again), ROW(a_rewound_arena_gives_the_same_memory_again))
