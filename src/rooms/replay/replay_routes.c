/* Replays over API and console. */
#include "rooms/replay/replay.h"

const struct room replay_room = {
    .name = "replay",
};
