/* What the server asks the house: who calls, which programme, what stands around a page. */
#pragma once

#include "http/server.h"
#include "rooms/room.h"

extern const struct gate house_gate;

/* frame.c: everything the templates app/console, app/portal and app/public print around a page. */
err frame_fill(struct request *, struct reply *, struct view *frame);
/* flash.c: the words of a message on the next page, null when unknown. */
const char *flash_words(str code, const char **out_tone);
