/* Looking up static files; there are a dozen, so a walk is as good as a table. */
#include "view/asset.h"

const struct asset *asset_named(str name)
{
    for (const struct asset *a = assets; a->name; a++)
        if (str_eq(str_of(a->name), name))
            return a;
    return NULL;
}

const struct asset *asset_hashed(str hashed)
{
    for (const struct asset *a = assets; a->name; a++)
        if (str_eq(str_of(a->hashed), hashed))
            return a;
    return NULL;
}
