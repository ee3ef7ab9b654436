/* A click as bytes: what the spool keeps until the drain has moved it. */
#include "rooms/click/click_inside.h"

#include <endian.h>
#include <string.h>

enum { RECORD_VERSION = 1, RECORD_FIXED = 74 };

/* The lowest byte first. */
static inline void put(unsigned char **at, uint64_t value, int bytes)
{
    uint64_t little = htole64(value);
    memcpy(*at, &little, (size_t)bytes);
    *at += bytes;
}

static inline uint64_t get(const unsigned char **at, int bytes)
{
    uint64_t little = 0;
    memcpy(&little, *at, (size_t)bytes);
    *at += bytes;
    return le64toh(little);
}

static void put_text(unsigned char **at, str text)
{
    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *at += text.len;
}

static str get_text(const unsigned char **at, size_t len)
{
    str text = { len > 0 ? (const char *)*at : NULL, len };
    *at += len;
    return text;
}

size_t click_record_write(const struct click *c, unsigned char out[CLICK_RECORD_MAX])
{
    const str *subs[CLICK_SUBS] = { &c->sub1, &c->sub2, &c->sub3, &c->sub4, &c->sub5 };
    unsigned char *at = out;
    put(&at, RECORD_VERSION, 1);
    put(&at, (uint64_t)c->id, 8);
    put(&at, (uint64_t)c->program_id, 8);
    put(&at, (uint64_t)c->link_id, 8);
    put(&at, (uint64_t)c->partner_id, 8);
    put(&at, (uint64_t)c->creative_id, 8);
    put(&at, (uint64_t)c->visitor_id, 8);
    put(&at, (uint64_t)c->visitor_hash, 8);
    put(&at, (uint64_t)c->marks, 4);
    put(&at, c->device, 1);
    put(&at, c->browser, 1);
    put(&at, c->country.len == 2 ? (unsigned char)c->country.at[0] : 0, 1);
    put(&at, c->country.len == 2 ? (unsigned char)c->country.at[1] : 0, 1);
    for (int i = 0; i < CLICK_SUBS; i++)
        put(&at, subs[i]->len, 1);
    put(&at, c->referrer.len, 1);
    put(&at, c->ip.len, 1);
    put(&at, c->landing.len, 2);
    for (int i = 0; i < CLICK_SUBS; i++)
        put_text(&at, *subs[i]);
    put_text(&at, c->referrer);
    put_text(&at, c->ip);
    put_text(&at, c->landing);
    return (size_t)(at - out);
}

bool click_record_read(const unsigned char *record, size_t size, struct click *out)
{
    if (size < RECORD_FIXED || record[0] != RECORD_VERSION)
        return false;
    struct click c = { 0 };
    str *subs[CLICK_SUBS] = { &c.sub1, &c.sub2, &c.sub3, &c.sub4, &c.sub5 };
    const unsigned char *at = record + 1;
    c.id = (int64_t)get(&at, 8);
    c.program_id = (int64_t)get(&at, 8);
    c.link_id = (int64_t)get(&at, 8);
    c.partner_id = (int64_t)get(&at, 8);
    c.creative_id = (int64_t)get(&at, 8);
    c.visitor_id = (int64_t)get(&at, 8);
    c.visitor_hash = (int64_t)get(&at, 8);
    c.marks = (int64_t)get(&at, 4);
    uint64_t device = get(&at, 1), browser = get(&at, 1);
    str country = get_text(&at, 2);
    size_t lens[CLICK_SUBS], texts = 0;
    for (int i = 0; i < CLICK_SUBS; i++)
        texts += lens[i] = (size_t)get(&at, 1);
    size_t referrer = (size_t)get(&at, 1), ip = (size_t)get(&at, 1), landing = (size_t)get(&at, 2);
    texts += referrer + ip + landing;
    if ((size_t)(at - record) + texts != size || device > DEVICE_OTHER || browser > BROWSER_OTHER ||
        c.id <= 0)
        return false;

    c.device = (enum click_device)device;
    c.browser = (enum click_browser)browser;
    c.country = country.at[0] ? country : STR_NONE;
    for (int i = 0; i < CLICK_SUBS; i++)
        *subs[i] = get_text(&at, lens[i]);
    c.referrer = get_text(&at, referrer);
    c.ip = get_text(&at, ip);
    c.landing = get_text(&at, landing);
    c.at = id_instant(c.id);
    *out = c;
    return true;
}
