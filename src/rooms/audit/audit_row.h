/* A row of the audit log, inside this room. */
#pragma once

#include "base/field.h"

struct audit_row {
    int64_t id, program_id, person_id, key_id;
    str actor, role, action, object, object_name, before, after, address;
    instant created_at;
};
extern const struct fields audit_row_fields;

/* "Approved a partner" for "partner.approve": a msgid; null when nobody gave it words. */
const char *audit_words(str action);
