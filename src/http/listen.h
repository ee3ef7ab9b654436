/* Sockets that wait for connections: bound by us, or handed over by systemd. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum { LISTEN_MAX = 16 };

struct listeners {
    int fd[LISTEN_MAX];
    size_t count;
    bool are_given; /* by systemd: the waiting connections are for whoever comes next */
};

/* "127.0.0.1:8080", "[::1]:0", "*:80", "localhost:8080", "unix:/run/tributary.sock". With
 * LISTEN_FDS meant for this process those sockets are taken and `addresses` is not looked at,
 * unless no_activation. */
MUST_CHECK err listeners_open(strs addresses, bool no_activation, struct listeners *out);
void listeners_close(struct listeners *);
int listener_port(int fd); /* 0 for unix sockets */
/* "http://127.0.0.1:8080", "http://[::1]:8080", "unix:/run/tributary.sock". */
void listener_address(int fd, char *to, size_t room);
