/* Mails as bytes: words into text, text into markup, both into what SMTP carries. */
#include "rooms/message/outbox.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"

bool mail_address_ok(str address)
{
    size_t at;

    if (address.len < 3 || address.len > 254 || !str_find(address, '@', &at) || at == 0 ||
        at + 1 == address.len || str_has(str_from(address, at + 1), STR("@")))
        return false;
    for (size_t i = 0; i < address.len; i++) {
        unsigned char c = (unsigned char)address.at[i];
        if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '(' || c == ')' ||
            c == ',' || c == ';' || c == ':' || c == '\\' || c == '[' || c == ']')
            return false;
    }
    return true;
}

/* ---- markup
 * ---------------------------------------------------------------------------------------- */

static size_t link_length(str text)
{
    size_t length = 0;

    if (!str_starts(text, STR("https://")) && !str_starts(text, STR("http://")))
        return 0;
    while (length < text.len && (unsigned char)text.at[length] > ' ' && text.at[length] != '<' &&
           text.at[length] != '>' && text.at[length] != '"')
        length++;
    while (length && (text.at[length - 1] == '.' || text.at[length - 1] == ','))
        length--;
    return length;
}

static void add_line(struct buf *out, str line)
{
    size_t done = 0;

    for (size_t i = 0; i < line.len; i++) {
        size_t length = link_length(str_from(line, i));
        if (!length)
            continue;
        str link = str_first(str_from(line, i), length);
        buf_html(out, str_first(str_from(line, done), i - done));
        buf_add(out, STR("<a href=\""));
        buf_html(out, link);
        buf_add(out, STR("\">"));
        buf_html(out, link);
        buf_add(out, STR("</a>"));
        i += length - 1;
        done = i + 1;
    }
    buf_html(out, str_from(line, done));
}

str mail_html(struct arena *arena, str body)
{
    struct buf out = buf_new(arena);
    bool is_open = false;
    str line;

    while (str_cut(&body, '\n', &line)) {
        if (str_empty(str_trim(line))) {
            buf_add(&out, is_open ? STR("</p>\n") : STR(""));
            is_open = false;
            continue;
        }
        buf_add(&out, is_open ? STR("<br>\n") : STR("<p>"));
        is_open = true;
        add_line(&out, line);
    }
    buf_add(&out, is_open ? STR("</p>\n") : STR(""));
    return buf_str(&out);
}

/* ---- wire
 * ------------------------------------------------------------------------------------------ */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* line: bytes of input per line (a multiple of 3), 0 for none. */
static void add_base64(struct buf *out, str bytes, size_t line)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned a = (unsigned char)bytes.at[i], b = left > 1 ? (unsigned char)bytes.at[i + 1] : 0,
                 c = left > 2 ? (unsigned char)bytes.at[i + 2] : 0;
        if (line && i && i % line == 0)
            buf_add(out, STR("\r\n"));
        buf_char(out, alphabet[a >> 2]);
        buf_char(out, alphabet[(a & 3) << 4 | b >> 4]);
        buf_char(out, left > 1 ? alphabet[(b & 15) << 2 | c >> 6] : '=');
        buf_char(out, left > 2 ? alphabet[c & 63] : '=');
    }
}

static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~' || text.at[i] == '=' || text.at[i] == '"' ||
            text.at[i] == '\\')
            return false;
    return true;
}

/* RFC 2047: words of at most 75 letters, never cutting a character. */
static void add_words(struct buf *out, str text)
{
    if (is_plain(text)) {
        buf_add(out, text);
        return;
    }
    for (size_t at = 0; at < text.len;) {
        size_t end = at + 42 < text.len ? at + 42 : text.len;
        while (end < text.len && end > at && ((unsigned char)text.at[end] & 0xc0) == 0x80)
            end--;
        if (at)
            buf_add(out, STR("\r\n "));
        buf_add(out, STR("=?UTF-8?B?"));
        add_base64(out, str_first(str_from(text, at), end - at), 0);
        buf_add(out, STR("?="));
        at = end;
    }
}

static void add_mailbox(struct buf *out, const char *header, str name, str email)
{
    buf_printf(out, "%s: ", header);
    if (!str_empty(name)) {
        bool plain = is_plain(name);
        buf_add(out, plain ? STR("\"") : STR(""));
        add_words(out, name);
        buf_add(out, plain ? STR("\" ") : STR(" "));
    }
    buf_printf(out, "<%" PRI_STR ">\r\n", STR_ARG(email));
}

static void add_date(struct buf *out, instant now)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil at = instant_civil(now);

    buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n", days + 3 * at.weekday,
        at.day, months + 3 * (at.month - 1), at.year, at.hour, at.minute, at.second);
}

static void add_part(struct buf *out, const char *boundary, const char *type, str content)
{
    buf_printf(out,
        "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        boundary, type);
    add_base64(out, content, 57);
    buf_add(out, STR("\r\n"));
}

static str whole_html(struct arena *arena, const struct outbox *mail)
{
    struct buf out = buf_new(arena);

    buf_printf(&out,
        "<!DOCTYPE html>\n<html lang=\"%" PRI_STR "\"><head><meta charset=\"utf-8\"><title>",
        STR_ARG(mail->lang));
    buf_html(&out, mail->subject);
    buf_add(&out, STR("</title></head>\n<body style=\"font: 16px/1.5 system-ui, sans-serif; "
                      "max-width: 36em; margin: 24px auto; padding: 0 16px; color: #16242b\">\n"));
    buf_add(&out, mail_html(arena, mail->body));
    buf_add(&out, STR("</body></html>\n"));
    return buf_str(&out);
}

str mail_wire(struct arena *arena, const struct outbox *mail, struct mail_sender from, instant now)
{
    struct buf out = buf_new(arena);
    str id = id_print(arena, "msg", mail->id);
    const char *boundary = str_c(arena, str_printf(arena, "=_%" PRI_STR, STR_ARG(id)));
    size_t at = 0;

    add_date(&out, now);
    add_mailbox(&out, "From", from.name, from.email);
    add_mailbox(&out, "To", mail->to_name, mail->to_email);
    buf_add(&out, STR("Subject: "));
    add_words(&out, mail->subject);
    (void)str_find(from.email, '@', &at);
    buf_printf(&out, "\r\nMessage-ID: <%" PRI_STR "%" PRI_STR ">\r\n", STR_ARG(id),
        STR_ARG(str_from(from.email, at)));
    if (!str_empty(mail->off_url)) /* RFC 8058 */
        buf_printf(&out,
            "List-Unsubscribe: <%" PRI_STR ">\r\nList-Unsubscribe-Post: "
            "List-Unsubscribe=One-Click\r\n",
            STR_ARG(mail->off_url));
    buf_add(&out, STR("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"));
    buf_printf(&out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    add_part(&out, boundary, "text/plain", mail->body);
    add_part(&out, boundary, "text/html", whole_html(arena, mail));
    buf_printf(&out, "--%s--\r\n", boundary);
    return buf_str(&out);
}
