/* The target of a request line, taken apart. */
#pragma once

#include "http/head.h"

/* Reads h->target into path, query and (absolute form) authority. False when it is no valid target
 * for the method: an authority or asterisk out of place, and in the path a fragment, a broken
 * percent sign, a byte that must be encoded. The same in the query makes it odd. */
bool target_read(struct http_head *);
