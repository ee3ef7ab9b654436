/* Rules of a programme: names, fields, what may be entered. No SQL, no clock. */
#include "rooms/program/program.h"

#include <ctype.h>
#include "base/url.h"
#include "http/request.h"

const char *const program_attribution_names[] = { "last_click", "first_click", "linear", "position",
    NULL };
const char *const program_precedence_names[] = { "coupon", "click", NULL };
const char *const program_binding_names[] = { "any", "sale", "lead", "coupon", NULL };
const char *const program_approval_names[] = { "auto", "manual", NULL };
const char *const program_status_names[] = { "open", "closed", NULL };

const struct err PROGRAM_NOT_FOUND = { ERR_NOT_FOUND, "program_not_found",
    N_("There is no such programme."), NULL };
const struct err PROGRAM_NEEDED = { ERR_INVALID, "program_needed",
    N_("Say which programme: there is more than one, or none yet."), "program_id" };

static const struct err SLUG_FORM = { ERR_INVALID, "slug_form",
    N_("Use 2 to 40 small letters, digits and hyphens; begin and end with a letter or digit."),
    "slug" };
static const struct err REWARD_BOTH = { ERR_INVALID, "reward_both",
    N_("Give a percentage or a fixed amount, not both."), "commission" };
static const struct err REWARD_MISSING = { ERR_INVALID, "reward_missing",
    N_("Say what partners earn: a percentage or a fixed amount."), "commission" };
static const struct err DOMAIN_FORM = { ERR_INVALID, "domain_form",
    N_("Enter hosts such as shop.example, one a line, without https:// and without a path."),
    "allowed_domains" };
static const struct err URL_FORM = { ERR_INVALID, "url_form",
    N_("Enter a full address that begins with https:// or http://."), NULL };
static const struct err LANDING_HOST = { ERR_INVALID, "landing_host",
    N_("The landing page must be on one of the allowed domains."), "landing_url" };
static const struct err PARAMETER_FORM = { ERR_INVALID, "parameter_form",
    N_("Use letters, digits, hyphens and underscores only."), "click_parameter" };
static const struct err MAIL_FORM = { ERR_INVALID, "email_form",
    N_("Enter a mail address such as anna@example.org."), "contact_email" };

/* clang-format off */
static const struct field commission_list[] = {
    FIELD(program_commission, percent_bp, .flags = FIELD_TAKEN, .min = 0, .max = 10000,
        .help = "Hundredths of a percent: 1000 is 10 %."),
    FIELD(program_commission, amount, .flags = FIELD_TAKEN, .min = 0, .max = INT64_C(1000000000000),
        .help = "A fixed amount per order, in minor units of the programme's currency."),
};
const struct fields program_commission_fields = FIELDS(commission_list, program_commission);

