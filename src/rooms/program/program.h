/* A merchant's programme: what partners may rely on. Money rules live in `commission`; here are the
 * frame of time, the model of attribution, the terms with their versions, and the public page's
 * words. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "store/store.h"

struct request;

enum program_attribution {
    ATTRIBUTION_LAST_CLICK,
    ATTRIBUTION_FIRST_CLICK,
    ATTRIBUTION_LINEAR,
    ATTRIBUTION_POSITION, /* 40 % first, 40 % last, 20 % between */
};
extern const char *const program_attribution_names[];

enum program_precedence { PRECEDENCE_COUPON, PRECEDENCE_CLICK };
extern const char *const program_precedence_names[];

/* Which earlier order of a customer binds him to its partners. */
enum program_binding {
    BINDING_ANY,    /* none: what led to any earlier order counts like a click of this one */
    BINDING_SALE,   /* the first sale that a partner earned */
    BINDING_LEAD,   /* the first lead */
    BINDING_COUPON, /* the first order with a partner's code */
};
extern const char *const program_binding_names[];

enum program_approval {
    APPROVAL_AUTO,   /* commissions become payable by the clock */
    APPROVAL_MANUAL, /* a person approves each */
};
extern const char *const program_approval_names[];

enum program_status {
    PROGRAM_OPEN,
    PROGRAM_CLOSED
}; /* closed: no applications, links still redirect */
extern const char *const program_status_names[];

/* The programme's own default reward: percent or fixed, exactly one. Rules in `commission` carry
 * it; here it is taken on create and shown as now in force. */
struct program_commission {
    int64_t percent_bp;
    int64_t amount; /* minor units of the programme's currency */
};
extern const struct fields program_commission_fields;

struct program {
    int64_t id;
    str name;
    str slug; /* a-z 0-9 -, unique over the installation */
    currency currency;
    int64_t window_days;    /* 1..400, default 30 */
    int64_t hold_days;      /* 0..365, default 30 */
    int64_t minimum_payout; /* minor units, default 2,500 */
    enum program_attribution attribution;
    enum program_precedence coupon_precedence;
    enum program_approval approval;
    enum program_status status;
    bool auto_approve_partners;
    bool trust_browser;     /* conversions of t.js count without the shop's word */
    int64_t customer_days;  /* a known customer's later orders stay with the partner this long; 0:
                               the window */
    enum program_binding customer_binding;
    int64_t clawback_days;  /* what comes back later than so many days after the order takes nothing
                               back; 0: at any time */
    int64_t repeat_minutes; /* clicks of one visitor on one link within it are marked as repeats;
                               default 60 */
    bool keep_ip;           /* keep visitors' addresses with clicks */
    strs allowed_domains;   /* hosts that links may lead to, with their subdomains */
    str landing_url;        /* where links lead that name no page */
    str fallback_url;       /* where unknown codes lead; none: a 404 page */
    str click_parameter;    /* default "tclid" */
    int32_t
        payout_day;  /* day of the month on which payouts are made, 1..31 (clipped); default 31 */
    str description; /* Markdown for the public page */
    str brand_rules; /* Markdown */
    str faq;         /* Markdown: ## question, answer */
    str questions;   /* the application form's own questions, one a line; * at the end: required */
    str contact_email;
    int32_t hue;           /* 0..359: the programme's colour; -1: the house's own */
    int64_t terms_version; /* of the terms in force */
    struct program_commission commission;
    instant created_at;
    instant updated_at;
};
extern const struct fields program_fields;

/* One version of the terms. Never edited. */
struct program_terms {
    int64_t id, program_id, version;
    str body;          /* Markdown */
    str summary;       /* what changed, one line */
    instant starts_at; /* announced before it begins */
    instant created_at;
    str created_by;
};
extern const struct fields program_terms_fields;

extern const struct err PROGRAM_NOT_FOUND; /* 404 */
extern const struct err PROGRAM_NEEDED;    /* 422, program_id: say which programme */

MUST_CHECK err program_get(struct db *, int64_t id, struct program *out);
MUST_CHECK err program_there(struct db *, int64_t id); /* PROGRAM_NOT_FOUND */
MUST_CHECK err program_by_slug(struct db *, str slug, struct program *out);
/* The only programme; 0 when there is none or more than one. */
MUST_CHECK err program_only(struct db *, int64_t *out_id);
MUST_CHECK err program_all(struct db *, struct list *out);
/* rq->program_id loaded, or PROGRAM_NEEDED. */
MUST_CHECK err program_of_request(struct request *, struct program *out);
/* Terms in force at `at`; version 0 when there are none. */
MUST_CHECK err program_terms_at(
    struct db *, int64_t program_id, instant at, struct program_terms *out);
/* The first payout day on or after `from`. */
instant program_next_payout(const struct program *, instant from);
/* What is wrong with a programme, field by field: rules only. */
MUST_CHECK err program_check(struct request *, const struct program *);
/* The part of it that can be told of a form with other mistakes too: adds problems, no more. */
void program_check_addresses(struct request *, const struct program *);
/* May this programme's links lead to the address? Strict reading (base/url.h), host among the
 * allowed ones. */
bool program_allows(const struct program *, str url);
/* Inside a write: makes the programme and its first terms, and announces "program.created", at
 * which the commission room makes the default rule in the same write. Errors: slug_taken. */
MUST_CHECK err program_insert(struct db *, const struct program *, const struct program_terms *);
/* Markdown to trusted markup, for pages. */
str program_markdown(struct arena *, str text);
/* Inside a write: shows another default reward, because its rule has changed or begun. Changes no rule. */
MUST_CHECK err program_reward_shown(
    struct db *, int64_t program_id, const struct program_commission *);
/* Inside a write: keeps a version of the terms (its number is given) and announces "program.terms_changed". */
MUST_CHECK err program_terms_add(struct db *, const struct program_terms *);
