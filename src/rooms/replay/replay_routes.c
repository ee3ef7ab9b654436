/* Replays over API and console: asked for, watched, read. */
#include "rooms/replay/replay_inside.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/id.h"
#include "migrations.h"
#include "rooms/program/program.h"
#include "rooms/replay/replay.sql.h"

static const struct err REPLAY_NOT_FOUND = { ERR_NOT_FOUND, "replay_not_found",
    N_("There is no such replay."), NULL };
static const struct err RATE_INVALID = { ERR_INVALID, "rate_invalid",
    N_("A percentage between 0 and 100, or a sum."), "rate" };

struct asked {
    int64_t program_id;
    str draft;
    instant since, until;
    /* forms: */
    str attribution, coupon_precedence;
    int32_t window_days;
    strs rule, rate;
    str new_for, new_value, new_rate;
};

/* clang-format off */
static const struct field told_list[] = {
    FIELD_ID(asked, program_id, "prg", .flags = FIELD_TAKEN),
    FIELD(asked, draft, .flags = FIELD_REQUIRED, .max = 100000, .help = "What is to be otherwise: the JSON of tributary replay --rules, as a text."),
    FIELD(asked, since, .flags = FIELD_TAKEN, .help = "Orders from then on."),
    FIELD(asked, until, .flags = FIELD_TAKEN, .help = "Orders before then."),
};
static const struct fields told_fields = { told_list, sizeof told_list / sizeof told_list[0], sizeof(struct asked), "replay_asked" };

static const struct field form_list[] = {
    FIELD(asked, since,             .flags = FIELD_TAKEN),
    FIELD(asked, until,             .flags = FIELD_TAKEN),
    FIELD(asked, attribution,       .flags = FIELD_TAKEN, .max = 20),
    FIELD(asked, coupon_precedence, .flags = FIELD_TAKEN, .max = 20),
    FIELD(asked, window_days,       .flags = FIELD_TAKEN, .min = 0, .max = 400),
    FIELD(asked, rule,              .flags = FIELD_TAKEN, .max = 1000),
    FIELD(asked, rate,              .flags = FIELD_TAKEN, .max = 1000),
    FIELD(asked, new_for,           .flags = FIELD_TAKEN, .max = 20),
    FIELD(asked, new_value,         .flags = FIELD_TAKEN, .max = 80),
    FIELD(asked, new_rate,          .flags = FIELD_TAKEN, .max = 20),
};
static const struct fields form_fields = { form_list, sizeof form_list / sizeof form_list[0], sizeof(struct asked), "replay_form" };
/* clang-format on */

/* ---- the form
 * ---------------------------------------------------------------------------------------------- */

static err rules_now(struct request *rq, struct list *out)
{
    struct list all;
    size_t count = 0;

    TRY(commission_rules_at(rq->db, rq->program_id, rq->now, &all));
    struct rule *rules = all.at;
    for (size_t i = 0; i < all.count; i++)
        if (rules[i].kind == RULE_COMMISSION)
            rules[count++] = rules[i];
    *out = (struct list){ rules, count };
    return NULL;
}

static err replay_new(struct request *rq, struct reply *rp)
{
    struct list rules;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(rules_now(rq, &rules));
    (void)reply_form(rp);
    struct view *list = view_list(reply_frame(rp), "rules");
    for (size_t i = 0; i < rules.count; i++) {
        const struct rule *rule = (const struct rule *)rules.at + i;
        struct view *item = view_item(list);
        amount as_decimal = { rule_is_fixed(rule) ? rule->reward.amount : rule->reward.percent_bp,
            rule->reward.currency };
        view_id(item, "id", "rul", rule->id);
        view_str(item, "name", rule->name);
        view_int(item, "n", (int64_t)i + 1);
        view_str(item, "rate", amount_decimal(rq->arena, as_decimal));
        view_str(item, "unit",
            rule_is_fixed(rule) ? str_dup(rq->arena, str_of(rule->reward.currency.code))
                                : STR("%"));
        view_bool(item, "climbs", rule->tiers.count > 0 || rule->recurring.steps.count > 0);
        commission_scope_view(rq->arena, item, "conditions", &rule->scope);
        if (rule->scope.partner_id)
            view_id(item, "partner_id", "par", rule->scope.partner_id);
    }
    return NULL;
}

