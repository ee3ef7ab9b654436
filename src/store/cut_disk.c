/* A disk in memory: every call is kept in a log that can be played again up to any point. */
#include "store/cut_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_MOST = 256, SECTOR = 512, BLOCK = 4096 };

enum call {
    CALL_CREATE,
    CALL_TRUNCATE,
    CALL_WRITE,
    CALL_SYNC,
    CALL_UNLINK,
    CALL_SYNC_FOLDER,
    CALL_NOTE
};

struct entry {
    enum call call;
    int inode;
    int64_t at; /* offset, size or note */
    unsigned char *bytes;
    size_t size;
};

struct inode {
    char *name; /* kept for cut_disk_after when the file is gone */
    bool is_there, is_direct;
    unsigned char *bytes;
    size_t size, room;
};

struct cut_disk {
    struct files files;
    pthread_mutex_t lock;
    struct entry *log;
    size_t count, room;
    struct inode inodes[FILES_MOST];
    int inode_count;
    int64_t limit, slow_ms;
    bool fails_writes, fails_syncs;
    bool is_locked;
};

/* Inode i is open under the number i + 1; a file may be opened several times. */
static struct inode *of_fd(struct cut_disk *d, int fd)
{
    return &d->inodes[fd - 1];
}

static void remember(struct cut_disk *d, struct entry entry, const void *bytes)
{
    if (d->count == d->room) {
        d->room = d->room ? d->room * 2 : 1024;
        d->log = realloc(d->log, d->room * sizeof(*d->log));
    }
    if (bytes) {
        entry.bytes = malloc(entry.size);
        memcpy(entry.bytes, bytes, entry.size);
    }
    d->log[d->count++] = entry;
}

static void inode_write(struct inode *n, const void *bytes, size_t size, size_t at)
{
    if (at + size > n->room) {
        size_t room = (at + size) * 2;
        n->bytes = realloc(n->bytes, room);
        memset(n->bytes + n->room, 0, room - n->room);
        n->room = room;
    }
    memcpy(n->bytes + at, bytes, size);
    if (at + size > n->size)
        n->size = at + size;
}

static void inode_truncate(struct inode *n, size_t size)
{
    if (size < n->size)
        memset(n->bytes + size, 0, n->size - size);
    n->size = size;
}

static int find(struct cut_disk *d, const char *path)
{
    for (int i = 0; i < d->inode_count; i++)
        if (d->inodes[i].is_there && strcmp(d->inodes[i].name, path) == 0)
            return i;
    return -1;
}

static int create(struct cut_disk *d, const char *path)
{
    if (d->inode_count == FILES_MOST)
        abort();
    d->inodes[d->inode_count] = (struct inode){ .name = strdup(path), .is_there = true };
    return d->inode_count++;
}

/* ---- the calls
 * ---------------------------------------------------------------------------------------- */

static int disk_open(void *state, const char *path, int flags, mode_t mode)
{
    (void)mode;
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    int found = find(d, path);
    if (found < 0 && flags & O_CREAT) {
        found = create(d, path);
        remember(d, (struct entry){ .call = CALL_CREATE, .inode = found }, NULL);
    } else if (found >= 0 && flags & O_TRUNC) {
        inode_truncate(&d->inodes[found], 0);
        remember(d, (struct entry){ .call = CALL_TRUNCATE, .inode = found }, NULL);
    }
    if (found >= 0)
        d->inodes[found].is_direct |= (flags & O_DIRECT) != 0;
    pthread_mutex_unlock(&d->lock);
    if (found < 0)
        errno = ENOENT;
    return found < 0 ? -1 : found + 1;
}

static int disk_close(void *state, int fd)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    if (strstr(of_fd(d, fd)->name, "/lock"))
        d->is_locked = false;
    pthread_mutex_unlock(&d->lock);
    return 0;
}

static int64_t bytes_used(const struct cut_disk *d)
{
    int64_t used = 0;
    for (int i = 0; i < d->inode_count; i++)
        used += d->inodes[i].is_there ? (int64_t)d->inodes[i].size : 0;
    return used;
}

/* As the system has it for files opened with O_DIRECT. */
static bool is_aligned(const struct inode *n, const void *bytes, size_t size, off_t at)
{
    return !n->is_direct || (((uintptr_t)bytes | size | (size_t)at) & (BLOCK - 1)) == 0;
}

