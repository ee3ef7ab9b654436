/* The same call twice gives the first answer twice. */
#include "http/idempotency.h"

#include "http/testing.h"
#include "store/test_store.h"

static int64_t runs, last_id;
static struct store *store;
static int status_to_give;

static err pay(struct request *rq, struct reply *rp)
{
    static const struct err busy = { ERR_BUSY, "busy", "Busy.", NULL }, no = { ERR_INVALID, "no", "No.", NULL };

    runs++;
    last_id = request_new_id(rq);
    if (status_to_give == 503)
        return &busy;
    if (status_to_give == 422)
        return &no;
    view_int(reply_view(rp), "run", runs);
    return reply_created(rp, "paid", "/payments/%d", (int)runs);
}

/* clang-format off */
static const struct route addresses[] = {
    { POST, "/payments", API, CONVERSIONS_WRITE, pay, NULL, ROUTE_MONEY },
    { POST, "/refunds",  API, CONVERSIONS_WRITE, pay, NULL, ROUTE_MONEY },
    { POST, "/plain",    API, CONVERSIONS_WRITE, pay, NULL },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, NULL };
static const struct migration *const migrations[] = { http_migrations, NULL };

static struct client *client(struct test *t)
{
    store = test_store(t, migrations);
    struct client *c = client_open(t, &(struct server_options){ .tables = tables, .store = store });

    c->who = client_key(ROLE_OWNER);
    runs = 0;
    status_to_give = 201;
    return c;
}

static struct response call(struct client *c, const char *key, const char *address, const char *body)
{
    c->headers = str_printf(c->t->arena, "Idempotency-Key: %s\r\n", key).at;
    return client_json(c, "POST", address, body);
}

TEST(the_first_answer_comes_again_word_for_word)
{
    struct client *c = client(t);
    struct response first = call(c, "k-1", "/api/v1/payments", "{\"a\": 1}");
    struct response again = call(c, "k-1", "/api/v1/payments", "{\"a\": 1}");

    ASSERT_INT(first.status, 201);
    ASSERT_TRUE(response_header(&first, "idempotency-replayed").at == NULL);
    ASSERT_INT(again.status, 201);
    ASSERT_STR_EQ(again.body, first.body);
    ASSERT_STR(response_header(&again, "idempotency-replayed"), "true");
    ASSERT_STR(response_header(&again, "location"), "/api/v1/payments/1");
    ASSERT_STR(response_header(&again, "content-type"), "application/json");
    ASSERT_INT(runs, 1);
    /* Another key, another row's call and no key at all are calls of their own. */
    ASSERT_INT(call(c, "k-2", "/api/v1/payments", "{\"a\": 1}").status, 201);
    ASSERT_INT(runs, 2);
    c->headers = NULL;
    ASSERT_INT(client_json(c, "POST", "/api/v1/payments", "{\"a\": 1}").status, 201);
    ASSERT_INT(runs, 3);
    ASSERT_INT(call(c, "k-1", "/api/v1/plain", "{}").status, 201);
    ASSERT_INT(runs, 4);
}

TEST(another_call_under_the_same_key_is_refused)
{
    static const struct {
        const char *address, *body;
    } cases[] = { { "/api/v1/payments", "{\"a\": 2}" }, { "/api/v1/payments", "{\"a\":1}" },
        { "/api/v1/refunds", "{\"a\": 1}" }, { "/api/v1/payments?x=1", "{\"a\": 1}" } };
    struct client *c = client(t);

    ASSERT_INT(call(c, "k", "/api/v1/payments", "{\"a\": 1}").status, 201);
    EACH(k, cases)
    {
        test_case("%s %s", k->address, k->body);
        struct response r = call(c, "k", k->address, k->body);
        ASSERT_INT(r.status, 422);
        ASSERT_STR(response_text(&r, "code"), "idempotency_mismatch");
    }
    ASSERT_INT(runs, 1);
}

TEST(keys_of_two_callers_do_not_meet)
{
    struct client *c = client(t);

    ASSERT_INT(call(c, "k", "/api/v1/payments", "{\"a\": 1}").status, 201);
    c->who.key_id = 99;
    struct response r = call(c, "k", "/api/v1/payments", "{\"a\": 2}");
    ASSERT_INT(r.status, 201);
    ASSERT_INT(runs, 2);
}

TEST(refusals_are_kept_and_failures_are_not)
{
    struct client *c = client(t);
    int64_t id;

    status_to_give = 422;
    struct response first = call(c, "k-1", "/api/v1/payments", "{}");
    status_to_give = 201;
    struct response again = call(c, "k-1", "/api/v1/payments", "{}");
    ASSERT_INT(again.status, 422);
    ASSERT_STR_EQ(again.body, first.body);
    ASSERT_STR(response_header(&again, "content-type"), "application/problem+json");

    status_to_give = 503;
    ASSERT_INT(call(c, "k-2", "/api/v1/payments", "{}").status, 503);
    id = last_id;
    status_to_give = 201;
    again = call(c, "k-2", "/api/v1/payments", "{}");
    ASSERT_INT(again.status, 201);
    ASSERT_TRUE(response_header(&again, "idempotency-replayed").at == NULL);
    /* The second try makes the same object, should the first have made it after all. */
    ASSERT_INT(last_id, id);
    again = call(c, "k-2", "/api/v1/payments", "{}");
    ASSERT_STR(response_header(&again, "idempotency-replayed"), "true");
}