/* "12.5" or "12,5": hundredths of a percent, or minor units. */
static err read_rate(struct request *rq, str told, currency unit, int64_t most, int64_t *out)
{
    amount read;
    str plain = str_replace(rq->arena, str_trim(told), STR(","), STR("."));

    if (str_ends(plain, STR("%")))
        plain = str_trim(str_first(plain, plain.len - 1));
    if (amount_read(plain, unit, &read) || read.minor < 0 || read.minor > most)
        return &RATE_INVALID;
    *out = read.minor;
    return NULL;
}

static const struct rule *find_rule(const struct list *rules, str id)
{
    const struct rule *rule = rules->at;
    int64_t wanted;

    for (size_t i = 0; id_read("rul", id, &wanted) && i < rules->count; i++)
        if (rule[i].id == wanted)
            return &rule[i];
    return NULL;
}

static void next(struct buf *out, size_t *count)
{
    if ((*count)++)
        buf_char(out, ',');
}

static err write_kept_rules(
    struct request *rq, const struct asked *asked, struct buf *out, size_t *count)
{
    struct list rules;

    TRY(rules_now(rq, &rules));
    for (size_t i = 0; i < asked->rule.count && i < asked->rate.count; i++) {
        struct replay_change change = { .rule = find_rule(&rules, asked->rule.at[i]) };
        if (!change.rule || str_empty(str_trim(asked->rate.at[i])))
            continue;
        bool is_fixed = rule_is_fixed(change.rule);
        if (read_rate(rq, asked->rate.at[i], change.rule->reward.currency,
                is_fixed ? INT64_C(1000000000000) : 10000, &change.rate))
            return request_problem(rq, "rate", &RATE_INVALID);
        next(out, count);
        replay_write_rule(out, &change);
    }
    return NULL;
}

/* Caps, budgets and bonuses hold on as they are. */
static err write_besides(struct request *rq, struct buf *out, size_t *count)
{
    struct list all;

    TRY(commission_rules_at(rq->db, rq->program_id, rq->now, &all));
    const struct rule *rules = all.at;
    for (size_t i = 0; i < all.count; i++) {
        struct replay_change change = { .rule = &rules[i], .rate = rules[i].reward.amount };
        if (rules[i].kind == RULE_COMMISSION)
            continue;
        next(out, count);
        replay_write_rule(out, &change);
    }
    return NULL;
}

static err write_new_rule(
    struct request *rq, const struct asked *asked, struct buf *out, size_t *count)
{
    str value = str_trim(asked->new_value);
    struct rule rule = { .name = STR_NONE };
    struct replay_change change = { .rule = &rule };

    if (str_empty(str_trim(asked->new_rate)))
        return NULL;
    if (str_eq(asked->new_for, STR("group")))
        rule.scope.group = value;
    else if (str_eq(asked->new_for, STR("coupon")))
        rule.scope.coupon = value;
    else if (str_eq(asked->new_for, STR("category")))
        rule.scope.category = value;
    else if (str_eq(asked->new_for, STR("sku")))
        rule.scope.sku = value;
    if (read_rate(rq, asked->new_rate, (currency){ 0 }, 10000, &change.rate))
        return request_problem(rq, "new_rate", &RATE_INVALID);
    next(out, count);
    replay_write_rule(out, &change);
    return NULL;
}