static ssize_t disk_pwrite(void *state, int fd, const void *bytes, size_t size, off_t at)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    struct inode *n = of_fd(d, fd);
    int error = 0;
    size_t grows = (size_t)at + size > n->size ? (size_t)at + size - n->size : 0;
    if (d->limit >= 0 && bytes_used(d) + (int64_t)grows > d->limit)
        error = ENOSPC;
    if (d->fails_writes)
        error = EIO;
    if (!is_aligned(n, bytes, size, at))
        error = EINVAL;
    size_t wrote = error == EIO ? size / 2 : error ? 0 : size;
    if (wrote > 0) {
        inode_write(n, bytes, wrote, (size_t)at);
        remember(d, (struct entry){ .call = CALL_WRITE, .inode = fd - 1, .at = at, .size = wrote },
            bytes);
    }
    pthread_mutex_unlock(&d->lock);
    errno = error;
    return error ? -1 : (ssize_t)wrote;
}

static ssize_t disk_pread(void *state, int fd, void *out, size_t size, off_t at)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    struct inode *n = of_fd(d, fd);
    if (!is_aligned(n, out, size, at))
        abort();
    size_t there = (size_t)at < n->size ? n->size - (size_t)at : 0;
    size_t got = there < size ? there : size;
    if (got > 0)
        memcpy(out, n->bytes + at, got);
    pthread_mutex_unlock(&d->lock);
    return (ssize_t)got;
}

static int disk_truncate(void *state, int fd, off_t size)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    inode_truncate(of_fd(d, fd), (size_t)size);
    remember(d, (struct entry){ .call = CALL_TRUNCATE, .inode = fd - 1, .at = size }, NULL);
    pthread_mutex_unlock(&d->lock);
    return 0;
}

static int disk_datasync(void *state, int fd)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    int64_t ms = d->slow_ms;
    bool fails = d->fails_syncs;
    pthread_mutex_unlock(&d->lock);
    if (ms > 0)
        nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
    if (fails) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&d->lock);
    remember(d, (struct entry){ .call = CALL_SYNC, .inode = fd - 1 }, NULL);
    pthread_mutex_unlock(&d->lock);
    return 0;
}

static int disk_sync_directory(void *state, const char *path)
{
    (void)path;
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    remember(d, (struct entry){ .call = CALL_SYNC_FOLDER }, NULL);
    pthread_mutex_unlock(&d->lock);
    return 0;
}

static int disk_rename(void *state, const char *from, const char *to)
{
    (void)state;
    (void)from;
    (void)to;
    errno = ENOSYS; /* the spool renames nothing */
    return -1;
}

static int disk_unlink(void *state, const char *path)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    int found = find(d, path);
    if (found >= 0) {
        d->inodes[found].is_there = false;
        remember(d, (struct entry){ .call = CALL_UNLINK, .inode = found }, NULL);
    }
    pthread_mutex_unlock(&d->lock);
    return found < 0 ? -1 : 0;
}

static off_t disk_size(void *state, int fd)
{
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    off_t size = (off_t)of_fd(d, fd)->size;
    pthread_mutex_unlock(&d->lock);
    return size;
}

static int disk_lock(void *state, int fd)
{
    (void)fd;
    struct cut_disk *d = state;
    pthread_mutex_lock(&d->lock);
    bool was_locked = d->is_locked;
    d->is_locked = true;
    pthread_mutex_unlock(&d->lock);
    errno = EWOULDBLOCK;
    return was_locked ? -1 : 0;
}

/* ---- the test's side
 * ---------------------------------------------------------------------------------- */

struct cut_disk *cut_disk_new(void)
{
    struct cut_disk *d = calloc(1, sizeof(*d));
    pthread_mutex_init(&d->lock, NULL);
    d->limit = -1;
    d->files = (struct files){ .state = d,
        .open = disk_open,
        .close = disk_close,
        .pwrite = disk_pwrite,
        .pread = disk_pread,
        .truncate = disk_truncate,
        .datasync = disk_datasync,
        .sync_directory = disk_sync_directory,
        .rename = disk_rename,
        .unlink = disk_unlink,
        .size = disk_size,
        .lock = disk_lock };
    return d;
}

void cut_disk_free(struct cut_disk *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->log[i].bytes);
    for (int i = 0; i < d->inode_count; i++) {
        free(d->inodes[i].name);
        free(d->inodes[i].bytes);
    }
    pthread_mutex_destroy(&d->lock);
    free(d->log);
    free(d);
}

