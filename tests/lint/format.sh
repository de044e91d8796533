#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Formatting of every source file; names the files that clang-format would change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
find app core gpu widgets tests \( -name '*.h' -o -name '*.cpp' \) -print0 |
    xargs -0 clang-format --dry-run -Werror
