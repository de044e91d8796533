#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/nightly.sh: what tests/run.sh leaves away for its time, an hour or more: a build in which every source
# is compiled alone (build/nightly), and clang-tidy over the sources that include libtorch.
set -euo pipefail
bitloom_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$bitloom_root/app/setup.sh"
. "$bitloom_root/tests/checks.sh"
build=$bitloom_root/build/nightly
logs=$build/logs
mkdir -p "$logs"
: >"$logs/skipped"
failed_steps=()

install_packages "$bitloom_package_list$bitloom_test_package_list"

# Neighbours in a unity build lend each other headers and names: alone, each source needs its own.
build_step "Build without unity" "$build" -DCMAKE_UNITY_BUILD=OFF -- bitloom bitloom-cli
check_step "clang-tidy of the sources with libtorch" "$bitloom_root/tests/lint/tidy.py" "$build" --torch
report
