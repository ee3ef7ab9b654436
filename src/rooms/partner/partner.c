/* Rules of vetting: names, fields, risk flags, what may be entered. No SQL, no clock. */
#include "rooms/partner/partner.h"

#include <ctype.h>
#include <string.h>

#include "http/request.h"

const char *const partner_kind_names[] = { "blogger", "store", "search", "niche", "coupon", "other",
    NULL };
const char *const partner_status_names[] = { "pending", "approved", "rejected", "suspended", NULL };
const char *const partner_reason_names[] = { "none", "no_site", "off_topic", "duplicate",
    "brand_bidding", "traffic_quality", "terms", "other", NULL };
const char *const partner_flag_names[] = { "disposable_mail", "mail_differs", "duplicate",
    "no_site", "free_mail", "too_fast", "reapplied", NULL };

const struct err PARTNER_NOT_FOUND = { ERR_NOT_FOUND, "partner_not_found",
    N_("There is no such partner."), NULL };
const struct err PARTNER_NOT_APPROVED = { ERR_CONFLICT, "partner_not_approved",
    N_("The partner is not approved."), "partner_id" };
const struct err PARTNER_STATE = { ERR_CONFLICT, "partner_state",
    N_("That cannot be done in the partner's present state."), NULL };
const struct err PARTNER_EXISTS = { ERR_CONFLICT, "partner_exists",
    N_("Somebody with this mail address has applied already."), "email" };

const struct err PARTNER_RECRUITER = { ERR_INVALID, "partner_recruiter",
    N_("This partner cannot have brought him in."), "recruited_by" };

static const struct err MAIL_FORM = { ERR_INVALID, "email_form",
    N_("Enter a mail address such as anna@example.org."), "email" };
static const struct err SITE_FORM = { ERR_INVALID, "url_form",
    N_("Enter a full address that begins with https:// or http://."), "website" };
static const struct err COUNTRY_FORM = { ERR_INVALID, "country_form",
    N_("Use the two-letter code of the country, such as PL."), "country" };
static const struct err NAME_EMPTY = { ERR_INVALID, "required", N_("Enter a name."), "name" };
const char *partner_method_words(str method)
{
    if (str_eq(method, STR("bank")))
        return N_("Bank account");
    if (str_eq(method, STR("paypal")))
        return N_("PayPal");
    return str_empty(method) ? NULL : N_("Other");
}

static const struct err METHOD_FORM = { ERR_INVALID, "payout_method",
    N_("Choose bank, paypal or other."), "payout_method" };
static const struct err IBAN_FORM = { ERR_INVALID, "iban_form",
    N_("This is not a valid IBAN: its check digits do not fit."), "payout_account" };

/* clang-format off */
#define COMMON_FIELDS                                                                                              \
    FIELD(partner, name,        .flags = FIELD_REQUIRED | FIELD_SORT, .max = 120, .help = "Name shown in lists and receipts."), \
    FIELD(partner, website,     .flags = FIELD_TAKEN, .max = 500, .help = "Where he writes or sells."),            \
    FIELD(partner, country,     .flags = FIELD_TAKEN | FIELD_FILTER, .max = 2, .help = "ISO 3166 two-letter code.")

