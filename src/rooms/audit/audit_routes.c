/* The audit log, for reading: there is nothing else one can do with it. */
#include <string.h>

#include "rooms/audit/audit.h"

#include "migrations.h"
#include "rooms/audit/audit.sql.h"
#include "rooms/audit/audit_row.h"
#include "rooms/room.h"

extern const struct room audit_room;

/* Where an object has a page of its own in the console. */
static const struct object_page {
    const char *prefix, *before, *after; /* before null: the page is the same for all */
} pages[] = {
    { "par_", "/manage/partners/", "" },
    { "cnv_", "/manage/conversions/", "" },
    { "com_", "/manage/commissions/", "/receipt" },
    { "pay_", "/manage/payouts/", "" },
    { "pln_", "/manage/statements/", "" },
    { "rul_", "/manage/rules/", "" },
    { "crv_", "/manage/creatives/", "" },
    { "msg_", "/manage/outbox/", "" },
    { "lnk_", "/manage/links/", "" },
    { "cpn_", "/manage/coupons/", "" },
    { "prg_", NULL, "/manage/program" },
};

static str page_of(struct arena *arena, const struct object_page *page, str object)
{
    return page->before
               ? str_printf(arena, "%s%" PRI_STR "%s", page->before, STR_ARG(object), page->after)
               : str_of(page->after);
}

static void show_words(struct view *page, str action)
{
    const char *words = audit_words(action);
    if (words)
        view_words(page, "action_words", words);
    else
        view_str(page, "action_words", action);
}

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct audit_row *row = record;

    show_words(view_page(item), row->action);
    view_bool(view_page(item), "changed", row->before.at || row->after.at);
    view_str(view_page(item), "before_text", row->before);
    view_str(view_page(item), "after_text", row->after);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (str_starts(row->object, str_of(pages[i].prefix)))
            view_str(view_page(item), "object_path", page_of(rq->arena, &pages[i], row->object));
    return NULL;
}

static err list_choices(struct request *rq, struct reply *rp, const struct statement *statement,
    const char *name, str chosen)
{
    struct list rows;
    struct view *choices = view_list(reply_frame(rp), name);

    TRY(db_all(rq->db, statement, PARAMS(param_ref("program_id", rq->program_id)),
        &audit_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct audit_row *row = &((const struct audit_row *)rows.at)[i];
        str value = row->action.at ? row->action : row->actor;
        struct view *choice = view_item(choices);
        view_str(choice, "value", value);
        if (row->action.at)
            show_words(choice, value);
        view_bool(choice, "chosen", str_eq(value, chosen));
    }
    return NULL;
}

static err audit_index(struct request *rq, struct reply *rp)
{
    if (rq->surface == MANAGE) {
        TRY(list_choices(rq, rp, &AUDIT_ACTIONS, "actions", request_query(rq, "action")));
        TRY(list_choices(rq, rp, &AUDIT_ACTORS, "actors", request_query(rq, "actor")));
    }
    return reply_listing(rp, &AUDIT_LIST, PARAMS(param_ref("program_id", rq->program_id)),
        &audit_row_fields, decorate);
}

/* clang-format off */
static const struct route routes[] = {
    { GET, "/audit", API | MANAGE, AUDIT_READ, audit_index, "audit/list", ROUTE_CSV,
      .gives = &audit_row_fields, .summary = "Who changed what, newest first" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Evidence"), N_("Audit log"), "/audit", "book", AUDIT_READ, 90, NULL },
    { 0 },
};
/* clang-format on */

const struct room audit_room = {
    .name = "audit",
    .routes = routes,
    .migrations = audit_migrations,
    .nav = nav,
};
