/* The files of an embedded store. */
#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/env.h"
#include "base/files.h"
#include "base/log.h"
#include "store/inside.h"

static bool on_network(const char *path)
{
    struct statfs about;
    if (statfs(path, &about))
        return false;
    switch ((unsigned long)about.f_type & 0xffffffff) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case 0xFF534D42: /* CIFS */
    case 0xFE534D42: /* SMB2 */
    case AFS_SUPER_MAGIC:
    case CODA_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

static err lock_place(struct place *p)
{
    p->lock = open(p->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->lock < 0) {
        log_line(LOG_ERROR, "the store's lock could not be made file=%s why=\"%s\"", p->lock_path,
            strerror(errno));
        return &STORE_UNFIT;
    }
    if (flock(p->lock, LOCK_EX | LOCK_NB)) {
        log_line(LOG_ERROR, "another process serves from this store file=%s", p->lock_path);
        return &STORE_IN_USE;
    }
    return NULL;
}

/* Made by us, so that nobody else may read it; its log and index take over the mode. */
static err make_file(const struct env *env, const char *path)
{
    const struct files *files = env->files;
    char folder[PATH_MAX];
    int fd = files->open(files->state, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return NULL;
    snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    bool failed = fd < 0 || files->close(files->state, fd) ||
                  files->sync_directory(files->state, slash ? folder : ".");
    if (failed)
        log_line(
            LOG_ERROR, "the store could not be made file=%s why=\"%s\"", path, strerror(errno));
    return failed ? &STORE_UNFIT : NULL;
}

static char *join(const char *a, const char *b)
{
    char *out = NULL;
    if (asprintf(&out, "%s%s", a, b) < 0)
        log_fatal("out of memory while opening the store");
    return out;
}

err place_open(const struct store_options *o, struct place **out)
{
    struct place *p = calloc(1, sizeof(*p));
    if (!p)
        log_fatal("out of memory while opening the store");
    *out = p;
    p->lock = -1;
    p->read_only = o->read_only;
    p->path = join(o->url + strlen("sqlite:"), "");
    p->log_path = join(p->path, "-wal");
    p->lock_path = join(p->path, ".lock");
    bool there = access(p->path, F_OK) == 0;
    if (!there && (!o->create || o->read_only)) {
        log_line(LOG_ERROR, "there is no store file=%s", p->path);
        return &STORE_MISSING;
    }
    if (!o->read_only)
        TRY(lock_place(p));
    if (!there)
        TRY(make_file(o->env, p->path));
    if (on_network(p->path)) {
        log_line(
            LOG_ERROR, "a network file system cannot keep the store's promises file=%s", p->path);
        return &STORE_UNFIT;
    }
    return NULL;
}

void place_close(struct place *p)
{
    if (!p)
        return;
    if (p->lock >= 0)
        close(p->lock); /* the file stays: removing it would let two hold a lock on two files */
    free(p->path);
    free(p->log_path);
    free(p->lock_path);
    free(p);
}

int64_t place_bytes(const struct place *p)
{
    struct stat about;
    int64_t bytes = stat(p->path, &about) == 0 ? about.st_size : 0;
    return bytes + (stat(p->log_path, &about) == 0 ? about.st_size : 0);
}