TEST(keys_have_a_form)
{
    static const struct {
        const char *key;
        int status;
    } cases[] = { { "a", 201 }, { "3f8b-~!", 201 }, { "a b", 422 }, { "", 422 }, { "\xC3\xA9", 422 } };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s", k->key);
        ASSERT_INT(call(c, k->key, "/api/v1/payments", "{}").status, k->status);
    }
    char longest[257] = { 0 };
    for (int i = 0; i < 256; i++)
        longest[i] = 'x';
    ASSERT_INT(call(c, longest, "/api/v1/payments", "{}").status, 422);
    longest[255] = '\0';
    ASSERT_INT(call(c, longest, "/api/v1/payments", "{}").status, 201);
}

/* A handler that asks for itself while it runs. */
static struct client *nested_client;
static int nested_status;
static str nested_retry;

static err ask_again(struct request *rq __attribute__((unused)), struct reply *rp)
{
    struct client *c = nested_client;

    if (runs++ == 0) {
        struct response r = client_json(c, "POST", "/api/v1/nested", "{}");
        nested_status = r.status;
        nested_retry = response_header(&r, "retry-after");
    }
    return reply_created(rp, "x", "/x");
}

TEST(a_call_that_still_runs_is_said_to_run)
{
    /* clang-format off */
    static const struct route rows_[] = {
        { POST, "/nested", API, CONVERSIONS_WRITE, ask_again, NULL, ROUTE_MONEY }, { 0 } };
    /* clang-format on */
    static const struct route *const nested[] = { rows_, NULL };

    store = test_store(t, migrations);
    nested_client = client_open(t, &(struct server_options){ .tables = nested, .store = store });
    nested_client->who = client_key(ROLE_OWNER);
    nested_client->headers = "Idempotency-Key: k\r\n";
    runs = 0;
    ASSERT_INT(client_json(nested_client, "POST", "/api/v1/nested", "{}").status, 201);
    ASSERT_INT(nested_status, 409);
    ASSERT_STR(nested_retry, "1");
    ASSERT_INT(runs, 1);
}

static err forget_answer(struct db *db, void *arg __attribute__((unused)))
{
    static const char *const no_params[] = { NULL };
    static const struct statement as_after_a_crash = { "as_after_a_crash",
        { "UPDATE idempotency_key SET status = 0, body = NULL", "UPDATE idempotency_key SET status = 0, body = NULL" },
        no_params, true };

    return db_run(db, &as_after_a_crash, NO_PARAMS, NULL, NULL, NULL);
}

TEST(a_crash_while_running_blocks_nobody_for_ever)
{
    struct client *c = client(t);
    int64_t id;

    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 201);
    id = last_id;
    ASSERT_OK(store_write(store, forget_answer, NULL));
    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 409);
    ASSERT_INT(runs, 1);
    /* After the lease anybody may go on; it is the same call with the same id. */
    test_advance(t, 3 * MINUTE_MS);
    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 201);
    ASSERT_INT(runs, 2);
    ASSERT_INT(last_id, id);
    /* When this node starts anew, and not when another does, there is nothing to wait for. */
    ASSERT_OK(store_write(store, forget_answer, NULL));
    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 409);
    ASSERT_OK(idempotency_recover(store, t->env->node + 1));
    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 409);
    ASSERT_OK(idempotency_recover(store, t->env->node));
    ASSERT_INT(call(c, "k", "/api/v1/payments", "{}").status, 201);
    ASSERT_INT(last_id, id);
}

TEST(answers_are_forgotten_after_thirty_days)
{
    struct client *c = client(t);

    ASSERT_INT(call(c, "old", "/api/v1/payments", "{}").status, 201);
    test_advance(t, 29 * DAY_MS);
    struct response r = call(c, "old", "/api/v1/payments", "{}");
    ASSERT_STR(response_header(&r, "idempotency-replayed"), "true");
    test_advance(t, 2 * DAY_MS);
    for (int i = 0; i < 200; i++)
        (void)call(c, str_printf(t->arena, "new-%d", i).at, "/api/v1/payments", "{}");
    r = call(c, "old", "/api/v1/payments", "{}");
    ASSERT_INT(r.status, 201);
    ASSERT_TRUE(response_header(&r, "idempotency-replayed").at == NULL);
}

RUN_TESTS(ROW(the_first_answer_comes_again_word_for_word), ROW(another_call_under_the_same_key_is_refused),
    ROW(keys_of_two_callers_do_not_meet), ROW(refusals_are_kept_and_failures_are_not), ROW(keys_have_a_form),
    ROW(a_call_that_still_runs_is_said_to_run), ROW(a_crash_while_running_blocks_nobody_for_ever),
    ROW(answers_are_forgotten_after_thirty_days))
