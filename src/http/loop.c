/* One loop: waits for sockets, deadlines and answers given elsewhere, and never for anything else.
 * While its thread is away at the end of a round another goes on with it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/conn.h"

enum { EVENTS_MAX = 256, ACCEPTS_MAX = 64, ACCEPT_PAUSE_MS = 100, REPLACED = -1 };

struct block *loop_block(struct loop *l)
{
    struct block *b = l->blocks;

    if (b) {
        l->blocks = b->next;
        l->blocks_free--;
    } else if (!(b = malloc(sizeof *b))) {
        log_fatal("out of memory");
    }
    return b;
}

void loop_give_block(struct loop *l, struct block *b)
{
    if (l->blocks_free >= BLOCKS_KEPT) {
        free(b);
        return;
    }
    b->next = l->blocks; /* the last used is the next: it is warm */
    l->blocks = b;
    l->blocks_free++;
}

struct conn *loop_conn(struct loop *l)
{
    struct conn *c = l->spare;

    if (c) {
        l->spare = c->all_next;
        l->spares--;
    } else if (!(c = malloc(sizeof *c))) {
        log_fatal("out of memory");
    }
    memset(c, 0, sizeof *c);
    c->loop = l;
    c->all_next = l->all;
    c->all_link = &l->all;
    if (l->all)
        l->all->all_link = &c->all_next;
    l->all = c;
    return c;
}

static void bury(struct loop *l)
{
    struct conn **link = &l->dead, *c;

    while ((c = *link)) {
        if (c->is_ready) { /* still on that list */
            link = &c->all_next;
            continue;
        }
        *link = c->all_next;
        if (l->spares >= CONNS_KEPT) {
            free(c);
            continue;
        }
        c->all_next = l->spare;
        l->spare = c;
        l->spares++;
    }
}

void loop_ready(struct conn *c)
{
    struct loop *l = c->loop;

    c->is_ready = true;
    c->ready_next = NULL;
    *l->ready_end = c;
    l->ready_end = &c->ready_next;
}

static void run_ready(struct loop *l)
{
    struct conn *c = l->ready;

    l->ready = NULL;
    l->ready_end = &l->ready;
    while (c) {
        struct conn *next = c->ready_next;

        c->is_ready = false;
        conn_work(c);
        c = next;
    }
}

/* Edges: what was told is not told again until something new comes, which spares epoll a second
 * look at every socket. A change of what is watched makes it look once more. */
void loop_watch(struct conn *c, uint32_t events)
{
    struct epoll_event event = { .events = events | EPOLLET, .data.ptr = c };
    bool looks_again = c->may_hold_more && events & EPOLLIN;

    if (c->is_watched ? events == c->events && !looks_again : !events)
        return;
    if (events & EPOLLIN) {
        event.events |= EPOLLRDHUP;
        c->may_hold_more = false;
    }
    if (epoll_ctl(c->loop->epoll, c->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event) !=
        0)
        log_fatal("epoll_ctl: %s", strerror(errno));
    c->is_watched = true;
    c->events = events;
}

void loop_wake(struct loop *l)
{
    if (atomic_load(&l->is_asleep) && atomic_exchange(&l->is_asleep, false))
        (void)eventfd_write(l->waker, 1);
}

/* The connection may be gone as soon as it is on the stack, the loop lives longer. */
void loop_post(struct conn *c, bool wake)
{
    struct loop *l = c->loop;
    struct conn *top = atomic_load(&l->posted);

    if (!atomic_exchange(&c->is_posted, true)) {
        do
            c->posted_next = top;
        while (!atomic_compare_exchange_weak(&l->posted, &top, c));
    }
    if (wake)
        loop_wake(l);
}

static void run_posted(struct loop *l)
{
    struct conn *top = atomic_exchange(&l->posted, NULL), *first = NULL;

    while (top) { /* first given, first sent */
        struct conn *next = top->posted_next;

        top->posted_next = first;
        first = top;
        top = next;
    }
    while (first) {
        struct conn *next = first->posted_next; /* posted anew, it would be another list's */

        conn_posted(first);
        l->was_busy = true;
        first = next;
    }
}

static void on_timer(struct timer *t, void *arg)
{
    (void)arg;
    conn_deadline((struct conn *)((char *)t - offsetof(struct conn, timer)));
}

