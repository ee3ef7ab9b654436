/* What the files of this room share. */
#pragma once

#include "rooms/demo/demo.h"
#include "rooms/partner/partner.h"

struct demo_partner {
    const char *name, *person, *site, *email, *country;
    enum partner_kind kind;
    const char *group;  /* null: everyone */
    const char *coupon; /* null: none */
    int weight;         /* share of the programme's clicks */
    int rate_bp;        /* orders per 10,000 clicks */
    int joined_day;     /* day of the history on which he was approved */
    const char *lang;
};
extern const struct demo_partner demo_partners[];
extern const size_t demo_partner_count;
enum { DEMO_ANNA = 3 }; /* who may sign in */

/* Who brought whom: by site. */
struct demo_recruit {
    const char *site, *recruiter;
};
extern const struct demo_recruit demo_recruits[]; /* ended by a null site */

struct demo_applicant {
    const char *name, *site, *email, *country, *about, *source;
    enum partner_kind kind;
    const char *lang;
    int hours_ago;
};
extern const struct demo_applicant demo_applicants[];
extern const size_t demo_applicant_count;

struct demo_product {
    const char *slug, *name, *words;
    const char *sku, *category;
    int64_t price; /* minor units of EUR, without VAT */
};
extern const struct demo_product demo_products[];
extern const size_t demo_product_count;
const struct demo_product *demo_product_find(str slug);

/* Repeatable randomness: splitmix64. */
struct dice {
    uint64_t state;
};
uint64_t dice_next(struct dice *);
int64_t dice_below(struct dice *, int64_t below);
bool dice_chance(struct dice *, int64_t of_10000);
