/* What the harmful clients share. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

int shot_dial(
    int port, unsigned from); /* from 127.0.0.0/8, so that one address has not all connections */
void shot_say(int fd, str);
ssize_t shot_hear(int fd, char *to, size_t room, int ms); /* 0: ended, -1: nothing came in time */
int64_t shot_ms(void);
int64_t shot_us(void);
void shot_result(int ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
int shot_failures(void);

int crowd(int port, int pid);
