/* Leases of numbers on a real store. */
#include "work/node.h"

#include <unistd.h>

#include "base/id.h"
#include "migrations.h"
#include "store/test_store.h"
#include "work/node.sql.h"

/* Several processes on one store: each with an env of its own. */
struct process {
    struct env env;
    struct id_source ids;
    int64_t offset_ms, steered_ms;
    struct node *node;
};

static struct store *begin(struct test *t)
{
    static const struct migration *const migrations[] = { work_migrations, NULL };

    return test_store(t, migrations);
}

static void start(
    struct process *p, struct test *t, struct store *store, const char *folder, int64_t lease_ms)
{
    *p = (struct process){ .env = *env_system() };
    p->env.ids = &p->ids;
    p->env.steered_ms = &p->steered_ms;
    ASSERT_OK(node_open(&(struct node_options){ .store = store,
                            .env = &p->env,
                            .folder = folder,
                            .version = "test",
                            .lease_ms = lease_ms },
        &p->node));
    (void)t;
}

static err list_nodes(struct db *db, void *arg)
{
    return node_list(db, arg);
}

static err ask_free(struct db *db, void *arg)
{
    return node_spool_free(db, *(int64_t *)arg);
}

static err spool_free(struct store *store, int64_t spool)
{
    return store_write(store, ask_free, &spool);
}

TEST(nodes_have_different_numbers_in_their_ids)
{
    struct store *store = begin(t);
    struct process a, b;

    start(&a, t, store, "/tmp", 0);
    start(&b, t, store, "/tmp", 0);
    ASSERT_INT(a.env.node, 1);
    ASSERT_INT(b.env.node, 2);
    ASSERT_INT(id_new(&a.env) >> 12 & 1023, 1);
    ASSERT_INT(id_new(&b.env) >> 12 & 1023, 2);
    node_close(a.node);
    node_close(b.node);
}

/* Not at once: the other's clock may have been a little ahead. */
static err free_all(struct db *db, void *arg)
{
    static const char *const none[] = { NULL };
    static const struct statement all_free = { "all_free",
        { "UPDATE node SET free_at = 0", "UPDATE node SET free_at = 0" }, none, true };

    (void)arg;
    return db_run(db, &all_free, NO_PARAMS, NULL, NULL, NULL);
}

TEST(a_number_given_back_is_used_again_after_a_while_and_one_of_a_dead_node_after_new_ones)
{
    struct store *store = begin(t);
    struct process a, b, c;

    start(&a, t, store, "/tmp", 0);
    node_close(a.node);
    start(&b, t, store, "/tmp", 0);
    ASSERT_INT(b.env.node, 2);
    ASSERT_OK(store_write(store, free_all, NULL)); /* b's is not given back, only old */
    start(&c, t, store, "/tmp", 0);
    ASSERT_INT(c.env.node, 1);
    start(&a, t, store, "/tmp", 0);
    ASSERT_INT(a.env.node, 3);
    node_close(a.node);
    node_close(b.node);
    node_close(c.node);
}

TEST(a_journal_has_one_node_while_that_lives)
{
    struct store *store = begin(t);
    struct process a, b;
    const char *folder = test_folder(t);

    start(&a, t, store, folder, 600);
    start(&b, t, store, "/", 600);
    ASSERT_OK(node_hold_spool(a.node, 77));
    ASSERT_ERR(node_hold_spool(b.node, 77), &NODE_HOLDS_SPOOL);
    ASSERT_ERR(spool_free(store, 77), &NODE_HOLDS_SPOOL);
    ASSERT_OK(spool_free(store, 78));
    usleep(900 * 1000); /* a has renewed its lease */
    ASSERT_ERR(node_hold_spool(b.node, 77), &NODE_HOLDS_SPOOL);
    node_close(a.node);
    ASSERT_OK(spool_free(store, 77));
    ASSERT_OK(node_hold_spool(b.node, 77));
    node_close(b.node);
}

