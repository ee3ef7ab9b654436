/* Inside the room: rules in the store, for their routes. */
#pragma once

#include "rooms/commission/rule.h"

#define RULE_AMOUNT_MOST INT64_C(1000000000000)

extern const struct err RULE_NOT_FOUND; /* 404 */
extern const struct err RULE_ENDED;     /* 409: ended, or ends before that */

/* In force or still to come, in the order of precedence. */
MUST_CHECK err rules_present(struct db *, int64_t program_id, instant at, struct list *out);
/* Of its line, oldest first. */
MUST_CHECK err rule_versions(struct db *, const struct rule *, struct list *out);
/* What will change, by time. */
struct planned {
    instant at;
    const struct rule *rule; /* the one that begins, or else ends */
    bool begins, replaces;   /* another version of its line, which ends then */
};
void rules_planned(struct arena *, const struct list *rules, instant now, struct list *out);
MUST_CHECK err rule_insert(struct db *, const struct rule *);
/* Ends `old` at next->starts_at and begins `next` as the following version of its line. Refused, by
 * its field, when a later version would hold at the same time. */
MUST_CHECK err rule_succeed(
    struct db *, const struct ledger_act *, const struct rule *old, struct rule *next);
/* When a change made now takes hold: an order of this very millisecond may have been judged
 * already. */
instant rule_next_start(instant now);
/* Ends it without a successor. */
MUST_CHECK err rule_finish(struct db *, const struct rule *, instant at);
/* Lets the programme show the rate for everyone that is in force at an instant. */
MUST_CHECK err commission_rate_shown(struct db *, int64_t program_id, instant at);
/* Clicks are paid by rules that name them, beside what decides orders. */
bool rule_is_for_clicks(const struct rule *);
bool rule_is_for_everyone(const struct rule_scope *);

/* ---- partners are told ---- */

/* All that may decide an order of his, in force at `at` or later: codes of others and the budget of
 * the whole are not his business. */
MUST_CHECK err rules_of_partner(
    struct db *, int64_t program_id, int64_t partner_id, str group, instant at, struct list *out);
/* A rule as its partner reads it. */
struct view;
void rule_say_mine(struct arena *, struct view *item, const struct rule *);
/* Inside a write: one mail about all that he has not been told, if there is anything. */
struct templates;
MUST_CHECK err rule_notice(struct db *, struct templates *, const char *base_url,
    int64_t program_id, int64_t partner_id, instant now);
MUST_CHECK err rule_notices(struct job *);

struct request;
struct reply;
/* Texts trimmed, currencies that were left out filled in with the programme's. */
void rule_clean(struct arena *, struct rule *, currency unit);
/* Tells every mistake beside its field. */
MUST_CHECK err rule_check(struct request *, const struct rule *, instant earliest);
err rule_index(struct request *, struct reply *);
err rule_new(struct request *, struct reply *);
err rule_show(struct request *, struct reply *);
err rule_create(struct request *, struct reply *);
err rule_mine(struct request *, struct reply *);
err rule_try(struct request *, struct reply *);
/* The input of a form that a member of the rule is typed into, so that what is wrong stands beside
 * it; for JSON the member itself. Of the nth step or level of a list: in its row. */
const char *rule_input(struct request *, const char *member);
const char *rule_input_of(struct request *, const char *list, size_t nth, const char *member);
/* Tells a mistake of the nth step, by the number of its row. */
void rule_refuse_step(struct request *, const char *list, size_t nth, const char *member, err);
/* Rows of steps of a form; nothing when JSON came. Mistakes are gathered. */
void rule_form_read(struct request *, struct rule *, currency unit);
void rule_form_fill(struct request *, struct reply *, const struct rule *, currency unit);
/* Into the frame: partners to choose from, and the programme's currency. */
MUST_CHECK err rule_choices(struct request *, struct reply *, int64_t chosen);
err rule_patch(struct request *, struct reply *);
