/* The page "Set-up" and the settings by API. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/room.h"
#include "rooms/setting/setting.h"

extern const struct room setting_room;

static const struct err SETTING_UNKNOWN = { ERR_NOT_FOUND, "setting_unknown",
    N_("There is no setting of this name."), NULL };

struct setting_value {
    str value;
};
/* clang-format off */
static const struct field list[] = {
    FIELD(setting_value, value, .flags = FIELD_TAKEN, .help = "The new value as text."),
};
static const struct fields setting_value_fields = FIELDS(list, setting_value);
/* clang-format on */

/* ---- showing
 * ---------------------------------------------------------------------------------------- */

/* What a person reads for a choice of one word. */
static const char *choice_words(const char *value)
{
    /* clang-format off */
    static const struct { const char *value, *words; } words[] = {
        { "en", "English" }, { "pl", "polski" }, { "ru", "русский" },
        { "starttls", N_("STARTTLS, usually port 587") }, { "tls", N_("TLS, usually port 465") },
        { "none", N_("none: a server on this machine") },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].value, value) == 0)
            return words[i].words;
    return value;
}

static void show_choices(struct view *row, const struct setting *setting, str value)
{
    struct view *choices = view_list(row, "choices");

    for (size_t i = 0; setting->choices[i]; i++) {
        struct view *choice = view_item(choices);
        view_text(choice, "value", setting->choices[i]);
        view_words(choice, "words", choice_words(setting->choices[i]));
        view_bool(choice, "chosen", str_eq(str_of(setting->choices[i]), value));
    }
}

static err show_one(struct db *db, struct view *row, enum setting_name name)
{
    const struct setting *setting = &settings[name];
    str value;

    TRY(setting_text(db, name, &value));
    view_text(row, "name", setting->name);
    view_words(row, "words", setting->words);
    if (setting->kind == SETTING_PASSWORD)
        view_bool(row, "is_set", !str_empty(value));
    else
        view_str(row, "value", value);
    view_text(row, "default", setting->fallback);
    if (setting->unit)
        view_words(row, "unit", setting->unit);
    if (setting->help)
        view_words(row, "help", setting->help);
    if (setting->kind == SETTING_INT) {
        view_int(row, "min", setting->min);
        view_int(row, "max", setting->max);
    }
    if (setting->kind == SETTING_CHOICE)
        show_choices(row, setting, value);
    return NULL;
}

static err setting_index(struct request *rq, struct reply *rp)
{
    struct view *data = view_list(reply_view(rp), "data");
    struct view *by_name = view_object(reply_frame(rp), "setting");

    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        str value;
        TRY(show_one(rq->db, view_item(data), (enum setting_name)i));
        TRY(show_one(rq->db, view_object(by_name, settings[i].name), (enum setting_name)i));
        TRY(setting_text(rq->db, (enum setting_name)i, &value));
        if (settings[i].kind != SETTING_PASSWORD)
            view_str(reply_form(rp), settings[i].name, value);
    }
    return NULL;
}

/* ---- changing
 * ---------------------------------------------------------------------------------------- */

struct change {
    struct request *rq;
    bool is_sent[SETTING_COUNT];
    str values[SETTING_COUNT];
    int64_t audit_ids[SETTING_COUNT];
};

static str as_json(struct arena *arena, const struct setting *setting, str value)
{
    struct buf out = buf_new(arena);

    buf_add(&out, STR("{"));
    buf_json(&out, str_of(setting->name));
    buf_add(&out, STR(":"));
    buf_json(&out, setting->kind == SETTING_PASSWORD ? STR("(not shown)") : value);
    buf_add(&out, STR("}"));
    return buf_str(&out);
}

static err write_change(struct db *db, void *arg)
{
    const struct change *change = arg;

    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        str before;
        if (!change->is_sent[i])
            continue;
        TRY(setting_text(db, (enum setting_name)i, &before));
        if (str_eq(before, change->values[i]))
            continue;
        TRY(setting_put(db, (enum setting_name)i, change->values[i]));
        TRY(audit_write(db, &(struct audit_entry){
                                .id = change->audit_ids[i],
                                .who = change->rq->who,
                                .action = "setting.change",
                                .object_name = str_of(settings[i].name),
                                .before = as_json(db_arena(db), &settings[i], before),
                                .after = as_json(db_arena(db), &settings[i], change->values[i]),
                                .address = change->rq->peer_address,
                                .at = change->rq->now,
                            }));
    }
    return NULL;
}

static void take(struct change *change, unsigned i, str value)
{
    struct request *rq = change->rq;
    err wrong;

    if (settings[i].kind == SETTING_PASSWORD && str_empty(value))
        return; /* empty keeps the present one */
    value = settings[i].kind == SETTING_PASSWORD ? value : str_trim(value);
    wrong = setting_check(rq->arena, (enum setting_name)i, value);
    if (wrong)
        (void)request_problem(rq, settings[i].name, wrong);
    change->is_sent[i] = true;
    change->values[i] = value;
    change->audit_ids[i] = id_new(rq->env);
}

static err setting_save(struct request *rq, struct reply *rp)
{
    struct change change = { .rq = rq };

    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        str value = request_form(rq, settings[i].name);
        if (value.at)
            take(&change, i, value);
    }
    TRY(request_problems(rq));
    TRY(store_write(rq->store, write_change, &change));
    return reply_done(rp, "setting/saved", "/settings");
}

static err setting_change(struct request *rq, struct reply *rp)
{
    struct change change = { .rq = rq };
    struct setting_value sent = { 0 };
    str name = request_param(rq, "name");

    for (unsigned i = 0; i < SETTING_COUNT; i++) {
        if (!str_eq(name, str_of(settings[i].name)))
            continue;
        TRY(request_read(rq, &setting_value_fields, &sent));
        take(&change, i, sent.value.at ? sent.value : STR(""));
        TRY(request_problems(rq));
        TRY(store_write(rq->store, write_change, &change));
        TRY(show_one(rq->db, reply_view(rp), (enum setting_name)i));
        return NULL;
    }
    return &SETTING_UNKNOWN;
}

/* For the API document: one setting as show_one fills it. */
#define SETTING                                                                                    \
    "name:string words:string value:string is_set:boolean default:string unit:string help:string " \
    "min:integer max:integer choices:[(value:string words:string chosen:boolean)]"

/* clang-format off */
static const struct route routes[] = {
    { GET,   "/settings",        API | MANAGE, SETTINGS_READ,  setting_index,  "setting/form",
      .summary = "Settings of the installation, with unit, range and default", .also = "data:[(" SETTING ")]" },
    { POST,  "/settings",        MANAGE,       SETTINGS_WRITE, setting_save,   "setting/form" },
    { PATCH, "/settings/{name}", API,          SETTINGS_WRITE, setting_change, NULL,
      .takes = &setting_value_fields, .summary = "Change one setting", .statuses = "422", .also = SETTING },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Set-up"), N_("Settings"), "/settings", "sliders", SETTINGS_READ, 90, NULL },
    { 0 },
};
/* clang-format on */

const struct room setting_room = {
    .name = "setting",
    .routes = routes,
    .migrations = setting_migrations,
    .nav = nav,
};
