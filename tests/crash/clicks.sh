#!/bin/sh
# The whole program under load, harmed: see clicks.mjs. With a small disk of its own where one can be mounted.
set -u
here=$(cd "$(dirname "$0")" && pwd)
run="\"\${NODE:-node}\" --no-warnings --test --test-reporter=tap \"$here/clicks.mjs\""
if unshare -rm true 2>/dev/null; then
    mkdir -p "$TMPDIR/small"
    exec unshare -rm sh -c "mount -t tmpfs -o size=96m none \"\$TMPDIR/small\" && export SMALL_DISK=\"\$TMPDIR/small\"; exec $run"
fi
exec sh -c "exec $run"
