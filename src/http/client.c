/* Outgoing HTTP over libcurl. The address is judged at the moment a socket is opened for it, so a
 * name that answers differently the second time gains nothing. */
#include "http/client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/log.h"
#include "base/url.h"

enum { HEADERS_MAX = 64 * 1024, ANSWER_MAX = 64 * 1024, CONNECT_MS = 3000, TOTAL_MS = 10000 };

/* clang-format off */
const struct err CLIENT_URL     = { ERR_INVALID, "client_url", N_("This address cannot be called. It must begin with http:// or https:// and use a usual port."), NULL };
const struct err CLIENT_PRIVATE = { ERR_INVALID, "client_private", N_("This address leads into a private network, which is not allowed."), NULL };
const struct err CLIENT_NAME    = { ERR_BUSY, "client_name", N_("The host name was not found."), NULL };
const struct err CLIENT_CONNECT = { ERR_BUSY, "client_connect", N_("Nobody answers at this address."), NULL };
const struct err CLIENT_TLS     = { ERR_BUSY, "client_tls", N_("The certificate at this address is not valid."), NULL };
const struct err CLIENT_SLOW    = { ERR_BUSY, "client_slow", N_("The answer took too long."), NULL };
const struct err CLIENT_BROKEN  = { ERR_BUSY, "client_broken", N_("The answer was not HTTP, or it broke off."), NULL };
const struct err CLIENT_LOOP    = { ERR_BUSY, "client_loop", N_("The address leads on too many times."), NULL };
/* clang-format on */

struct transfer {
    struct arena *arena;
    const struct client_request *rq;
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    size_t body_max, header_bytes;
    bool is_cut, is_private;
    struct address address;
};

static void start_library(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        log_fatal("libcurl does not start");
}

static void free_headers(void *handle)
{
    curl_slist_free_all(handle);
}

static size_t on_body(char *bytes, size_t one, size_t size, void *arg)
{
    struct transfer *t = arg;
    size_t room = t->body_max - t->body.len;

    (void)one;
    buf_bytes(&t->body, bytes, size < room ? size : room);
    if (size <= room)
        return size;
    t->is_cut = true;
    return 0; /* ends the transfer */
}

static size_t on_header(char *bytes, size_t one, size_t size, void *arg)
{
    struct transfer *t = arg;

    (void)bytes;
    (void)one;
    t->header_bytes += size;
    return t->header_bytes > HEADERS_MAX ? 0 : size;
}

static bool address_of(const struct sockaddr *from, struct address *out)
{
    *out = (struct address){ .ip = { [10] = 0xff, [11] = 0xff } };
    if (from->sa_family == AF_INET)
        memcpy(out->ip + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    else if (from->sa_family == AF_INET6)
        memcpy(out->ip, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    else
        return false;
    return true;
}

/* Every connection begins here, whatever name it was for: the numbers decide. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = arg;

    if (purpose != CURLSOCKTYPE_IPCXN || !address_of(&to->addr, &t->address))
        return CURL_SOCKET_BAD;
    if (!t->rq->private_allowed && address_is_private(t->address)) {
        t->is_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool port_is_usual(int32_t port)
{
    return port == 0 || port == 80 || port == 443 || port == 8080 || port == 8443;
}

static err check_url(const struct client_request *rq, str text)
{
    struct url url;

    if (!url_read(text, &url))
        return &CLIENT_URL;
    if (rq->only_https && !str_eq(url.scheme, STR("https")))
        return &CLIENT_URL;
    return rq->any_port || port_is_usual(url.port) ? NULL : &CLIENT_URL;
}

static bool is_clean(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
            return false;
    return s.len > 0;
}

/* Broken header lines are a promise of our own broken: callers make them from checked values. */
static err add_headers(struct transfer *t)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* do not wait for 100 */

    for (size_t i = 0; list && i < t->rq->headers.count; i++) {
        struct curl_slist *longer;

        if (!is_clean(t->rq->headers.at[i])) {
            curl_slist_free_all(list);
            return &CLIENT_BROKEN;
        }
        longer = curl_slist_append(list, str_c(t->arena, t->rq->headers.at[i]));
        if (!longer)
            log_fatal("out of memory");
        list = longer;
    }
    t->headers = list;
    arena_defer(t->arena, free_headers, list);
    return NULL;
}

static void set_method(struct transfer *t)
{
    const struct client_request *rq = t->rq;
    const char *method = rq->method ? rq->method : rq->body.at ? "POST" : "GET";

    if (rq->body.at) {
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.len);
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, rq->body.at);
    } else if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(t->curl, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, method);
}

