/* The thin layer over cmocka, and the env of tests. */
#include "base/test.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/id.h"
#include "base/log.h"

enum { TESTS_MOST = 200 };

struct fake {
    struct env env; /* first: the functions below cast */
    instant now;
    int64_t ticks_us, offset_ms;
    uint64_t random;
    struct id_source ids;
};

static char case_words[300];

static instant fake_now(const struct env *env)
{
    const struct fake *f = (const struct fake *)env;

    return instant_plus_ms(f->now, __atomic_load_n(&f->offset_ms, __ATOMIC_SEQ_CST));
}

static int64_t fake_ticks_us(const struct env *env)
{
    const struct fake *f = (const struct fake *)env;

    return f->ticks_us + __atomic_load_n(&f->offset_ms, __ATOMIC_SEQ_CST) * 1000;
}

/* splitmix64; the step is atomic because stores and jobs have threads. */
static uint64_t next_random(struct fake *f)
{
    uint64_t z = __atomic_add_fetch(&f->random, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_SEQ_CST);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void fake_random(const struct env *env, void *out, size_t size)
{
    struct fake *f = (struct fake *)(uintptr_t)env;

    for (size_t at = 0; at < size; at += 8) {
        uint64_t bits = next_random(f);

        memcpy((char *)out + at, &bits, size - at < 8 ? size - at : 8);
    }
}

static struct fake *fake_of(struct test *t)
{
    return (struct fake *)(uintptr_t)t->env;
}

void test_at(struct test *t, const char *rfc3339)
{
    struct fake *f = fake_of(t);

    f->now = test_instant(rfc3339);
    __atomic_store_n(&f->offset_ms, 0, __ATOMIC_SEQ_CST);
}

void test_advance(struct test *t, int64_t ms)
{
    env_advance(t->env, ms);
}

instant test_instant(const char *rfc3339)
{
    instant out = { 0 };

    if (!instant_read(str_of(rfc3339), &out))
        fail_msg("not a time: %s", rfc3339);
    return out;
}

uint64_t test_random(struct test *t)
{
    return next_random(fake_of(t));
}

int64_t test_random_between(struct test *t, int64_t least, int64_t most)
{
    uint64_t span = (uint64_t)most - (uint64_t)least + 1;
    uint64_t bits = test_random(t);

    return (int64_t)((uint64_t)least + (span ? bits % span : bits));
}

const char *test_folder(struct test *t)
{
    if (!t->folder) {
        const char *base = getenv("TMPDIR");
        char *path = (char *)(uintptr_t)str_printf(
            t->arena, "%s/tributary-test-XXXXXX", base ? base : "/tmp")
                         .at;

        if (!mkdtemp(path))
            fail_msg("no folder %s", path);
        t->folder = path;
    }
    return t->folder;
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *where)
{
    (void)s;
    (void)kind;
    (void)where;
    return remove(path);
}

static void run_row(void **state)
{
    const struct test_row *row = *state;
    struct arena *arena = arena_new();
    struct fake *fake = ARENA_NEW(arena, struct fake);
    struct test t = { .arena = arena, .env = &fake->env };

    /* Not on the stack: the threads of a test that failed go on using it. */
    *fake = (struct fake){
        .env = { fake_now, fake_ticks_us, fake_random, files_system(), 1, NULL, NULL },
        .random = 42,
        .ticks_us = 1000000,
    };
    fake->env.ids = &fake->ids;
    fake->env.clock_offset_ms = &fake->offset_ms;
    case_words[0] = '\0';
    test_at(&t, "2026-12-01T10:00:00Z");
    row->run(&t);
    char *folder = t.folder ? strdup(t.folder) : NULL;
    arena_free(t.arena); /* closes what is open in the folder */
    if (folder)
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

int test_main(const char *file, const struct test_row *rows, size_t count)
{
    static struct CMUnitTest tests[TESTS_MOST];

    (void)env_system(); /* readies libsodium */
    log_level_set(LOG_ERROR);
    if (count > TESTS_MOST) {
        fprintf(stderr, "%s: more than %d tests\n", file, TESTS_MOST);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].sentence,
            .test_func = run_row,
            .initial_state = (void *)(uintptr_t)&rows[i] };
    return _cmocka_run_group_tests(file, tests, count, NULL, NULL) ? 1 : 0;
}

void test_case(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(case_words, sizeof(case_words), format, args);
    va_end(args);
}

static void say_case(void)
{
    if (case_words[0])
        print_error("in the case \"%s\":\n", case_words);
}

void test_assert(bool condition, const char *words, const char *file, int line)
{
    if (condition)
        return;
    say_case();
    print_error("%s\n", words);
    _fail(file, line);
}

void test_assert_int(int64_t is, int64_t wanted, const char *words, const char *file, int line)
{
    if (is == wanted)
        return;
    say_case();
    print_error("%s is %" PRId64 ", not %" PRId64 "\n", words, is, wanted);
    _fail(file, line);
}

void test_assert_str(str is, str wanted, const char *words, const char *file, int line)
{
    if (str_eq(is, wanted) && !is.at == !wanted.at)
        return;
    say_case();
    print_error("%s is\n  %s%.*s%s\nnot\n  %s%.*s%s\n", words, is.at ? "\"" : "none", STR_ARG(is),
        is.at ? "\"" : "", wanted.at ? "\"" : "none", STR_ARG(wanted), wanted.at ? "\"" : "");
    _fail(file, line);
}

void test_assert_has(str is, str part, bool wanted, const char *words, const char *file, int line)
{
    if (str_has(is, part) == wanted)
        return;
    say_case();
    print_error(
        "%s %s \"%.*s\":\n%.*s\n", words, wanted ? "lacks" : "has", STR_ARG(part), STR_ARG(is));
    _fail(file, line);
}

static const char *code_of(err e)
{
    return e ? e->code : "success";
}

void test_assert_err(err is, err wanted, const char *words, const char *file, int line)
{
    if (err_is(is, wanted))
        return;
    say_case();
    print_error(
        "%s gives %s (%s), not %s\n", words, code_of(is), is ? is->text : "", code_of(wanted));
    _fail(file, line);
}
