/* The mail sender: libcurl's SMTP. */
#include "rooms/message/outbox.h"

#include <curl/curl.h>
#include <string.h>

#include "base/arena.h"

enum { CONNECT_SECONDS = 10, WHOLE_SECONDS = 60 };

struct reading {
    str rest;
};

static size_t read_more(char *into, size_t size, size_t count, void *arg)
{
    struct reading *reading = arg;
    str part = str_first(reading->rest, size * count);

    if (part.len)
        memcpy(into, part.at, part.len);
    reading->rest = str_from(reading->rest, part.len);
    return part.len;
}

static void forget_list(void *list)
{
    curl_slist_free_all(list);
}

err smtp_send(struct arena *arena, const struct mail_server *server, str from, str to, str wire)
{
    bool is_tls = str_eq(server->tls, STR("tls"));
    struct reading reading = { wire };
    char why[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();

    if (!curl)
        return err_make(arena, ERR_INTERNAL, "mail_not_sent", NULL, "libcurl did not start");
    arena_defer(arena, curl_easy_cleanup, curl);
    struct curl_slist *rcpt =
        curl_slist_append(NULL, str_c(arena, str_printf(arena, "<%" PRI_STR ">", STR_ARG(to))));
    arena_defer(arena, forget_list, rcpt);

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_URL,
        str_c(arena, str_printf(arena, "%s://%" PRI_STR ":%lld", is_tls ? "smtps" : "smtp",
                         STR_ARG(server->host), (long long)server->port)));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
        (long)(str_eq(server->tls, STR("starttls")) ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (!str_empty(server->user)) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, str_c(arena, server->user));
        curl_easy_setopt(curl, CURLOPT_PASSWORD, str_c(arena, server->password));
    }
    curl_easy_setopt(
        curl, CURLOPT_MAIL_FROM, str_c(arena, str_printf(arena, "<%" PRI_STR ">", STR_ARG(from))));
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, rcpt);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_more);
    curl_easy_setopt(curl, CURLOPT_READDATA, &reading);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);

    CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL); /* `why` goes before the handle does */
    if (code != CURLE_OK)
        return err_make(
            arena, ERR_BUSY, "mail_not_sent", NULL, "%s", why[0] ? why : curl_easy_strerror(code));
    return NULL;
}
