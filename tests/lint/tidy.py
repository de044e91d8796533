#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD [--torch | SOURCE...]: clang-tidy over the sources given, by default over all of ours that do not
include libtorch; --torch: over those that do.

Most of its time goes to the headers of Qt and the standard library, so that files which the build
compiles together (CMAKE_UNITY_BUILD) are checked together too.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "core", "gpu", "widgets")


def torch_sources():
    """Sources that see libtorch take many minutes each."""
    listed = re.search(r"set\(BITLOOM_TORCH_FILES(.*?)\)", (ROOT / "core/CMakeLists.txt").read_text(), re.S)
    return {ROOT / "core" / name for name in listed.group(1).split()}


def sources_of(compiled):
    """What of ours a compiled file holds: itself, or what it includes where CMake wrote it."""
    if compiled.name.startswith("unity_"):
        return {Path(name) for name in re.findall(r'#include "(.*)"', compiled.read_text())}
    return {compiled}


def options_of(command):
    """Without GCC's precompiled header, which would stumble clang; neighbours may shadow each other."""
    words = shlex.split(re.sub(r"-include \S*cmake_pch\.hxx", "", command))
    kept = [word for word in words if word.startswith(("-I", "-D", "-W", "-std"))]
    systems = [f"-isystem{words[i + 1]}" for i, word in enumerate(words) if word == "-isystem"]
    return [*kept, *systems, "-Wno-unknown-warning-option", "-Wno-shadow"]


def of_ours(said):
    """What is said of our sources. In headers of libtorch clang 14 finds errors that the compiler does not: a vector
    of a type that is not complete yet. It goes on behind them."""
    ours = re.compile(rf"{ROOT}/(?:{'|'.join(ROOMS)})/")
    messages = re.split(r"^(?=/\S+:\d+:\d+: (?:error|warning|note): )", said, flags=re.M)
    return "".join(message for message in messages
                   if ours.match(message) and "[clang-diagnostic-error]" not in message)


def findings(entry):
    """What clang-tidy says; empty if nothing."""
    command = ["clang-tidy", "-quiet", f"--config-file={ROOT / '.clang-tidy'}", "--checks=-bugprone-suspicious-include",
               f"--header-filter={ROOT}/({'|'.join(ROOMS)})/.*", entry["file"], "--", *options_of(entry["command"])]
    with_torch = sources_of(Path(entry["file"])) & torch_sources()
    run = subprocess.run([*command, "-ferror-limit=0"] if with_torch else command, capture_output=True, text=True)
    said = run.stdout if run.returncode else ""
    return of_ours(said) if with_torch else said


def main():
    build = Path(sys.argv[1]).resolve()
    ours = {path for room in ROOMS for path in (ROOT / room).rglob("*.cpp")}
    if sys.argv[2:]:
        wanted = torch_sources() if sys.argv[2] == "--torch" else {Path(name).resolve() for name in sys.argv[2:]}
    else:
        wanted = ours - torch_sources()
        print(f"SKIPPED: clang-tidy of {len(ours - wanted)} files that include libtorch (many minutes each; "
              "tests/nightly.sh)")
    entries = json.loads((build / "compile_commands.json").read_text())
    chosen = [entry for entry in entries if sources_of(Path(entry["file"])) & wanted]
    missed = wanted - set().union(*(sources_of(Path(entry["file"])) for entry in chosen))
    if missed:
        print(f"SKIPPED: clang-tidy of {len(missed)} files that this build does not compile")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(findings, chosen))
    sys.stdout.write("".join(found))
    return 1 if any(found) else 0


sys.exit(main())
