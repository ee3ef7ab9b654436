/* Ninety days of the tea shop, event by event in the order of time, through the doors that real
 * traffic uses: applications and decisions, clicks through the spool, orders by the tracking room,
 * refunds, the clock that matures commissions, payouts. The same seed makes the same story. */
#include "rooms/demo/demo_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/click/click.h"
#include "rooms/commission/commission.h"
#include "rooms/conversion/conversion.h"
#include "rooms/coupon/coupon.h"
#include "rooms/link/link.h"
#include "rooms/payout/payout.h"
#include "rooms/program/program.h"

enum { CLICK_AGENTS = 7, VISITORS_KEPT = 256, PER_DAY = 24 * 60 };

enum happening {
    HAPPENS_JOIN,
    HAPPENS_CLICK,
    HAPPENS_ORDER,
    HAPPENS_REFUND,
    HAPPENS_NIGHT,
    HAPPENS_PAYOUT,
    HAPPENS_PAID,
    HAPPENS_APPLY,
    HAPPENS_NEW_RULES,
    HAPPENS_ACCEPT,
};

struct event {
    int64_t at_ms;
    uint64_t order; /* of insertion: events of one moment keep their order */
    enum happening what;
    int64_t subject; /* partner, applicant, order, payout */
};

struct order {
    int64_t conversion_id, amount;
    int partner; /* -1: nobody's */
    bool by_coupon;
    char order_id[16];
    char token[CLICK_TOKEN_LEN + 1];
    char customer[16];
};

/* A partner as the story goes on. */
struct life {
    int64_t id;
    char code[48];
    char cookies[VISITORS_KEPT][16]; /* visitors who may come back */
    size_t cookie_count;
};

struct story {
    const struct demo_options *options;
    struct app *app;
    const struct env *env;
    struct dice dice;
    struct arena *arena; /* of one event */
    int64_t start_ms, end_ms, program_id;
    struct life *lives;
    struct event *heap;
    size_t heap_count, heap_room;
    uint64_t inserted;
    struct order *orders;
    size_t order_count, order_room;
    int64_t payout_id;
    struct demo_made made;
};

/* ---- the clock
 * -------------------------------------------------------------------------------------------- */

static instant demo_now(const struct env *env)
{
    const struct demo_clock *clock = (const struct demo_clock *)env;

    return (instant){ __atomic_load_n(&clock->at_ms, __ATOMIC_SEQ_CST) };
}

void demo_clock_start(struct demo_clock *clock, const struct env *real, instant at)
{
    clock->env = *real;
    clock->env.now = demo_now;
    clock->at_ms = at.ms;
}

/* ---- events in the order of time
 * ---------------------------------------------------------------------------- */

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 1024;
    at = realloc(at, *room * size);
    if (!at)
        abort();
    return at;
}

