/* The command line, read. */
#include "app/args.h"

#include <stdlib.h>

#include "base/test.h"

static const struct option options[] = {
    { "--data", "TRIBUTARY_TEST_DATA", "DIR", "" },
    { "--json", NULL, NULL, "" },
    { 0 },
};

static bool read_line(struct args *args, int count, ...)
{
    static char *argv[8];
    va_list list;

    va_start(list, count);
    for (int i = 0; i < count; i++)
        argv[i] = va_arg(list, char *);
    va_end(list);
    return args_read(options, count, argv, args);
}

TEST(option_takes_the_next_word_or_what_stands_after_the_equals_sign)
{
    struct args args;

    ASSERT_TRUE(read_line(&args, 3, "--data", "/tmp/x", "add"));
    ASSERT_STR(str_of(args_get(&args, "--data")), "/tmp/x");
    ASSERT_INT(args.word_count, 1);
    ASSERT_STR(str_of(args.words[0]), "add");
    ASSERT_FALSE(args_has(&args, "--json"));

    ASSERT_TRUE(read_line(&args, 2, "--data=/tmp/y", "--json"));
    ASSERT_STR(str_of(args_get(&args, "--data")), "/tmp/y");
    ASSERT_TRUE(args_has(&args, "--json"));
}

TEST(wrong_lines_are_refused)
{
    struct args args;

    ASSERT_FALSE(read_line(&args, 1, "--data"));
    ASSERT_FALSE(read_line(&args, 1, "--dat"));
    ASSERT_FALSE(read_line(&args, 1, "--json=1"));
}

TEST(environment_speaks_when_the_line_does_not)
{
    struct args args;

    setenv("TRIBUTARY_TEST_DATA", "/env", 1);
    ASSERT_TRUE(read_line(&args, 0));
    ASSERT_STR(str_of(args_get(&args, "--data")), "/env");
    ASSERT_TRUE(read_line(&args, 2, "--data", "/line"));
    ASSERT_STR(str_of(args_get(&args, "--data")), "/line");
    unsetenv("TRIBUTARY_TEST_DATA");
}

RUN_TESTS(ROW(option_takes_the_next_word_or_what_stands_after_the_equals_sign),
    ROW(wrong_lines_are_refused), ROW(environment_speaks_when_the_line_does_not))
