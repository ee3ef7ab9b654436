/* What was acknowledged is there: after kill -9, a full disk, a failed sync. This program has its
 * own write() and fdatasync(): SQLite, which is linked in, calls them, and they fail when a test
 * says so. */
#include "store/test_note.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a disk that fails when told to --------------------------------------------------------- */

static atomic_llong space_left = -1; /* bytes; -1: no end */
static atomic_int write_errno = ENOSPC;
static atomic_int syncs_left = -1; /* -1: no end */
static atomic_int sync_count;

static bool is_ours(int fd)
{
    char link[64], path[256];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof(path) - 1);
    path[len > 0 ? len : 0] = '\0';
    return strstr(path, "test.db") != NULL;
}

static bool may_write(int fd, size_t size)
{
    if (atomic_load(&space_left) < 0 || !is_ours(fd))
        return true;
    if (atomic_fetch_sub(&space_left, (long long)size) >= (long long)size)
        return true;
    atomic_store(&space_left, 0);
    errno = atomic_load(&write_errno);
    return false;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return may_write(fd, size) ? syscall(SYS_write, fd, bytes, size) : -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    return may_write(fd, size) ? syscall(SYS_pwrite64, fd, bytes, size, at) : -1;
}

static bool may_sync(int fd)
{
    if (!is_ours(fd))
        return true;
    atomic_fetch_add(&sync_count, 1);
    if (atomic_load(&syncs_left) < 0 || atomic_fetch_sub(&syncs_left, 1) > 0)
        return true;
    atomic_store(&syncs_left, 0);
    errno = EIO;
    return false;
}

int fdatasync(int fd)
{
    return may_sync(fd) ? (int)syscall(SYS_fdatasync, fd) : -1;
}

int fsync(int fd)
{
    return may_sync(fd) ? (int)syscall(SYS_fsync, fd) : -1;
}

static void mend_disk(void)
{
    atomic_store(&space_left, -1);
    atomic_store(&write_errno, ENOSPC);
    atomic_store(&syncs_left, -1);
}

/* ---- a child that writes, and tells what was acknowledged ----------------------------------- */

enum { WRITERS = 6 };

struct child {
    struct store *store;
    int tell;
    int64_t first;
    pthread_t thread;
};

static bool hasty; /* the control: tells before the commit */

struct hasty_write {
    struct note_write write;
    int tell;
};

static err tell_too_early(struct db *db, void *arg)
{
    struct hasty_write *w = arg;
    TRY(note_write(db, &w->write));
    int64_t id = w->write.note.id;
    bool told = syscall(SYS_write, w->tell, &id, sizeof(id)) == sizeof(id);
    usleep(1000);
    return told ? NULL : &STORE_BROKEN;
}

static void *write_hastily(void *arg)
{
    struct child *c = arg;
    for (int64_t id = c->first;; id += WRITERS) {
        struct hasty_write w = { .write.note = { .id = id, .rank = id % 9 }, .tell = c->tell };
        if (store_write(c->store, tell_too_early, &w))
            return NULL;
    }
}

static void *write_on(void *arg)
{
    struct child *c = arg;
    for (int64_t id = c->first;; id += WRITERS) {
        if (note_put(c->store, id, id % 9, NULL))
            continue; /* refused: not acknowledged */
        if (syscall(SYS_write, c->tell, &id, sizeof(id)) != sizeof(id))
            return NULL;
    }
}

static void be_the_child(
    struct test *t, int tell, int64_t first, int syncs, long long space, int error)
{
    struct store_options o = test_store_options(t, note_tables);
    struct child threads[WRITERS];
    struct store *s;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_level_set(LOG_ERROR + 1);
    o.rerun = false;
    if (store_open(&o, &s))
        _exit(3);
    atomic_store(&write_errno, error);
    atomic_store(&space_left, space);
    atomic_store(&syncs_left, syncs);
    for (int i = 0; i < WRITERS; i++) {
        threads[i] = (struct child){ .store = s, .tell = tell, .first = first + i };
        if (pthread_create(&threads[i].thread, NULL, hasty ? write_hastily : write_on, &threads[i]))
            _exit(4);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i].thread, NULL);
    _exit(0);
}

