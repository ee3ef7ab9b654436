/* One table per struct: it drives rows, parameters, request bodies, views and the API document. */
#pragma once

#include <stddef.h>

#include "base/amount.h"
#include "base/instant.h"
#include "base/str.h"

enum kind {
    KIND_INT = 1,  /* int64_t */
    KIND_INT32,    /* int32_t */
    KIND_BOOL,     /* bool */
    KIND_STR,      /* str */
    KIND_INSTANT,  /* instant; 0 is NULL, JSON null */
    KIND_CURRENCY, /* currency; none is NULL */
    KIND_ENUM,     /* an enum without negative values; printed by .names, kept as that text */
    KIND_STRS,     /* strs; a JSON array, in rows as JSON text */
    KIND_JSON,     /* json_object: an object of strings; in rows its text */
    KIND_ID,       /* int64_t with .prefix; 0 is NULL */
    KIND_MONEY,    /* int64_t minor units; .currency names the sibling; an integer in JSON, money on pages */
    KIND_RECORD,   /* an embedded struct with .record; columns are "name_member" */
    KIND_LIST,     /* struct list of .record; JSON only, never a column */
    KIND_RAW,      /* str that already is JSON (a stored receipt); printed as it is; never taken */
};

enum field_flag {
    FIELD_TAKEN    = 1,  /* a request may set it */
    FIELD_REQUIRED = 2,  /* a request must set it (on create) */
    FIELD_SECRET   = 4,  /* never reaches a view */
    FIELD_FILTER   = 8,  /* lists may filter by it: ?status=, ?created_at[gte]= */
    FIELD_SORT     = 16, /* lists may sort by it */
    FIELD_FIXED    = 32, /* taken on create only; PATCH refuses it */
    FIELD_NO_ROW   = 64, /* not a column: computed, or read by join elsewhere */
    FIELD_OPTIONAL_NULL = 128, /* an int whose 0 is printed as null */
};

struct fields;

struct field {
    const char *name;        /* column, :parameter, JSON key and form input at once */
    enum kind kind;
    size_t offset;
    unsigned flags;
    int64_t min, max;        /* ints: range when max > min; str: longest in bytes (default 500);
                                strs and list: most items */
    const char *const *names;     /* KIND_ENUM: null-terminated, index = value */
    const char *prefix;           /* KIND_ID */
    const char *currency;         /* KIND_MONEY: sibling field's name */
    const struct fields *record;  /* KIND_RECORD, KIND_LIST */
    const char *help;             /* one English sentence for the API document and the form */
};

struct fields {
    const struct field *at;
    size_t count;
    size_t size;  /* of the struct */
    const char *name; /* of the struct: names the schema in the API document */
};

/* The C type of KIND_LIST members. */
struct list {
    void *at;
    size_t count;
};

/* clang-format off */
#define FIELD_KIND(member)                                                                         \
    _Generic((member), int64_t: KIND_INT, int32_t: KIND_INT32, bool: KIND_BOOL, str: KIND_STR,     \
        instant: KIND_INSTANT, currency: KIND_CURRENCY, strs: KIND_STRS, json_object: KIND_JSON,   \
        unsigned: KIND_ENUM, struct list: KIND_LIST, default: KIND_RECORD)

#define FIELD(type, member, ...)                                                                   \
    { .name = #member, .kind = FIELD_KIND(((struct type *)0)->member),                             \
      .offset = offsetof(struct type, member), __VA_ARGS__ }
#define FIELD_ID(type, member, prefix_, ...)                                                       \
    { .name = #member, .kind = KIND_ID + 0 * sizeof(((struct type *)0)->member == INT64_C(0)),     \
      .offset = offsetof(struct type, member), .prefix = prefix_, __VA_ARGS__ }
#define FIELD_MONEY(type, member, currency_, ...)                                                  \
    { .name = #member, .kind = KIND_MONEY + 0 * sizeof(((struct type *)0)->member == INT64_C(0)),  \
      .offset = offsetof(struct type, member), .currency = currency_, __VA_ARGS__ }
#define FIELD_RAW(type, member, ...)                                                               \
    { .name = #member, .kind = KIND_RAW, .offset = offsetof(struct type, member), __VA_ARGS__ }
#define FIELDS(list_, type) { list_, sizeof(list_) / sizeof((list_)[0]), sizeof(struct type), #type }
/* clang-format on */

const struct field *fields_find(const struct fields *, str name);
static inline void *field_at(const struct field *f, const void *record)
{
    return (char *)(uintptr_t)record + f->offset;
}
