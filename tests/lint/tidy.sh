#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tidy.sh BUILD: clang-tidy over the sources changed since the merge base with origin/main; over all
# where that tells nothing (no such branch, or nothing changed since).
set -euo pipefail
build=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
base=$(git merge-base HEAD origin/main 2>/dev/null || true)
changed=$([ -z "$base" ] || git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.h')
if [ -z "$changed" ]; then
    files=$(find app core gpu widgets -name '*.cpp')
else # a changed header is checked through every source beside it
    files=$(sed -nE '/^(app|core|gpu|widgets)\//s/\.h$/.cpp/p; /^(app|core|gpu|widgets)\/.*\.cpp$/p' <<<"$changed" |
        sort -u | while read -r file; do [ -f "$file" ] && echo "$file"; done)
fi
# Sources that see libtorch take many minutes each in clang-tidy: left to the compiler's warnings.
listed=$(sed -n '/^set(BITLOOM_TORCH_FILES/,/)/s|^ *\([a-z].*\.cpp\).*|core/\1|p' core/CMakeLists.txt)
torch=$(grep -xF "$listed" <<<"$files" || true)
if [ -n "$torch" ]; then
    files=$(grep -vxF "$torch" <<<"$files" || true)
    echo "SKIPPED: clang-tidy of $(wc -l <<<"$torch") files that include libtorch (many minutes each)"
fi
[ -n "$files" ] || { echo "clang-tidy: nothing to check"; exit 0; }
# GCC's precompiled headers are nothing to clang, which would stumble over them.
mkdir -p "$build/tidy"
sed -E 's/-include [^ ]*cmake_pch\.hxx//g' "$build/compile_commands.json" >"$build/tidy/compile_commands.json"
# shellcheck disable=SC2086
run-clang-tidy -quiet -extra-arg=-Wno-unknown-warning-option -j "$(nproc)" -p "$build/tidy" $files |
    sed 's/\x1b\[[0-9;]*m//g' # it colours what it writes into files too
