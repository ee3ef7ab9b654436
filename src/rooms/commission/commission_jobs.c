/* The clock's part: commissions whose hold is over become payable. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_inside.h"

#include "rooms/program/program.h"

enum { MATURE_AT_ONCE = 500 };

struct maturing {
    struct ledger_act act;
    int64_t count;
};

static err mature_some(struct db *db, void *arg)
{
    struct maturing *m = arg;
    return commission_mature(db, &m->act, MATURE_AT_ONCE, &m->count);
}

static err mature(struct job *job)
{
    struct maturing m = { .act = { job->env, job->env->now(job->env), STR("clock") } };

    do
        TRY(store_write(job->store, mature_some, &m));
    while (m.count == MATURE_AT_ONCE);
    return NULL;
}

/* Rates that were announced for later begin without anybody's doing. */
static err show_rates(struct db *db, void *arg)
{
    struct list programs;

    (void)arg;
    TRY(program_all(db, &programs));
    for (size_t i = 0; i < programs.count; i++)
        TRY(commission_rate_shown(db, ((struct program *)programs.at)[i].id, db_now(db)));
    return NULL;
}

static err follow_rates(struct job *job)
{
    return store_write(job->store, show_rates, NULL);
}

/* Clicks of yesterday and, told late, of the days before. */
struct clicking {
    struct ledger_act act;
};

static err pay_clicks(struct db *db, void *arg)
{
    const struct clicking *c = arg;
    struct list programs;

    TRY(commission_click_programs(db, &programs));
    for (size_t i = 0; i < programs.count; i++)
        TRY(commission_click_days(db, &c->act, ((const int64_t *)programs.at)[i]));
    return NULL;
}

static err clicks(struct job *job)
{
    struct clicking c = { .act = { job->env, job->env->now(job->env), STR("clock") } };
    return store_write(job->store, pay_clicks, &c);
}

const struct job_kind commission_jobs[] = {
    { .kind = "commission.mature", .run = mature, .every_ms = MINUTE_MS },
    { .kind = "commission.clicks", .run = clicks, .every_ms = HOUR_MS },
    { .kind = "commission.rates", .run = follow_rates, .every_ms = MINUTE_MS },
    { .kind = "commission.notices", .run = rule_notices, .every_ms = 15 * MINUTE_MS },
    { 0 },
};

/* ---- the programme's own rate is a rule like others
 * -------------------------------------------------------- */

static err rate_of(struct db *db, int64_t program_id, struct rule_default *out)
{
    struct program program = { 0 };

    TRY(program_get(db, program_id, &program));
    *out = (struct rule_default){ .program_id = program_id,
        .percent_bp = (int32_t)program.commission.percent_bp };
    if (program.commission.amount > 0)
        out->amount = (amount){ program.commission.amount, program.currency };
    return NULL;
}

static struct ledger_act act_of(struct db *db)
{
    return (struct ledger_act){ db_env(db), db_now(db), STR("programme") };
}

static err begin_rate(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    struct ledger_act act = act_of(db);
    struct rule_default rate;

    (void)event;
    (void)object_id;
    TRY(rate_of(db, program_id, &rate));
    return commission_rule_default(db, &act, &rate);
}

static err change_rate(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    struct ledger_act act = act_of(db);
    struct rule_default rate;

    (void)event;
    (void)object_id;
    TRY(rate_of(db, program_id, &rate));
    return commission_rule_default_change(db, &act, &rate);
}

const struct listener commission_listeners[] = {
    { "program.created", begin_rate },
    { "program.reward_changed", change_rate },
    { NULL, NULL },
};
