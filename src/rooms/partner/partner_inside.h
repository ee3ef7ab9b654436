/* What the files of this room share, and no other room sees. */
#pragma once

#include "http/reply.h"
#include "http/request.h"
#include "rooms/partner/partner.h"

err partner_decorate(struct request *, struct view *item, const void *record);
/* As banks want it: an IBAN without spaces, in capitals. Other accounts stay as typed. */
void partner_tidy(struct arena *, struct partner *);
/* Inside a write, before the row is changed: keeps the group that he is about to leave. */
MUST_CHECK err partner_group_leave(struct db *, const struct partner *after, instant now);
str partner_mask_account(struct arena *, str account); /* "•••• 4711" */
/* Writes the change with audit and timeline; `after` gets what was kept. */
MUST_CHECK err partner_save(struct request *, const struct partner *before, struct partner *after);

err partner_mails_off(struct request *, struct reply *); /* partner_mails.c */
err partner_form(struct request *, struct reply *);
err partner_edit(struct request *, struct reply *);
err partner_apply_form(struct request *, struct reply *);
err partner_apply_send(struct request *, struct reply *);
err partner_applied(struct request *, struct reply *);
err partner_self_show(struct request *, struct reply *);
err partner_self_change(struct request *, struct reply *);
err partner_terms(struct request *, struct reply *);
err partner_terms_accept(struct request *, struct reply *);
