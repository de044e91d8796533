#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/run.sh [--quick] [CTEST_ARGUMENT...]: what decides whether the project is sound, from a bare
# Debian 12 to ctest's summary: the build without Vulkan, the address and undefined-behaviour
# sanitizers, clang-tidy, and the tests. --quick leaves all but the tests away. The rest goes to
# their ctest (-R journey).
set -euo pipefail
bitloom_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$bitloom_root/app/setup.sh"
. "$bitloom_root/tests/checks.sh"
build=$bitloom_root/build
logs=$build/logs
mkdir -p "$logs"
: >"$logs/skipped"
failed_steps=()

install_packages "$bitloom_package_list$bitloom_test_package_list"
python_environment "$build"

quick=0
[ "${1:-}" != --quick ] || { quick=1; shift; }

if [ $quick = 0 ]; then
    # In the same folder: only what knows of the Vulkan engine is built twice. Nothing but the
    # choice of engines differs: that, the window and the command line are tried.
    build_step "Build without Vulkan" "$build" -DWITH_VULKAN=OFF -- bitloom tst_engines tst_journey tst_cli_fit
    check_step "Tests without Vulkan" run_ctest "$build" -R '^tst_(engines|journey|cli_fit)$'
fi
build_step "Build" "$build" -DWITH_VULKAN=ON
if [ $quick = 0 ]; then
    build_step "Build with sanitizers" "$build/sanitized" -DWITH_SANITIZERS=ON -- \
        checks_core checks_gpu checks_widgets checks_app_sanitized
    check_step "Tests with sanitizers" run_sanitized_ctest "$build/sanitized" \
        -L '^(core|gpu|widgets|sanitized)'
    check_step "clang-tidy" run_tidy "$build"
fi
check_step "Tests" run_ctest "$build" "$@"
report