static const struct field staff_list[] = {
    FIELD_ID(partner, id, "par"),
    FIELD_ID(partner, program_id, "prg"),
    FIELD(partner, email,       .flags = FIELD_REQUIRED | FIELD_FILTER, .max = 254, .help = "One application a programme for each address."),
    COMMON_FIELDS,
    FIELD(partner, kind,        .flags = FIELD_TAKEN | FIELD_FILTER, .names = partner_kind_names, .help = "What kind of partner."),
    FIELD(partner, group,       .flags = FIELD_TAKEN | FIELD_FILTER, .max = 60, .help = "Rules may name a group; an order keeps the one of its time."),
    FIELD(partner, tags,        .flags = FIELD_TAKEN, .max = 20, .help = "Your own words."),
    FIELD(partner, status,      .flags = FIELD_FILTER, .names = partner_status_names),
    FIELD(partner, reason,      .names = partner_reason_names),
    FIELD(partner, reason_note),
    FIELD(partner, flags,       .flags = FIELD_FILTER),
    FIELD_RAW(partner, answers),
    FIELD(partner, about,       .flags = FIELD_TAKEN, .max = 4000, .help = "How he will promote."),
    FIELD(partner, source,      .flags = FIELD_TAKEN | FIELD_FILTER, .max = 120, .help = "How he found the programme."),
    FIELD(partner, payout_method, .flags = FIELD_TAKEN, .max = 10, .help = "bank, paypal or other."),
    FIELD(partner, payout_account, .flags = FIELD_TAKEN | FIELD_SECRET, .max = 120, .help = "IBAN or address."),
    FIELD(partner, payout_name, .flags = FIELD_TAKEN, .max = 120, .help = "Account holder."),
    FIELD(partner, tax_id,      .flags = FIELD_TAKEN, .max = 40, .help = "Tax or VAT number."),
    FIELD(partner, terms_version, .flags = FIELD_TAKEN | FIELD_FIXED, .min = 0, .max = 1000000, .help = "Version of the terms he accepted."),
    FIELD(partner, terms_accepted_at),
    FIELD(partner, lang,        .flags = FIELD_TAKEN, .max = 5, .help = "Language of his mails and pages."),
    FIELD(partner, rates_muted, .flags = FIELD_TAKEN, .help = "No mails about changes of his rates."),
    FIELD_ID(partner, recruited_by, "par", .flags = FIELD_TAKEN | FIELD_FILTER, .help = "The partner who brought him in: rules may pay him a part of what this one earns."),
    FIELD(partner, approved_at),
    FIELD(partner, decided_by),
    FIELD(partner, decided_at),
    FIELD(partner, created_at,  .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(partner, updated_at),
    FIELD_ID(partner, person_id, "per", .flags = FIELD_SECRET),
};
const struct fields partner_fields = FIELDS(staff_list, partner);

static const struct field self_list[] = {
    FIELD_ID(partner, id, "par"),
    FIELD_ID(partner, program_id, "prg"),
    FIELD(partner, email),
    COMMON_FIELDS,
    FIELD(partner, kind,        .names = partner_kind_names),
    FIELD(partner, group),
    FIELD(partner, status,      .names = partner_status_names),
    FIELD(partner, about,       .flags = FIELD_TAKEN, .max = 4000),
    FIELD(partner, payout_method, .flags = FIELD_TAKEN, .max = 10),
    FIELD(partner, payout_account, .flags = FIELD_TAKEN, .max = 120),
    FIELD(partner, payout_name, .flags = FIELD_TAKEN, .max = 120),
    FIELD(partner, tax_id,      .flags = FIELD_TAKEN, .max = 40),
    FIELD(partner, terms_version),
    FIELD(partner, terms_accepted_at),
    FIELD(partner, lang,        .flags = FIELD_TAKEN, .max = 5),
    FIELD(partner, rates_muted, .flags = FIELD_TAKEN),
    FIELD(partner, created_at),
};
const struct fields partner_self_fields = FIELDS(self_list, partner);

static const struct field event_list[] = {
    FIELD_ID(partner_event, id, "pev"),
    FIELD_ID(partner_event, program_id, "prg"),
    FIELD_ID(partner_event, partner_id, "par"),
    FIELD(partner_event, kind),
    FIELD(partner_event, text, .flags = FIELD_REQUIRED, .max = 4000),
    FIELD(partner_event, by),
    FIELD(partner_event, at),
};
const struct fields partner_event_fields = FIELDS(event_list, partner_event);
/* clang-format on */

/* Providers whose addresses are made for throwing away. Ours, short on purpose: a manager sees the
 * flag and decides. */
static const char *const disposable_hosts[] = { "mailinator.com", "guerrillamail.com",
    "10minutemail.com", "temp-mail.org", "tempmail.com", "yopmail.com", "trashmail.com",
    "throwawaymail.com", "getnada.com", "sharklasers.com", "maildrop.cc", "dispostable.com",
    "fakeinbox.com", "mailnesia.com", "mintemail.com", "mohmal.com", "moakt.com", "tempr.email",
    "discard.email", "spamgourmet.com", "mytemp.email", "emailondeck.com", "burnermail.io",
    "33mail.com", "mailcatch.com", "spam4.me", "grr.la", "tempail.com", NULL };
static const char *const free_hosts[] = { "gmail.com", "googlemail.com", "outlook.com",
    "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net",
    "web.de", "mail.ru", "yandex.ru", "ya.ru", "bk.ru", "list.ru", "inbox.ru", "wp.pl", "o2.pl",
    "onet.pl", "interia.pl", "op.pl", "proton.me", "protonmail.com", "tutanota.com", "zoho.com",
    "seznam.cz", "libero.it", "orange.fr", NULL };

static str mail_host(str email)
{
    size_t at;

    return str_find(email, '@', &at) ? str_from(email, at + 1) : STR_NONE;
}

static str site_host(str url)
{
    size_t end = 0;

    if (str_starts(url, STR("https://")))
        url = str_from(url, 8);
    else if (str_starts(url, STR("http://")))
        url = str_from(url, 7);
    else
        return STR_NONE;
    while (end < url.len && !strchr("/?#:", url.at[end]))
        end++;
    url = str_first(url, end);
    return url.len > 4 && str_eq_nocase(str_first(url, 4), STR("www.")) ? str_from(url, 4) : url;
}

static bool is_among(str host, const char *const *list)
{
    for (; *list; list++)
        if (str_eq_nocase(host, str_of(*list)))
            return true;
    return false;
}

/* Same host, or one is a subdomain of the other. */
static bool same_site(str a, str b)
{
    str longer = a.len >= b.len ? a : b, shorter = a.len >= b.len ? b : a;

    return str_eq_nocase(a, b) ||
           (longer.len > shorter.len && longer.at[longer.len - shorter.len - 1] == '.' &&
               str_eq_nocase(str_from(longer, longer.len - shorter.len), shorter));
}

int64_t partner_flags(const struct partner *p)
{
    str mail = mail_host(p->email), site = site_host(p->website);
    bool is_free = is_among(mail, free_hosts);
    int64_t flags = 0;

    if (is_among(mail, disposable_hosts))
        flags |= FLAG_DISPOSABLE_MAIL;
    if (is_free)
        flags |= FLAG_FREE_MAIL;
    if (str_empty(site))
        flags |= FLAG_NO_SITE;
    else if (!is_free && !same_site(mail, site))
        flags |= FLAG_MAIL_DIFFERS;
    return flags;
}

static bool is_email(str s)
{
    str host = mail_host(s);
    size_t dot;

    if (s.len > 254 || str_empty(host) || host.len + 1 == s.len || s.len - host.len - 1 > 64)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] <= ' ' || strchr("<>,;:\"()[]\\", s.at[i]))
            return false;
    return str_find(host, '.', &dot) && dot > 0 && !str_ends(host, STR(".")) &&
           !str_has(host, STR("@")) && !str_has(host, STR(".."));
}

