/* Queries of links. */
#include "rooms/link/link_inside.h"

#include "base/id.h"
#include "base/url.h"
#include "rooms/link/link.sql.h"
#include "rooms/program/program.h"

err link_get(struct db *db, int64_t program_id, int64_t id, struct link *out)
{
    return db_get(db, &LINK_ONE,
        PARAMS(P("program_id", program_id), P("id", id), param_ref("partner_id", 0)), &link_fields,
        out, &LINK_NOT_FOUND);
}

err link_find(struct db *db, int64_t id, struct link *out, bool *out_found)
{
    return db_one(db, &LINK_BY_ID, PARAMS(P("id", id)), &link_fields, out, out_found);
}

err link_find_code(struct db *db, str code, struct link *out, bool *out_found)
{
    return db_one(db, &LINK_BY_CODE, PARAMS(P("code", str_lower(db_arena(db), code))), &link_fields,
        out, out_found);
}

err link_of_partner(
    struct db *db, int64_t program_id, int64_t partner_id, struct link *out, bool *out_found)
{
    TRY(link_find(db, partner_id, out, out_found)); /* the default link has its partner's id */
    *out_found = *out_found && out->program_id == program_id;
    return NULL;
}

err link_target_read(struct db *db, int64_t program_id, str text, str *out)
{
    struct program p = { 0 };
    struct url u;
    TRY(program_get(db, program_id, &p));
    if (str_empty(str_trim(text))) {
        *out = p.landing_url;
        return str_empty(p.landing_url) ? &LINK_TARGET : NULL;
    }
    err broken = url_clean(db_arena(db), text, out);
    if (broken || !url_read(*out, &u))
        return &LINK_TARGET;
    struct url landing;
    bool is_landing_host = url_read(p.landing_url, &landing) && landing.port == u.port &&
                           str_eq_nocase(landing.host, u.host);
    if (!is_landing_host && !url_allowed(&u, p.allowed_domains.at, p.allowed_domains.count))
        return &LINK_TARGET;
    return NULL;
}

static err try_insert(struct db *db, struct link *link, str code, bool *out_inserted)
{
    int64_t changes;
    link->code = code;
    TRY(db_run(db, &LINK_INSERT_NEW, NO_PARAMS, &link_fields, link, &changes));
    *out_inserted = changes > 0;
    return NULL;
}

/* "anna", "anna-2" … "anna-9", and then something of its own. */
err link_insert(struct db *db, struct link *link, str code_hint)
{
    struct arena *arena = db_arena(db);
    bool inserted;
    if (!str_empty(link->code)) {
        TRY(try_insert(db, link, link->code, &inserted));
        return inserted ? NULL : &LINK_TAKEN;
    }
    str code, base = link_code_of_name(arena, code_hint);
    for (int i = 1; i < 10 && !str_empty(base); i++) {
        str wish = i == 1 ? base : str_printf(arena, "%" PRI_STR "-%d", STR_ARG(base), i);
        if (link_code_read(arena, wish, &code))
            continue;
        TRY(try_insert(db, link, code, &inserted));
        if (inserted)
            return NULL;
    }
    /* Multiplied by an odd number, the changing end of the id comes first. */
    str letters = str_base32_u64(arena, (uint64_t)link->id * UINT64_C(0x9e3779b97f4a7c15));
    for (size_t len = 7; len <= letters.len; len++) {
        TRY(try_insert(db, link, str_first(letters, len), &inserted));
        if (inserted)
            return NULL;
    }
    return &LINK_TAKEN;
}

err link_make_default(struct db *db, int64_t program_id, int64_t partner_id, instant now)
{
    struct link link = { .id = partner_id,
        .program_id = program_id,
        .partner_id = partner_id,
        .is_default = true,
        .created_at = now,
        .updated_at = now };
    struct link there;
    bool found;
    TRY(link_find(db, partner_id, &there, &found));
    if (found)
        return NULL;

    struct program p = { 0 };
    struct partner partner = { 0 };
    TRY(program_get(db, program_id, &p));
    TRY(partner_get(db, program_id, partner_id, &partner));
    link.target_url = p.landing_url;
    if (str_empty(link.target_url) && p.allowed_domains.count > 0)
        link.target_url =
            str_printf(db_arena(db), "https://%" PRI_STR "/", STR_ARG(p.allowed_domains.at[0]));
    if (str_empty(link.target_url))
        return NULL; /* a programme that leads nowhere yet; made when its landing page is known */
    TRY(link_insert(db, &link, partner.name));
    return links_changed(db, 0, 0, link.id);
}

err link_count(struct db *db, int64_t link_id, int64_t clicks, int64_t unique_clicks, instant last)
{
    return db_run(db, &LINK_COUNT_ADD,
        PARAMS(P("link_id", link_id), P("clicks", clicks), P("unique_clicks", unique_clicks),
            P("last_click_at", last)),
        NULL, NULL, NULL);
}
