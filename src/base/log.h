/* One line per event to standard error: level, time, message, key=value. Secrets never. */
#pragma once

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_level_set(enum log_level);
void log_line(enum log_level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says why and stops the process at once, without answering anybody: failed syncs, broken promises. */
void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
