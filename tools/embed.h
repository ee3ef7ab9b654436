/* What the parts of embed share: walking folders, reading files, writing C. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct embed {
    struct arena *arena;
    struct buf c, h;    /* the sources being made */
    struct buf list;    /* of migrations: their tables */
    struct buf depends; /* all files and folders looked at */
};

/* Sorted names of a folder's entries without dots; empty when there is no such folder. Notes the
 * folder. */
strs embed_names(struct embed *, const char *folder);
str embed_read(struct embed *, const char *path); /* notes the file; stops when it cannot be read */
/* One or more C string literals. */
void embed_literal(struct buf *, str bytes);
void embed_assets(struct embed *, const char *folder, char **more, int more_count);
