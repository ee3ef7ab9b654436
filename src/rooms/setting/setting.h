/* Settings of the installation: a table of typed rows with unit, range, default and help; and the
 * secrets that the program made for itself. Programmes carry their own terms in `program`. */
#pragma once

#include "base/err.h"
#include "store/store.h"

struct env;

/* clang-format off */
#define SETTINGS(ROW) \
    ROW(SETTING_SITE_NAME) ROW(SETTING_BASE_URL) ROW(SETTING_HUE) ROW(SETTING_LANG) \
    ROW(SETTING_SUPPORT_EMAIL) \
    ROW(SETTING_MAIL_HOST) ROW(SETTING_MAIL_PORT) ROW(SETTING_MAIL_TLS) ROW(SETTING_MAIL_USER) \
    ROW(SETTING_MAIL_PASSWORD) ROW(SETTING_MAIL_FROM) ROW(SETTING_MAIL_FROM_NAME) \
    ROW(SETTING_SESSION_IDLE_DAYS) ROW(SETTING_SESSION_DAYS) ROW(SETTING_SIGN_IN_TRIES) \
    ROW(SETTING_SIGN_IN_PAUSE_MINUTES) ROW(SETTING_JOB_KEEP_DAYS) ROW(SETTING_MAIL_KEEP_DAYS) \
    ROW(SETTING_CLICK_KEEP_DAYS)
#define ROW(name) name,
enum setting_name { SETTINGS(ROW) SETTING_COUNT };
#undef ROW
/* clang-format on */

enum setting_kind { SETTING_TEXT, SETTING_INT, SETTING_CHOICE, SETTING_PASSWORD };

struct setting {
    const char *name; /* "mail_port": the row's key and the form input */
    enum setting_kind kind;
    const char *group;          /* N_("Mail") */
    const char *words;          /* N_("Port") */
    const char *help;           /* one sentence, or null */
    const char *unit;           /* N_("days"), or null */
    const char *fallback;       /* the default, as text; "" for none */
    int64_t min, max;           /* ints: range; texts: longest in bytes as max */
    const char *const *choices; /* SETTING_CHOICE: null-terminated */
};
extern const struct setting settings[SETTING_COUNT];

/* The value in force: the row's, else the default. Texts live as long as the loan. */
MUST_CHECK err setting_int(struct db *, enum setting_name, int64_t *out);
MUST_CHECK err setting_text(struct db *, enum setting_name, str *out);
/* Inside a write. The value was checked by setting_check. */
MUST_CHECK err setting_put(struct db *, enum setting_name, str value);
/* What is wrong with the text as a value; null when nothing. */
MUST_CHECK err setting_check(struct arena *, enum setting_name, str value);

/* Secrets: 32 random bytes each, made at the first start, never shown, never logged.
 * Names: "token" (MAC of click tokens), "form" (stamps of public forms), "unsubscribe". */
enum { SECRET_BYTES = 32 };
extern const struct err SECRET_MISSING; /* internal: setting_secrets_make was never run */
MUST_CHECK err setting_secret(struct db *, const char *name, unsigned char out[SECRET_BYTES]);
/* Makes those that are missing. Called by init and serve, before anything else. */
MUST_CHECK err setting_secrets_make(struct store *, const struct env *);
