/* The program: a table of commands. */
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/command.h"

/* clang-format off */
static const struct command commands[] = {
    { "init",    "",                 "make the data folder, an owner and a key, and print them once", init_options,    cmd_init },
    { "serve",   "",                 "serve the console, the portal, the API and the links",          serve_options,   cmd_serve },
    { "demo",    "",                 "make a demo programme with a believable history",               demo_options,    cmd_demo },
    { "person",  "add|list|password","people who sign in, while the server does not run",             person_options,  cmd_person },
    { "verify",  "",                 "reckon every figure of the books again from the raw facts",    data_options,    cmd_verify },
    { "replay",  "",                 "decide history again under other rules; nothing is written",    replay_options,  cmd_replay },
    { "check",   "",                 "check that the store is sound and up to date",                  data_options,    cmd_check },
    { "backup",  "",                 "copy the store, also while it is served",                       backup_options,  cmd_backup },
    { "restore", "",                 "make a data folder out of a backup",                            restore_options, cmd_restore },
    { "export",  "",                 "write everything as portable text",                             export_options,  cmd_export },
    { "import",  "",                 "read an export into a fresh store",                             import_options,  cmd_import },
    { "spool",   "drain DIR",        "move the clicks of a node that does not come back",             spool_options,   cmd_spool },
    { "move",    "",                 "carry everything from one engine to the other",                 move_options,    cmd_move },
    { "partition", "",               "lay clicks on PostgreSQL out in parts of thirty days",          data_options,    cmd_partition },
    { "openapi", "",                 "print the API document (OpenAPI 3.1)",                          no_options,      cmd_openapi },
    { "routes",  "",                 "print every route as JSON",                                     no_options,      cmd_routes },
    { "version", "",                 "print the version",                                             no_options,      cmd_version },
};
/* clang-format on */
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void help(FILE *to)
{
    fputs("Tributary: partner programmes whose every cent explains itself.\n\n"
          "Usage: tributary COMMAND [options]     tributary COMMAND --help\n\n",
        to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].help);
}

static bool asks_for_help(int count, char **argv)
{
    for (int i = 0; i < count; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run(const struct command *command, int count, char **argv)
{
    struct args args;

    if (asks_for_help(count, argv)) {
        args_help(command);
        return DONE;
    }
    if (!args_read(command->options, count, argv, &args))
        return WRONG_USAGE;
    if (!command->words[0] && args.word_count)
        return say_failed(WRONG_USAGE, "%s takes no word: %s", command->name, args.words[0]);
    return command->run(&args);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return WRONG_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(stdout);
        return DONE;
    }
    if (strcmp(argv[1], "--version") == 0)
        return cmd_version(NULL);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return run(&commands[i], argc - 2, argv + 2);
    return say_failed(WRONG_USAGE, "there is no command %s; tributary --help lists them", argv[1]);
}
