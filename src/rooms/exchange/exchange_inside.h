/* What the files of this room share. */
#pragma once

#include "http/reply.h"
#include "http/request.h"
#include "rooms/exchange/exchange.h"
#include "rooms/program/program.h"

/* What is wrong with a rate that was told; fills rate_e12 and cuts the day to its midnight. */
MUST_CHECK err exchange_check(const struct program *, instant now, struct exchange_rate *);
/* Many in one write, with one entry in the audit. `already` has room for all. */
MUST_CHECK err exchange_keep(
    struct request *, const struct exchange_rate *, size_t count, bool *already);
void exchange_fill(struct request *, struct exchange_rate *);

extern const struct fields exchange_upload_fields;
err exchange_upload(struct request *, struct reply *);
err exchange_import(struct request *, struct reply *);
