/* Mails that a partner may end: the address in them, and the page it leads to. */
#include "rooms/partner/partner.h"
#include "rooms/partner/partner_inside.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/secret.h"
#include "rooms/partner/partner.sql.h"
#include "rooms/setting/setting.h"

static const struct err MUTE_UNKNOWN = { ERR_NOT_FOUND, "mails_off_unknown",
    N_("This address is not whole. Copy it from the mail, or sign in and open “Profile and "
       "payment”."),
    NULL };

enum { SIGN_BYTES = 16 };

/* "par_…-" and a MAC of it in hex: nobody can end another's mails. */
static err key_of(struct db *db, int64_t partner_id, str *out)
{
    unsigned char secret[SECRET_BYTES], sign[SIGN_BYTES];
    str id = id_print(db_arena(db), "par", partner_id);
    struct buf text = buf_new(db_arena(db));

    TRY(setting_secret(db, "unsubscribe", secret));
    secret_mac(secret, id.at, id.len, sign, sizeof sign);
    buf_add(&text, id);
    buf_char(&text, '-');
    for (size_t i = 0; i < sizeof sign; i++)
        buf_printf(&text, "%02x", sign[i]);
    *out = buf_str(&text);
    return NULL;
}

err partner_mute_url(struct db *db, str base, int64_t partner_id, str *out)
{
    str key;

    TRY(key_of(db, partner_id, &key));
    *out = str_printf(db_arena(db), "%" PRI_STR "/mails/off/%" PRI_STR, STR_ARG(base), STR_ARG(key));
    return NULL;
}

static err read_key(struct request *rq, int64_t *out_id)
{
    str told = request_param(rq, "key"), rest = told, id, key;

    if (!str_cut(&rest, '-', &id) || !id_read("par", id, out_id))
        return &MUTE_UNKNOWN;
    TRY(key_of(rq->db, *out_id, &key));
    return secret_eq_str(told, key) ? NULL : &MUTE_UNKNOWN;
}

struct muting {
    int64_t id;
    instant at;
};

static err mute(struct db *db, void *arg)
{
    const struct muting *m = arg;
    return db_run(db, &PARTNER_MUTE, PARAMS(P("id", m->id), P("at", m->at)), NULL, NULL, NULL);
}

err partner_mails_off(struct request *rq, struct reply *rp)
{
    struct muting m = { .at = rq->now };

    TRY(read_key(rq, &m.id));
    view_str(reply_view(rp), "key", request_param(rq, "key"));
    view_bool(reply_view(rp), "is_done", rq->method == POST);
    return rq->method == POST ? store_write(rq->store, mute, &m) : NULL;
}
