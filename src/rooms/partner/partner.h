/* Partners: application, vetting, profile. A partner belongs to one programme; the person who signs
 * in may have several. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "http/permission.h"
#include "store/store.h"

struct request;

enum partner_kind {
    PARTNER_BLOGGER,
    PARTNER_STORE,
    PARTNER_SEARCH,
    PARTNER_NICHE,
    PARTNER_COUPON,
    PARTNER_OTHER,
};
extern const char *const partner_kind_names[]; /* "blogger" … */

enum partner_status { PARTNER_PENDING, PARTNER_APPROVED, PARTNER_REJECTED, PARTNER_SUSPENDED };
extern const char *const partner_status_names[];

enum partner_reason {
    REASON_NONE,
    REASON_NO_SITE,
    REASON_OFF_TOPIC,
    REASON_DUPLICATE,
    REASON_BRAND_BIDDING,
    REASON_TRAFFIC_QUALITY,
    REASON_TERMS,
    REASON_OTHER,
};
extern const char *const partner_reason_names[];

/* Risk flags of an application: bits. */
enum partner_flag {
    FLAG_DISPOSABLE_MAIL = 1,
    FLAG_MAIL_DIFFERS =
        2,              /* mail and site have different domains (free mail providers count apart) */
    FLAG_DUPLICATE = 4, /* same mail, site or payout account as another partner */
    FLAG_NO_SITE = 8,
    FLAG_FREE_MAIL = 16,
    FLAG_TOO_FAST = 32, /* the form came back faster than a person types */
    FLAG_REAPPLIED = 64,
};
extern const char *const partner_flag_names[]; /* in the order of the bits */

struct partner {
    int64_t id, program_id;
    int64_t person_id; /* who signs in; 0 before approval */
    str email, name, website, country;
    enum partner_kind kind;
    str group; /* "Storytellers"; none: everyone */
    strs tags;
    enum partner_status status;
    enum partner_reason reason; /* of a rejection or suspension */
    str reason_note;
    int64_t flags;
    str answers;        /* JSON object: question → answer */
    str about;          /* how he will promote */
    str source;         /* how he found the page */
    str payout_method;  /* "bank", "paypal", "other"; none: not told yet */
    str payout_account; /* IBAN or address; shown masked except to finance and himself */
    str payout_name;    /* account holder */
    str tax_id;
    int64_t terms_version;
    instant terms_accepted_at;
    instant created_at, decided_at, updated_at;
    str decided_by;
    str lang; /* of his mails and pages */
    int64_t recruited_by; /* the partner who brought him in; 0: nobody */
    instant approved_at;  /* first */
    bool rates_muted;     /* no mails about changes of his rates */
};
extern const struct fields partner_fields;      /* what staff and API see and set */
extern const struct fields partner_self_fields; /* what the partner himself sees and sets */

extern const struct err PARTNER_NOT_FOUND;    /* 404 */
extern const struct err PARTNER_NOT_APPROVED; /* 409 */
extern const struct err PARTNER_STATE;        /* 409: not possible from this state */
extern const struct err PARTNER_RECRUITER;    /* 422: himself, unknown, or brought in by him */
extern const struct err PARTNER_EXISTS;       /* 409: this mail already has an application */

MUST_CHECK err partner_get(struct db *, int64_t program_id, int64_t id, struct partner *out);
MUST_CHECK err partner_by_email(
    struct db *, int64_t program_id, str email, struct partner *out, bool *found);
/* "Bank account" for bank, to be translated; null when nobody told. */
const char *partner_method_words(str method);
/* Name for lists and receipts; "another partner" is the caller's business. */
MUST_CHECK err partner_name(struct db *, int64_t program_id, int64_t id, str *out);
/* The group that he was in at that time; none: in none. Rules ask for it. */
MUST_CHECK err partner_group_at(
    struct db *, int64_t program_id, int64_t id, instant at, str *out);
/* May he have been brought in by that partner? PARTNER_RECRUITER. */
MUST_CHECK err partner_recruiter_check(struct db *, const struct partner *);
/* Where he ends mails about his rates without signing in. */
MUST_CHECK err partner_mute_url(struct db *, str base_url, int64_t partner_id, str *out);
/* Risk flags from the facts alone (duplicates are added by the store). */
int64_t partner_flags(const struct partner *);
MUST_CHECK err partner_check(struct request *, const struct partner *);

/* Inside a write: applies and is put into the queue; announces "partner.applied". Answers
 * PARTNER_EXISTS when the address has an application already (a rejected one may apply again: the
 * row is renewed, FLAG_REAPPLIED). */
struct partner_application {
    struct partner partner;
    int64_t event_id, audit_id, message_id; /* fresh ids */
    const struct who *who;                  /* null: a stranger */
    str address;
    bool is_quiet; /* no mail: imports and the demo */
};
MUST_CHECK err partner_apply(struct db *, struct partner_application *, struct partner *out);

/* Inside a write: approve, reject, suspend, or take back. Approval makes the sign-in (or connects
 * the present one), announces "partner.approved" (the link room makes the default link), writes to
 * the partner, the timeline and the audit log. Ids and token are made before the write, which may
 * run twice. */
struct partner_decision {
    int64_t program_id, partner_id;
    enum partner_status to;
    enum partner_reason reason;
    str note;              /* he reads it */
    str group;             /* on approval; none: as it is */
    const struct who *who; /* null: the system */
    str by;                /* name for the timeline */
    str address;
    int64_t person_id, role_id, token_id, event_id, audit_id, message_id;
    str token_hash; /* of the link by which he chooses a password */
    str url;        /* that link, or the sign-in page */
    str sign_in_url;
    bool is_quiet; /* no mail: imports and the demo */
    instant now;
};
/* Fresh ids, a token and addresses; the caller sets programme, partner, to, reason and note. */
void partner_decision_begin(struct request *, struct partner_decision *);
MUST_CHECK err partner_decide(struct db *, const struct partner_decision *, struct partner *out);

/* Inside a write: keeps which version of the terms was accepted, and when, on the row, the timeline
 * and in the audit log. */
struct partner_acceptance {
    int64_t program_id, partner_id, version;
    const struct who *who; /* null: the system (demo, imports) */
    str by, address;
    int64_t event_id, audit_id;
    instant now;
};
MUST_CHECK err partner_accept_terms(struct db *, const struct partner_acceptance *);

/* The timeline of the partner page: what happened, newest first; notes are entries of kind "note".
 */
struct partner_event {
    int64_t id, program_id, partner_id;
    str kind; /* "applied", "approved", "note", "terms", "payout_changed" … */
    str text;
    str by;
    instant at;
};
extern const struct fields partner_event_fields;
MUST_CHECK err partner_event_add(struct db *, const struct partner_event *);
