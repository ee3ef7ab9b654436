/* tributary person: people who sign in, for when the console cannot help: nobody else knows a
 * password. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/house.h"
#include "app/invent.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/account/account.h"
#include "rooms/audit/audit.h"

const struct option person_options[] = {
    OPTION_DATA,
    OPTION_DATABASE,
    { "--email", NULL, "E", "the person's address" },
    { "--name", NULL, "NAME", "the name (default: the address)" },
    { "--role", NULL, "ROLE", "owner, manager, finance or viewer (add)" },
    { "--program", NULL, "ID", "of one programme, prg_…; without it, of all (add)" },
    OPTION_JSON,
    { 0 },
};

static void tell(struct house *house, const struct args *args, str email, str password)
{
    struct buf out = buf_new(house->arena);

    if (args_has(args, "--json")) {
        buf_add(&out, STR("{\"email\": "));
        buf_json(&out, email);
        buf_add(&out, STR(", \"password\": "));
        buf_json(&out, password);
        buf_add(&out, STR("}\n"));
    } else {
        buf_printf(&out, "%" PRI_STR "\npassword: %" PRI_STR "\nIt is shown once.\n",
            STR_ARG(email), STR_ARG(password));
    }
    fwrite(buf_str(&out).at, 1, buf_str(&out).len, stdout);
}

static enum role read_role(const char *name)
{
    for (unsigned role = ROLE_OWNER; name && role <= ROLE_VIEWER; role++)
        if (strcmp(role_name((enum role)role), name) == 0)
            return (enum role)role;
    return ROLE_NOBODY;
}

struct change {
    struct account_staff staff;
    int64_t audit_id;
};

static err audit_change(struct db *db, const struct change *change, const char *action, int64_t id)
{
    return audit_write(db, &(struct audit_entry){
                               .id = change->audit_id,
                               .program_id = change->staff.program_id,
                               .action = action,
                               .object = "per",
                               .object_id = id,
                               .object_name = change->staff.email,
                               .at = change->staff.now,
                           });
}

static err add(struct db *db, void *arg)
{
    struct change *change = arg;
    struct person person = { 0 };
    int64_t id;
    bool found;

    TRY(account_by_email(db, change->staff.email, &person, &found));
    TRY(account_add_staff(db, &change->staff, &id));
    if (found)
        TRY(account_set_password(db, id, change->staff.password_hash, change->staff.now));
    return audit_change(db, change, "people.add", id);
}

static err set_password(struct db *db, void *arg)
{
    struct change *change = arg;
    struct person person = { 0 };
    bool found;

    TRY(account_by_email(db, change->staff.email, &person, &found));
    if (!found)
        return &PERSON_NOT_FOUND;
    TRY(account_set_password(db, person.id, change->staff.password_hash, change->staff.now));
    return audit_change(db, change, "people.password", person.id);
}

static int change_one(struct house *house, const struct args *args, bool is_add)
{
    const char *email = args_get(args, "--email"), *name = args_get(args, "--name"),
               *program = args_get(args, "--program");
    str password = invent_password(house->env, house->arena);
    struct change change = {
        .staff = {
            .new_person_id = id_new(house->env),
            .new_role_id = id_new(house->env),
            .new_token_id = id_new(house->env),
            .email = str_of(email),
            .name = str_of(name ? name : email),
            .role = read_role(args_get(args, "--role")),
            .now = house->env->now(house->env),
        },
        .audit_id = id_new(house->env),
    };

    if (!email)
        return say_failed(WRONG_USAGE, "say whom: --email E");
    if (is_add && !change.staff.role)
        return say_failed(WRONG_USAGE, "say as what: --role owner, manager, finance or viewer");
    if (program && !id_read("prg", str_of(program), &change.staff.program_id))
        return say_failed(WRONG_USAGE, "this is not the id of a programme: %s", program);
    change.staff.password_hash = account_password_hash(house->arena, password);
    err failure = store_write(house->store, is_add ? add : set_password, &change);
    if (failure)
        return say_failed(REFUSED, "%s", failure->text);
    tell(house, args, str_of(email), password);
    return DONE;
}

static err list_rows(struct db *db, void *arg)
{
    struct house *house = arg;
    struct list people;

    TRY(account_colleagues(db, &people));
    for (size_t i = 0; i < people.count; i++) {
        const struct colleague *c = &((const struct colleague *)people.at)[i];
        str where = c->program_id ? id_print(house->arena, "prg", c->program_id) : STR("all");
        printf("%" PRI_STR "\t%s\t%" PRI_STR "\t%" PRI_STR "\n", STR_ARG(c->email),
            role_name(c->role), STR_ARG(where), STR_ARG(c->name));
    }
    return NULL;
}

int cmd_person(const struct args *args)
{
    const char *what = args->word_count == 1 ? args->words[0] : "";
    bool is_add = strcmp(what, "add") == 0, is_list = strcmp(what, "list") == 0;
    struct house house;

    if (!is_add && !is_list && strcmp(what, "password") != 0)
        return say_failed(WRONG_USAGE, "tributary person add, list or password");
    int code = house_open(args, is_list ? HOUSE_READ : HOUSE_WRITE, &house);
    if (code != DONE)
        return code;
    if (is_list) {
        err failure = store_read(house.store, list_rows, &house);
        code = failure ? say_failed(REFUSED, "%s", failure->text) : DONE;
    } else {
        code = change_one(&house, args, is_add);
    }
    house_close(&house);
    return code;
}