static void happen(struct story *s, int64_t at_ms, enum happening what, int64_t subject)
{
    size_t i = s->heap_count;

    if (at_ms >= s->end_ms)
        return;
    s->heap = grown(s->heap, s->heap_count, &s->heap_room, sizeof *s->heap);
    s->heap_count++;
    s->heap[i] = (struct event){ at_ms, s->inserted++, what, subject };
    while (i > 0 && is_before(&s->heap[i], &s->heap[(i - 1) / 2])) {
        struct event swap = s->heap[i];

        s->heap[i] = s->heap[(i - 1) / 2];
        s->heap[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

static struct event next_event(struct story *s)
{
    struct event first = s->heap[0];
    size_t i = 0, least;

    s->heap[0] = s->heap[--s->heap_count];
    for (;; i = least) {
        struct event swap;

        least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->heap_count; child++)
            if (is_before(&s->heap[child], &s->heap[least]))
                least = child;
        if (least == i)
            return first;
        swap = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = swap;
    }
}

static instant now_of(const struct story *s)
{
    return s->env->now(s->env);
}

static struct ledger_act act_of(const struct story *s, const char *actor)
{
    return (struct ledger_act){ .env = s->env, .at = now_of(s), .actor = str_of(actor) };
}

/* ---- programme and people
 * ------------------------------------------------------------------------------------ */

static const char terms_first[] =
    "## What you may do\n\nWrite, film, photograph and mail your own readers. Use our pictures.\n\n"
    "## What you may not do\n\nBid on our name in search engines, buy with your own link, or send "
    "mail to people "
    "who did not ask for it.\n\n"
    "## What you owe your readers\n\nSay that it is a recommendation for pay.\n\n"
    "## What we owe you\n\nEvery click recorded, every sale explained, and payment on the "
    "announced days.\n";

static const char terms_second[] =
    "## What you may do\n\nWrite, film, photograph and mail your own readers. Use our pictures.\n\n"
    "## What you may not do\n\nBid on our name in search engines, buy with your own link, or send "
    "mail to people "
    "who did not ask for it.\n\n"
    "## What you owe your readers\n\nSay that it is a recommendation for pay. We give you a "
    "sentence in English, "
    "Polish and Russian.\n\n"
    "## What we owe you\n\nEvery click recorded, every sale explained, and payment on the "
    "announced days. Rules "
    "change only ahead: we tell you at least 14 days before, and sales already made keep their "
    "rule.\n\n"
    "## New in this version\n\nWorkshops pay 40 % instead of 30 %.\n";

static const char description[] = "Kettle & Kiln makes teapots, blends tea and teaches both "
                                  "online. Partners who send us buyers earn 10 to 12 % on "
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

static err found(struct story *s)
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
        .created_at = now_of(s),
        .updated_at = now_of(s) };
    f.terms = (struct program_terms){ .id = id_new(s->env),
        .program_id = s->program_id,
        .version = 1,
        .body = str_of(terms_first),
        .starts_at = now_of(s),
        .created_at = now_of(s),
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
            .now = now_of(s) };
    return store_write(s->app->store, found_write, &f);
}

/* ---- rules
 * ------------------------------------------------------------------------------------------------------
 */

struct ruling {
    struct ledger_act act;
    struct rule rules[4];
    size_t count;
    struct program_terms terms;
};

static err rule_write(struct db *db, void *arg)
{
    struct ruling *r = arg;

    for (size_t i = 0; i < r->count; i++)
        TRY(commission_rule_add(db, &r->act, &r->rules[i]));
    return r->terms.id ? program_terms_add(db, &r->terms) : NULL;
}

static struct rule rule_of(
    const struct story *s, const char *name, int32_t percent_bp, instant starts_at, instant ends_at)
{
    return (struct rule){ .id = id_new(s->env),
        .program_id = s->program_id,
        .name = str_of(name),
        .reward = { .percent_bp = percent_bp },
        .starts_at = starts_at,
        .ends_at = ends_at };
}

static int64_t change_ms(const struct story *s)
{
    return s->end_ms - 20 * DAY_MS; /* workshops pay more from here on */
}

static err first_rules(struct story *s)
{
    struct ruling r = { .act = act_of(s, "demo"), .count = 3 };
    instant start = { s->start_ms }, change = { change_ms(s) };

    r.rules[0] = rule_of(s, "Storytellers", 1200, start, (instant){ 0 });
    r.rules[0].scope.group = STR("Storytellers");
    r.rules[1] = rule_of(s, "Coupon sites", 500, start, (instant){ 0 });
    r.rules[1].scope.group = STR("Coupon sites");
    r.rules[2] = rule_of(s, "Workshops", 3000, start, change);
    r.rules[2].scope.category = STR("workshops");
    return store_write(s->app->store, rule_write, &r);
}

