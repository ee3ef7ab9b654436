/* Looking up a field by its name. */
#include "base/field.h"

#include <string.h>

const struct field *fields_find(const struct fields *fields, str name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (str_eq(str_of(fields->at[i].name), name))
            return &fields->at[i];
    return NULL;
}
