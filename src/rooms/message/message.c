/* Writing mails: words in the reader's language, into the outbox, in the write that caused them. */
#include "rooms/message/message.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/message/message.sql.h"
#include "rooms/message/outbox.h"
#include "rooms/setting/setting.h"
#include "view/lang.h"
#include "work/work.h"

static const char *const states[] = { "waiting", "sent", NULL };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(outbox, id, "msg",         .flags = FIELD_SORT),
    FIELD_ID(outbox, program_id, "prg"),
    FIELD(outbox, to_email,             .flags = FIELD_FILTER),
    FIELD(outbox, to_name),
    FIELD(outbox, lang),
    FIELD(outbox, name,                 .flags = FIELD_FILTER, .help = "Which of the house's mails it is: \"account.reset\"."),
    FIELD(outbox, subject),
    FIELD(outbox, body,                 .flags = FIELD_SECRET),
    FIELD(outbox, url,                  .flags = FIELD_SECRET),
    FIELD(outbox, off_url,              .flags = FIELD_SECRET),
    FIELD(outbox, is_private),
    FIELD(outbox, state,                .flags = FIELD_FILTER, .names = states),
    FIELD(outbox, tries),
    FIELD(outbox, error),
    FIELD(outbox, created_at,           .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(outbox, sent_at,              .flags = FIELD_SORT),
};
const struct fields outbox_fields = FIELDS(list, outbox);
/* clang-format on */

/* Line ends inside a value could end a header or begin a paragraph that is not ours. */
static str one_line(struct arena *arena, str value)
{
    char *at = arena_zero(arena, value.len + 1);

    for (size_t i = 0; i < value.len; i++)
        at[i] = (unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f ? ' ' : value.at[i];
    return str_trim((str){ at, value.len });
}

static str fill(struct arena *arena, const struct message *message, str site, str words)
{
    words = lang_fill(arena, words, "to_name", one_line(arena, message->to_name), "site", site,
        "to_email", message->to_email, NULL);
    for (const struct mail_value *value = message->values; value && value->name; value++)
        words = lang_fill(arena, words, value->name, value->value, NULL);
    return words;
}

static str write_body(
    struct arena *arena, const struct message *message, const struct lang *lang, str site)
{
    struct buf out = buf_new(arena);

    buf_add(&out, str_empty(message->to_name)
                      ? _(lang, "Hello,")
                      : fill(arena, message, site, _(lang, "Hello {to_name},")));
    for (const char *const *p = message->text->paragraphs; *p; p++) {
        buf_add(&out, STR("\n\n"));
        buf_add(&out, fill(arena, message, site, lang_text(lang, NULL, str_of(*p))));
    }
    if (message->text->action && !str_empty(message->url)) {
        buf_add(&out, STR("\n\n"));
        buf_add(&out, lang_text(lang, NULL, str_of(message->text->action)));
        buf_add(&out, STR(":\n"));
        buf_add(&out, message->url);
    }
    if (!str_empty(message->off_url)) {
        buf_add(&out, STR("\n\n"));
        buf_add(&out, _(lang, "No more mails like this one:"));
        buf_add(&out, STR("\n"));
        buf_add(&out, message->off_url);
    }
    buf_add(&out, STR("\n\n"));
    buf_add(&out, site);
    buf_add(&out, STR("\n"));
    return buf_str(&out);
}

err message_lang(struct db *db, str wanted, const struct lang **out)
{
    str house_lang;

    *out = lang_find(wanted);
    if (*out)
        return NULL;
    TRY(setting_text(db, SETTING_LANG, &house_lang));
    *out = lang_find(house_lang);
    if (!*out)
        *out = languages[0];
    return NULL;
}

err message_queue(struct db *db, const struct message *message)
{
    struct arena *arena = db_arena(db);
    const struct lang *lang;
    str site;

    TRY(setting_text(db, SETTING_SITE_NAME, &site));
    TRY(message_lang(db, message->lang, &lang));

    struct outbox mail = {
        .id = message->id,
        .program_id = message->program_id,
        .to_email = message->to_email,
        .to_name = one_line(arena, message->to_name),
        .lang = str_of(lang->tag),
        .name = str_of(message->text->name),
        .subject = one_line(arena,
            fill(arena, message, site, lang_text(lang, NULL, str_of(message->text->subject)))),
        .body = write_body(arena, message, lang, site),
        .url = message->url,
        .off_url = message->off_url,
        .is_private = message->text->is_private,
        .created_at = message->now,
    };
    TRY(db_put(db, &OUTBOX_INSERT, &outbox_fields, &mail));
    /* The mail and its job have different tables: one id serves both. */
    str id = id_print(arena, "msg", mail.id);
    return job_queue(db, mail.id, "message.send", mail.program_id, id, message->now, id);
}
