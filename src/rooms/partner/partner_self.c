/* What the partner himself sees and changes: profile, where he is paid, the terms. And the staff's
 * form. */
#include "rooms/partner/partner_inside.h"

#include <inttypes.h>

#include "rooms/audit/audit.h"
#include "rooms/partner/partner.h"
#include "rooms/partner/partner.sql.h"
#include "rooms/program/program.h"
#include "rooms/room.h"

static const struct err ONLY_PARTNERS = { ERR_FORBIDDEN, "partners_only",
    N_("This page belongs to partners."), NULL };

static err load_self(struct request *rq, struct partner *out)
{
    if (!rq->partner_id)
        return &ONLY_PARTNERS;
    return partner_get(rq->db, rq->program_id, rq->partner_id, out);
}

static void show_choices(struct view *form, const struct partner *p)
{
    struct view *choices = view_page(form);

    view_bool(choices, "method_is_bank", str_eq(p->payout_method, STR("bank")));
    view_bool(choices, "method_is_paypal", str_eq(p->payout_method, STR("paypal")));
    view_bool(choices, "method_is_other", str_eq(p->payout_method, STR("other")));
    view_bool(choices, "lang_is_en", str_eq(p->lang, STR("en")));
    view_bool(choices, "lang_is_pl", str_eq(p->lang, STR("pl")));
    view_bool(choices, "lang_is_ru", str_eq(p->lang, STR("ru")));
}

/* ---- profile
 * ------------------------------------------------------------------------------------------- */

err partner_self_show(struct request *rq, struct reply *rp)
{
    struct partner p = { 0 };

    TRY(load_self(rq, &p));
    view_record(reply_view(rp), NULL, &partner_self_fields, &p);
    view_record(reply_form(rp), NULL, &partner_self_fields, &p);
    show_choices(reply_form(rp), &p);
    return NULL;
}

err partner_self_change(struct request *rq, struct reply *rp)
{
    struct partner before = { 0 }, after;

    TRY(load_self(rq, &before));
    after = before;
    TRY(request_patch(rq, &partner_self_fields, &after, NULL));
    partner_tidy(rq->arena, &after);
    TRY(partner_check(rq, &after));
    TRY(partner_save(rq, &before, &after));
    return reply_done(rp, "partner/profile", "/profile");
}

/* ---- terms
 * ---------------------------------------------------------------------------------------------- */

err partner_terms(struct request *rq, struct reply *rp)
{
    struct partner p = { 0 };
    struct program program = { 0 };
    struct program_terms terms = { 0 };
    struct view *v = reply_view(rp);

    TRY(load_self(rq, &p));
    TRY(program_of_request(rq, &program));
    TRY(program_terms_at(rq->db, program.id, rq->now, &terms));
    view_record(v, "terms", &program_terms_fields, &terms);
    view_html(view_page(v), "terms_html", program_markdown(rq->arena, terms.body));
    view_int(v, "accepted_version", p.terms_version);
    view_instant(v, "accepted_at", p.terms_accepted_at);
    view_bool(v, "is_accepted", terms.version > 0 && p.terms_version >= terms.version);
    return NULL;
}

err partner_accept_terms(struct db *db, const struct partner_acceptance *a)
{
    str version = str_printf(db_arena(db), "%" PRId64, a->version);

    TRY(db_run(db, &PARTNER_TERMS_ACCEPTED,
        PARAMS(P("program_id", a->program_id), P("id", a->partner_id), P("version", a->version),
            P("at", a->now)),
        NULL, NULL, NULL));
    TRY(partner_event_add(db, &(struct partner_event){ .id = a->event_id,
                                  .program_id = a->program_id,
                                  .partner_id = a->partner_id,
                                  .kind = STR("terms"),
                                  .text = version,
                                  .by = a->by,
                                  .at = a->now }));
    return audit_write(
        db, &(struct audit_entry){ .id = a->audit_id,
                .program_id = a->program_id,
                .who = a->who,
                .action = "partner.accept_terms",
                .object = "par",
                .object_id = a->partner_id,
                .object_name = a->by,
                .address = a->address,
                .after = str_printf(db_arena(db), "{\"version\":%" PRId64 "}", a->version),
                .at = a->now });
}

static err accept_write(struct db *db, void *arg)
{
    return partner_accept_terms(db, arg);
}

static const struct err TERMS_CHANGED = { ERR_CONFLICT, "terms_changed",
    N_("A newer version came into force while you were reading. Please read it first."), NULL };

err partner_terms_accept(struct request *rq, struct reply *rp)
{
    struct partner_acceptance a = { .program_id = rq->program_id,
        .who = rq->who,
        .address = rq->peer_address,
        .event_id = id_new(rq->env),
        .audit_id = id_new(rq->env),
        .now = rq->now };
    struct program_terms terms = { 0 };
    struct partner p = { 0 };

    TRY(load_self(rq, &p));
    TRY(program_terms_at(rq->db, rq->program_id, rq->now, &terms));
    if (!str_to_int(request_form(rq, "version"), &a.version) || a.version != terms.version)
        return &TERMS_CHANGED;
    a.partner_id = p.id;
    a.by = p.name;
    TRY(store_write(rq->store, accept_write, &a));
    return reply_done(rp, "partner/terms", "/terms");
}

/* ---- the staff's form
 * ----------------------------------------------------------------------------------- */

err partner_form(struct request *rq, struct reply *rp)
{
    (void)rq;
    view_bool(view_page(reply_view(rp)), "is_new", true);
    view_bool(reply_form(rp), "kind_is_other", true);
    return NULL;
}

err partner_edit(struct request *rq, struct reply *rp)
{
    struct partner p = { 0 };
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "par", &id));
    TRY(partner_get(rq->db, rq->program_id, id, &p));
    view_record(reply_view(rp), NULL, &partner_fields, &p);
    view_record(reply_form(rp), NULL, &partner_fields, &p);
    view_str(reply_form(rp), "payout_account", p.payout_account);
    show_choices(reply_form(rp), &p);
    return NULL;
}
