/* Reading the command line. Used by main.c and its test alone. */
#pragma once

#include "app/command.h"

/* Fills *out; false after a message to standard error. */
bool args_read(const struct option *options, int count, char **argv, struct args *out);
void args_help(const struct command *);