/* What the inputs say, as a draft. */
static err draft_of_form(struct request *rq, struct asked *asked)
{
    struct buf out = buf_new(rq->arena);
    size_t count = 0;

    buf_char(&out, '{');
    if (!str_empty(asked->attribution)) {
        buf_add(&out, STR("\"attribution\":"));
        buf_json(&out, asked->attribution);
        buf_char(&out, ',');
    }
    if (!str_empty(asked->coupon_precedence)) {
        buf_add(&out, STR("\"coupon_precedence\":"));
        buf_json(&out, asked->coupon_precedence);
        buf_char(&out, ',');
    }
    if (asked->window_days)
        buf_printf(&out, "\"window_days\":%" PRId32 ",", asked->window_days);
    buf_add(&out, STR("\"rules\":["));
    TRY(write_kept_rules(rq, asked, &out, &count));
    TRY(write_new_rule(rq, asked, &out, &count));
    TRY(write_besides(rq, &out, &count));
    buf_add(&out, STR("]}"));
    asked->draft = buf_str(&out);
    return NULL;
}

/* ---- asked
 * -------------------------------------------------------------------------------------------------- */

static err ask(struct db *db, void *arg)
{
    return replay_queue(db, arg);
}

static err check(struct request *rq, const struct asked *asked)
{
    struct replay_draft draft;
    str where = STR("");
    err failure = replay_draft_read(rq->arena, asked->draft, &draft, &where);

    if (failure && err_is(failure, &DRAFT_INVALID))
        return request_problem(rq, "draft",
            err_make(rq->arena, DRAFT_INVALID.kind, DRAFT_INVALID.code, "draft",
                "The draft cannot be understood: %" PRI_STR, STR_ARG(where)));
    if (failure)
        return request_problem(rq, "draft", failure);
    return NULL;
}

static err replay_create(struct request *rq, struct reply *rp)
{
    struct asked asked = { 0 };

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_read(rq, rq->surface == API ? &told_fields : &form_fields, &asked));
    if (rq->surface != API)
        TRY(draft_of_form(rq, &asked));
    TRY(check(rq, &asked));
    struct replay_wish wish = { .id = request_new_id(rq),
        .job_id = id_new(rq->env),
        .program_id = rq->program_id,
        .draft = asked.draft,
        .since = asked.since,
        .until = asked.until,
        .at = rq->now,
        .by = ledger_act_of(rq).actor };
    struct replay_kept kept = replay_of_wish(&wish);
    TRY(store_write(rq->store, ask, &wish));
    work_wake(rq->app->work);
    view_record(reply_view(rp), NULL, &replay_kept_fields, &kept);
    return reply_created(rp, "replay/asked", "/replays/%" PRI_STR,
        STR_ARG(id_print(rq->arena, "rpl", kept.id)));
}

/* ---- read
 * --------------------------------------------------------------------------------------------------- */

static const char *const model_words[] = { [ATTRIBUTION_LAST_CLICK] = N_("Last click"),
    [ATTRIBUTION_FIRST_CLICK] = N_("First click"),
    [ATTRIBUTION_LINEAR] = N_("All equally"),
    [ATTRIBUTION_POSITION] = N_("First and last most") };
static const char *const precedence_words[] = { [PRECEDENCE_COUPON] = N_("The code comes first"),
    [PRECEDENCE_CLICK] = N_("The click comes first") };

/* What was to be otherwise, part by part. */
static err show_what(struct request *rq, struct view *item, const void *record)
{
    const struct replay_kept *kept = record;
    struct view *what = view_list(view_page(item), "what");
    struct replay_draft draft;
    str where;

    if (replay_draft_read(rq->arena, kept->draft, &draft, &where))
        return NULL; /* the page shows the text of it */
    if (draft.has_model)
        view_words(view_item(what), "words", model_words[draft.model]);
    if (draft.has_precedence)
        view_words(view_item(what), "words", precedence_words[draft.precedence]);
    if (draft.window_days)
        view_int(view_item(what), "window", draft.window_days);
    if (draft.has_rules)
        view_int(view_item(what), "rules", (int64_t)draft.rules.count);
    return NULL;
}

