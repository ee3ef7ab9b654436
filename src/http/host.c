/* Host names and addresses. Strict: what ends up in links, cookies and logs comes from here. */
#include "http/host.h"

#include <arpa/inet.h>
#include <string.h>

enum { HOST_MAX = 255 };

static bool is_port(str s)
{
    uint64_t port;

    return s.len <= 5 && str_to_uint(s, &port) && port <= 65535;
}

static bool is_bracketed_ip(str inside)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char ip[16];

    if (inside.len >= sizeof text || memchr(inside.at, 0, inside.len))
        return false;
    memcpy(text, inside.at, inside.len);
    text[inside.len] = 0;
    return inet_pton(AF_INET6, text, ip) == 1;
}

static bool is_name(str s)
{
    if (!s.len || s.at[0] == '.' || s.at[0] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i], lower = (char)(c | 0x20);
        bool is_alnum = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');

        if (!is_alnum && c != '-' && c != '.' && c != '_')
            return false;
        if (c == '.' && i && s.at[i - 1] == '.')
            return false;
    }
    return true;
}

bool host_is_valid(str s)
{
    size_t at;

    if (!s.len || s.len > HOST_MAX)
        return false;
    if (s.at[0] == '[') {
        if (!str_find(s, ']', &at) || !is_bracketed_ip((str){ s.at + 1, at - 1 }))
            return false;
        s = str_from(s, at + 1);
        return !s.len || (s.at[0] == ':' && is_port(str_from(s, 1)));
    }
    if (!str_find(s, ':', &at))
        return is_name(s);
    return is_name(str_first(s, at)) && is_port(str_from(s, at + 1));
}
