/* Sockets that wait for connections. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "http/edge.h"

enum { BACKLOG = 4096, FIRST_GIVEN = 3 };

const struct err EDGE_LISTEN = { ERR_INTERNAL, "edge_listen",
    N_("This address cannot be listened on. Another program may hold it."), NULL };

static err refused(str address)
{
    log_line(LOG_ERROR, "cannot listen on %" PRI_STR ": %s", STR_ARG(address), strerror(errno));
    return &EDGE_LISTEN;
}

/* Accepted connections inherit this, which saves a call for each. */
static void no_delay(int fd)
{
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

static bool keep(struct listeners *l, int fd)
{
    if (l->count == LISTEN_MAX) {
        close(fd);
        errno = E2BIG;
        return false;
    }
    l->fd[l->count++] = fd;
    return true;
}

static bool bind_and_listen(int fd, const struct sockaddr *address, socklen_t size)
{
    return bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0;
}

static bool open_inet(struct listeners *l, const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (info->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
    no_delay(fd);
    if (bind_and_listen(fd, info->ai_addr, info->ai_addrlen))
        return keep(l, fd);
    close(fd);
    return false;
}

static bool open_name(struct listeners *l, str host, str port)
{
    char host_text[256], port_text[8];
    struct addrinfo wish = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found, *info;
    bool is_any = str_empty(host) || str_eq(host, STR("*"));
    size_t before = l->count;

    if (host.len >= sizeof host_text || port.len >= sizeof port_text) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(host_text, host.len ? host.at : "", host.len);
    host_text[host.len] = 0;
    memcpy(port_text, port.at, port.len);
    port_text[port.len] = 0;
    if (getaddrinfo(is_any ? NULL : host_text, port_text, &wish, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return false;
    }
    for (info = found; info; info = info->ai_next)
        if (!open_inet(l, info) && !is_any)
            break;
    freeaddrinfo(found);
    return l->count > before && !info;
}

static bool open_tcp(struct listeners *l, str address)
{
    size_t colon = address.len;
    uint64_t port;

    while (colon && address.at[colon - 1] != ':')
        colon--;
    if (!colon || !str_to_uint(str_from(address, colon), &port) || port > 65535) {
        errno = EINVAL;
        return false;
    }
    str host = str_first(address, colon - 1);
    if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = (str){ host.at + 1, host.len - 2 };
    return open_name(l, host, str_from(address, colon));
}

static bool open_unix(struct listeners *l, str path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat found;
    int fd;

    if (path.len >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address.sun_path, path.at, path.len);
    if (lstat(address.sun_path, &found) == 0 && S_ISSOCK(found.st_mode))
        unlink(address.sun_path); /* left by a process that was killed */
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (bind_and_listen(fd, (struct sockaddr *)&address, sizeof address))
        return keep(l, fd);
    close(fd);
    return false;
}

/* sd_listen_fds(3), without the library. */
static bool take_given(struct listeners *l)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t pid_number, count;

    if (!pid || !fds || !str_to_int(str_of(pid), &pid_number) || pid_number != getpid() ||
        !str_to_int(str_of(fds), &count) || count <= 0 || count > LISTEN_MAX)
        return false;
    for (int fd = FIRST_GIVEN; fd < FIRST_GIVEN + (int)count; fd++) {
        int is_listening = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &(socklen_t){ sizeof(int) }) ||
            !is_listening)
            continue;
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        no_delay(fd);
        l->fd[l->count++] = fd;
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    l->are_given = l->count > 0;
    return l->are_given;
}

err listeners_open(strs addresses, bool no_activation, struct listeners *out)
{
    *out = (struct listeners){ 0 };
    if (!no_activation && take_given(out))
        return NULL;
    for (size_t i = 0; i < addresses.count; i++) {
        str address = addresses.at[i];
        bool is_unix = str_starts(address, STR("unix:"));
        bool is_open = is_unix ? open_unix(out, str_from(address, 5)) : open_tcp(out, address);

        if (!is_open) {
            err e = refused(address);

            listeners_close(out);
            return e;
        }
    }
    return NULL;
}

void listeners_close(struct listeners *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct sockaddr_un address = { 0 };
        socklen_t size = sizeof address;

        if (!l->are_given && getsockname(l->fd[i], (struct sockaddr *)&address, &size) == 0 &&
            address.sun_family == AF_UNIX && address.sun_path[0])
            unlink(address.sun_path);
        close(l->fd[i]);
    }
    l->count = 0;
}

int listener_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port) : 0;
}

void listener_address(int fd, char *to, size_t room)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    char host[INET6_ADDRSTRLEN], port[8];
    bool is_known = getsockname(fd, (struct sockaddr *)&address, &size) == 0;

    if (is_known && address.ss_family == AF_UNIX)
        snprintf(to, room, "unix:%s", ((struct sockaddr_un *)&address)->sun_path);
    else if (is_known && getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port,
                             sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(to, room, address.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host,
            port);
    else
        snprintf(to, room, "?");
}
