/* Partners hear by mail of rules that will change, or have changed since yesterday: each change once,
 * several of a day in one mail, and once more when it does not come after all. */
#include "rooms/commission/rule.h"
#include "rooms/commission/rule_inside.h"

#include "base/arena.h"
#include "base/env.h"
#include "base/id.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/message/message.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"
#include "rooms/room.h"
#include "rooms/setting/setting.h"
#include "view/template.h"
#include "view/view.h"

enum {
    SETTLES_MS = 15 * MINUTE_MS, /* a slip that is mended at once is nobody's news */
    LOOKS_BACK_DAYS = 2,
    READERS_AT_ONCE = 200,
};

struct notice {
    int64_t program_id, partner_id, rule_id;
    bool begins;
    instant at, mailed_at, withdrawn_at;
};
/* clang-format off */
static const struct field notice_list[] = {
    FIELD_ID(notice, program_id, "prg"), FIELD_ID(notice, partner_id, "par"), FIELD_ID(notice, rule_id, "rul"),
    FIELD(notice, begins), FIELD(notice, at), FIELD(notice, mailed_at), FIELD(notice, withdrawn_at),
};
static const struct fields notice_fields = FIELDS(notice_list, notice);
/* clang-format on */

struct news {
    const struct rule *rule, *old; /* old: what held for its line before; null: nothing */
    instant at;
    bool begins, is_withdrawn;
};
struct news_list {
    struct news *at;
    size_t count;
};

/* ---- what is new to him
 * --------------------------------------------------------------------------------------------- */

static bool was_told(const struct list *told, const struct planned *change)
{
    const struct notice *n = told->at;
    for (size_t i = 0; i < told->count; i++)
        if (n[i].rule_id == change->rule->id && n[i].begins == change->begins &&
            n[i].at.ms == change->at.ms)
            return true;
    return false;
}

static bool is_over_soon(const struct rule *rule)
{
    return !instant_none(rule->ends_at) && rule->ends_at.ms < rule->starts_at.ms + SETTLES_MS;
}

/* Changes of before he came, or of this very moment, are none. */
static bool is_news(const struct planned *change, const struct partner *partner, instant now)
{
    const struct rule *rule = change->rule;
    bool is_settled = rule->created_at.ms + SETTLES_MS <= now.ms;
    bool is_urgent = change->at.ms > now.ms && change->at.ms < now.ms + HOUR_MS;
    bool is_past = change->at.ms <= now.ms;

    if (is_past && (change->at.ms <= partner->approved_at.ms || is_over_soon(rule)))
        return false;
    return is_settled || is_urgent;
}

/* The version before it that held for a while. */
static err find_old(struct db *db, struct news *news)
{
    struct list versions;

    TRY(rule_versions(db, news->rule, &versions));
    const struct rule *v = versions.at;
    for (size_t i = 0; i < versions.count; i++)
        if (v[i].version < news->rule->version && v[i].ends_at.ms > v[i].starts_at.ms &&
            !is_over_soon(&v[i]))
            news->old = &v[i];
    return NULL;
}

static bool comes(const struct list *planned, const struct notice *n)
{
    const struct planned *p = planned->at;
    for (size_t i = 0; i < planned->count; i++)
        if (p[i].rule->id == n->rule_id && p[i].begins == n->begins && p[i].at.ms == n->at.ms)
            return true;
    return false;
}

/* Another version of its line begins instead. */
static bool is_replaced(const struct list *planned, const struct rule *rule)
{
    const struct planned *p = planned->at;
    for (size_t i = 0; i < planned->count; i++)
        if (p[i].rule->line_id == rule->line_id)
            return true;
    return false;
}

static err add_withdrawn(struct db *db, const struct list *told, const struct list *planned,
    instant now, struct news_list *out)
{
    const struct notice *n = told->at;

    for (size_t i = 0; i < told->count; i++) {
        struct rule *rule = ARENA_NEW(db_arena(db), struct rule);
        if (n[i].at.ms <= now.ms || !instant_none(n[i].withdrawn_at) || comes(planned, &n[i]))
            continue;
        TRY(commission_rule_find(db, n[i].program_id, n[i].rule_id, rule));
        if (!is_replaced(planned, rule))
            out->at[out->count++] = (struct news){
                .rule = rule, .at = n[i].at, .begins = n[i].begins, .is_withdrawn = true
            };
    }
    return NULL;
}

