/* Field tables as JSON schemas. */
#pragma once

#include "http/route.h"
#include "view/view.h"

enum { SCHEMAS_MOST = 256 };

enum schema_form { SCHEMA_GIVEN, SCHEMA_TAKEN, SCHEMA_CHANGED };

struct schema {
    const struct fields *fields;
    enum schema_form form;
    const char *also; /* members that handlers add, of the first row that has them */
    const char *name;
    bool is_used;
};

/* Those that the document refers to, printed once at the end. */
struct schemas {
    struct arena *arena;
    struct schema at[SCHEMAS_MOST];
    size_t count;
    struct schema_known {
        const struct fields *fields;
        const char *also; /* of the first row that gives it */
        const struct fields *mine; /* of any row that gives it */
        bool is_given;
    } known[SCHEMAS_MOST]; /* by name, for `also` */
    size_t known_count;
};

void schemas_know(struct schemas *, const struct route *const *rows, size_t count);
/* Fills `schema` with what a row gives, a page of it, or what it takes. */
void schema_object(struct schemas *, struct view *schema, const struct route *);
void schema_page(struct schemas *, struct view *schema, const struct route *);
void schema_input(struct schemas *, struct view *schema, const struct route *);
/* The type of a query parameter that filters by the field. */
void schema_filter(struct arena *, struct view *schema, const struct field *);
void schemas_print(struct schemas *, struct view *into);

/* ---- shared with openapi_also.c --------------------------------------------------------------- */

/* Members that handlers add (route.also), into `properties` of `schema`. */
void schema_also(struct schemas *, struct view *schema, struct view *properties, const char *also);
const struct schema_known *schema_known(const struct schemas *, str name);
void schema_refer_given(struct schemas *, struct view *schema, const struct schema_known *);
void schema_refer(struct schemas *, struct view *schema, const struct fields *, enum schema_form, const char *also);
void schema_type(struct view *schema, const char *type, bool or_null);
