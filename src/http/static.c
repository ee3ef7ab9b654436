/* Static files: embedded, compressed beforehand, kept by browsers for ever under names that change
 * with them. */
#include "http/inside.h"
#include "view/asset.h"

/* "gzip, br;q=0.5": does the list take this coding? */
static bool takes(str header, str coding)
{
    str part = STR_NONE;

    while (str_cut(&header, ',', &part)) {
        str name = STR_NONE;
        part = str_trim(part);
        if (!str_cut(&part, ';', &name) || !str_eq_nocase(str_trim(name), coding))
            continue;
        str q = str_trim(part);
        return !(str_starts(q, STR("q=0")) && !str_starts(q, STR("q=0.")));
    }
    return false;
}

static const struct asset *find(const struct asset *all, str name)
{
    for (const struct asset *a = all; a && a->name; a++) {
        if (str_eq(str_of(a->hashed), name))
            return a;
    }
    return NULL;
}

static str choose(const struct request *rq, const struct asset *a, const char **out_coding)
{
    str accepted = request_header(rq, "accept-encoding");

    *out_coding = NULL;
    if (a->brotli && takes(accepted, STR("br"))) {
        *out_coding = "br";
        return (str){ a->brotli, a->brotli_size };
    }
    if (a->gzip && takes(accepted, STR("gzip"))) {
        *out_coding = "gzip";
        return (str){ a->gzip, a->gzip_size };
    }
    return (str){ a->raw, a->raw_size };
}

struct answer static_answer(struct server *server, struct request *rq, str name)
{
    static const struct err missing = { ERR_NOT_FOUND, "not_found", N_("There is no such file."),
        NULL };
    const struct asset *a = find(server->options.assets, name);
    const char *coding = NULL;

    if (!a)
        return answer_error(server, rq, NULL, &missing);
    str body = choose(rq, a, &coding);
    str tag =
        str_printf(rq->arena, "\"%s%s%s\"", a->hashed, coding ? "-" : "", coding ? coding : "");
    struct buf headers = buf_new(rq->arena);
    answer_headers(&headers, rq, false);
    buf_printf(&headers,
        "Content-Type: %s\r\nCache-Control: public, max-age=31536000, immutable\r\n"
        "ETag: %" PRI_STR "\r\nVary: Accept-Encoding\r\n",
        a->type, STR_ARG(tag));
    if (str_eq(request_header(rq, "if-none-match"), tag))
        return (struct answer){ .status = 304, .headers = buf_str(&headers), .body = STR("") };
    if (coding)
        buf_printf(&headers, "Content-Encoding: %s\r\n", coding);
    return (struct answer){ .status = 200, .headers = buf_str(&headers), .body = body };
}
