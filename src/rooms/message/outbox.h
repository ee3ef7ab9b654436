/* A mail in the outbox, inside this room. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "rooms/message/message.h"

enum outbox_state { OUTBOX_WAITING, OUTBOX_SENT };

struct outbox {
    int64_t id, program_id;
    str to_email, to_name, lang, name, subject, body, url, off_url;
    bool is_private;
    enum outbox_state state;
    int64_t tries;
    str error;
    instant created_at, sent_at;
};
extern const struct fields outbox_fields; /* what a list shows: no text */

/* The plain text as markup: paragraphs, and addresses as links. */
str mail_html(struct arena *, str body);
/* The whole mail as it goes over the wire (RFC 5322, multipart/alternative, base64 parts). */
struct mail_sender {
    str name, email;
};
str mail_wire(struct arena *, const struct outbox *, struct mail_sender from, instant now);
bool mail_address_ok(str); /* one mailbox, ASCII, nothing that could end a line */

struct mail_server {
    str host, user, password, tls;
    int64_t port;
};
/* Gives the mail to the server; MAIL_NOT_SENT with the server's words. */
MUST_CHECK err smtp_send(struct arena *, const struct mail_server *, str from, str to, str wire);
