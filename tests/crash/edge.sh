#!/bin/sh
# Raw bytes and crowds: see edge.mjs.
set -u
exec "${NODE:-node}" --no-warnings "$(dirname "$0")/edge.mjs"
