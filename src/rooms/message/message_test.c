/* Mails: words into bytes, and the outbox. */
#include "rooms/message/message.h"

#include "base/id.h"
#include "migrations.h"
#include "rooms/message/message.sql.h"
#include "rooms/message/outbox.h"
#include "store/test_store.h"
#include "work/work.h"

static const struct migration *const tables[] = { work_migrations, setting_migrations,
    message_migrations, NULL };

TEST(only_a_plain_mailbox_is_an_address_for_mail)
{
    static const struct {
        const char *address;
        bool ok;
    } cases[] = {
        { "anna@slowcups.example", true },
        { "a.b+c@x", true },
        { "anna", false },
        { "@x", false },
        { "a@", false },
        { "a@b@c", false },
        { "a@x\r\nRCPT TO:<b@y>", false },
        { "a@x>", false },
        { "<a@x", false },
        { "a b@x", false },
        { "żaba@x", false },
    };

    EACH (c, cases) {
        test_case("%s", c->address);
        ASSERT_INT(mail_address_ok(str_of(c->address)), c->ok);
    }
}

static struct outbox mail_of(const char *name, const char *subject, const char *body)
{
    return (struct outbox){ .id = 5,
        .to_email = STR("anna@slowcups.example"),
        .to_name = str_of(name),
        .lang = STR("en"),
        .subject = str_of(subject),
        .body = str_of(body) };
}

TEST(wire_has_every_header_once_and_both_parts)
{
    struct outbox mail = mail_of("Anna", "Hello", "Hi\n");
    struct mail_sender from = { STR("Kettle & Kiln"), STR("shop@kk.example") };
    str wire = mail_wire(t->arena, &mail, from, test_instant("2026-12-01T10:00:05Z"));

    ASSERT_HAS(wire, "Date: Tue, 01 Dec 2026 10:00:05 +0000\r\n");
    ASSERT_HAS(wire, "From: \"Kettle & Kiln\" <shop@kk.example>\r\n");
    ASSERT_HAS(wire, "To: \"Anna\" <anna@slowcups.example>\r\n");
    ASSERT_HAS(wire, "Subject: Hello\r\n");
    ASSERT_HAS(wire, "@kk.example>\r\nAuto-Submitted: auto-generated\r\n");
    ASSERT_HAS(wire, "Content-Type: text/plain; charset=utf-8\r\n");
    ASSERT_HAS(wire, "Content-Type: text/html; charset=utf-8\r\n");
    ASSERT_HAS(wire, "\r\nSGkK\r\n"); /* "Hi\n" */
    ASSERT_HAS_NOT(wire, "List-Unsubscribe");
    mail.off_url = STR("https://go.example/off");
    wire = mail_wire(t->arena, &mail, from, test_instant("2026-12-01T10:00:05Z"));
    ASSERT_HAS(wire, "List-Unsubscribe: <https://go.example/off>\r\n"
                     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

TEST(words_beyond_ascii_are_encoded_and_no_character_is_cut)
{
    struct outbox mail =
        mail_of("Самовар и Ко", "Ваша заявка в партнёрскую программу принята", "x");
    struct mail_sender from = { STR("Kiln"), STR("shop@kk.example") };
    str wire = mail_wire(t->arena, &mail, from, test_instant("2026-12-01T10:00:05Z"));

    ASSERT_HAS(
        wire, "To: =?UTF-8?B?0KHQsNC80L7QstCw0YAg0Lgg0JrQvg==?= <anna@slowcups.example>\r\n");
    ASSERT_HAS(wire, "Subject: =?UTF-8?B?");
    for (size_t line = 0, i = 0; i < wire.len; i++) {
        line = wire.at[i] == '\n' ? 0 : line + 1;
        ASSERT_TRUE(line <= 200);
        ASSERT_TRUE((unsigned char)wire.at[i] < 0x80);
    }
}

TEST(markup_escapes_and_links_addresses)
{
    static const struct {
        const char *body, *html;
    } cases[] = {
        { "Hi", "<p>Hi</p>\n" },
        { "a\nb\n\nc\n", "<p>a<br>\nb</p>\n<p>c</p>\n" },
        { "<script>", "<p>&lt;script&gt;</p>\n" },
        { "See https://x.example/a?b=1&c=2.",
            "<p>See <a "
            "href=\"https://x.example/a?b=1&amp;c=2\">https://x.example/a?b=1&amp;c=2</a>.</p>\n" },
        { "javascript:alert(1)", "<p>javascript:alert(1)</p>\n" },
    };

    EACH (c, cases) {
        test_case("%s", c->body);
        ASSERT_STR(mail_html(t->arena, str_of(c->body)), c->html);
    }
}

static const struct mail_text note = {
    .name = "test.note",
    .subject = "Order {order}",
    .paragraphs = (const char *const[]){ "It earned {sum}.", NULL },
    .action = "See it",
};

static err queue_mail(struct db *db, void *arg)
{
    return message_queue(db, arg);
}

struct reading {
    struct arena *arena;
    int64_t id;
    struct outbox mail;
};

static err read_mail(struct db *db, void *arg)
{
    struct reading *reading = arg;
    bool found;

    TRY(db_one(
        db, &OUTBOX_GET, PARAMS(P("id", reading->id)), &outbox_fields, &reading->mail, &found));
    reading->mail.subject = str_dup(reading->arena, reading->mail.subject);
    reading->mail.body = str_dup(reading->arena, reading->mail.body);
    reading->mail.to_name = str_dup(reading->arena, reading->mail.to_name);
    return NULL;
}

TEST(mail_is_written_with_its_values_and_no_name_can_begin_a_header)
{
    struct store *store = test_store(t, tables);
    const struct mail_value values[] = { { "order", STR("A-1\r\nBcc: all@x") },
        { "sum", STR("€9.95") }, { NULL, STR_NONE } };
    struct message message = {
        .id = id_new(t->env),
        .to_email = STR("anna@slowcups.example"),
        .to_name = STR("Anna\r\nBcc: all@x"),
        .text = &note,
        .values = values,
        .url = STR("https://kk.example/portal"),
        .now = t->env->now(t->env),
    };
    struct reading reading = { .arena = t->arena, .id = message.id };

    ASSERT_OK(store_write(store, queue_mail, &message));
    ASSERT_OK(store_read(store, read_mail, &reading));
    ASSERT_STR(reading.mail.subject, "Order A-1  Bcc: all@x");
    ASSERT_STR(reading.mail.to_name, "Anna  Bcc: all@x");
    ASSERT_HAS(reading.mail.body, "It earned €9.95.");
    ASSERT_HAS(reading.mail.body, "See it:\nhttps://kk.example/portal");
}

RUN_TESTS(ROW(only_a_plain_mailbox_is_an_address_for_mail),
    ROW(wire_has_every_header_once_and_both_parts),
    ROW(words_beyond_ascii_are_encoded_and_no_character_is_cut),
    ROW(markup_escapes_and_links_addresses),
    ROW(mail_is_written_with_its_values_and_no_name_can_begin_a_header))
