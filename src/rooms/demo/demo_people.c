/* Who takes part: the programme with its staff, rules and terms, the partners who join, the
 * applicants. */
#include "rooms/demo/demo_story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/commission/commission.h"
#include "rooms/coupon/coupon.h"
#include "rooms/link/link.h"
#include "rooms/program/program.h"

/* ---- programme and people
 * ------------------------------------------------------------------------------------ */

static const char description[] = "Kettle & Kiln makes teapots, blends tea and teaches both "
                                  "online. Partners who send us buyers earn 10 to 15 % on "
                                  "goods and 40 % on workshops, and can check every cent.";

static const char brand_rules[] =
    "- **You may** use our name in headlines and our pictures in full.\n"
    "- **You may not** bid on “Kettle & Kiln” or words like it in search engines.\n"
    "- **You may not** buy with your own link.\n"
    "- **Say that it is a recommendation for pay.**\n";

static const char faq[] =
    "## What happens when the buyer sends something back?\n\nYou lose the commission on that part "
    "and keep the rest. "
    "If you were already paid, the amount is taken from your next payment, never from your "
    "account.\n\n"
    "## How do I know that no sale is left out?\n\nYou see every click on your links, with its "
    "time. If you miss a "
    "sale, write to us with the order number.\n\n"
    "## Who is accepted?\n\nPeople with a place of their own on the web and readers who like tea, "
    "pottery or "
    "cooking. Size does not matter. If we decline, we say why, and you may apply again.\n\n"
    "## Do I need a company?\n\nNo.\n";

static const char questions[] =
    "Which of our goods do you know already?\nReaders a month, roughly\n";

struct founding {
    struct story *story;
    struct program program;
    struct program_terms terms;
    struct account_staff staff[8];
    size_t staff_count;
};

static err found_write(struct db *db, void *arg)
{
    struct founding *f = arg;
    int64_t person_id;

    TRY(program_insert(db, &f->program, &f->terms));
    for (size_t i = 0; i < f->staff_count; i++)
        TRY(account_add_staff(db, &f->staff[i], &person_id));
    return NULL;
}

static strs shop_hosts(struct arena *arena, str base_url)
{
    str *at = ARENA_ARRAY(arena, str, 2);
    size_t slash;

    base_url =
        str_starts(base_url, STR("https://")) ? str_from(base_url, 8) : str_from(base_url, 7);
    if (str_find(base_url, '/', &slash))
        base_url = str_first(base_url, slash);
    at[0] = STR("kettleandkiln.example");
    at[1] = base_url;
    return (strs){ at, 2 };
}

static enum role role_of(const char *word)
{
    for (enum role role = ROLE_OWNER; role < ROLE_COUNT; role++)
        if (strcmp(role_name(role), word) == 0)
            return role;
    return ROLE_VIEWER;
}

err story_found(struct story *s)
{
    struct founding f = { .story = s };
    str base = str_of(s->options->base_url);

    s->program_id = id_new(s->env);
    f.program = (struct program){ .id = s->program_id,
        .name = STR("Kettle & Kiln"),
        .slug = STR("kettle-and-kiln"),
        .currency = { "EUR" },
        .window_days = 30,
        .hold_days = 30,
        .minimum_payout = 2500,
        .trust_browser = true,
        .repeat_minutes = 60,
        .payout_day = 31,
        .hue = -1,
        .click_parameter = STR("tclid"),
        .allowed_domains = shop_hosts(s->arena, base),
        .landing_url = str_printf(s->arena, "%" PRI_STR "/shop", STR_ARG(base)),
        .description = str_of(description),
        .brand_rules = str_of(brand_rules),
        .faq = str_of(faq),
        .questions = str_of(questions),
        .contact_email = STR("partners@kettleandkiln.example"),
        .commission = { .percent_bp = 1000 },
        .created_at = story_now_of(s),
        .updated_at = story_now_of(s) };
    f.terms = (struct program_terms){ .id = id_new(s->env),
        .program_id = s->program_id,
        .version = 1,
        .body = str_of(demo_terms_first),
        .starts_at = story_now_of(s),
        .created_at = story_now_of(s),
        .created_by = STR("Helena Brandt") };
    for (const struct demo_person *p = demo_people; p->role && strcmp(p->role, "partner") != 0; p++)
        f.staff[f.staff_count++] = (struct account_staff){ .new_person_id = id_new(s->env),
            .new_role_id = id_new(s->env),
            .new_token_id = id_new(s->env),
            .email = str_of(p->email),
            .name = str_of(p->name),
            .lang = STR("en"),
            .role = role_of(p->role),
            .password_hash = account_password_hash(s->arena, str_of(demo_password)),
            .now = story_now_of(s) };
    return store_write(s->app->store, found_write, &f);
}

/* ---- partners
 * ----------------------------------------------------------------------------------------------------
 */

/* An IBAN that is well formed (ISO 13616) and nobody's: bank code zero. */
static str made_up_iban(struct arena *arena, int64_t number)
{
    char digits[32];
    int remainder = 0;

    /* bban 18 digits, "DE" = 1314, "00" */
    snprintf(digits, sizeof digits, "00000000%010" PRId64 "131400", number);
    for (const char *c = digits; *c; c++)
        remainder = (remainder * 10 + (*c - '0')) % 97;
    return str_printf(arena, "DE%02d00000000%010" PRId64, 98 - remainder, number);
}

