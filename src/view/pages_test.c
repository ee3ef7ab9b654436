/* Every page of every room, compiled as the program does when it starts. */
#include "base/test.h"

#include "pages.h"

TEST(every_page_compiles_and_finds_its_parts)
{
    struct templates *ts;
    err failed = templates_open(pages, NULL, true, &ts);

    test_case("%s", failed ? failed->text : "");
    ASSERT_TRUE(pages[0].name != NULL);
    ASSERT_TRUE(failed == NULL);
    ASSERT_TRUE(templates_has(ts, pages[0].name));
    templates_close(ts);
}

RUN_TESTS(ROW(every_page_compiles_and_finds_its_parts))
