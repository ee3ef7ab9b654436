/* Programmes over API and console: the first-run wizard, the settings page, the versions of the
 * terms. */
#include "rooms/program/program.h"

#include <inttypes.h>
#include "base/buf.h"
#include "base/url.h"
#include "rooms/audit/audit.h"
#include "rooms/program/program.sql.h"
#include "rooms/room.h"
#include "migrations.h"
#include "view/markdown.h"

static const struct err SLUG_TAKEN = { ERR_CONFLICT, "slug_taken",
    N_("Another programme has this address already."), "slug" };

enum { NO_HUE = -1 }; /* the house's own */

str program_markdown(struct arena *arena, str text)
{
    str html = STR_NONE;

    return str_empty(text) || markdown_html(arena, text, &html) ? STR_NONE : html;
}

static void set_defaults(struct program *p)
{
    *p = (struct program){ .window_days = 30,
        .hold_days = 30,
        .minimum_payout = 2500,
        .repeat_minutes = 60,
        .payout_day = 31,
        .hue = NO_HUE,
        .click_parameter = STR("tclid") };
}

/* "Kettle & Kiln" becomes "kettle-kiln". */
static str slug_of(struct arena *arena, str name)
{
    struct buf b = buf_new(arena);

    name = str_lower(arena, name);
    for (size_t i = 0; i < name.len && b.len < 40; i++) {
        char c = name.at[i];
        bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (is_kept)
            buf_char(&b, c);
        else if (b.len > 0 && b.at[b.len - 1] != '-')
            buf_char(&b, '-');
    }
    while (b.len > 0 && b.at[b.len - 1] == '-')
        b.len--;
    while (b.len < 2)
        buf_add(&b, STR("program"));
    return buf_str(&b);
}

static err answer(struct reply *rp, const struct program *p)
{
    view_record(reply_view(rp), NULL, &program_fields, p);
    return NULL;
}

/* ---- make
 * --------------------------------------------------------------------------------------------- */

struct making {
    struct program program;
    struct program_terms terms;
    const struct request *rq;
    int64_t audit_id;
};

err program_insert(struct db *db, const struct program *p, const struct program_terms *terms)
{
    int64_t changes;

    TRY(db_run(db, &PROGRAM_INSERT, NO_PARAMS, &program_fields, p, &changes));
    if (changes == 0)
        return &SLUG_TAKEN;
    if (!str_empty(terms->body))
        TRY(db_put(db, &PROGRAM_TERMS_INSERT, &program_terms_fields, terms));
    return announce(db, "program.created", p->id, p->id);
}

static err make_write(struct db *db, void *arg)
{
    struct making *m = arg;
    struct audit_entry entry = { .id = m->audit_id,
        .program_id = m->program.id,
        .who = m->rq->who,
        .action = "program.create",
        .object = "prg",
        .object_id = m->program.id,
        .object_name = m->program.name,
        .address = m->rq->peer_address,
        .at = m->rq->now };

    TRY(program_insert(db, &m->program, &m->terms));
    audit_difference(db_arena(db), &program_fields, NULL, &m->program, &entry);
    return audit_write(db, &entry);
}

static err make(struct request *rq, struct program *p, str terms)
{
    struct making m = { .rq = rq, .audit_id = id_new(rq->env) };

    p->id = request_new_id(rq);
    p->created_at = p->updated_at = rq->now;
    p->terms_version = str_empty(terms) ? 0 : 1;
    m.program = *p;
    m.terms = (struct program_terms){ .id = id_new(rq->env),
        .program_id = p->id,
        .version = 1,
        .body = terms,
        .starts_at = rq->now,
        .created_at = rq->now,
        .created_by = str_of(rq->who->name) };
    return store_write(rq->store, make_write, &m);
}