struct life {
    pid_t pid;
    int hear;
};

static struct life begin_life(struct test *t, int64_t first, int syncs, long long space, int error)
{
    int ends[2];
    (void)test_folder(t); /* made before the fork: the same for every life */
    ASSERT_INT(pipe(ends), 0);
    struct life life = { .pid = fork(), .hear = ends[0] };
    ASSERT_TRUE(life.pid >= 0);
    if (life.pid == 0) {
        close(ends[0]);
        be_the_child(t, ends[1], first, syncs, space, error);
    }
    close(ends[1]);
    return life;
}

/* Reads what it acknowledged until its end of the pipe is gone; gives how it ended. */
static int end_life(struct life *life, int64_t *acknowledged, size_t *count, size_t most)
{
    int64_t id;
    int status;
    while (read(life->hear, &id, sizeof(id)) == sizeof(id) && *count < most)
        acknowledged[(*count)++] = id;
    close(life->hear);
    ASSERT_INT(waitpid(life->pid, &status, 0), life->pid);
    return status;
}

static err find_note(struct db *db, void *arg)
{
    struct note *n = arg;
    return db_get(db, &note_get, PARAMS(P("id", n->id)), &note_fields, n, &STORE_MISSING);
}

static void all_there(struct test *t, const int64_t *acknowledged, size_t count)
{
    struct store *s;
    struct store_options o = test_store_options(t, note_tables);
    str report;
    ASSERT_OK(store_open(&o, &s));
    for (size_t i = 0; i < count; i++) {
        struct note n = { .id = acknowledged[i] };
        test_case("acknowledged %lld", (long long)acknowledged[i]);
        ASSERT_OK(store_read(s, find_note, &n));
        ASSERT_INT(n.rank, acknowledged[i] % 9);
    }
    ASSERT_TRUE(notes(s) >= (int64_t)count);
    ASSERT_OK(store_check(s, t->arena, &report));
    store_close(s);
}

enum { KILLS = 20, ACKNOWLEDGED_MOST = 400000 };

TEST(a_kill_loses_nothing_that_was_acknowledged)
{
    static int64_t acknowledged[ACKNOWLEDGED_MOST];
    size_t count = 0;
    for (int64_t i = 0; i < KILLS; i++) {
        size_t before = count;
        struct life life = begin_life(t, (i + 1) * 1000000, -1, -1, 0);
        usleep((useconds_t)test_random_between(t, 30000, 150000));
        kill(life.pid, SIGKILL);
        int status = end_life(&life, acknowledged, &count, ACKNOWLEDGED_MOST);
        test_case("life %d", (int)i);
        ASSERT_TRUE(WIFSIGNALED(status));
        all_there(t, acknowledged + before, count - before);
    }
    ASSERT_TRUE(count > KILLS); /* it did acknowledge while it lived */
    all_there(t, acknowledged, count);
}

static size_t missing(struct test *t, const int64_t *acknowledged, size_t count)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    size_t missed = 0;
    ASSERT_OK(store_open(&o, &s));
    for (size_t i = 0; i < count; i++) {
        struct note n = { .id = acknowledged[i] };
        missed += store_read(s, find_note, &n) == &STORE_MISSING;
    }
    store_close(s);
    return missed;
}

TEST(a_kill_finds_out_who_acknowledges_before_the_commit)
{
    static int64_t acknowledged[ACKNOWLEDGED_MOST];
    size_t missed = 0;
    hasty = true;
    for (int64_t i = 0; i < 3 * KILLS && missed == 0; i++) {
        size_t count = 0;
        struct life life = begin_life(t, (i + 1) * 1000000, -1, -1, 0);
        usleep((useconds_t)test_random_between(t, 30000, 60000));
        kill(life.pid, SIGKILL);
        end_life(&life, acknowledged, &count, ACKNOWLEDGED_MOST);
        missed = missing(t, acknowledged, count);
    }
    hasty = false;
    ASSERT_TRUE(missed > 0);
}

