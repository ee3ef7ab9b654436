/* The journal of clicks: what is acknowledged is kept. */
#include "base/test.h"
#include "store/cut_disk.h"
#include "store/segment.h"
#include "store/spool.h"
#include "store/test_spool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct found {
    int64_t numbers[20000];
    size_t count;
    bool is_sound; /* every record whole, numbers rising */
};

static err note_record(const void *record, size_t size, void *arg)
{
    struct found *f = arg;
    unsigned char wanted[400];
    int64_t number;
    memcpy(&number, record, 8);
    f->is_sound = f->is_sound && size >= 16 && test_spool_record(number, wanted) == size &&
                  memcmp(wanted, record, size) == 0 &&
                  (f->count == 0 || f->numbers[f->count - 1] < number);
    f->numbers[f->count++] = number;
    return NULL;
}

static struct spool_position read_all(
    struct spool *s, struct spool_position from, struct found *out)
{
    out->count = 0;
    out->is_sound = true;
    struct spool_position next = from;
    do {
        from = next;
        ASSERT_OK(spool_read(s, from, 4096, note_record, out, &next));
    } while (next.sequence != from.sequence || next.offset != from.offset);
    return next;
}

/* ---- on real files
 * ------------------------------------------------------------------------------------ */

static void *append_many(void *arg)
{
    struct test_spool_counted *c = arg;
    for (int64_t i = 0; i < 2000; i++) {
        unsigned char record[16] = { 0 };
        int64_t number = c->from + i;
        memcpy(record, &number, 8);
        while (spool_append(c->spool, record, sizeof(record), test_spool_count, c) != NULL)
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return NULL;
}

static err mark_seen(const void *record, size_t size, void *arg)
{
    int64_t number;
    ASSERT_INT(size, 16);
    memcpy(&number, record, 8);
    ((unsigned char *)arg)[number]++;
    return NULL;
}

TEST(four_writers_lose_nothing_and_everything_is_there_after_reopening)
{
    struct env env = test_spool_env(NULL);
    const char *folder = test_folder(t);
    struct spool *s = test_spool_open(&env, folder);
    struct test_spool_counted c[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        c[i] = (struct test_spool_counted){ .spool = s, .from = i * 2000 };
        ASSERT_INT(pthread_create(&threads[i], NULL, append_many, &c[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ASSERT_OK(spool_flush(s));
    for (int i = 0; i < 4; i++) {
        ASSERT_INT(c[i].safe, 2000);
        ASSERT_INT(c[i].refused, 0);
    }
    struct spool_health health;
    spool_health(s, &health);
    ASSERT_INT(health.synced, 8000);
    ASSERT_TRUE(health.groups < 8000);
    spool_close(s);

    s = test_spool_open(&env, folder);
    unsigned char seen[8000] = { 0 };
    struct spool_position from = { 0 }, next = { 0 };
    do {
        from = next;
        ASSERT_OK(spool_read(s, from, 100000, mark_seen, seen, &next));
    } while (next.sequence != from.sequence || next.offset != from.offset);
    for (int i = 0; i < 8000; i++)
        ASSERT_INT(seen[i], 1);
    spool_close(s);
}

TEST(second_process_is_refused_and_welcome_when_the_first_has_gone)
{
    struct env env = test_spool_env(NULL);
    const char *folder = test_folder(t);
    struct spool *first = test_spool_open(&env, folder), *second;
    struct spool_options o = { .path = folder, .env = &env, .segment_bytes = SMALL_SEGMENT };
    ASSERT_ERR(spool_open(&o, &second), &SPOOL_INUSE);
    spool_close(first);
    ASSERT_OK(spool_open(&o, &second));
    spool_close(second);
}

TEST(released_segments_are_used_again)
{
    struct env env = test_spool_env(NULL);
    struct spool *s = test_spool_open(&env, test_folder(t));
    struct spool_position at = { 0 };
    static struct found found;
    for (int64_t number = 0; number < 8000; number++) {
        test_spool_append(s, number, NULL, NULL);
        if (number % 200 == 199) {
            ASSERT_OK(spool_flush(s));
            at = read_all(s, at, &found);
            ASSERT_TRUE(found.is_sound);
            ASSERT_INT(found.count, 200);
            ASSERT_INT(found.numbers[199], number);
            spool_release(s, at);
        }
    }
    struct spool_health health;
    spool_health(s, &health);
    ASSERT_TRUE(health.segments <= 4); /* 1.4 MB went through segments of 80 KiB */
    ASSERT_TRUE(health.bytes_undrained == 0);
    spool_close(s);
}

/* ---- power cuts
 * --------------------------------------------------------------------------------------- */

enum { CUT_RECORDS = 1500, DRAINED = 1 << 20 };

struct acknowledging {
    struct cut_disk *disk;
    int64_t number;
};

static void note_done(void *arg, bool ok)
{
    struct acknowledging *a = arg;
    if (ok)
        cut_disk_note(a->disk, a->number);
}

/* Where the drain stood after its k-th round, by the note DRAINED + k. */
struct drained {
    struct spool_position at;
    int64_t numbers_below;
};

/* Groups of one to five records, written by the sync thread or by the caller, drained and released
 * now and then. */
static size_t cut_workload(
    struct test *t, struct cut_disk *disk, struct acknowledging *a, struct drained *rounds)
{
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/cut");
    static struct found found;
    size_t round = 0;
    rounds[round] = (struct drained){ 0 };
    for (int64_t number = 0; number < CUT_RECORDS; number++) {
        a[number] = (struct acknowledging){ .disk = disk, .number = number };
        bool is_loop = test_random_between(t, 0, 2) == 0;
        (is_loop ? test_spool_round : test_spool_append)(s, number, note_done, &a[number]);
        if (test_random_between(t, 0, 2) == 0)
            ASSERT_OK(spool_flush(s));
        if (number % 250 == 249) {
            ASSERT_OK(spool_flush(s));
            struct spool_position at = read_all(s, rounds[round].at, &found);
            rounds[++round] = (struct drained){ .at = at, .numbers_below = number + 1 };
            cut_disk_note(disk, DRAINED + (int64_t)round);
            spool_release(s, at);
        }
    }
    spool_close(s);
    return round;
}

static void check_after_cut(struct cut_disk *cut, const int64_t *notes, size_t note_count,
    const struct drained *rounds, bool writes_on, struct found *found)
{
    struct drained drained = rounds[0];
    bool acknowledged[CUT_RECORDS] = { false };
    for (size_t i = 0; i < note_count; i++) {
        if (notes[i] >= DRAINED)
            drained = rounds[notes[i] - DRAINED];
        else
            acknowledged[notes[i]] = true;
    }

    struct env env = test_spool_env(cut_disk_files(cut));
    struct spool *s = test_spool_open(&env, "/cut");
    struct spool_position next = read_all(s, drained.at, found);
    ASSERT_TRUE(found->is_sound);
    bool is_found[CUT_RECORDS] = { false };
    for (size_t i = 0; i < found->count; i++) {
        ASSERT_TRUE(found->numbers[i] >= drained.numbers_below && found->numbers[i] < CUT_RECORDS);
        is_found[found->numbers[i]] = true;
    }
    for (int64_t n = drained.numbers_below; n < CUT_RECORDS; n++)
        ASSERT_TRUE(is_found[n] || !acknowledged[n]);

    if (!writes_on) {
        spool_close(s);
        return;
    }
    /* Written on after the cut: the new records follow and nothing old comes back between them. */
    size_t before = found->count;
    for (int64_t n = 0; n < 3; n++)
        test_spool_append(s, 10000 + n, NULL, NULL);
    ASSERT_OK(spool_flush(s));
    read_all(s, next, found);
    ASSERT_INT(found->count, 3);
    ASSERT_INT(found->numbers[0], 10000);
    spool_close(s);

    s = test_spool_open(&env, "/cut");
    read_all(s, drained.at, found);
    ASSERT_TRUE(found->is_sound);
    ASSERT_INT(found->count, before + 3);
    spool_close(s);
}

TEST(every_power_cut_leaves_exactly_the_acknowledged_records)
{
    struct cut_disk *disk = cut_disk_new();
    static struct acknowledging acknowledging[CUT_RECORDS];
    static struct drained rounds[16];
    static struct found found;
    cut_workload(t, disk, acknowledging, rounds);

    size_t calls = cut_disk_calls(disk), points = 0;
    int64_t *notes = calloc(calls, sizeof(*notes));
    for (size_t until = 0; until <= calls; until++, points++) {
        enum cut cut = (enum cut)(points % 3);
        test_case("cut before call %zu of %zu, kind %d", until, calls, (int)cut);
        struct cut_disk *after = cut_disk_after(disk, until, cut, points);
        size_t count = cut_disk_notes(disk, until, notes);
        check_after_cut(after, notes, count, rounds, points % 4 == 0, &found);
        cut_disk_free(after);
    }
    ASSERT_TRUE(points >= 2000);
    free(notes);
    cut_disk_free(disk);
}

/* The control: without syncs the same cuts do lose what was acknowledged, so the test above can see
 * it. */
static int sync_nothing(void *state, int fd)
{
    (void)state;
    (void)fd;
    return 0;
}

TEST(cuts_are_seen_when_syncs_are_left_out)
{
    struct cut_disk *disk = cut_disk_new();
    struct files lying = *cut_disk_files(disk);
    lying.datasync = sync_nothing;
    struct env env = test_spool_env(&lying);
    struct spool *s = test_spool_open(&env, "/cut");
    struct acknowledging a = { .disk = disk, .number = 0 };
    test_spool_append(s, 0, note_done, &a);
    ASSERT_OK(spool_flush(s));
    spool_close(s);

    int64_t note[8];
    size_t calls = cut_disk_calls(disk);
    ASSERT_INT(cut_disk_notes(disk, calls, note), 1);
    struct cut_disk *after = cut_disk_after(disk, calls, CUT_DROPS, 1);
    struct env env_after = test_spool_env(cut_disk_files(after));
    static struct found found;
    s = test_spool_open(&env_after, "/cut");
    read_all(s, (struct spool_position){ 0 }, &found);
    ASSERT_INT(found.count, 0);
    spool_close(s);
    cut_disk_free(after);
    cut_disk_free(disk);
}

/* ---- disks that misbehave
 * ----------------------------------------------------------------------------- */

static void write_byte(void *arg, bool ok)
{
    char byte = ok ? 'k' : 'r';
    if (write(*(int *)arg, &byte, 1) != 1)
        abort();
}

/* A child appends one record; what it wrote to the pipe, and how it ended. */
static ssize_t run_child(bool fails_syncs, bool is_loop, char *out, int *out_status)
{
    int ends[2];
    ASSERT_INT(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        close(2);
        struct cut_disk *disk = cut_disk_new();
        struct env env = test_spool_env(cut_disk_files(disk));
        struct spool *s;
        struct spool_options o = { .path = "/x", .env = &env, .segment_bytes = SMALL_SEGMENT };
        unsigned char record[400];
        if (spool_open(&o, &s) ||
            spool_append(s, record, test_spool_record(1, record), NULL, NULL) || spool_flush(s))
            _exit(7);
        cut_disk_fail_syncs(disk, fails_syncs);
        if (is_loop)
            test_spool_round(s, 2, write_byte, &ends[1]);
        else
            test_spool_append(s, 2, write_byte, &ends[1]);
        if (spool_flush(s))
            _exit(8);
        _exit(0);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], out, 8);
    close(ends[0]);
    ASSERT_INT(waitpid(child, out_status, 0), child);
    return got;
}

TEST(failed_sync_stops_the_process_before_any_answer)
{
    for (int is_loop = 0; is_loop < 2; is_loop++) {
        char out[8];
        int status;
        ASSERT_INT(run_child(false, is_loop, out, &status), 1); /* the control */
        ASSERT_INT(out[0], 'k');
        ASSERT_INT(status, 0);

        ASSERT_INT(run_child(true, is_loop, out, &status), 0);
        ASSERT_TRUE(status != 0);
        ASSERT_TRUE(!WIFEXITED(status) || (WEXITSTATUS(status) != 7 && WEXITSTATUS(status) != 8));
    }
}

/* Appends until it is taken; false after five seconds. */
static bool append_at_last(struct spool *s, int64_t number)
{
    unsigned char record[400];
    size_t size = test_spool_record(number, record);
    for (int i = 0; i < 500; i++) {
        if (spool_append(s, record, size, NULL, NULL) == NULL && spool_flush(s) == NULL)
            return true;
        test_sleep_ms(10);
    }
    return false;
}

TEST(slow_sync_refuses_and_recovers_by_itself)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s;
    ASSERT_OK(spool_open(
        &(struct spool_options){
            .path = "/slow", .env = &env, .segment_bytes = SMALL_SEGMENT, .slow_ms = 50 },
        &s));
    test_spool_append(s, 1, NULL, NULL);
    ASSERT_OK(spool_flush(s));

    cut_disk_slow_syncs(disk, 700);
    struct test_spool_counted c = { 0 };
    test_spool_append(s, 2, test_spool_count, &c);
    test_sleep_ms(400);
    unsigned char record[400];
    ASSERT_ERR(spool_append(s, record, test_spool_record(3, record), NULL, NULL), &SPOOL_FULL);
    struct spool_health health;
    spool_health(s, &health);
    ASSERT_FALSE(health.accepting);
    ASSERT_INT(health.refused, 1);

    cut_disk_slow_syncs(disk, 0);
    ASSERT_TRUE(append_at_last(s, 4));
    ASSERT_INT(c.safe, 1); /* slow, but safe */
    spool_health(s, &health);
    ASSERT_TRUE(health.accepting);
    spool_close(s);
    cut_disk_free(disk);
}

TEST(full_disk_refuses_and_recovers_by_itself)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/full");
    test_spool_append(s, 0, NULL, NULL);
    ASSERT_OK(spool_flush(s));
    cut_disk_limit(disk, 3 * SMALL_SEGMENT + 100);

    struct test_spool_counted c = { 0 };
    unsigned char record[400];
    int64_t number = 1;
    while (c.refused == 0 && number < 9000) {
        if (spool_append(s, record, test_spool_record(number, record), test_spool_count, &c) ==
            NULL) {
            number++;
            err flushed = spool_flush(s);
            ASSERT_TRUE(flushed == NULL || c.refused > 0);
        }
    }
    struct spool_health health;
    spool_health(s, &health);
    ASSERT_FALSE(health.accepting);
    ASSERT_TRUE(c.safe > 1000);

    static struct found found;
    struct spool_position next = read_all(s, (struct spool_position){ 0 }, &found);
    ASSERT_TRUE(found.is_sound);
    ASSERT_INT(found.count, c.safe + 1);

    cut_disk_limit(disk, -1);
    ASSERT_TRUE(append_at_last(s, 9500));
    spool_health(s, &health);
    ASSERT_TRUE(health.accepting);
    read_all(s, next, &found);
    ASSERT_INT(found.count, 1);
    ASSERT_INT(found.numbers[0], 9500);
    spool_close(s);
    cut_disk_free(disk);
}

TEST(a_group_that_could_not_be_written_is_refused_and_never_comes_back)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/torn");
    test_spool_append(s, 1, NULL, NULL);
    ASSERT_OK(spool_flush(s));

    cut_disk_fail_writes(disk, true);
    struct test_spool_counted c = { 0 };
    for (int64_t n = 2; n < 10; n++) {
        unsigned char record[400];
        err refused = spool_append(s, record, test_spool_record(n, record), test_spool_count, &c);
        ASSERT_TRUE(refused == NULL || refused == &SPOOL_FULL);
    }
    ASSERT_ERR(spool_flush(s), &SPOOL_FULL);
    ASSERT_INT(c.safe, 0);
    ASSERT_TRUE(c.refused > 0);

    cut_disk_fail_writes(disk, false);
    ASSERT_TRUE(append_at_last(s, 20));
    static struct found found;
    read_all(s, (struct spool_position){ 0 }, &found);
    ASSERT_TRUE(found.is_sound);
    ASSERT_INT(found.count, 2);
    ASSERT_INT(found.numbers[1], 20);
    spool_close(s);

    s = test_spool_open(&env, "/torn");
    read_all(s, (struct spool_position){ 0 }, &found);
    ASSERT_INT(found.count, 2);
    spool_close(s);
    cut_disk_free(disk);
}

TEST(damage_costs_its_own_record_and_is_counted)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/rot");
    for (int64_t n = 0; n < 1000; n++)
        test_spool_append(s, n, NULL, NULL);
    ASSERT_OK(spool_flush(s));
    cut_disk_flip(disk, "/rot/000000.spool", SEGMENT_HEAD + 3); /* a length */
    cut_disk_flip(disk, "/rot/000000.spool", SEGMENT_HEAD + 4000);

    static struct found found;
    read_all(s, (struct spool_position){ 0 }, &found);
    ASSERT_TRUE(found.is_sound);
    ASSERT_INT(found.count, 998);
    ASSERT_INT(found.numbers[0], 1);
    ASSERT_INT(found.numbers[997], 999);
    struct spool_health health;
    spool_health(s, &health);
    ASSERT_TRUE(health.damaged_bytes > 0 && health.damaged_bytes < 800);
    spool_close(s);
    cut_disk_free(disk);
}

TEST(waiting_reader_wakes_for_a_record)
{
    struct env env = test_spool_env(NULL);
    struct spool *s = test_spool_open(&env, test_folder(t));
    struct spool_position start = spool_newest(s);
    ASSERT_FALSE(spool_wait(s, start, 20));
    test_spool_append(s, 1, NULL, NULL);
    ASSERT_TRUE(spool_wait(s, start, 5000));
    spool_close(s);
}

RUN_TESTS(ROW(four_writers_lose_nothing_and_everything_is_there_after_reopening),
    ROW(second_process_is_refused_and_welcome_when_the_first_has_gone),
    ROW(released_segments_are_used_again),
    ROW(every_power_cut_leaves_exactly_the_acknowledged_records),
    ROW(cuts_are_seen_when_syncs_are_left_out),
    ROW(failed_sync_stops_the_process_before_any_answer),
    ROW(slow_sync_refuses_and_recovers_by_itself), ROW(full_disk_refuses_and_recovers_by_itself),
    ROW(a_group_that_could_not_be_written_is_refused_and_never_comes_back),
    ROW(damage_costs_its_own_record_and_is_counted), ROW(waiting_reader_wakes_for_a_record))
