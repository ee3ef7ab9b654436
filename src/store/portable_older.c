/* Which migrations made an export: that of an older version goes into a store as that version had
 * it, which is brought up to date afterwards. */
#include "base/buf.h"
#include "store/portable_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/json.h"

static const struct migration *find(const struct migration *const *ours, str name)
{
    for (size_t t = 0; ours[t]; t++)
        for (const struct migration *m = ours[t]; m->name; m++)
            if (str_eq(str_of(m->name), name))
                return m;
    return NULL;
}

static size_t count_all(const struct migration *const *ours)
{
    size_t count = 0;

    for (size_t t = 0; ours[t]; t++)
        for (const struct migration *m = ours[t]; m->name; m++)
            count++;
    return count;
}

static err take_one(struct json_reader *r, struct arena *arena, const struct lines *l,
    const struct migration *const *ours, struct migration *out)
{
    str name, checksum;

    if (!json_is(r, '[') || !json_text(r, &name) || !json_is(r, ',') || !json_text(r, &checksum) ||
        !json_is(r, ']'))
        return lines_broken(l, "this is not how an export begins");
    const struct migration *m = find(ours, name);
    if (m && str_eq(migrate_checksum(arena, m->sql), checksum)) {
        *out = *m;
        return NULL;
    }
    log_line(LOG_ERROR, "the export was made by a newer version, or by another migration=%" PRI_STR,
        STR_ARG(name));
    return &PORTABLE_OTHER;
}

static err take_all(struct lines *l, struct arena *arena, const struct migration *const *ours,
    const struct migration *const **out)
{
    size_t most = count_all(ours), count = 0;
    struct migration *table = ARENA_ARRAY(arena, struct migration, most + 1);
    const struct migration **tables = ARENA_ARRAY(arena, const struct migration *, 2);
    struct json_reader r = json_reader(arena, lines_text(l));
    int64_t version;

    if (!json_is(&r, '{') || !json_key(&r, "tributary_export") || !json_int(&r, &version) ||
        !json_is(&r, ',') || !json_key(&r, "migrations") || !json_is(&r, '['))
        return lines_broken(l, "this is not how an export begins");
    if (version != 1)
        return &PORTABLE_OTHER;
    while (!json_is(&r, ']')) {
        struct migration spare;
        if (count > 0 && !json_is(&r, ','))
            return lines_broken(l, "this is not how an export begins");
        TRY(take_one(&r, arena, l, ours, count < most ? &table[count] : &spare));
        if (count == most)
            return lines_broken(l, "a migration is named twice");
        count++;
    }
    tables[0] = table;
    *out = tables;
    return NULL;
}

err portable_migrations(struct arena *arena, const char *path, const struct migration *const *ours,
    const struct migration *const **out, bool *out_older)
{
    struct lines l = { .arena = arena_new(), .file = fopen(path, "re") };
    bool more = false;
    err failed = &PORTABLE_BROKEN;

    if (l.file) {
        digest_begin(&l.digest);
        failed = lines_read(&l, &more);
        if (!failed)
            failed = more ? take_all(&l, arena, ours, out) : lines_broken(&l, "it is empty");
        fclose(l.file);
    } else {
        log_line(
            LOG_ERROR, "the file could not be opened file=%s why=\"%s\"", path, strerror(errno));
    }
    *out_older = !failed && count_all(*out) < count_all(ours);
    free(l.line);
    arena_free(l.arena);
    return failed;
}
