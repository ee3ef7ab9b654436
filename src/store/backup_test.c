/* Copies: made while serving, sound, and refused when they are not. */
#include "store/test_note.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BEFORE = 3000 };

static err fill(struct db *db, void *arg)
{
    struct test *t = arg;
    for (int64_t i = 1; i <= BEFORE; i++) {
        struct note note = {
            .id = i, .rank = i % 9, .name = str_printf(t->arena, "note number %05d", (int)i)
        };
        TRY(db_put(db, &note_insert, &note_fields, &note));
    }
    return NULL;
}

struct scribbler {
    struct store *store;
    atomic_bool stop;
    atomic_llong acknowledged;
    pthread_t thread;
};

static void *scribble(void *arg)
{
    struct scribbler *w = arg;
    for (int64_t id = BEFORE + 1; !atomic_load(&w->stop); id++) {
        if (note_put(w->store, id, id % 9, NULL))
            break;
        atomic_store(&w->acknowledged, id);
    }
    return NULL;
}

static const char *path_of(struct test *t, const char *name)
{
    return str_printf(t->arena, "%s/%s", test_folder(t), name).at;
}

static int64_t count_in(struct test *t, const char *path)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    o.url = str_printf(t->arena, "sqlite:%s", path).at;
    o.create = o.migrate = false;
    ASSERT_OK(store_open(&o, &s));
    int64_t count = notes(s);
    str report;
    ASSERT_OK(store_check(s, t->arena, &report));
    ASSERT_STR(report, "ok");
    store_close(s);
    return count;
}

TEST(a_copy_made_while_writing_has_all_that_was_acknowledged)
{
    struct store *s = test_store(t, note_tables);
    struct scribbler w = { .store = s };
    ASSERT_OK(store_write(s, fill, t));
    ASSERT_INT(pthread_create(&w.thread, NULL, scribble, &w), 0);
    for (int round = 0; round < 5; round++) {
        const char *path = path_of(t, str_printf(t->arena, "copy%d", round).at);
        str report;
        test_case("round %d", round);
        int64_t before = atomic_load(&w.acknowledged);
        ASSERT_OK(store_backup(s, path));
        int64_t after = atomic_load(&w.acknowledged); /* 0 until its thread has come to its turn */
        after = (after ? after : BEFORE) + 1;
        ASSERT_OK(store_backup_check(path, t->arena, &report));
        ASSERT_STR(report, "ok");
        int64_t count = count_in(t, path);
        ASSERT_TRUE(count >= (before ? before : BEFORE));
        ASSERT_TRUE(count <= after);
    }
    atomic_store(&w.stop, true);
    pthread_join(w.thread, NULL);
    ASSERT_TRUE(atomic_load(&w.acknowledged) > BEFORE);
    ASSERT_INT(notes(s), atomic_load(&w.acknowledged));
}

TEST(a_copy_replaces_nothing_and_is_its_owners_alone)
{
    struct store *s = test_store(t, note_tables);
    const char *path = path_of(t, "copy");
    struct stat about;
    ASSERT_OK(store_backup(s, path));
    ASSERT_INT(stat(path, &about), 0);
    ASSERT_INT(about.st_mode & 0777, 0600);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_backup(s, path), &STORE_CONFLICT);
    ASSERT_ERR(store_backup(s, path_of(t, "nowhere/copy")), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
    ASSERT_INT(access(path_of(t, "copy.part"), F_OK), -1);
}

static void flip(const char *path, off_t at)
{
    char byte;
    int fd = open(path, O_RDWR);
    ASSERT_INT(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 0x10);
    ASSERT_INT(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

TEST(every_changed_byte_of_a_copy_is_found)
{
    struct store *s = test_store(t, note_tables);
    const char *path = path_of(t, "copy");
    struct stat about;
    str report;
    ASSERT_OK(store_write(s, fill, t));
    ASSERT_OK(store_backup(s, path));
    ASSERT_INT(stat(path, &about), 0);
    for (int i = 0; i < 60; i++) {
        off_t at = test_random_between(t, 0, about.st_size - 1);
        test_case("byte %d", (int)at);
        flip(path, at);
        ASSERT_ERR(store_backup_check(path, t->arena, &report), &STORE_DAMAGED);
        flip(path, at);
    }
    ASSERT_OK(store_backup_check(path, t->arena, &report)); /* the control: it is whole again */
    ASSERT_INT(truncate(path, about.st_size - 4096), 0);
    ASSERT_ERR(store_backup_check(path, t->arena, &report), &STORE_DAMAGED);
    ASSERT_INT(unlink(path_of(t, "copy.sha256")), 0);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(
        store_backup_check(path, t->arena, &report), &STORE_DAMAGED); /* by its pages alone */
    log_level_set(LOG_ERROR);
}

TEST(a_copy_without_its_checksum_says_so)
{
    struct store *s = test_store(t, note_tables);
    const char *path = path_of(t, "copy");
    str report;
    ASSERT_OK(store_backup(s, path));
    ASSERT_INT(unlink(path_of(t, "copy.sha256")), 0);
    ASSERT_OK(store_backup_check(path, t->arena, &report));
    ASSERT_HAS(report, "without the checksum");
}

TEST(what_is_no_copy_is_refused)
{
    str report;
    const char *text = path_of(t, "text");
    FILE *f = fopen(text, "w");
    fputs("not a database, but long enough to be read as one, if nobody looked at it closely", f);
    fclose(f);
    struct store *s = test_store(t, note_tables);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_backup_check(path_of(t, "nothing"), t->arena, &report), &STORE_MISSING);
    ASSERT_ERR(store_backup_check(text, t->arena, &report), &STORE_DAMAGED);
    ASSERT_OK(note_put(s, 1, 1, NULL));
    ASSERT_ERR(store_backup_check(path_of(t, "test.db"), t->arena, &report), &STORE_DAMAGED);
    ASSERT_HAS(report, "in use");
    log_level_set(LOG_ERROR);
}

TEST(another_process_may_copy_beside_the_one_that_serves)
{
    struct store *serving = test_store(t, note_tables), *beside;
    struct store_options o = test_store_options(t, note_tables);
    str report;
    o.read_only = true;
    ASSERT_OK(note_put(serving, 1, 1, NULL));
    ASSERT_OK(store_open(&o, &beside));
    ASSERT_INT(notes(beside), 1);
    ASSERT_OK(store_backup(beside, path_of(t, "copy")));
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(note_put(beside, 2, 1, NULL), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
    store_close(beside);
    ASSERT_OK(note_put(serving, 2, 1, NULL));
    ASSERT_OK(store_backup_check(path_of(t, "copy"), t->arena, &report));
    ASSERT_INT(count_in(t, path_of(t, "copy")), 1);
}

RUN_TESTS(ROW(a_copy_made_while_writing_has_all_that_was_acknowledged),
    ROW(a_copy_replaces_nothing_and_is_its_owners_alone),
    ROW(every_changed_byte_of_a_copy_is_found), ROW(a_copy_without_its_checksum_says_so),
    ROW(what_is_no_copy_is_refused), ROW(another_process_may_copy_beside_the_one_that_serves))
