/* What stands around every page: brand, navigation with what waits, person, look, footer. */
#include <pthread.h>
#include <string.h>

#include "app/gate.h"
#include "app/rooms.h"
#include "base/arena.h"
#include "base/env.h"
#include "rooms/account/account.h"
#include "rooms/click/click.h"
#include "rooms/program/program.h"
#include "rooms/setting/setting.h"
#include "rooms/verify/verify.h"
#include "view/asset.h"

/* ---- counts, kept for two seconds
 * --------------------------------------------------------------------- */

enum { COUNTS = 512, COUNT_LIVES_US = 2000000 };

/* Badges are on every page: without this each page would count the same rows again. */
static struct kept {
    const struct nav_item *item;
    int64_t program_id, partner_id, count, until_us;
    enum role role;
    bool is_waiting;
} counts[COUNTS];
static pthread_mutex_t counts_lock = PTHREAD_MUTEX_INITIALIZER;

static struct kept *place_of(const struct request *rq, const struct nav_item *item)
{
    uint64_t mix = (uint64_t)(uintptr_t)item * UINT64_C(0x9e3779b97f4a7c15) ^
                   (uint64_t)rq->program_id * UINT64_C(0xc2b2ae3d27d4eb4f) ^
                   (uint64_t)rq->partner_id * UINT64_C(0x165667b19e3779f9) ^
                   (uint64_t)rq->who->role;

    return &counts[(mix >> 40) % COUNTS];
}

static err count_item(
    struct request *rq, const struct nav_item *item, int64_t *out, bool *out_waiting)
{
    int64_t now_us = rq->env->ticks_us(rq->env);
    struct kept *place = place_of(rq, item);

    pthread_mutex_lock(&counts_lock);
    struct kept kept = *place;
    pthread_mutex_unlock(&counts_lock);
    if (kept.item == item && kept.program_id == rq->program_id &&
        kept.partner_id == rq->partner_id && kept.role == rq->who->role && kept.until_us > now_us) {
        *out = kept.count;
        *out_waiting = kept.is_waiting;
        return NULL;
    }
    TRY(item->count(rq, out, out_waiting));
    kept = (struct kept){ item, rq->program_id, rq->partner_id, *out, now_us + COUNT_LIVES_US,
        rq->who->role, *out_waiting };
    pthread_mutex_lock(&counts_lock);
    *place = kept;
    pthread_mutex_unlock(&counts_lock);
    return NULL;
}

/* ---- navigation
 * ------------------------------------------------------------------------------------------ */

static const char *const areas[] = { NULL, N_("People"), N_("Promotion"), N_("Money"),
    N_("Evidence"), N_("Set-up") };
enum { AREAS = sizeof(areas) / sizeof(areas[0]), ITEMS_MOST = 64 };

