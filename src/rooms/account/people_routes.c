/* Colleagues: who may sign in to the console, and as what. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/account/account.sql.h"
#include "rooms/audit/audit.h"

static const struct err ROLE_UNKNOWN = { ERR_INVALID, "role_unknown",
    N_("A colleague is owner, manager, finance or viewer."), "role" };
static const struct err EMAIL_WRONG = { ERR_INVALID, "email_wrong",
    N_("This is not an e-mail address."), "email" };
static const struct err TOO_WIDE = { ERR_FORBIDDEN, "too_wide",
    N_("You manage one programme: people can be invited to that one only."), "program_id" };
static const struct err NO_INVITATION = { ERR_CONFLICT, "no_invitation",
    N_("This person has a password already."), NULL };

static const char *const role_names[] = { "nobody", "owner", "manager", "finance", "viewer",
    "partner", NULL };

struct colleague_sent {
    str email, name;
    enum role role;
    int64_t program_id;
};
/* clang-format off */
static const struct field sent_list[] = {
    FIELD(colleague_sent, email, .flags = FIELD_REQUIRED, .max = 254),
    FIELD(colleague_sent, name,  .flags = FIELD_TAKEN, .max = 120),
    FIELD(colleague_sent, role,  .flags = FIELD_REQUIRED, .names = role_names, .help = "owner, manager, finance or viewer."),
    FIELD_ID(colleague_sent, program_id, "prg", .flags = FIELD_TAKEN, .help = "Where; without it, every programme you manage."),
};
const struct fields colleague_sent_fields = FIELDS(sent_list, colleague_sent);

static const struct field role_list[] = {
    FIELD(colleague_sent, role,  .flags = FIELD_REQUIRED, .names = role_names, .help = "owner, manager, finance or viewer."),
};
const struct fields colleague_role_fields = FIELDS(role_list, colleague_sent);
/* clang-format on */

static bool is_staff_role(enum role role)
{
    return role == ROLE_OWNER || role == ROLE_MANAGER || role == ROLE_FINANCE ||
           role == ROLE_VIEWER;
}

static str role_json(struct arena *arena, enum role role)
{
    return str_printf(arena, "{\"role\":\"%s\"}", role_name(role));
}

/* ---- listing
 * ---------------------------------------------------------------------------------------- */

static err decorate(struct request *rq, struct view *item, const void *record)
{
    const struct colleague *colleague = record;

    view_bool(view_page(item), "is_me", colleague->person_id == rq->who->person_id);
    view_bool(view_page(item), "is_everywhere", !colleague->program_id);
    return NULL;
}

err account_people(struct request *rq, struct reply *rp)
{
    int64_t scope;

    TRY(account_scope(rq, &scope));
    view_bool(reply_frame(rp), "manages_all", scope == 0);
    view_id(reply_frame(rp), "program_id_here", "prg", rq->program_id);
    return reply_listing(rp, &PEOPLE_LIST, PARAMS(param_ref("program_id", rq->program_id)),
        &colleague_fields, decorate);
}

/* ---- inviting
 * --------------------------------------------------------------------------------------- */

struct inviting {
    struct request *rq;
    struct account_staff staff;
    struct account_token token;
    int64_t message_id, audit_id;
    struct colleague made;
};

static err send_invitation(struct db *db, const struct inviting *inviting, const char *action)
{
    const struct request *rq = inviting->rq;
    const struct mail_value values[] = { { "by", str_of(rq->who->name) }, { NULL, STR_NONE } };

    TRY(audit_write(db, &(struct audit_entry){
                            .id = inviting->audit_id,
                            .program_id = inviting->made.program_id,
                            .who = rq->who,
                            .action = action,
                            .object = "per",
                            .object_id = inviting->made.person_id,
                            .object_name = inviting->made.email,
                            .after = role_json(db_arena(db), inviting->made.role),
                            .address = rq->peer_address,
                            .at = rq->now,
                        }));
    if (inviting->made.has_password)
        return NULL; /* known here already: he finds the programme when he signs in */
    return message_queue(db, &(struct message){
                                 .id = inviting->message_id,
                                 .to_email = inviting->made.email,
                                 .to_name = inviting->made.name,
                                 .lang = inviting->staff.lang,
                                 .text = &mail_invite,
                                 .values = values,
                                 .url = str_printf(db_arena(db), "%" PRI_STR "/welcome/%" PRI_STR,
                                     STR_ARG(rq->base_url), STR_ARG(inviting->token.text)),
                                 .now = rq->now,
                             });
}

static err write_invitation(struct db *db, void *arg)
{
    struct inviting *inviting = arg;
    int64_t person_id;

    TRY(account_add_staff(db, &inviting->staff, &person_id));
    TRY(db_get(db, &PEOPLE_ONE, PARAMS(P("id", inviting->staff.new_role_id), param_ref("scope", 0)),
        &colleague_fields, &inviting->made, &PERSON_NOT_FOUND));
    return send_invitation(db, inviting, "people.invite");
}

static err check_sent(struct request *rq, const struct colleague_sent *sent)
{
    int64_t scope;

    TRY(account_scope(rq, &scope));
    if (!email_ok(sent->email))
        (void)request_problem(rq, "email", &EMAIL_WRONG);
    if (!is_staff_role(sent->role))
        (void)request_problem(rq, "role", &ROLE_UNKNOWN);
    TRY(request_problems(rq));
    if (sent->program_id && sent->program_id != rq->program_id)
        return &PERSON_NOT_FOUND;
    return !scope || sent->program_id == scope ? NULL : &TOO_WIDE;
}

