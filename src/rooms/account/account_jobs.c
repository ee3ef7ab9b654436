/* What accounts do later: reset mails, so that asking takes the same time whoever asks, and
 * tidying. */
#include "base/arena.h"
#include "base/id.h"
#include "rooms/account/account.sql.h"
#include "rooms/account/inside.h"
#include "rooms/setting/setting.h"

struct resetting {
    str email, base_url;
    struct account_token token;
    int64_t token_id, message_id;
    instant now;
};

static err write_reset(struct db *db, void *arg)
{
    const struct resetting *reset = arg;
    struct person person = { 0 };
    bool found;

    TRY(account_by_email(db, reset->email, &person, &found));
    if (!found || person.is_disabled)
        return NULL;
    TRY(token_put(db, reset->token_id, person.id, TOKEN_RESET, reset->token.hash, reset->now));
    return message_queue(db, &(struct message){
                                 .id = reset->message_id,
                                 .to_email = person.email,
                                 .to_name = person.name,
                                 .lang = person.lang,
                                 .text = &mail_reset,
                                 .url = str_printf(db_arena(db), "%" PRI_STR "/reset/%" PRI_STR,
                                     STR_ARG(reset->base_url), STR_ARG(reset->token.text)),
                                 .now = reset->now,
                             });
}

/* arg: base address, a space, the address that was typed. */
static err reset(struct job *job)
{
    str rest = job->arg, base_url;

    if (!str_cut(&rest, ' ', &base_url))
        return NULL;
    struct resetting resetting = {
        .email = rest,
        .base_url = base_url,
        .token = account_token_new(job->env, job->arena),
        .token_id = id_new(job->env),
        .message_id = id_new(job->env),
        .now = job->env->now(job->env),
    };
    return store_write(job->store, write_reset, &resetting);
}

static err tidy_rows(struct db *db, void *arg)
{
    instant now = db_now(db);
    int64_t idle_days;

    (void)arg;
    TRY(setting_int(db, SETTING_SESSION_IDLE_DAYS, &idle_days));
    TRY(db_run(db, &SESSIONS_DELETE_OLD,
        PARAMS(P("now", now), P("idle", instant_plus_days(now, -idle_days))), NULL, NULL, NULL));
    TRY(db_run(db, &TOKENS_DELETE_OLD, PARAMS(P("before", instant_plus_days(now, -30))), NULL, NULL,
        NULL));
    return db_run(
        db, &TRIES_DELETE_OLD, PARAMS(P("before", instant_plus_days(now, -2))), NULL, NULL, NULL);
}

static err tidy(struct job *job)
{
    return store_write(job->store, tidy_rows, NULL);
}

/* clang-format off */
const struct job_kind account_jobs[] = {
    { "account.reset", reset, 0,                        3 },
    { "account.tidy",  tidy,  6 * (int64_t)HOUR_MS,     1 },
    { 0 },
};
/* clang-format on */
