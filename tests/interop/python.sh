#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# python.sh VENV SCRIPT ARGUMENTS...: runs the script in BITLOOM_VENV, else in VENV; skips (77) and says
# why where neither is complete.
set -euo pipefail
venv=${BITLOOM_VENV:-$1}
shift
if [ ! -x "$venv/bin/python" ]; then
    echo "SKIPPED: no Python environment for foreign readers (BITLOOM_VENV)"
    exit 77
fi
exec "$venv/bin/python" "$@"
