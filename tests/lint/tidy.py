#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD [SOURCE...]: clang-tidy over the sources given, by default over all of ours.

Most of its time goes to the headers of Qt and the standard library, so sources that are compiled
alike are checked together, a handful included by one file. What does not compile together (two
files with a helper of one name) is checked alone.
"""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "core", "gpu", "widgets")
TOGETHER = 12


def torch_sources():
    """Sources that see libtorch take many minutes each: left to the compiler's warnings."""
    listed = re.search(r"set\(BITLOOM_TORCH_FILES(.*?)\)", (ROOT / "core/CMakeLists.txt").read_text(), re.S)
    return {ROOT / "core" / name for name in listed.group(1).split()}


def compile_options(build):
    """Source -> how it is compiled, without GCC's precompiled header, which would stumble clang."""
    options = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = re.sub(r"-include \S*cmake_pch\.hxx", "", entry["command"]).split()
        kept = [word for word in words[1:] if word.startswith(("-I", "-D", "-W", "-std"))]
        systems = [f"-isystem{words[i + 1]}" for i, word in enumerate(words) if word == "-isystem"]
        options[Path(entry["file"])] = (*kept, *systems, "-Wno-unknown-warning-option", "-Wno-shadow")
    return options


def helpers(source):
    """Names that a file may define for itself: what stands at the left margin before a bracket or `=`."""
    text = source.read_text()
    kinds = re.findall(r"^(?:struct|class|enum class|using) (\w+)", text, re.M)
    values = re.findall(r"^\w[\w:<>,*&\[\] ]*?\b(\w+)(?:\[\])?(?: = |\(|\{|;)", text, re.M)
    return set(kinds + values)


def grouped(sources, options):
    """Lists of sources with the same options and no helper's name in common."""
    groups = []
    for source in sources:
        names = helpers(source)
        for group in groups:
            fits = len(group["sources"]) < TOGETHER and group["options"] == options[source]
            if fits and not group["names"] & names:
                break
        else:
            group = {"sources": [], "names": set(), "options": options[source]}
            groups.append(group)
        group["sources"].append(source)
        group["names"] |= names
    return groups


def tidy(path, options):
    command = ["clang-tidy", "-quiet", f"--config-file={ROOT / '.clang-tidy'}",
               f"--header-filter={ROOT}/({'|'.join(ROOMS)})/.*", str(path), "--", *options]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.returncode, run.stdout


def check(number, group, folder):
    """What clang-tidy says of a group; empty if nothing."""
    if len(group["sources"]) > 1:
        together = folder / f"group_{number}.cpp"
        together.write_text("".join(f'#include "{source}" // NOLINT\n' for source in group["sources"]))
        status, text = tidy(together, group["options"])
        if status == 0 or "clang-diagnostic-error" not in text:
            return text if status else ""
    results = [tidy(source, group["options"]) for source in group["sources"]]
    return "".join(text for status, text in results if status)


def main():
    build = Path(sys.argv[1]).resolve()
    wanted = [Path(name).resolve() for name in sys.argv[2:]]
    if not wanted:
        wanted = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.cpp"))
    options = compile_options(build)
    with_torch = torch_sources()
    skipped = [source for source in wanted if source in with_torch]
    if skipped:
        print(f"SKIPPED: clang-tidy of {len(skipped)} files that include libtorch (many minutes each)")
    groups = grouped([source for source in wanted if source in options and source not in with_torch], options)
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    # The largest first: none is then left alone at the end.
    groups.sort(key=lambda group: -len(group["sources"]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = list(pool.map(check, range(len(groups)), groups, [folder] * len(groups)))
    sys.stdout.write("".join(findings))
    return 1 if any(findings) else 0


sys.exit(main())
