/* Mail. What a room writes to people is a text of its own (struct mail_text), put into the outbox
 * in the write that caused it and sent by a job. Without a mail server it waits in the outbox,
 * which the console shows. This room stands left of `account`, because accounts write mails too. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "store/store.h"
#include "view/lang.h"

/* Words are msgids of the catalogues; {name} inside is replaced by the value of that name. */
struct mail_text {
    const char *name;    /* "account.reset": shown in the outbox */
    const char *subject; /* N_("…") */
    const char *const
        *paragraphs;    /* N_("…"), null-terminated; the greeting is added: {to_name} is known */
    const char *action; /* N_("Choose a password"): words of the link to `url`; null: no link */
    bool is_private;    /* carries a secret link: only owners may read it in the outbox, and the
                           link is wiped once the mail is sent */
};

struct mail_value {
    const char *name;
    str value; /* formatted for the reader's language by the caller */
};

struct message {
    int64_t id;         /* id_new(), made before the write */
    int64_t program_id; /* 0: the installation */
    str to_email, to_name;
    str lang; /* "pl"; unknown or none: English */
    const struct mail_text *text;
    const struct mail_value *values; /* ended by a null name; may be null */
    str url;                         /* absolute address of the action */
    str off_url; /* where mails of this sort are ended, by one POST; none: they cannot be */
    instant now;
};

/* The language that a mail to somebody of language `wanted` is written in; never null. */
MUST_CHECK err message_lang(struct db *, str wanted, const struct lang **out);

/* Inside a write: the mail is rendered, kept and queued. */
MUST_CHECK err message_queue(struct db *, const struct message *);
