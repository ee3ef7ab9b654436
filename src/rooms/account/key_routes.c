/* API keys: of the house on /manage/keys, of a partner on /portal/keys. */
#include "rooms/account/key.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/account/account.sql.h"
#include "rooms/account/inside.h"
#include "rooms/audit/audit.h"

static const struct err KEY_NOT_FOUND = { ERR_NOT_FOUND, "key_not_found",
    N_("There is no such key."), NULL };
static const struct err SCOPE_UNKNOWN = { ERR_INVALID, "scope_unknown",
    N_("There is no such right."), "scopes" };
static const struct err SCOPES_NEEDED = { ERR_INVALID, "scopes_needed",
    N_("Choose at least one right."), "scopes" };
static const struct err SCOPE_TOO_WIDE = { ERR_FORBIDDEN, "scope_too_wide",
    N_("A key can do no more than whoever makes it."), "scopes" };

static const struct err PLACE_NEEDED = { ERR_INVALID, "program_needed",
    N_("Say which programme the partner belongs to."), "program_id" };

struct key_sent {
    str name;
    strs scopes;
    bool is_test;
    int64_t program_id, partner_id;
};
/* clang-format off */
static const struct field sent_list[] = {
    FIELD(key_sent, name,    .flags = FIELD_REQUIRED, .max = 80, .help = "What it is for: \"Shop server\"."),
    FIELD(key_sent, scopes,  .flags = FIELD_TAKEN, .max = 64, .help = "Rights: \"conversions:write\". Without them, all that the caller has."),
    FIELD(key_sent, is_test, .flags = FIELD_TAKEN, .help = "A test key's data is kept apart and never pays."),
    FIELD_ID(key_sent, program_id, "prg", .flags = FIELD_TAKEN, .help = "Where; without it, every programme you manage."),
    FIELD_ID(key_sent, partner_id, "par", .flags = FIELD_TAKEN, .help = "A partner's own key: it reaches his rows alone."),
};
const struct fields key_sent_fields = FIELDS(sent_list, key_sent);
/* clang-format on */

/* ---- listing
 * ---------------------------------------------------------------------------------------- */

static void show_scopes(struct request *rq, struct reply *rp)
{
    struct view *choices = view_list(reply_frame(rp), "scope_choices");

    for (unsigned p = SIGNED_IN + 1; p < PERMISSION_COUNT; p++)
        if (who_may(rq->who, (enum permission)p)) {
            struct view *item = view_item(choices);
            view_text(item, "word", permission_word((enum permission)p));
            view_bool(item, "usual",
                p == CONVERSIONS_WRITE || p == CONVERSIONS_READ || p == PARTNERS_READ ||
                    p == LINKS_READ || p == COUPONS_READ);
        }
}

err account_keys(struct request *rq, struct reply *rp)
{
    int64_t scope;

    TRY(account_scope(rq, &scope));
    if (rq->surface != API) {
        show_scopes(rq, rp);
        view_bool(reply_frame(rp), "manages_all", scope == 0 && !rq->partner_id);
        view_id(reply_frame(rp), "program_id_here", "prg", rq->program_id);
    }
    return reply_listing(rp, &KEY_LIST,
        PARAMS(param_ref("program_id", rq->program_id), param_ref("partner_id", rq->partner_id)),
        &api_key_fields, NULL);
}

/* ---- making
 * ------------------------------------------------------------------------------------------ */

struct making {
    struct request *rq;
    struct account_key key;
    int64_t audit_id;
};

static err write_key(struct db *db, void *arg)
{
    const struct making *making = arg;

    TRY(account_add_key(db, &making->key));
    return audit_write(db, &(struct audit_entry){
                               .id = making->audit_id,
                               .program_id = making->key.program_id,
                               .who = making->rq->who,
                               .action = "key.create",
                               .object = "key",
                               .object_id = making->key.new_id,
                               .object_name = making->key.name,
                               .address = making->rq->peer_address,
                               .at = making->rq->now,
                           });
}

/* The most such a key may do: what its maker may, and no more than a partner when it is a
 * partner's. */
static uint64_t most_scopes(const struct who *who, bool is_partners)
{
    uint64_t scopes = 0;

    for (unsigned p = SIGNED_IN; p < PERMISSION_COUNT; p++)
        if (who_may(who, (enum permission)p) &&
            (!is_partners || role_may(ROLE_PARTNER, (enum permission)p)))
            scopes |= UINT64_C(1) << p;
    return scopes;
}

static err check_scopes(
    struct request *rq, const struct key_sent *sent, bool is_partners, uint64_t *out)
{
    uint64_t most = most_scopes(rq->who, is_partners);
    bool all_known;

