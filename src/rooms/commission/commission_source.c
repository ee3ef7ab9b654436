/* What a bonus hangs on: as long as that is pending or held, the bonus is not payable. */
#include "rooms/commission/commission_source.h"

#include "rooms/commission/commission.sql.h"

err source_since(struct db *db, const struct commission *bonus, bool *out_waits, instant *out)
{
    int64_t since = 0;

    if (bonus->source_id)
        TRY(db_int(db, &COMMISSION_SOURCE_SINCE, PARAMS(P("source_id", bonus->source_id)), &since));
    *out_waits = since < 0;
    *out = (instant){ since };
    return NULL;
}

err source_follow(struct db *db, const struct ledger_act *act, struct commission *bonus)
{
    instant since;
    bool waits;

    TRY(source_since(db, bonus, &waits, &since));
    if (waits && bonus->place == PLACE_PAYABLE)
        return commission_shift(db, act, bonus, MOVE_WAIT, STR("source"), STR_NONE);
    if (!waits && bonus->place == PLACE_PENDING && !instant_none(bonus->payable_at))
        return commission_shift(db, act, bonus, MOVE_RESUME, STR("source"), STR_NONE);
    return NULL;
}

err source_moved(struct db *db, const struct ledger_act *act, const struct commission *source)
{
    struct list rows;

    if (source->kind == COMMISSION_BONUS || source->kind == COMMISSION_CLICK)
        return NULL; /* nothing hangs on those */
    TRY(db_all(db, &COMMISSION_SOURCE_OF,
        PARAMS(P("program_id", source->program_id), P("source_id", source->id)),
        &commission_fields, &rows));
    struct commission *bonus = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        TRY(source_follow(db, act, &bonus[i]));
    return NULL;
}
