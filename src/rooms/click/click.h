/* Clicks: recorded before the visitor is sent on, marked and never dropped. The token that goes to
 * the shop vouches for the click by itself, so a sale can be attributed before the row is drained
 * and on another node. */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

enum click_mark {
    CLICK_ROBOT = 1,
    CLICK_PREFETCH = 2,     /* a browser fetched ahead, or HEAD */
    CLICK_REPEAT = 4,       /* same visitor and link within the programme's repeat window */
    CLICK_NO_COOKIE = 8,    /* the visitor asked not to be followed (Sec-GPC): no cookie was set */
    CLICK_SUB_DROPPED = 16, /* a sub id was too long or broken and is not kept */
    CLICK_TO_REFUSED = 32,  /* the deep link led elsewhere; the link's own target was used */
    CLICK_LANDING = 64,     /* made by t.js from ?ref= on the shop's page */
};
extern const char *const click_mark_names[]; /* in the order of the bits */
/* Clicks with one of these are not unique clicks. */
enum { CLICK_NOT_UNIQUE = CLICK_ROBOT | CLICK_PREFETCH | CLICK_REPEAT };

enum click_device { DEVICE_UNKNOWN, DEVICE_DESKTOP, DEVICE_PHONE, DEVICE_TABLET, DEVICE_OTHER };
extern const char *const click_device_names[];
enum click_browser {
    BROWSER_UNKNOWN,
    BROWSER_CHROME,
    BROWSER_SAFARI,
    BROWSER_FIREFOX,
    BROWSER_EDGE,
    BROWSER_OPERA,
    BROWSER_SAMSUNG,
    BROWSER_IN_APP, /* inside Instagram, Facebook, TikTok … */
    BROWSER_OTHER,
};
extern const char *const click_browser_names[];

struct click {
    int64_t id; /* its time is id_instant(id) */
    int64_t program_id, link_id, partner_id;
    int64_t creative_id;  /* 0: none */
    int64_t visitor_id;   /* id of the visitor's first click; his first click has its own */
    int64_t visitor_hash; /* daily-salted; for counting where cookies are refused; 0 when a cookie
                             came */
    int64_t marks;        /* enum click_mark */
    enum click_device device;
    enum click_browser browser;
    str country;  /* ISO 3166 of a trusted header; else none */
    str referrer; /* host only */
    str sub1, sub2, sub3, sub4, sub5;
    str landing; /* the deep link; none: the link's own target */
    str ip;      /* only when the programme keeps it */
    instant at;
    /* computed by statements: */
    bool is_robot, is_prefetch, is_repeat, is_unique;
    str code, partner_name; /* of lists */
};
extern const struct fields click_fields;

extern const struct err CLICK_INVALID;   /* 422 click_invalid, field "click": forged or altered */
extern const struct err CLICK_NOT_FOUND; /* 404 */

/* ---- the token
 * ------------------------------------------------------------------------------------------ */

enum { CLICK_TOKEN_LEN = 55 };
struct click_token {
    int64_t id, link_id, visitor_id; /* the click's time is id_instant(id) */
};
/* By the key of rooms/setting's secret "token", which the app hands over in `live`. */
str click_token_make(struct arena *, const struct live *, const struct click_token *);
MUST_CHECK err click_token_read(const struct live *, str token, struct click_token *out);

/* ---- the visitor
 * ---------------------------------------------------------------------------------------- */

/* The value of the cookie `trb`: the visitor's id behind a keyed permutation. False: unknown or
 * forged. */
bool click_visitor_read(const struct live *, str cookie, int64_t *out_visitor_id);

/* ---- rows, for attribution and pages
 * -------------------------------------------------------------------- */

/* Clicks of a visitor with a programme, oldest first; [from, to). Undrained clicks are not among
 * them: call click_settle before when that matters. */
MUST_CHECK err click_of_visitor(struct db *, int64_t program_id, int64_t visitor_id, instant from,
    instant to, struct list *out);
