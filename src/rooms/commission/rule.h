/* Rules: what a programme pays for what, and from when to when. The programme's list, top down, is
 * the order of precedence. */
#pragma once

#include "base/amount.h"
#include "base/field.h"
#include "base/instant.h"
#include "rooms/ledger/ledger.h"
#include "rooms/room.h"
#include "store/store.h"

enum rule_kind {
    RULE_COMMISSION,  /* stands in the order of precedence; the first that fits decides a line */
    RULE_FIRST_SALE,  /* the others apply beside: reward.amount once, for a partner's first sale */
    RULE_TARGET,      /* reward.amount per period in which a volume is reached */
    RULE_RECRUIT,     /* levels[] of what recruited partners earn */
    RULE_PARTNER_CAP, /* a partner's commissions of a period are at most reward.amount */
    RULE_BUDGET,      /* the same for the programme as a whole */
};
extern const char *const rule_kind_names[];
enum rule_per { PER_ORDER, PER_ITEM };
extern const char *const rule_per_names[];
enum rule_customer { CUSTOMER_ANY, CUSTOMER_NEW, CUSTOMER_RETURNING };
extern const char *const rule_customer_names[];
enum rule_measure { VOLUME_REVENUE, VOLUME_ORDERS };
extern const char *const rule_measure_names[];
enum rule_period { PERIOD_MONTH, PERIOD_YEAR, PERIOD_EVER }; /* of the UTC calendar */
extern const char *const rule_period_names[];
enum rule_mode { MODE_MARGINAL, MODE_RETROACTIVE };
extern const char *const rule_mode_names[];

enum { RULE_STEPS_MOST = 12 };

/* Never edited: a change ends one version and begins the next of the same line. All conditions that
 * are given must hold. */
struct rule_scope {
    int64_t partner_id;               /* 0: any */
    str group, coupon, sku, category; /* none: any */
    str event;                        /* the conversion's type; none: any */
    enum rule_customer customer;
    str country;                     /* of the order, as the shop told it; none: any */
    int64_t order_from, order_below; /* the order's amount, minor units: from inclusive, below
                                        exclusive; 0: open */
    currency order_currency;         /* of both; none when neither is given */
    str sub;                         /* "sub1=newsletter": of the winning click; none: any */
};
extern const struct fields rule_scope_fields;

/* Percent when currency is none, else fixed. */
struct rule_reward {
    int32_t percent_bp;
    int64_t amount;
    currency currency;
    enum rule_per per;
};
extern const struct fields rule_reward_fields;

/* From here on another reward holds, of the same sort as the rule's own (percent or fixed, same
 * currency, same `per`). `from` is a volume (minor units of tiered_by.currency, or the number of
 * the order) or, of renewals, the number of the customer's order; at least 1. */
struct rule_step {
    int64_t from;
    int32_t percent_bp;
    int64_t amount;
};

/* What tiers and targets count: one partner's volume under one rule line, test apart from live. */
struct rule_volume {
    enum rule_measure measure;
    enum rule_period period;
    enum rule_mode mode;
    currency currency; /* of revenue; none for orders */
};
extern const struct fields rule_volume_fields;

/* The nth order of one customer for one partner under one rule line. */
struct rule_recurring {
    int32_t orders, months; /* afterwards it earns nothing; 0: without end */
    struct list steps;      /* of struct rule_step, ascending */
};
extern const struct fields rule_recurring_fields;

struct rule_cap {
    int64_t amount; /* per order, over all shares; 0: none */
    currency currency;
};
extern const struct fields rule_cap_fields;

struct rule_level {
    int32_t percent_bp; /* of the recruited partner's commission */
};

struct rule {
    int64_t id, program_id;
    int64_t line_id; /* the same over all versions */
    int32_t version;
    str name;
    enum rule_kind kind;
    struct rule_scope scope;
    struct rule_reward reward; /* below the first step */
    struct rule_volume tiered_by;
    struct list tiers; /* of struct rule_step, ascending; never together with `recurring` */
    struct rule_recurring recurring;
    struct rule_cap cap;
    int64_t target;     /* RULE_TARGET: a volume of tiered_by */
    struct list levels; /* RULE_RECRUIT: of struct rule_level, the nearest recruiter first */
    int32_t months;     /* RULE_RECRUIT: since the recruited one's approval; 0: ever */
    instant starts_at, ends_at; /* ends_at is exclusive; none: open */
    instant created_at;
    str actor;
    str tiers_json, recurring_json, levels_json; /* the lists, as rows keep them; not shown */
};
extern const struct fields rule_fields;
/* A conversion's type: "sale", "lead" or a name of small letters, digits and underscores. */
bool commission_is_event(str);
/* Does its reward hang on what came before: steps by volume, or renewals? */
bool rule_has_past(const struct rule *);
/* Is its sum fixed, or a percentage? */
bool rule_is_fixed(const struct rule *);

/* The rule that every programme begins with: for everyone, from `at`. Either percent_bp or amount.
 */
struct rule_default {
    int64_t program_id;
    int32_t percent_bp;
    amount amount; /* when its currency is not none */
};
MUST_CHECK err commission_rule_default(
    struct db *, const struct ledger_act *, const struct rule_default *);
/* Changes the programme-wide rule (a new version from act->at). */
MUST_CHECK err commission_rule_default_change(
    struct db *, const struct ledger_act *, const struct rule_default *);
/* The programme-wide rule in force; found = false before the first. */
MUST_CHECK err commission_rule_of_program(
    struct db *, int64_t program_id, instant at, struct rule *out, bool *out_found);
/* One version, whenever it held. 404 */
MUST_CHECK err commission_rule_find(struct db *, int64_t program_id, int64_t id, struct rule *out);
/* All rules of a programme in force at an instant, in the order of precedence. */
MUST_CHECK err commission_rules_at(struct db *, int64_t program_id, instant at, struct list *out);
/* In force at `at`, as far as they stood in the books at `known`: for deciding an old order once
 * more. */
MUST_CHECK err commission_rules_known(
    struct db *, int64_t program_id, instant at, instant known, struct list *out);
/* Every version that ever was, in no order: for deciding many orders of all times. */
MUST_CHECK err commission_rules_ever(struct db *, int64_t program_id, struct list *out);
/* Sorts rows of struct rule by precedence. */
void rules_sort(struct list *);
/* Conditions of a rule: [{"kind": "group", "value": "Storytellers"}], empty for everyone. */
void commission_scope_view(
    struct arena *, struct view *into, const char *name, const struct rule_scope *);
/* What it gives: values for the page part commission/terms. */
void commission_rule_view(struct view *, const struct rule *);
struct request;
/* A partner's own rates with the way to the next step, as lists `rates` and `coming`. */
MUST_CHECK err commission_rates_view(
    struct request *, struct view *into, int64_t partner_id, str group);
/* What anybody may read: `rates`, `highest`, `has_highest`. */
MUST_CHECK err commission_public_rates_view(
    struct request *, struct view *into, int64_t program_id);
/* is_partner, is_sku, … for pages: of a condition's kind. */
void commission_scope_flags(struct view *page, str kind);
/* The same for one partner: what his page "your rates" lists. */
MUST_CHECK err commission_rules_for(
    struct db *, int64_t program_id, int64_t partner_id, str group, instant at, struct list *out);
/* Makes one (version 1 of a new line). For routes, the demo and imports. */
MUST_CHECK err commission_rule_add(struct db *, const struct ledger_act *, struct rule *inout);
