/* File calls of the spool and of backups, as a table, so that tests drop, tear, delay and fail them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct files {
    void *state;
    /* Each returns -1 with errno on failure, like the system call it stands for. */
    int (*open)(void *, const char *path, int flags, mode_t mode);
    int (*close)(void *, int fd);
    ssize_t (*pwrite)(void *, int fd, const void *, size_t, off_t);
    ssize_t (*pread)(void *, int fd, void *, size_t, off_t);
    int (*truncate)(void *, int fd, off_t);
    int (*datasync)(void *, int fd);
    int (*sync_directory)(void *, const char *path);
    int (*rename)(void *, const char *from, const char *to);
    int (*unlink)(void *, const char *path);
    off_t (*size)(void *, int fd);
    int (*lock)(void *, int fd); /* for this process alone, until the file is closed; never waits */
};

const struct files *files_system(void);
