/* A copy of the store while it is in use, and the question whether a copy is sound. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "store/portable.h"

enum { CHUNK_BYTES = 64 * 1024, CHECKSUM_LETTERS = 64 };

/* ---- files ---------------------------------------------------------------------------------- */

static err file_failed(const char *what, const char *path)
{
    log_line(
        LOG_ERROR, "a backup failed at=\"%s\" file=%s why=\"%s\"", what, path, strerror(errno));
    return errno == ENOSPC || errno == EDQUOT ? &STORE_BUSY : &STORE_BROKEN;
}

static err make_file(const struct files *files, const char *path, str content)
{
    int fd = files->open(files->state, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failed("create", path);
    bool written = content.len == 0 || files->pwrite(files->state, fd, content.at, content.len,
                                           0) == (ssize_t)content.len;
    bool synced = written && files->datasync(files->state, fd) == 0;
    err failed = synced ? NULL : file_failed("write", path);
    files->close(files->state, fd);
    return failed;
}

static err sync_file(const struct files *files, const char *path)
{
    int fd = files->open(files->state, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        return file_failed("open", path);
    err failed = files->datasync(files->state, fd) == 0 ? NULL : file_failed("sync", path);
    files->close(files->state, fd);
    return failed;
}

static err digest_file(const struct files *files, const char *path, struct arena *arena, str *out)
{
    struct digest digest;
    off_t at = 0;
    ssize_t got;
    int fd = files->open(files->state, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return file_failed("open", path);
    char *chunk = arena_alloc(arena, CHUNK_BYTES);
    digest_begin(&digest);
    while ((got = files->pread(files->state, fd, chunk, CHUNK_BYTES, at)) > 0) {
        digest_add(&digest, chunk, (size_t)got);
        at += got;
    }
    *out = digest_end(&digest, arena);
    err failed = got == 0 ? NULL : file_failed("read", path);
    files->close(files->state, fd);
    return failed;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : str_c(arena, (str){ path, (size_t)(slash - path) });
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- is it sound? --------------------------------------------------------------------------- */

static err check_lines(const char *path, str *out_report)
{
    err failed = portable_check(path);
    *out_report = failed ? STR("it is not the whole of an export, or it was changed") : STR("ok");
    return failed ? &STORE_DAMAGED : NULL;
}

static err check_pages(const char *path, struct arena *arena, str *out_report)
{
    struct conn *conn;
    if (portable_is(path))
        return check_lines(path, out_report);
    if (sqlite_inspect(path, &conn)) {
        *out_report = STR("it is not a database that can be opened");
        return &STORE_DAMAGED;
    }
    err failed = sqlite_engine.check(conn, arena, out_report);
    sqlite_engine.disconnect(conn);
    return failed;
}

/* The first letters of the file beside it; false when there is none. */
static bool read_checksum(
    const struct files *files, const char *path, struct arena *arena, str *out)
{
    char letters[CHECKSUM_LETTERS];
    int fd = files->open(files->state, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t got = files->pread(files->state, fd, letters, sizeof(letters), 0);
    files->close(files->state, fd);
    *out = str_dup(arena, (str){ letters, got > 0 ? (size_t)got : 0 });
    return true;
}

err store_backup_check(const char *path, struct arena *arena, str *out_report)
{
    const struct files *files = files_system();
    str wanted, is;
    *out_report = STR("there is no such file");
    if (!is_there(path))
        return &STORE_MISSING;
    const char *log = str_printf(arena, "%s-wal", path).at;
    if (is_there(log)) {
        *out_report = STR("it has a log beside it: this is a store in use, not a copy of one");
        return &STORE_DAMAGED;
    }
    *out_report = STR("it could not be read");
    TRY(digest_file(files, path, arena, &is));
    bool has_checksum =
        read_checksum(files, str_printf(arena, "%s.sha256", path).at, arena, &wanted);
    if (has_checksum && !str_eq(is, wanted)) {
        *out_report =
            STR("it is not what was written: its checksum differs from the file beside it");
        return &STORE_DAMAGED;
    }
    TRY(check_pages(path, arena, out_report));
    if (!has_checksum)
        *out_report =
            STR("ok, but without the checksum beside it: changed bytes would not all be seen");
    return NULL;
}

/* ---- making one ----------------------------------------------------------------------------- */

static err copy_and_check(struct store *s, const char *part, struct arena *arena)
{
    str report = STR_NONE;
    if (s->engine->copy) {
        TRY(make_file(s->env->files, part, STR_NONE));
        TRY(s->engine->copy(s, part));
    } else {
        TRY(store_export(s, part, NULL, NULL, NULL));
    }
    TRY(sync_file(s->env->files, part));
    err failed = check_pages(part, arena, &report);
    if (failed)
        log_line(LOG_ERROR, "the copy is not sound file=%s report=\"%" PRI_STR "\"", part,
            STR_ARG(report));
    return failed;
}

/* The checksum first, the name last: what has the name is whole. */
static err give_name(
    const struct files *files, const char *part, const char *to_path, struct arena *arena)
{
    str digest;
    const char *beside = str_printf(arena, "%s.sha256", to_path).at;
    TRY(digest_file(files, part, arena, &digest));
    files->unlink(files->state, beside);
    TRY(make_file(files, beside,
        str_printf(arena, "%" PRI_STR "  %s\n", STR_ARG(digest), base_name(to_path))));
    if (files->rename(files->state, part, to_path) ||
        files->sync_directory(files->state, folder_of(arena, to_path)))
        return file_failed("rename", to_path);
    return NULL;
}

err store_backup(struct store *s, const char *to_path)
{
    if (is_there(to_path)) {
        log_line(LOG_ERROR, "a backup does not replace what is there file=%s", to_path);
        return &STORE_CONFLICT;
    }
    const struct files *files = s->env->files;
    struct arena *arena = arena_new();
    const char *part = str_printf(arena, "%s.part", to_path).at;
    files->unlink(files->state, part);
    err failed = copy_and_check(s, part, arena);
    if (!failed)
        failed = give_name(files, part, to_path, arena);
    if (failed)
        files->unlink(files->state, part);
    arena_free(arena);
    return failed;
}
