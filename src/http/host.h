/* Host names and addresses as they may stand in a Host field. */
#pragma once

#include "base/str.h"

/* A name of letters, digits, '-', '.' and '_', an IPv4 address or a bracketed IPv6 address; then
 * perhaps a port. */
bool host_is_valid(str);
