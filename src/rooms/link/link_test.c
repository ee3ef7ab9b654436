/* Codes, targets and the table of links: no store. */
#include "rooms/link/link_inside.h"

#include "base/url.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/test.h" /* last: it has a ROW of its own */

TEST(code_is_lowered_or_refused)
{
    static const struct {
        const char *text, *code;
    } cases[] = {
        { "Anna", "anna" },
        { " anna-tea_2 ", "anna-tea_2" },
        { "ab", "ab" },
        { "a", NULL },
        { "", NULL },
        { "anna tea", NULL },
        { "anna/tea", NULL },
        { "anna.tea", NULL },
        { "\xc4\x85nna", NULL },
        { "Admin", NULL },
        { "sign-in", NULL },
        { "1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890" },
        { "12345678901234567890123456789012345678901", NULL },
    };
    EACH (c, cases) {
        test_case("%s", c->text);
        str code;
        err wrong = link_code_read(t->arena, str_of(c->text), &code);
        if (c->code) {
            ASSERT_OK(wrong);
            ASSERT_STR(code, c->code);
        } else {
            ASSERT_ERR(wrong, &LINK_CODE);
        }
    }
}

TEST(name_becomes_a_code)
{
    static const struct {
        const char *name, *code;
    } cases[] = {
        { "Anna Lindqvist", "anna-lindqvist" },
        { "Zażółć Gęślą", "zazolc-gesla" },
        { "Jürgen Groß", "juergen-gross" },
        { "Ёлка и Чай", "elka-i-chay" },
        { "O'Brien & Sons", "obrien-sons" },
        { "  --  ", "" },
        { "茶", "" },
        { "X", "" },
        { "A very long name that would never fit on a card", "a-very-long-name-that-would-ne" },
    };
    EACH (c, cases) {
        test_case("%s", c->name);
        str code = link_code_of_name(t->arena, str_of(c->name));
        ASSERT_STR(code, c->code);
        if (code.len > 0)
            ASSERT_OK(link_code_read(t->arena, code, &code));
    }
}

TEST(token_goes_into_the_targets_own_query)
{
    static const struct {
        const char *target, *with, *without;
    } cases[] = {
        { "https://s.example/", "https://s.example/?tclid=T", "https://s.example/" },
        { "https://s.example", "https://s.example?tclid=T", "https://s.example" },
        { "https://s.example/p?a=1", "https://s.example/p?a=1&tclid=T", "https://s.example/p?a=1" },
        { "https://s.example/p?", "https://s.example/p?tclid=T", "https://s.example/p" },
        { "https://s.example/p#top", "https://s.example/p?tclid=T#top", "https://s.example/p#top" },
        { "https://s.example/p?a=1#x?y", "https://s.example/p?a=1&tclid=T#x?y",
            "https://s.example/p?a=1#x?y" },
        { "https://s.example/p?tclid=OLD&a=1", "https://s.example/p?a=1&tclid=T",
            "https://s.example/p?a=1" },
        { "https://s.example/p?a=1&tclid=OLD", "https://s.example/p?a=1&tclid=T",
            "https://s.example/p?a=1" },
        { "https://s.example/p?tclid", "https://s.example/p?tclid=T", "https://s.example/p" },
        { "https://s.example/p?xtclid=1", "https://s.example/p?xtclid=1&tclid=T",
            "https://s.example/p?xtclid=1" },
    };
    EACH (c, cases) {
        test_case("%s", c->target);
        ASSERT_STR(link_address(t->arena, str_of(c->target), STR("tclid"), STR("T")), c->with);
        ASSERT_STR(link_address(t->arena, str_of(c->target), STR("tclid"), STR_NONE), c->without);
    }
}

/* ---- the table
 * ---------------------------------------------------------------------------------------------- */

