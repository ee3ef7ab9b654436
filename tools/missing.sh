#!/bin/sh
# missing.sh OUT DEPFILE ROOT PART...: lists the parts that are not there, and as a dependency of the build graph
# the nearest folder of each, whose time changes when the part appears.
set -eu
out=$1 depfile=$2 root=$3
shift 3
: >"$out.new"
watched=
for part; do
    [ -e "$root/$part" ] && continue
    echo "$part" >>"$out.new"
    folder=$(dirname "$part")
    while [ ! -d "$root/$folder" ]; do folder=$(dirname "$folder"); done
    case " $watched " in *" $root/$folder "*) ;; *) watched="$watched $root/$folder" ;; esac
done
mv "$out.new" "$out"
echo "$out:$watched" >"$depfile"
