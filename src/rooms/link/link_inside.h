/* What the files of the link room share. */
#pragma once

#include "rooms/link/link.h"
#include "rooms/partner/partner.h"

/* A link as it is loaded into memory. */
struct link_row {
    int64_t id, program_id, partner_id;
    str code, target_url;
    enum link_status status;
    enum partner_status partner_status;
};
extern const struct fields link_row_fields;

/* Writers only; see table.c. */
struct table;
struct link_table {
    struct table *_Atomic now;
    _Atomic unsigned phase;
    _Alignas(64) _Atomic int64_t inside[2];
    void **retired;
    size_t retired_count, retired_room;
    uint64_t seed;
    size_t bytes;
};

void link_table_open(struct link_table *, uint64_t seed);
void link_table_close(struct link_table *); /* nobody may be inside */
/* Takes the entry over (one block of malloc) and puts it in the place of the one with its code. */
void link_table_put(struct link_table *, struct link_hot *, size_t bytes);
/* To be freed when nobody can see it any more. */
void link_table_retire(struct link_table *, void *);
/* Waits until everybody has left who was inside, then frees what was retired. */
void link_table_settle(struct link_table *);
size_t link_table_count(struct link_table *);

int link_table_enter(struct link_table *);
void link_table_leave(struct link_table *, int ticket);
void link_table_expect(struct link_table *, str code);
void link_table_near(struct link_table *, str code);
const struct link_hot *link_table_find(struct link_table *, str code);
