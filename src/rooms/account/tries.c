/* The brake on guessing: tries are counted by address and account together, by address, and by
 * account. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "base/secret.h"
#include "rooms/account/account.sql.h"
#include "rooms/setting/setting.h"

/* An office shares an address; an account is tried from everywhere. Both have more room. */
enum { PER_ADDRESS = 10, PER_ACCOUNT = 20, NAMES = 3 };

/* clang-format off */
static const struct field list[] = {
    FIELD(tries, count),
    FIELD(tries, window_at),
    FIELD(tries, until),
};
static const struct fields tries_fields = FIELDS(list, tries);
/* clang-format on */

bool tries_take(struct tries *tries, instant now, int64_t most, int64_t pause_ms, int64_t *out_left)
{
    *out_left = 0;
    if (tries->until.ms > now.ms)
        return false;
    if (tries->until.ms || tries->window_at.ms + pause_ms <= now.ms)
        *tries = (struct tries){ .window_at = now };
    tries->count++;
    *out_left = most - tries->count;
    if (tries->count >= most)
        tries->until = instant_plus_ms(now, pause_ms);
    return true;
}

struct counting {
    str names[NAMES];
    int64_t most[NAMES];
    int64_t pause_minutes;
    instant now;
    struct try_result result;
};

static void name_tries(struct request *rq, str email, struct counting *out)
{
    static const char *const kinds[NAMES] = { "both", "address", "account" };
    str key = email_key(rq->arena, email);

    for (int i = 0; i < NAMES; i++) {
        str text = str_printf(rq->arena, "%s|%" PRI_STR "|%" PRI_STR, kinds[i],
            STR_ARG(i == 2 ? STR("") : rq->peer_address), STR_ARG(i == 1 ? STR("") : key));
        out->names[i] = secret_hash(rq->arena, text);
    }
}

static err count_one(struct db *db, struct counting *counting, int i)
{
    struct tries tries = { 0 };
    int64_t left;
    bool found;

    TRY(db_one(db, &TRY_GET, PARAMS(P("name", counting->names[i])), &tries_fields, &tries, &found));
    bool allowed = tries_take(
        &tries, counting->now, counting->most[i], counting->pause_minutes * MINUTE_MS, &left);
    if (left < counting->result.left)
        counting->result.left = left;
    if (!allowed) {
        int64_t wait_s = (tries.until.ms - counting->now.ms + 999) / 1000;
        counting->result.allowed = false;
        if (wait_s > counting->result.wait_s)
            counting->result.wait_s = wait_s;
        return NULL;
    }
    return db_run(db, &TRY_PUT, PARAMS(P("name", counting->names[i])), &tries_fields, &tries, NULL);
}

static err count_all(struct db *db, void *arg)
{
    struct counting *counting = arg;

    counting->result = (struct try_result){
        .allowed = true, .left = INT64_MAX, .pause_minutes = counting->pause_minutes
    };
    for (int i = 0; i < NAMES; i++)
        TRY(count_one(db, counting, i));
    return NULL;
}

err tries_count(struct request *rq, str email, struct try_result *out)
{
    struct counting counting = { .now = rq->now };
    int64_t most;

    TRY(setting_int(rq->db, SETTING_SIGN_IN_TRIES, &most));
    TRY(setting_int(rq->db, SETTING_SIGN_IN_PAUSE_MINUTES, &counting.pause_minutes));
    counting.most[0] = most;
    counting.most[1] = most * PER_ADDRESS;
    counting.most[2] = most * PER_ACCOUNT;
    name_tries(rq, email, &counting);
    TRY(store_write(rq->store, count_all, &counting));
    *out = counting.result;
    return NULL;
}

static err forget_all(struct db *db, void *arg)
{
    const struct counting *counting = arg;

    /* The address keeps the wrong ones: a right password must not buy tries at other accounts. */
    TRY(db_run(db, &TRY_GIVE_BACK, PARAMS(P("name", counting->names[1])), NULL, NULL, NULL));
    TRY(db_run(db, &TRY_CLEAR, PARAMS(P("name", counting->names[0])), NULL, NULL, NULL));
    return db_run(db, &TRY_CLEAR, PARAMS(P("name", counting->names[2])), NULL, NULL, NULL);
}

err tries_forget(struct request *rq, str email)
{
    struct counting counting = { 0 };

    name_tries(rq, email, &counting);
    return store_write(rq->store, forget_all, &counting);
}
