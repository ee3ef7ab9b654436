#!/bin/sh
# Names of the unit tests that keep something: they run on PostgreSQL too. Not those of the other engine itself.
cd "$1" || exit 1
find src -name '*_test.c' -exec grep -lE 'test_store|books_open|live_' {} + \
    | grep -vE 'store/(writer|durable|backup|schema|postgres)_' \
    | sed 's|^src/||; s|^rooms/||; s|_test\.c$||; s|^\([a-z]*\)/\1$|\1|'
