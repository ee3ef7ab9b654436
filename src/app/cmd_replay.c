/* tributary replay: history decided once more under other rules; nothing is written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/house.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/program/program.h"
#include "rooms/replay/replay.h"

const struct option replay_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--rules", NULL, "FILE", "the draft, as JSON: docs/handbook, chapter 3" },
    { "--from", NULL, "TIME", "orders from then on" },
    { "--to", NULL, "TIME", "orders before then" },
    { "--program", NULL, "ID", "needed where there are several" },
    { "--threads", NULL, "N", "at once; default 2" },
    OPTION_JSON,
    { 0 },
};

enum { DRAFT_MOST = 1 << 20 };

static str read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = arena_alloc(arena, DRAFT_MOST);
    size_t len = file ? fread(text, 1, DRAFT_MOST, file) : 0;

    if (!file || ferror(file) || len == DRAFT_MOST) {
        if (file)
            fclose(file);
        return STR_NONE;
    }
    fclose(file);
    return (str){ text, len };
}

/* ---- what is asked
 * ------------------------------------------------------------------------------------------ */

static int read_time(const struct args *args, const char *option, instant *out)
{
    const char *told = args_get(args, option);

    if (told && !instant_read(str_of(told), out))
        return say_failed(WRONG_USAGE, "%s needs a time, such as 2026-01-31 or 2026-01-31T00:00:00Z",
            option);
    return DONE;
}

static err only_program(struct db *db, void *arg)
{
    return program_only(db, arg);
}

static int choose_program(
    const struct args *args, struct house *house, const struct replay_draft *draft, int64_t *out)
{
    const char *told = args_get(args, "--program");

    *out = draft->program_id;
    if (told && !id_read("prg", str_of(told), out))
        return say_failed(WRONG_USAGE, "%s is not the id of a programme", told);
    if (!*out && store_read(house->store, only_program, out))
        return say_failed(REFUSED, "the programmes cannot be read");
    if (!*out)
        return say_failed(WRONG_USAGE, "say which programme: --program prg_...");
    return DONE;
}

static int read_draft(const struct args *args, struct house *house, struct replay_draft *out)
{
    const char *path = args_get(args, "--rules");
    str where = STR_NONE, json = read_file(house->arena, path);

    if (!json.at)
        return say_failed(REFUSED, "the file %s cannot be read", path);
    err failure = replay_draft_read(house->arena, json, out, &where);
    if (failure)
        return say_failed(REFUSED, "%s %" PRI_STR, failure->text, STR_ARG(where));
    return DONE;
}

/* ---- what comes out
 * ----------------------------------------------------------------------------------------- */

static bool show_progress(int64_t done, int64_t parts, void *arg)
{
    (void)arg;
    fprintf(stderr, "\r%3d %%", (int)(done * 100 / parts));
    if (done == parts)
        fprintf(stderr, "\r     \r");
    return true;
}

static str decimal(struct arena *arena, int64_t minor, currency unit)
{
    return amount_decimal(arena, (amount){ minor, unit });
}

static void print_line(struct arena *arena, const struct replay_line *l, str name)
{
    printf("%-32.*s %s %8" PRId64 " %8" PRId64 " %14" PRI_STR " %14" PRI_STR " %14" PRI_STR "\n",
        (int)name.len, name.at, l->currency.code, l->orders_before, l->orders,
        STR_ARG(decimal(arena, l->before, l->currency)),
        STR_ARG(decimal(arena, l->after, l->currency)),
        STR_ARG(decimal(arena, l->difference, l->currency)));
}

static void print_words(struct arena *arena, const struct replay_outcome *out)
{
    const struct replay_line *lines = out->lines.at, *totals = out->totals.at;

    printf("%-32s %3s %8s %8s %14s %14s %14s\n", "Partner", "", "Orders", "drafted", "As it was",
        "As drafted", "Difference");
    for (size_t i = 0; i < out->lines.count; i++)
        print_line(arena, &lines[i], lines[i].partner_name);
    for (size_t i = 0; i < out->totals.count; i++)
        print_line(arena, &totals[i], STR("All"));
    printf("%" PRId64 " orders; %" PRId64 " would gain, %" PRId64 " would lose.\n", out->orders,
        out->gain, out->lose);
}

static void print_rows(struct arena *arena, const struct list *rows, bool with_partner)
{
    const struct replay_line *l = rows->at;

    for (size_t i = 0; i < rows->count; i++) {
        struct buf name = buf_new(arena);
        buf_json(&name, l[i].partner_name);
        printf("%s\n    {", i ? "," : "");
        if (with_partner)
            printf("\"partner_id\": \"%" PRI_STR "\", \"partner_name\": %" PRI_STR ", ",
                STR_ARG(id_print(arena, "par", l[i].partner_id)), STR_ARG(buf_str(&name)));
        printf("\"currency\": \"%s\", \"orders_before\": %" PRId64 ", \"orders\": %" PRId64
               ", \"before\": %" PRId64 ", \"after\": %" PRId64 ", \"difference\": %" PRId64 "}",
            l[i].currency.code, l[i].orders_before, l[i].orders, l[i].before, l[i].after,
            l[i].difference);
    }
}

static void print_json(struct arena *arena, const struct replay_outcome *out)
{
    printf("{\n  \"orders\": %" PRId64 ", \"gain\": %" PRId64 ", \"lose\": %" PRId64
           ",\n  \"totals\": [",
        out->orders, out->gain, out->lose);
    print_rows(arena, &out->totals, false);
    printf("],\n  \"data\": [");
    print_rows(arena, &out->lines, true);
    printf("]\n}\n");
}

static int run(const struct args *args, struct house *house, struct replay_ask *ask)
{
    struct replay_outcome out = { 0 };
    err failure = replay_run(house->store, house->arena, ask, &out);

    if (failure)
        return say_failed(REFUSED, "%s", failure->text);
    if (args_has(args, "--json"))
        print_json(house->arena, &out);
    else
        print_words(house->arena, &out);
    return DONE;
}

int cmd_replay(const struct args *args)
{
    struct replay_draft draft;
    struct replay_ask ask = { .draft = &draft };
    const char *threads = args_get(args, "--threads");
    struct house house;
    int code;

    if (!args_get(args, "--rules"))
        return say_failed(WRONG_USAGE, "say what to try: --rules FILE");
    if (read_time(args, "--from", &ask.from) != DONE || read_time(args, "--to", &ask.to) != DONE)
        return WRONG_USAGE;
    code = house_open(args, HOUSE_READ, &house);
    if (code != DONE)
        return code;
    ask.threads = threads ? (size_t)strtoul(threads, NULL, 10) : 0;
    ask.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    code = read_draft(args, &house, &draft);
    if (code == DONE)
        code = choose_program(args, &house, &draft, &ask.program_id);
    if (code == DONE)
        code = run(args, &house, &ask);
    house_close(&house);
    return code;
}
