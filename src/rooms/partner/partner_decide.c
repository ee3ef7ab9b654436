/* Applying and deciding: what happens in the one write that lets a partner in, or turns him away.
 */
#include "rooms/partner/partner.h"
#include "rooms/partner/partner_inside.h"

#include "base/id.h"
#include "http/request.h"
#include "rooms/account/account.h"
#include "rooms/audit/audit.h"
#include "rooms/message/message.h"
#include "rooms/partner/partner.sql.h"
#include "rooms/program/program.h"
#include "rooms/room.h"

static const char *const applied_words[] = {
    N_("Thank you for applying to {program}. We read every application ourselves."),
    N_("You will have our answer within three working days, with a reason if it is no."), NULL
};
static const char *const approved_words[] = {
    N_("Welcome to {program}. Your application is approved, and your link is ready."), N_("{note}"),
    N_("Choose a password and you will see your link, your clicks and every cent that you earn, "
       "with the reason."),
    NULL
};
static const char *const welcome_words[] = {
    N_("Welcome to {program}. Your application is approved, and your link is ready."), N_("{note}"),
    NULL
};
static const char *const rejected_words[] = { N_("Thank you for applying to {program}. We cannot "
                                                 "approve the application this time: {reason}"),
    N_("{note}"), N_("You may apply again when this has changed."), NULL };
static const char *const suspended_words[] = {
    N_("Your account with {program} is suspended: {reason}"), N_("{note}"),
    N_("Your links still lead visitors on, but new sales earn nothing until this is settled. What "
       "you earned before stays in your account."),
    NULL
};

static const struct mail_text mail_applied = { "partner.applied",
    N_("Your application to {program} has arrived"), applied_words, NULL, false };
static const struct mail_text mail_approved = { "partner.approved",
    N_("You are a partner of {program}"), approved_words, N_("Choose a password"), true };
static const struct mail_text mail_welcome = { "partner.welcome",
    N_("You are a partner of {program}"), welcome_words, N_("Sign in"), false };
static const struct mail_text mail_rejected = { "partner.rejected",
    N_("Your application to {program}"), rejected_words, NULL, false };
static const struct mail_text mail_suspended = { "partner.suspended",
    N_("Your account with {program} is suspended"), suspended_words, NULL, false };

/* What the applicant reads for a coded reason. */
static const char *const reason_words[] = {
    N_("see the note below."),
    N_("we could not find a site or channel of yours."),
    N_("your site does not fit what we sell."),
    N_("you have an account with us already."),
    N_("advertising on our name is against the brand rules."),
    N_("we could not tell where your visitors come from."),
    N_("it does not keep to the terms."),
    N_("see the note below."),
};

static struct partner_event event_of(
    const struct partner *p, int64_t id, const char *kind, str text, str by, instant at)
{
    return (struct partner_event){ .id = id,
        .program_id = p->program_id,
        .partner_id = p->id,
        .kind = str_of(kind),
        .text = text,
        .by = by,
        .at = at };
}

static err insert_or_renew(struct db *db, struct partner *p)
{
    struct partner present = { 0 };
    int64_t changes;
    bool found;

    TRY(partner_by_email(db, p->program_id, p->email, &present, &found));
    if (!found)
        return db_run(db, &PARTNER_INSERT, NO_PARAMS, &partner_fields, p, &changes);
    if (present.status != PARTNER_REJECTED)
        return &PARTNER_EXISTS;
    p->id = present.id;
    p->flags |= FLAG_REAPPLIED;
    return db_run(db, &PARTNER_RENEW, NO_PARAMS, &partner_fields, p, &changes);
}

err partner_apply(struct db *db, struct partner_application *a, struct partner *out)
{
    struct partner p = a->partner;
    struct program program = { 0 };
    struct partner_event event;
    int64_t others;

    p.email = str_lower(db_arena(db), p.email);
    p.flags |= partner_flags(&p);
    TRY(partner_recruiter_check(db, &p));
    TRY(db_int(db, &PARTNER_DUPLICATES,
        PARAMS(P("program_id", p.program_id), P("id", p.id), P("website", p.website),
            P("payout_account", p.payout_account)),
        &others));
    if (others > 0)
        p.flags |= FLAG_DUPLICATE;
    p.status = PARTNER_PENDING;
    TRY(insert_or_renew(db, &p));
    event = event_of(&p, a->event_id, "applied", p.about, p.name, p.created_at);
    TRY(partner_event_add(db, &event));
    TRY(audit_write(db, &(struct audit_entry){ .id = a->audit_id,
                            .program_id = p.program_id,
                            .who = a->who,
                            .action = "partner.apply",
                            .object = "par",
                            .object_id = p.id,
                            .object_name = p.name,
                            .address = a->address,
                            .at = p.created_at }));
    if (!a->is_quiet) {
        TRY(program_get(db, p.program_id, &program));
        TRY(message_queue(db,
            &(struct message){ .id = a->message_id,
                .program_id = p.program_id,
                .to_email = p.email,
                .to_name = p.name,
                .lang = p.lang,
                .text = &mail_applied,
                .values =
                    (const struct mail_value[]){ { "program", program.name }, { NULL, STR_NONE } },
                .now = p.created_at }));
    }
    *out = p;
    return announce(db, "partner.applied", p.program_id, p.id);
}

