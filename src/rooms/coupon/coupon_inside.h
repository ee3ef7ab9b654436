/* Inside the room. */
#pragma once

#include "rooms/coupon/coupon.h"

extern const struct err COUPON_CODE;  /* 422 code */
extern const struct err COUPON_DATES; /* 422 ends_at */

MUST_CHECK err coupon_check(const struct coupon *);
str coupon_key(struct arena *, str code); /* what codes are compared by */
MUST_CHECK err coupon_change(struct db *, const struct coupon *);