static void write_date(struct loop *l)
{
    static const char DAYS[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char MONTHS[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
        "Sep", "Oct", "Nov", "Dec" };
    struct civil c;

    if (l->now.ms / SECOND_MS == l->date_second)
        return;
    l->date_second = l->now.ms / SECOND_MS;
    c = instant_civil(l->now);
    l->date_len = (size_t)snprintf(l->date, sizeof l->date,
        "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", DAYS[c.weekday % 7], c.day,
        MONTHS[(c.month + 11) % 12], c.year % 10000, c.hour, c.minute, c.second);
}

static void read_clock(struct loop *l)
{
    const struct env *env = l->edge->o.env;

    l->now_us = env->ticks_us(env);
    l->now_ms = l->now_us / 1000;
    l->now = env->now(env);
    write_date(l);
}

static struct address address_of(const struct sockaddr_storage *from)
{
    static const unsigned char MAPPED[12] = { [10] = 0xff, [11] = 0xff };
    struct address a = { 0 };

    if (from->ss_family == AF_INET) {
        memcpy(a.ip, MAPPED, sizeof MAPPED);
        memcpy(a.ip + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        memcpy(a.ip, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    }
    return a;
}

/* No descriptor is left: give up the spare one to take the connection and close it, rather than let
 * it hang. */
static void refuse_without_descriptor(struct loop *l, int listener)
{
    int fd;

    log_line(LOG_WARN, "no descriptor left for a connection");
    count(&l->counters.overloaded);
    close(l->spare_fd);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_some(struct loop *l, int listener, int most)
{
    while (most-- > 0) {
        struct sockaddr_storage from = { 0 };
        socklen_t size = sizeof from;
        int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            conn_accept(l, fd, address_of(&from));
        else if (errno == EMFILE || errno == ENFILE)
            refuse_without_descriptor(l, listener);
        else if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

static bool watch_listeners(struct loop *l)
{
    struct listeners *all = &l->edge->listeners;

    for (size_t i = 0; i < all->count; i++) {
        struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &all->fd[i] };

        if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, all->fd[i], &event) != 0)
            return false;
    }
    l->is_accepting = true;
    return true;
}

static void stop_accepting(struct loop *l)
{
    struct listeners *all = &l->edge->listeners;

    for (size_t i = 0; i < all->count; i++) {
        if (!all->are_given)
            accept_some(l, all->fd[i], 1 << 16); /* those who wait already are served */
        (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, all->fd[i], NULL);
    }
    l->is_accepting = false;
    if (atomic_fetch_sub(&l->edge->accepting, 1) == 1)
        listeners_close(all);
}

static void begin_drain(struct loop *l)
{
    l->is_draining = true;
    l->drain_by_ms = l->now_ms + l->edge->o.drain_ms;
    stop_accepting(l);
}

/* One more round has been read since accepting stopped: who is idle now has nothing under way. */
static bool drained(struct loop *l)
{
    bool is_busy = false;

    for (struct conn *c = l->all, *next; c; c = next) {
        next = c->all_next;
        if (conn_is_idle(c))
            conn_kill(c);
        else if (c->streaming && stream_is_endless(c->streaming))
            conn_leave(c);
        else
            is_busy |= c->fd >= 0;
    }
    return !is_busy || l->now_ms >= l->drain_by_ms;
}

static void on_event(struct loop *l, const struct epoll_event *event)
{
    int *listener = event->data.ptr;

    if (!listener)
        return; /* woken: answers are on the stack */
    if (listener >= l->edge->listeners.fd && listener < l->edge->listeners.fd + LISTEN_MAX)
        accept_some(l, *listener, ACCEPTS_MAX);
    else
        conn_event(event->data.ptr, event->events);
}

static int patience(struct loop *l)
{
    if (l->ready)
        return 0;
    if (l->is_draining)
        return 20;
    return l->wheel.count ? (int)l->wheel.tick_ms : -1;
}

/* Tells the app that a round is over. False: that took so long that another thread has the loop. */
static bool tell_round(struct loop *l, bool is_idle)
{
    const struct edge_options *o = &l->edge->o;
    int64_t now_us = l->now_us;

    l->owes_idle = !is_idle;
    uint64_t turn = baton_leave(&l->baton);
    o->round(o->app, now_us, is_idle);
    return baton_return(&l->baton, turn);
}

/* Nothing has come and nothing is left to do: says so, once. */
static int look_around(struct loop *l, struct epoll_event *events)
{
    int found = epoll_wait(l->epoll, events, EVENTS_MAX, 0);

    if (found != 0 || atomic_load(&l->posted))
        return found > 0 ? found : 0;
    return tell_round(l, true) ? 0 : REPLACED;
}

static int wait_for(struct loop *l, struct epoll_event *events, int patience_ms)
{
    int found;

    if (l->owes_idle && patience_ms != 0) {
        found = look_around(l, events);
        if (found != 0)
            return found;
    }
    atomic_store(&l->is_asleep, true);
    if (atomic_load(&l->posted) || (atomic_load(&l->edge->is_stopping) && !l->is_draining))
        patience_ms = 0;
    found = epoll_wait(l->epoll, events, EVENTS_MAX, patience_ms);
    atomic_store(&l->is_asleep, false);
    if (found < 0 && errno != EINTR)
        log_fatal("epoll_wait: %s", strerror(errno));
    return found < 0 ? 0 : found;
}

/* False: another thread has the loop now. */
static bool one_round(struct loop *l, int patience_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int found = wait_for(l, events, patience_ms);

    if (found == REPLACED)
        return false;
    read_clock(l);
    l->was_busy = false;
    run_ready(l);
    for (int i = 0; i < found; i++)
        on_event(l, &events[i]);
    run_posted(l);
    wheel_turn(&l->wheel, l->now_ms, on_timer, NULL);
    bury(l);
    return !l->was_busy || !l->edge->o.round || tell_round(l, false);
}

/* True at the end of the loop, false when another thread has it. */
static bool drive(struct loop *l)
{
    int patience_ms;

    do {
        patience_ms = patience(l);
        if (atomic_load(&l->edge->is_stopping) && !l->is_draining) {
            begin_drain(l);
            patience_ms = 0; /* once more what has come until now */
        } else if (l->is_draining && drained(l)) {
            return true;
        }
    } while (one_round(l, patience_ms));
    return false;
}

static void end(struct loop *l)
{
    for (struct conn *c = l->all, *next; c; c = next) {
        next = c->all_next;
        conn_kill(c); /* held ones stay for their holders */
    }
    run_ready(l); /* only dead ones are left */
    bury(l);
    baton_end(&l->baton);
}

static void *run(void *arg)
{
    struct loop *l = arg;

    pthread_setname_np(pthread_self(), "loop");
    thread_hurry();
    while (baton_wait(&l->baton))
        if (drive(l)) {
            end(l);
            break;
        }
    return NULL;
}

/* Who is told of rounds may sync at their end; without him nothing takes long, and nobody needs to
 * stand by. */
void loop_start(struct loop *l)
{
    size_t wanted = l->edge->o.round ? 2 : 1;

    for (; l->thread_count < wanted; l->thread_count++)
        if (pthread_create(&l->threads[l->thread_count], NULL, run, l) != 0)
            log_fatal("a loop thread cannot be started");
}

void loop_join(struct loop *l)
{
    for (; l->thread_count > 0; l->thread_count--)
        pthread_join(l->threads[l->thread_count - 1], NULL);
}

static int64_t tick_for(const struct edge_options *o)
{
    int64_t least = o->idle_ms;

    least = o->head_ms < least ? o->head_ms : least;
    least = o->body_ms < least ? o->body_ms : least;
    least = o->write_ms < least ? o->write_ms : least;
    return least / 8 < 5 ? 5 : least / 8 > 250 ? 250 : least / 8;
}

bool loop_open(struct loop *l, struct edge *e)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };

    l->edge = e;
    l->ready_end = &l->ready;
    baton_open(&l->baton);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (l->epoll < 0 || l->waker < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->waker, &event) != 0)
        return false;
    read_clock(l);
    wheel_begin(&l->wheel, tick_for(&e->o), l->now_ms);
    return watch_listeners(l);
}

void loop_close(struct loop *l)
{
    for (struct conn *c = l->all, *next; c; c = next) {
        next = c->all_next;
        conn_free(c);
        free(c);
    }
    bury(l);
    for (struct conn *c = l->spare, *next; c; c = next) {
        next = c->all_next;
        free(c);
    }
    for (struct block *b = l->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    baton_close(&l->baton);
    close(l->epoll);
    close(l->waker);
    close(l->spare_fd);
}
