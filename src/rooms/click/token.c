/* The click's token and the visitor's cookie. */
#include "rooms/click/click_inside.h"

#include <string.h>

const struct err CLICK_INVALID = { ERR_INVALID, "click_invalid",
    N_("This click was not made here, or was changed on its way."), "click" };

/* A token is 41 bytes: version, click, link, visitor (behind the permutation), 16 bytes of MAC over
 * them. */
enum { TOKEN_VERSION = 2, TOKEN_TEXT = 25, TOKEN_MAC = SEAL_BYTES, TOKEN_BYTES = TOKEN_TEXT + TOKEN_MAC };

static void put64(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (56 - 8 * i));
}

static uint64_t get64(const unsigned char *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

/* Each use has a key of its own, made from the one secret. */
void click_keys_make(struct click_keys *keys, const unsigned char secret[MAC_KEY_BYTES])
{
    secret_mac(secret, "click token", 11, keys->token, sizeof(keys->token));
    secret_mac(secret, "visitor cookie", 14, keys->visitor, sizeof(keys->visitor));
}

uint64_t click_visitor_shown(const struct click_keys *keys, int64_t visitor_id)
{
    return secret_permute(keys->visitor, (uint64_t)visitor_id);
}

void click_token_write(
    const struct click_keys *keys, const struct click_token *t, char out[CLICK_TOKEN_LEN])
{
    click_token_print(keys, t, click_visitor_shown(keys, t->visitor_id), out);
}

void click_token_print(const struct click_keys *keys, const struct click_token *t, uint64_t shown,
    char out[CLICK_TOKEN_LEN])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[TOKEN_BYTES + 1] = { TOKEN_VERSION };
    put64(bytes + 1, (uint64_t)t->id);
    put64(bytes + 9, (uint64_t)t->link_id);
    put64(bytes + 17, shown);
    secret_seal(keys->token, bytes, TOKEN_TEXT, bytes + TOKEN_TEXT);
    for (int i = 0, to = 0; to < CLICK_TOKEN_LEN; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16;
        group |= i + 1 < TOKEN_BYTES ? (unsigned)bytes[i + 1] << 8 : 0;
        group |= i + 2 < TOKEN_BYTES ? bytes[i + 2] : 0u;
        for (int shift = 18; shift >= 0 && to < CLICK_TOKEN_LEN; shift -= 6)
            out[to++] = digits[group >> shift & 63];
    }
}

bool click_token_open(const struct click_keys *keys, str token, struct click_token *out)
{
    unsigned char bytes[TOKEN_BYTES], mac[TOKEN_MAC];
    if (token.len != CLICK_TOKEN_LEN || !str_from_base64url(token, bytes, sizeof(bytes)))
        return false;
    secret_seal(keys->token, bytes, TOKEN_TEXT, mac);
    if (!secret_eq(mac, bytes + TOKEN_TEXT, TOKEN_MAC) || bytes[0] != TOKEN_VERSION)
        return false;
    *out = (struct click_token){ .id = (int64_t)get64(bytes + 1),
        .link_id = (int64_t)get64(bytes + 9),
        .visitor_id = (int64_t)secret_unpermute(keys->visitor, get64(bytes + 17)) };
    return true;
}

str click_token_make(struct arena *arena, const struct live *live, const struct click_token *token)
{
    char text[CLICK_TOKEN_LEN];
    click_token_write(&live->keys, token, text);
    return str_dup(arena, (str){ text, sizeof(text) });
}

err click_token_read(const struct live *live, str token, struct click_token *out)
{
    return click_token_open(&live->keys, token, out) ? NULL : &CLICK_INVALID;
}

/* ---- the visitor
 * ---------------------------------------------------------------------------------------------- */

void click_visitor_write(const struct click_keys *keys, int64_t visitor_id, char out[VISITOR_LEN])
{
    click_visitor_print(click_visitor_shown(keys, visitor_id), out);
}

void click_visitor_print(uint64_t shown, char out[VISITOR_LEN])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (int i = VISITOR_LEN - 1; i >= 0; i--, shown >>= 5)
        out[i] = digits[shown & 31];
}

/* A made-up value is an id of the past only once in fifty times, and then of nobody in particular.
 */
bool click_visitor_open(
    const struct click_keys *keys, str cookie, instant now, int64_t *out_visitor_id)
{
    uint64_t shown;
    if (!str_from_base32_u64(cookie, &shown))
        return false;
    int64_t id = (int64_t)secret_unpermute(keys->visitor, shown);
    if (id <= 0 || id_instant(id).ms > now.ms + DAY_MS)
        return false;
    *out_visitor_id = id;
    return true;
}

bool click_visitor_read(const struct live *live, str cookie, int64_t *out_visitor_id)
{
    return click_visitor_open(&live->keys, cookie, live->env->now(live->env), out_visitor_id);
}
