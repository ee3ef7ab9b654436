/* tributary verify: every figure of the books reckoned again from the raw facts. */
#include <inttypes.h>
#include <stdio.h>

#include "app/command.h"
#include "app/house.h"
#include "base/buf.h"
#include "rooms/verify/verify.h"

struct printing {
    struct arena *arena;
    bool as_json;
    int64_t count;
};

static err print_difference(const struct verify_difference *d, void *arg)
{
    struct printing *p = arg;

    if (p->as_json) {
        struct buf out = buf_new(p->arena);
        buf_json(&out, verify_sentence(p->arena, d));
        printf("%s\n    %" PRI_STR, p->count ? "," : "", STR_ARG(buf_str(&out)));
    } else {
        printf("%" PRI_STR "\n", STR_ARG(verify_sentence(p->arena, d)));
    }
    p->count++;
    return NULL;
}

static void print_outcome(const struct printing *p, const struct verify_outcome *out)
{
    if (p->as_json)
        printf("%s],\n  \"conversions\": %" PRId64 ", \"commissions\": %" PRId64
               ", \"entries\": %" PRId64 ", \"postings\": %" PRId64 ", \"differences\": %" PRId64
               "\n}\n",
            p->count ? "\n  " : "", out->conversions, out->commissions, out->entries, out->postings,
            out->differences);
    else
        printf("%" PRId64 " orders, %" PRId64 " commissions, %" PRId64 " entries, %" PRId64
               " postings: %" PRId64 " differences.\n",
            out->conversions, out->commissions, out->entries, out->postings, out->differences);
}

int cmd_verify(const struct args *args)
{
    struct house house;
    struct verify_outcome outcome = { 0 };
    int code = house_open(args, HOUSE_READ, &house);

    if (code != DONE)
        return code;
    struct printing p = { .arena = house.arena, .as_json = args_has(args, "--json") };
    if (p.as_json)
        printf("{\n  \"report\": [");
    err failure = verify_run(house.store, print_difference, &p, &outcome);
    if (failure)
        code = say_failed(REFUSED, "%s", failure->text);
    else
        print_outcome(&p, &outcome);
    if (outcome.differences)
        code = REFUSED;
    house_close(&house);
    return code;
}
