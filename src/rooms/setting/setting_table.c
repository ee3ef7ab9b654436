/* Every setting of the installation, one row each. */
#include "rooms/setting/setting.h"

static const char *const tls_modes[] = { "starttls", "tls", "none", NULL };
static const char *const langs[] = { "en", "pl", "ru", NULL };

/* Named by their key, so that the order of the rows is only the order of the page. */
/* clang-format off */
#define TEXT(group_, name_, words_, most, fallback_, help_)  \
    { .name = name_, .kind = SETTING_TEXT, .group = group_, .words = words_, .max = most, .fallback = fallback_, .help = help_ }
#define NUMBER(group_, name_, words_, unit_, min_, max_, fallback_, help_) \
    { .name = name_, .kind = SETTING_INT, .group = group_, .words = words_, .unit = unit_, .min = min_, .max = max_, .fallback = fallback_, .help = help_ }
#define CHOICE(group_, name_, words_, choices_, fallback_, help_) \
    { .name = name_, .kind = SETTING_CHOICE, .group = group_, .words = words_, .choices = choices_, .fallback = fallback_, .help = help_ }
#define PASSWORD(group_, name_, words_, help_) \
    { .name = name_, .kind = SETTING_PASSWORD, .group = group_, .words = words_, .max = 200, .fallback = "", .help = help_ }

#define HOUSE   N_("The house")
#define MAIL    N_("Mail server")
#define SIGN_IN N_("Signing in")
#define KEEPING N_("How long things are kept")

const struct setting settings[SETTING_COUNT] = {
    [SETTING_SITE_NAME] = TEXT(HOUSE, "site_name", N_("Name"), 80, "Tributary",
        N_("Stands above the pages that belong to no programme, and in mails.")),
    [SETTING_BASE_URL] = TEXT(HOUSE, "base_url", N_("Address of this server"), 200, "",
        N_("As partners and buyers reach it, for example https://go.example.com. Links and mails begin with it. Without it the address of the request is used.")),
    [SETTING_HUE] = NUMBER(HOUSE, "hue", N_("Colour"), N_("degrees"), 0, 360, "226",
        N_("The hue of buttons and charts, around the colour circle: 226 is water. Lightness stays, so everything stays readable.")),
    [SETTING_LANG] = CHOICE(HOUSE, "lang", N_("Language"), langs, "en",
        N_("Of mails to people who have not chosen one.")),
    [SETTING_SUPPORT_EMAIL] = TEXT(HOUSE, "support_email", N_("E-mail for questions"), 200, "",
        N_("Shown to partners where something went wrong.")),

    [SETTING_MAIL_HOST] = TEXT(MAIL, "mail_host", N_("Server"), 200, "",
        N_("Without a server, mails stay in the outbox, where you can read them.")),
    [SETTING_MAIL_PORT] = NUMBER(MAIL, "mail_port", N_("Port"), NULL, 1, 65535, "587", NULL),
    [SETTING_MAIL_TLS] = CHOICE(MAIL, "mail_tls", N_("Encryption"), tls_modes, "starttls",
        N_("Passwords and mails go over the net in the clear without it.")),
    [SETTING_MAIL_USER] = TEXT(MAIL, "mail_user", N_("User"), 200, "", NULL),
    [SETTING_MAIL_PASSWORD] = PASSWORD(MAIL, "mail_password", N_("Password"),
        N_("Kept, and never shown again. Leave it empty to keep the present one.")),
    [SETTING_MAIL_FROM] = TEXT(MAIL, "mail_from", N_("Sender’s address"), 200, "", NULL),
    [SETTING_MAIL_FROM_NAME] = TEXT(MAIL, "mail_from_name", N_("Sender’s name"), 80, "", NULL),

    [SETTING_SESSION_IDLE_DAYS] = NUMBER(SIGN_IN, "session_idle_days", N_("Sign out after"), N_("days without a visit"), 1, 365, "14", NULL),
    [SETTING_SESSION_DAYS] = NUMBER(SIGN_IN, "session_days", N_("Sign out at the latest after"), N_("days"), 1, 365, "30", NULL),
    [SETTING_SIGN_IN_TRIES] = NUMBER(SIGN_IN, "sign_in_tries", N_("Wrong passwords before a pause"), N_("tries"), 3, 50, "5",
        N_("Counted for one address and one account together.")),
    [SETTING_SIGN_IN_PAUSE_MINUTES] = NUMBER(SIGN_IN, "sign_in_pause_minutes", N_("Pause"), N_("minutes"), 1, 1440, "15", NULL),

    [SETTING_CLICK_KEEP_DAYS] = NUMBER(KEEPING, "click_keep_days", N_("Raw clicks"), N_("days"), 31, 3650, "400", N_("Reports keep their sums. Sales keep what earned them.")),
    [SETTING_JOB_KEEP_DAYS] = NUMBER(KEEPING, "job_keep_days", N_("Failed jobs"), N_("days"), 1, 3650, "90", NULL),
    [SETTING_MAIL_KEEP_DAYS] = NUMBER(KEEPING, "mail_keep_days", N_("Sent mails"), N_("days"), 1, 3650, "90",
        N_("Mails that wait to be sent are kept until they are.")),
};
/* clang-format on */