static err program_create(struct request *rq, struct reply *rp)
{
    struct program p;

    set_defaults(&p);
    TRY(request_read(rq, &program_fields, &p));
    if (str_empty(p.slug))
        p.slug = slug_of(rq->arena, p.name);
    if (str_empty(p.click_parameter))
        p.click_parameter = STR("tclid");
    TRY(program_check(rq, &p));
    TRY(make(rq, &p, STR_NONE));
    TRY(answer(rp, &p));
    return reply_created(
        rp, "program/created", "/programs/%" PRI_STR, STR_ARG(id_print(rq->arena, "prg", p.id)));
}

/* ---- the wizard
 * ----------------------------------------------------------------------------------------- */

struct wizard {
    str name, landing_url, terms;
    currency currency;
    int64_t window_days, hold_days, minimum_payout;
    enum program_attribution attribution;
    strs allowed_domains;
    struct program_commission commission;
};

/* clang-format off */
static const struct field wizard_list[] = {
    FIELD(wizard, name,           .flags = FIELD_REQUIRED, .max = 80),
    FIELD(wizard, currency,       .flags = FIELD_REQUIRED),
    FIELD(wizard, landing_url,    .flags = FIELD_REQUIRED, .max = 2000),
    FIELD(wizard, allowed_domains, .flags = FIELD_TAKEN, .max = 100),
    FIELD(wizard, window_days,    .flags = FIELD_TAKEN, .min = 1, .max = 400),
    FIELD(wizard, hold_days,      .flags = FIELD_TAKEN, .min = 0, .max = 365),
    FIELD_MONEY(wizard, minimum_payout, "currency", .flags = FIELD_TAKEN, .min = 0, .max = INT64_C(1000000000000)),
    FIELD(wizard, attribution,    .flags = FIELD_TAKEN, .names = program_attribution_names),
    FIELD(wizard, commission,     .flags = FIELD_TAKEN, .record = &program_commission_fields),
    FIELD(wizard, terms,          .flags = FIELD_REQUIRED, .max = 60000),
};
static const struct fields wizard_fields = FIELDS(wizard_list, wizard);
/* clang-format on */

static err wizard_show(struct request *rq, struct reply *rp)
{
    struct view *form = reply_form(rp);
    struct view *list = view_list(view_page(reply_view(rp)), "currencies");

    view_str(form, "currency", STR("EUR"));
    view_int(form, "window_days", 30);
    view_int(form, "hold_days", 30);
    view_text(form, "minimum_payout", "25.00");
    view_text(form, "commission_percent", "10");
    view_bool(form, "attribution_is_last_click", true);
    view_str(form, "terms",
        lang_text(rq->lang, NULL,
            STR(N_(
                "## What you may do\n\nWrite, film, photograph and mail your own readers. Use our "
                "pictures.\n\n## What you may not do\n\nBid on our name in search engines, buy "
                "with your own link, or send mail to people who did not ask for it.\n\n## What you "
                "owe your readers\n\nSay that it is a recommendation for pay.\n\n## What we owe "
                "you\n\nEvery click recorded, every sale explained, and payment on the announced "
                "days. Rules change only ahead, and sales already made keep their rule."))));
    for (const char *const *code = currency_codes(); *code; code++)
        view_item_str(list, str_of(*code));
    return NULL;
}

/* The host of the landing page counts as allowed when none was named. */
static strs domains_of(struct arena *arena, const struct wizard *w)
{
    struct url url;
    str host, *at;

    if (w->allowed_domains.count > 0 || !url_read(w->landing_url, &url))
        return w->allowed_domains;
    host = str_lower(arena, url.host);
    if (host.len > 4 && str_starts(host, STR("www.")))
        host = str_from(host, 4);
    if (url.port)
        host = str_printf(arena, "%" PRI_STR ":%d", STR_ARG(host), (int)url.port);
    at = ARENA_ARRAY(arena, str, 1);
    at[0] = host;
    return (strs){ at, 1 };
}

