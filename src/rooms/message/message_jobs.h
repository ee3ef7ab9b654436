#pragma once

#include "work/work.h"

extern const struct job_kind message_jobs[];
