/* A disk and a clock that misbehave, for the whole program: LD_PRELOAD this and name a file of
 * three numbers in SICK. Whoever writes them decides how far the wall clock is off, how long a sync
 * takes and whether it fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct sick {
    _Atomic int64_t clock_ms, sync_ms, sync_fails;
};

static struct sick *sick(void)
{
    static struct sick well, *_Atomic found;
    struct sick *s = atomic_load(&found);
    const char *path = getenv("SICK");
    int fd = s || !path ? -1 : open(path, O_RDWR | O_CLOEXEC);

    if (s)
        return s;
    s = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *s, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    atomic_store(&found, s == MAP_FAILED ? &well : s);
    return atomic_load(&found);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    long failed = syscall(SYS_clock_gettime, clock, t);

    if (!failed && clock == CLOCK_REALTIME) {
        int64_t ms =
            t->tv_sec * INT64_C(1000) + t->tv_nsec / 1000000 + atomic_load(&sick()->clock_ms);

        t->tv_sec = ms / 1000;
        t->tv_nsec = ms % 1000 * 1000000 + t->tv_nsec % 1000000;
    }
    return (int)failed;
}

static int sync_with(long number, int fd)
{
    int64_t ms = atomic_load(&sick()->sync_ms);

    if (ms)
        nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
    if (atomic_load(&sick()->sync_fails)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(number, fd);
}

int fdatasync(int fd)
{
    return sync_with(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_with(SYS_fsync, fd);
}
