#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# app/run.sh [MODEL]: installs what is missing, builds, and opens MODEL or the bundled sample.
# Without a display it does the main job unattended on the sample and says where the results lie.
set -euo pipefail
bitloom_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$bitloom_root/app/setup.sh"

case "${1:-}" in
-h | --help) sed -n '3,4s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac

install_packages "$bitloom_package_list"
build_in "$bitloom_root/build" -DWITH_VULKAN=ON -- bitloom bitloom-cli

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$bitloom_root/build/bitloom" "${1:-sample}"
fi
echo "No display: running the main job unattended on the sample model."
exec "$bitloom_root/build/bitloom" --unattended "$bitloom_root/build/tour" --force