MUST_CHECK err click_find(
    struct db *, int64_t program_id, int64_t id, struct click *out, bool *out_found);

/* Waits until every click acknowledged so far is in the store and in the roll-ups, at most `ms`.
 * The time up to which figures are complete; pages print it. */
instant click_settle(struct app *, int64_t ms);
/* Is it so already? Costs nothing to ask. */
bool click_settled(struct app *);
/* The same for a handler: afterwards rq->db sees them. */
void click_catch_up(struct request *, int64_t ms);
/* What rq->db shows is complete until then: of this node's clicks, and of other nodes' as they told
 * last. Does not wait. */
MUST_CHECK err click_complete_to(struct request *, instant *out);

/* ---- following a link
 * ------------------------------------------------------------------------------------ */

/* A visit as it came, however it came. Texts are borrowed. */
struct click_visit {
    str code;
    str query;  /* of the tracking address, still encoded: to, sub1…sub5, cr */
    str cookie; /* value of trb; none */
    str agent, referrer, country;
    str purpose; /* Sec-Purpose, Purpose or X-Moz */
    instant now; /* none: by the clock */
    unsigned char ip[16];
    bool is_head, is_tls, refuses_cookies, is_landing;
    bool is_history; /* does not wait: the demo and imports settle before they believe it */
};
struct click_followed {
    int64_t id;   /* 0: not recorded */
    str location; /* with the token when it was recorded */
    str token;    /* none: not recorded */
    str visitor;  /* for the cookie trb; none: it is not to be set */
    int64_t marks;
};
/* Records the click, waits until it is safe, and says where the visitor goes. For workers, the demo
 * and imports; the edge's loop does the same without waiting. LINK_NOT_FOUND: no such code, or
 * closed. */
MUST_CHECK err click_follow(
    struct live *, struct arena *, const struct click_visit *, struct click_followed *out);

struct exchange;
/* The edge's fast_fn and round_fn, called with the app: answer GET and HEAD /c/{code} on the loop
 * when that is possible without waiting, leave everything else to the routes. */
void click_fast(void *app, struct exchange *);
void click_round(void *app, int64_t now_us, bool is_idle);

/* ---- opening
 * --------------------------------------------------------------------------------------------- */

struct live_options {
    const struct env *env;
    struct store *store;
    struct spool *spool;
    struct links *links;
    const char *data_dir; /* the daily salt lives here; null: in memory alone */
    bool shares_salt;     /* other nodes are on the same store */
    bool trust_country;   /* CF-IPCountry and X-Country come from a proxy of ours */
    const _Atomic int64_t *ids_until_us; /* by env's ticks; later nothing is recorded; null: ever */
};
/* Starts the drain. After setting_secrets_make and links_open. */
MUST_CHECK err live_open(const struct live_options *, struct live **out);
/* Once, when the edge stands: groups of answers wake it. Null: there is none. */
struct edge;
void live_edge(struct live *, struct edge *);
/* Drains what is left and stops; before the spool is closed. */
void live_close(struct live *);

/* Moves what a journal holds into the store, for a node that is gone: everything once, however often
 * and wherever this is begun, given up or done at the same time. How many records were moved now. */
MUST_CHECK err click_drain(
    struct store *, const struct env *, struct spool *, uint64_t *out_moved);

struct live_health {
    uint64_t recorded, unrecorded; /* since start */
    uint64_t drained;
    int64_t undrained_bytes;
    instant complete_to; /* rows and roll-ups hold every click before */
    bool is_recording;
    size_t links;
};
void live_health(struct live *, struct live_health *out);
/* Clicks per minute of the last hour, newest last; robots and prefetches left out. program_id 0:
 * all. */
void live_minutes(struct live *, int64_t program_id, instant now, int64_t out[60]);

extern const struct room click_room;

/* Parts of thirty days for the clicks of a store on a server: made where they lie in parts already,
 * or when `make` asks for it. Not inside a write. */
MUST_CHECK err click_parts(struct store *, const struct env *, bool make);
