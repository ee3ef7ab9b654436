/* Words and fields of clicks. */
#include "rooms/click/click_inside.h"

const char *const click_mark_names[] = { "robot", "prefetch", "repeat", "no_cookie", "sub_dropped",
    "to_refused", "landing", NULL };
const char *const click_device_names[] = { "unknown", "desktop", "phone", "tablet", "other", NULL };
const char *const click_browser_names[] = { "unknown", "chrome", "safari", "firefox", "edge",
    "opera", "samsung", "in_app", "other", NULL };

const struct err CLICK_NOT_FOUND = { ERR_NOT_FOUND, "click_not_found",
    N_("There is no such click."), NULL };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(click, id,          "clk"),
    FIELD(click, at,             .flags = FIELD_NO_ROW, .help = "When it was recorded."),
    FIELD_ID(click, program_id,  "prg"),
    FIELD_ID(click, link_id,     "lnk", .flags = FIELD_FILTER),
    FIELD(click, code,           .flags = FIELD_NO_ROW | FIELD_FILTER, .help = "The link's short code."),
    FIELD_ID(click, partner_id,  "par", .flags = FIELD_FILTER),
    FIELD(click, partner_name,   .flags = FIELD_NO_ROW),
    FIELD_ID(click, creative_id, "crv", .flags = FIELD_FILTER),
    FIELD(click, is_unique,      .flags = FIELD_NO_ROW | FIELD_FILTER, .help = "Neither robot nor prefetch nor repeat."),
    FIELD(click, is_robot,       .flags = FIELD_NO_ROW | FIELD_FILTER, .help = "A known crawler, or no browser."),
    FIELD(click, is_prefetch,    .flags = FIELD_NO_ROW | FIELD_FILTER, .help = "Fetched ahead by a browser, or a HEAD request."),
    FIELD(click, is_repeat,      .flags = FIELD_NO_ROW | FIELD_FILTER, .help = "The same visitor and link again, within the programme's window."),
    FIELD(click, device,         .flags = FIELD_FILTER, .names = click_device_names),
    FIELD(click, browser,        .flags = FIELD_FILTER, .names = click_browser_names),
    FIELD(click, country,        .flags = FIELD_FILTER, .help = "Only when a trusted proxy tells it."),
    FIELD(click, referrer,       .flags = FIELD_FILTER, .help = "The host of the page that held the link."),
    FIELD(click, sub1,           .flags = FIELD_FILTER),
    FIELD(click, sub2,           .flags = FIELD_FILTER),
    FIELD(click, sub3,           .flags = FIELD_FILTER),
    FIELD(click, sub4,           .flags = FIELD_FILTER),
    FIELD(click, sub5,           .flags = FIELD_FILTER),
    FIELD(click, landing,        .help = "The deep link; null: the link's own target."),
    FIELD(click, visitor_id,     .flags = FIELD_SECRET),
    FIELD(click, visitor_hash,   .flags = FIELD_SECRET),
    FIELD(click, marks,          .flags = FIELD_SECRET),
    FIELD(click, ip,             .flags = FIELD_SECRET),
};
const struct fields click_fields = FIELDS(list, click);
/* clang-format on */
