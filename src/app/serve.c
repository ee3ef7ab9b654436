/* Starting and stopping, in the order in which things need each other. */
#include "app/serve.h"

#include <string.h>
#include <unistd.h>

#include "app/gate.h"
#include "app/rooms.h"
#include "base/log.h"
#include "http/edge.h"
#include "http/metrics.h"
#include "pages.h"
#include "rooms/click/click.h"
#include "rooms/link/link.h"
#include "rooms/setting/setting.h"
#include "store/spool.h"
#include "view/asset.h"
#include "view/template.h"
#include "work/node.h"

/* ---- parts
 * ---------------------------------------------------------------------------------------------- */

static err read_secret(struct db *db, void *arg)
{
    struct serving *serving = arg;

    return setting_secret(db, "form", serving->form_secret);
}

static err open_secrets(struct serving *serving)
{
    TRY(setting_secrets_make(serving->house.store, serving->house.env));
    return store_read(serving->house.store, read_secret, serving);
}

/* After this machine was started anew its former lease may have a moment to run. */
static err hold_spool(struct serving *serving)
{
    err failure = NULL;

    for (int second = 0; second < 60; second++) {
        failure = node_hold_spool(serving->house.node, spool_name(serving->app.spool));
        if (failure != &NODE_HOLDS_SPOOL)
            break;
        if (second == 0)
            log_line(LOG_WARN, "%s Waiting for its lease to end.", failure->text);
        sleep(1);
    }
    return failure;
}

static err open_clicks(struct serving *serving, const struct serve_options *options)
{
    struct house *house = &serving->house;
    const char *folder = str_printf(house->arena, "%s/spool", house->data_dir).at;

    TRY(spool_open(
        &(struct spool_options){ .path = folder, .env = house->env }, &serving->app.spool));
    TRY(hold_spool(serving));
    TRY(links_open(house->store, house->env, &serving->app.links));
    return live_open(
        &(struct live_options){
            .env = house->env,
            .store = house->store,
            .spool = serving->app.spool,
            .links = serving->app.links,
            .data_dir = house->data_dir,
            .trust_country = options->trust_country,
            .shares_salt = house->node != NULL,
            .ids_until_us = node_ids_until_us(house->node),
        },
        &serving->app.live);
}

static instant complete_to(void *arg)
{
    struct live_health health;

    live_health(arg, &health);
    return health.complete_to;
}

static err open_pages(struct serving *serving)
{
    return templates_open(pages, serving->disk, false, &serving->app.templates);
}

static err open_work(struct serving *serving)
{
    return work_open(
        &(struct work_options){
            .store = serving->house.store,
            .env = serving->house.env,
            .tables = rooms_jobs(),
            .app = &serving->app,
        },
        &serving->app.work);
}

static strs split(struct arena *arena, const char *text)
{
    strs parts = { ARENA_ARRAY(arena, str, 32), 0 };
    str rest = str_of(text), part;

    while (text && parts.count < 32 && str_cut(&rest, ',', &part))
        if (!str_empty(str_trim(part)))
            parts.at[parts.count++] = str_trim(part);
    return parts;
}

