/* Codes that credit a partner without a click. A code is unique in its programme, whatever its
 * case. */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

enum coupon_status { COUPON_ACTIVE, COUPON_PAUSED };
extern const char *const coupon_status_names[];

struct coupon {
    int64_t id;
    int64_t program_id, partner_id;
    str partner_name;           /* by join, for lists */
    str code;                   /* as entered; compared without case */
    instant starts_at, ends_at; /* none: open; ends_at is exclusive */
    int64_t max_uses;           /* 0: no limit */
    int64_t uses;               /* orders that were credited by it */
    enum coupon_status status;
    str note;
    instant created_at;
};
extern const struct fields coupon_fields;

extern const struct err COUPON_NOT_FOUND; /* 404 */
extern const struct err COUPON_TAKEN;     /* 409: another coupon of the programme has this code */

/* By code, whatever its case and the space around it. */
MUST_CHECK err coupon_find_code(
    struct db *, int64_t program_id, str code, struct coupon *out, bool *out_found);
/* partner_id 0: any. */
MUST_CHECK err coupon_find(
    struct db *, int64_t program_id, int64_t partner_id, int64_t id, struct coupon *out);

/* Why a coupon is no evidence for an order of that time; null when it is. The reasons are codes of
 * touches: "coupon_not_started", "coupon_expired", "coupon_used_up", "coupon_paused". */
const char *coupon_objection(const struct coupon *, instant order_at);
/* Takes one use. Inside the write that credits the order. */
MUST_CHECK err coupon_use(struct db *, const struct coupon *);
MUST_CHECK err coupon_unuse(struct db *, int64_t program_id, int64_t coupon_id);

/* For the partner's own pages: codes in force. Rows of struct coupon. */
MUST_CHECK err coupon_of_partner(
    struct db *, int64_t program_id, int64_t partner_id, struct list *out);
/* For the demo and imports: makes one, inside a write. */
MUST_CHECK err coupon_add(struct db *, const struct coupon *);

extern const struct room coupon_room;
