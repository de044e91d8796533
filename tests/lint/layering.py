#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include whom (README, "The rooms"). A breach is named by file and line; a circle by its files."""
import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
ROOMS = {  # room: rooms of ours it may include
    "core": {"core"},
    "gpu": {"gpu", "core"},
    "widgets": {"widgets"},
    "app": {"app", "core", "gpu", "widgets"},
}
FLOORS = ["base", "storage", "files", "network", "quantize", "analyze", "train", "workbench"]  # lowest first
# The rooms within rooms, lowest first: each may include itself and those before it.
SUBROOMS = {
    "core/files": ["io", "formats", "store"],
    "core/network": ["graph", "tokenizers", "model", "architectures", "opening", "engine", "torch"],
    "core/quantize": ["methods", "corrections", "encoding", "transforms", "recipe", "variant", "export"],
    "core/analyze": ["text", "numerics", "statistics", "passes", "fisher", "hessian", "sensitivity", "evaluation", "budget"],
    "core/workbench": ["settings", "session", "statistics", "prediction", "generation", "fit", "evaluation", "lab", "report"],
    "gpu": ["shaders", "device", "memory", "kernels", "run"],
    "widgets": ["base", "plots", "layers", "compare", "panels", "window"],
    "app": ["engines", "cli", "words", "jobs", "document", "dialogs", "panels", "window"],
}
SYSTEM = {  # what a room must not see of the world
    "core": r"^(Q[A-Z]\w*|Qt\w*/|qcustomplot|vulkan/|volk)",
    "gpu": r"^(Q[A-Z]\w*|Qt\w*/|qcustomplot|torch/|ATen/|c10/)",
    "widgets": r"^(torch/|ATen/|c10/|vulkan/|volk)",
    "app": r"^(torch/|ATen/|c10/|vulkan/|volk)",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources():
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(ROOT, room)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def torch_files():
    text = open(os.path.join(ROOT, "core", "CMakeLists.txt"), encoding="utf-8").read()
    listed = re.search(r"set\(BITLOOM_TORCH_FILES([^)]*)\)", text).group(1).split()
    return {"core/" + os.path.splitext(name)[0] for name in listed}  # a private header goes with its source


def floor(path):
    parts = path.split("/")
    return FLOORS.index(parts[1]) if len(parts) > 2 and parts[1] in FLOORS else -1


def subroom(path):
    """(the room that is divided, its part's place), or nothing: it is not in a divided room."""
    for room, parts in SUBROOMS.items():
        if path.startswith(room + "/"):
            part = path[len(room) + 1:].split("/")
            return room, parts.index(part[0]) if len(part) > 1 and part[0] in parts else None
    return None, None


def looks_up(path, target):
    """Whether a file includes one of a part above its own. Files beside the parts stand above all of them."""
    (room, place), (other, above) = subroom(path), subroom(target)
    return room is not None and room == other and place is not None and (above is None or above > place)


def unknown_part(path):
    """A part that no list above names, so that nothing would be checked of it."""
    room, place = subroom(path)
    return room is not None and place is None and path.count("/") > room.count("/") + 1


def breaches(path, target, quoted, torch):
    room = path.split("/")[0]
    if not quoted:
        if re.match(r"(torch|ATen|c10)/", target) and room == "core" and os.path.splitext(path)[0] not in torch:
            yield f"only the files of BITLOOM_TORCH_FILES may include <{target}>"
        if re.match(SYSTEM[room], target):
            yield f"{room} must not include <{target}>"
        return
    owner = target.split("/")[0]
    if not os.path.exists(os.path.join(ROOT, target)):
        yield f'"{target}" is not written from the repository root'
    elif owner not in ROOMS[room]:
        yield f'{room} must not include "{target}"'
    elif room == owner == "core" and floor(target) > floor(path):
        yield f'floor {path.split("/")[1]} looks up to "{target}"'
    elif looks_up(path, target):
        yield f'{os.path.dirname(path)} looks up to "{target}"'
    elif target.startswith("core/network/torch/") and os.path.splitext(path)[0] not in torch:
        yield f'only the files of BITLOOM_TORCH_FILES may include "{target}"'


def circles(edges):
    """Strongly connected units (a header and its source are one), by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        for target in sorted(edges.get(unit, ())):
            if target not in index:
                visit(target)
            if target in stack:
                low[unit] = min(low[unit], low[target])
        if low[unit] == index[unit]:
            ring = stack[stack.index(unit):]
            del stack[stack.index(unit):]
            if len(ring) > 1:
                found.append(sorted(ring))

    for unit in sorted(edges):
        if unit not in index:
            visit(unit)
    return found


def main():
    sys.setrecursionlimit(10000)
    torch, edges, problems = torch_files(), {}, []
    for path in sources():
        unit = os.path.splitext(path)[0]
        if unknown_part(path):
            problems.append(f"{path}: {os.path.dirname(path)} stands in no list of SUBROOMS")
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match or match.group(2).endswith((".moc", ".inc")) or match.group(2).startswith("generated/"):
                    continue
                quoted = match.group(1) == '"'
                problems += [f"{path}:{number}: {text}" for text in breaches(path, match.group(2), quoted, torch)]
                target = os.path.splitext(match.group(2))[0]
                if quoted and target != unit:
                    edges.setdefault(unit, set()).add(target)
    problems += ["includes run in a circle: " + ", ".join(ring) for ring in circles(edges)]
    print("\n".join(problems) or "layering: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
