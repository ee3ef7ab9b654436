/* What the parts of the room's background work share. */
#pragma once

#include "work/work.h"

extern const struct job_kind message_jobs[];
