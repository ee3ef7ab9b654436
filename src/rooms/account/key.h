/* A key's row, inside this room. */
#pragma once

#include "base/field.h"

struct api_key {
    int64_t id, program_id, partner_id;
    str name, ending;
    strs scopes;
    bool is_test;
    int64_t created_by;
    instant created_at, used_at, revoked_at;
};
extern const struct fields api_key_fields;

uint64_t scopes_read(const strs *words, bool *out_all_known);
strs scopes_words(struct arena *, uint64_t scopes);
