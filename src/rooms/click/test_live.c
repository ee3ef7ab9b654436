/* Rows and openings for the tests of clicks. */
#include "rooms/partner/partner.h"
#include "rooms/partner/partner.sql.h"
#include "rooms/program/program.h"
#include "rooms/setting/setting.h"

#include "rooms/click/test_live.h" /* last: tests have a ROW of their own */

static err insert_rows(struct db *db, void *arg)
{
    (void)arg;
    str domains[] = { STR("shop.example"), STR("127.0.0.1:8081") };
    const struct program program = { .id = TEST_PROGRAM,
        .name = STR("Kettle"),
        .slug = STR("kettle"),
        .currency = { "EUR" },
        .window_days = 30,
        .hold_days = 30,
        .repeat_minutes = 60,
        .allowed_domains = { domains, 2 },
        .landing_url = STR("https://shop.example/"),
        .click_parameter = STR("tclid"),
        .payout_day = 31,
        .hue = -1,
        .commission = { .percent_bp = 1000 },
        .created_at = db_now(db),
        .updated_at = db_now(db) };
    const struct partner partner = { .id = TEST_PARTNER,
        .program_id = TEST_PROGRAM,
        .email = STR("anna@example.org"),
        .name = STR("Anna"),
        .status = PARTNER_APPROVED,
        .created_at = db_now(db),
        .updated_at = db_now(db) };
    TRY(program_insert(db, &program, &(struct program_terms){ 0 }));
    TRY(db_put(db, &PARTNER_INSERT, &partner_fields, &partner));
    static const struct {
        const char *code, *target;
        enum link_status status;
    } rows[] = {
        { "anna", "https://shop.example/", LINK_ACTIVE },
        { "tea", "https://www.shop.example/p?x=1#f", LINK_ACTIVE },
        { "closed", "https://shop.example/", LINK_PAUSED },
    };
    for (int i = 0; i < 3; i++) {
        struct link link = { .id = TEST_LINK + i,
            .program_id = TEST_PROGRAM,
            .partner_id = TEST_PARTNER,
            .code = str_of(rows[i].code),
            .target_url = str_of(rows[i].target),
            .status = rows[i].status,
            .created_at = db_now(db),
            .updated_at = db_now(db) };
        TRY(link_insert(db, &link, STR_NONE));
    }
    return NULL;
}

void test_live_rows(struct store *store)
{
    ASSERT_OK(setting_secrets_make(store, env_system()));
    ASSERT_OK(store_write(store, insert_rows, NULL));
}

void test_live_open(struct test_live *l, struct store *store, const struct env *env,
    const char *folder, size_t queue_bytes)
{
    *l = (struct test_live){ .env = *env, .store = store };
    ASSERT_OK(spool_open(&(struct spool_options){ .path = folder,
                             .env = &l->env,
                             .segment_bytes = 128 << 10,
                             .queue_bytes = queue_bytes },
        &l->spool));
    ASSERT_OK(links_open(store, &l->env, &l->links));
    ASSERT_OK(live_open(
        &(struct live_options){
            .env = &l->env, .store = store, .spool = l->spool, .links = l->links },
        &l->live));
}

void test_live_close(struct test_live *l)
{
    live_close(l->live);
    links_close(l->links);
    spool_close(l->spool);
}

struct click_followed test_follow(struct test *t, struct test_live *l, struct click_visit visit)
{
    struct click_followed followed = { 0 };
    if (!visit.agent.at)
        visit.agent = STR("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0");
    ASSERT_OK(click_follow(l->live, t->arena, &visit, &followed));
    return followed;
}

struct counting {
    struct statement statement;
    int64_t count;
};

static err run_count(struct db *db, void *arg)
{
    struct counting *c = arg;
    return db_int(db, &c->statement, NO_PARAMS, &c->count);
}

int64_t test_count(struct store *store, const char *sql)
{
    static const char *const no_params[] = { NULL };
    static struct counting c[64]; /* prepared statements are kept by their address */
    static size_t used;
    for (size_t i = 0; i < used; i++)
        if (c[i].statement.name == sql) {
            ASSERT_OK(store_read(store, run_count, &c[i]));
            return c[i].count;
        }
    c[used].statement = (struct statement){ .name = sql, .sql = { sql, sql }, .params = no_params };
    ASSERT_OK(store_read(store, run_count, &c[used]));
    return c[used++].count;
}
