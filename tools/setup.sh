# What ./run and ./test share: bringing packages, npm modules and the build. Sourced, from the root of the tree.
# Long steps say what they do and show that they live; their full output is in .cache/log.

mkdir -p .cache/log
[ -t 1 ] && is_terminal=1 || is_terminal=

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# step NAME "What happens" COMMAND…: runs it quietly with a clock; when it fails, shows the end of its output and stops.
step() {
    try_step "$@" || fail "This failed: $step_words. The full output is in $step_log."
}

# The same, but the caller decides what a failure means.
try_step() {
    step_log=.cache/log/$1.log step_words=$2 step_began=$(date +%s)
    shift 2
    "$@" >"$step_log" 2>&1 </dev/null &
    step_pid=$! step_shown=0
    trap 'kill "$step_pid" 2>/dev/null || :; exit 130' INT TERM
    [ -n "$is_terminal" ] || printf '%s …\n' "$step_words"
    while kill -0 "$step_pid" 2>/dev/null; do
        step_seconds=$(($(date +%s) - step_began))
        if [ -n "$is_terminal" ]; then
            printf '\r%s … %d s  %.50s\033[K' "$step_words" "$step_seconds" \
                "$(tail -n 1 "$step_log" | tr -d '\r' | tr -c '[:print:]\n' ' ')"
        elif [ "$step_seconds" -ge $((step_shown + 20)) ]; then
            step_shown=$step_seconds
            printf '  … %d s\n' "$step_seconds"
        fi
        sleep 0.3
    done
    step_status=0
    wait "$step_pid" || step_status=$?
    trap - INT TERM
    [ -z "$is_terminal" ] || printf '\r%s … %d s\033[K\n' "$step_words" $(($(date +%s) - step_began))
    [ "$step_status" -eq 0 ] || tail -n 40 "$step_log" >&2
    return "$step_status"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing_packages() {
    for package in $(cat "$@"); do
        # Node and npm may come from elsewhere; Debian's would only get in their way.
        if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -o DPkg::Lock::Timeout=300 update || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y \
        --no-install-recommends "$@"
}

# setup_packages LIST…: installs what is missing of packages/LIST.txt.
setup_packages() {
    setup_lists=
    for list; do setup_lists="$setup_lists packages/$list.txt"; done
    setup_missing=$(missing_packages $setup_lists)
    [ -n "$setup_missing" ] || return 0
    command -v apt-get >/dev/null || fail "These are missing, and there is no apt to bring them: $setup_missing"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null \
        || fail "Missing packages need root. Run this as root:" \
            "apt-get install --no-install-recommends" $setup_missing
    if [ "$(id -u)" != 0 ]; then sudo -v; fi
    step packages "Installing $(echo "$setup_missing" | wc -l) Debian packages" apt_install $setup_missing
}

# setup_modules base|test: npm modules exactly as locked; the test set contains the base set.
setup_modules() {
    modules_lock=$(cksum <package-lock.json)
    modules_have=$(cat node_modules/.tributary 2>/dev/null || :)
    case "$modules_have" in
    "test $modules_lock") return 0 ;;
    "base $modules_lock") [ "$1" = test ] || return 0 ;;
    esac
    if [ -L node_modules ]; then
        fail "node_modules is a link and does not hold what package-lock.json asks for. Remove it or bring it up to date."
    fi
    if [ "$1" = test ]; then modules_omit=; else modules_omit=--omit=dev; fi
    step modules "Installing npm modules" \
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error $modules_omit
    echo "$1 $modules_lock" >node_modules/.tributary
}

# setup_build FOLDER [MESON OPTION…]
setup_build() {
    build_folder=$1
    shift
    [ -f "$build_folder/build.ninja" ] \
        || step "setup-$build_folder" "Preparing $build_folder" meson setup "$build_folder" "$@"
}
