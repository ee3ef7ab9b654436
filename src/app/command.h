/* Commands of the program: rows of a table in main.c, one small file each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Exit codes of every command. */
enum { DONE = 0, REFUSED = 1, WRONG_USAGE = 2 };

struct option {
    const char *name;  /* "--data" */
    const char *env;   /* "TRIBUTARY_DATA": used when the option is not given; may be null */
    const char *value; /* what the help calls its value: "DIR"; null: a flag */
    const char *help;
};

struct args {
    const struct option *options; /* ended by a null name */
    const char *values[32];       /* by index of the option; null: not given */
    const char *words[16];        /* what was given without an option */
    size_t word_count;
};

struct command {
    const char *name;
    const char *words; /* what stands after the name in the help: "add" */
    const char *help;  /* one line */
    const struct option *options;
    int (*run)(const struct args *);
};

/* The option's value, else the environment's, else null. */
const char *args_get(const struct args *, const char *name);
bool args_has(const struct args *, const char *name);
/* A message to standard error: "tributary: …". Returns `code`. */
int say_failed(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Options that many commands have. */
#define OPTION_DATA                                                                                \
    {                                                                                              \
        "--data", "TRIBUTARY_DATA", "DIR", "the data folder"                                       \
    }
#define OPTION_DATABASE                                                                            \
    {                                                                                              \
        "--database", "TRIBUTARY_DATABASE", "URL",                                                 \
            "sqlite: (default, in the data folder) or postgres://…"                              \
    }
#define OPTION_JSON                                                                                \
    {                                                                                              \
        "--json", NULL, NULL, "print JSON instead of words"                                        \
    }

int cmd_init(const struct args *);
int cmd_serve(const struct args *);
int cmd_demo(const struct args *);
int cmd_person(const struct args *);
int cmd_openapi(const struct args *);
int cmd_routes(const struct args *);
int cmd_check(const struct args *);
int cmd_backup(const struct args *);
int cmd_restore(const struct args *);
int cmd_export(const struct args *);
int cmd_import(const struct args *);
int cmd_move(const struct args *);
int cmd_partition(const struct args *);
int cmd_verify(const struct args *);
int cmd_spool(const struct args *);
int cmd_replay(const struct args *);
int cmd_version(const struct args *);

extern const struct option spool_options[], init_options[], serve_options[], demo_options[], person_options[], data_options[],
    backup_options[], restore_options[], export_options[], import_options[], move_options[], replay_options[], no_options[];