/* All that he has not been told; nothing when it can wait for the day's next mail. */
static err read_news(struct db *db, const struct partner *partner, instant now, struct news_list *out)
{
    instant since = instant_plus_days(now, -LOOKS_BACK_DAYS), last = { 0 };
    struct list rules, planned, told;
    bool is_due = false;

    *out = (struct news_list){ 0 };
    TRY(rules_of_partner(db, partner->program_id, partner->id, partner->group, since, &rules));
    rules_planned(db_arena(db), &rules, since, &planned);
    TRY(db_all(db, &RULE_NOTICE_OF, PARAMS(P("partner_id", partner->id)), &notice_fields, &told));
    out->at = ARENA_ARRAY(db_arena(db), struct news, planned.count + told.count + 1);
    const struct notice *n = told.at;
    for (size_t i = 0; i < told.count; i++)
        last = n[i].mailed_at.ms > last.ms ? n[i].mailed_at : last;
    instant next = instant_plus_days(last, 1);
    const struct planned *p = planned.at;
    for (size_t i = 0; i < planned.count; i++)
        if (!was_told(&told, &p[i]) && is_news(&p[i], partner, now)) {
            struct news *news = &out->at[out->count++];
            *news = (struct news){ .rule = p[i].rule, .at = p[i].at, .begins = p[i].begins };
            if (p[i].begins)
                TRY(find_old(db, news));
            is_due |= p[i].at.ms > now.ms && p[i].at.ms <= next.ms;
        }
    TRY(add_withdrawn(db, &told, &planned, now, out));
    if (!is_due && now.ms < next.ms)
        out->count = 0;
    return NULL;
}

/* ---- said
 * ------------------------------------------------------------------------------------------------------- */

static const char *const words[] = { N_("What you earn with {program} changes:"), "{changes}",
    N_("Orders placed before keep the rate of their time."), NULL };
static const struct mail_text mail_rates = { "commission.rates",
    N_("{program}: your rates change"), words, N_("Your rates"), false };

