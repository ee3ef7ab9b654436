/* The edge alone, for measuring: every GET is answered 302 on the loop, or with --later by a second thread in groups. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "http/edge.h"

enum { WAITING_MAX = 4096 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct exchange *at[WAITING_MAX];
    size_t count;
    bool is_over;
} group = { .lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER };

static const struct answer FOUND = { .status = 302,
    .headers = STR("Location: https://shop.example/landing/page?tclid=01hzx4k9m2p7q01hzx4k9m2p7q\r\n"
                   "Cache-Control: no-store\r\n") };

static void answer_now(void *app, struct exchange *ex)
{
    (void)app;
    edge_answer(ex, &FOUND);
}

static void answer_later(void *app, struct exchange *ex)
{
    (void)app;
    edge_later(ex);
    pthread_mutex_lock(&group.lock);
    group.at[group.count++ % WAITING_MAX] = ex;
    pthread_mutex_unlock(&group.lock);
}

static void on_round(void *app, int64_t now_us, bool is_idle)
{
    (void)now_us;
    (void)is_idle;
    (void)app;
    pthread_cond_signal(&group.some);
}

static void *complete_groups(void *edge)
{
    struct exchange *mine[WAITING_MAX];

    for (;;) {
        size_t count;

        pthread_mutex_lock(&group.lock);
        while (!group.count && !group.is_over)
            pthread_cond_wait(&group.some, &group.lock);
        count = group.count;
        memcpy(mine, group.at, count * sizeof mine[0]);
        group.count = 0;
        pthread_mutex_unlock(&group.lock);
        if (!count)
            return NULL;
        for (size_t i = 0; i < count; i++)
            edge_complete_quietly(mine[i], &FOUND);
        edge_wake(edge);
    }
}

static void work(void *app, struct exchange *ex)
{
    (void)app;
    edge_complete(ex, &FOUND);
}

int main(int argc, char **argv)
{
    str listen = argc > 1 ? str_of(argv[1]) : STR("127.0.0.1:8080");
    bool is_later = argc > 2 && strcmp(argv[2], "--later") == 0;
    bool is_work = argc > 2 && strcmp(argv[2], "--work") == 0;
    struct edge_options options = { .env = env_system(), .listen = { &listen, 1 }, .work = work,
        .fast = is_work ? NULL : is_later ? answer_later : answer_now, .round = is_later ? on_round : NULL,
        .per_address_max = 20000 };
    struct edge *edge;
    pthread_t thread;
    sigset_t stop;
    int signal_number;
    err e;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    e = edge_open(&options, &edge);
    if (e) {
        fprintf(stderr, "%s\n", e->text);
        return 1;
    }
    if (is_later)
        pthread_create(&thread, NULL, complete_groups, edge);
    sigwait(&stop, &signal_number);
    edge_stop(edge);
    if (is_later) {
        pthread_mutex_lock(&group.lock);
        group.is_over = true;
        pthread_cond_signal(&group.some);
        pthread_mutex_unlock(&group.lock);
        pthread_join(thread, NULL);
    }
    edge_close(edge);
    return 0;
}
