/* What a caller may do, and which roles hold it. Rows of one table, tried against every route by a test. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_NOBODY, ROLE_OWNER, ROLE_MANAGER, ROLE_FINANCE, ROLE_VIEWER, ROLE_PARTNER, ROLE_COUNT };

/* clang-format off */
#define PERMISSIONS(ROW) \
    /* name               scope word            owner manager finance viewer partner */ \
    ROW(NEEDS_NOTHING,    "",                   1, 1, 1, 1, 1) /* also callers who did not sign in */ \
    ROW(SIGNED_IN,        "self",               1, 1, 1, 1, 1) \
    ROW(SETTINGS_READ,    "settings:read",      1, 1, 1, 1, 0) \
    ROW(SETTINGS_WRITE,   "settings:write",     1, 0, 0, 0, 0) \
    ROW(PEOPLE_WRITE,     "people:write",       1, 0, 0, 0, 0) \
    ROW(AUDIT_READ,       "audit:read",         1, 1, 1, 1, 0) \
    ROW(PROGRAMS_READ,    "programs:read",      1, 1, 1, 1, 0) \
    ROW(PROGRAMS_WRITE,   "programs:write",     1, 1, 0, 0, 0) \
    ROW(PARTNERS_READ,    "partners:read",      1, 1, 1, 1, 0) \
    ROW(PARTNERS_WRITE,   "partners:write",     1, 1, 0, 0, 0) \
    ROW(LINKS_READ,       "links:read",         1, 1, 1, 1, 1) \
    ROW(LINKS_WRITE,      "links:write",        1, 1, 0, 0, 1) \
    ROW(COUPONS_READ,     "coupons:read",       1, 1, 1, 1, 1) \
    ROW(COUPONS_WRITE,    "coupons:write",      1, 1, 0, 0, 0) \
    ROW(CREATIVES_READ,   "creatives:read",     1, 1, 1, 1, 1) \
    ROW(CREATIVES_WRITE,  "creatives:write",    1, 1, 0, 0, 0) \
    ROW(CLICKS_READ,      "clicks:read",        1, 1, 1, 1, 1) \
    ROW(CONVERSIONS_READ, "conversions:read",   1, 1, 1, 1, 1) \
    ROW(CONVERSIONS_WRITE,"conversions:write",  1, 1, 0, 0, 0) \
    ROW(RULES_READ,       "rules:read",         1, 1, 1, 1, 0) \
    ROW(RULES_WRITE,      "rules:write",        1, 1, 0, 0, 0) \
    ROW(COMMISSIONS_READ, "commissions:read",   1, 1, 1, 1, 1) \
    ROW(COMMISSIONS_WRITE,"commissions:write",  1, 1, 1, 0, 0) \
    ROW(PAYOUTS_READ,     "payouts:read",       1, 1, 1, 1, 1) \
    ROW(PAYOUTS_WRITE,    "payouts:write",      1, 0, 1, 0, 0) \
    ROW(REPORTS_READ,     "reports:read",       1, 1, 1, 1, 1) \
    ROW(MESSAGES_READ,    "messages:read",      1, 1, 1, 1, 0) \
    ROW(MESSAGES_WRITE,   "messages:write",     1, 1, 0, 0, 0)

#define PERMISSION_NAME(name, word, ...) name,
enum permission { PERMISSIONS(PERMISSION_NAME) PERMISSION_COUNT };
#undef PERMISSION_NAME
/* clang-format on */

bool role_may(enum role, enum permission);
const char *permission_word(enum permission);         /* the scope word of API keys */
bool permission_find(const char *word, enum permission *out);
const char *role_name(enum role);                     /* "owner" … */

/* Who calls. Made by the account room from a session or a key. */
struct who {
    int64_t person_id;      /* 0 for API keys */
    int64_t key_id;         /* 0 for sessions */
    enum role role;
    int64_t partner_id;     /* ROLE_PARTNER: the partner whose rows he reaches, and no other */
    int64_t program_id;     /* the programme in force; 0 when there is none yet */
    int64_t session_id;
    uint64_t scopes;        /* keys: bit per permission; sessions: all bits */
    bool is_test;           /* a trb_test_ key */
    const char *name;       /* for the frame and the audit log */
    const char *email;
    unsigned char csrf[32]; /* session's secret; zero for keys */
};
bool who_may(const struct who *, enum permission);
