#!/bin/sh
# Raw bytes and crowds against the real program.
set -u
"$BUILD/tributary" init --data "$TMPDIR/data" --owner-email owner@shop.example --json >"$TMPDIR/init"
key=$(sed -n 's/.*"api_key": *"\([^"]*\)".*/\1/p' "$TMPDIR/init")
"$BUILD/tributary" serve --data "$TMPDIR/data" --listen 127.0.0.1:0 >"$TMPDIR/out" 2>"$TMPDIR/log" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null' EXIT
port=
for _ in $(seq 100); do
    port=$(sed -n 's|^listening on http://127\.0\.0\.1:||p' "$TMPDIR/out")
    [ -z "$port" ] || break
    sleep 0.1
done
[ -n "$port" ] || { echo "not ok - the program serves"; sed 's/^/# /' "$TMPDIR/log"; exit 1; }

# post PATH JSON: the id of what was made
post() {
    curl -sS -H "Authorization: Bearer $key" -H "Content-Type: application/json" -d "$2" \
        "http://127.0.0.1:$port/api/v1/$1" | tee -a "$TMPDIR/answers" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p'
}
program=$(post programs '{"name":"Crowd","currency":"EUR","allowed_domains":["shop.example"],"landing_url":"https://shop.example/","commission":{"percent_bp":1000}}')
partner=$(post partners '{"program_id":"'"$program"'","email":"anna@partner.example","name":"Anna"}')
post "partners/$partner/approve" '{}' >/dev/null
link=$(post links '{"program_id":"'"$program"'","partner_id":"'"$partner"'","target_url":"https://shop.example/","code":"crowd"}')
[ -n "$link" ] || { echo "not ok - a link is made"; sed 's/^/# /' "$TMPDIR/answers"; exit 1; }

status=0
"$BUILD/tests/crash/edge_shots" malformed "$port" || status=1
"$BUILD/tests/crash/edge_shots" crowd "$port" "$pid" || status=1
exit "$status"
