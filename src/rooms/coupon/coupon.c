/* Rules of codes: what a code may look like and when it is evidence. */
#include "rooms/coupon/coupon.h"
#include "rooms/coupon/coupon_inside.h"

const char *const coupon_status_names[] = { "active", "paused", NULL };

const struct err COUPON_NOT_FOUND = { ERR_NOT_FOUND, "coupon_not_found",
    N_("There is no such coupon."), NULL };
const struct err COUPON_TAKEN = { ERR_CONFLICT, "coupon_taken",
    N_("Another coupon of this programme has this code."), "code" };
const struct err COUPON_CODE = { ERR_INVALID, "coupon_code",
    N_("A code has 2 to 40 letters, digits, dots, dashes or underscores, without spaces."),
    "code" };
const struct err COUPON_DATES = { ERR_INVALID, "coupon_dates",
    N_("The end must lie after the beginning."), "ends_at" };

str coupon_key(struct arena *arena, str code)
{
    return str_upper(arena, str_trim(code));
}

static bool is_code_byte(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_' || c == '%' || c == '+';
}

err coupon_check(const struct coupon *coupon)
{
    if (coupon->code.len < 2 || coupon->code.len > 40)
        return &COUPON_CODE;
    for (size_t i = 0; i < coupon->code.len; i++)
        if (!is_code_byte((unsigned char)coupon->code.at[i]))
            return &COUPON_CODE;
    if (!instant_none(coupon->ends_at) && coupon->ends_at.ms <= coupon->starts_at.ms)
        return &COUPON_DATES;
    return NULL;
}

const char *coupon_objection(const struct coupon *coupon, instant order_at)
{
    if (!instant_none(coupon->starts_at) && order_at.ms < coupon->starts_at.ms)
        return "coupon_not_started";
    if (!instant_none(coupon->ends_at) && order_at.ms >= coupon->ends_at.ms)
        return "coupon_expired";
    if (coupon->max_uses > 0 && coupon->uses >= coupon->max_uses)
        return "coupon_used_up";
    return coupon->status == COUPON_PAUSED ? "coupon_paused" : NULL;
}