TEST(a_failed_sync_stops_the_process_before_any_answer)
{
    static int64_t acknowledged[ACKNOWLEDGED_MOST];
    size_t count = 0;
    for (int k = 0; k < 12; k++) {
        size_t before = count;
        struct life life = begin_life(t, (k + 1) * 1000000, k, -1, 0);
        int status = end_life(&life, acknowledged, &count, ACKNOWLEDGED_MOST);
        test_case("sync %d", k);
        ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 3);
        if (k == 0)
            ASSERT_INT(count, 0);
        /* A commit is one sync: no more groups than syncs were answered, of six writers each. */
        ASSERT_TRUE(count - before <= (size_t)k * WRITERS);
        all_there(t, acknowledged + before, count - before);
    }
    ASSERT_TRUE(count > 0);
}

TEST(a_failed_write_stops_the_process_before_any_answer)
{
    static int64_t acknowledged[ACKNOWLEDGED_MOST];
    size_t count = 0;
    for (int k = 0; k < 8; k++) {
        size_t before = count;
        struct life life = begin_life(t, (k + 1) * 1000000, -1, k * 7001, EIO);
        int status = end_life(&life, acknowledged, &count, ACKNOWLEDGED_MOST);
        test_case("write %d", k);
        ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        all_there(t, acknowledged + before, count - before);
    }
    ASSERT_TRUE(count > 0);
}

TEST(every_commit_is_synced)
{
    struct store *s = test_store(t, note_tables);
    for (int64_t i = 1; i <= 10; i++) {
        int before = atomic_load(&sync_count);
        ASSERT_OK(note_put(s, i, 1, NULL));
        ASSERT_TRUE(atomic_load(&sync_count) > before);
    }
}

/* ---- a full disk ---------------------------------------------------------------------------- */

static const char *long_name(struct test *t, int64_t id, size_t size)
{
    char *name = arena_zero(t->arena, size + 1);
    memset(name, 'n', size);
    snprintf(name, 20, "%lld", (long long)id);
    return name;
}

TEST(a_full_disk_refuses_keeps_nothing_and_recovers)
{
    struct store *s = test_store(t, note_tables);
    struct store_health health;
    str report;
    int64_t id = 0, kept = 0;
    for (long long space = 0; space < 60000; space += 2111) {
        test_case("space for %lld bytes", space);
        atomic_store(&space_left, space);
        log_level_set(LOG_ERROR + 1);
        err answer = NULL;
        while (!answer) {
            id++;
            answer = note_put(s, id, 1, long_name(t, id, 9000));
            kept += !answer;
        }
        log_level_set(LOG_ERROR);
        ASSERT_ERR(answer, &STORE_BUSY);
        store_health(s, &health);
        ASSERT_FALSE(health.writable);
        ASSERT_INT(notes(s), kept); /* reading goes on */
        mend_disk();
        ASSERT_OK(note_put(s, ++id, 1, NULL));
        kept++;
        store_health(s, &health);
        ASSERT_TRUE(health.writable);
        ASSERT_INT(notes(s), kept);
    }
    ASSERT_OK(store_check(s, t->arena, &report));
}