void partner_decision_begin(struct request *rq, struct partner_decision *d)
{
    struct account_token token = account_token_new(rq->env, rq->arena);

    *d = (struct partner_decision){ .program_id = rq->program_id,
        .who = rq->who,
        .by = str_of(rq->who->name),
        .address = rq->peer_address,
        .person_id = id_new(rq->env),
        .role_id = id_new(rq->env),
        .token_id = id_new(rq->env),
        .event_id = id_new(rq->env),
        .audit_id = id_new(rq->env),
        .message_id = id_new(rq->env),
        .token_hash = token.hash,
        .url = str_printf(rq->arena, "%" PRI_STR "/welcome/%" PRI_STR, STR_ARG(rq->base_url),
            STR_ARG(token.text)),
        .sign_in_url = str_printf(rq->arena, "%" PRI_STR "/sign-in", STR_ARG(rq->base_url)),
        .now = rq->now };
}

static bool is_allowed(enum partner_status from, enum partner_status to)
{
    switch (to) {
    case PARTNER_APPROVED:
        return from != PARTNER_APPROVED;
    case PARTNER_REJECTED:
        return from == PARTNER_PENDING;
    case PARTNER_SUSPENDED:
        return from == PARTNER_APPROVED;
    case PARTNER_PENDING:
        return from == PARTNER_REJECTED; /* taking a rejection back */
    }
    return false;
}

static err write_to_partner(
    struct db *db, const struct partner_decision *d, const struct partner *p, bool has_password)
{
    struct program program = { 0 };
    struct message m = { .id = d->message_id,
        .program_id = p->program_id,
        .to_email = p->email,
        .to_name = p->name,
        .lang = p->lang,
        .now = d->now };

    if (d->is_quiet || d->to == PARTNER_PENDING)
        return NULL;
    TRY(program_get(db, p->program_id, &program));
    m.values = (const struct mail_value[]){ { "program", program.name },
        { "note", d->note.at ? d->note : STR("") }, { "reason", str_of(reason_words[d->reason]) },
        { NULL, STR_NONE } };
    if (d->to == PARTNER_APPROVED) {
        m.text = has_password ? &mail_welcome : &mail_approved;
        m.url = has_password ? d->sign_in_url : d->url;
    } else {
        m.text = d->to == PARTNER_REJECTED ? &mail_rejected : &mail_suspended;
    }
    return message_queue(db, &m);
}

err partner_decide(struct db *db, const struct partner_decision *d, struct partner *out)
{
    static const char *const actions[] = { "partner.reconsider", "partner.approve",
        "partner.reject", "partner.suspend" };
    static const char *const announcements[] = { "partner.reconsidered", "partner.approved",
        "partner.rejected", "partner.suspended" };
    struct partner before = { 0 }, p;
    struct partner_event event;
    struct audit_entry entry;
    bool has_password = false;

    TRY(partner_get(db, d->program_id, d->partner_id, &before));
    if (!is_allowed(before.status, d->to))
        return &PARTNER_STATE;
    p = before;
    p.status = d->to;
    p.reason = d->to == PARTNER_APPROVED || d->to == PARTNER_PENDING ? REASON_NONE : d->reason;
    p.reason_note = d->note;
    p.decided_at = p.updated_at = d->now;
    if (d->to == PARTNER_APPROVED && instant_none(p.approved_at))
        p.approved_at = d->now;
    p.decided_by = d->by;
    if (!str_empty(d->group))
        p.group = d->group;
    if (d->to == PARTNER_APPROVED)
        TRY(account_add_partner(db,
            &(struct account_partner){ .new_person_id = d->person_id,
                .new_role_id = d->role_id,
                .new_token_id = d->token_id,
                .email = p.email,
                .name = p.name,
                .lang = p.lang,
                .program_id = p.program_id,
                .partner_id = p.id,
                .token_hash = d->token_hash,
                .now = d->now },
            &p.person_id, &has_password));
    TRY(partner_group_leave(db, &p, d->now));
    TRY(db_run(db, &PARTNER_DECIDED, NO_PARAMS, &partner_fields, &p, NULL));
    event = event_of(
        &p, d->event_id, announcements[d->to] + sizeof("partner.") - 1, d->note, d->by, d->now);
    TRY(partner_event_add(db, &event));
    entry = (struct audit_entry){ .id = d->audit_id,
        .program_id = p.program_id,
        .who = d->who,
        .action = actions[d->to],
        .object = "par",
        .object_id = p.id,
        .object_name = p.name,
        .address = d->address,
        .at = d->now };
    audit_difference(db_arena(db), &partner_fields, &before, &p, &entry);
    TRY(audit_write(db, &entry));
    TRY(write_to_partner(db, d, &p, has_password));
    *out = p;
    return announce(db, announcements[d->to], p.program_id, p.id);
}