    *out = scopes_read(&sent->scopes, &all_known);
    if (!all_known)
        (void)request_problem(rq, "scopes", &SCOPE_UNKNOWN);
    else if (!sent->scopes.count && rq->surface != API)
        (void)request_problem(rq, "scopes", &SCOPES_NEEDED);
    TRY(request_problems(rq));
    if (!sent->scopes.count)
        *out = most;
    return *out & ~most ? &SCOPE_TOO_WIDE : NULL;
}

/* Whose key it is, and where it counts. */
static err check_place(struct request *rq, const struct key_sent *sent, struct account_key *out)
{
    int64_t scope;

    TRY(account_scope(rq, &scope));
    if (sent->program_id && sent->program_id != rq->program_id)
        return &KEY_NOT_FOUND;
    out->partner_id = rq->partner_id ? rq->partner_id : sent->partner_id;
    if (rq->partner_id && sent->partner_id && sent->partner_id != rq->partner_id)
        return &KEY_NOT_FOUND;
    if (out->partner_id && !rq->program_id)
        return &PLACE_NEEDED;
    out->program_id = out->partner_id    ? rq->program_id
                      : sent->program_id ? sent->program_id
                                         : scope;
    return NULL;
}

err account_key_make(struct request *rq, struct reply *rp)
{
    struct key_sent sent = { 0 };
    struct making making = { .rq = rq };
    struct api_key row = { 0 };

    TRY(request_read(rq, &key_sent_fields, &sent));
    struct account_token token = account_key_token(rq->env, rq->arena, sent.is_test);
    making.key = (struct account_key){
        .new_id = request_new_id(rq),
        .name = sent.name,
        .is_test = sent.is_test,
        .token_hash = token.hash,
        .ending = str_from(token.text, token.text.len - 4),
        .created_by = rq->who->person_id,
        .now = rq->now,
    };
    TRY(check_place(rq, &sent, &making.key));
    TRY(check_scopes(rq, &sent, making.key.partner_id != 0, &making.key.scopes));
    making.audit_id = id_new(rq->env);
    TRY(store_write(rq->store, write_key, &making));

    row = (struct api_key){ making.key.new_id, making.key.program_id, making.key.partner_id,
        sent.name, making.key.ending, scopes_words(rq->arena, making.key.scopes), sent.is_test,
        making.key.created_by, rq->now, { 0 }, { 0 } };
    view_record(reply_view(rp), NULL, &api_key_fields, &row);
    view_str(reply_view(rp), "key", token.text);
    rp->status = 201;
    rp->page = rq->surface == PORTAL ? "account/portal-key" : "account/key";
    view_str(reply_frame(rp), "base", rq->base_url);
    reply_header(rp, "Cache-Control", STR("no-store"));
    return NULL; /* shown on this very answer: a redirect would have to carry it */
}

/* ---- revoking
 * ---------------------------------------------------------------------------------------- */

struct revoking {
    struct request *rq;
    struct api_key key;
    int64_t audit_id;
};

static err write_revoke(struct db *db, void *arg)
{
    const struct revoking *revoking = arg;

    TRY(db_run(db, &KEY_REVOKE, PARAMS(P("id", revoking->key.id), P("now", revoking->rq->now)),
        NULL, NULL, NULL));
    return audit_write(db, &(struct audit_entry){
                               .id = revoking->audit_id,
                               .program_id = revoking->key.program_id,
                               .who = revoking->rq->who,
                               .action = "key.revoke",
                               .object = "key",
                               .object_id = revoking->key.id,
                               .object_name = revoking->key.name,
                               .address = revoking->rq->peer_address,
                               .at = revoking->rq->now,
                           });
}

err account_key_revoke(struct request *rq, struct reply *rp)
{
    struct revoking revoking = { .rq = rq, .audit_id = id_new(rq->env) };
    int64_t id, scope;

    TRY(request_param_id(rq, "id", "key", &id));
    TRY(account_scope(rq, &scope));
    TRY(db_get(rq->db, &KEY_GET,
        PARAMS(P("id", id), param_ref("scope", scope), param_ref("partner_id", rq->partner_id)),
        &api_key_fields, &revoking.key, &KEY_NOT_FOUND));
    if (!revoking.key.revoked_at.ms) {
        TRY(store_write(rq->store, write_revoke, &revoking));
        revoking.key.revoked_at = rq->now;
    }
    view_record(reply_view(rp), NULL, &api_key_fields, &revoking.key);
    return reply_done(rp, "key/revoked", "/keys");
}
