/* Partners over API and console: list, make, change, decide, note; the partner's own profile is in
 * partner_self.c, the application form in partner_apply.c. */
#include "rooms/partner/partner.h"

#include <inttypes.h>

#include "base/buf.h"
#include "rooms/audit/audit.h"
#include "rooms/partner/partner.sql.h"
#include "rooms/partner/partner_inside.h"
#include "rooms/program/program.h"
#include "rooms/room.h"
#include "migrations.h"

static err load(struct request *rq, struct partner *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "par", &id));
    return partner_get(rq->db, rq->program_id, id, out);
}

/* ---- list and one
 * ------------------------------------------------------------------------------------ */

static str like_pattern(struct arena *arena, str search)
{
    struct buf b = buf_new(arena);

    buf_char(&b, '%');
    search = str_lower(arena, search);
    for (size_t i = 0; i < search.len; i++) {
        if (search.at[i] == '%' || search.at[i] == '_' || search.at[i] == '\\')
            buf_char(&b, '\\');
        buf_char(&b, search.at[i]);
    }
    buf_char(&b, '%');
    return buf_str(&b);
}

static err partner_index(struct request *rq, struct reply *rp)
{
    str search = request_query(rq, "q");

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    return reply_listing(rp, &PARTNER_LIST,
        PARAMS(P("program_id", rq->program_id), P("status", STR_NONE),
            P("search", str_empty(search) ? STR_NONE : like_pattern(rq->arena, search))),
        &partner_fields, partner_decorate);
}

err partner_decorate(struct request *rq, struct view *item, const void *record)
{
    const struct partner *p = record;
    struct view *flags = view_list(item, "flag_names");

    (void)rq;
    for (int bit = 0; partner_flag_names[bit]; bit++)
        if (p->flags & (INT64_C(1) << bit))
            view_item_str(flags, str_of(partner_flag_names[bit]));
    view_str(item, "payout_account_masked", partner_mask_account(rq->arena, p->payout_account));
    return NULL;
}

str partner_mask_account(struct arena *arena, str account)
{
    if (str_empty(account))
        return STR_NONE;
    if (account.len <= 4)
        return STR("••••");
    return str_printf(arena, "•••• %" PRI_STR, STR_ARG(str_from(account, account.len - 4)));
}

void partner_tidy(struct arena *arena, struct partner *p)
{
    if (!str_empty(p->country))
        p->country = str_upper(arena, p->country);
    if (str_eq(p->payout_method, STR("bank")) && !str_empty(p->payout_account))
        p->payout_account =
            str_upper(arena, str_replace(arena, p->payout_account, STR(" "), STR("")));
}

static err answer(struct request *rq, struct reply *rp, const struct partner *p)
{
    struct view *v = reply_view(rp);

    view_record(v, NULL, &partner_fields, p);
    return partner_decorate(rq, v, p);
}

static err partner_show(struct request *rq, struct reply *rp)
{
    struct partner p = { 0 };

    TRY(load(rq, &p));
    return answer(rq, rp, &p);
}

/* ---- make
 * --------------------------------------------------------------------------------------------- */

static err apply_write(struct db *db, void *arg)
{
    struct partner_application *a = arg;

    return partner_apply(db, a, &a->partner);
}

/* A partner entered by staff: the terms count as accepted only when the caller says which version.
 */
static err partner_create(struct request *rq, struct reply *rp)
{
    struct partner_application a = { .partner = { .kind = PARTNER_OTHER } };
    struct partner *p = &a.partner;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, &partner_fields, p));
    partner_tidy(rq->arena, p);
    TRY(partner_check(rq, p));
    p->id = id_new(rq->env);
    p->program_id = rq->program_id;
    p->created_at = p->updated_at = rq->now;
    if (p->terms_version)
        p->terms_accepted_at = rq->now;
    a.event_id = id_new(rq->env);
    a.audit_id = id_new(rq->env);
    a.message_id = id_new(rq->env);
    a.who = rq->who;
    a.address = rq->peer_address;
    a.is_quiet = true;
    TRY(store_write(rq->store, apply_write, &a));
    TRY(answer(rq, rp, p));
    return reply_created(
        rp, "partner/created", "/partners/%" PRI_STR, STR_ARG(id_print(rq->arena, "par", p->id)));
}