static void numbers(struct app *app, struct buf *out)
{
    struct store_health store;
    struct spool_health spool;
    struct live_health live;

    store_health(app->store, &store);
    spool_health(app->spool, &spool);
    live_health(app->live, &live);
    metrics_line(
        out, "tributary_store_writable", "gauge", "1 while writes are taken.", store.writable);
    metrics_line(
        out, "tributary_store_bytes", "gauge", "Bytes of the database files.", store.bytes);
    metrics_line(out, "tributary_store_queued_writes", "gauge", "Writes waiting for their turn.",
        (int64_t)store.queued_writes);
    if (store.has_replica) {
        metrics_line(out, "tributary_replica_behind_ms", "gauge",
            "How far the replica is behind; -1 while it is not read.", store.replica_behind_ms);
        metrics_line(out, "tributary_replica_reads_total", "counter",
            "Pages begun on the replica since the start.", store.replica_reads);
    }
    metrics_line(out, "tributary_clicks_recorded_total", "counter",
        "Clicks recorded since the start.", (int64_t)live.recorded);
    metrics_line(out, "tributary_clicks_unrecorded_total", "counter",
        "Visitors sent on without a record, because none was possible.", (int64_t)live.unrecorded);
    metrics_line(out, "tributary_clicks_drained_total", "counter",
        "Clicks moved from the journal to the store.", (int64_t)live.drained);
    metrics_line(out, "tributary_spool_undrained_bytes", "gauge",
        "Bytes of the journal not yet moved.", (int64_t)spool.bytes_undrained);
    metrics_line(out, "tributary_spool_groups_total", "counter",
        "Groups of clicks that were made safe with one sync.", (int64_t)spool.groups);
    metrics_line(out, "tributary_spool_worst_sync_us", "gauge", "The slowest sync of the journal.",
        spool.worst_sync_us);
    metrics_line(out, "tributary_links", "gauge", "Links in memory.", (int64_t)live.links);
}

static err open_server(struct serving *serving, const struct serve_options *options)
{
    struct arena *arena = serving->house.arena;

    TRY(server_open(
        &(struct server_options){
            .env = serving->house.env,
            .app = &serving->app,
            .store = serving->house.store,
            .templates = serving->app.templates,
            .tables = rooms_routes(),
            .gate = &house_gate,
            .assets = assets,
            .secret = serving->form_secret,
            .base_url = options->base_url,
            .former_node = node_former(serving->house.node),
            .test_clock = options->test_clock,
            .error_page = "app/error",
            .fast = click_fast,
            .round = click_round,
            .numbers = numbers,
            .edge = {
                .listen = split(arena, options->listen),
                .trusted = split(arena, options->trusted),
                .proxy_protocol = options->proxy_protocol,
                .forwarded = options->forwarded ? FORWARDED_RFC_7239 : FORWARDED_X,
                .no_activation = options->test_clock, /* it was judged by --listen */
                .workers = (int)options->workers,
            },
        },
        &serving->server));
    return server_listen(serving->server);
}

/* ---- all
 * -------------------------------------------------------------------------------------------------
 */

static err start_all(struct serving *serving, const struct serve_options *options)
{
    TRY(open_secrets(serving));
    TRY(open_pages(serving));
    TRY(open_clicks(serving, options));
    TRY(open_work(serving));
    TRY(open_server(serving, options));
    live_edge(serving->app.live, server_edge(serving->server));
    node_watch(serving->house.node, complete_to, serving->app.live);
    return NULL;
}

int serving_start(struct serving *serving, const struct serve_options *options)
{
    serving->disk = options->disk;
    serving->app = (struct app){
        .env = serving->house.env,
        .store = serving->house.store,
        .data_dir = serving->house.data_dir,
        .base_url = options->base_url,
        .test_clock = options->test_clock,
        .started_at = serving->house.env->now(serving->house.env),
    };
    err failure = start_all(serving, options);
    return failure ? say_failed(REFUSED, "%s", failure->text) : DONE;
}

void serving_stop(struct serving *serving)
{
    if (serving->server)
        server_stop(serving->server);
    node_watch(serving->house.node, NULL, NULL);
    work_close(serving->app.work);
    if (serving->app.live)
        live_close(serving->app.live);
    if (serving->app.links)
        links_close(serving->app.links);
    if (serving->app.spool)
        spool_close(serving->app.spool);
    server_close(serving->server);
    templates_close(serving->app.templates);
}

void serving_reload(struct serving *serving)
{
    struct templates *fresh = NULL;
    err failure = templates_open(pages, serving->disk, false, &fresh);

    /* Pages from disk follow their files by themselves; this only says what is wrong with them. */
    if (failure)
        log_line(LOG_WARN, "pages are not sound: %s", failure->text);
    else
        log_line(LOG_INFO, "pages are sound");
    templates_close(fresh);
}
