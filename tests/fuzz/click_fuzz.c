/* Fuzz target: what visitors send with a click, and what comes back: query, cookie, token, agent,
 * the record. */
#include "base/arena.h"
#include "rooms/click/agent.h"
#include "rooms/click/click_inside.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static struct click_keys keys;
    static bool is_ready;
    if (!is_ready) {
        unsigned char secret[MAC_KEY_BYTES] = { 5 };
        secret_start();
        click_keys_make(&keys, secret);
        agent_start();
        is_ready = true;
    }
    str text = { (const char *)bytes, size };
    struct click_token token;
    assert(!click_token_open(&keys, text, &token)); /* nobody guesses 16 bytes of MAC */
    int64_t visitor;
    if (click_visitor_open(&keys, text, (instant){ 1795304855240 }, &visitor)) {
        char again[VISITOR_LEN];
        click_visitor_write(&keys, visitor, again);
        assert(size == VISITOR_LEN && memcmp(again, bytes, VISITOR_LEN) == 0);
    }
    (void)agent_read(text);

    struct click c;
    if (click_record_read(bytes, size, &c) && size <= CLICK_RECORD_MAX) {
        unsigned char again[CLICK_RECORD_MAX];
        if (c.sub1.len <= CLICK_SUB_MAX && c.landing.len <= CLICK_LANDING_MAX)
            assert(click_record_write(&c, again) == size && memcmp(again + 1, bytes + 1, 60) == 0);
    }
    return 0;
}