/* ---- change
 * ------------------------------------------------------------------------------------------- */

struct changing {
    const struct request *rq;
    struct partner before, after;
    int64_t event_id, audit_id;
};

static err change_write(struct db *db, void *arg)
{
    struct changing *c = arg;
    struct audit_entry entry = { .id = c->audit_id,
        .program_id = c->after.program_id,
        .who = c->rq->who,
        .action = "partner.change",
        .object = "par",
        .object_id = c->after.id,
        .object_name = c->after.name,
        .address = c->rq->peer_address,
        .at = c->rq->now };
    bool pays_elsewhere = !str_eq(c->before.payout_account, c->after.payout_account);

    TRY(partner_recruiter_check(db, &c->after));
    TRY(partner_group_leave(db, &c->after, c->after.updated_at));
    TRY(db_run(db, &PARTNER_UPDATE, NO_PARAMS, &partner_fields, &c->after, NULL));
    audit_difference(db_arena(db), &partner_fields, &c->before, &c->after, &entry);
    TRY(audit_write(db, &entry));
    if (pays_elsewhere)
        TRY(partner_event_add(
            db, &(struct partner_event){ .id = c->event_id,
                    .program_id = c->after.program_id,
                    .partner_id = c->after.id,
                    .kind = STR("payout_changed"),
                    .text = partner_mask_account(db_arena(db), c->after.payout_account),
                    .by = str_of(c->rq->who->name),
                    .at = c->rq->now }));
    return announce(db, "partner.changed", c->after.program_id, c->after.id);
}

err partner_save(struct request *rq, const struct partner *before, struct partner *after)
{
    struct changing c = { .rq = rq,
        .before = *before,
        .after = *after,
        .event_id = id_new(rq->env),
        .audit_id = id_new(rq->env) };

    c.after.updated_at = rq->now;
    c.after.email = str_lower(rq->arena, after->email);
    TRY(store_write(rq->store, change_write, &c));
    *after = c.after;
    return NULL;
}

static err partner_change(struct request *rq, struct reply *rp)
{
    struct partner before = { 0 }, after;

    TRY(load(rq, &before));
    after = before;
    TRY(request_patch(rq, &partner_fields, &after, NULL));
    partner_tidy(rq->arena, &after);
    TRY(partner_check(rq, &after));
    TRY(partner_save(rq, &before, &after));
    TRY(answer(rq, rp, &after));
    return reply_done(
        rp, "partner/saved", "/partners/%" PRI_STR, STR_ARG(id_print(rq->arena, "par", after.id)));
}

/* ---- decide
 * ------------------------------------------------------------------------------------------- */

struct reason_form {
    enum partner_reason reason;
    str note;
    str group;
    str decision; /* the console's form sends all four */
};

/* clang-format off */
static const struct field reason_list[] = {
    FIELD(reason_form, reason, .flags = FIELD_REQUIRED, .names = partner_reason_names, .help = "Why, as a code."),
    FIELD(reason_form, note,   .flags = FIELD_TAKEN, .max = 2000, .help = "A line of your own; the partner reads it."),
};
static const struct fields reason_fields = FIELDS(reason_list, reason_form);

static const struct field approve_list[] = {
    FIELD(reason_form, group,  .flags = FIELD_TAKEN, .max = 60, .help = "Put the partner into this group."),
    FIELD(reason_form, note,   .flags = FIELD_TAKEN, .max = 2000, .help = "A line of your own; the partner reads it."),
};
static const struct fields approve_fields = FIELDS(approve_list, reason_form);

static const struct field decide_list[] = {
    FIELD(reason_form, decision, .flags = FIELD_TAKEN, .max = 10),
    FIELD(reason_form, reason, .flags = FIELD_TAKEN, .names = partner_reason_names),
    FIELD(reason_form, group,  .flags = FIELD_TAKEN, .max = 60),
    FIELD(reason_form, note,   .flags = FIELD_TAKEN, .max = 2000),
};
static const struct fields decide_fields = FIELDS(decide_list, reason_form);
/* clang-format on */

static const struct err REASON_NEEDED = { ERR_INVALID, "required",
    N_("Choose a reason: the partner will read it."), "reason" };
