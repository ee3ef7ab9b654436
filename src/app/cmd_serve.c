/* tributary serve. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/serve.h"
#include "base/log.h"

const struct option serve_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--replica", "TRIBUTARY_REPLICA", "URL",
        "a PostgreSQL that follows the database: reports and lists of clicks may be read there" },
    { "--replica-most", "TRIBUTARY_REPLICA_MOST", "SECONDS",
        "farther behind than this it is not read (default 10)" },
    { "--listen", "TRIBUTARY_LISTEN", "ADDRESS",
        "127.0.0.1:8080 (default), [::1]:0, unix:/run/x.sock; several with commas" },
    { "--base-url", "TRIBUTARY_BASE_URL", "URL", "as visitors reach it: https://go.example.com" },
    { "--trusted", "TRIBUTARY_TRUSTED", "LIST",
        "proxies whose X-Forwarded-For is believed: 127.0.0.1, 10.0.0.0/8" },
    { "--forwarded", "TRIBUTARY_FORWARDED", NULL,
        "they send Forwarded (RFC 7239) in place of X-Forwarded-For, which is not believed then" },
    { "--trust-country", "TRIBUTARY_TRUST_COUNTRY", NULL,
        "believe CF-IPCountry and X-Country of the proxy" },
    { "--proxy-protocol", "TRIBUTARY_PROXY_PROTOCOL", NULL,
        "trusted proxies begin with PROXY v1 or v2" },
    { "--workers", "TRIBUTARY_WORKERS", "N",
        "threads that answer pages and calls (default 32; with --database 4)" },
    { "--disk", "TRIBUTARY_DISK", "FOLDER", "read pages from this src folder, for development" },
    { "--test-clock", NULL, NULL, "POST /test/clock moves the time; on loopback only" },
    { "--quiet", NULL, NULL, "log warnings and errors alone" },
    { 0 },
};

static bool is_loopback(const char *listen)
{
    str rest = str_of(listen), part;

    while (str_cut(&rest, ',', &part)) {
        part = str_trim(part);
        if (!str_starts(part, STR("127.")) && !str_starts(part, STR("[::1]:")) &&
            !str_starts(part, STR("localhost:")))
            return false;
    }
    return true;
}

static bool is_web_address(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

/* Tells systemd, when it started us. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    if (!path || strlen(path) >= sizeof(to.sun_path))
        return;
    memcpy(to.sun_path, path, strlen(path));
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (fd >= 0 && sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size) < 0)
        log_line(LOG_WARN, "systemd could not be told: %s", state);
    if (fd >= 0)
        close(fd);
}

static void wait_for_the_end(struct serving *serving, const sigset_t *signals)
{
    int signal = 0;

    while (sigwait(signals, &signal) == 0 && signal == SIGHUP)
        serving_reload(serving);
    log_line(LOG_INFO, "stopping signal=%d", signal);
}

static int read_options(const struct args *args, struct serve_options *out)
{
    const char *listen = args_get(args, "--listen");

    *out = (struct serve_options){
        .listen = listen ? listen : "127.0.0.1:8080",
        .base_url = args_get(args, "--base-url"),
        .trusted = args_get(args, "--trusted"),
        .disk = args_get(args, "--disk"),
        .test_clock = args_has(args, "--test-clock"),
        .trust_country = args_has(args, "--trust-country"),
        .proxy_protocol = args_has(args, "--proxy-protocol"),
        .forwarded = args_has(args, "--forwarded"),
        .workers = house_workers(args),
    };
    if (out->workers < 0)
        return say_failed(WRONG_USAGE, "--workers is a number from 1 to 256");
    if (out->base_url &&
        (!is_web_address(out->base_url) || str_ends(str_of(out->base_url), STR("/"))))
        return say_failed(
            WRONG_USAGE, "--base-url begins with https:// or http:// and ends without a slash");
    if (out->test_clock && !is_loopback(out->listen))
        return say_failed(
            REFUSED, "--test-clock is for loopback alone: whoever can reach it can move the time");
    return DONE;
}

int cmd_serve(const struct args *args)
{
    struct serve_options options;
    struct serving serving = { 0 };
    sigset_t signals;
    char address[200];

    int code = read_options(args, &options);
    if (code != DONE)
        return code;
    if (args_has(args, "--quiet"))
        log_level_set(LOG_WARN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: only this one hears them */

    code = house_open(args, HOUSE_SERVE, &serving.house);
    if (code != DONE)
        return code;
    code = serving_start(&serving, &options);
    if (code == DONE) {
        server_address(serving.server, address, sizeof address);
        printf("listening on %s\n", address);
        fflush(stdout);
        notify("READY=1");
        wait_for_the_end(&serving, &signals);
        notify("STOPPING=1");
    }
    serving_stop(&serving);
    house_close(&serving.house);
    return code;
}
