/* The tables as the engine has them: for what moves rows without knowing them. */
#pragma once

#include "store/inside.h"

struct table {
    str name;
    strs columns;
    strs key;    /* columns of the primary key in its order; all columns when there is none */
    strs refers; /* tables, itself left out */
    bool placed;
};

struct schema {
    struct table *tables; /* each after those it refers to; the list of migrations left out */
    size_t count;
};

err schema_read(struct db *, struct schema *out);
const struct table *schema_find(const struct schema *, str name);
/* "a", "b": quoted names in a row. */
void schema_names(struct buf *, strs);
/* What begins a stream of its rows. */
str schema_copy(struct arena *, const struct table *);
