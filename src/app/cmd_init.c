/* tributary init: the data folder, the store, an owner and a key that may do everything. */
#include <stdio.h>

#include "app/command.h"
#include "app/house.h"
#include "app/invent.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/audit/audit.h"
#include "rooms/setting/setting.h"

const struct option init_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--owner-email", "TRIBUTARY_OWNER_EMAIL", "E", "the owner's address, for signing in" },
    { "--owner-name", "TRIBUTARY_OWNER_NAME", "NAME", "the owner's name (default: the address)" },
    OPTION_JSON,
    { 0 },
};

struct founding {
    struct account_staff owner;
    struct account_key key;
    int64_t audit_id;
};

static err found(struct db *db, void *arg)
{
    struct founding *founding = arg;
    int64_t person_id;

    TRY(account_add_staff(db, &founding->owner, &person_id));
    TRY(account_add_key(db, &founding->key));
    return audit_write(db, &(struct audit_entry){
                               .id = founding->audit_id,
                               .action = "house.init",
                               .object = "per",
                               .object_id = person_id,
                               .object_name = founding->owner.email,
                               .at = founding->owner.now,
                           });
}

static void tell(struct house *house, const struct args *args, str email, str password, str key)
{
    struct buf out = buf_new(house->arena);

    if (args_has(args, "--json")) {
        buf_add(&out, STR("{\"owner\": {\"email\": "));
        buf_json(&out, email);
        buf_add(&out, STR(", \"password\": "));
        buf_json(&out, password);
        buf_add(&out, STR("}, \"api_key\": "));
        buf_json(&out, key);
        buf_add(&out, STR("}\n"));
    } else {
        buf_printf(&out,
            "The house stands in %s. Keep this; it is shown once.\n\n"
            "  Owner     %" PRI_STR "\n  Password  %" PRI_STR "\n  API key   %" PRI_STR "\n\n"
            "Next: tributary serve --data %s%s\n",
            house->data_dir, STR_ARG(email), STR_ARG(password), STR_ARG(key), house->data_dir,
            args_get(args, "--database") ? " --database, as here" : "");
    }
    fwrite(buf_str(&out).at, 1, buf_str(&out).len, stdout);
}

static int build(struct house *house, const struct args *args, str email)
{
    const char *name = args_get(args, "--owner-name");
    str password = invent_password(house->env, house->arena);
    struct account_token key = account_key_token(house->env, house->arena, false);
    instant now = house->env->now(house->env);
    struct founding founding = {
        .owner = {
            .new_person_id = id_new(house->env),
            .new_role_id = id_new(house->env),
            .new_token_id = id_new(house->env),
            .email = email,
            .name = name ? str_of(name) : email,
            .role = ROLE_OWNER,
            .password_hash = account_password_hash(house->arena, password),
            .now = now,
        },
        .key = {
            .new_id = id_new(house->env),
            .name = STR("Made by tributary init"),
            .scopes = UINT64_MAX,
            .token_hash = key.hash,
            .ending = str_from(key.text, key.text.len - 4),
            .now = now,
        },
        .audit_id = id_new(house->env),
    };

    err failure = setting_secrets_make(house->store, house->env);
    if (!failure)
        failure = store_write(house->store, found, &founding);
    if (failure)
        return say_failed(REFUSED, "%s", failure->text);
    tell(house, args, email, password, key.text);
    return DONE;
}

int cmd_init(const struct args *args)
{
    const char *email = args_get(args, "--owner-email");
    struct house house;
    size_t at;

    if (!email)
        return say_failed(WRONG_USAGE, "say who the owner is: --owner-email E");
    if (!str_find(str_of(email), '@', &at))
        return say_failed(WRONG_USAGE, "this is not an e-mail address: %s", email);
    int code = house_open(args, HOUSE_MAKE, &house);
    if (code != DONE)
        return code;
    code = build(&house, args, str_of(email));
    house_close(&house);
    return code;
}