static err wizard_make(struct request *rq, struct reply *rp)
{
    struct wizard w = { .window_days = 30, .hold_days = 30, .minimum_payout = 2500 };
    struct program p = { 0 };
    err failed;

    w.currency = (currency){ "EUR" };
    if (currency_read(request_form(rq, "currency"), &w.currency)) /* money below is read in it */
        w.currency = (currency){ "EUR" }; /* request_read names the mistake */
    failed = request_read(rq, &wizard_fields, &w);
    set_defaults(&p);
    p.landing_url = w.landing_url;
    p.allowed_domains = domains_of(rq->arena, &w);
    if (failed) { /* all mistakes at once */
        program_check_addresses(rq, &p);
        return failed;
    }
    p.name = w.name;
    p.slug = slug_of(rq->arena, w.name);
    p.currency = w.currency;
    p.window_days = w.window_days;
    p.hold_days = w.hold_days;
    p.minimum_payout = w.minimum_payout;
    p.attribution = w.attribution;
    p.commission = w.commission;
    p.contact_email = str_of(rq->who->email);
    TRY(program_check(rq, &p));
    TRY(make(rq, &p, w.terms));
    return reply_done(rp, "program/created", "/");
}

/* ---- list, one, change
 * ---------------------------------------------------------------------------------- */

static err program_index(struct request *rq, struct reply *rp)
{
    return reply_listing(rp, &PROGRAM_LIST, PARAMS(param_ref("program_id", rq->who->program_id)),
        &program_fields, NULL);
}

static err load(struct request *rq, struct program *out)
{
    int64_t id = rq->program_id;

    if (!str_empty(request_param(rq, "id"))) {
        TRY(request_param_id(rq, "id", "prg", &id));
        if (rq->who->program_id && rq->who->program_id != id)
            return &PROGRAM_NOT_FOUND;
    } else if (!id) {
        return &PROGRAM_NEEDED;
    }
    return program_get(rq->db, id, out);
}

static err program_show(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };

    TRY(load(rq, &p));
    return answer(rp, &p);
}

/* One a line, as the form's box has them. */
static str lines_of(struct arena *arena, const strs *list)
{
    struct buf out = buf_new(arena);

    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_add(&out, STR("\n"));
        buf_add(&out, list->at[i]);
    }
    return buf_str(&out);
}

static err settings_show(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };
    struct view *form = reply_form(rp);

    TRY(load(rq, &p));
    TRY(answer(rp, &p));
    view_record(form, NULL, &program_fields, &p);
    view_str(form, "allowed_domains", lines_of(rq->arena, &p.allowed_domains));
    if (p.hue < 0)
        view_null(form, "hue");
    view_str(form, "minimum_payout",
        amount_decimal(rq->arena, (amount){ p.minimum_payout, p.currency }));
    if (p.commission.percent_bp)
        view_str(form, "commission_percent",
            str_printf(rq->arena, "%" PRId64 ".%02" PRId64, p.commission.percent_bp / 100,
                p.commission.percent_bp % 100));
    if (p.commission.amount)
        view_str(form, "commission_amount",
            amount_decimal(rq->arena, (amount){ p.commission.amount, p.currency }));
    return NULL;
}

struct changing {
    const struct request *rq;
    struct program before, after;
    int64_t audit_id;
};

static err change_write(struct db *db, void *arg)
{
    struct changing *c = arg;
    struct audit_entry entry = { .id = c->audit_id,
        .program_id = c->after.id,
        .who = c->rq->who,
        .action = "program.change",
        .object = "prg",
        .object_id = c->after.id,
        .object_name = c->after.name,
        .address = c->rq->peer_address,
        .at = c->rq->now };
    int64_t others;

    TRY(db_int(
        db, &PROGRAM_SLUG_TAKEN, PARAMS(P("slug", c->after.slug), P("id", c->after.id)), &others));
    if (others > 0)
        return &SLUG_TAKEN;
    TRY(db_run(db, &PROGRAM_UPDATE, NO_PARAMS, &program_fields, &c->after, NULL));
    audit_difference(db_arena(db), &program_fields, &c->before, &c->after, &entry);
    TRY(audit_write(db, &entry));
    if (c->before.commission.percent_bp != c->after.commission.percent_bp ||
        c->before.commission.amount != c->after.commission.amount)
        TRY(announce(db, "program.reward_changed", c->after.id, c->after.id));
    return announce(db, "program.changed", c->after.id, c->after.id);
}

