/* tributary partition: the raw clicks of a store on a server in parts of thirty days. */
#include <stdio.h>

#include "app/command.h"
#include "app/house.h"
#include "rooms/click/click.h"

int cmd_partition(const struct args *args)
{
    struct house house;
    int code = house_open(args, HOUSE_WRITE, &house);

    if (code != DONE)
        return code;
    err failure = NULL;
    if (!store_is_shared(house.url))
        code = say_failed(
            REFUSED, "a store on this machine lies in one piece; parts are for PostgreSQL");
    else if ((failure = click_parts(house.store, house.env, true)))
        code = say_failed(REFUSED, "%s", failure->text);
    else
        puts("Clicks lie in parts of thirty days; three are made ahead, and more every night.");
    house_close(&house);
    return code;
}