static const struct field program_list[] = {
    FIELD_ID(program, id, "prg"),
    FIELD(program, name,           .flags = FIELD_REQUIRED | FIELD_SORT, .max = 80, .help = "What partners call it, usually the shop's name."),
    FIELD(program, slug,           .flags = FIELD_TAKEN, .max = 40, .help = "The public page is /p/{slug}. Made from the name when absent."),
    FIELD(program, currency,       .flags = FIELD_REQUIRED | FIELD_FIXED, .help = "ISO 4217. It cannot be changed later."),
    FIELD(program, window_days,    .flags = FIELD_TAKEN, .min = 1, .max = 400, .help = "How long a click counts, in days."),
    FIELD(program, hold_days,      .flags = FIELD_TAKEN, .min = 0, .max = 365, .help = "How long a commission waits before it is payable, in days."),
    FIELD_MONEY(program, minimum_payout, "currency", .flags = FIELD_TAKEN, .min = 0, .max = INT64_C(1000000000000), .help = "Smaller balances wait for the next payout. Minor units."),
    FIELD(program, attribution,    .flags = FIELD_TAKEN, .names = program_attribution_names, .help = "Which click earns the sale."),
    FIELD(program, coupon_precedence, .flags = FIELD_TAKEN, .names = program_precedence_names, .help = "Which counts when a click and another partner's coupon meet."),
    FIELD(program, approval,       .flags = FIELD_TAKEN, .names = program_approval_names, .help = "auto: by the clock after the hold; manual: by hand."),
    FIELD(program, status,         .flags = FIELD_TAKEN | FIELD_FILTER, .names = program_status_names, .help = "closed: no new applications; links go on working."),
    FIELD(program, auto_approve_partners, .flags = FIELD_TAKEN, .help = "Approve applications without risk flags at once."),
    FIELD(program, trust_browser,  .flags = FIELD_TAKEN, .help = "Count sales reported by the page script without the shop's confirmation."),
    FIELD(program, customer_days,  .flags = FIELD_TAKEN, .min = 0, .max = 36500, .help = "A known customer's later orders stay with the partner for so many days; 0: as long as the click counts; 36500: for life."),
    FIELD(program, customer_binding, .flags = FIELD_TAKEN, .names = program_binding_names, .help = "sale, lead or coupon: the first such order binds the customer to its partners, whatever he clicks later. any: what led to earlier orders counts like a click."),
    FIELD(program, clawback_days,  .flags = FIELD_TAKEN, .min = 0, .max = 3650, .help = "Refunds and chargebacks later than so many days after the order take nothing back; 0: at any time."),
    FIELD(program, repeat_minutes, .flags = FIELD_TAKEN, .min = 0, .max = 1440, .help = "Clicks of one visitor on one link within so many minutes are marked as repeats."),
    FIELD(program, keep_ip,        .flags = FIELD_TAKEN, .help = "Keep visitors' addresses with their clicks."),
    FIELD(program, allowed_domains, .flags = FIELD_TAKEN, .max = 100, .help = "Hosts that links may lead to; their subdomains count."),
    FIELD(program, landing_url,    .flags = FIELD_TAKEN, .max = 2000, .help = "Where a link leads that names no page."),
    FIELD(program, fallback_url,   .flags = FIELD_TAKEN, .max = 2000, .help = "Where unknown link codes lead; none: a page that says so."),
    FIELD(program, click_parameter, .flags = FIELD_TAKEN, .max = 40, .help = "Name of the parameter that carries the click to the shop."),
    FIELD(program, payout_day,     .flags = FIELD_TAKEN, .min = 1, .max = 31, .help = "Day of the month on which partners are paid; the last day in shorter months."),
    FIELD(program, description,    .flags = FIELD_TAKEN, .max = 20000, .help = "Markdown for the public page."),
    FIELD(program, brand_rules,    .flags = FIELD_TAKEN, .max = 20000, .help = "Markdown: what partners may and may not do with the name."),
    FIELD(program, faq,            .flags = FIELD_TAKEN, .max = 20000, .help = "Markdown: a heading for each question."),
    FIELD(program, questions,      .flags = FIELD_TAKEN, .max = 4000, .help = "The application form's own questions, one a line; a * at the end makes one required."),
    FIELD(program, contact_email,  .flags = FIELD_TAKEN, .max = 254, .help = "Where partners write to."),
    FIELD(program, hue,            .flags = FIELD_TAKEN, .min = -1, .max = 359, .help = "The programme's colour as a hue; -1: the house's own."),
    FIELD(program, terms_version,  .flags = FIELD_NO_ROW, .help = "Version of the terms in force."),
    FIELD(program, commission,     .flags = FIELD_TAKEN, .record = &program_commission_fields, .help = "What everyone earns unless a narrower rule applies."),
    FIELD(program, created_at,     .flags = FIELD_SORT),
    FIELD(program, updated_at),
};
const struct fields program_fields = FIELDS(program_list, program);

static const struct field terms_list[] = {
    FIELD_ID(program_terms, id, "trm"),
    FIELD_ID(program_terms, program_id, "prg"),
    FIELD(program_terms, version),
    FIELD(program_terms, body,      .flags = FIELD_REQUIRED, .max = 60000, .help = "Markdown."),
    FIELD(program_terms, summary,   .flags = FIELD_TAKEN, .max = 300, .help = "What changed, in one line; partners are told."),
    FIELD(program_terms, starts_at, .flags = FIELD_TAKEN, .help = "When it comes into force; now when absent."),
    FIELD(program_terms, created_at),
    FIELD(program_terms, created_by),
};
const struct fields program_terms_fields = FIELDS(terms_list, program_terms);
/* clang-format on */