static err program_change(struct request *rq, struct reply *rp)
{
    struct changing c = { .rq = rq, .audit_id = id_new(rq->env) };

    TRY(load(rq, &c.before));
    c.after = c.before;
    TRY(request_patch(rq, &program_fields, &c.after, NULL));
    if (rq->surface == MANAGE && request_form(rq, "hue").at && str_empty(request_form(rq, "hue")))
        c.after.hue = NO_HUE;
    TRY(program_check(rq, &c.after));
    c.after.updated_at = rq->now;
    TRY(store_write(rq->store, change_write, &c));
    TRY(answer(rp, &c.after));
    return reply_done(rp, "program/saved", "/program");
}

/* ---- terms
 * ------------------------------------------------------------------------------------------------
 */

static err terms_list_show(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };
    struct list rows = { 0 };
    struct view *data;

    TRY(load(rq, &p));
    TRY(db_all(
        rq->db, &PROGRAM_TERMS_ALL, PARAMS(P("program_id", p.id)), &program_terms_fields, &rows));
    data = view_list(reply_view(rp), "data");
    for (size_t i = 0; i < rows.count; i++) {
        const struct program_terms *t = (struct program_terms *)rows.at + i;
        struct view *item = view_item(data);

        view_record(item, NULL, &program_terms_fields, t);
        view_html(view_page(item), "body_html", program_markdown(rq->arena, t->body));
        view_bool(view_page(item), "is_in_force", t->version == p.terms_version);
        view_bool(view_page(item), "is_coming", t->starts_at.ms > rq->now.ms);
    }
    view_bool(reply_view(rp), "has_more", false);
    view_null(reply_view(rp), "next");
    if (rows.count > 0)
        view_str(reply_form(rp), "body", ((struct program_terms *)rows.at)->body);
    return NULL;
}

struct termsmaking {
    struct program_terms terms;
    const struct request *rq;
    int64_t audit_id;
};

err program_terms_add(struct db *db, const struct program_terms *terms)
{
    TRY(db_put(db, &PROGRAM_TERMS_INSERT, &program_terms_fields, terms));
    return announce(db, "program.terms_changed", terms->program_id, terms->id);
}

static err terms_write(struct db *db, void *arg)
{
    struct termsmaking *m = arg;
    int64_t newest;

    TRY(db_int(db, &PROGRAM_TERMS_NEWEST, PARAMS(P("program_id", m->terms.program_id)), &newest));
    m->terms.version = newest + 1;
    TRY(program_terms_add(db, &m->terms));
    return audit_write(
        db, &(struct audit_entry){ .id = m->audit_id,
                .program_id = m->terms.program_id,
                .who = m->rq->who,
                .action = "program.terms",
                .object = "prg",
                .object_id = m->terms.program_id,
                .after = str_printf(db_arena(db), "{\"version\":%" PRId64 "}", m->terms.version),
                .address = m->rq->peer_address,
                .at = m->rq->now });
}

static const struct err TERMS_PAST = { ERR_INVALID, "in_past",
    N_("Terms cannot begin in the past: partners must be able to read them first."), "starts_at" };

static err terms_create(struct request *rq, struct reply *rp)
{
    struct termsmaking m = { .rq = rq, .audit_id = id_new(rq->env) };
    struct program p = { 0 };

    TRY(load(rq, &p));
    TRY(request_read(rq, &program_terms_fields, &m.terms));
    if (instant_none(m.terms.starts_at))
        m.terms.starts_at = rq->now;
    if (m.terms.starts_at.ms < rq->now.ms - DAY_MS)
        return request_problem(rq, "starts_at", &TERMS_PAST);
    m.terms.id = request_new_id(rq);
    m.terms.program_id = p.id;
    m.terms.created_at = rq->now;
    m.terms.created_by = str_of(rq->who->name);
    TRY(store_write(rq->store, terms_write, &m));
    view_record(reply_view(rp), NULL, &program_terms_fields, &m.terms);
    return reply_created(rp, "program/terms", "/program/terms");
}