static err new_rules(struct story *s)
{
    struct ruling r = { .act = act_of(s, "demo"), .count = 1 };

    r.rules[0] =
        rule_of(s, "Workshops", 4000, (instant){ change_ms(s) }, (instant){ 0 });
    r.rules[0].scope.category = STR("workshops");
    r.terms = (struct program_terms){ .id = id_new(s->env),
        .program_id = s->program_id,
        .version = 2,
        .body = str_of(terms_second),
        .summary = STR("Workshops pay 40 % instead of 30 %"),
        .starts_at = now_of(s),
        .created_at = now_of(s),
        .created_by = STR("Helena Brandt") };
    return store_write(s->app->store, rule_write, &r);
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

static err join(struct story *s, int64_t index)
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
        .terms_version = 1,
        .terms_accepted_at = now_of(s),
        .created_at = now_of(s),
        .updated_at = now_of(s) };
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
        .now = now_of(s) };
    for (const struct demo_person *person = demo_people; person->role; person++)
        if (strcmp(person->email, p->email) == 0)
            j.password_hash = account_password_hash(s->arena, str_of(demo_password));
    if (p->coupon)
        j.coupon = (struct coupon){ .id = id_new(s->env),
            .program_id = s->program_id,
            .partner_id = row->id,
            .code = str_of(p->coupon),
            .created_at = now_of(s) };
    TRY(store_write(s->app->store, join_write, &j));
    s->lives[index].id = row->id;
    s->made.partners++;
    links_refresh(s->app->links);
    return store_read(s->app->store, read_code, &s->lives[index]);
}

static err apply(struct story *s, int64_t index)
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
        .terms_accepted_at = now_of(s),
        .created_at = now_of(s),
        .updated_at = now_of(s) };
    j.application.event_id = id_new(s->env);
    j.application.audit_id = id_new(s->env);
    j.application.message_id = id_new(s->env);
    return store_write(s->app->store, join_write, &j);
}

static err accept_write(struct db *db, void *arg)
{
    return partner_accept_terms(db, arg);
}

static err accept_terms(struct story *s, int64_t index)
{
    struct partner_acceptance a = { .program_id = s->program_id,
        .partner_id = s->lives[index].id,
        .version = 2,
        .by = str_of(demo_partners[index].person),
        .event_id = id_new(s->env),
        .audit_id = id_new(s->env),
        .now = now_of(s) };

    return a.partner_id ? store_write(s->app->store, accept_write, &a) : NULL;
}

/* ---- clicks
 * ----------------------------------------------------------------------------------------------------------
 */

static const char *const agents[CLICK_AGENTS] = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPad; CPU OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
};
static const char *const countries[] = { "DE", "PL", "GB", "US", "SE", "FR", "IT", "KZ", "AT", "NL",
    "CZ", "ES" };
static const char *const subs[] = { "review", "newsletter", "sidebar", "photo", "spring-list",
    "teapots" };

static void build_query(struct story *s, struct buf *query)
{
    if (dice_chance(&s->dice, 4500))
        buf_printf(query, "sub1=%s", subs[dice_below(&s->dice, 6)]);
    if (dice_chance(&s->dice, 5000)) {
        const struct demo_product *p =
            &demo_products[dice_below(&s->dice, (int64_t)demo_product_count)];
        str to = str_printf(s->arena, "%s/shop/p/%s", s->options->base_url, p->slug);

        buf_printf(
            query, "%sto=%" PRI_STR, query->len ? "&" : "", STR_ARG(str_url_encode(s->arena, to)));
    }
}

static void keep_cookie(struct story *s, struct life *life, str visitor)
{
    size_t slot;

    if (str_empty(visitor))
        return;
    slot = life->cookie_count < VISITORS_KEPT ? life->cookie_count++
                                              : (size_t)dice_below(&s->dice, VISITORS_KEPT);
    snprintf(life->cookies[slot], sizeof life->cookies[slot], "%" PRI_STR, STR_ARG(visitor));
}

static int64_t order_delay_ms(struct dice *dice)
{
    if (dice_chance(dice, 6500))
        return MINUTE_MS * (2 + dice_below(dice, 55));
    if (dice_chance(dice, 6000))
        return HOUR_MS * (1 + dice_below(dice, 30));
    return DAY_MS * (2 + dice_below(dice, 20)) + dice_below(dice, DAY_MS);
}

