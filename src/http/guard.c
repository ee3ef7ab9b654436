/* Forms that only our own pages may send: the token of the session, or for strangers a signed
 * stamp; and, as a second lock, what the browser says about where the form stood. */
#include <string.h>

#include "base/secret.h"
#include "http/inside.h"

const struct err CSRF_FORM = { ERR_FORBIDDEN, "csrf",
    N_("This form was open for too long, or another person has signed in since. Send it once "
       "more."),
    NULL };
const struct err CROSS_SITE = { ERR_FORBIDDEN, "cross_site",
    N_("This form came from another site, so nothing was changed."), NULL };

enum { SIGNATURE_BYTES = 16, STAMP_BYTES = 8 + SIGNATURE_BYTES };
#define STAMP_LIVES_MS (12 * INT64_C(3600000))
#define STAMP_AHEAD_MS (10 * INT64_C(1000))

/* ---- signatures
 * -------------------------------------------------------------------------------------------- */

static void sign(const struct request *rq, char purpose, const void *bytes, size_t size,
    unsigned char out[SIGNATURE_BYTES])
{
    char *whole = arena_alloc(rq->arena, size + 1);

    whole[0] = purpose;
    memcpy(whole + 1, bytes, size);
    secret_mac(rq->parts->server->options.secret, whole, size + 1, out, SIGNATURE_BYTES);
}

str guard_sign(const struct request *rq, str text)
{
    unsigned char mac[SIGNATURE_BYTES];

    sign(rq, 'c', text.at, text.len, mac);
    str body = str_base64url(rq->arena, text.at, text.len);
    str signature = str_base64url(rq->arena, mac, sizeof mac);
    return str_printf(rq->arena, "%" PRI_STR ".%" PRI_STR, STR_ARG(body), STR_ARG(signature));
}

str guard_open(const struct request *rq, str signed_text)
{
    unsigned char mac[SIGNATURE_BYTES], sent[SIGNATURE_BYTES];
    size_t dot = 0;

    if (!str_find(signed_text, '.', &dot) || dot > 2000)
        return STR_NONE;
    size_t size = dot * 3 / 4;
    char *bytes = arena_zero(rq->arena, size + 1);
    if (!str_from_base64url(str_first(signed_text, dot), bytes, size) ||
        !str_from_base64url(str_from(signed_text, dot + 1), sent, sizeof sent))
        return STR_NONE;
    sign(rq, 'c', bytes, size, mac);
    return secret_eq(mac, sent, sizeof mac) ? (str){ bytes, size } : STR_NONE;
}

/* ---- stamps: eight bytes of time, signed
 * -------------------------------------------------------------------- */

static str stamp(const struct request *rq)
{
    unsigned char bytes[STAMP_BYTES];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)rq->now.ms >> (56 - 8 * i));
    sign(rq, 's', bytes, 8, bytes + 8);
    return str_base64url(rq->arena, bytes, sizeof bytes);
}

static bool read_stamp(const struct request *rq, str text, int64_t *out_age_ms)
{
    unsigned char bytes[STAMP_BYTES], mac[SIGNATURE_BYTES];
    uint64_t at = 0;

    if (!str_from_base64url(text, bytes, sizeof bytes))
        return false;
    sign(rq, 's', bytes, 8, mac);
    if (!secret_eq(mac, bytes + 8, sizeof mac))
        return false;
    for (int i = 0; i < 8; i++)
        at = at << 8 | bytes[i];
    int64_t age_ms = rq->now.ms - (int64_t)at;
    *out_age_ms = age_ms > 0 ? age_ms : 0; /* of another node, whose clock is a little ahead */
    return age_ms >= -STAMP_AHEAD_MS && age_ms <= STAMP_LIVES_MS;
}

static bool has_session(const struct request *rq)
{
    return rq->who->session_id != 0;
}

str guard_token(const struct request *rq)
{
    return has_session(rq) ? str_base64url(rq->arena, rq->who->csrf, sizeof rq->who->csrf)
                           : stamp(rq);
}

/* ---- checking
 * ------------------------------------------------------------------------------------------------
 */

static str own_origin(const struct request *rq)
{
    return str_printf(
        rq->arena, "%s://%" PRI_STR, rq->is_tls ? "https" : "http", STR_ARG(rq->host));
}

static bool is_origin_of(str origin, str url)
{
    return str_eq_nocase(origin, str_first(url, origin.len)) &&
           (url.len == origin.len || url.at[origin.len] == '/');
}

/* Browsers of today say where a request came from in Sec-Fetch-Site, which no page can forge: it
 * decides alone, since behind a proxy that tells us nothing our own scheme is unknown. Older ones
 * send Origin with a POST. Who says neither is no browser, and has no cookies that another site
 * could make use of. */
static bool is_own_site(const struct request *rq)
{
    str site = request_header(rq, "sec-fetch-site"), origin = request_header(rq, "origin");

    if (site.at)
        return str_eq(site, STR("same-origin"));
    return !origin.at || str_eq_nocase(origin, own_origin(rq)) ||
           (rq->base_url.at && is_origin_of(origin, rq->base_url));
}

err guard_check(struct request *rq)
{
    str token = request_form(rq, "csrf");

    if (!is_own_site(rq))
        return &CROSS_SITE;
    if (str_empty(token))
        token = request_header(rq, "x-csrf-token");
    if (has_session(rq))
        return !str_empty(token) && secret_eq_str(token, guard_token(rq)) ? NULL : &CSRF_FORM;
    return read_stamp(rq, token, &rq->parts->form_age_ms) ? NULL : &CSRF_FORM;
}
