/* Lists in pages: every row once, in order, whatever the sort and however many are equal. */
#include "store/test_note.h"

#include <string.h>

enum { NOTES = 97 };

static const struct field *field_of(const char *name)
{
    return name ? fields_find(&note_fields, str_of(name)) : NULL;
}

/* Few ranks and few times, a third of both missing: many equal values across every page's edge. */
static struct store *filled(struct test *t)
{
    struct store *s = test_store(t, note_tables);
    for (int64_t i = 1; i <= NOTES; i++) {
        struct note_write w = { .note = {
                                    .id = (i * 37) % NOTES + 1,
                                    .program_id = i % 2 + 1,
                                    .rank = i % 5,
                                    .name = i % 3 ? str_printf(t->arena, "n%02d %c",
                                                        (int)(i * 7 % 50), i % 2 ? 'x' : '\'')
                                                  : STR_NONE,
                                    .made_at = { i % 4 ? (i % 7) * 1000 + 1 : 0 },
                                } };
        if (w.note.name.at)
            w.note.name = str_printf(t->arena, "%" PRI_STR "%d", STR_ARG(w.note.name), (int)i);
        ASSERT_OK(store_write(s, note_write, &w));
    }
    return s;
}

static int compare_values(const struct note *a, const struct note *b, const char *sort)
{
    int64_t x = 0, y = 0;
    if (sort && strcmp(sort, "name") == 0) {
        if (!a->name.at || !b->name.at)
            return (a->name.at != NULL) - (b->name.at != NULL);
        return str_cmp(a->name, b->name);
    }
    if (sort && strcmp(sort, "rank") == 0) {
        x = a->rank;
        y = b->rank;
    } else if (sort && strcmp(sort, "made_at") == 0) {
        x = a->made_at.ms;
        y = b->made_at.ms;
    }
    return (x > y) - (x < y);
}

static bool in_order(const struct note *a, const struct note *b, const char *sort, bool descending)
{
    int order = compare_values(a, b, sort);
    if (order == 0)
        order = (a->id > b->id) - (a->id < b->id);
    return descending ? order > 0 : order < 0;
}

struct walk {
    size_t seen, pages;
    struct note last;
};

static void walk_page(const struct page *page, struct walk *w, const char *sort, bool descending)
{
    const struct note *rows = page->rows.at;
    for (size_t i = 0; i < page->rows.count; i++) {
        if (w->seen > 0)
            ASSERT_TRUE(in_order(&w->last, &rows[i], sort, descending));
        w->last = rows[i];
        w->seen++;
    }
    w->pages++;
}

TEST(pages_give_every_row_once_and_in_order)
{
    static const char *const sorts[] = { NULL, "id", "rank", "name", "made_at" };
    static const int64_t limits[] = { 1, 3, 10, 96, 97, 100 };
    struct store *s = filled(t);
    struct db *db = store_lend(s, t->arena);
    EACH (sort, sorts) {
        EACH (limit, limits) {
            for (int descending = 0; descending < 2; descending++) {
                struct list_query q = {
                    .sort = field_of(*sort), .descending = descending, .limit = *limit
                };
                struct walk w = { 0 };
                struct page page;
                test_case("%s %d by %d", *sort ? *sort : "-", descending, (int)*limit);
                do {
                    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page));
                    ASSERT_TRUE(page.rows.count <= (size_t)*limit);
                    ASSERT_TRUE(page.has_more == (page.next.at != NULL));
                    walk_page(&page, &w, *sort, descending);
                    q.after = page.next;
                } while (page.has_more);
                ASSERT_INT(w.seen, NOTES);
                ASSERT_INT(w.pages, (NOTES + *limit - 1) / *limit);
            }
        }
    }
    store_return(db);
}

TEST(a_row_that_comes_in_between_moves_no_page)
{
    struct store *s = filled(t);
    struct db *db = store_lend(s, t->arena);
    struct list_query q = { .sort = field_of("rank"), .limit = 10 };
    struct page first, second;
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &first));
    ASSERT_OK(note_put(s, 500, -1, NULL)); /* before all of them */
    q.after = first.next;
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &second));
    const struct note *last = &((struct note *)first.rows.at)[9], *next = second.rows.at;
    ASSERT_TRUE(in_order(last, next, "rank", false));
    ASSERT_INT(second.rows.count, 10);
    store_return(db);
}

static err count_row(void *record, void *arg)
{
    (void)record;
    ++*(int64_t *)arg;
    return NULL;
}

TEST(filters_find_what_a_loop_finds)
{
    struct store *s = filled(t);
    struct db *db = store_lend(s, t->arena);
    struct page all;
    struct list_query everything = { .limit = 0 };
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &everything, &all));
    ASSERT_INT(all.rows.count, NOTES);
    ASSERT_FALSE(all.has_more);
    static const enum compare compares[] = { COMPARE_EQ, COMPARE_GTE, COMPARE_GT, COMPARE_LTE,
        COMPARE_LT };
    EACH (compare, compares) {
        struct list_query q = { .filter_count = 2, .limit = 0 };
        struct note scratch;
        int64_t wanted = 0, seen = 0;
        q.filters[0] = (struct list_filter){ field_of("rank"), *compare, P("rank", INT64_C(2)) };
        q.filters[1] =
            (struct list_filter){ field_of("made_at"), COMPARE_GTE, P("x", (instant){ 2000 }) };
        for (size_t i = 0; i < all.rows.count; i++) {
            const struct note *n = &((struct note *)all.rows.at)[i];
            bool by_rank[] = { n->rank == 2, n->rank >= 2, n->rank > 2, n->rank <= 2, n->rank < 2 };
            wanted += n->program_id == 1 && by_rank[*compare] && n->made_at.ms >= 2000;
        }
        test_case("compare %d", *compare);
        ASSERT_TRUE(wanted > 0);
        ASSERT_OK(db_list_each(db, &note_list_of, PARAMS(P("program_id", 1)), &note_fields, &q,
            &scratch, count_row, &seen));
        ASSERT_INT(seen, wanted);
    }
    store_return(db);
}