/* ISO 13616: rearranged, letters as 10..35, modulo 97 is 1. */
static bool is_iban(str s)
{
    int remainder = 0, digits = 0;
    char compact[40];
    size_t length = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == ' ')
            continue;
        if (length == 34 || !isalnum((unsigned char)s.at[i]))
            return false;
        compact[length++] = (char)toupper((unsigned char)s.at[i]);
    }
    if (length < 15 || !isalpha((unsigned char)compact[0]) || !isalpha((unsigned char)compact[1]) ||
        !isdigit((unsigned char)compact[2]) || !isdigit((unsigned char)compact[3]))
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = compact[(i + 4) % length];

        digits = isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10;
        remainder = (remainder * (digits > 9 ? 100 : 10) + digits) % 97;
    }
    return remainder == 1;
}

err partner_check(struct request *rq, const struct partner *p)
{
    if (str_empty(str_trim(p->name)))
        request_problem(rq, "name", &NAME_EMPTY);
    if (!is_email(p->email))
        request_problem(rq, "email", &MAIL_FORM);
    if (!str_empty(p->website) && str_empty(site_host(p->website)))
        request_problem(rq, "website", &SITE_FORM);
    if (!str_empty(p->country) &&
        (p->country.len != 2 || !isupper((unsigned char)p->country.at[0]) ||
            !isupper((unsigned char)p->country.at[1])))
        request_problem(rq, "country", &COUNTRY_FORM);
    if (!str_empty(p->payout_method) && !str_eq(p->payout_method, STR("bank")) &&
        !str_eq(p->payout_method, STR("paypal")) && !str_eq(p->payout_method, STR("other")))
        request_problem(rq, "payout_method", &METHOD_FORM);
    if (str_eq(p->payout_method, STR("bank")) && !is_iban(p->payout_account))
        request_problem(rq, "payout_account", &IBAN_FORM);
    return request_problems(rq);
}
