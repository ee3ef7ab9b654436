/* A journal's name: a number made with its folder, by which the store knows how far it was moved,
 * wherever the folder is brought and whoever opens it. */
#include "store/spool_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"

enum { NAME_LEN = 17 }; /* 16 digits and an end of line */

static bool read_name(const struct files *f, int fd, int64_t *out)
{
    char text[NAME_LEN + 1] = { 0 };
    uint64_t name = 0;

    if (f->pread(f->state, fd, text, NAME_LEN, 0) != NAME_LEN ||
        sscanf(text, "%16" SCNx64 "\n", &name) != 1 || name == 0 || name > INT64_MAX)
        return false;
    *out = (int64_t)name;
    return true;
}

static bool write_name(const struct files *f, const char *folder, int fd, int64_t name)
{
    char text[NAME_LEN + 1];

    snprintf(text, sizeof(text), "%016" PRIx64 "\n", (uint64_t)name);
    return f->pwrite(f->state, fd, text, NAME_LEN, 0) == NAME_LEN &&
           f->datasync(f->state, fd) == 0 && f->sync_directory(f->state, folder) == 0;
}

/* A name that cannot be read is replaced: either the power went while it was made, and there are no
 * records, or the drain finds no position for the new one and counts what is not there yet. */
err spool_name_find(struct spool *s)
{
    const struct files *f = s->slots.files;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/name", s->slots.path);
    int fd = f->open(f->state, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_there = fd >= 0 && read_name(f, fd, &s->name);
    if (!is_there) {
        s->env->random(s->env, &s->name, sizeof(s->name));
        s->name = (s->name & INT64_MAX) | 1;
    }
    bool is_safe = fd >= 0 && (is_there || write_name(f, s->slots.path, fd, s->name));
    int error = errno;
    if (fd >= 0)
        f->close(f->state, fd);
    if (is_safe)
        return NULL;
    log_line(LOG_ERROR, "the journal has no name and cannot be given one file=%s error=\"%s\"",
        path, strerror(error));
    return &SPOOL_BROKEN;
}

int64_t spool_name(const struct spool *s)
{
    return s->name;
}
