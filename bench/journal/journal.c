/* What one group of clicks costs on its way to the disk: a sync thread, a pair of them with two
 * groups under way at once, and io_uring, each woken by a loop and waking it again through an
 * eventfd that epoll watches, as the edge does it. The file is made ready first: written with
 * zeros, safe, and past the system's cache. journal_bench FILE thread|pair|ring GROUPS BYTES;
 * prints JSON. CPU is that of the whole process, the kernel's own helpers of io_uring among it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 16 << 20, BLOCK = 4096, GROUP_MOST = 1 << 20 };

static int file, waker;
static unsigned char *bytes;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* ---- threads that write and sync ------------------------------------------------------------ */

static struct syncer {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    size_t size;
    off_t at;
    bool is_wanted;
    _Atomic bool is_over;
} syncers[2] = {
    { .lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER },
    { .lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER },
};

static void *run_thread(void *arg)
{
    struct syncer *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->is_wanted)
            pthread_cond_wait(&s->wanted, &s->lock);
        s->is_wanted = false;
        pthread_mutex_unlock(&s->lock);
        if (pwrite(file, bytes, s->size, s->at) != (ssize_t)s->size || fdatasync(file))
            fail("write");
        atomic_store(&s->is_over, true);
        eventfd_write(waker, 1);
        pthread_mutex_lock(&s->lock);
    }
    return NULL;
}

static void threads_begin(int count)
{
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_thread, &syncers[i]))
            fail("thread");
    }
}

static void thread_write(struct syncer *s, size_t size, off_t at)
{
    pthread_mutex_lock(&s->lock);
    s->size = size;
    s->at = at;
    s->is_wanted = true;
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->wanted);
}

/* ---- io_uring: a write and a sync that is linked to it -------------------------------------- */

static struct {
    int fd;
    unsigned *submit_tail, *submit_mask, *submit_array, *done_head, *done_tail, *done_mask;
    struct io_uring_sqe *entries;
    struct io_uring_cqe *done;
} ring;

static void ring_begin(void)
{
    struct io_uring_params p = { 0 };
    ring.fd = (int)syscall(SYS_io_uring_setup, 8, &p);
    if (ring.fd < 0)
        fail("io_uring");
    unsigned char *submit = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned),
        PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
    unsigned char *done = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
        PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_CQ_RING);
    ring.entries = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
        MAP_SHARED, ring.fd, IORING_OFF_SQES);
    ring.submit_tail = (unsigned *)(void *)(submit + p.sq_off.tail);
    ring.submit_mask = (unsigned *)(void *)(submit + p.sq_off.ring_mask);
    ring.submit_array = (unsigned *)(void *)(submit + p.sq_off.array);
    ring.done_head = (unsigned *)(void *)(done + p.cq_off.head);
    ring.done_tail = (unsigned *)(void *)(done + p.cq_off.tail);
    ring.done_mask = (unsigned *)(void *)(done + p.cq_off.ring_mask);
    ring.done = (struct io_uring_cqe *)(void *)(done + p.cq_off.cqes);
    if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &file, 1) ||
        syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_EVENTFD, &waker, 1))
        fail("io_uring_register");
}

static void put(struct io_uring_sqe entry)
{
    unsigned tail = *ring.submit_tail, at = tail & *ring.submit_mask;
    ring.entries[at] = entry;
    ring.submit_array[at] = at;
    __atomic_store_n(ring.submit_tail, tail + 1, __ATOMIC_RELEASE);
}

static void ring_write(size_t size, off_t at)
{
    put((struct io_uring_sqe){ .opcode = IORING_OP_WRITE,
        .flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS,
        .addr = (uint64_t)(uintptr_t)bytes,
        .len = (unsigned)size,
        .off = (uint64_t)at });
    put((struct io_uring_sqe){ .opcode = IORING_OP_FSYNC,
        .flags = IOSQE_FIXED_FILE,
        .fsync_flags = IORING_FSYNC_DATASYNC });
    if (syscall(SYS_io_uring_enter, ring.fd, 2, 0, 0, NULL, 0) != 2)
        fail("io_uring_enter");
}

static bool ring_is_over(void)
{
    unsigned head = *ring.done_head;
    if (head == __atomic_load_n(ring.done_tail, __ATOMIC_ACQUIRE))
        return false;
    if (ring.done[head & *ring.done_mask].res < 0)
        fail("write");
    __atomic_store_n(ring.done_head, head + 1, __ATOMIC_RELEASE);
    return true;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static bool is_ring;

static void set_out(int way, size_t size, off_t at)
{
    if (is_ring)
        ring_write(size, at);
    else
        thread_write(&syncers[way], size, at);
}

static bool is_over(int way)
{
    return is_ring ? ring_is_over() : atomic_exchange(&syncers[way].is_over, false);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void make_file(const char *path)
{
    bytes = aligned_alloc(BLOCK, GROUP_MOST);
    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
    if (!bytes || file < 0)
        fail("start");
    memset(bytes, 0, GROUP_MOST);
    for (off_t at = 0; at < FILE_BYTES; at += GROUP_MOST)
        if (pwrite(file, bytes, GROUP_MOST, at) != GROUP_MOST)
            fail("write");
    if (fsync(file))
        fail("sync");
    memset(bytes, 7, GROUP_MOST);
}

/* As many groups as there are ways, until `count` are over; what each took. */
static void run(int ways, size_t count, size_t size, int epoll, double *took)
{
    struct epoll_event event;
    double start[2];
    size_t over = 0, out = 0;
    off_t at = 0;
    bool is_busy[2] = { false };

    while (over < count) {
        for (int way = 0; way < ways; way++) {
            if (is_busy[way] && is_over(way)) {
                took[over++] = now_us() - start[way];
                is_busy[way] = false;
            }
            if (is_busy[way] || out == count)
                continue;
            is_busy[way] = true;
            start[way] = now_us();
            set_out(way, size, at);
            out++;
            at = at + 2 * (off_t)size > FILE_BYTES ? 0 : at + (off_t)size;
        }
        if (over < count && epoll_wait(epoll, &event, 1, -1) != 1 && errno != EINTR)
            fail("epoll_wait");
    }
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    is_ring = strcmp(argv[2], "ring") == 0;
    int ways = strcmp(argv[2], "pair") == 0 ? 2 : 1, epoll = epoll_create1(EPOLL_CLOEXEC);
    size_t count = (size_t)atoi(argv[3]), size = (size_t)atoi(argv[4]) / BLOCK * BLOCK;
    double *took = calloc(count, sizeof *took);
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };

    make_file(argv[1]);
    waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!took || waker < 0 || size == 0 || size > GROUP_MOST ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, waker, &event))
        fail("start");
    if (is_ring)
        ring_begin();
    else
        threads_begin(ways);

    double cpu = cpu_us(), began = now_us();
    run(ways, count, size, epoll, took);
    cpu = (cpu_us() - cpu) / (double)count;
    double all = now_us() - began;
    qsort(took, count, sizeof *took, by_size);
    printf("{\"way\":\"%s\",\"bytes\":%zu,\"groups\":%zu,\"cpu_us\":%.1f,\"rate\":%.0f,\"p50_us\":%"
           ".0f,"
           "\"p99_us\":%.0f}\n",
        argv[2], size, count, cpu, (double)count / all * 1e6, took[count / 2],
        took[count * 99 / 100]);
    return 0;
}
