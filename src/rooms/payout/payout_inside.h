/* What the files of this room share. */
#pragma once

#include "rooms/payout/payout.h"

/* Whether a partner is taken: never when nothing positive is left, never below the minimum. */
enum payout_skip payout_judge(
    const struct commission_due *, amount pays, int64_t minimum, bool is_suspended);
/* What goes out: in the currency it is paid in. */
amount payout_pays(const struct payout_line *);
/* Fills the sums of the plan from its lines. */
void payout_sum(struct payout_plan *);
/* "•••• 4410" */
str payout_mask(struct arena *, str account);

extern const struct route payout_routes[];
extern const struct route statement_routes[];
extern const struct fields receivable_fields;
err receivable_index(struct request *, struct reply *);
err statement_index(struct request *, struct reply *);
err statement_show(struct request *, struct reply *);
