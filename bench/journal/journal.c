/* What one group of clicks costs on its way to the disk: a sync thread beside io_uring, each woken
 * by a loop and waking it again through an eventfd that epoll watches, as the edge does it. The file
 * is made ready first: written with zeros, safe, and past the system's cache.
 * journal_bench FILE thread|ring GROUPS BYTES; prints JSON. CPU is that of the whole process, the
 * kernel's own helpers of io_uring among it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
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

/* ---- a thread that writes and syncs --------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static size_t group_size;
static off_t group_at;
static bool is_wanted;

static void *run_thread(void *unused)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!is_wanted)
            pthread_cond_wait(&wanted, &lock);
        is_wanted = false;
        pthread_mutex_unlock(&lock);
        if (pwrite(file, bytes, group_size, group_at) != (ssize_t)group_size || fdatasync(file))
            fail("write");
        eventfd_write(waker, 1);
        pthread_mutex_lock(&lock);
    }
    return unused;
}

static void thread_begin(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_thread, NULL))
        fail("thread");
}

static void thread_write(size_t size, off_t at)
{
    pthread_mutex_lock(&lock);
    group_size = size;
    group_at = at;
    is_wanted = true;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&wanted);
}

static void thread_done(void)
{
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

static void ring_done(void)
{
    unsigned head = *ring.done_head;
    if (head == __atomic_load_n(ring.done_tail, __ATOMIC_ACQUIRE))
        fail("woken without an answer");
    if (ring.done[head & *ring.done_mask].res < 0)
        fail("write");
    __atomic_store_n(ring.done_head, head + 1, __ATOMIC_RELEASE);
}

/* ---- the loop ------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    bool is_ring = strcmp(argv[2], "ring") == 0;
    size_t count = (size_t)atoi(argv[3]), size = (size_t)atoi(argv[4]) / BLOCK * BLOCK;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    double *took = calloc(count, sizeof *took);
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };

    bytes = aligned_alloc(BLOCK, GROUP_MOST);
    file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
    waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!bytes || !took || file < 0 || size == 0 || size > GROUP_MOST ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, waker, &event))
        fail("start");
    memset(bytes, 0, GROUP_MOST);
    for (off_t at = 0; at < FILE_BYTES; at += GROUP_MOST)
        if (pwrite(file, bytes, GROUP_MOST, at) != GROUP_MOST)
            fail("write");
    if (fsync(file))
        fail("sync");
    memset(bytes, 7, GROUP_MOST);
    (is_ring ? ring_begin : thread_begin)();

    double cpu = cpu_us(), began = now_us();
    off_t at = 0;
    for (size_t i = 0; i < count; i++) {
        double start = now_us();
        (is_ring ? ring_write : thread_write)(size, at);
        while (epoll_wait(epoll, &event, 1, -1) != 1)
            if (errno != EINTR)
                fail("epoll_wait");
        (is_ring ? ring_done : thread_done)();
        took[i] = now_us() - start;
        at = at + 2 * (off_t)size > FILE_BYTES ? 0 : at + (off_t)size;
    }
    cpu = (cpu_us() - cpu) / (double)count;
    double all = now_us() - began;
    qsort(took, count, sizeof *took, by_size);
    printf("{\"way\":\"%s\",\"bytes\":%zu,\"groups\":%zu,\"cpu_us\":%.1f,\"rate\":%.0f,\"p50_us\":%.0f,"
           "\"p99_us\":%.0f}\n",
        argv[2], size, count, cpu, (double)count / all * 1e6, took[count / 2],
        took[count * 99 / 100]);
    return 0;
}
