#!/bin/sh
# missing.sh OUT DEPFILE ROOT PART...: lists the parts that are not there. Where a git checkout can bring them, its log
# becomes a dependency of the build graph, so that the graph is made anew when the tree moves.
set -eu
out=$1 depfile=$2 root=$3
shift 3
: >"$out.new"
for part; do
    [ -e "$root/$part" ] || echo "$part" >>"$out.new"
done
mv "$out.new" "$out"
moved=
if [ -s "$out" ]; then
    moved=$(cd "$root" && git rev-parse --git-path logs/HEAD 2>/dev/null) || :
    [ -z "$moved" ] || moved=$(cd "$root" && realpath "$moved")
fi
echo "$(basename "$out"): $moved" >"$depfile" # meson looks it up by its name in the build folder