TEST(a_real_full_disk_refuses_too)
{
    const char *folder = test_folder(t);
    if (mount("tmpfs", folder, "tmpfs", 0, "size=2m")) {
        printf("# skipped: no small file system can be mounted here (%s)\n", strerror(errno));
        return;
    }
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    int64_t id = 0;
    err answer = NULL;
    str report;
    ASSERT_OK(store_open(&o, &s));
    log_level_set(LOG_ERROR + 1);
    while (!answer && id < 100000) {
        id++;
        answer = note_put(s, id, 1, long_name(t, id, 20000));
    }
    log_level_set(LOG_ERROR);
    ASSERT_ERR(answer, &STORE_BUSY);
    ASSERT_INT(notes(s), id - 1);
    ASSERT_INT(mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=16m"), 0);
    ASSERT_OK(note_put(s, id, 1, long_name(t, id, 20000)));
    ASSERT_INT(notes(s), id);
    ASSERT_OK(store_check(s, t->arena, &report));
    store_close(s);
    ASSERT_INT(umount(folder), 0);
}

/* ---- the right engine with the right settings ----------------------------------------------- */

TEST(settings_that_would_lose_a_write_are_refused)
{
    static const char *const cases[] = {
        "PRAGMA synchronous = NORMAL",
        "PRAGMA synchronous = OFF",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA mmap_size = 1000000",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA wal_autocheckpoint = 1000",
        "PRAGMA trusted_schema = ON",
        "PRAGMA cell_size_check = OFF",
    };
    struct store *s = test_store(t, note_tables);
    const struct engine *engine = s->engine;
    log_level_set(LOG_ERROR + 1);
    EACH (c, cases) {
        struct conn *conn;
        test_case("%s", *c);
        ASSERT_OK(engine->connect(s, USE_WRITE, &conn));
        ASSERT_OK(engine->settings_check(conn)); /* the control */
        err changed = engine->script(conn, *c);
        if (!changed) /* journal_mode cannot be changed while others have it open */
            ASSERT_TRUE(engine->settings_check(conn) == &STORE_UNFIT || strstr(*c, "journal_mode"));
        engine->disconnect(conn);
    }
    log_level_set(LOG_ERROR);
}

TEST(versions_that_lose_commits_are_refused)
{
    static const struct {
        int number;
        bool fits;
    } cases[] = { { 3040001, false }, { 3051002, false }, { 3051003, true }, { 3052000, false },
        { 3052001, true }, { 3053002, true } };
    EACH (c, cases) {
        test_case("%d", c->number);
        ASSERT_INT(sqlite_version_fits(c->number), c->fits);
    }
}

TEST(a_store_is_served_by_one_process)
{
    struct store *s = test_store(t, note_tables), *other;
    struct store_options o = test_store_options(t, note_tables);
    ASSERT_TRUE(s != NULL);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_open(&o, &other), &STORE_IN_USE);
    o.url = str_printf(t->arena, "sqlite:%s/none.db", test_folder(t)).at;
    o.create = false;
    ASSERT_ERR(store_open(&o, &other), &STORE_MISSING);
    o.url = "mysql://x";
    ASSERT_ERR(store_open(&o, &other), &STORE_UNFIT);
    log_level_set(LOG_ERROR);
}

TEST(a_long_log_is_written_back)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    ASSERT_OK(store_open(&o, &s));
    struct conn *conn = writer_conn(s->writer);
    for (int64_t i = 1; i <= 40; i++)
        ASSERT_OK(note_put(s, i, 1, long_name(t, i, 600000)));
    struct store_health health;
    store_health(s, &health);
    ASSERT_TRUE(health.bytes < 100 * 1000 * 1000);
    ASSERT_TRUE(conn->log_pages <
                12000); /* 40 × 150 pages, twice over for the reruns, did not stay in it */
    ASSERT_INT(notes(s), 40);
    store_close(s);
}

RUN_TESTS(ROW(a_kill_loses_nothing_that_was_acknowledged),
    ROW(a_kill_finds_out_who_acknowledges_before_the_commit),
    ROW(a_failed_sync_stops_the_process_before_any_answer),
    ROW(a_failed_write_stops_the_process_before_any_answer), ROW(every_commit_is_synced),
    ROW(a_full_disk_refuses_keeps_nothing_and_recovers), ROW(a_real_full_disk_refuses_too),
    ROW(settings_that_would_lose_a_write_are_refused), ROW(versions_that_lose_commits_are_refused),
    ROW(a_store_is_served_by_one_process), ROW(a_long_log_is_written_back))
