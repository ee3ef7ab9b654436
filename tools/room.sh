#!/bin/sh
# room.sh NAME: makes src/rooms/NAME after the pattern of the coupon room and enters it in the tables.
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
pattern=src/rooms/coupon
room=src/rooms/$name

case "$name" in
'' | *[!a-z]*)
    echo "A room needs a name of small letters: make room NAME=gift" >&2
    exit 2
    ;;
esac
[ ! -e "$room" ] || { echo "$room is already there." >&2; exit 1; }
[ -d "$pattern" ] || { echo "$pattern, the pattern, is not there." >&2; exit 1; }

upper=$(echo "$name" | tr a-z A-Z)
capital=$(echo "$name" | cut -c 1 | tr a-z A-Z)$(echo "$name" | cut -c 2-)
today=$(date +%Y-%m-%d)
(cd "$pattern" && find . -type f) | while read -r file; do
    # migrations/2026-12-01-1-coupon.sql gets today's date
    to=$room/$(echo "$file" | sed "s/coupon/$name/g; s/[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]-/$today-/")
    mkdir -p "$(dirname "$to")"
    # permissions are the house's, not the room's: kept until the room has its own
    sed "s/COUPONS_\(READ\|WRITE\)/@\1@/g; s/coupon/$name/g; s/COUPON/$upper/g; s/Coupon/$capital/g
        s/@\(READ\|WRITE\)@/COUPONS_\1/g" "$pattern/$file" >"$to"
done

sed -i "s/ 'demo',\$/ '$name', 'demo',/" meson.build
grep -q "'$name'" meson.build || echo "Add '$name' to the list \`rooms\` in meson.build."
cat <<END
Made $room. What is left:
  1. cut it down to what $name is: $room/$name.h first, then its migration;
  2. add its row to src/app/rooms.c, to the right of the rooms it knows;
  3. choose its permissions, of src/http/permission.h; for now they are the coupons';
  4. ./test --only unit/$name
END
