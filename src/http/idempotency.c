/* The table of first answers. */
#include "http/idempotency.h"

#include "base/log.h"
#include "base/secret.h"
#include "http/idempotency.sql.h"
#include "http/inside.h"

const struct err IDEMPOTENCY_KEY = { ERR_INVALID, "idempotency_key",
    N_("An Idempotency-Key has 1 to 255 visible ASCII letters."), NULL };
const struct err IDEMPOTENCY_MISMATCH = { ERR_INVALID, "idempotency_mismatch",
    N_("This Idempotency-Key was used for another call. Nothing was done."), NULL };
const struct err IDEMPOTENCY_RUNNING = { ERR_CONFLICT, "idempotency_running",
    N_("The first call with this Idempotency-Key is still running. Ask again in a moment."), NULL };

enum { LEASE_MS = 45 * SECOND_MS, KEPT_DAYS = 30, NAME_MOST = 255, SWEEP_ONE_IN = 64 };

struct first_answer {
    int64_t id;
    str request_hash;
    int64_t new_id, owner;
    int64_t lease_ends_at;
    int64_t status;
    str content_type, location, body;
    instant created_at;
};

static const struct field list[] = {
    FIELD(first_answer, id),
    FIELD(first_answer, request_hash),
    FIELD(first_answer, new_id),
    FIELD(first_answer, owner),
    FIELD(first_answer, lease_ends_at),
    FIELD(first_answer, status),
    FIELD(first_answer, content_type),
    FIELD(first_answer, location),
    FIELD(first_answer, body),
    FIELD(first_answer, created_at),
};
static const struct fields first_answer_fields = FIELDS(list, first_answer);

enum outcome { OURS, REPLAYED, MISMATCHED, RUNNING };

struct claim {
    struct arena *arena;
    int64_t id, key_id, node, owner, new_id;
    str name, hash;
    instant now;
    bool sweep;
    enum outcome outcome;
    struct first_answer first;
};

/* ---- claiming
 * ---------------------------------------------------------------------------------------------- */

static err look(struct db *db, struct claim *claim, bool *out_found)
{
    struct first_answer *first = &claim->first;

    TRY(db_one(db, &IDEMPOTENCY_GET, PARAMS(P("key_id", claim->key_id), P("name", claim->name)),
        &first_answer_fields, first, out_found));
    first->request_hash = str_dup(claim->arena, first->request_hash);
    first->content_type = str_dup(claim->arena, first->content_type);
    first->location = str_dup(claim->arena, first->location);
    first->body = str_dup(claim->arena, first->body);
    return NULL;
}

static err take_over(struct db *db, struct claim *claim)
{
    int64_t changes = 0;

    TRY(db_run(db, &IDEMPOTENCY_TAKE_OVER,
        PARAMS(P("key_id", claim->key_id), P("name", claim->name), P("owner", claim->owner),
            P("former", claim->first.owner), P("node", claim->node),
            P("lease_ends_at", claim->now.ms + LEASE_MS)),
        NULL, NULL, &changes));
    claim->outcome = changes == 1 ? OURS : RUNNING;
    claim->new_id = claim->first.new_id;
    return NULL;
}

static err judge(struct db *db, struct claim *claim)
{
    const struct first_answer *first = &claim->first;

    if (!str_eq(first->request_hash, claim->hash))
        claim->outcome = MISMATCHED;
    else if (first->status != 0)
        claim->outcome = REPLAYED;
    else if (first->lease_ends_at > claim->now.ms)
        claim->outcome = RUNNING;
    else
        return take_over(db, claim);
    return NULL;
}

static err claim_name(struct db *db, void *arg)
{
    struct claim *claim = arg;
    int64_t changes = 0;
    bool found = false;

    if (claim->sweep)
        TRY(db_run(db, &IDEMPOTENCY_EXPIRE,
            PARAMS(P("before", instant_plus_days(claim->now, -KEPT_DAYS))), NULL, NULL, NULL));
    TRY(db_run(db, &IDEMPOTENCY_CLAIM,
        PARAMS(P("id", claim->id), P("key_id", claim->key_id), P("name", claim->name),
            P("request_hash", claim->hash), P("new_id", claim->new_id), P("node", claim->node),
            P("owner", claim->owner), P("lease_ends_at", claim->now.ms + LEASE_MS),
            P("created_at", claim->now)),
        NULL, NULL, &changes));
    claim->outcome = OURS;
    if (changes == 1)
        return NULL;
    TRY(look(db, claim, &found));
    return found ? judge(db, claim)
                 : &STORE_BUSY; /* gone between the two: let the caller ask again */
}

/* ---- the call
 * ------------------------------------------------------------------------------------------------
 */

static bool is_name(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] < 0x21 || name.at[i] > 0x7E)
            return false;
    }
    return name.len >= 1 && name.len <= NAME_MOST;
}

