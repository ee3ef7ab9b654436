#!/bin/sh
# Who may come in, as whom, and how many: sockets that are handed over, proxies, crowds from one address. See doors.mjs.
set -u
exec "${NODE:-node}" --no-warnings --test --test-reporter=tap "$(dirname "$0")/doors.mjs"