/* The public text of a version: /p/{slug}/terms?version=6. */
static err terms_public(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };
    struct program_terms terms = { 0 };
    int64_t version;
    bool found;

    TRY(program_by_slug(rq->db, request_param(rq, "slug"), &p));
    if (!str_to_int(request_query(rq, "version"), &version))
        version = p.terms_version;
    TRY(db_one(rq->db, &PROGRAM_TERMS_ONE, PARAMS(P("program_id", p.id), P("version", version)),
        &program_terms_fields, &terms, &found));
    if (!found && version)
        return &PROGRAM_NOT_FOUND;
    view_record(view_object(reply_view(rp), "program"), NULL, &program_fields, &p);
    view_record(reply_view(rp), "terms", &program_terms_fields, &terms);
    view_html(view_page(reply_view(rp)), "terms_html", program_markdown(rq->arena, terms.body));
    view_bool(view_page(reply_view(rp)), "is_in_force", version == p.terms_version);
    view_int(view_page(reply_view(rp)), "before", version > 1 ? version - 1 : 0);
    return NULL;
}

/* clang-format off */
static const struct route program_routes[] = {
    /* method path                      shown on needs            handler          page */
    { GET,   "/programs",               API,     PROGRAMS_READ,   program_index,   NULL, 0,
      .gives = &program_fields, .summary = "Programmes that the caller reaches" },
    { POST,  "/programs",               API,     PROGRAMS_WRITE,  program_create,  NULL, 0,
      .takes = &program_fields, .gives = &program_fields, .summary = "Make a programme with its first reward", .statuses = "201 409" },
    { GET,   "/programs/{id}",          API,     PROGRAMS_READ,   program_show,    NULL, 0,
      .gives = &program_fields, .summary = "One programme" },
    { PATCH, "/programs/{id}",          API,     PROGRAMS_WRITE,  program_change,  NULL, 0,
      .takes = &program_fields, .gives = &program_fields, .summary = "Change a programme; a new reward begins a new version of its rule", .statuses = "200 409" },
    { GET,   "/programs/{id}/terms",    API,     PROGRAMS_READ,   terms_list_show, NULL, 0,
      .gives = &program_terms_fields, .summary = "Versions of the terms, newest first" },
    { POST,  "/programs/{id}/terms",    API,     PROGRAMS_WRITE,  terms_create,    NULL, 0,
      .takes = &program_terms_fields, .gives = &program_terms_fields, .summary = "Begin a new version of the terms, now or later", .statuses = "201" },
    { GET,   "/welcome",                MANAGE,  PROGRAMS_WRITE,  wizard_show,     "program/wizard", 0 },
    { POST,  "/welcome",                MANAGE,  PROGRAMS_WRITE,  wizard_make,     "program/wizard", 0 },
    { GET,   "/program",                MANAGE,  PROGRAMS_READ,   settings_show,   "program/settings", 0 },
    { POST,  "/program",                MANAGE,  PROGRAMS_WRITE,  program_change,  "program/settings", 0 },
    { GET,   "/program/terms",          MANAGE,  PROGRAMS_READ,   terms_list_show, "program/terms", 0 },
    { POST,  "/program/terms",          MANAGE,  PROGRAMS_WRITE,  terms_create,    "program/terms", 0 },
    { GET,   "/p/{slug}/terms",         PUBLIC,  NEEDS_NOTHING,   terms_public,    "program/public_terms", 0 },
    { 0 },
};

static const struct nav_item program_nav[] = {
    { MANAGE, N_("Set-up"), N_("Programme"), "/program", "flag", PROGRAMS_READ, 1, NULL },
    { 0 },
};
/* clang-format on */

const struct room program_room = {
    .name = "program",
    .routes = program_routes,
    .migrations = program_migrations,
    .nav = program_nav,
};