static bool same_words(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_shown(const struct request *rq, const struct nav_item *item)
{
    return (item->on & rq->surface) && who_may(rq->who, item->needs);
}

/* The items of one area, in their order. */
static size_t gather_items(
    const struct request *rq, const char *area, const struct nav_item *out[ITEMS_MOST])
{
    size_t count = 0;

    for (size_t r = 0; all_rooms[r]; r++)
        for (const struct nav_item *item = all_rooms[r]->nav; item && item->words; item++) {
            if (!is_shown(rq, item) || !same_words(item->area, area) || count == ITEMS_MOST)
                continue;
            size_t at = count++;
            for (; at > 0 && out[at - 1]->order > item->order; at--)
                out[at] = out[at - 1];
            out[at] = item;
        }
    return count;
}

/* How many letters of the address this item explains; 0: it is not about this page. */
static size_t match(const struct request *rq, const struct nav_item *item)
{
    str path = rq->path, prefix = rq->surface == PORTAL ? STR("/portal") : STR("/manage");
    str own = strcmp(item->path, "/") == 0 ? STR("") : str_of(item->path);

    if (!str_starts(path, prefix))
        return 0;
    path = str_from(path, prefix.len);
    if (own.len == 0)
        return path.len <= 1 ? 1 : 0;
    if (!str_starts(path, own) || (path.len > own.len && path.at[own.len] != '/'))
        return 0;
    return own.len;
}

static const struct nav_item *current_item(const struct request *rq)
{
    const struct nav_item *best = NULL;
    size_t longest = 0;

    for (size_t r = 0; all_rooms[r]; r++)
        for (const struct nav_item *item = all_rooms[r]->nav; item && item->words; item++)
            if (is_shown(rq, item) && match(rq, item) > longest) {
                longest = match(rq, item);
                best = item;
            }
    return best;
}

static err show_item(
    struct request *rq, struct view *list, const struct nav_item *item, bool is_current)
{
    struct view *row = view_item(list);
    bool is_waiting = false;
    int64_t count = 0;

    view_words(row, "words", item->words);
    view_str(row, "url",
        str_printf(rq->arena, "%s%s", rq->surface == PORTAL ? "/portal" : "/manage",
            strcmp(item->path, "/") == 0 ? "" : item->path));
    view_text(row, "icon", item->icon);
    view_bool(row, "is_current", is_current);
    view_bool(row, "is_exact", is_current && match(rq, item) + 7 >= rq->path.len);
    if (item->count)
        TRY(count_item(rq, item, &count, &is_waiting));
    view_int(row, "count", count);
    view_bool(row, "is_waiting", is_waiting);
    return NULL;
}

static err show_nav(struct request *rq, struct view *frame)
{
    const struct nav_item *items[ITEMS_MOST], *current = current_item(rq);
    struct view *nav = view_list(frame, "nav");

    for (size_t a = 0; a < AREAS; a++) {
        size_t count = gather_items(rq, areas[a], items);
        if (!count)
            continue;
        struct view *area = view_item(nav);
        if (areas[a])
            view_words(area, "area", areas[a]);
        else
            view_null(area, "area");
        view_int(area, "number", (int64_t)a);
        struct view *list = view_list(area, "items");
        for (size_t i = 0; i < count; i++)
            TRY(show_item(rq, list, items[i], items[i] == current));
    }
    return NULL;
}

/* ---- assets
 * ------------------------------------------------------------------------------------------------
 */

/* Short names for what every page asks for. */
static void show_assets(struct request *rq, struct view *frame)
{
    /* clang-format off */
    static const struct { const char *name, *file; } files[] = {
        { "css",      "tributary.css" },  { "icons", "icons.svg" },         { "icon", "icon.svg" },
        { "script",   "tributary.js" },   { "chart", "chart.js" },          { "live", "live.js" },
        { "uplot", "uPlot.iife.min.js" }, { "uplot_css", "uPlot.min.css" },
        { "shop",     "shop.js" },
    };
    /* clang-format on */
    struct view *list = view_object(frame, "asset");

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const struct asset *asset = asset_named(str_of(files[i].file));
        view_str(list, files[i].name,
            asset ? str_printf(rq->arena, "/static/%s", asset->hashed) : STR_NONE);
    }
}

/* ---- person, rights, look
 * ------------------------------------------------------------------------------------ */

static size_t letter_length(str text)
{
    size_t length = 1;

    while (length < text.len && ((unsigned char)text.at[length] & 0xc0) == 0x80)
        length++;
    return text.len ? length : 0;
}

/* "Anna Lindqvist" gives AL, "Анна" gives А. */
static str initials(struct arena *arena, str name)
{
    str rest = str_trim(name), word, last = STR("");
    str first = str_first(rest, letter_length(rest));
    bool has_more = false;

    while (str_cut(&rest, ' ', &word)) {
        if (has_more && word.len)
            last = str_first(word, letter_length(word));
        has_more = true;
    }
    return str_upper(
        arena, str_printf(arena, "%" PRI_STR "%" PRI_STR, STR_ARG(first), STR_ARG(last)));
}

static void show_person(struct request *rq, struct view *frame)
{
    struct view *me = view_object(frame, "me");

    view_text(me, "name", rq->who->name);
    view_text(me, "email", rq->who->email);
    view_str(me, "initials", initials(rq->arena, str_of(rq->who->name)));
    view_text(me, "role", role_name(rq->who->role));
    static const char *const roles[] = { "", N_("owner"), N_("manager"), N_("finance"),
        N_("viewer"), N_("partner") };
    view_words(me, "role_words", roles[rq->who->role]);

    /* {{#may.coupons_write}}: what the page may offer. */
    struct view *may = view_object(frame, "may");
    for (unsigned p = NEEDS_NOTHING + 1; p < PERMISSION_COUNT; p++) {
        str word =
            str_replace(rq->arena, str_of(permission_word((enum permission)p)), STR(":"), STR("_"));
        view_bool(may, str_c(rq->arena, word), who_may(rq->who, (enum permission)p));
    }
}

static void show_theme(struct request *rq, struct view *frame)
{
    str theme = request_cookie(rq, "theme");
    bool known = str_eq(theme, STR("light")) || str_eq(theme, STR("dark"));

    view_str(frame, "theme", known ? theme : STR_NONE);
    view_text(frame, "theme_next", str_eq(theme, STR("dark")) ? "light" : "dark");
}

/* ---- brand and programmes
 * -------------------------------------------------------------------------------------- */