TEST(who_finds_the_folder_of_a_dead_node_need_not_wait)
{
    struct store *store = begin(t);
    struct process dead, next;
    const char *folder = test_folder(t);
    struct list rows;

    start(&dead, t, store, folder, 0);
    ASSERT_OK(node_hold_spool(dead.node, 77));
    start(&next, t, store, folder, 0);
    ASSERT_INT(node_former(dead.node), 0);
    ASSERT_OK(node_hold_spool(next.node, 77));
    ASSERT_INT(node_former(next.node), dead.env.node);
    ASSERT_OK(store_write(store, list_nodes, &rows));
    ASSERT_INT(rows.count, 1);
    ASSERT_INT(((struct node_row *)rows.at)->number, next.env.node);
    ASSERT_TRUE(((struct node_row *)rows.at)->is_alive);
    node_close(dead.node); /* changes nothing */
    ASSERT_ERR(spool_free(store, 77), &NODE_HOLDS_SPOOL);
    node_close(next.node);
}

static int64_t ahead_ms(const struct process *p)
{
    return p->env.now(&p->env).ms - env_system()->now(env_system()).ms;
}

TEST(a_wrong_clock_follows_the_databases_and_keeps_what_a_test_added)
{
    struct store *store = begin(t);
    struct process p = { .env = *env_system() };
    instant late = instant_plus_ms(env_system()->now(env_system()), -30 * (int64_t)SECOND_MS);

    p.env.ids = &p.ids;
    p.env.clock_offset_ms = &p.offset_ms;
    p.env.steered_ms = &p.steered_ms;
    env_clock_steer(&p.env, late);
    env_advance(&p.env, DAY_MS);
    ASSERT_TRUE(ahead_ms(&p) < DAY_MS - 29 * SECOND_MS);
    ASSERT_OK(node_open(
        &(struct node_options){
            .store = store, .env = &p.env, .folder = "/", .version = "test", .lease_ms = 300 },
        &p.node));
    ASSERT_TRUE(ahead_ms(&p) > DAY_MS - 300 && ahead_ms(&p) < DAY_MS + 300);
    env_advance(&p.env, DAY_MS);
    usleep(300 * 1000);
    ASSERT_TRUE(ahead_ms(&p) > 2 * DAY_MS - 300 && ahead_ms(&p) < 2 * DAY_MS + 300);
    node_close(p.node);
}

/* Another's clock of ticks, by which one round takes long. */
static struct {
    int asked, slow, late_us;
} stopwatch;

static int64_t slow_ticks(const struct env *env)
{
    (void)env;
    if (++stopwatch.asked == stopwatch.slow)
        stopwatch.late_us = 400 * 1000;
    return env_system()->ticks_us(env_system()) + stopwatch.late_us;
}

static int64_t ahead_after(struct test *t, struct store *store, int slow)
{
    struct process p = { .env = *env_system() };

    p.env.ids = &p.ids;
    p.env.ticks_us = slow_ticks;
    p.env.steered_ms = &p.steered_ms;
    stopwatch = (typeof(stopwatch)){ .slow = slow };
    ASSERT_OK(node_open(
        &(struct node_options){
            .store = store, .env = &p.env, .folder = test_folder(t), .version = "test" },
        &p.node));
    int64_t steered = p.steered_ms + slow_ticks(&p.env) / 1000;
    int64_t ahead = steered - env_system()->now(env_system()).ms;
    ASSERT_TRUE(stopwatch.asked > slow);
    node_close(p.node);
    return ahead;
}

TEST(a_clock_is_not_taken_from_an_answer_that_came_late)
{
    struct store *store = begin(t);
    int64_t ahead = ahead_after(t, store, 3); /* the end of the first round */

    test_case("%lld ms", (long long)ahead);
    ASSERT_TRUE(ahead > -100 && ahead < 100);
}

RUN_TESTS(ROW(nodes_have_different_numbers_in_their_ids),
    ROW(a_number_given_back_is_used_again_after_a_while_and_one_of_a_dead_node_after_new_ones),
    ROW(a_journal_has_one_node_while_that_lives),
    ROW(who_finds_the_folder_of_a_dead_node_need_not_wait),
    ROW(a_wrong_clock_follows_the_databases_and_keeps_what_a_test_added),
    ROW(a_clock_is_not_taken_from_an_answer_that_came_late))
