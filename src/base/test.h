/* Tests: a thin layer over cmocka. A test is a sentence; a table of cases is better than five of them.
 *
 *   TEST(discount_stops_at_cap_and_end)
 *   {
 *       static const struct { const char *at; int64_t minor; } cases[] = { … };
 *
 *       EACH (c, cases) {
 *           test_case("at %s", c->at);
 *           ASSERT_OK(coupon_discount(…, test_instant(c->at), &out));
 *           ASSERT_INT(out.minor, c->minor);
 *       }
 *   }
 *   RUN_TESTS(ROW(discount_stops_at_cap_and_end))
 *
 * Every test has an arena and an env of its own: the clock stands at 2026-12-01T10:00:00Z until the test moves it,
 * randomness repeats. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/str.h"

struct test {
    struct arena *arena;
    const struct env *env;
    const char *folder; /* null until test_folder() made it */
};

struct test_row {
    const char *sentence;
    void (*run)(struct test *);
};

#define TEST(sentence_) static void sentence_(struct test *t __attribute__((unused)))
#define ROW(sentence_)  { #sentence_, sentence_ }
#define RUN_TESTS(...)                                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        static const struct test_row rows[] = { __VA_ARGS__ };                                     \
        return test_main(__FILE__, rows, sizeof(rows) / sizeof(rows[0]));                          \
    }

#define EACH(item, table)                                                                          \
    for (const typeof((table)[0]) *item = (table); item < (table) + sizeof(table) / sizeof((table)[0]); item++)

int test_main(const char *file, const struct test_row *rows, size_t count);

/* Which case of a table runs: printed when it fails. */
void test_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

void test_at(struct test *, const char *rfc3339);   /* sets the clock */
void test_advance(struct test *, int64_t ms);       /* moves the clock and the ticks */
instant test_instant(const char *rfc3339);          /* fails the test when it cannot be read */
const char *test_folder(struct test *);             /* an empty folder, taken away after the test */
uint64_t test_random(struct test *);                /* repeats in every run */
int64_t test_random_between(struct test *, int64_t least, int64_t most);

#define ASSERT_TRUE(condition)    test_assert((condition), #condition, __FILE__, __LINE__)
#define ASSERT_FALSE(condition)   test_assert(!(condition), "not " #condition, __FILE__, __LINE__)
#define ASSERT_INT(is, wanted)    test_assert_int((int64_t)(is), (int64_t)(wanted), #is, __FILE__, __LINE__)
#define ASSERT_STR(is, wanted)    test_assert_str((is), str_of(wanted), #is, __FILE__, __LINE__)
#define ASSERT_STR_EQ(is, wanted) test_assert_str((is), (wanted), #is, __FILE__, __LINE__)
#define ASSERT_HAS(is, part)      test_assert_has((is), str_of(part), true, #is, __FILE__, __LINE__)
#define ASSERT_HAS_NOT(is, part)  test_assert_has((is), str_of(part), false, #is, __FILE__, __LINE__)
#define ASSERT_OK(expression)     test_assert_err((expression), NULL, #expression, __FILE__, __LINE__)
/* `named` is the address of a named error: ASSERT_ERR(coupon_check(&c), &COUPON_EXPIRED). */
#define ASSERT_ERR(expression, named) test_assert_err((expression), (named), #expression, __FILE__, __LINE__)

void test_assert(bool condition, const char *words, const char *file, int line);
void test_assert_int(int64_t is, int64_t wanted, const char *words, const char *file, int line);
void test_assert_str(str is, str wanted, const char *words, const char *file, int line);
void test_assert_has(str is, str part, bool wanted, const char *words, const char *file, int line);
void test_assert_err(err is, err wanted, const char *words, const char *file, int line);