const struct files *cut_disk_files(struct cut_disk *d)
{
    return &d->files;
}

void cut_disk_limit(struct cut_disk *d, int64_t bytes)
{
    pthread_mutex_lock(&d->lock);
    d->limit = bytes;
    pthread_mutex_unlock(&d->lock);
}

void cut_disk_fail_writes(struct cut_disk *d, bool fails)
{
    pthread_mutex_lock(&d->lock);
    d->fails_writes = fails;
    pthread_mutex_unlock(&d->lock);
}

void cut_disk_fail_syncs(struct cut_disk *d, bool fails)
{
    pthread_mutex_lock(&d->lock);
    d->fails_syncs = fails;
    pthread_mutex_unlock(&d->lock);
}

void cut_disk_slow_syncs(struct cut_disk *d, int64_t ms)
{
    pthread_mutex_lock(&d->lock);
    d->slow_ms = ms;
    pthread_mutex_unlock(&d->lock);
}

void cut_disk_flip(struct cut_disk *d, const char *path, off_t at)
{
    pthread_mutex_lock(&d->lock);
    int found = find(d, path);
    if (found < 0 || (size_t)at >= d->inodes[found].size)
        abort();
    d->inodes[found].bytes[at] ^= 0x10;
    pthread_mutex_unlock(&d->lock);
}

void cut_disk_note(struct cut_disk *d, int64_t note)
{
    pthread_mutex_lock(&d->lock);
    remember(d, (struct entry){ .call = CALL_NOTE, .at = note }, NULL);
    pthread_mutex_unlock(&d->lock);
}

size_t cut_disk_calls(struct cut_disk *d)
{
    pthread_mutex_lock(&d->lock);
    size_t count = d->count;
    pthread_mutex_unlock(&d->lock);
    return count;
}

size_t cut_disk_notes(struct cut_disk *d, size_t until, int64_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < until; i++)
        if (d->log[i].call == CALL_NOTE)
            out[count++] = d->log[i].at;
    return count;
}

/* ---- cutting
 * ------------------------------------------------------------------------------------------ */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool survives(enum cut cut, uint64_t *random)
{
    return cut == CUT_KEEPS || (cut == CUT_TEARS && next_random(random) & 1);
}

static void replay_write(
    struct cut_disk *after, const struct entry *e, bool is_safe, enum cut cut, uint64_t *random)
{
    struct inode *n = &after->inodes[e->inode];
    if (is_safe) {
        inode_write(n, e->bytes, e->size, (size_t)e->at);
        return;
    }
    for (size_t done = 0; done < e->size;) {
        size_t at = (size_t)e->at + done;
        size_t part = SECTOR - at % SECTOR;
        if (part > e->size - done)
            part = e->size - done;
        if (survives(cut, random))
            inode_write(n, e->bytes + done, part, at);
        done += part;
    }
}

struct cut_disk *cut_disk_after(struct cut_disk *d, size_t until, enum cut cut, uint64_t seed)
{
    struct cut_disk *after = cut_disk_new();
    size_t synced[FILES_MOST] = { 0 }, folder_synced = 0;
    for (size_t i = 0; i < until; i++) {
        if (d->log[i].call == CALL_SYNC)
            synced[d->log[i].inode] = i;
        if (d->log[i].call == CALL_SYNC_FOLDER)
            folder_synced = i;
    }
    for (int i = 0; i < d->inode_count; i++)
        after->inodes[i].name = strdup(d->inodes[i].name);
    after->inode_count = d->inode_count;
    uint64_t random = seed;
    for (size_t i = 0; i < until; i++) {
        const struct entry *e = &d->log[i];
        struct inode *n = &after->inodes[e->inode];
        bool folder_safe = i < folder_synced, safe = i < synced[e->inode];
        if (e->call == CALL_CREATE && (folder_safe || survives(cut, &random)))
            n->is_there = true;
        if (e->call == CALL_UNLINK && (folder_safe || survives(cut, &random)))
            n->is_there = false;
        if (e->call == CALL_TRUNCATE && (safe || survives(cut, &random)))
            inode_truncate(n, (size_t)e->at);
        if (e->call == CALL_WRITE)
            replay_write(after, e, safe, cut, &random);
    }
    return after;
}
