/* What a visit becomes: where it leads, what is kept, which marks it gets; and that the drain is
 * exact. */
#include "migrations.h"
#include "rooms/partner/partner.h"

#include "rooms/click/test_live.h" /* last: tests have a ROW of their own */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void open_live(struct test *t, struct test_live *l)
{
    struct store *store = test_store(t, all_migrations);
    test_live_rows(store);
    test_live_open(l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/spool", test_folder(t))), 0);
}

static struct click load(struct test *t, struct test_live *l, int64_t id)
{
    struct click c = { 0 };
    bool found;
    drain_settle(l->live, 10000);
    struct db *db = store_lend(l->store, t->arena);
    ASSERT_OK(click_find(db, TEST_PROGRAM, id, &c, &found));
    store_return(db);
    ASSERT_TRUE(found);
    return c;
}

/* The location with T in the place of the token. */
static str without_token(struct test *t, const struct click_followed *f)
{
    return str_replace(t->arena, f->location, f->token, STR("T"));
}

TEST(redirect_leads_to_the_target_or_an_allowed_deep_link_and_nowhere_else)
{
    /* clang-format off */
    static const struct { const char *code, *query, *location; bool refused; } cases[] = {
        { "anna", NULL, "https://shop.example/?tclid=T", false },
        { "ANNA", "", "https://shop.example/?tclid=T", false },
        { "tea", NULL, "https://www.shop.example/p?x=1&tclid=T#f", false },
        { "tea", "to=https%3A%2F%2Fshop.example%2Fq%3Fz%3D2%23x", "https://shop.example/q?z=2&tclid=T#x", false },
        { "tea", "to=https://shop.example/q?z=2", "https://shop.example/q?z=2&tclid=T", false },
        { "tea", "to=https://shop.example/?tclid=OLD%26a=1", "https://shop.example/?a=1&tclid=T", false },
        { "tea", "to=http://127.0.0.1:8081/p", "http://127.0.0.1:8081/p?tclid=T", false },
        { "tea", "to=https://shop.example/a%20b", "https://shop.example/a%20b?tclid=T", false },
        { "tea", "to=https%3A%2F%2Fshop.example%2F%C4%85", "https://shop.example/%C4%85?tclid=T", false },
        { "tea", "to=", "https://www.shop.example/p?x=1&tclid=T#f", false },
        /* attacks */
        { "tea", "to=https://evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=//evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=%5C%5Cevil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=/%5Cevil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example@evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example%40evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example%5C.evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example.evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://evilshop.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example:8443/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=http://127.0.0.1/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=javascript:alert(1)", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=javascript%3A%2F%2Fshop.example%2F%250aalert(1)", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example/%0d%0aSet-Cookie:%20a=b", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example%00.evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://%EF%BD%85vil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=https://shop.example%E3%80%82evil.example/", "https://www.shop.example/p?x=1&tclid=T#f", true },
        { "tea", "to=%zz", "https://www.shop.example/p?x=1&tclid=T#f", true },
    };
    /* clang-format on */
    struct test_live l;
    open_live(t, &l);
    EACH (c, cases) {
        test_case("%s?%s", c->code, c->query);
        struct click_followed f = test_follow(
            t, &l, (struct click_visit){ .code = str_of(c->code), .query = str_of(c->query) });
        ASSERT_STR(without_token(t, &f), c->location);
        ASSERT_INT((f.marks & CLICK_TO_REFUSED) != 0, c->refused);
    }
    struct click_followed none;
    static const char *const nowhere[] = { "closed", "nobody", "", "anna/", "an%6ea", "a" };
    EACH (code, nowhere) {
        test_case("%s", *code);
        ASSERT_ERR(
            click_follow(l.live, t->arena, &(struct click_visit){ .code = str_of(*code) }, &none),
            &LINK_NOT_FOUND);
    }
    test_live_close(&l);
}

TEST(sub_ids_are_kept_as_sent_or_dropped_and_marked)
{
    struct test_live l;
    open_live(t, &l);
    struct click_followed f = test_follow(t, &l,
        (struct click_visit){ .code = STR("anna"),
            .query = STR("sub1=rev+iew%20%C4%85&sub2=&sub3=%ff&sub4=a%0ab&sub5=ok&sub6=no&x=1") });
    struct click c = load(t, &l, f.id);
    ASSERT_STR(c.sub1, "rev iew \xc4\x85");
    ASSERT_TRUE(c.sub2.at == NULL && c.sub3.at == NULL && c.sub4.at == NULL);
    ASSERT_STR(c.sub5, "ok");
    ASSERT_TRUE(f.marks & CLICK_SUB_DROPPED);

    char longest[5 + 129 + 1] = "sub1=";
    memset(longest + 5, 'a', 129);
    f = test_follow(
        t, &l, (struct click_visit){ .code = STR("anna"), .query = { longest, 5 + 128 } });
    ASSERT_INT(load(t, &l, f.id).sub1.len, 128);
    f = test_follow(
        t, &l, (struct click_visit){ .code = STR("anna"), .query = { longest, 5 + 129 } });
    ASSERT_TRUE(load(t, &l, f.id).sub1.at == NULL);
    ASSERT_TRUE(f.marks & CLICK_SUB_DROPPED);
    test_live_close(&l);
}

TEST(token_names_the_click_its_link_and_the_visitor)
{
    struct test_live l;
    open_live(t, &l);
    struct click_followed f = test_follow(t, &l, (struct click_visit){ .code = STR("tea") });
    struct click_token token;
    int64_t visitor;
    ASSERT_OK(click_token_read(l.live, f.token, &token));
    ASSERT_INT(token.id, f.id);
    ASSERT_INT(token.link_id, TEST_LINK + 1);
    ASSERT_INT(token.visitor_id, f.id);
    ASSERT_TRUE(click_visitor_read(l.live, f.visitor, &visitor));
    ASSERT_INT(visitor, f.id);

    struct click_followed again =
        test_follow(t, &l, (struct click_visit){ .code = STR("anna"), .cookie = f.visitor });
    ASSERT_OK(click_token_read(l.live, again.token, &token));
    ASSERT_INT(token.visitor_id, f.id);
    ASSERT_STR_EQ(again.visitor, f.visitor);
    drain_settle(l.live, 10000);

    struct list clicks;
    struct db *db = store_lend(l.store, t->arena);
    instant now = l.env.now(&l.env);
    ASSERT_OK(click_of_visitor(db, TEST_PROGRAM, f.id, instant_plus_ms(now, -HOUR_MS),
        instant_plus_ms(now, HOUR_MS), &clicks));
    ASSERT_INT(clicks.count, 2);
    ASSERT_INT(((struct click *)clicks.at)[0].id, f.id);
    ASSERT_INT(((struct click *)clicks.at)[1].id, again.id);
    ASSERT_INT(((struct click *)clicks.at)[1].visitor_id, f.id);
    ASSERT_OK(click_of_visitor(db, TEST_PROGRAM + 1, f.id, instant_plus_ms(now, -HOUR_MS),
        instant_plus_ms(now, HOUR_MS), &clicks));
    ASSERT_INT(clicks.count, 0);
    store_return(db);
    test_live_close(&l);
}

TEST(marks_say_what_a_click_is)
{
    static const unsigned char home[16] = { 1 }, away[16] = { 2 };
    struct test_live l;
    open_live(t, &l);
    struct click_visit v = { .code = STR("anna") };
    memcpy(v.ip, home, 16);

    v.purpose = STR("prefetch;prerender");
    ASSERT_INT(test_follow(t, &l, v).marks, CLICK_PREFETCH);
    v.purpose = STR_NONE;
    struct click_followed first = test_follow(t, &l, v);
    ASSERT_INT(first.marks, 0); /* the prefetch before it counts for nothing */
    ASSERT_INT(test_follow(t, &l, v).marks, CLICK_REPEAT); /* by address and agent */
    v.code = STR("tea");
    ASSERT_INT(test_follow(t, &l, v).marks, 0); /* another link */
    v.code = STR("anna");
    memcpy(v.ip, away, 16);
    ASSERT_INT(test_follow(t, &l, v).marks, 0); /* another address */
    memcpy(v.ip, (unsigned char[16]){ 3 }, 16);
    v.cookie = first.visitor;
    ASSERT_INT(test_follow(t, &l, v).marks, CLICK_REPEAT); /* by cookie from anywhere */
    v.cookie = STR_NONE;

    memcpy(v.ip, (unsigned char[16]){ 4 }, 16);
    v.is_head = true;
    ASSERT_INT(test_follow(t, &l, v).marks, CLICK_PREFETCH);
    v.is_head = false;
    v.agent = STR("curl/8.5.0");
    ASSERT_INT(test_follow(t, &l, v).marks, CLICK_ROBOT);
    v.agent = STR_NONE;
    v.refuses_cookies = true;
    struct click_followed refused = test_follow(t, &l, v);
    ASSERT_INT(refused.marks, CLICK_NO_COOKIE);
    ASSERT_TRUE(refused.visitor.at == NULL && refused.token.at != NULL);

    drain_settle(l.live, 10000);
    ASSERT_INT(test_count(l.store, "SELECT count(*) FROM click"), 9); /* never dropped */
    ASSERT_INT(test_count(l.store, "SELECT sum(clicks) FROM click_hour"), 9);
    ASSERT_INT(test_count(l.store, "SELECT sum(unique_clicks) FROM click_hour"), 4);
    ASSERT_INT(test_count(l.store, "SELECT sum(robots) FROM click_hour"), 1);
    ASSERT_INT(test_count(l.store, "SELECT sum(repeats) FROM click_hour"), 2);
    ASSERT_INT(test_count(l.store, "SELECT sum(clicks) FROM click_sub"), 9);
    ASSERT_INT(test_count(l.store, "SELECT sum(clicks) FROM link_total"), 9);
    int64_t minutes[60], counted = 0;
    live_minutes(l.live, TEST_PROGRAM, l.env.now(&l.env), minutes);
    for (int i = 0; i < 60; i++)
        counted += minutes[i];
    ASSERT_INT(counted, 6); /* people's */
    test_live_close(&l);
}

TEST(little_is_kept_of_the_visitor)
{
    struct test_live l;
    open_live(t, &l);
    struct click_visit v = { .code = STR("anna"),
        .referrer = STR("https://Blog.example/secret/path?q=1"),
        .country = STR("PL") };
    memcpy(v.ip, (unsigned char[16]){ 9 }, 16);
    struct click c = load(t, &l, test_follow(t, &l, v).id);
    ASSERT_STR(c.referrer, "blog.example");
    ASSERT_TRUE(c.country.at == NULL); /* no proxy of ours says so */
    ASSERT_TRUE(c.ip.at == NULL);
    ASSERT_INT(c.browser, BROWSER_FIREFOX);
    ASSERT_INT(c.device, DEVICE_DESKTOP);
    ASSERT_TRUE(c.visitor_hash != 0);
    ASSERT_INT(c.visitor_id, c.id);
    test_live_close(&l);
}

static bool keeps(const char *path, const uint64_t words[2])
{
    unsigned char file[256];
    FILE *f = fopen(path, "rb");
    size_t size = f ? fread(file, 1, sizeof(file), f) : 0;
    if (f)
        fclose(f);
    return memmem(file, size, words, 2 * sizeof(words[0])) != NULL;
}

TEST(the_salt_of_a_day_outlives_a_restart_and_not_the_day)
{
    const char *folder = test_folder(t);
    const char *path = str_printf(t->arena, "%s/visitor.salt", folder).at;
    const struct env *env = env_system();
    struct live first = { .env = env, .data_dir = folder }, again = first;
    instant today = env->now(env);
    live_salt_turn(&first, today);
    unsigned slot = atomic_load(&first.salt_now) & 1;
    uint64_t of_today[2] = { atomic_load(&first.salts[slot].words[0]),
        atomic_load(&first.salts[slot].words[1]) };
    ASSERT_TRUE(keeps(path, of_today));
    live_salt_turn(&again, today);
    ASSERT_TRUE(atomic_load(&again.salts[slot].words[0]) == of_today[0]);

    live_salt_turn(&first, instant_plus_days(today, 1));
    ASSERT_FALSE(keeps(path, of_today));
    for (int i = 0; i < 2; i++)
        ASSERT_TRUE(atomic_load(&first.salts[i].words[0]) != of_today[0]);
    unsigned next = atomic_load(&first.salt_now) & 1;
    ASSERT_TRUE(atomic_load(&first.salts[next].words[0]) != 0);
    ASSERT_TRUE(atomic_load(&first.salts[1 - next].words[0]) == 0);
}

TEST(a_settled_journal_tells_visitors_apart_by_the_salt_of_the_present_day)
{
    struct test_live l;
    open_live(t, &l);
    const struct click_visit visit = { .code = STR("anna"), .refuses_cookies = true };
    int64_t yesterday = load(t, &l, test_follow(t, &l, visit).id).visitor_hash;
    ASSERT_INT(load(t, &l, test_follow(t, &l, visit).id).visitor_hash, yesterday);
    env_advance(&l.env, DAY_MS);
    drain_settle(l.live, 10000);
    struct click_followed first = test_follow(t, &l, visit), again = test_follow(t, &l, visit);
    ASSERT_TRUE(load(t, &l, first.id).visitor_hash != yesterday);
    ASSERT_FALSE(first.marks & CLICK_REPEAT);
    ASSERT_TRUE(again.marks & CLICK_REPEAT);
    test_live_close(&l);
}

TEST(full_journal_sends_the_visitor_on_without_a_token)
{
    struct test_live l;
    struct store *store = test_store(t, all_migrations);
    test_live_rows(store);
    test_live_open(&l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/spool", test_folder(t))), 1);
    struct click_followed f = test_follow(t, &l, (struct click_visit){ .code = STR("tea") });
    ASSERT_STR(f.location, "https://www.shop.example/p?x=1#f");
    ASSERT_TRUE(f.token.at == NULL && f.visitor.at == NULL && f.id == 0);
    struct live_health health;
    live_health(l.live, &health);
    ASSERT_INT(health.unrecorded, 1);
    ASSERT_INT(health.recorded, 0);
    test_live_close(&l);
}

/* ---- kills
 * --------------------------------------------------------------------------------------------------
 */

/* A child follows links as fast as it can and tells each acknowledged id, until it is killed. */
static void click_until_killed(
    struct test *t, const struct store_options *o, const char *folder, int to)
{
    struct test_live l;
    struct store *store;
    if (store_open(o, &store))
        _exit(3);
    test_live_open(&l, store, env_system(), folder, 0);
    for (int i = 0;; i++) {
        struct click_followed f = test_follow(t, &l,
            (struct click_visit){
                .code = i % 3 ? STR("anna") : STR("tea"), .query = STR("sub1=k") });
        if (f.id && write(to, &f.id, sizeof(f.id)) != (ssize_t)sizeof(f.id))
            _exit(4);
    }
}

static size_t read_ids(int from, int64_t *ids, size_t room)
{
    size_t count = 0;
    while (count < room && read(from, &ids[count], sizeof(*ids)) == (ssize_t)sizeof(*ids))
        count++;
    return count;
}

TEST(killed_at_any_moment_no_click_is_lost_or_counted_twice)
{
    enum { KILLS = 8, IDS = 200000 };
    const char *folder = str_c(t->arena, str_printf(t->arena, "%s/spool", test_folder(t)));
    struct store_options options = test_store_options(t, all_migrations);
    struct store *store;
    ASSERT_OK(store_open(&options, &store));
    test_live_rows(store);
    store_close(store);
    options.create = options.migrate = false;

    int64_t *ids = calloc(IDS, sizeof(*ids));
    size_t count = 0;
    for (int kill_at = 0; kill_at < KILLS; kill_at++) {
        int ends[2];
        ASSERT_INT(pipe(ends), 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            click_until_killed(t, &options, folder, ends[1]);
        }
        close(ends[1]);
        int64_t ms = test_random_between(t, 100, 700);
        nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
        kill(child, SIGKILL);
        size_t got = read_ids(ends[0], ids + count, IDS - count);
        close(ends[0]);
        int status;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status));
        count += got;
    }

    struct test_live l;
    ASSERT_OK(store_open(&options, &store));
    test_live_open(&l, store, env_system(), folder, 0);
    drain_settle(l.live, 30000);
    ASSERT_TRUE(count > 0);
    struct db *db = store_lend(store, t->arena);
    for (size_t i = 0; i < count; i++) {
        struct click c = { 0 };
        bool found;
        ASSERT_OK(click_find(db, TEST_PROGRAM, ids[i], &c, &found));
        ASSERT_TRUE(found);
    }
    store_return(db);
    int64_t rows = test_count(store, "SELECT count(*) FROM click");
    ASSERT_TRUE(rows >= (int64_t)count && rows <= (int64_t)count + KILLS);
    ASSERT_INT(test_count(store, "SELECT sum(clicks) FROM click_hour"), rows);
    ASSERT_INT(test_count(store, "SELECT sum(clicks) FROM click_sub"), rows);
    ASSERT_INT(test_count(store, "SELECT sum(clicks) FROM link_total"), rows);
    test_live_close(&l);
    store_close(store);
    free(ids);
}

static err rebuild(struct db *db, void *arg)
{
    instant now = db_now(db);
    (void)arg;
    instant hour = { now.ms - now.ms % HOUR_MS };
    return rollups_rebuild(
        db, instant_plus_ms(hour, -2 * HOUR_MS), instant_plus_ms(hour, 2 * HOUR_MS));
}

TEST(rollups_made_anew_from_rows_are_the_same)
{
    struct test_live l;
    open_live(t, &l);
    for (int i = 0; i < 50; i++)
        test_follow(t, &l,
            (struct click_visit){ .code = i % 3 ? STR("anna") : STR("tea"),
                .query = i % 5 ? STR("sub1=a") : STR_NONE,
                .agent = i % 7 ? STR_NONE : STR("curl/8") });
    drain_settle(l.live, 10000);
    static const char sum[] =
        "SELECT sum(clicks * 1000000 + unique_clicks * 1000 + robots * 17 + repeats) "
        "FROM click_hour";
    static const char subs[] =
        "SELECT sum(clicks * length(sub1) * 7 + unique_clicks) FROM click_sub";
    int64_t before = test_count(l.store, sum), subs_before = test_count(l.store, subs);
    ASSERT_TRUE(before > 0);
    ASSERT_OK(store_write(l.store, rebuild, NULL));
    ASSERT_INT(test_count(l.store, sum), before);
    ASSERT_INT(test_count(l.store, subs), subs_before);
    test_live_close(&l);
}

static instant in_a_year_and_more(const struct env *env)
{
    return instant_plus_days(env_system()->now(env), 401);
}

TEST(clicks_older_than_the_setting_go_and_their_sums_stay)
{
    struct test_live l;
    open_live(t, &l);
    for (int i = 0; i < 5; i++)
        test_follow(t, &l, (struct click_visit){ .code = STR("anna") });
    drain_settle(l.live, 10000);
    struct env later = l.env;
    struct job job = { .store = l.store, .env = &l.env, .arena = t->arena };
    ASSERT_OK(click_jobs[0].run(&job));
    ASSERT_INT(test_count(l.store, "SELECT count(*) FROM click"), 5); /* today's stay */
    later.now = in_a_year_and_more;
    job.env = &later;
    ASSERT_OK(click_jobs[0].run(&job));
    ASSERT_INT(test_count(l.store, "SELECT count(*) FROM click"), 0);
    ASSERT_INT(test_count(l.store, "SELECT sum(clicks) FROM click_hour"), 5);
    test_live_close(&l);
}

RUN_TESTS(ROW(clicks_older_than_the_setting_go_and_their_sums_stay),
    ROW(redirect_leads_to_the_target_or_an_allowed_deep_link_and_nowhere_else),
    ROW(sub_ids_are_kept_as_sent_or_dropped_and_marked),
    ROW(token_names_the_click_its_link_and_the_visitor), ROW(marks_say_what_a_click_is),
    ROW(little_is_kept_of_the_visitor), ROW(the_salt_of_a_day_outlives_a_restart_and_not_the_day),
    ROW(a_settled_journal_tells_visitors_apart_by_the_salt_of_the_present_day),
    ROW(full_journal_sends_the_visitor_on_without_a_token),
    ROW(killed_at_any_moment_no_click_is_lost_or_counted_twice),
    ROW(rollups_made_anew_from_rows_are_the_same))
