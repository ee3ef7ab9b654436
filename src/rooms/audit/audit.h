/* Who changed what, append-only: the database itself refuses to change or delete a row. */
#pragma once

#include "base/err.h"
#include "base/field.h"
#include "http/permission.h"
#include "store/store.h"

struct audit_entry {
    int64_t id;            /* id_new(), made before the write */
    int64_t program_id;    /* 0: the installation */
    const struct who *who; /* null: the system */
    const char *action;    /* "partner.approve": noun of the room, verb */
    const char *object;    /* prefix of the object's id: "par"; null: no object */
    int64_t object_id;
    str object_name;   /* for the reader: the partner's name, the order's id; may be none */
    str before, after; /* JSON objects; none where there is nothing */
    str address;       /* rq->peer_address; none for the system */
    instant at;
};

/* Inside a write, in the same one as the change. */
MUST_CHECK err audit_write(struct db *, const struct audit_entry *);

/* Fills before and after with the fields that differ; either record may be null. Secrets stay out.
 */
void audit_difference(struct arena *, const struct fields *, const void *before, const void *after,
    struct audit_entry *out);
