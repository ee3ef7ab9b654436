/* Drafts: what is understood, and what is refused where. */
#include "rooms/replay/replay.h"

#include "base/test.h"

static err read(
    struct test *t, const char *json, struct replay_draft *draft, str *where)
{
    return replay_draft_read(t->arena, str_of(json), draft, where);
}

TEST(a_draft_says_what_it_changes_and_nothing_else)
{
    struct replay_draft draft;
    str where;

    ASSERT_OK(read(t, "{}", &draft, &where));
    ASSERT_FALSE(draft.has_model || draft.has_precedence || draft.has_rules);
    ASSERT_OK(read(t, "{\"attribution\": \"linear\", \"coupon_precedence\": \"click\", \"window_days\": 7}", &draft, &where));
    ASSERT_TRUE(draft.has_model && draft.model == ATTRIBUTION_LINEAR);
    ASSERT_TRUE(draft.has_precedence && draft.precedence == PRECEDENCE_CLICK);
    ASSERT_INT(draft.window_days, 7);
}

TEST(rules_of_a_draft_are_those_of_the_api)
{
    struct replay_draft draft;
    str where;

    ASSERT_OK(read(t,
        "{\"rules\": [{\"name\": \"Books\", \"scope\": {\"category\": \"books\", \"customer\": \"new\"}, "
        "\"reward\": {\"amount\": 250, \"currency\": \"EUR\", \"per\": \"item\"}, "
        "\"cap\": {\"amount\": 900, \"currency\": \"EUR\"}}, "
        "{\"reward\": {\"percent_bp\": 500}, \"tiered_by\": {\"currency\": \"EUR\", \"mode\": \"retroactive\"}, "
        "\"tiers\": [{\"from\": 100000, \"percent_bp\": 700}]}]}", &draft, &where));
    const struct rule *rules = draft.rules.at;
    ASSERT_INT(draft.rules.count, 2);
    ASSERT_STR(rules[0].scope.category, "books");
    ASSERT_TRUE(rules[0].scope.customer == CUSTOMER_NEW && rules[0].reward.per == PER_ITEM);
    ASSERT_INT(rules[0].reward.amount, 250);
    ASSERT_INT(rules[0].cap.amount, 900);
    ASSERT_TRUE(rule_has_past(&rules[1]) && rules[1].tiered_by.mode == MODE_RETROACTIVE);
    ASSERT_INT(((const struct rule_step *)rules[1].tiers.at)[0].percent_bp, 700);
    ASSERT_TRUE(commission_rules_look_ahead(rules, 2));
}

TEST(what_cannot_be_understood_is_refused_by_its_place)
{
    static const struct {
        const char *json, *where;
    } cases[] = {
        { "{\"attribution\": \"luck\"}", "/attribution" },
        { "{\"atribution\": \"linear\"}", "/atribution" },
        { "{\"rules\": [{}, {\"scope\": {\"skuu\": \"A\"}}]}", "rules/1/skuu" },
        { "{\"rules\": [{\"reward\": {\"percent_bp\": 10001}}]}", "rules/0/percent_bp" },
        { "{\"rules\": [{\"reward\": {\"amount\": 5}}]}", "rules/0/amount" },
        { "{\"rules\": [{\"tiers\": [{\"from\": 5}, {\"from\": 5}], \"tiered_by\": {\"measure\": \"orders\"}}]}", "rules/0/tiers" },
        { "{\"rules\": [{\"tiers\": [{\"from\": 5}]}]}", "rules/0/tiered_by" },
        { "{\"window_days\": 401}", "/window_days" },
        { "{\"rules\": [{\"kind\": \"budget\"}]}", "rules/0/reward" },
        { "{\"rules\": [{\"kind\": \"recruit\"}]}", "rules/0/levels" },
        { "{\"rules\": [{\"kind\": \"target\", \"reward\": {\"amount\": 5, \"currency\": \"EUR\"}}]}", "rules/0/target" },
        { "{\"rules\": [{\"kind\": \"first_sale\", \"reward\": {\"amount\": 5, \"currency\": \"EUR\"}, \"levels\": [{\"percent_bp\": 1}]}]}", "rules/0/levels" },
    };

    EACH (c, cases) {
        test_case("%s", c->json);
        struct replay_draft draft;
    str where;
        ASSERT_ERR(read(t, c->json, &draft, &where), &DRAFT_INVALID);
        ASSERT_STR(where, c->where);
        }
}

TEST(caps_budgets_and_bonuses_are_drafted_like_other_rules)
{
    struct replay_draft draft;
    str where;

    ASSERT_OK(read(t,
        "{\"rules\": [{\"kind\": \"budget\", \"reward\": {\"amount\": 5, \"currency\": \"EUR\"}, "
        "\"tiered_by\": {\"period\": \"ever\"}}, "
        "{\"kind\": \"target\", \"target\": 20, \"reward\": {\"amount\": 5, \"currency\": \"EUR\"}, "
        "\"tiered_by\": {\"measure\": \"orders\"}}, "
        "{\"kind\": \"recruit\", \"levels\": [{\"percent_bp\": 500}], \"months\": 12}]}", &draft, &where));
    const struct rule *rules = draft.rules.at;
    ASSERT_TRUE(rules[0].kind == RULE_BUDGET && rules[0].tiered_by.period == PERIOD_EVER);
    ASSERT_TRUE(rules[1].kind == RULE_TARGET && rules[1].target == 20);
    ASSERT_INT(((const struct rule_level *)rules[2].levels.at)[0].percent_bp, 500);
    ASSERT_INT(rules[2].months, 12);
    ASSERT_TRUE(commission_rules_go_by_time(rules, 2));
    ASSERT_FALSE(commission_rules_go_by_time(rules + 2, 1));
}

RUN_TESTS(ROW(a_draft_says_what_it_changes_and_nothing_else), ROW(rules_of_a_draft_are_those_of_the_api),
    ROW(what_cannot_be_understood_is_refused_by_its_place),
    ROW(caps_budgets_and_bonuses_are_drafted_like_other_rules))