static bool is_slug(str s)
{
    if (s.len < 2 || s.len > 40 || s.at[0] == '-' || s.at[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!islower((unsigned char)s.at[i]) && !isdigit((unsigned char)s.at[i]) && s.at[i] != '-')
            return false;
    return true;
}

static bool is_host(str s)
{
    size_t label = 0;
    bool has_dot = false;

    if (s.len == 0 || s.len > 253)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if (c == ':') { /* a port, for shops in development */
            int64_t port;
            return label > 0 && str_to_int(str_from(s, i + 1), &port) && port > 0 && port < 65536;
        }
        if (c == '.') {
            if (label == 0 || s.at[i - 1] == '-')
                return false;
            has_dot = true;
            label = 0;
            continue;
        }
        if (!islower(c) && !isdigit(c) && !(c == '-' && label > 0))
            return false;
        if (++label > 63)
            return false;
    }
    return label > 0 && s.at[s.len - 1] != '-' && (has_dot || str_eq(s, STR("localhost")));
}

static bool is_parameter(str s)
{
    if (s.len == 0 || s.len > 40)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.at[i]) && s.at[i] != '-' && s.at[i] != '_')
            return false;
    return true;
}

static bool is_email(str s)
{
    size_t at;

    return s.len <= 254 && str_find(s, '@', &at) && at > 0 && at <= 64 &&
           str_has(str_from(s, at + 1), STR(".")) && !str_has(s, STR(" ")) &&
           !str_has(str_from(s, at + 1), STR("@")) && !str_ends(s, STR("."));
}

bool program_allows(const struct program *p, str text)
{
    struct url url;

    return url_read(text, &url) &&
           url_allowed(&url, p->allowed_domains.at, p->allowed_domains.count);
}

static void check_url(struct request *rq, const char *field, str url)
{
    struct url parts;

    if (!str_empty(url) && !url_read(url, &parts))
        request_problem(rq, field, &URL_FORM);
}

void program_check_addresses(struct request *rq, const struct program *p)
{
    struct url landing;

    for (size_t i = 0; i < p->allowed_domains.count; i++)
        if (!is_host(p->allowed_domains.at[i])) {
            request_problem(rq, "allowed_domains", &DOMAIN_FORM);
            break;
        }
    check_url(rq, "landing_url", p->landing_url);
    check_url(rq, "fallback_url", p->fallback_url);
    if (url_read(p->landing_url, &landing) && !program_allows(p, p->landing_url))
        request_problem(rq, "landing_url", &LANDING_HOST);
}

static void check_reward(struct request *rq, const struct program *p)
{
    const char *field = rq->surface == API ? "commission" : "commission_percent";

    if (p->commission.percent_bp && p->commission.amount)
        request_problem(rq, field, &REWARD_BOTH);
    if (!p->commission.percent_bp && !p->commission.amount)
        request_problem(rq, field, &REWARD_MISSING);
}

err program_check(struct request *rq, const struct program *p)
{
    if (!is_slug(p->slug))
        request_problem(rq, "slug", &SLUG_FORM);
    program_check_addresses(rq, p);
    if (!is_parameter(p->click_parameter))
        request_problem(rq, "click_parameter", &PARAMETER_FORM);
    if (!str_empty(p->contact_email) && !is_email(p->contact_email))
        request_problem(rq, "contact_email", &MAIL_FORM);
    check_reward(rq, p);
    return request_problems(rq);
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static instant payout_in_month(const struct program *p, int year, int month)
{
    int last = days_in_month(year, month);

    return instant_from_civil((struct civil){
        .year = year, .month = month, .day = p->payout_day < last ? p->payout_day : last });
}

instant program_next_payout(const struct program *p, instant from)
{
    struct civil c = instant_civil(from);
    instant day = payout_in_month(p, c.year, c.month);

    if (day.ms >= instant_day(from).ms)
        return day;
    return c.month == 12 ? payout_in_month(p, c.year + 1, 1)
                         : payout_in_month(p, c.year, c.month + 1);
}
