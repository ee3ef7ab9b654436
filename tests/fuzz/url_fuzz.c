/* Fuzz target: addresses that visitors and partners send. */
#include "base/arena.h"
#include "base/url.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct arena *arena = arena_new();
    str text = { (const char *)bytes, size }, clean;
    struct url u;
    const str domains[] = { STR("shop.example") };
    if (url_read(text, &u)) {
        assert(u.host.len > 0 && !memchr(bytes, '\\', size) && !memchr(bytes, '\r', size));
        assert(u.host.at >= text.at && u.host.at + u.host.len <= text.at + text.len);
        if (url_allowed(&u, domains, 1))
            assert(str_ends(str_lower(arena, u.host), STR("shop.example")));
    }
    if (!url_clean(arena, text, &clean)) {
        str again;
        assert(url_read(clean, &u)); /* what was cleaned can be read */
        assert(!url_clean(arena, clean, &again) && str_eq(clean, again));
    }
    str host = url_host_of(arena, text);
    assert(host.len <= 253);
    arena_free(arena);
    return 0;
}
