/* Inside the room: customers of partners, remembered while many orders are decided one after the
 * other. */
#pragma once

#include "base/instant.h"
#include "base/str.h"

struct customers;
struct customers *customers_new(void);
void customers_free(struct customers *);

/* A customer of one partner under one rule line. */
struct customer_key {
    uint32_t bits[3];
    uint8_t table;
};
struct customer_key customer_key(int64_t partner_id, int64_t line_id, str customer);

/* How many orders he had before this one, and when the first was; `at` when it is this. It counts
 * for those that follow, or not. */
int64_t customers_next(
    struct customers *, const struct customer_key *, instant at, bool counts, instant *out_first);
/* He is asked for soon: his place is brought near. */
void customers_fetch(const struct customers *, const struct customer_key *);