struct joining {
    struct story *story;
    struct partner_application application;
    struct partner_decision decision;
    struct partner partner;
    struct coupon coupon;
    bool is_approved;
    str password_hash;
};

static err join_write(struct db *db, void *arg)
{
    struct joining *j = arg;

    TRY(partner_apply(db, &j->application, &j->partner));
    if (!j->is_approved)
        return NULL;
    TRY(partner_decide(db, &j->decision, &j->partner));
    if (!str_empty(j->password_hash))
        TRY(account_set_password(db, j->partner.person_id, j->password_hash, j->decision.now));
    return j->coupon.id ? coupon_add(db, &j->coupon) : NULL;
}

static err read_code(struct db *db, void *arg)
{
    struct life *life = arg;
    struct link link = { 0 };
    bool is_there;

    TRY(link_find(db, life->id, &link, &is_there)); /* the default link has its partner's id */
    snprintf(life->code, sizeof life->code, "%" PRI_STR, STR_ARG(link.code));
    return NULL;
}

/* Who brought this one in; 0: he came by himself. */
static int64_t recruiter_of(const struct story *s, const char *site)
{
    const struct demo_recruit *r = demo_recruits;

    while (r->site && strcmp(r->site, site) != 0)
        r++;
    for (size_t i = 0; r->site && i < demo_partner_count; i++)
        if (strcmp(demo_partners[i].site, r->recruiter) == 0)
            return s->lives[i].id;
    return 0;
}

err story_join(struct story *s, int64_t index)
{
    const struct demo_partner *p = &demo_partners[index];
    struct joining j = { .story = s, .is_approved = true };
    struct partner *row = &j.application.partner;

    *row = (struct partner){ .id = id_new(s->env),
        .program_id = s->program_id,
        .email = str_of(p->email),
        .name = str_of(p->name),
        .website = str_printf(s->arena, "https://%s", p->site),
        .country = str_of(p->country),
        .kind = p->kind,
        .group = str_of(p->group),
        .lang = str_of(p->lang),
        .payout_method = STR("bank"),
        .payout_account = made_up_iban(s->arena, 4711 + index * 737),
        .payout_name = str_of(p->person),
        .recruited_by = recruiter_of(s, p->site),
        .terms_version = 1,
        .terms_accepted_at = story_now_of(s),
        .created_at = story_now_of(s),
        .updated_at = story_now_of(s) };
    j.application.event_id = id_new(s->env);
    j.application.audit_id = id_new(s->env);
    j.application.message_id = id_new(s->env);
    j.application.is_quiet = true;
    j.decision = (struct partner_decision){ .program_id = s->program_id,
        .partner_id = row->id,
        .to = PARTNER_APPROVED,
        .by = STR("Marta Zielińska"),
        .person_id = id_new(s->env),
        .role_id = id_new(s->env),
        .token_id = id_new(s->env),
        .event_id = id_new(s->env),
        .audit_id = id_new(s->env),
        .message_id = id_new(s->env),
        .is_quiet = true,
        .now = story_now_of(s) };
    for (const struct demo_person *person = demo_people; person->role; person++)
        if (strcmp(person->email, p->email) == 0)
            j.password_hash = account_password_hash(s->arena, str_of(demo_password));
    if (p->coupon)
        j.coupon = (struct coupon){ .id = id_new(s->env),
            .program_id = s->program_id,
            .partner_id = row->id,
            .code = str_of(p->coupon),
            .created_at = story_now_of(s) };
    TRY(store_write(s->app->store, join_write, &j));
    s->lives[index].id = row->id;
    s->made.partners++;
    links_refresh(s->app->links);
    return store_read(s->app->store, read_code, &s->lives[index]);
}

err story_apply(struct story *s, int64_t index)
{
    const struct demo_applicant *a = &demo_applicants[index];
    struct joining j = { .story = s };

    j.application.partner = (struct partner){ .id = id_new(s->env),
        .program_id = s->program_id,
        .email = str_of(a->email),
        .name = str_of(a->name),
        .website = str_of(a->site),
        .country = str_of(a->country),
        .kind = a->kind,
        .about = str_of(a->about),
        .source = str_of(a->source),
        .lang = str_of(a->lang),
        .terms_version = 2,
        .terms_accepted_at = story_now_of(s),
        .created_at = story_now_of(s),
        .updated_at = story_now_of(s) };
    j.application.event_id = id_new(s->env);
    j.application.audit_id = id_new(s->env);
    j.application.message_id = id_new(s->env);
    return store_write(s->app->store, join_write, &j);
}

static err accept_write(struct db *db, void *arg)
{
    return partner_accept_terms(db, arg);
}

err story_accept_terms(struct story *s, int64_t index)
{
    struct partner_acceptance a = { .program_id = s->program_id,
        .partner_id = s->lives[index].id,
        .version = 2,
        .by = str_of(demo_partners[index].person),
        .event_id = id_new(s->env),
        .audit_id = id_new(s->env),
        .now = story_now_of(s) };

    return a.partner_id ? store_write(s->app->store, accept_write, &a) : NULL;
}
