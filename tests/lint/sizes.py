#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much stands in one place: files of a room, lines of a file, lines of a function. A room is a folder, not what is
below it; the lines of a function are those between its braces. Sources are taken as clang-format writes them."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ("app", "core", "gpu", "widgets")
# What is counted: (at most at the 90th percentile, at most anywhere); None: no limit.
FILES_OF_A_ROOM = (None, 40)
LINES_OF_A_FILE = (250, None)
LINES_OF_A_FUNCTION = (25, 80)

RAW_STRING = re.compile(r'R"(\w*)\((.*?)\)\1"', re.S)
BODY = re.compile(r"^( *)\{$")
NAMED = re.compile(r"([\w:~]+|operator\S+)\(")


def functions(text):
    """(name, line, lines) of each function longer than one line. A brace on a line of its own opens one, and the next
    brace in the same column closes it; what opens between them is inside it."""
    lines = RAW_STRING.sub(lambda raw: "\n" * raw[0].count("\n"), text).splitlines()
    at = 0
    while at < len(lines):
        if opened := BODY.match(lines[at]):
            end = next(i for i in range(at + 1, len(lines)) if re.match(opened[1] + r"\}", lines[i]))
            yield name(lines, at, opened[1]), at + 1, end - at - 1
            at = end
        at += 1


def name(lines, brace, indent):
    """Of the declaration above a brace: back to the first line that is indented like the brace."""
    first = brace - 1
    while first > 0 and not re.match(indent + r"[^\s]", lines[first]):
        first -= 1
    found = NAMED.search(" ".join(lines[first:brace]))
    return found[1] if found else lines[first].strip()


def percentile(values, share):
    """The smallest of the values that as great a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * share // 100) - 1] if ordered else 0


def check(what, sizes, limits):
    """Sentences on what is too large; sizes: by name."""
    usual, most = limits
    if usual is not None and percentile(sizes.values(), 90) > usual:
        longest = sorted(sizes, key=sizes.get)[-5:]
        yield (f"{what}: one in ten has more than {usual} (the 90th percentile is "
               f"{percentile(sizes.values(), 90)}); the largest: {', '.join(longest)}")
    for where, size in sizes.items():
        if most is not None and size > most:
            yield f"{where}: {size} {what}, at most {most}"


def check_rooms(sources):
    """As check(), but for the rooms on the list, on which none may stay in vain."""
    counts = {}
    for path in sources:
        room = path.parent.relative_to(ROOT).as_posix()
        counts[room] = counts.get(room, 0) + 1
    yield from check("files", counts, FILES_OF_A_ROOM)


def main():
    sources = sorted(path for room in HOUSE for path in (ROOT / room).rglob("*") if path.suffix in (".h", ".cpp"))
    lines, bodies = {}, {}
    for path in sources:
        text = path.read_text()
        where = path.relative_to(ROOT).as_posix()
        lines[where] = text.count("\n")
        for called, line, length in functions(text):
            bodies[f"{where}:{line} {called}"] = length
    wrong = [*check_rooms(sources), *check("lines of a file", lines, LINES_OF_A_FILE),
             *check("lines of a function", bodies, LINES_OF_A_FUNCTION)]
    print(f"{len(sources)} files, 90 % of them up to {percentile(lines.values(), 90)} lines; {len(bodies)} functions, "
          f"90 % of them up to {percentile(bodies.values(), 90)} lines, the longest {max(bodies.values())}")
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


sys.exit(main())
