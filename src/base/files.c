/* The file calls of the real system. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int real_open(void *state, const char *path, int flags, mode_t mode)
{
    (void)state;
    return open(path, flags | O_CLOEXEC, mode);
}

static int real_close(void *state, int fd)
{
    (void)state;
    return close(fd);
}

static ssize_t real_pwrite(void *state, int fd, const void *bytes, size_t size, off_t at)
{
    (void)state;
    return pwrite(fd, bytes, size, at);
}

static ssize_t real_pread(void *state, int fd, void *bytes, size_t size, off_t at)
{
    (void)state;
    return pread(fd, bytes, size, at);
}

static int real_truncate(void *state, int fd, off_t size)
{
    (void)state;
    return ftruncate(fd, size);
}

static int real_datasync(void *state, int fd)
{
    (void)state;
    return fdatasync(fd);
}

static int real_sync_directory(void *state, const char *path)
{
    (void)state;

    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;

    int failed = fsync(fd);
    int why = errno;

    close(fd);
    errno = why;
    return failed;
}

static int real_rename(void *state, const char *from, const char *to)
{
    (void)state;
    return rename(from, to);
}

static int real_unlink(void *state, const char *path)
{
    (void)state;
    return unlink(path);
}

static off_t real_size(void *state, int fd)
{
    struct stat s;

    (void)state;
    return fstat(fd, &s) < 0 ? -1 : s.st_size;
}

static int real_lock(void *state, int fd)
{
    (void)state;
    return flock(fd, LOCK_EX | LOCK_NB);
}

const struct files *files_system(void)
{
    static const struct files files = {
        .open = real_open,
        .close = real_close,
        .pwrite = real_pwrite,
        .pread = real_pread,
        .truncate = real_truncate,
        .datasync = real_datasync,
        .sync_directory = real_sync_directory,
        .rename = real_rename,
        .unlink = real_unlink,
        .size = real_size,
        .lock = real_lock,
    };

    return &files;
}
