/* CSV in and out. */
#include "http/csv.h"

#include "base/test.h"

static str read_all(struct test *t, const char *text, err *out_err)
{
    struct csv csv = csv_open(t->arena, str_of(text));
    struct buf out = buf_new(t->arena);
    bool more = false;
    strs row;

    while (!(*out_err = csv_row(&csv, &row, &more)) && more) {
        buf_printf(&out, "%d", (int)csv.line);
        for (size_t i = 0; i < row.count; i++)
            buf_printf(&out, "[%" PRI_STR "]", STR_ARG(row.at[i]));
    }
    return buf_str(&out);
}

TEST(rows_are_read_as_rfc_4180_has_them)
{
    static const struct {
        const char *text, *rows;
    } cases[] = {
        { "a,b\r\n1,2\r\n", "1[a][b]2[1][2]" },
        { "a,b\n1,2", "1[a][b]2[1][2]" },
        { "\xEF\xBB\xBF"
          "a,b\n",
            "1[a][b]" },
        { "a;b;c\n1,5;2;3\n", "1[a][b][c]2[1,5][2][3]" },
        { "a\tb\n1\t2\n", "1[a][b]2[1][2]" },
        { "\"a \"\"q\"\"\",\"b,c\"\n", "1[a \"q\"][b,c]" },
        { "\"two\nlines\",x\nnext,y\n", "1[two\nlines][x]3[next][y]" },
        { "a,,\n,,b\n", "1[a][][]2[][][b]" },
        { "a,b\n\n\n1,2\n", "1[a][b]4[1][2]" },
        { "a,b,\n", "1[a][b][]" },
        { "\"\",x", "1[][x]" },
        { "a 5\" disk,x\n", "1[a 5\" disk][x]" },
        { "", "" },
        { "\n\n", "" },
        { "\"'=1+1\",b\n", "1[=1+1][b]" },
    };

    EACH (c, cases) {
        err e = NULL;
        test_case("%s", c->text);
        ASSERT_STR(read_all(t, c->text, &e), c->rows);
        ASSERT_OK(e);
    }
}

TEST(broken_files_are_refused)
{
    static const char *const cases[] = { "a,\"never closed\n1,2\n", "\"a\"b,c\n", "a,\xFF\n",
        "a,\xC3\x28\n" };

    EACH (c, cases) {
        err e = NULL;
        test_case("%s", *c);
        read_all(t, *c, &e);
        ASSERT_ERR(e, &CSV_BROKEN);
    }
}

TEST(no_cell_becomes_a_formula_and_all_come_back)
{
    static const struct {
        const char *cell, *written;
    } cases[] = {
        { "plain", "plain" },
        { "", "" },
        { "a,b", "\"a,b\"" },
        { "say \"hi\"", "\"say \"\"hi\"\"\"" },
        { "line\nend", "\"line\nend\"" },
        { " space", "\" space\"" },
        { "=1+1", "\"'=1+1\"" },
        { "+49 30", "\"'+49 30\"" },
        { "-5", "\"'-5\"" },
        { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "\tx", "\"'\tx\"" },
        { "\rx", "\"'\rx\"" },
        { "'=x", "\"''=x\"" },
        { "'quoted'", "'quoted'" },
        { "\xEF\xBC\x9D"
          "1",
            "\"'\xEF\xBC\x9D"
            "1\"" },
        { "\xEF\xBB\xBF" "mark", "\"\xEF\xBB\xBF" "mark\"" },
        { "a=b", "a=b" },
        { "a;b", "\"a;b\"" },
        { "żółć", "żółć" },
    };

    EACH (c, cases) {
        struct buf out = buf_new(t->arena);
        struct csv csv;
        bool more = false;
        strs row;

        test_case("%s", c->cell);
        csv_cell(&out, str_of(c->cell), true);
        ASSERT_STR(buf_str(&out), c->written);
        csv_cell(&out, STR("next"), false);
        csv_end(&out);
        csv = csv_open(t->arena, buf_str(&out));
        ASSERT_OK(csv_row(&csv, &row, &more));
        ASSERT_INT(row.count, 2);
        ASSERT_STR(row.at[0], c->cell);
    }
}

TEST(numbers_of_ours_keep_their_minus)
{
    struct buf out = buf_new(t->arena);

    csv_number(&out, STR("-12.50"), true);
    csv_number(&out, STR("3"), false);
    csv_end(&out);
    ASSERT_STR(buf_str(&out), "-12.50,3\r\n");
}

RUN_TESTS(ROW(rows_are_read_as_rfc_4180_has_them), ROW(broken_files_are_refused),
    ROW(no_cell_becomes_a_formula_and_all_come_back), ROW(numbers_of_ours_keep_their_minus))
