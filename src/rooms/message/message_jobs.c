/* Sending what waits in the outbox, and forgetting what was sent long ago. */
#include "base/arena.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "rooms/message/message.sql.h"
#include "rooms/message/message_jobs.h"
#include "rooms/message/outbox.h"
#include "rooms/setting/setting.h"

struct sending {
    int64_t id;
    struct arena *arena;
    bool found;
    struct outbox mail;
    struct mail_server server;
    struct mail_sender from;
};

static void keep(struct arena *arena, str *text)
{
    *text = str_dup(arena, *text);
}

static err read_server(struct db *db, struct sending *sending)
{
    TRY(setting_text(db, SETTING_MAIL_HOST, &sending->server.host));
    TRY(setting_int(db, SETTING_MAIL_PORT, &sending->server.port));
    TRY(setting_text(db, SETTING_MAIL_TLS, &sending->server.tls));
    TRY(setting_text(db, SETTING_MAIL_USER, &sending->server.user));
    TRY(setting_text(db, SETTING_MAIL_PASSWORD, &sending->server.password));
    TRY(setting_text(db, SETTING_MAIL_FROM, &sending->from.email));
    TRY(setting_text(db, SETTING_MAIL_FROM_NAME, &sending->from.name));
    keep(sending->arena, &sending->server.host);
    keep(sending->arena, &sending->server.tls);
    keep(sending->arena, &sending->server.user);
    keep(sending->arena, &sending->server.password);
    keep(sending->arena, &sending->from.email);
    keep(sending->arena, &sending->from.name);
    return NULL;
}

static err read_sending(struct db *db, void *arg)
{
    struct sending *sending = arg;

    TRY(read_server(db, sending));
    TRY(db_one(db, &OUTBOX_GET, PARAMS(P("id", sending->id)), &outbox_fields, &sending->mail,
        &sending->found));
    keep(sending->arena, &sending->mail.to_email);
    keep(sending->arena, &sending->mail.to_name);
    keep(sending->arena, &sending->mail.lang);
    keep(sending->arena, &sending->mail.subject);
    keep(sending->arena, &sending->mail.body);
    keep(sending->arena, &sending->mail.url);
    return NULL;
}

static str body_afterwards(struct arena *arena, const struct outbox *mail)
{
    return mail->is_private && !str_empty(mail->url)
               ? str_replace(arena, mail->body, mail->url, STR("…"))
               : mail->body;
}

static err mark_sent(struct db *db, void *arg)
{
    const struct sending *sending = arg;

    return db_run(db, &OUTBOX_MARK_SENT,
        PARAMS(P("id", sending->id), P("now", db_now(db)),
            P("body", body_afterwards(db_arena(db), &sending->mail))),
        NULL, NULL, NULL);
}

struct failing {
    int64_t id;
    err why;
};

static err mark_failed(struct db *db, void *arg)
{
    const struct failing *failing = arg;

    return db_run(db, &OUTBOX_MARK_FAILED,
        PARAMS(P("id", failing->id), P("error", failing->why->text)), NULL, NULL, NULL);
}

static const struct err ADDRESS_BROKEN = { ERR_INVALID, "mail_address",
    N_("This is not an address that mail can be sent to."), NULL };
static const struct err NO_SENDER = { ERR_INVALID, "mail_no_sender",
    N_("The settings name a mail server and no sender’s address."), NULL };

static err give_to_server(struct job *job, const struct sending *sending)
{
    if (!mail_address_ok(sending->mail.to_email))
        return &ADDRESS_BROKEN;
    if (!mail_address_ok(sending->from.email))
        return &NO_SENDER;
    return smtp_send(job->arena, &sending->server, sending->from.email, sending->mail.to_email,
        mail_wire(job->arena, &sending->mail, sending->from, job->env->now(job->env)));
}

static err send_one(struct job *job)
{
    struct sending sending = { .arena = job->arena };

    if (!id_read("msg", job->arg, &sending.id))
        return NULL;
    TRY(store_read(job->store, read_sending, &sending));
    if (!sending.found || sending.mail.state == OUTBOX_SENT || str_empty(sending.server.host))
        return NULL; /* without a server it waits in the outbox; message.sweep looks again */

    err why = give_to_server(job, &sending);
    if (!why)
        return store_write(job->store, mark_sent, &sending);
    struct failing failing = { sending.id, why };
    TRY(store_write(job->store, mark_failed, &failing));
    return why;
}

/* ---- looking again
 * ---------------------------------------------------------------------------------- */

struct sweep {
    instant now;
    int64_t ids[500];
};

static err sweep_rows(struct db *db, void *arg)
{
    struct sweep *sweep = arg;
    struct list rows;
    str host;

    TRY(setting_text(db, SETTING_MAIL_HOST, &host));
    if (str_empty(host))
        return NULL;
    TRY(db_all(db, &OUTBOX_UNTRIED,
        PARAMS(P("before", instant_plus_ms(sweep->now, -10 * (int64_t)MINUTE_MS)),
            P("after", instant_plus_days(sweep->now, -3))),
        &outbox_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct outbox *mail = &((const struct outbox *)rows.at)[i];
        str id = id_print(db_arena(db), "msg", mail->id);
        TRY(job_queue(db, sweep->ids[i], "message.send", mail->program_id, id, sweep->now, id));
    }
    return NULL;
}

static err sweep(struct job *job)
{
    struct sweep *sweep = ARENA_NEW(job->arena, struct sweep);

    sweep->now = job->env->now(job->env);
    for (size_t i = 0; i < sizeof(sweep->ids) / sizeof(sweep->ids[0]); i++)
        sweep->ids[i] = id_new(job->env);
    return store_write(job->store, sweep_rows, sweep);
}

static err forget_old(struct db *db, void *arg)
{
    int64_t days;

    (void)arg;
    TRY(setting_int(db, SETTING_MAIL_KEEP_DAYS, &days));
    return db_run(db, &OUTBOX_REMOVE_OLD, PARAMS(P("before", instant_plus_days(db_now(db), -days))),
        NULL, NULL, NULL);
}

static err forget(struct job *job)
{
    return store_write(job->store, forget_old, NULL);
}

/* clang-format off */
const struct job_kind message_jobs[] = {
    { "message.send",   send_one, 0,                              10 },
    { "message.sweep",  sweep,    5 * (int64_t)MINUTE_MS,         1 },
    { "message.forget", forget,   DAY_MS,                         1 },
    { 0 },
};
/* clang-format on */