static void set_guards(struct transfer *t)
{
    CURL *c = t->curl;

    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, t->rq->only_https ? "https" : "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L); /* each step is checked by us */
    curl_easy_setopt(c, CURLOPT_PROXY, "");          /* whatever the environment says */
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "Tributary/" TRIBUTARY_VERSION);
}

static err error_of(const struct transfer *t, CURLcode code)
{
    if (t->is_private)
        return &CLIENT_PRIVATE;
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return &CLIENT_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
        return &CLIENT_NAME;
    case CURLE_COULDNT_CONNECT:
        return &CLIENT_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return &CLIENT_SLOW;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return &CLIENT_TLS;
    default:
        return &CLIENT_BROKEN;
    }
}

static str text_of(struct transfer *t, CURLINFO what)
{
    const char *text = NULL;

    curl_easy_getinfo(t->curl, what, &text);
    return str_dup(t->arena, str_of(text));
}

/* One request and one answer, at the URL given. */
static err exchange_once(struct transfer *t, str url, int64_t left_ms, struct client_answer *out)
{
    int64_t connect_ms = t->rq->connect_ms ? t->rq->connect_ms : CONNECT_MS;
    long status = 0;
    CURLcode code;

    t->header_bytes = 0;
    buf_clear(&t->body);
    curl_easy_setopt(t->curl, CURLOPT_URL, str_c(t->arena, url));
    curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(
        t->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms < left_ms ? connect_ms : left_ms));
    code = curl_easy_perform(t->curl);
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && t->is_cut))
        return error_of(t, code);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    out->body = buf_str(&t->body);
    out->is_cut = t->is_cut;
    out->content_type = text_of(t, CURLINFO_CONTENT_TYPE);
    out->location = text_of(t, CURLINFO_REDIRECT_URL);
    out->url = url;
    out->address = t->address;
    return NULL;
}

static bool leads_on(const struct client_request *rq, const struct client_answer *a)
{
    bool is_reading = !rq->body.at && (!rq->method || strcmp(rq->method, "GET") == 0 ||
                                          strcmp(rq->method, "HEAD") == 0);

    return is_reading && rq->redirects_max > 0 && a->status >= 300 && a->status < 400 &&
           !str_empty(a->location);
}

static err follow(struct transfer *t, const struct env *env, struct client_answer *out)
{
    int64_t total_ms = t->rq->total_ms ? t->rq->total_ms : TOTAL_MS;
    int64_t began_us = env->ticks_us(env);
    str url = t->rq->url;

    for (int step = 0;; step++) {
        int64_t left_ms = total_ms - (env->ticks_us(env) - began_us) / 1000;

        if (left_ms <= 0)
            return &CLIENT_SLOW;
        TRY(check_url(t->rq, url));
        TRY(exchange_once(t, url, left_ms, out));
        out->took_us = env->ticks_us(env) - began_us;
        if (!leads_on(t->rq, out))
            return NULL;
        if (step == t->rq->redirects_max)
            return &CLIENT_LOOP;
        url = out->location;
    }
}

static void free_curl(void *handle)
{
    curl_easy_cleanup(handle);
}

err client_send(struct arena *arena, const struct env *env, const struct client_request *rq,
    struct client_answer *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct transfer *t = ARENA_NEW(arena, struct transfer);

    *out = (struct client_answer){ 0 };
    pthread_once(&once, start_library);
    t->arena = arena;
    t->rq = rq;
    t->body = buf_new(arena);
    t->body_max = rq->answer_max ? rq->answer_max : ANSWER_MAX;
    TRY(check_url(rq, rq->url));
    TRY(add_headers(t));
    t->curl = curl_easy_init();
    if (!t->curl)
        log_fatal("out of memory");
    arena_defer(arena, free_curl, t->curl);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
    set_guards(t);
    set_method(t);
    return follow(t, env, out);
}
