# SPDX-License-Identifier: GPL-3.0-or-later
"""What the interoperability tests share."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"


def test_data():
    """Folder with other people's models and texts, or None."""
    folder = Path(os.environ.get("BITLOOM_TEST_DATA", ROOT.parent / "shared"))
    return folder if (folder / "models").is_dir() else None


def skipped(reason):
    """Counted by the runner; the rest of the test goes on."""
    print(f"SKIPPED: {reason}")


def run(*arguments):
    """Standard output of a program that must succeed."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} failed with {done.returncode}:\n{done.stderr}")
    return done.stdout


def require(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


def same_bits(ours, theirs, what):
    """Both float32; bit for bit, so that -0 and the payload of a NaN count."""
    ours = np.ascontiguousarray(ours, dtype=np.float32).reshape(-1).view(np.uint32)
    theirs = np.ascontiguousarray(theirs, dtype=np.float32).reshape(-1).view(np.uint32)
    require(ours.size == theirs.size, f"{what}: {ours.size} values against {theirs.size}")
    different = np.flatnonzero(ours != theirs)
    require(different.size == 0,
            f"{what}: {different.size} of {ours.size} values differ, first at "
            f"{different[:1].tolist()}: {ours[different[:1]].view(np.float32)} against "
            f"{theirs[different[:1]].view(np.float32)}")


def compare_tokens(program, model, reference, texts):
    """Ids with and without special tokens, and what they decode to, against PyPI's tokenizers."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        lines = run(program, model, file.name).splitlines()
    require(len(lines) == len(texts), f"{model}: {len(lines)} answers to {len(texts)} texts")
    tokens = 0
    for text, line in zip(texts, map(json.loads, lines)):
        plain = reference.encode(text, add_special_tokens=False).ids
        special = reference.encode(text, add_special_tokens=True).ids
        require(line["plain"] == plain, f"{model}: {text!r} is {line['plain']}, should be {plain}")
        require(line["special"] == special, f"{model}: {text!r} with special tokens is {line['special']}, should be {special}")
        decoded = reference.decode(plain, skip_special_tokens=True)
        require(line["decoded"] == decoded, f"{model}: {text!r} decodes to {line['decoded']!r}, should be {decoded!r}")
        tokens += len(plain)
    print(f"{Path(model).name}: {len(texts)} texts, {tokens} tokens agree")
