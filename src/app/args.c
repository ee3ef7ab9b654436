/* Reading the command line: options with their environment, words, and the help that says so. */
#include "app/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find_option(const struct option *options, const char *name, size_t length)
{
    for (int i = 0; options[i].name; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
            return i;
    return -1;
}

const char *args_get(const struct args *args, const char *name)
{
    int i = find_option(args->options, name, strlen(name));

    if (i < 0)
        return NULL;
    if (args->values[i])
        return args->values[i];
    const char *value = args->options[i].env ? getenv(args->options[i].env) : NULL;
    return value && value[0] ? value : NULL;
}

bool args_has(const struct args *args, const char *name)
{
    return args_get(args, name) != NULL;
}

int say_failed(int code, const char *format, ...)
{
    va_list list;

    fputs("tributary: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return code;
}

/* One argument that begins with "--"; true when the next one was its value. */
static bool take_option(struct args *args, char **argv, int at, int count, const char **out_wrong)
{
    const char *equals = strchr(argv[at], '=');
    size_t length = equals ? (size_t)(equals - argv[at]) : strlen(argv[at]);
    int i = find_option(args->options, argv[at], length);

    *out_wrong = NULL;
    if (i < 0) {
        *out_wrong = "there is no option";
        return false;
    }
    if (!args->options[i].value) {
        *out_wrong = equals ? "takes no value:" : NULL;
        args->values[i] = "1";
        return false;
    }
    if (equals) {
        args->values[i] = equals + 1;
        return false;
    }
    if (at + 1 == count) {
        *out_wrong = "needs a value:";
        return false;
    }
    args->values[i] = argv[at + 1];
    return true;
}

bool args_read(const struct option *options, int count, char **argv, struct args *out)
{
    *out = (struct args){ .options = options };
    for (int at = 0; at < count; at++) {
        const char *wrong = NULL;
        if (strncmp(argv[at], "--", 2) != 0) {
            if (out->word_count == sizeof(out->words) / sizeof(out->words[0]))
                return say_failed(false, "too many words, at %s", argv[at]);
            out->words[out->word_count++] = argv[at];
            continue;
        }
        bool took_two = take_option(out, argv, at, count, &wrong);
        if (wrong)
            return say_failed(false, "%s %s", wrong, argv[at]);
        at += took_two;
    }
    return true;
}

void args_help(const struct command *command)
{
    printf("tributary %s%s%s: %s\n", command->name, command->words[0] ? " " : "", command->words,
        command->help);
    if (command->options[0].name)
        puts("\nOptions:");
    for (const struct option *o = command->options; o->name; o++) {
        int width = printf("  %s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("%*s%s", width < 28 ? 28 - width : 1, "", o->help);
        printf(o->env ? " [%s]\n" : "\n", o->env);
    }
    puts("\nExit codes: 0 done, 1 refused or failed with a message, 2 wrong usage.");
}
