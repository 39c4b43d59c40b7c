#!/usr/bin/env bash
# Every scenario and every sweep of the repository: its results, pictures and report, each in a directory of
# its own below DIR, and DIR/index.html that names them all.
#
#   scripts/pictures.sh DIR [svg|png|both]
#
# TASKYARD names another program than the one that cargo builds.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
format=${2:-svg}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${TASKYARD:-}" ]; then
    cargo build --release --quiet --locked
    TASKYARD=target/release/taskyard
fi

index() {
    printf '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Scenarios</title>\n'
    printf '<style>body{font:16px sans-serif;max-width:1000px;margin:auto}img{width:100%%}</style>\n'
    for name in "$@"; do
        printf '<h2><a href="%s/report.html">%s</a></h2>\n' "$name" "$name"
        (cd "$out" && for picture in "$name"/*."$ending"; do
            [ -e "$picture" ] && printf '<img src="%s" alt="%s" loading="lazy">\n' "$picture" "$picture"
        done)
    done
}

made=()
make() {
    local name=$1
    shift
    "$TASKYARD" "$@" --out "$out/$name" >"$out/$name.txt" 2>/dev/null
    "$TASKYARD" plot "$out/$name" --format "$format"
    "$TASKYARD" report "$out/$name"
    made+=("$name")
}

for file in scenarios/*.toml; do
    make "$(basename "$file" .toml)" run "$file"
done
for file in scenarios/sweeps/*.toml; do
    [ -e "$file" ] && make "$(basename "$file" .toml)" sweep "$file"
done
ending=$([ "$format" = png ] && echo png || echo svg)
index "${made[@]}" >"$out/index.html"
echo "$out/index.html"