static struct order *order_new(struct story *s, int partner)
{
    struct order *o;

    s->orders = grown(s->orders, s->order_count, &s->order_room, sizeof *s->orders);
    o = &s->orders[s->order_count++];
    memset(o, 0, sizeof *o);
    o->partner = partner;
    snprintf(o->order_id, sizeof o->order_id, "KK-%05zu", 18000 + s->order_count * 3);
    snprintf(o->customer, sizeof o->customer, "c-%" PRId64, dice_below(&s->dice, 4000));
    return o;
}

static err click(struct story *s, int64_t index)
{
    const struct demo_partner *p = &demo_partners[index];
    struct life *life = &s->lives[index];
    struct click_followed followed = { 0 };
    struct buf query = buf_new(s->arena);
    struct click_visit visit = { .code = str_of(life->code),
        .country = str_of(countries[dice_below(&s->dice, 12)]),
        .referrer = str_printf(s->arena, "https://%s/", p->site) };
    bool is_robot = dice_chance(&s->dice, 420);
    struct order *o;

    if (life->code[0] == 0)
        return NULL;
    visit.agent =
        str_of(agents[is_robot ? CLICK_AGENTS - 1 : dice_below(&s->dice, CLICK_AGENTS - 1)]);
    if (life->cookie_count > 0 && dice_chance(&s->dice, 1800))
        visit.cookie = str_of(life->cookies[dice_below(&s->dice, (int64_t)life->cookie_count)]);
    if (dice_chance(&s->dice, 120))
        visit.purpose = STR("prefetch");
    build_query(s, &query);
    visit.query = buf_str(&query);
    visit.is_history = true;
    for (int i = 0; i < 16; i++)
        visit.ip[i] = (unsigned char)dice_next(&s->dice);
    TRY(click_follow(s->app->live, s->arena, &visit, &followed));
    s->made.clicks++;
    keep_cookie(s, life, followed.visitor);
    if (is_robot || str_empty(visit.purpose) == false || !dice_chance(&s->dice, p->rate_bp))
        return NULL;
    o = order_new(s, (int)index);
    snprintf(o->token, sizeof o->token, "%" PRI_STR, STR_ARG(followed.token));
    happen(s, now_of(s).ms + order_delay_ms(&s->dice), HAPPENS_ORDER, (int64_t)s->order_count - 1);
    return NULL;
}

/* ---- orders and refunds
 * --------------------------------------------------------------------------------------------- */

static err order_write(struct db *db, void *arg)
{
    struct conversion_recorded stands;

    return conversion_record(db, arg, &stands);
}

/* Workshops are bought less often than they are looked at. */
static const struct demo_product *pick_product(struct dice *dice)
{
    const struct demo_product *p = &demo_products[dice_below(dice, (int64_t)demo_product_count)];

    if (p->category[0] == 'w' && !dice_chance(dice, 4000))
        p = &demo_products[dice_below(dice, (int64_t)demo_product_count)];
    return p;
}

static void fill_basket(struct story *s, struct conversion *c)
{
    size_t count = 1 + (size_t)dice_below(&s->dice, 3);
    struct conversion_item *items = ARENA_ARRAY(s->arena, struct conversion_item, count);

    for (size_t i = 0; i < count; i++) {
        const struct demo_product *p =
            pick_product(&s->dice);

        items[i] = (struct conversion_item){ .sku = str_of(p->sku),
            .name = str_of(p->name),
            .category = str_of(p->category),
            .quantity = dice_chance(&s->dice, 1500) ? 2 : 1 };
        items[i].amount = p->price * items[i].quantity;
        c->amount += items[i].amount;
    }
    c->items = (struct list){ items, count };
}

