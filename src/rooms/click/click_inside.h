/* What the files of the click room share. */
#pragma once

#include "base/secret.h"
#include "http/edge.h"
#include "rooms/click/agent.h"
#include "rooms/click/click.h"
#include "rooms/link/link.h"
#include "store/spool.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    CLICK_SUBS = 5,
    CLICK_SUB_MAX = 128,
    CLICK_REFERRER_MAX = 100,
    CLICK_LANDING_MAX = 2000,
    CLICK_RECORD_MAX =
        128 + CLICK_SUBS * CLICK_SUB_MAX + CLICK_REFERRER_MAX + 46 + CLICK_LANDING_MAX,
    VISITOR_LEN = 13, /* of the cookie's value */
};

extern const struct job_kind click_jobs[];

/* ---- the record of the spool: record.c
 * -------------------------------------------------------------------- */

size_t click_record_write(const struct click *, unsigned char out[CLICK_RECORD_MAX]);
/* Texts point into the record. False: not a click of a version we know. */
bool click_record_read(const unsigned char *record, size_t size, struct click *out);

/* ---- keys, token, visitor: token.c
 * ------------------------------------------------------------------------ */

struct click_keys {
    unsigned char token[SHORT_KEY_BYTES];
    unsigned char visitor[SHORT_KEY_BYTES];
    unsigned char repeat[SHORT_KEY_BYTES]; /* of this process */
};
void click_keys_make(struct click_keys *, const unsigned char secret[MAC_KEY_BYTES]);
void click_token_write(
    const struct click_keys *, const struct click_token *, char out[CLICK_TOKEN_LEN]);
bool click_token_open(const struct click_keys *, str token, struct click_token *out);
void click_visitor_write(const struct click_keys *, int64_t visitor_id, char out[VISITOR_LEN]);
/* The same in two steps, for both at once: the visitor's id as the world sees it, then printed. */
uint64_t click_visitor_shown(const struct click_keys *, int64_t visitor_id);
void click_visitor_print(uint64_t shown, char out[VISITOR_LEN]);
void click_token_print(const struct click_keys *, const struct click_token *, uint64_t shown,
    char out[CLICK_TOKEN_LEN]);
bool click_visitor_open(
    const struct click_keys *, str cookie, instant now, int64_t *out_visitor_id);

/* ---- repeats: repeat.c
 * -------------------------------------------------------------------------------------- */

struct repeats;
struct repeats *repeats_new(void);
void repeats_free(struct repeats *);
/* Soon to be asked for: brings its place near. */
void repeats_expect(struct repeats *, uint64_t key);
/* Was the key seen within `window_s` before `now_s`? If not, it counts as seen now. The table is
 * bounded: the oldest key of its bucket gives way. */
bool repeats_seen(struct repeats *, uint64_t key, int64_t now_s, int64_t window_s);

/* ---- counting by the minute: minutes.c
 * ------------------------------------------------------------------- */

enum { MINUTES_KEPT = 64, MINUTE_PROGRAMS = 256 };
struct minutes {
    _Atomic int64_t program_id;
    _Atomic uint64_t
        slots[MINUTES_KEPT]; /* minute since 1970 in the upper half, count in the lower */
};
void minutes_count(struct minutes *, instant);
void minutes_read(struct minutes *, instant now, int64_t out[60]);

/* ---- roll-ups: rollup.c
 * -------------------------------------------------------------------------------------- */

struct rollups;
struct rollups *rollups_new(void);
void rollups_free(struct rollups *);
void rollups_add(struct rollups *, const struct click *);
void rollups_clear(struct rollups *);
size_t rollups_count(const struct rollups *); /* clicks in it */
/* Inside a write; changes nothing in memory. */
MUST_CHECK err rollups_write(struct db *, const struct rollups *);
/* Inside a write: makes the roll-ups of these hours anew from rows. For restored and moved stores.
 */
MUST_CHECK err rollups_rebuild(struct db *, instant from_hour, instant to_hour);

/* ---- rows: drain_rows.c
 * -------------------------------------------------------------------------------------- */

/* Inside a write: what is there already is left alone. */
MUST_CHECK err clicks_insert(struct db *, const struct click *, size_t count, bool some_are_there);
/* The same, and counts those that were not there. Slower. */
MUST_CHECK err clicks_insert_new(
    struct db *, const struct click *, size_t count, struct rollups *counted);

/* ---- everything together: live.c
 * ------------------------------------------------------------------------ */

/* A key that lives for a day and is then thrown away. Two words each, so that a reader never sees
 * half. */
struct salt {
    _Atomic uint64_t words[2];
};

struct drain {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wanted, settled;
    bool settle_wanted, is_stopping;
    bool is_behind; /* the store refused the last batch */
    struct spool_position drained, rolled;
    struct spool_position complete_at; /* rows and roll-ups hold everything before */
    instant complete_to;
    int64_t day; /* whose salt new clicks get, in days since 1970 */
    uint64_t count;
};

struct live {
    const struct env *env;
    struct store *store;
    struct spool *spool;
    struct links *links;
    const char *data_dir;
    bool trust_country;
    const _Atomic int64_t *ids_until_us;
    struct click_keys keys;
    struct repeats *repeats;
    struct salt salts[2];
    _Atomic unsigned salt_now;
    int64_t salt_day; /* the drain's own, with what follows */
    int64_t salt_ask_ms;
    bool shares_salt, salt_agreed;
    struct minutes all, programs[MINUTE_PROGRAMS];
    _Atomic uint64_t recorded, unrecorded;
    struct edge *_Atomic edge;
    struct drain drain;
};

/* Is the node's number still its own? */
static inline bool live_may_record(const struct live *live, int64_t now_us)
{
    return now_us < atomic_load_explicit(live->ids_until_us, memory_order_relaxed);
}
void live_count(struct live *, int64_t program_id, instant);
void live_salt_turn(struct live *, instant now); /* a new key when the day is new */
MUST_CHECK err drain_open(struct live *);
void drain_close(struct live *);
/* Waits until everything acknowledged is drained and rolled up and visitors are told apart by the
 * salt of the present day, at most `ms`. */
instant drain_settle(struct live *, int64_t ms);
bool drain_settled(struct live *);

/* ---- from a visit to a click: follow.c
 * ------------------------------------------------------------------- */

/* Everything about a click that is decided before it is recorded. No pointer into the links
 * remains. */
struct click_plan {
    struct click click;
    char subs[CLICK_SUBS][CLICK_SUB_MAX], referrer[256], country[2], ip[46];
    char landing[CLICK_LANDING_MAX];
    char head[2 * CLICK_LANDING_MAX + 128], tail[CLICK_LANDING_MAX];
    size_t head_len, plain_len, tail_len;
    char token[CLICK_TOKEN_LEN], visitor[VISITOR_LEN];
    bool sets_cookie;
};
/* Counts it, once it is known whether the record is safe. */
struct click_note {
    int64_t program_id, marks;
    instant at;
};
void click_noted(struct live *, struct click_note, bool is_safe);
/* Between links_enter and links_leave. */
void click_plan(struct live *, const struct link_hot *, const struct click_visit *,
    const struct agent *, struct click_plan *out);
