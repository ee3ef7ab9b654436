/* Clicks for tests of other rooms. */
#include "rooms/click/click_testing.h"
#include "rooms/click/click_inside.h"

#include "base/arena.h"

struct live *click_testing_live(struct arena *arena)
{
    struct live *live = ARENA_NEW(arena, struct live);
    click_keys_make(&live->keys, (const unsigned char[MAC_KEY_BYTES]){ 7 });
    return live;
}

err click_testing_insert(struct db *db, const struct click *click)
{
    return clicks_insert(db, click, 1, true);
}