static err order(struct story *s, int64_t index)
{
    struct order *o = &s->orders[index];
    struct conversion_recording r = { .act = act_of(s, "shop"), .app = s->app };

    click_settle(s->app, 5000);
    r.conversion = (struct conversion){ .id = id_new(s->env),
        .program_id = s->program_id,
        .type = STR("sale"),
        .order_id = str_of(o->order_id),
        .currency = { "EUR" },
        .customer_id = str_of(o->customer),
        .new_customer = dice_chance(&s->dice, 7000),
        .occurred_at = now_of(s),
        .source = SOURCE_API,
        .created_at = now_of(s) };
    if (o->token[0])
        r.conversion.click = str_of(o->token);
    if (o->by_coupon && o->partner >= 0)
        r.conversion.coupon = str_of(demo_partners[o->partner].coupon);
    fill_basket(s, &r.conversion);
    TRY(conversion_check(&r.conversion, now_of(s)));
    TRY(store_write(s->app->store, order_write, &r));
    o->conversion_id = r.conversion.id;
    o->amount = r.conversion.amount;
    s->made.orders++;
    if (dice_chance(&s->dice, 620))
        happen(s, now_of(s).ms + DAY_MS * (3 + dice_below(&s->dice, 45)), HAPPENS_REFUND, index);
    return NULL;
}

struct refunding {
    struct ledger_act act;
    struct refund refund;
};

static err refund_write(struct db *db, void *arg)
{
    struct refunding *r = arg;
    bool already;

    return conversion_refund(db, &r->act, &r->refund, &already);
}

static err refund(struct story *s, int64_t index)
{
    static const char *const reasons[] = { "cracked in the post", "changed their mind",
        "wrong size", "came too late" };
    const struct order *o = &s->orders[index];
    struct refunding r = { .act = act_of(s, "shop") };
    bool is_whole = dice_chance(&s->dice, 4000);

    r.refund = (struct refund){ .id = id_new(s->env),
        .program_id = s->program_id,
        .conversion_id = o->conversion_id,
        .order_id = str_of(o->order_id),
        .refund_id = str_printf(s->arena, "R-%05" PRId64, 700 + s->made.refunds),
        .amount = is_whole ? o->amount : o->amount * (20 + dice_below(&s->dice, 50)) / 100,
        .currency = { "EUR" },
        .reason =
            str_of(dice_chance(&s->dice, 500) ? "chargeback" : reasons[dice_below(&s->dice, 4)]),
        .created_at = now_of(s) };
    s->made.refunds++;
    return r.refund.amount > 0 ? store_write(s->app->store, refund_write, &r) : NULL;
}

/* ---- nights and pay days
 * -----------------------------------------------------------------------------------------------
 */

struct maturing {
    struct ledger_act act;
    int64_t count;
};

static err mature_write(struct db *db, void *arg)
{
    struct maturing *m = arg;

    return commission_mature(db, &m->act, 1000, &m->count);
}

static err night(struct story *s)
{
    struct maturing m = { .act = act_of(s, "clock") };

    do
        TRY(store_write(s->app->store, mature_write, &m));
    while (m.count > 0);
    return NULL;
}

struct paying {
    struct story *story;
    struct payout_order order;
    struct payout_settling settling;
    struct payout payout;
};

static err payout_write(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct ledger_act act = act_of(p->story, "Piotr Adamski");

    return payout_make(db, &act, &p->order, &p->payout);
}

static err settle_write(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct ledger_act act = act_of(p->story, "Piotr Adamski");

    return payout_settle(db, &act, &p->settling);
}

static err payout(struct story *s)
{
    struct paying p = { .story = s };
    struct civil c = instant_civil(now_of(s));

    p.order = (struct payout_order){ .id = id_new(s->env),
        .program_id = s->program_id,
        .currency = { "EUR" },
        .cutoff = instant_plus_ms(
            instant_from_civil((struct civil){ .year = c.year, .month = c.month, .day = 21 }), -1),
        .by = STR("Piotr Adamski"),
        .audit_id = id_new(s->env) };
    TRY(store_write(s->app->store, payout_write, &p));
    s->payout_id = p.payout.line_count ? p.order.id : 0;
    if (s->payout_id)
        s->made.payouts++;
    return NULL;
}

