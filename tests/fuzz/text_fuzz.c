/* Every reader of text in base/: what is read must print back to the same value. */
#include <assert.h>
#include <string.h>

#include "base/amount.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fuzz_amount(struct arena *arena, str s)
{
    static const currency currencies[] = { { "JPY" }, { "EUR" }, { "KWD" } };
    amount a, again;

    for (size_t i = 0; i < 3; i++) {
        if (amount_read(s, currencies[i], &a))
            continue;
        assert(!amount_read(amount_decimal(arena, a), currencies[i], &again));
        assert(a.minor == again.minor);
    }
}

static void fuzz_instant(struct arena *arena, str s)
{
    instant at, again;

    if (!instant_read(s, &at))
        return;
    /* an offset may lead into the year 0 or 10000, which is printed but not read */
    if (at.ms < INT64_C(-62135596800000) || at.ms > INT64_C(253402300799999))
        return;
    assert(instant_read(instant_print(arena, at), &again) && at.ms == again.ms);
}

static void fuzz_encodings(struct arena *arena, str s)
{
    str decoded, encoded = str_url_encode(arena, s);
    struct buf json = buf_new(arena);
    char raw[64];
    int64_t id;

    assert(str_url_decode(arena, encoded, true, &decoded) && str_eq(decoded, s));
    (void)str_url_decode(arena, s, true, &decoded);
    buf_json(&json, s);
    assert(s.len == 0 || memchr(buf_str(&json).at, 0, buf_str(&json).len) == NULL);
    if (str_from_base64url(s, raw, s.len * 3 / 4 < sizeof(raw) ? s.len * 3 / 4 : 0))
        assert(str_eq(str_base64url(arena, raw, s.len * 3 / 4), s));
    if (id_read("par", s, &id))
        assert(str_eq(id_print(arena, "par", id), s));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new();
    str s = { (const char *)bytes, size };
    currency c;
    int64_t number;

    fuzz_amount(arena, s);
    fuzz_instant(arena, s);
    fuzz_encodings(arena, s);
    if (!currency_read(s, &c))
        assert(!currency_none(c));
    if (str_to_int(s, &number) && s.len && s.at[0] != '-')
        assert(number >= 0);
    arena_free(arena);
    return 0;
}
