/* What a User-Agent tells: robot or not, which class of device, which family of browsers. */
#pragma once

#include "base/str.h"
#include "rooms/click/click.h"

struct agent {
    bool is_robot; /* named in the list of crawlers, or no browser at all */
    enum click_device device;
    enum click_browser browser;
    uint64_t hash; /* of the text */
};

void agent_start(void); /* once, before agent_read */
struct agent agent_read(str user_agent);
