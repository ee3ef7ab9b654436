/* Inside the room: sums per partner, and one side of the comparison. */
#pragma once

#include "base/buf.h"
#include "rooms/replay/replay.h"

/* Sums per partner and currency, while orders are decided. */
struct tally {
    struct tally_row {
        int64_t partner_id; /* 0: free */
        currency currency;
        int64_t orders, sum;
    } *at;
    size_t count, room;
};
void tally_add(struct tally *, int64_t partner_id, currency, int64_t orders, int64_t minor);
void tally_free(struct tally *);
/* Rows of struct replay_line out of both. */
void tally_lines(struct arena *, const struct tally *before, const struct tally *after,
    struct list *out);

/* Fills lines, totals, gain and lose. */
MUST_CHECK err replay_summarise(struct store *, struct arena *, int64_t program_id,
    const struct tally *before, const struct tally *after, struct replay_outcome *out);

/* ---- replays that are kept ---- */

enum replay_state { REPLAY_WAITING, REPLAY_RUNNING, REPLAY_DONE, REPLAY_FAILED };
extern const char *const replay_state_names[];

struct replay_kept {
    int64_t id, program_id;
    str draft; /* JSON */
    instant since, until;
    instant created_at;
    str created_by;
    enum replay_state state;
    int64_t percent;
    int64_t orders, gain, lose;
    instant ended_at;
    str failure;
};
extern const struct fields replay_kept_fields;
struct replay_kept replay_of_wish(const struct replay_wish *);
extern const struct job_kind replay_jobs[];

/* A draft that has the rules as they are, the rates changed; a rule without a rate is left out. */
struct replay_change {
    const struct rule *rule;
    bool is_out;
    int64_t rate; /* basis points, or minor units of a fixed sum */
};
void replay_write_rule(struct buf *, const struct replay_change *);