static err paid(struct story *s)
{
    struct paying p = { .story = s };

    if (!s->payout_id)
        return NULL;
    p.settling = (struct payout_settling){ .program_id = s->program_id,
        .payout_id = s->payout_id,
        .to = LINE_PAID,
        .by = STR("Piotr Adamski"),
        .audit_id = id_new(s->env) };
    return store_write(s->app->store, settle_write, &p);
}

/* ---- the plan of the whole history
 * ---------------------------------------------------------------------------------------- */

/* Minute of the day: few at night, most in the evening. */
static int64_t minute_of_day(struct dice *dice)
{
    int64_t a = dice_below(dice, PER_DAY), b = dice_below(dice, PER_DAY);

    return (a > b ? a : b) * 3 / 4 + PER_DAY / 5;
}

/* How busy a day is, of 1,000: week-ends are better, and the whole grows. */
static int64_t day_weight(const struct story *s, int day)
{
    static const int64_t week[] = { 900, 880, 920, 960, 1000, 1180, 1240 };
    struct civil c = instant_civil((instant){ s->start_ms + day * DAY_MS });

    return week[c.weekday] * (700 + 600 * day / s->options->days) / 1000;
}

static int pick_partner(struct dice *dice, int partners, int day)
{
    int64_t total = 0, at;

    for (int i = 0; i < partners; i++)
        total += demo_partners[i].joined_day <= day ? demo_partners[i].weight : 0;
    at = dice_below(dice, total);
    for (int i = 0; i < partners; i++) {
        at -= demo_partners[i].joined_day <= day ? demo_partners[i].weight : 0;
        if (at < 0)
            return i;
    }
    return 0;
}

/* A moment of that day; of today, one that is over. */
static int64_t moment_of(struct story *s, int day)
{
    int64_t begin = s->start_ms + day * DAY_MS;
    int64_t at =
        begin + minute_of_day(&s->dice) * MINUTE_MS % DAY_MS + dice_below(&s->dice, MINUTE_MS);

    return at < s->end_ms ? at : begin + dice_below(&s->dice, s->end_ms - begin);
}

static void plan_clicks(struct story *s, int partners)
{
    int64_t weights = 0, planned = 0;

    for (int day = 0; day < s->options->days; day++)
        weights += day_weight(s, day);
    for (int day = 0; day < s->options->days; day++) {
        int64_t count = s->options->clicks * day_weight(s, day) / weights;

        if (day == s->options->days - 1) { /* today is not over: what it lacks goes to yesterday */
            int64_t passed = s->end_ms - s->start_ms - day * DAY_MS;
            int64_t rest = s->options->clicks - planned;

            count = rest * passed / DAY_MS;
            for (int64_t i = 0; i < rest - count; i++)
                happen(s, moment_of(s, day - 1), HAPPENS_CLICK,
                    pick_partner(&s->dice, partners, day - 1));
        }
        planned += count;
        for (int64_t i = 0; i < count; i++)
            happen(s, moment_of(s, day), HAPPENS_CLICK, pick_partner(&s->dice, partners, day));
    }
}

/* Orders that nobody led to, and orders with a code alone. */
static void plan_other_orders(struct story *s, int partners)
{
    int64_t direct = s->options->clicks / 100, coded = s->options->clicks / 400;

    for (int64_t i = 0; i < direct + coded; i++) {
        int partner = -1;
        struct order *o;

        if (i >= direct) {
            do
                partner = (int)dice_below(&s->dice, partners < 10 ? partners : 10);
            while (!demo_partners[partner].coupon && partners > 1);
            if (!demo_partners[partner].coupon)
                partner = -1;
        }
        o = order_new(s, partner);
        o->by_coupon = partner >= 0;
        happen(s, s->start_ms + DAY_MS / 2 + dice_below(&s->dice, (s->options->days - 1) * DAY_MS),
            HAPPENS_ORDER, (int64_t)s->order_count - 1);
    }
}

static bool is_last_of_month(int64_t at_ms)
{
    return instant_civil((instant){ at_ms + DAY_MS }).day == 1;
}

