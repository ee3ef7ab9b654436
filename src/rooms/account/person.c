/* People and what they may do: one row a person, one row a role. */
#include "rooms/account/inside.h"

#include "base/arena.h"
#include "rooms/account/account.sql.h"

const struct err PERSON_EXISTS = { ERR_CONFLICT, "person_exists",
    N_("This person has a role here already."), "email" };
const struct err PERSON_NOT_FOUND = { ERR_NOT_FOUND, "person_not_found",
    N_("There is no such person."), NULL };
const struct err LAST_OWNER = { ERR_CONFLICT, "last_owner",
    N_("This is the last owner. Make somebody else an owner first."), NULL };

/* In the order of enum role. */
static const char *const role_names[] = { "nobody", "owner", "manager", "finance", "viewer",
    "partner", NULL };

/* clang-format off */
static const struct field person_list[] = {
    FIELD_ID(person, id, "per"),
    FIELD(person, email),
    FIELD(person, name),
    FIELD(person, lang),
    FIELD(person, theme),
    FIELD(person, zone),
    FIELD(person, has_password),
    FIELD(person, is_disabled),
    FIELD(person, created_at),
    FIELD(person, last_seen_at),
};
const struct fields person_fields = FIELDS(person_list, person);

static const struct field role_list[] = {
    FIELD_ID(person_role, id, "rol"),
    FIELD_ID(person_role, person_id, "per"),
    FIELD_ID(person_role, program_id, "prg"),
    FIELD(person_role, role, .names = role_names),
    FIELD_ID(person_role, partner_id, "par"),
    FIELD(person_role, created_at),
};
const struct fields person_role_fields = FIELDS(role_list, person_role);

static const struct field colleague_list[] = {
    FIELD_ID(colleague, id, "rol",        .flags = FIELD_SORT, .help = "Of the role: what a person may do, and where."),
    FIELD_ID(colleague, person_id, "per"),
    FIELD(colleague, email,               .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(colleague, name,                .flags = FIELD_SORT),
    FIELD(colleague, role,                .flags = FIELD_FILTER, .names = role_names, .help = "owner, manager, finance or viewer."),
    FIELD_ID(colleague, program_id, "prg",.help = "Null: every programme."),
    FIELD(colleague, has_password,        .help = "False while an invitation is open."),
    FIELD(colleague, last_seen_at,        .flags = FIELD_SORT),
    FIELD(colleague, created_at,          .flags = FIELD_SORT),
};
const struct fields colleague_fields = FIELDS(colleague_list, colleague);
/* clang-format on */

str email_key(struct arena *arena, str email)
{
    return str_lower(arena, str_trim(email));
}

bool email_ok(str email)
{
    size_t at;

    if (email.len > 254 || !str_find(email, '@', &at) || at == 0 || at + 1 >= email.len)
        return false;
    str host = str_from(email, at + 1);
    for (size_t i = 0; i < email.len; i++) {
        unsigned char c = (unsigned char)email.at[i];
        if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' || c == ',' || c == ';')
            return false;
    }
    return !str_has(host, STR("@")) && !str_starts(host, STR(".")) && !str_ends(host, STR("."));
}

err account_person(struct db *db, int64_t id, struct person *out)
{
    return db_get(db, &PERSON_GET, PARAMS(P("id", id)), &person_fields, out, &PERSON_NOT_FOUND);
}

err account_by_email(struct db *db, str email, struct person *out, bool *out_found)
{
    return db_one(db, &PERSON_BY_EMAIL, PARAMS(P("email_key", email_key(db_arena(db), email))),
        &person_fields, out, out_found);
}

err roles_of(struct db *db, int64_t person_id, struct list *out)
{
    return db_all(db, &ROLES_OF, PARAMS(P("person_id", person_id)), &person_role_fields, out);
}

err account_colleagues(struct db *db, struct list *out)
{
    return db_all(db, &PEOPLE_LIST, PARAMS(param_ref("program_id", 0)), &colleague_fields, out);
}

struct new_person {
    int64_t id;
    str email, name, lang, password_hash;
    instant now;
};

/* The person of that address, made when there is none. */
static err find_or_make(struct db *db, const struct new_person *new, struct person *out)
{
    bool found;

    TRY(account_by_email(db, new->email, out, &found));
    if (found)
        return NULL;
    str email = str_trim(new->email);
    TRY(db_run(db, &PERSON_INSERT,
        PARAMS(P("id", new->id), P("email", email), P("email_key", email_key(db_arena(db), email)),
            P("name", str_empty(new->name) ? email : new->name), P("lang", new->lang),
            P("password", new->password_hash), P("now", new->now),
            P("password_at", new->password_hash.at ? new->now : (instant){ 0 })),
        NULL, NULL, NULL));
    return account_person(db, new->id, out);
}

static err add_role(struct db *db, const struct person_role *role, int64_t *out_changes)
{
    return db_run(db, &ROLE_INSERT, NO_PARAMS, &person_role_fields, role, out_changes);
}

err account_add_partner(struct db *db, const struct account_partner *partner,
    int64_t *out_person_id, bool *out_has_password)
{
    struct person person = { 0 };
    struct new_person new = { partner->new_person_id, partner->email, partner->name, partner->lang,
        STR_NONE, partner->now };

    TRY(find_or_make(db, &new, &person));
    struct person_role role = {
        .id = partner->new_role_id,
        .person_id = person.id,
        .program_id = partner->program_id,
        .role = ROLE_PARTNER,
        .partner_id = partner->partner_id,
        .created_at = partner->now,
    };
    TRY(add_role(db, &role, NULL));
    if (!person.has_password && partner->token_hash.at)
        TRY(token_put(
            db, partner->new_token_id, person.id, TOKEN_INVITE, partner->token_hash, partner->now));
    *out_person_id = person.id;
    *out_has_password = person.has_password;
    return NULL;
}

err account_remove_partner(struct db *db, int64_t program_id, int64_t partner_id)
{
    TRY(db_run(db, &KEYS_REVOKE_PARTNER,
        PARAMS(P("program_id", program_id), P("partner_id", partner_id), P("now", db_now(db))),
        NULL, NULL, NULL));
    return db_run(db, &ROLE_DELETE_PARTNER,
        PARAMS(P("program_id", program_id), P("partner_id", partner_id)), NULL, NULL, NULL);
}

err account_add_staff(struct db *db, const struct account_staff *staff, int64_t *out_person_id)
{
    struct person person = { 0 };
    struct new_person new = { staff->new_person_id, staff->email, staff->name, staff->lang,
        staff->password_hash, staff->now };
    int64_t changes = 0;

    TRY(find_or_make(db, &new, &person));
    struct person_role role = {
        .id = staff->new_role_id,
        .person_id = person.id,
        .program_id = staff->program_id,
        .role = staff->role,
        .created_at = staff->now,
    };
    TRY(add_role(db, &role, &changes));
    if (!changes)
        return &PERSON_EXISTS;
    if (!person.has_password && staff->token_hash.at)
        TRY(token_put(
            db, staff->new_token_id, person.id, TOKEN_INVITE, staff->token_hash, staff->now));
    *out_person_id = person.id;
    return NULL;
}
