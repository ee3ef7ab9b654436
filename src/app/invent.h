/* Passwords that the program makes up itself. */
#pragma once

#include "base/env.h"
#include "base/str.h"

/* Four groups of five letters and digits that nobody mixes up: 99 bits. */
str invent_password(const struct env *, struct arena *);
