/* Log lines. The one place beside env that reads the clock: a line about a broken clock needs its
 * time too. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_int level_least = LOG_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_level_set(enum log_level level)
{
    atomic_store(&level_least, (int)level);
}

/* One write per line, so that lines of several threads do not mix; control characters cannot forge
 * a line. */
static void write_line(enum log_level level, const char *format, va_list args)
{
    char line[2048];
    struct timespec now;
    struct tm t;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &t);

    size_t head = (size_t)snprintf(line, sizeof(line), "%-5s %04d-%02d-%02dT%02d:%02d:%02d.%03ldZ ",
        level_names[level], t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
        t.tm_sec, now.tv_nsec / 1000000);
    int wanted = vsnprintf(line + head, sizeof(line) - head - 1, format, args);
    size_t len = head + (wanted < 0 ? 0 : (size_t)wanted);

    if (len > sizeof(line) - 2)
        len = sizeof(line) - 2;
    for (size_t i = head; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[len++] = '\n';

    ssize_t written = write(STDERR_FILENO, line, len);

    (void)written; /* nowhere left to complain */
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list args;

    if ((int)level < atomic_load(&level_least))
        return;
    va_start(args, format);
    write_line(level, format, args);
    va_end(args);
}

void log_fatal(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(LOG_ERROR, format, args);
    va_end(args);
    _exit(1); /* no atexit, no destructors: nothing may be flushed or answered any more */
}
