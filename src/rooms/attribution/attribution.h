/* Which touch earned the sale. Pure: facts in, decision out; winners, losers and the reason are
 * kept by the conversion room and shown to manager and partner. */
#pragma once

#include "base/amount.h"
#include "base/instant.h"
#include "base/str.h"
#include "rooms/program/program.h"
#include "rooms/room.h"
#include "store/store.h"

enum touch_kind {
    TOUCH_CLICK,
    TOUCH_COUPON,   /* a code was used in this order */
    TOUCH_CUSTOMER, /* a click or coupon of an earlier order of the same customer */
};
extern const char *const touch_kind_names[];

/* What vouches for the touch. */
enum touch_evidence { EVIDENCE_TOKEN, EVIDENCE_COOKIE, EVIDENCE_COUPON, EVIDENCE_CUSTOMER };
extern const char *const touch_evidence_names[];

/* Facts that bar a touch from earning, known before the model is asked. */
enum touch_bar {
    TOUCH_FREE,
    TOUCH_ROBOT,
    TOUCH_PREFETCH,
    TOUCH_PARTNER_NOT_APPROVED,
    TOUCH_PARTNER_SUSPENDED,
    TOUCH_COUPON_NOT_STARTED,
    TOUCH_COUPON_EXPIRED,
    TOUCH_COUPON_USED_UP,
    TOUCH_COUPON_PAUSED,
    TOUCH_BARS,
};
extern const char *const touch_bar_names[]; /* the reason codes, "" for TOUCH_FREE */

struct touch {
    enum touch_kind kind;
    enum touch_evidence evidence;
    enum touch_bar bar;
    int64_t click_id, coupon_id, link_id, partner_id;
    str group;                  /* of the partner, at that time: rules may name it */
    strs subs;                  /* the partner's own ids of the click, sub1 first: so may they */
    bool waits; /* the token vouched for it before its row was here: its subs are not known yet */
    int64_t from_conversion_id; /* TOUCH_CUSTOMER: the order it is known from */
    str partner_name, link_code; /* for showing, where they were asked for */
    int32_t bound_bp; /* what it has of the order that binds the customer; all 0: equal parts */
    instant at;
    /* decided: */
    int32_t share_bp; /* of 10,000 */
    bool won;
    const char *reason; /* a code of attribution_reasons */
};

/* What the programme promised for orders of a time. */
struct attribution_terms {
    enum program_attribution model;
    enum program_precedence precedence;
    int32_t window_days;
    int32_t customer_days; /* how long TOUCH_CUSTOMER counts; 0: window_days */
    enum program_binding
        binding; /* a TOUCH_CUSTOMER in time earns before anything else, unless any */
    int32_t
        clawback_days;  /* not for attribution: later refunds take nothing back; 0: at any time */
    int32_t hold_days;  /* not for attribution: from the order to "payable" */
    bool trust_browser; /* the same: a browser's word counts without the shop's */
};

struct attribution_order {
    instant at;
};

struct attribution {
    enum program_attribution model;
    bool attributed;
    /* Why, as a whole: last_click first_click linear position coupon customer | no_evidence
     * no_valid_touch */
    const char *reason;
    size_t winners; /* touches with a share */
};

/* Sorts `touches` by time (ties: by click id), fills share_bp, won and reason of each. Shares of
 * the winners sum to 10,000. A token or cookie may be this much younger than the order (clocks of
 * shops differ). */
enum { ATTRIBUTION_SKEW_MS = 5 * 60 * 1000 };
void attribution_decide(const struct attribution_terms *, const struct attribution_order *,
    struct touch *touches, size_t count, struct attribution *out);

/* Shares summed per partner, in the order of their first winning touch. `out` has room for `count`.
 */
struct attribution_share {
    int64_t partner_id;
    str group;
    int32_t share_bp;
    size_t touch; /* index of the (last) winning touch of that partner */
};
size_t attribution_shares(const struct touch *touches, size_t count, struct attribution_share *out);

/* The sentence for a reason code: a msgid; the code itself when unknown. */
const char *attribution_reason_words(const char *code);

/* ---- the store ----------------------------------------------------------------------------------
 */

/* Terms in force for orders of that time. They follow the programme's settings, version by version.
 */
MUST_CHECK err attribution_terms_at(
    struct db *, int64_t program_id, instant at, struct attribution_terms *out);

extern const struct room attribution_room;
