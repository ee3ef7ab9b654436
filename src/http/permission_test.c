/* Who may do what. */
#include "http/permission.h"

#include "base/test.h"

TEST(roles_hold_what_the_table_says)
{
    static const struct {
        enum role role;
        enum permission permission;
        bool may;
    } cases[] = {
        { ROLE_NOBODY, NEEDS_NOTHING, true },
        { ROLE_NOBODY, SIGNED_IN, false },
        { ROLE_NOBODY, LINKS_READ, false },
        { ROLE_OWNER, PEOPLE_WRITE, true },
        { ROLE_MANAGER, PEOPLE_WRITE, false },
        { ROLE_MANAGER, PARTNERS_WRITE, true },
        { ROLE_MANAGER, PAYOUTS_WRITE, false },
        { ROLE_FINANCE, PAYOUTS_WRITE, true },
        { ROLE_FINANCE, RULES_WRITE, false },
        { ROLE_VIEWER, PARTNERS_READ, true },
        { ROLE_VIEWER, LINKS_WRITE, false },
        { ROLE_PARTNER, LINKS_WRITE, true },
        { ROLE_PARTNER, PARTNERS_READ, false },
        { ROLE_PARTNER, CONVERSIONS_WRITE, false },
    };

    EACH (c, cases) {
        test_case("%s, %s", role_name(c->role), permission_word(c->permission));
        ASSERT_INT(role_may(c->role, c->permission), c->may);
    }
}

TEST(a_key_needs_the_role_and_the_scope)
{
    struct who who = { .role = ROLE_MANAGER,
        .scopes = UINT64_C(1) << LINKS_READ | UINT64_C(1) << PAYOUTS_WRITE };

    ASSERT_TRUE(who_may(&who, LINKS_READ));
    ASSERT_FALSE(who_may(&who, LINKS_WRITE));   /* the role may, the key was not given it */
    ASSERT_FALSE(who_may(&who, PAYOUTS_WRITE)); /* the key was given it, the role may not */
    ASSERT_TRUE(who_may(&who, NEEDS_NOTHING));
}

TEST(every_scope_word_is_found_again)
{
    enum permission found = NEEDS_NOTHING;

    for (unsigned i = NEEDS_NOTHING + 1; i < PERMISSION_COUNT; i++) {
        ASSERT_TRUE(permission_find(permission_word((enum permission)i), &found));
        ASSERT_INT(found, i);
    }
    ASSERT_FALSE(permission_find("", &found));
    ASSERT_FALSE(permission_find("links:delete", &found));
    ASSERT_TRUE(PERMISSION_COUNT <= 64);
}

RUN_TESTS(ROW(roles_hold_what_the_table_says), ROW(a_key_needs_the_role_and_the_scope),
    ROW(every_scope_word_is_found_again))
