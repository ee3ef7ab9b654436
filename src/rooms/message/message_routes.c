/* The outbox: what was written to whom, and what still waits. */
#include "base/id.h"
#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/message/message.sql.h"
#include "rooms/message/message_jobs.h"
#include "rooms/message/outbox.h"
#include "rooms/room.h"
#include "rooms/setting/setting.h"

extern const struct room message_room;

static const struct err MESSAGE_NOT_FOUND = { ERR_NOT_FOUND, "message_not_found",
    N_("There is no such mail."), NULL };
static const struct err MESSAGE_SENT = { ERR_CONFLICT, "message_sent",
    N_("This mail has been sent already."), NULL };
static const struct err NO_SERVER = { ERR_CONFLICT, "mail_no_server",
    N_("There is no mail server yet: name one under Set-up, Settings."), NULL };
static const struct err NO_ADDRESS = { ERR_CONFLICT, "mail_no_address",
    N_("An API key has no address to write to."), NULL };

static bool sees_all(const struct request *rq)
{
    return who_may(rq->who, PEOPLE_WRITE);
}

#define SCOPE(rq) param_ref("program_id", (rq)->program_id), P("all", sees_all(rq))

static err has_server(struct request *rq, bool *out)
{
    str host;

    TRY(setting_text(rq->db, SETTING_MAIL_HOST, &host));
    *out = !str_empty(host);
    return NULL;
}

static err outbox_index(struct request *rq, struct reply *rp)
{
    bool server;

    TRY(has_server(rq, &server));
    view_bool(reply_frame(rp), "has_server", server);
    return reply_listing(rp, &OUTBOX_LIST, PARAMS(SCOPE(rq)), &outbox_fields, NULL);
}

static err load(struct request *rq, struct outbox *out)
{
    int64_t id;

    TRY(request_param_id(rq, "id", "msg", &id));
    return db_get(rq->db, &OUTBOX_GET_FOR, PARAMS(P("id", id), SCOPE(rq)), &outbox_fields, out,
        &MESSAGE_NOT_FOUND);
}

static err outbox_show(struct request *rq, struct reply *rp)
{
    struct outbox mail = { 0 };
    bool server;

    TRY(load(rq, &mail));
    TRY(has_server(rq, &server));
    view_record(reply_view(rp), NULL, &outbox_fields, &mail);
    if (!mail.is_private || sees_all(rq)) {
        view_str(reply_view(rp), "body", mail.body);
        view_html(view_page(reply_view(rp)), "html", mail_html(rq->arena, mail.body));
    }
    view_bool(reply_frame(rp), "has_server", server);
    return NULL;
}

struct again {
    struct request *rq;
    struct outbox mail;
    int64_t job_id, audit_id;
};

static err queue_again(struct db *db, void *arg)
{
    const struct again *again = arg;
    str id = id_print(db_arena(db), "msg", again->mail.id);

    TRY(db_run(db, &OUTBOX_AGAIN, PARAMS(P("id", again->mail.id)), NULL, NULL, NULL));
    TRY(job_queue(
        db, again->job_id, "message.send", again->mail.program_id, id, again->rq->now, id));
    return audit_write(db, &(struct audit_entry){
                               .id = again->audit_id,
                               .program_id = again->mail.program_id,
                               .who = again->rq->who,
                               .action = "message.send",
                               .object = "msg",
                               .object_id = again->mail.id,
                               .object_name = again->mail.subject,
                               .address = again->rq->peer_address,
                               .at = again->rq->now,
                           });
}

static err outbox_send(struct request *rq, struct reply *rp)
{
    struct again again = { .rq = rq };
    bool server;

    TRY(load(rq, &again.mail));
    TRY(has_server(rq, &server));
    if (!server)
        return &NO_SERVER;
    if (again.mail.state == OUTBOX_SENT)
        return &MESSAGE_SENT;
    again.job_id = id_new(rq->env);
    again.audit_id = id_new(rq->env);
    TRY(store_write(rq->store, queue_again, &again));
    view_record(reply_view(rp), NULL, &outbox_fields, &again.mail);
    return reply_done(rp, "message/queued", "/outbox");
}

static const struct mail_text test_mail = {
    .name = "message.test",
    .subject = N_("A test of the mail server"),
    .paragraphs = (const char *const[]){ N_("This mail was asked for in the settings of {site}. It "
                                            "arrived, so the server works."),
        NULL },
};

static err queue_test(struct db *db, void *arg)
{
    return message_queue(db, arg);
}

static err outbox_test(struct request *rq, struct reply *rp)
{
    struct message message = {
        .id = id_new(rq->env),
        .program_id = 0,
        .to_email = str_of(rq->who->email),
        .to_name = str_of(rq->who->name),
        .lang = str_of(rq->lang->tag),
        .text = &test_mail,
        .now = rq->now,
    };

    if (str_empty(message.to_email))
        return &NO_ADDRESS;
    TRY(store_write(rq->store, queue_test, &message));
    return reply_done(rp, "message/queued", "/outbox");
}

static err count_waiting(struct request *rq, int64_t *out, bool *out_waiting)
{
    *out_waiting = true;
    return db_int(rq->db, &OUTBOX_COUNT_WAITING, PARAMS(SCOPE(rq)), out);
}

/* clang-format off */
static const struct route routes[] = {
    { GET,  "/outbox",           API | MANAGE, MESSAGES_READ,  outbox_index, "message/list", ROUTE_CSV,
      .gives = &outbox_fields, .summary = "Mails written and waiting, newest first" },
    { GET,  "/outbox/{id}",      API | MANAGE, MESSAGES_READ,  outbox_show,  "message/show",
      .gives = &outbox_fields, .summary = "One mail with its text", .statuses = "404", .also = "body:string" },
    { POST, "/outbox/{id}/send", API | MANAGE, MESSAGES_WRITE, outbox_send,  "message/show",
      .gives = &outbox_fields, .summary = "Try again to send a mail that waits", .statuses = "404 409" },
    { POST, "/outbox/test",      MANAGE,       SETTINGS_WRITE, outbox_test,  "message/list" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Set-up"), N_("Outbox"), "/outbox", "mail", MESSAGES_READ, 40, count_waiting },
    { 0 },
};
/* clang-format on */

const struct room message_room = {
    .name = "message",
    .routes = routes,
    .jobs = message_jobs,
    .migrations = message_migrations,
    .nav = nav,
};