static str hash_of(const struct request *rq)
{
    struct buf whole = buf_new(rq->arena);

    buf_printf(&whole, "%d %" PRI_STR "?%" PRI_STR "\n", (int)rq->method, STR_ARG(rq->path),
        STR_ARG(rq->query));
    buf_add(&whole, rq->body);
    return secret_hash(rq->arena, buf_str(&whole));
}

static void replay(struct request *rq, const struct first_answer *first, struct idempotent *out)
{
    struct buf headers = buf_new(rq->arena);

    answer_headers(&headers, rq, false);
    buf_add(&headers, STR("Idempotency-Replayed: true\r\nCache-Control: no-store\r\n"));
    if (!str_empty(first->content_type))
        buf_printf(&headers, "Content-Type: %" PRI_STR "\r\n", STR_ARG(first->content_type));
    if (!str_empty(first->location))
        buf_printf(&headers, "Location: %" PRI_STR "\r\n", STR_ARG(first->location));
    out->is_replay = true;
    out->answer = (struct answer){
        .status = (int)first->status, .headers = buf_str(&headers), .body = first->body
    };
}

err idempotency_begin(struct request *rq, struct idempotent *out)
{
    str name = request_header(rq, "idempotency-key");

    *out = (struct idempotent){ 0 };
    if (!name.at || rq->surface != API || rq->method == GET || !(rq->route->flags & ROUTE_MONEY))
        return NULL;
    if (!is_name(name))
        return &IDEMPOTENCY_KEY;
    int64_t owner = id_new(rq->env);
    struct claim claim = { .arena = rq->arena,
        .id = owner,
        .key_id = rq->who->key_id,
        .node = rq->env->node,
        .owner = owner,
        .new_id = request_new_id(rq),
        .name = name,
        .hash = hash_of(rq),
        .now = rq->now,
        .sweep = owner % SWEEP_ONE_IN == 0 };
    TRY(store_write(rq->store, claim_name, &claim));
    switch (claim.outcome) {
    case MISMATCHED:
        return &IDEMPOTENCY_MISMATCH;
    case RUNNING:
        rq->retry_after_s = 1;
        return &IDEMPOTENCY_RUNNING;
    case REPLAYED:
        replay(rq, &claim.first, out);
        return NULL;
    case OURS:
        break;
    }
    rq->parts->new_id = claim.new_id;
    out->is_on = true;
    out->key_id = claim.key_id;
    out->owner = owner;
    out->name = name;
    return NULL;
}

/* ---- the answer
 * ----------------------------------------------------------------------------------------------------
 */

struct keeping {
    const struct idempotent *call;
    bool let_go;
    int64_t status;
    str content_type, location, body;
};

static err keep(struct db *db, void *arg)
{
    const struct keeping *keeping = arg;
    const struct idempotent *call = keeping->call;

    if (keeping->let_go)
        return db_run(db, &IDEMPOTENCY_LET_GO,
            PARAMS(P("key_id", call->key_id), P("name", call->name), P("owner", call->owner)), NULL,
            NULL, NULL);
    return db_run(db, &IDEMPOTENCY_ANSWER,
        PARAMS(P("key_id", call->key_id), P("name", call->name), P("owner", call->owner),
            P("status", keeping->status), P("content_type", keeping->content_type),
            P("location", keeping->location), P("body", keeping->body)),
        NULL, NULL, NULL);
}

static str header_of(str headers, str name)
{
    str row = STR_NONE;

    while (str_cut(&headers, '\n', &row)) {
        if (row.len > name.len && str_eq_nocase(str_first(row, name.len), name) &&
            row.at[name.len] == ':')
            return str_trim(str_from(row, name.len + 1));
    }
    return STR_NONE;
}

/* When this fails, what the handler did stays done; the name stays claimed until its lease ends,
 * and the next try finds what is there by its business key or by request_new_id. */
void idempotency_end(struct request *rq, const struct idempotent *call, const struct answer *answer)
{
    struct keeping keeping = { .call = call,
        .let_go = answer->status >= 500 || answer->status == 429,
        .status = answer->status,
        .content_type = header_of(answer->headers, STR("content-type")),
        .location = header_of(answer->headers, STR("location")),
        .body = answer->body };

    if (!call->is_on)
        return;
    err e = store_write(rq->store, keep, &keeping);
    if (e)
        log_line(LOG_WARN, "an idempotent answer was not kept: %s request_id=%" PRI_STR, e->code,
            STR_ARG(rq->request_id));
}

static err release(struct db *db, void *arg)
{
    return db_run(
        db, &IDEMPOTENCY_RELEASE, PARAMS(P("node", *(int64_t *)arg)), NULL, NULL, NULL);
}

err idempotency_recover(struct store *store, int64_t node)
{
    return store_write(store, release, &node);
}
