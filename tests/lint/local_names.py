#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""File-local names that two sources of one library share, or a source with a header of it. Each builds alone, and so
does the library until files that are compiled together (CMAKE_UNITY_BUILD) happen to be neighbours: then a new file
breaks two old ones."""
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "core", "gpu", "widgets")
# Rows of tables, alike in the names of their helpers too: compiled alone (core/CMakeLists.txt).
ALONE = re.compile(r"/(architectures|export|methods|schemes|sensitivity|transforms)/")
# At the first column, as clang-format writes what a namespace holds.
DECLARED = [
    re.compile(r"^(?:struct|class|enum(?: class)?|union) (\w+)\s*(?::[^:]|\{|$|final)"),
    re.compile(r"^(?:static |inline )?(?:constexpr|const)\b[^=({]*?\b(\w+)(?:\[\w*\])?\s*(?:=|\{)"),
    re.compile(r"^(?!\s|using|struct|class|enum|namespace|template|typedef|static_assert)[\w:<>,&*\s]*?[\w>&*]\s+[&*]*(\w+)\("),
]


def library(path):
    """Floors of core and folders of app are libraries of their own."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]) if parts[0] == "core" or parts[:2] == ("app", "cli") else parts[0]


def local_names(text):
    """(name, line) of what stands in the unnamed namespaces of a source, but for aliases."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("namespace {"):
            inside = True
        elif line.startswith("} // namespace"):
            inside = False
        elif inside:
            for declared in DECLARED:
                if found := declared.match(line):
                    yield found[1], number
                    break


def header_names():
    """(library, name): header, of the constants that its headers give to whoever includes them: a neighbour may, and
    then a local one of that name is no longer clear."""
    given = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.h")):
            for found in re.finditer(r"^(?:inline )?constexpr [^=({]*?\b(k[A-Z]\w*)\b(?:\[\w*\])?\s*(?:=|\{)",
                                     path.read_text(), re.M):
                given[library(path), found[1]] = path
    return given


def main():
    places = defaultdict(lambda: defaultdict(list))
    given = header_names()
    hidden = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.cpp")):
            if ALONE.search(str(path)):
                continue
            for name, line in local_names(path.read_text()):
                places[library(path), name][path].append(line)
                if header := given.get((library(path), name)):
                    hidden.append(f"{name} in {os.path.relpath(path, ROOT)}:{line} is in "
                                  f"{os.path.relpath(header, ROOT)} too")
    shared = {key: files for key, files in places.items() if len(files) > 1}
    for (owner, name), files in sorted(shared.items()):
        where = ", ".join(f"{os.path.relpath(path, ROOT)}:{lines[0]}" for path, lines in files.items())
        print(f"{owner}: {name} in {where}")
    for sentence in hidden:
        print(sentence)
    return 1 if shared or hidden else 0


sys.exit(main())
