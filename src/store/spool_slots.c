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

void *blocks_new(size_t size)
{
    void *blocks = aligned_alloc(BLOCK, block_ceil(size));
    if (!blocks)
        log_fatal("out of memory");
    return blocks;
}

static void slot_path(const struct slots *s, size_t number, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/%06zu.spool", s->path, number);
}

/* Past the cache where that is possible: tmpfs of older kernels, for one, refuses it. */
static int slot_open(struct slots *s, const char *path, int flags)
{
    const struct files *f = s->files;
    flags |= O_RDWR | O_CLOEXEC;
    int fd = atomic_load(&s->is_cached) ? -1 : f->open(f->state, path, flags | O_DIRECT, 0600);
    if (fd < 0 && !atomic_load(&s->is_cached) && errno != EINVAL)
        return -1;
    if (fd < 0) {
        atomic_store(&s->is_cached, true);
        fd = f->open(f->state, path, flags, 0600);
    }
    return fd;
}

/* What the file holds by its header; free when it has none or was cut short while it was made. */
static bool slot_recognise(const struct slots *s, struct slot *slot)
{
    const struct files *f = s->files;
    unsigned char *head = blocks_new(SEGMENT_HEAD);
    ssize_t got = f->pread(f->state, slot->fd, head, SEGMENT_HEAD, 0);
    off_t size = f->size(f->state, slot->fd);
    struct segment_head found;
    slot->bytes = size > 0 ? block_floor((uint64_t)size) : 0;
    if (got > 0 && segment_head_read(head, (size_t)got, &found) && found.bytes <= slot->bytes) {
        slot->sequence = found.sequence;
        slot->end = slot->bytes = found.bytes;
    }
    free(head);
    return got >= 0 && size >= 0;
}

static err open_all(struct slots *s)
{
    const struct files *f = s->files;
    for (s->count = 0; s->count < SLOTS_MAX; s->count++) {
        char path[PATH_MAX];
        slot_path(s, s->count, path);
        struct slot slot = { .fd = slot_open(s, path, 0) };
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
    unsigned char *zeros = blocks_new(CHUNK);
    memset(zeros, 0, CHUNK);
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

int slot_prepare(struct slots *s, size_t number, struct slot *out)
{
    const struct files *f = s->files;
    char path[PATH_MAX];
    slot_path(s, number, path);
    *out = (struct slot){ .fd = slot_open(s, path, O_CREAT | O_TRUNC) };
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
    unsigned char *head = blocks_new(SEGMENT_HEAD);
    segment_head_write(
        head, (struct segment_head){ .sequence = slot->sequence, .bytes = slot->bytes });
    bool is_written = slot_pwrite(s, slot, head, SEGMENT_HEAD, 0);
    int error = errno;
    free(head);
    errno = error;
    return is_written;
}

ssize_t slot_pread(const struct slots *s, const struct slot *slot, uint64_t from, uint64_t until,
    unsigned char *blocks, const unsigned char **out_at)
{
    uint64_t first = block_floor(from), last = block_ceil(until);
    ssize_t got =
        s->files->pread(s->files->state, slot->fd, blocks, (size_t)(last - first), (off_t)first);
    uint64_t end = got > 0 ? first + (uint64_t)got : first;
    *out_at = blocks + (from - first);
    if (got < 0)
        return -1;
    end = end < until ? end : until;
    return end > from ? (ssize_t)(end - from) : 0;
}

bool slot_seal(const struct slots *s, const struct slot *slot)
{
    unsigned char *blocks = blocks_new(2 * BLOCK);
    const unsigned char *at;
    uint64_t first = block_floor(slot->end), end = slot->end + SEGMENT_RECORD;
    bool is_sealed = slot_pread(s, slot, slot->end, end, blocks, &at) == SEGMENT_RECORD;
    segment_record_seal(blocks + (slot->end - first), RECORD_END, 0, slot->sequence, slot->end);
    is_sealed = is_sealed && slot_pwrite(s, slot, blocks, (size_t)(block_ceil(end) - first), first);
    int error = errno;
    free(blocks);
    errno = error;
    if (is_sealed)
        slot_datasync(s, slot);
    return is_sealed;
}

err slot_find_end(const struct slots *s, const struct slot *slot, uint64_t *out)
{
    unsigned char *blocks = blocks_new(CHUNK + BLOCK);
    uint64_t at = SEGMENT_HEAD;
    err failed = NULL;
    for (bool more = true; more;) {
        const unsigned char *bytes;
        uint64_t until = slot->bytes - at > CHUNK ? at + CHUNK : slot->bytes;
        ssize_t got = slot_pread(s, slot, at, until, blocks, &bytes);
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
    free(blocks);
    *out = at;
    return failed;
}