TEST(a_filter_by_nothing_finds_rows_without)
{
    struct store *s = filled(t);
    struct db *db = store_lend(s, t->arena);
    struct list_query q = { .filter_count = 1, .limit = 0 };
    struct page page;
    q.filters[0] = (struct list_filter){ field_of("name"), COMPARE_EQ, P("name", STR_NONE) };
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page));
    ASSERT_INT(page.rows.count, NOTES / 3);
    q.filters[0].value = P("name", STR("x' OR '1'='1"));
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page));
    ASSERT_INT(page.rows.count, 0);
    store_return(db);
}

TEST(a_cursor_is_of_its_list_and_sort_or_refused)
{
    struct store *s = filled(t);
    struct db *db = store_lend(s, t->arena);
    struct list_query q = { .sort = field_of("rank"), .limit = 5 };
    struct page page;
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page));
    str good = page.next;
#define CURSOR(text) str_base64url(t->arena, text, sizeof(text) - 1)
    const str bad[] = { STR("x"), STR("!!!!"), STR("AAAA"), str_first(good, good.len - 1),
        CURSOR("rank d 5 i1"), CURSOR("name a 5 sx"), CURSOR("rank a 5 sx"), CURSOR("rank a 5 n"),
        CURSOR("rank a 5 "), CURSOR("rank a 5"), CURSOR("rank a five i1"), CURSOR("rank a 5 i1.5"),
        CURSOR("id a 5 n") };
    EACH (cursor, bad) {
        test_case("%" PRI_STR, STR_ARG(*cursor));
        q.after = *cursor;
        ASSERT_ERR(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page), &STORE_CURSOR);
    }
    q.after = good; /* the control */
    ASSERT_OK(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page));
    q.sort = field_of("name");
    q.after = CURSOR("name a 5 s\xff\xfe");
    ASSERT_ERR(db_list(db, &note_list_all, NO_PARAMS, &note_fields, &q, &page), &STORE_CURSOR);
    store_return(db);
}

STATEMENT(plan, false,
    "EXPLAIN QUERY PLAN SELECT * FROM (SELECT id, rank FROM note) AS list WHERE ((\"rank\", id) > "
    "(2, 5))"
    " ORDER BY \"rank\" ASC, id ASC LIMIT 5", );

TEST(a_page_by_rank_is_read_through_the_index)
{
    struct store *s = filled(t);
    struct conn *conn;
    struct prepared *p;
    struct cell cell;
    bool row;
    if (s->engine->number != STORE_SQLITE) /* PostgreSQL decides by how many rows there are */
        return;
    ASSERT_OK(pool_take(s->readers, &conn));
    ASSERT_OK(conn_prepare(conn, &plan, false, &p));
    ASSERT_OK(conn->engine->step(p, &row));
    conn->engine->column(p, 3, &cell);
    ASSERT_HAS(cell.s, "SEARCH note USING COVERING INDEX note_rank");
    ASSERT_OK(conn->engine->step(p, &row));
    ASSERT_FALSE(row); /* no second step: nothing is sorted */
    conn_done(p);
    pool_give(s->readers, conn);
}

STATEMENT(written_plan, false, "EXPLAIN QUERY PLAN SELECT id FROM note WHERE name GLOB 'a*'", );
STATEMENT(bound_plan, false, "EXPLAIN QUERY PLAN SELECT id FROM note WHERE name GLOB $1", "name");

static str first_step(struct test *t, struct conn *conn, const struct statement *s)
{
    struct prepared *p;
    struct cell cell = { .type = CELL_TEXT, .s = STR("a*") };
    bool row;
    ASSERT_OK(conn_prepare(conn, s, false, &p));
    if (p->param_count > 0)
        ASSERT_OK(conn->engine->bind(p, 1, &cell));
    ASSERT_OK(conn->engine->step(p, &row));
    conn->engine->column(p, 3, &cell);
    str step = str_dup(t->arena, cell.s);
    conn_done(p);
    return step;
}

/* Else it is made anew each time: so was that of every statement with a LIMIT. */
TEST(a_plan_does_not_hang_on_what_is_bound)
{
    struct store *s = filled(t);
    struct conn *conn;
    if (s->engine->number != STORE_SQLITE)
        return;
    ASSERT_OK(pool_take(s->readers, &conn));
    ASSERT_HAS(first_step(t, conn, &written_plan), "SEARCH note"); /* the control */
    ASSERT_HAS(first_step(t, conn, &bound_plan), "SCAN note");
    pool_give(s->readers, conn);
}

RUN_TESTS(ROW(pages_give_every_row_once_and_in_order),
    ROW(a_row_that_comes_in_between_moves_no_page), ROW(filters_find_what_a_loop_finds),
    ROW(a_filter_by_nothing_finds_rows_without), ROW(a_cursor_is_of_its_list_and_sort_or_refused),
    ROW(a_page_by_rank_is_read_through_the_index), ROW(a_plan_does_not_hang_on_what_is_bound))