static void plan(struct story *s)
{
    int partners = s->options->partners < (int)demo_partner_count ? s->options->partners
                                                                  : (int)demo_partner_count;

    for (int i = 0; i < partners; i++)
        happen(s, s->start_ms + HOUR_MS + demo_partners[i].joined_day * DAY_MS + i * MINUTE_MS,
            HAPPENS_JOIN, i);
    for (int day = 1; day <= s->options->days; day++) {
        int64_t midnight = s->start_ms + day * DAY_MS;

        happen(s, midnight + 5 * MINUTE_MS, HAPPENS_NIGHT, 0);
        if (is_last_of_month(midnight)) {
            happen(s, midnight + 9 * HOUR_MS, HAPPENS_PAYOUT, 0);
            happen(s, midnight + 15 * HOUR_MS, HAPPENS_PAID, 0);
        }
    }
    happen(s, change_ms(s), HAPPENS_NEW_RULES, 0);
    for (int i = 0; i < partners; i++)
        if (demo_partners[i].weight > 9) /* the busy ones read what changed within days */
            happen(s, change_ms(s) + HOUR_MS + dice_below(&s->dice, 9 * DAY_MS), HAPPENS_ACCEPT, i);
    for (size_t i = 0; i < demo_applicant_count; i++)
        happen(s, s->end_ms - demo_applicants[i].hours_ago * HOUR_MS, HAPPENS_APPLY, (int64_t)i);
    plan_clicks(s, partners);
    plan_other_orders(s, partners);
}

static err live_through(struct story *s, const struct event *event)
{
    switch (event->what) {
    case HAPPENS_JOIN:
        return join(s, event->subject);
    case HAPPENS_CLICK:
        return click(s, event->subject);
    case HAPPENS_ORDER:
        return order(s, event->subject);
    case HAPPENS_REFUND:
        return refund(s, event->subject);
    case HAPPENS_NIGHT:
        return night(s);
    case HAPPENS_PAYOUT:
        return payout(s);
    case HAPPENS_PAID:
        return paid(s);
    case HAPPENS_APPLY:
        return apply(s, event->subject);
    case HAPPENS_NEW_RULES:
        return new_rules(s);
    case HAPPENS_ACCEPT:
        return accept_terms(s, event->subject);
    }
    return NULL;
}

static err run(struct story *s)
{
    int64_t shown = -1;

    while (s->heap_count > 0) {
        struct event event = next_event(s);
        int64_t percent = (event.at_ms - s->start_ms) * 100 / (s->end_ms - s->start_ms);
        err failed;

        __atomic_store_n(&s->options->clock->at_ms, event.at_ms, __ATOMIC_SEQ_CST);
        store_keep(s->arena);
        failed = live_through(s, &event);
        store_keep(NULL);
        arena_reset(s->arena);
        if (failed)
            return failed;
        if (percent != shown && s->options->progress)
            s->options->progress("history", percent, 100);
        shown = percent;
    }
    return NULL;
}

err demo_make(const struct demo_options *options, struct demo_made *out)
{
    struct story s = { .options = options,
        .app = options->app,
        .env = &options->clock->env,
        .dice = { options->seed },
        .arena = arena_new(),
        .end_ms = options->today.ms,
        .start_ms = instant_day(options->today).ms - (options->days - 1) * DAY_MS };
    err failed;

    s.lives = calloc(demo_partner_count, sizeof *s.lives);
    if (!s.lives)
        abort();
    __atomic_store_n(&options->clock->at_ms, s.start_ms, __ATOMIC_SEQ_CST);
    failed = found(&s);
    if (!failed)
        failed = first_rules(&s);
    if (!failed) {
        plan(&s);
        failed = run(&s);
    }
    if (!failed)
        click_settle(s.app, 60000);
    s.made.program_id = s.program_id;
    *out = s.made;
    free(s.lives);
    free(s.heap);
    free(s.orders);
    arena_free(s.arena);
    return failed;
}