static err show_programs(struct request *rq, struct view *frame)
{
    struct view *list = view_list(frame, "programs");
    struct list programs;
    enum role role;
    bool may;

    if (rq->surface != MANAGE || !rq->who->person_id)
        return NULL;
    TRY(program_all(rq->db, &programs));
    for (size_t i = 0; programs.count > 1 && i < programs.count; i++) {
        const struct program *program = &((const struct program *)programs.at)[i];
        TRY(account_may_enter(rq->db, rq->who, program->id, &role, &may));
        if (!may)
            continue;
        struct view *item = view_item(list);
        view_id(item, "id", "prg", program->id);
        view_str(item, "name", program->name);
        view_bool(item, "is_current", program->id == rq->program_id);
    }
    return NULL;
}

/* Whose page it is: the programme at hand; on public pages the one of the address, else the only
 * one. */
static err find_brand(struct request *rq, struct program *out)
{
    int64_t id = rq->program_id;
    str slug = request_param(rq, "slug");

    if (rq->surface == PUBLIC && slug.at && str_starts(rq->path, STR("/p/"))) {
        err unknown = program_by_slug(rq->db, slug, out);
        return err_is(unknown, &PROGRAM_NOT_FOUND) ? NULL
                                                   : unknown; /* a 404 page without a brand */
    }
    if (!id && rq->surface == PUBLIC)
        TRY(program_only(rq->db, &id));
    return id ? program_get(rq->db, id, out) : NULL;
}

static err show_brand(struct request *rq, struct view *frame)
{
    struct view *brand = view_object(frame, "brand");
    struct program program = { .hue = -1 };
    int64_t hue;
    str site, support;

    TRY(setting_text(rq->db, SETTING_SITE_NAME, &site));
    TRY(setting_text(rq->db, SETTING_SUPPORT_EMAIL, &support));
    TRY(setting_int(rq->db, SETTING_HUE, &hue));
    TRY(find_brand(rq, &program));
    if (program.id && program.hue >= 0)
        hue = program.hue;
    view_str(brand, "name", program.id ? program.name : site);
    view_str(brand, "site", site);
    view_str(brand, "slug", program.id ? program.slug : STR_NONE);
    view_str(brand, "email",
        !str_empty(program.contact_email) ? program.contact_email
        : str_empty(support)              ? STR_NONE
                                          : support);
    view_text(brand, "home",
        rq->surface == MANAGE   ? "/manage"
        : rq->surface == PORTAL ? "/portal"
                                : "/");
    view_str(brand, "hue_url",
        hue == 226 ? STR_NONE : str_printf(rq->arena, "/hue/%lld", (long long)hue));
    return show_programs(rq, frame);
}

/* ---- footer
 * ---------------------------------------------------------------------------------------------------
 */

enum { BEHIND_TOLD_MS = 3000 }; /* less is what the clicks need too */

static err show_footer(struct request *rq, struct view *frame)
{
    struct live_health health = { 0 };
    instant complete;

    if (rq->app->live)
        live_health(rq->app->live, &health);
    err failed = click_complete_to(rq, &complete); /* this node's own time stands all the same */
    bool is_behind = rq->as_of.ms && rq->as_of.ms < complete.ms;
    view_instant(frame, "complete_at", is_behind ? rq->as_of : complete);
    if (rq->as_of.ms && rq->as_of.ms < rq->now.ms - BEHIND_TOLD_MS)
        view_instant(view_object(frame, "behind"), "as_of", rq->as_of);
    view_bool(frame, "is_recording", !rq->app->live || health.is_recording);
    if (health.unrecorded > 0)
        view_int(view_object(frame, "unrecorded"), "clicks", (int64_t)health.unrecorded);
    return failed;
}

/* When the books were last worked out a second time, and what came of it. */
static err show_books(struct request *rq, struct view *frame)
{
    struct verify_kept kept = { 0 };
    bool found;

    if (rq->surface != MANAGE || !who_may(rq->who, AUDIT_READ))
        return NULL;
    TRY(verify_last(rq->db, &kept, &found));
    if (!found)
        return NULL;
    struct view *books = view_object(frame, "books");
    view_instant(books, "verified_at", kept.ended_at);
    view_int(books, "differences", kept.differences);
    return NULL;
}

err frame_fill(struct request *rq, struct reply *rp, struct view *frame)
{
    (void)rp;
    show_assets(rq, frame);
    show_theme(rq, frame);
    show_person(rq, frame);
    TRY(show_footer(rq, frame));
    TRY(show_brand(rq, frame));
    TRY(show_books(rq, frame));
    if (rq->surface == MANAGE || rq->surface == PORTAL)
        return show_nav(rq, frame);
    return NULL;
}
