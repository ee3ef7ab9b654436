/* tributary demo: the tea shop with its history, in a folder of its own. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/house.h"
#include "app/rooms.h"
#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/click/click.h"
#include "rooms/demo/demo.h"
#include "rooms/link/link.h"
#include "rooms/setting/setting.h"
#include "store/spool.h"

const struct option demo_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--partners", NULL, "N", "how many partners (default 55, the most)" },
    { "--days", NULL, "N", "how long the history is (default 90)" },
    { "--clicks", NULL, "N", "how many clicks it has (default 20000)" },
    { "--base-url", "TRIBUTARY_BASE_URL", "URL",
        "where it will be served (default http://127.0.0.1:8080)" },
    { 0 },
};

struct numbers {
    int64_t partners, days, clicks;
};

static int number(
    const struct args *args, const char *name, int64_t least, int64_t most, int64_t *inout)
{
    const char *text = args_get(args, name);

    if (text && (!str_to_int(str_of(text), inout) || *inout < least || *inout > most))
        return say_failed(WRONG_USAGE, "%s takes a number from %lld to %lld", name,
            (long long)least, (long long)most);
    return DONE;
}

static int read_numbers(const struct args *args, struct numbers *out)
{
    int code = number(args, "--partners", 1, 55, &out->partners);

    if (code == DONE)
        code = number(args, "--days", 7, 400, &out->days);
    if (code == DONE)
        code = number(args, "--clicks", 0, 10000000, &out->clicks);
    return code;
}

/* A line that counts up on a terminal; every tenth elsewhere. */
static void progress(const char *what, int64_t done, int64_t of)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%s %lld of %lld%s", what, (long long)done, (long long)of,
            done >= of ? "\n" : "");
    else if (done % 10 == 0)
        fprintf(stderr, "%s %lld of %lld\n", what, (long long)done, (long long)of);
}

/* ---- the parts of a house that nobody serves
 * --------------------------------------------------------------- */

static err open_parts(struct house *house, struct app *app)
{
    TRY(store_open(&(struct store_options){ .url = house->url,
                       .env = house->env,
                       .migrations = rooms_migrations(),
                       .create = true,
                       .migrate = true },
        &house->store));
    TRY(setting_secrets_make(house->store, house->env));
    TRY(spool_open(
        &(struct spool_options){
            .path = str_printf(house->arena, "%s/spool", house->data_dir).at, .env = house->env },
        &app->spool));
    TRY(links_open(house->store, house->env, &app->links));
    app->env = house->env;
    app->store = house->store;
    app->data_dir = house->data_dir;
    return live_open(&(struct live_options){ .env = house->env,
                         .store = house->store,
                         .spool = app->spool,
                         .links = app->links,
                         .data_dir = house->data_dir,
                         .trust_country = true },
        &app->live);
}

static void close_parts(struct app *app)
{
    if (app->live)
        live_close(app->live);
    if (app->links)
        links_close(app->links);
    if (app->spool)
        spool_close(app->spool);
}

/* A key for trying the API, printed with the sign-ins. */
static err add_key(struct db *db, void *arg)
{
    return account_add_key(db, arg);
}

static err make_key(struct house *house, str *out)
{
    struct account_token key = account_key_token(house->env, house->arena, false);
    struct account_key row = { .new_id = id_new(house->env),
        .name = STR("Demo"),
        .scopes = UINT64_MAX,
        .token_hash = key.hash,
        .ending = str_from(key.text, key.text.len - 4),
        .now = house->env->now(house->env) };

    *out = key.text;
    return store_write(house->store, add_key, &row);
}

static void tell(const struct demo_made *made, const char *base_url, str key)
{
    printf(
        "Kettle & Kiln: %lld partners, %lld clicks, %lld orders, %lld refunds, %lld payouts.\n\n",
        (long long)made->partners, (long long)made->clicks, (long long)made->orders,
        (long long)made->refunds, (long long)made->payouts);
    printf("  Public page    %s/p/kettle-and-kiln\n  Demo shop      %s/shop\n  Console        "
           "%s/manage\n"
           "  Partner portal %s/portal\n\n",
        base_url, base_url, base_url, base_url);
    printf("Sign in with the password  %s\n\n", demo_password);
    for (const struct demo_person *p = demo_people; p->role; p++)
        printf("  %-8s  %-36s %s\n", p->role, p->email, p->name);
    printf("\n  API key   %" PRI_STR "\n", STR_ARG(key));
}

int cmd_demo(const struct args *args)
{
    const char *base_url =
        args_get(args, "--base-url") ? args_get(args, "--base-url") : "http://127.0.0.1:8080";
    struct numbers n = { .partners = 55, .days = 90, .clicks = 20000 };
    struct demo_clock clock;
    struct demo_made made = { 0 };
    struct app app = { 0 };
    struct house house;
    str key = STR_NONE;
    int code = read_numbers(args, &n);
    err failed;

    if (code == DONE)
        code = house_prepare(args, &house);
    if (code != DONE)
        return code;
    instant today = house.env->now(house.env);
    demo_clock_start(&clock, house.env, instant_plus_days(today, -n.days));
    house.env = &clock.env;
    failed = open_parts(&house, &app);
    if (!failed)
        failed = demo_make(&(struct demo_options){ .app = &app,
                               .clock = &clock,
                               .today = today,
                               .partners = (int)n.partners,
                               .days = (int)n.days,
                               .clicks = n.clicks,
                               .seed = UINT64_C(0x7ea),
                               .base_url = base_url,
                               .progress = progress },
            &made);
    if (!failed)
        failed = make_key(&house, &key);
    close_parts(&app);
    if (failed)
        code = say_failed(REFUSED, "%s (%s)", failed->text, failed->code);
    else
        tell(&made, base_url, key);
    house_close(&house);
    return code;
}