static err replay_index(struct request *rq, struct reply *rp)
{
    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    return reply_listing(rp, &REPLAY_LIST, PARAMS(P("program_id", rq->program_id)),
        &replay_kept_fields, rq->surface == API ? NULL : show_what);
}

static err find(struct request *rq, struct replay_kept *out)
{
    int64_t id;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_param_id(rq, "id", "rpl", &id));
    return db_get(rq->db, &REPLAY_ONE, PARAMS(P("id", id), P("program_id", rq->program_id)),
        &replay_kept_fields, out, &REPLAY_NOT_FOUND);
}

static void show_lines(struct view *list, const struct list *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct replay_line *line = (const struct replay_line *)rows->at + i;
        struct view *item = view_item(list);
        view_record(item, NULL, &replay_line_fields, line);
        view_bool(view_page(item), "gains", line->difference > 0);
        view_bool(view_page(item), "loses", line->difference < 0);
    }
}

static err replay_show(struct request *rq, struct reply *rp)
{
    struct replay_kept kept = { 0 };
    struct list totals;

    TRY(find(rq, &kept));
    view_record(reply_view(rp), NULL, &replay_kept_fields, &kept);
    TRY(show_what(rq, reply_view(rp), &kept));
    TRY(db_all(rq->db, &REPLAY_TOTAL_LIST, PARAMS(P("replay_id", kept.id)), &replay_line_fields,
        &totals));
    show_lines(view_list(reply_view(rp), "totals"), &totals);
    if (rq->surface == API)
        return NULL;
    struct list lines;
    TRY(db_all(rq->db, &REPLAY_LINE_LIST, PARAMS(P("replay_id", kept.id)), &replay_line_fields,
        &lines));
    show_lines(view_list(view_page(reply_view(rp)), "lines"), &lines);
    bool is_open = kept.state == REPLAY_WAITING || kept.state == REPLAY_RUNNING;
    view_bool(view_page(reply_view(rp)), "is_open", is_open);
    if (is_open)
        reply_header(rp, "Refresh", STR("2"));
    return NULL;
}

static err replay_lines(struct request *rq, struct reply *rp)
{
    struct replay_kept kept = { 0 };

    TRY(find(rq, &kept));
    return reply_listing(
        rp, &REPLAY_LINE_LIST, PARAMS(P("replay_id", kept.id)), &replay_line_fields, NULL);
}

/* clang-format off */
#define ALSO "totals:[replay_line]"

static const struct route routes[] = {
    { GET,  "/replays",            API | MANAGE, RULES_READ,  replay_index,  "replay/list", 0,
      .gives = &replay_kept_fields, .summary = "What was tried, newest first" },
    { GET,  "/replays/new",        MANAGE,       RULES_WRITE, replay_new,    "replay/form" },
    { POST, "/replays",            API | MANAGE, RULES_WRITE, replay_create, "replay/form", 0,
      .takes = &told_fields, .gives = &replay_kept_fields, .statuses = "201",
      .summary = "Decide history again under a draft, in the background; nothing is booked" },
    { GET,  "/replays/{id}",       API | MANAGE, RULES_READ,  replay_show,   "replay/show", 0,
      .gives = &replay_kept_fields, .also = ALSO, .summary = "How far a replay is, and its sums per currency" },
    { GET,  "/replays/{id}/lines", API,          RULES_READ,  replay_lines,  NULL, ROUTE_CSV | ROUTE_LIST,
      .gives = &replay_line_fields, .summary = "Who would gain and lose, the largest difference first" },
    { GET,  "/replays/{id}/lines", MANAGE,       RULES_READ,  replay_lines,  "replay/show", ROUTE_CSV | ROUTE_LIST },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Money"), N_("What if"), "/replays", "replay", RULES_READ, 4, NULL },
    { 0 },
};
/* clang-format on */

const struct room replay_room = {
    .name = "replay",
    .routes = routes,
    .jobs = replay_jobs,
    .migrations = replay_migrations,
    .nav = nav,
};