static size_t entity(str rest, struct buf *out)
{
    static const struct {
        const char *name, *letter;
    } all[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" },
        { "&#39;", "'" } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (str_starts(rest, str_of(all[i].name))) {
            buf_add(out, str_of(all[i].letter));
            return str_of(all[i].name).len;
        }
    buf_char(out, rest.at[0]);
    return 1;
}

/* The words of a page of ours without its markup. */
static str plain(struct arena *arena, str html)
{
    struct buf out = buf_new(arena);
    bool is_tag = false;

    for (size_t i = 0; i < html.len;) {
        char c = html.at[i];
        if (c == '<' || is_tag) {
            is_tag = c != '>';
            i++;
        } else {
            i += entity(str_from(html, i), &out);
        }
    }
    return str_trim(buf_str(&out));
}

static err say_changes(struct db *db, struct templates *templates, const struct news_list *news,
    const struct lang *lang, instant now, str *out)
{
    struct view *v = view_new(db_arena(db)), *list = view_list(v, "changes");
    struct render render = { .lang = lang, .now = now };
    struct buf text = buf_new(db_arena(db));

    for (size_t i = 0; i < news->count; i++) {
        const struct news *one = &news->at[i];
        struct view *item = view_item(list);
        rule_say_mine(db_arena(db), item, one->rule);
        view_instant(item, "planned_at", one->at);
        view_bool(item, "begins", one->begins);
        view_bool(item, "is_past", one->at.ms <= now.ms);
        view_bool(item, "is_withdrawn", one->is_withdrawn);
        view_bool(item, "has_old", one->old != NULL);
        if (one->old)
            rule_say_mine(db_arena(db), view_object(item, "old"), one->old);
    }
    TRY(template_render(templates, "commission/notice", v, NULL, &render, db_arena(db), &text));
    *out = plain(db_arena(db), buf_str(&text));
    return NULL;
}

static err keep_told(
    struct db *db, const struct partner *partner, const struct news_list *news, instant now)
{
    for (size_t i = 0; i < news->count; i++) {
        const struct news *one = &news->at[i];
        struct notice n = { .program_id = partner->program_id,
            .partner_id = partner->id,
            .rule_id = one->rule->id,
            .begins = one->begins,
            .at = one->at,
            .mailed_at = now };
        if (one->is_withdrawn)
            TRY(db_run(db, &RULE_NOTICE_WITHDRAW,
                PARAMS(P("partner_id", n.partner_id), P("rule_id", n.rule_id),
                    P("begins", n.begins), P("at", n.at), P("now", now)),
                NULL, NULL, NULL));
        else
            TRY(db_put(db, &RULE_NOTICE_PUT, &notice_fields, &n));
    }
    return NULL;
}

struct urls {
    str rates, off;
};

/* None when nobody has said what this server is called. */
static err read_urls(struct db *db, const char *base_url, int64_t partner_id, struct urls *out)
{
    str base = base_url ? str_of(base_url) : STR_NONE;

    *out = (struct urls){ 0 };
    if (str_empty(base))
        TRY(setting_text(db, SETTING_BASE_URL, &base));
    if (str_empty(base))
        return NULL;
    out->rates = str_printf(db_arena(db), "%" PRI_STR "/portal/rates", STR_ARG(base));
    return partner_mute_url(db, base, partner_id, &out->off);
}

err rule_notice(struct db *db, struct templates *templates, const char *base_url,
    int64_t program_id, int64_t partner_id, instant now)
{
    struct program program = { 0 };
    struct partner partner = { 0 };
    struct news_list news;
    const struct lang *lang;
    struct urls urls;
    str changes;

    TRY(partner_get(db, program_id, partner_id, &partner));
    if (partner.status != PARTNER_APPROVED || partner.rates_muted)
        return NULL;
    TRY(read_news(db, &partner, now, &news));
    if (news.count == 0)
        return NULL;
    TRY(program_get(db, program_id, &program));
    TRY(message_lang(db, partner.lang, &lang));
    TRY(say_changes(db, templates, &news, lang, now, &changes));
    TRY(read_urls(db, base_url, partner_id, &urls));
    TRY(keep_told(db, &partner, &news, now));
    return message_queue(db,
        &(struct message){ .id = id_new(db_env(db)),
            .program_id = program_id,
            .to_email = partner.email,
            .to_name = partner.name,
            .lang = partner.lang,
            .text = &mail_rates,
            .values = (const struct mail_value[]){ { "program", program.name },
                { "changes", changes }, { NULL, STR_NONE } },
            .url = urls.rates,
            .off_url = urls.off,
            .now = now });
}

/* ---- looked for
 * --------------------------------------------------------------------------------------------------- */

struct looking {
    const struct app *app;
    instant now;
    int64_t program_id, after;
    int64_t ids[READERS_AT_ONCE]; /* who has news */
    size_t count;
    bool more, any;
};

static err any_news(struct db *db, void *arg)
{
    struct looking *l = arg;
    instant since = instant_plus_days(l->now, -LOOKS_BACK_DAYS);
    struct list rules, planned;
    int64_t coming;

    TRY(rules_present(db, l->program_id, since, &rules));
    rules_planned(db_arena(db), &rules, since, &planned);
    TRY(db_int(db, &RULE_NOTICE_COMING, PARAMS(P("program_id", l->program_id), P("now", l->now)),
        &coming));
    l->any = planned.count > 0 || coming > 0;
    return NULL;
}

static err find_readers(struct db *db, void *arg)
{
    struct looking *l = arg;
    struct list rows;

    l->count = 0;
    TRY(db_all(db, &RULE_NOTICE_READERS, PARAMS(P("program_id", l->program_id), P("after", l->after)),
        &notice_fields, &rows));
    const struct notice *row = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        struct partner partner = { 0 };
        struct news_list news;
        l->after = row[i].partner_id;
        TRY(partner_get(db, l->program_id, l->after, &partner));
        TRY(read_news(db, &partner, l->now, &news));
        if (news.count)
            l->ids[l->count++] = l->after;
    }
    l->more = rows.count == READERS_AT_ONCE;
    return NULL;
}

static err tell(struct db *db, void *arg)
{
    const struct looking *l = arg;

    for (size_t i = 0; i < l->count; i++)
        TRY(rule_notice(
            db, l->app->templates, l->app->base_url, l->program_id, l->ids[i], l->now));
    return NULL;
}

static err tell_program(struct job *job, int64_t program_id)
{
    struct looking l = { .app = job->app, .now = job->env->now(job->env), .program_id = program_id };

    TRY(store_read(job->store, any_news, &l));
    do {
        if (!l.any)
            return NULL;
        TRY(store_read(job->store, find_readers, &l));
        if (l.count)
            TRY(store_write(job->store, tell, &l));
    } while (l.more);
    return NULL;
}

struct programs {
    struct arena *arena;
    int64_t *ids;
    size_t count;
};

static err read_programs(struct db *db, void *arg)
{
    struct programs *p = arg;
    struct list rows;

    TRY(program_all(db, &rows));
    p->ids = ARENA_ARRAY(p->arena, int64_t, rows.count + 1);
    for (p->count = 0; p->count < rows.count; p->count++)
        p->ids[p->count] = ((const struct program *)rows.at)[p->count].id;
    return NULL;
}

err rule_notices(struct job *job)
{
    struct programs programs = { .arena = job->arena };

    if (!job->app)
        return NULL;
    TRY(store_read(job->store, read_programs, &programs));
    for (size_t i = 0; i < programs.count; i++)
        TRY(tell_program(job, programs.ids[i]));
    return NULL;
}
