/* The files of the spool: lock, slots, header, seal. */
#include "store/spool_inside.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20 };

static void slot_path(const struct slots *s, size_t number, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/%06zu.spool", s->path, number);
}

/* What the file holds by its header; free when it has none or was cut short while it was made. */
static bool slot_recognise(const struct slots *s, struct slot *slot)
{
    const struct files *f = s->files;
    unsigned char head[SEGMENT_HEAD];
    ssize_t got = f->pread(f->state, slot->fd, head, sizeof(head), 0);
    off_t size = f->size(f->state, slot->fd);
    if (got < 0 || size < 0)
        return false;

    slot->bytes = (uint64_t)size;
    struct segment_head found;
    if (segment_head_read(head, (size_t)got, &found) && found.bytes <= slot->bytes) {
        slot->sequence = found.sequence;
        slot->end = slot->bytes = found.bytes;
    }
    return true;
}

static err open_all(struct slots *s)
{
    const struct files *f = s->files;
    for (s->count = 0; s->count < SLOTS_MAX; s->count++) {
        char path[PATH_MAX];
        slot_path(s, s->count, path);
        struct slot slot = { .fd = f->open(f->state, path, O_RDWR | O_CLOEXEC, 0600) };
        if (slot.fd < 0 && errno == ENOENT)
            return NULL;
        if (slot.fd < 0 || !slot_recognise(s, &slot)) {
            log_line(LOG_ERROR, "spool segment cannot be read file=%s error=\"%s\"", path,
                strerror(errno));
            if (slot.fd >= 0)
                f->close(f->state, slot.fd);
            return &SPOOL_BROKEN;
        }
        s->at[s->count] = slot;
    }
    return NULL;
}

err slots_open(struct slots *s)
{
    const struct files *f = s->files;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/lock", s->path);
    s->lock_fd = f->open(f->state, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        log_line(
            LOG_ERROR, "spool folder cannot be used file=%s error=\"%s\"", path, strerror(errno));
        return &SPOOL_BROKEN;
    }
    if (f->lock(f->state, s->lock_fd) != 0) {
        f->close(f->state, s->lock_fd);
        s->lock_fd = -1;
        return &SPOOL_INUSE;
    }
    err failed = open_all(s);
    if (failed)
        slots_close(s);
    return failed;
}

void slots_close(struct slots *s)
{
    for (size_t i = 0; i < s->count; i++)
        s->files->close(s->files->state, s->at[i].fd);
    s->count = 0;
    if (s->lock_fd >= 0)
        s->files->close(s->files->state, s->lock_fd);
    s->lock_fd = -1;
}

bool slot_pwrite(
    const struct slots *s, const struct slot *slot, const void *bytes, size_t size, uint64_t offset)
{
    const struct files *f = s->files;
    const char *at = bytes;
    while (size > 0) {
        ssize_t wrote = f->pwrite(f->state, slot->fd, at, size, (off_t)offset);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        at += wrote;
        size -= (size_t)wrote;
        offset += (uint64_t)wrote;
    }
    return true;
}

void slot_datasync(const struct slots *s, const struct slot *slot)
{
    if (s->files->datasync(s->files->state, slot->fd) != 0)
        log_fatal("spool sync failed; nothing is acknowledged after it sequence=%llu error=\"%s\"",
            (unsigned long long)slot->sequence, strerror(errno));
}

static bool fill_with_zeros(const struct slots *s, const struct slot *slot)
{
    char *zeros = calloc(1, CHUNK);
    if (!zeros)
        log_fatal("out of memory");
    bool is_full = true;
    for (uint64_t at = 0; is_full && at < s->segment_bytes; at += CHUNK) {
        uint64_t rest = s->segment_bytes - at;
        is_full = slot_pwrite(s, slot, zeros, rest < CHUNK ? (size_t)rest : CHUNK, at);
    }
    int error = errno;
    free(zeros);
    errno = error;
    return is_full;
}

int slot_prepare(const struct slots *s, size_t number, struct slot *out)
{
    const struct files *f = s->files;
    char path[PATH_MAX];
    slot_path(s, number, path);
    *out = (struct slot){ .fd = f->open(
                              f->state, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) };
    if (out->fd < 0 || !fill_with_zeros(s, out) || f->datasync(f->state, out->fd) != 0 ||
        f->sync_directory(f->state, s->path) != 0)
        return -1;
    out->bytes = s->segment_bytes;
    return 0;
}

void slot_delete(const struct slots *s, size_t number, int fd)
{
    char path[PATH_MAX];
    slot_path(s, number, path);
    s->files->close(s->files->state, fd);
    s->files->unlink(s->files->state, path);
}

bool slot_write_head(const struct slots *s, const struct slot *slot)
{
    unsigned char head[SEGMENT_HEAD];
    segment_head_write(
        head, (struct segment_head){ .sequence = slot->sequence, .bytes = slot->bytes });
    return slot_pwrite(s, slot, head, sizeof(head), 0);
}

bool slot_seal(const struct slots *s, const struct slot *slot)
{
    unsigned char mark[SEGMENT_RECORD];
    segment_record_seal(mark, RECORD_END, 0, slot->sequence, slot->end);
    if (!slot_pwrite(s, slot, mark, sizeof(mark), slot->end))
        return false;
    slot_datasync(s, slot);
    return true;
}

err slot_find_end(const struct slots *s, const struct slot *slot, uint64_t *out)
{
    const struct files *f = s->files;
    const size_t room = CHUNK;
    unsigned char *bytes = malloc(room);
    if (!bytes)
        log_fatal("out of memory");
    uint64_t at = SEGMENT_HEAD;
    err failed = NULL;
    for (bool more = true; more;) {
        uint64_t rest = slot->bytes - at;
        ssize_t got =
            f->pread(f->state, slot->fd, bytes, rest < room ? (size_t)rest : room, (off_t)at);
        if (got < 0) {
            failed = &SPOOL_BROKEN;
            break;
        }
        size_t used = 0;
        bool is_short;
        struct segment_record r;
        do {
            r = segment_record_read(
                bytes + used, (size_t)got - used, slot->sequence, at + used, &is_short);
            if (r.kind == RECORD_DATA)
                used += r.total;
        } while (r.kind == RECORD_DATA);
        at += used;
        more = is_short && used > 0;
    }
    free(bytes);
    *out = at;
    return failed;
}