static const struct err NOTE_NEEDED = { ERR_INVALID, "required",
    N_("Say the reason in your own words: you chose “other”."), "note" };

struct deciding {
    struct partner_decision decision;
    struct partner partner;
};

static err decide_write(struct db *db, void *arg)
{
    struct deciding *d = arg;

    return partner_decide(db, &d->decision, &d->partner);
}

static err decide(struct request *rq, struct reply *rp, enum partner_status to,
    const struct reason_form *form, const char *flash)
{
    struct deciding d = { 0 };
    struct partner p = { 0 };

    TRY(load(rq, &p));
    partner_decision_begin(rq, &d.decision);
    d.decision.partner_id = p.id;
    d.decision.to = to;
    d.decision.reason = form->reason;
    d.decision.note = form->note;
    d.decision.group = form->group;
    TRY(store_write(rq->store, decide_write, &d));
    TRY(answer(rq, rp, &d.partner));
    if (p.status == PARTNER_PENDING)
        return reply_done(rp, flash, "/applications");
    return reply_done(rp, flash, "/partners/%" PRI_STR, STR_ARG(id_print(rq->arena, "par", p.id)));
}

static err read_reason(struct request *rq, struct reason_form *form)
{
    TRY(request_read(rq, rq->surface == API ? &reason_fields : &decide_fields, form));
    if (form->reason == REASON_NONE)
        return request_problem(rq, "reason", &REASON_NEEDED);
    if (form->reason == REASON_OTHER && str_empty(str_trim(form->note)))
        return request_problem(rq, "note", &NOTE_NEEDED);
    return NULL;
}

static err partner_approve(struct request *rq, struct reply *rp)
{
    struct reason_form form = { 0 };

    TRY(request_read(rq, rq->surface == API ? &approve_fields : &decide_fields, &form));
    return decide(rq, rp, PARTNER_APPROVED, &form, "partner/approved");
}

static err partner_reject(struct request *rq, struct reply *rp)
{
    struct reason_form form = { 0 };

    TRY(read_reason(rq, &form));
    return decide(rq, rp, PARTNER_REJECTED, &form, "partner/rejected");
}

/* The console's form: approve or reject in one. */
static err partner_decide_form(struct request *rq, struct reply *rp)
{
    if (str_eq(request_form(rq, "decision"), STR("approve")))
        return partner_approve(rq, rp);
    return partner_reject(rq, rp);
}

static err partner_suspend(struct request *rq, struct reply *rp)
{
    struct reason_form form = { 0 };

    TRY(read_reason(rq, &form));
    return decide(rq, rp, PARTNER_SUSPENDED, &form, "partner/suspended");
}

static err partner_reconsider(struct request *rq, struct reply *rp)
{
    struct reason_form form = { 0 };

    return decide(rq, rp, PARTNER_PENDING, &form, "partner/reconsidered");
}

/* ---- notes
 * -------------------------------------------------------------------------------------------- */

static err event_write(struct db *db, void *arg)
{
    return partner_event_add(db, arg);
}

static err partner_note(struct request *rq, struct reply *rp)
{
    struct partner_event event = { 0 };
    struct partner p = { 0 };

    TRY(load(rq, &p));
    TRY(request_read(rq, &partner_event_fields, &event));
    event.id = id_new(rq->env);
    event.program_id = p.program_id;
    event.partner_id = p.id;
    event.kind = STR("note");
    event.by = str_of(rq->who->name);
    event.at = rq->now;
    TRY(store_write(rq->store, event_write, &event));
    view_record(reply_view(rp), NULL, &partner_event_fields, &event);
    return reply_created(
        rp, "partner/noted", "/partners/%" PRI_STR, STR_ARG(id_print(rq->arena, "par", p.id)));
}

static err partner_timeline(struct request *rq, struct reply *rp)
{
    struct partner p = { 0 };
    struct list events = { 0 };
    struct view *data;

    TRY(load(rq, &p));
    TRY(db_all(rq->db, &PARTNER_EVENT_LIST,
        PARAMS(P("program_id", p.program_id), P("partner_id", p.id)), &partner_event_fields,
        &events));
    data = view_list(reply_view(rp), "data");
    for (size_t i = 0; i < events.count; i++)
        view_record(
            view_item(data), NULL, &partner_event_fields, (struct partner_event *)events.at + i);
    view_bool(reply_view(rp), "has_more", false);
    view_null(reply_view(rp), "next");
    return NULL;
}

