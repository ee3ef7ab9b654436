/* Catalogues as tools/catalogue writes them at build: rows sorted by key, one table per language.
 */
#pragma once

#include <stddef.h>

struct message {
    const char *key;      /* msgid, or context \004 msgid; plurals by their singular */
    const char *forms[3]; /* [0] alone when there is no plural */
};

struct catalogue {
    const char *tag;
    const struct message *at;
    size_t count;
};

extern const struct catalogue catalogues[]; /* in the order of `languages` */