/* A link whose parts agree: target and ids say the same number as the code. */
static void put(struct link_table *table, int64_t number, int64_t version)
{
    char text[200];
    int code = snprintf(text, sizeof(text), "code-%lld", (long long)number);
    int target = snprintf(text + code, sizeof(text) - (size_t)code, "https://s.example/%lld/%lld",
        (long long)number, (long long)version);
    size_t bytes = sizeof(struct link_hot) + (size_t)(code + target);
    struct link_hot *link = malloc(bytes);
    char *at = (char *)(link + 1);
    memcpy(at, text, (size_t)(code + target));
    *link = (struct link_hot){ .id = number,
        .partner_id = version,
        .code = { at, (size_t)code },
        .target_head = { at + code, (size_t)target } };
    link_table_put(table, link, bytes);
}

static bool agrees(const struct link_hot *link, int64_t number)
{
    char wanted[100];
    int len = snprintf(wanted, sizeof(wanted), "https://s.example/%lld/%lld", (long long)number,
        (long long)link->partner_id);
    return link->id == number && str_eq(link->target_head, (str){ wanted, (size_t)len });
}

TEST(every_code_is_found_and_no_other)
{
    struct link_table table;
    link_table_open(&table, 7);
    for (int64_t i = 0; i < 50000; i++)
        put(&table, i, 1);
    link_table_settle(&table);
    ASSERT_INT(link_table_count(&table), 50000);
    for (int64_t i = 0; i < 50000; i++) {
        str code = str_printf(t->arena, i % 2 ? "code-%lld" : "CODE-%lld", (long long)i);
        const struct link_hot *link = link_table_find(&table, code);
        ASSERT_TRUE(link && agrees(link, i));
    }
    ASSERT_TRUE(link_table_find(&table, STR("code-50000")) == NULL);
    ASSERT_TRUE(link_table_find(&table, STR("")) == NULL);
    ASSERT_TRUE(link_table_find(&table, STR_NONE) == NULL);
    /* A million of them fit in 256 MB: 256 bytes each, the open slots included. */
    ASSERT_TRUE(table.bytes / 50000 < 256);
    link_table_close(&table);
}

enum { LINKS = 2000 };

struct reading {
    struct link_table *table;
    _Atomic bool stop;
    _Atomic int64_t found, wrong;
};

static void *read_links(void *arg)
{
    struct reading *r = arg;
    uint64_t random = (uintptr_t)&random;
    while (!atomic_load(&r->stop)) {
        random = random * UINT64_C(6364136223846793005) + 1;
        int64_t number = (int64_t)(random >> 33) % (2 * LINKS); /* the upper half is not there */
        char code[32];
        int len = snprintf(code, sizeof(code), "code-%lld", (long long)number);
        int ticket = link_table_enter(r->table);
        const struct link_hot *link = link_table_find(r->table, (str){ code, (size_t)len });
        if (link && !agrees(link, number))
            atomic_fetch_add(&r->wrong, 1);
        if (link)
            atomic_fetch_add(&r->found, 1);
        link_table_leave(r->table, ticket);
    }
    return NULL;
}

TEST(readers_see_whole_links_while_they_change)
{
    struct link_table table;
    struct reading r = { .table = &table };
    pthread_t readers[3];
    link_table_open(&table, 7);
    for (int i = 0; i < 3; i++)
        ASSERT_INT(pthread_create(&readers[i], NULL, read_links, &r), 0);
    for (int64_t version = 1; version <= 12; version++) { /* grows from 1,024 slots on the way */
        for (int64_t number = 0; number < LINKS; number++)
            put(&table, number, version);
        link_table_settle(&table);
    }
    while (atomic_load(&r.found) < 1000)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    atomic_store(&r.stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(readers[i], NULL);
    ASSERT_INT(r.wrong, 0);
    ASSERT_INT(link_table_count(&table), LINKS);
    link_table_close(&table);
}

RUN_TESTS(ROW(code_is_lowered_or_refused), ROW(name_becomes_a_code),
    ROW(token_goes_into_the_targets_own_query), ROW(every_code_is_found_and_no_other),
    ROW(readers_see_whole_links_while_they_change))
