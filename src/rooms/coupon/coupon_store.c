/* Coupons in the store. */
#include "rooms/coupon/coupon.h"
#include "rooms/coupon/coupon_inside.h"

#include "rooms/coupon/coupon.sql.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(coupon, id,           "cpn"),
    FIELD_ID(coupon, program_id,   "prg", .flags = FIELD_TAKEN | FIELD_FIXED),
    FIELD_ID(coupon, partner_id,   "par", .flags = FIELD_REQUIRED | FIELD_FIXED | FIELD_FILTER),
    FIELD(coupon,    partner_name),
    FIELD(coupon,    code,         .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .max = 40, .help = "Unique in the programme, whatever its case."),
    FIELD(coupon,    starts_at,    .flags = FIELD_TAKEN | FIELD_SORT),
    FIELD(coupon,    ends_at,      .flags = FIELD_TAKEN | FIELD_SORT, .help = "Exclusive."),
    FIELD(coupon,    max_uses,     .flags = FIELD_TAKEN, .min = 0, .max = 1000000000, .help = "0: no limit."),
    FIELD(coupon,    uses,         .flags = FIELD_SORT, .help = "Orders that it was credited for."),
    FIELD(coupon,    status,       .flags = FIELD_TAKEN | FIELD_FILTER, .names = coupon_status_names),
    FIELD(coupon,    note,         .flags = FIELD_TAKEN, .max = 500, .help = "What it gives; the partner reads it."),
    FIELD(coupon,    created_at,   .flags = FIELD_FILTER | FIELD_SORT),
};
const struct fields coupon_fields = FIELDS(list, coupon);
/* clang-format on */

err coupon_find_code(
    struct db *db, int64_t program_id, str code, struct coupon *out, bool *out_found)
{
    return db_one(db, &COUPON_BY_CODE,
        PARAMS(P("program_id", program_id), P("code_key", coupon_key(db_arena(db), code))),
        &coupon_fields, out, out_found);
}

err coupon_find(
    struct db *db, int64_t program_id, int64_t partner_id, int64_t id, struct coupon *out)
{
    return db_get(db, &COUPON_ONE,
        PARAMS(P("id", id), P("program_id", program_id), param_ref("partner_id", partner_id)),
        &coupon_fields, out, &COUPON_NOT_FOUND);
}

err coupon_use(struct db *db, const struct coupon *coupon)
{
    return db_run(db, &COUPON_COUNT_USE,
        PARAMS(P("id", coupon->id), P("program_id", coupon->program_id)), NULL, NULL, NULL);
}

err coupon_unuse(struct db *db, int64_t program_id, int64_t coupon_id)
{
    return db_run(db, &COUPON_UNCOUNT_USE, PARAMS(P("id", coupon_id), P("program_id", program_id)),
        NULL, NULL, NULL);
}

err coupon_of_partner(struct db *db, int64_t program_id, int64_t partner_id, struct list *out)
{
    return db_all(db, &COUPON_LIST,
        PARAMS(P("program_id", program_id), param_ref("partner_id", partner_id)), &coupon_fields,
        out);
}

static err id_of_code(struct db *db, const struct coupon *coupon, int64_t *out)
{
    return db_int(db, &COUPON_ID_OF_CODE,
        PARAMS(P("program_id", coupon->program_id),
            P("code_key", coupon_key(db_arena(db), coupon->code))),
        out);
}

err coupon_add(struct db *db, const struct coupon *coupon)
{
    int64_t changes, standing;

    TRY(db_run(db, &COUPON_INSERT, PARAMS(P("code_key", coupon_key(db_arena(db), coupon->code))),
        &coupon_fields, coupon, &changes));
    if (changes)
        return NULL;
    TRY(id_of_code(db, coupon, &standing));
    return standing == coupon->id ? NULL : &COUPON_TAKEN;
}

err coupon_change(struct db *db, const struct coupon *coupon)
{
    int64_t standing;

    TRY(id_of_code(db, coupon, &standing));
    if (standing && standing != coupon->id)
        return &COUPON_TAKEN;
    return db_run(db, &COUPON_UPDATE, PARAMS(P("code_key", coupon_key(db_arena(db), coupon->code))),
        &coupon_fields, coupon, NULL);
}
