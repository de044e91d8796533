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

install_packages "$bitloom_package_list$bitloom_test_package_list"
python_environment "$build"

quick=0
[ "${1:-}" != --quick ] || { quick=1; shift; }

failed=0
step "Build" build_in "$build"
if [ $quick = 0 ]; then
    step "Build without Vulkan" build_in "$build/no-vulkan" -DWITH_VULKAN=OFF -- \
        bitloom checks_app checks_cli
    step "Tests without Vulkan" run_ctest "$build/no-vulkan" -L '^(app|cli)$' || failed=1
    step "Build with sanitizers" build_in "$build/sanitized" -DWITH_SANITIZERS=ON -- \
        checks_core checks_gpu checks_widgets
    step "Tests with sanitizers" run_sanitized_ctest "$build/sanitized" -L '^(core|gpu|widgets)' -LE figures || failed=1
    echo "SKIPPED: sanitizers over the tests labelled figures (minutes each)" >"$build/sanitized/figures.log"
    step "clang-tidy" run_tidy "$build" || failed=1
fi
step "Tests" run_ctest "$build" "$@" || failed=1
report_skipped "$build/no-vulkan" "$build/sanitized" "$build"
exit $failed
