/* Tracking links: a short code that leads to a page of the shop and belongs to one partner. Codes
 * are unique over the installation, whatever their case. Every approved partner has a default link.
 */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

enum link_status { LINK_ACTIVE, LINK_PAUSED };
extern const char *const link_status_names[];

struct link {
    int64_t id, program_id, partner_id;
    str code;         /* a-z 0-9 - _, 2 to 40 of them, lower case */
    str target_url;   /* a page on an allowed host of the programme */
    str partner_name; /* by join */
    str name;         /* the partner's own words; none: shown by its address */
    bool is_default;  /* one per partner; its id is the partner's */
    enum link_status status;
    str short_url; /* computed: base_url + /c/ + code */
    int64_t clicks,
        unique_clicks; /* drained so far; unique: not by robots, prefetches or as repeats */
    instant last_click_at;
    instant created_at, updated_at;
};
extern const struct fields link_fields;

extern const struct err LINK_NOT_FOUND; /* 404 */
extern const struct err LINK_CODE;      /* 422 code: letters and digits, 2 to 40 */
extern const struct err LINK_TAKEN;     /* 409 link_taken, code: somebody has it */
extern const struct err LINK_TARGET;    /* 422 target_url: not a page on an allowed host */

MUST_CHECK err link_get(struct db *, int64_t program_id, int64_t id, struct link *out);
/* By id alone: for tokens, whose MAC vouches for the id. */
MUST_CHECK err link_find(struct db *, int64_t id, struct link *out, bool *out_found);
MUST_CHECK err link_find_code(struct db *, str code, struct link *out, bool *out_found);
MUST_CHECK err link_of_partner(
    struct db *, int64_t program_id, int64_t partner_id, struct link *out, bool *out_found);

/* A code made of a name: "Anna Lindqvist" gives "anna-lindqvist". Empty when nothing of it can be
 * used. */
str link_code_of_name(struct arena *, str name);
/* Lower-cased and checked; LINK_CODE. Reserved words ("admin") are refused too. */
MUST_CHECK err link_code_read(struct arena *, str text, str *out);
/* The address cleaned and held against the programme's hosts; LINK_TARGET. Empty: the landing page.
 */
MUST_CHECK err link_target_read(struct db *, int64_t program_id, str text, str *out);

/* Inside a write; id and times are given. Without a code one is made from `code_hint`, else from
 * the id. LINK_TAKEN: the code given belongs to another. Afterwards links_reread, or links_changed
 * inside the write. */
MUST_CHECK err link_insert(struct db *, struct link *inout, str code_hint);
/* Inside the write that approves. The default link has its partner's id, so doing it twice changes
 * nothing. */
MUST_CHECK err link_make_default(struct db *, int64_t program_id, int64_t partner_id, instant now);
/* Inside a write: adds drained clicks to the totals. */
MUST_CHECK err link_count(
    struct db *, int64_t link_id, int64_t clicks, int64_t unique_clicks, instant last);

/* ---- all links in memory
 * -------------------------------------------------------------------------------- */

/* The facts of a programme that a click needs. */
struct link_program {
    int64_t id;
    str click_parameter; /* "tclid" */
    str fallback_url;    /* none: a 404 page */
    const str *domains;  /* allowed hosts, with the landing page's own */
    size_t domain_count;
    int64_t repeat_ms;
    bool keep_ip;
};

/* One link as the redirect needs it. Never changes: a change puts another in its place. */
struct link_hot {
    int64_t id, program_id, partner_id;
    const struct link_program_slot *program; /* links_program() */
    bool is_open;                            /* link active, partner approved */
    str code;
    str target_head; /* the target up to where the token stands: "https://shop.example/p?tclid=" */
    size_t plain;    /* so many bytes of target_head make the target without a token */
    str target_tail; /* "#fragment", or empty */
};

struct links;
/* Loads every link. One per store; changes that other rooms announce find it by its store. */
MUST_CHECK err links_open(struct store *, const struct env *, struct links **out);
void links_close(struct links *);

/* Between the two, what links_find gave stays. Takes no lock, waits for nobody; for microseconds
 * only. */
int links_enter(struct links *);
void links_leave(struct links *, int ticket);
/* Soon to be found: brings its place near, and some time later itself. Between the two as well. */
void links_expect(struct links *, str code);
void links_near(struct links *, str code);
/* Code in any case; null when there is none. */
const struct link_hot *links_find(struct links *, str code);
const struct link_program *links_program(const struct link_hot *);
/* The programme's facts when there is exactly one programme: unknown codes lead to its fallback.
 * Null: none. */
const struct link_program *links_only_program(struct links *);

/* After a write and before its answer: reads again what changed. An id of 0: none of that kind.
 * Uses SQL, so not on a loop. */
void links_reread(struct links *, int64_t program_id, int64_t partner_id, int64_t link_id);
/* Inside a write whose end is not ours to see: to be read again as soon as it is committed. Until
 * then links_unsettled says so for a moment, and links_refresh makes sure. Other nodes read it
 * again within a second. */
MUST_CHECK err links_changed(
    struct db *, int64_t program_id, int64_t partner_id, int64_t link_id);
bool links_unsettled(const struct links *);
void links_refresh(struct links *);
/* A code that is closed here or unknown: another node may have opened it a moment ago, before we
 * heard of it. Asks the store, so not on a loop; where the store is ours alone it does nothing. */
void links_look(struct links *, str code);

size_t links_count(struct links *);
size_t links_bytes(struct links *);

/* A target around its token: head + token + tail, or the first `plain` bytes of head + tail without
 * one. An old token of the same name is taken out. */
struct link_split {
    str head, tail;
    size_t plain;
};
struct link_split link_split(struct arena *, str target, str parameter);
/* The whole address; token may be none. */
str link_address(struct arena *, str target, str parameter, str token);

extern const struct room link_room;