err account_people_invite(struct request *rq, struct reply *rp)
{
    struct colleague_sent sent = { 0 };
    struct inviting inviting = { .rq = rq, .token = account_token_new(rq->env, rq->arena) };

    TRY(request_read(rq, &colleague_sent_fields, &sent));
    TRY(check_sent(rq, &sent));
    inviting.staff = (struct account_staff){
        .new_person_id = id_new(rq->env),
        .new_role_id = id_new(rq->env),
        .new_token_id = id_new(rq->env),
        .email = sent.email,
        .name = sent.name,
        .lang = str_of(rq->lang->tag),
        .role = sent.role,
        .program_id = sent.program_id,
        .token_hash = inviting.token.hash,
        .now = rq->now,
    };
    inviting.message_id = id_new(rq->env);
    inviting.audit_id = id_new(rq->env);
    TRY(store_write(rq->store, write_invitation, &inviting));
    view_record(reply_view(rp), NULL, &colleague_fields, &inviting.made);
    return reply_created(rp, "people/invited", "/people");
}

/* ---- changing
 * --------------------------------------------------------------------------------------- */

struct changing {
    struct request *rq;
    struct colleague was;
    enum role role; /* ROLE_NOBODY: taken away */
    int64_t audit_id;
};

static err load(struct request *rq, struct colleague *out)
{
    int64_t id, scope;

    TRY(request_param_id(rq, "id", "rol", &id));
    TRY(account_scope(rq, &scope));
    return db_get(rq->db, &PEOPLE_ONE, PARAMS(P("id", id), param_ref("scope", scope)),
        &colleague_fields, out, &PERSON_NOT_FOUND);
}

static err keep_an_owner(struct db *db, const struct changing *changing)
{
    int64_t others = 0;

    if (changing->was.role != ROLE_OWNER || changing->role == ROLE_OWNER)
        return NULL;
    /* An owner of everything can only be replaced by another owner of everything. */
    TRY(db_int(db, &OWNERS_BESIDES,
        PARAMS(P("id", changing->was.id), param_ref("program_id", changing->was.program_id)),
        &others));
    return others ? NULL : &LAST_OWNER;
}

static err write_change(struct db *db, void *arg)
{
    const struct changing *changing = arg;
    const struct request *rq = changing->rq;

    TRY(keep_an_owner(db, changing));
    if (changing->role)
        TRY(db_run(db, &ROLE_SET,
            PARAMS(P("id", changing->was.id), P("role", role_name(changing->role))), NULL, NULL,
            NULL));
    else
        TRY(db_run(db, &ROLE_DELETE, PARAMS(P("id", changing->was.id)), NULL, NULL, NULL));
    return audit_write(
        db, &(struct audit_entry){
                .id = changing->audit_id,
                .program_id = changing->was.program_id,
                .who = rq->who,
                .action = changing->role ? "people.role" : "people.remove",
                .object = "per",
                .object_id = changing->was.person_id,
                .object_name = changing->was.email,
                .before = role_json(db_arena(db), changing->was.role),
                .after = changing->role ? role_json(db_arena(db), changing->role) : STR_NONE,
                .address = rq->peer_address,
                .at = rq->now,
            });
}

err account_people_role(struct request *rq, struct reply *rp)
{
    struct colleague_sent sent = { 0 };
    struct changing changing = { .rq = rq, .audit_id = id_new(rq->env) };

    TRY(load(rq, &changing.was));
    TRY(request_read(rq, &colleague_role_fields, &sent));
    if (!is_staff_role(sent.role)) {
        (void)request_problem(rq, "role", &ROLE_UNKNOWN);
        return request_problems(rq);
    }
    changing.role = sent.role;
    TRY(store_write(rq->store, write_change, &changing));
    changing.was.role = sent.role;
    view_record(reply_view(rp), NULL, &colleague_fields, &changing.was);
    return reply_done(rp, "people/changed", "/people");
}

err account_people_remove(struct request *rq, struct reply *rp)
{
    struct changing changing = { .rq = rq, .audit_id = id_new(rq->env) };

    TRY(load(rq, &changing.was));
    TRY(store_write(rq->store, write_change, &changing));
    view_record(reply_view(rp), NULL, &colleague_fields, &changing.was);
    return reply_done(rp, "people/removed", "/people");
}

static err write_again(struct db *db, void *arg)
{
    const struct inviting *inviting = arg;

    TRY(token_put(db, inviting->staff.new_token_id, inviting->made.person_id, TOKEN_INVITE,
        inviting->token.hash, inviting->rq->now));
    return send_invitation(db, inviting, "people.invite_again");
}

err account_people_again(struct request *rq, struct reply *rp)
{
    struct inviting inviting = { .rq = rq, .token = account_token_new(rq->env, rq->arena) };

    TRY(load(rq, &inviting.made));
    if (inviting.made.has_password)
        return &NO_INVITATION;
    inviting.staff.new_token_id = id_new(rq->env);
    inviting.message_id = id_new(rq->env);
    inviting.audit_id = id_new(rq->env);
    TRY(store_write(rq->store, write_again, &inviting));
    return reply_done(rp, "people/invited", "/people");
}