/* ---- applications
 * ------------------------------------------------------------------------------------- */

static void show_queue(struct view *v, const struct list *waiting, int64_t open_id)
{
    struct view *queue = view_list(v, "queue");

    view_int(v, "waiting", (int64_t)waiting->count);
    for (size_t i = 0; i < waiting->count; i++) {
        const struct partner *p = (struct partner *)waiting->at + i;
        struct view *item = view_item(queue);

        view_record(item, NULL, &partner_fields, p);
        view_int(item, "flag_count", __builtin_popcountll((unsigned long long)p->flags));
        view_bool(item, "is_clean", p->flags == 0);
        view_bool(item, "current", p->id == open_id);
        view_bool(item, "is_bad", __builtin_popcountll((unsigned long long)p->flags) > 2);
    }
}

static err show_duplicates(struct request *rq, struct view *v, const struct partner *p)
{
    struct view *list = view_list(v, "duplicates");
    struct list rows = { 0 };

    TRY(db_all(rq->db, &PARTNER_DUPLICATE_LIST,
        PARAMS(P("program_id", p->program_id), P("id", p->id), P("website", p->website),
            P("payout_account", p->payout_account)),
        &partner_fields, &rows));
    for (size_t i = 0; i < rows.count; i++)
        view_record(view_item(list), NULL, &partner_fields, (struct partner *)rows.at + i);
    return NULL;
}

static err show_application(struct request *rq, struct view *v, const struct partner *p)
{
    struct view *one = view_object(v, "application");
    struct view *checks = view_object(one, "checks");
    struct list groups = { 0 };
    struct view *names = view_list(v, "groups");

    view_record(one, NULL, &partner_fields, p);
    for (int bit = 0; partner_flag_names[bit]; bit++)
        view_bool(checks, partner_flag_names[bit], (p->flags & (INT64_C(1) << bit)) != 0);
    TRY(show_duplicates(rq, one, p));
    TRY(db_all(
        rq->db, &PARTNER_GROUPS, PARAMS(P("program_id", p->program_id)), &partner_fields, &groups));
    for (size_t i = 0; i < groups.count; i++)
        view_item_str(names, ((struct partner *)groups.at)[i].name);
    return NULL;
}

/* The queue with one application open: the one named in the address, else the oldest. */
static err applications(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp);
    struct partner p = { 0 };
    struct list waiting = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(db_all(rq->db, &PARTNER_WAITING, PARAMS(P("program_id", rq->program_id)), &partner_fields,
        &waiting));
    if (!str_empty(request_param(rq, "id")))
        TRY(load(rq, &p));
    else if (waiting.count > 0)
        p = *(struct partner *)waiting.at;
    show_queue(v, &waiting, p.id);
    for (size_t i = 0; i + 1 < waiting.count; i++)
        if (((struct partner *)waiting.at)[i].id == p.id)
            view_id(v, "next", "par", ((struct partner *)waiting.at)[i + 1].id);
    return p.id ? show_application(rq, v, &p) : NULL;
}

static err count_waiting(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = true;
    return db_int(rq->db, &PARTNER_COUNT_STATUS,
        PARAMS(P("program_id", rq->program_id), P("status", "pending")), out);
}

static err count_approved(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = false;
    return db_int(rq->db, &PARTNER_COUNT_STATUS,
        PARAMS(P("program_id", rq->program_id), P("status", "approved")), out);
}

