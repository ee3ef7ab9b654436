/* Fuzz target: the PROXY protocol, addresses and blocks. */
#include "http/proxy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void check_address(str text)
{
    struct address a, again;
    struct address_block block;
    char out[ADDRESS_TEXT_MAX];

    if (address_read(text, &a) && !address_is_none(a))
        assert(address_read(address_text(a, out), &again) && address_eq(a, again));
    if (address_block_read(text, &block))
        assert(block.bits <= 128 && address_in(block.address, block));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct address whole = { .ip = { 1 } }, dripped = whole;
    enum proxy_result result, dripping = PROXY_MORE;
    size_t used, used_dripped = 0;
    char *copy = malloc(size + 1);

    if (size)
        memcpy(copy, bytes, size);
    result = proxy_read((str){ copy, size }, &used, &whole);
    assert(used <= size);
    for (size_t i = 0; i <= size && dripping == PROXY_MORE; i++)
        dripping = proxy_read((str){ copy, i }, &used_dripped, &dripped);
    assert(dripping == result);
    if (result == PROXY_DONE)
        assert(used == used_dripped && address_eq(whole, dripped));
    check_address((str){ copy, size });
    free(copy);
    return 0;
}