/* ---- tables
 * ------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route partner_routes[] = {
    /* method path                          shown on      needs           handler              page */
    { GET,   "/partners",                   API,          PARTNERS_READ,  partner_index,       NULL, ROUTE_CSV,
      .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Partners of the programme; ?q= searches name, mail and site" },
    { POST,  "/partners",                   API | MANAGE, PARTNERS_WRITE, partner_create,      "partner/form", 0,
      .takes = &partner_fields, .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Enter a partner; he waits in the queue of applications", .statuses = "201 409" },
    { GET,   "/partners/{id}",              API,          PARTNERS_READ,  partner_show,        NULL, 0,
      .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "One partner" },
    { PATCH, "/partners/{id}",              API | MANAGE, PARTNERS_WRITE, partner_change,      "partner/form", 0,
      .takes = &partner_fields, .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Change a partner" },
    { POST,  "/partners/{id}/approve",      API | MANAGE, PARTNERS_WRITE, partner_approve,     "partner/applications", 0,
      .takes = &approve_fields, .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Approve: makes the sign-in and the default link, and writes to the partner", .statuses = "200 409" },
    { POST,  "/partners/{id}/reject",       API | MANAGE, PARTNERS_WRITE, partner_reject,      "partner/applications", 0,
      .takes = &reason_fields, .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Reject with a coded reason, which the applicant reads", .statuses = "200 409" },
    { POST,  "/partners/{id}/decide",       MANAGE,       PARTNERS_WRITE, partner_decide_form, "partner/applications", 0 },
    { POST,  "/partners/{id}/suspend",      API | MANAGE, PARTNERS_WRITE, partner_suspend,     "partner/applications", 0,
      .takes = &reason_fields, .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Suspend: links lead on, new sales earn nothing", .statuses = "200 409" },
    { POST,  "/partners/{id}/reconsider",   API | MANAGE, PARTNERS_WRITE, partner_reconsider,  "partner/applications", 0,
      .gives = &partner_fields, .also = "flag_names:[string] payout_account_masked:string",
      .summary = "Take a rejection back into the queue", .statuses = "200 409" },
    { POST,  "/partners/{id}/notes",        API | MANAGE, PARTNERS_WRITE, partner_note,        "partner/applications", 0,
      .takes = &partner_event_fields, .gives = &partner_event_fields, .summary = "Note something on the partner's timeline", .statuses = "201" },
    { GET,   "/partners/{id}/timeline",     API,          PARTNERS_READ,  partner_timeline,    NULL, ROUTE_LIST,
      .gives = &partner_event_fields, .summary = "What happened with the partner, newest first" },
    { GET,   "/partners/new",               MANAGE,       PARTNERS_WRITE, partner_form,        "partner/form", 0 },
    { GET,   "/partners/{id}/edit",         MANAGE,       PARTNERS_WRITE, partner_edit,        "partner/form", 0 },
    { GET,   "/applications",               MANAGE,       PARTNERS_READ,  applications,        "partner/applications", 0 },
    { GET,   "/applications/{id}",          MANAGE,       PARTNERS_READ,  applications,        "partner/applications", 0 },
    { GET,   "/p/{slug}/apply",             PUBLIC,       NEEDS_NOTHING,  partner_apply_form,  "partner/apply", 0 },
    { POST,  "/p/{slug}/apply",             PUBLIC,       NEEDS_NOTHING,  partner_apply_send,  "partner/apply", 0 },
    { GET,   "/p/{slug}/applied",           PUBLIC,       NEEDS_NOTHING,  partner_applied,     "partner/applied", 0 },
    { GET,   "/mails/off/{key}",            PUBLIC,       NEEDS_NOTHING,  partner_mails_off,   "partner/mails_off", 0 },
    { POST,  "/mails/off/{key}",            PUBLIC,       NEEDS_NOTHING,  partner_mails_off,   "partner/mails_off", ROUTE_NO_CSRF },
    { GET,   "/profile",                    PORTAL,       SIGNED_IN,      partner_self_show,   "partner/profile", 0 },
    { POST,  "/profile",                    PORTAL,       SIGNED_IN,      partner_self_change, "partner/profile", 0 },
    { GET,   "/terms",                      PORTAL,       SIGNED_IN,      partner_terms,       "partner/terms", 0 },
    { POST,  "/terms",                      PORTAL,       SIGNED_IN,      partner_terms_accept, "partner/terms", 0 },
    { 0 },
};

static const struct nav_item partner_nav[] = {
    { MANAGE, N_("People"), N_("Partners"),     "/partners",     "people", PARTNERS_READ, 1, count_approved },
    { MANAGE, N_("People"), N_("Applications"), "/applications", "inbox",  PARTNERS_READ, 2, count_waiting },
    { 0 },
};
/* clang-format on */

const struct room partner_room = {
    .name = "partner",
    .routes = partner_routes,
    .migrations = partner_migrations,
    .nav = partner_nav,
};
