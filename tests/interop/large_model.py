# SPDX-License-Identifier: GPL-3.0-or-later
"""large_model.py CLI: a checkpoint of 1.5 billion parameters opens, gets statistics and exports with
less than 1 GiB of anonymous memory; one of 2 GiB gets its sensitivities, and trials of what they
predict, with 512 MiB beside a block's weights, gradients and factors, and its trace and its density
with 512 MiB beside what the product of its largest slot takes. Needs 50 GB of disk and minutes, so
it is asked for: BITLOOM_BIG_TESTS=1 (the files go to TMPDIR)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import SAMPLE, require, skipped

HIDDEN, FEED_FORWARD, HEADS, KEY_VALUE_HEADS = 2048, 6144, 16, 8
LAYERS, LAYERS_OF_2_GIB = 30, 19
LIMIT = 1 << 30
BLOCK = sum((HIDDEN * HIDDEN * 3, HIDDEN * FEED_FORWARD * 3))  # weights, k and v half as wide as q
FACTORS = 3 * HIDDEN * HIDDEN + FEED_FORWARD * FEED_FORWARD  # E[x xT] of its four inputs
SENSITIVITY_LIMIT = (512 << 20) + 4 * (BLOCK + BLOCK + FACTORS)
VOCABULARY = 32000
CURVATURE_LIMIT = (512 << 20) + 4 * 5 * VOCABULARY * HIDDEN  # the head's weights and four vectors like them


def shapes(vocabulary, layers):
    key_value = HIDDEN // HEADS * KEY_VALUE_HEADS
    yield "model.embed_tokens.weight", (vocabulary, HIDDEN)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (HIDDEN,)
        yield prefix + "self_attn.q_proj.weight", (HIDDEN, HIDDEN)
        yield prefix + "self_attn.k_proj.weight", (key_value, HIDDEN)
        yield prefix + "self_attn.v_proj.weight", (key_value, HIDDEN)
        yield prefix + "self_attn.o_proj.weight", (HIDDEN, HIDDEN)
        yield prefix + "post_attention_layernorm.weight", (HIDDEN,)
        yield prefix + "mlp.gate_proj.weight", (FEED_FORWARD, HIDDEN)
        yield prefix + "mlp.up_proj.weight", (FEED_FORWARD, HIDDEN)
        yield prefix + "mlp.down_proj.weight", (HIDDEN, FEED_FORWARD)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (vocabulary, HIDDEN)


def write_model(folder, layers):
    """The sample's tokenizer, and random weights that repeat one block of 32 MiB."""
    config = json.loads((SAMPLE / "config.json").read_text(encoding="utf-8"))
    # A vocabulary larger than the tokenizer's is allowed; it makes the embedding a large tensor.
    config.update(hidden_size=HIDDEN, intermediate_size=FEED_FORWARD, num_hidden_layers=layers, num_attention_heads=HEADS,
                  num_key_value_heads=KEY_VALUE_HEADS, vocab_size=VOCABULARY, tie_word_embeddings=False, torch_dtype="float16")
    config.pop("head_dim", None)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(SAMPLE / name, folder)
    header, offset = {}, 0
    for name, shape in shapes(config["vocab_size"], layers):
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    block = np.random.default_rng(3).normal(0, 0.02, 1 << 24).astype(np.float16).tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for at in range(0, offset, len(block)):
            file.write(block[:offset - at])
    return offset // 2


def anonymous_bytes(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # ended between two looks
    return 0


def measure(*arguments, limit=LIMIT):
    """Runs a program; its largest anonymous memory, sampled every 10 ms, must stay below the limit."""
    start, peak = time.monotonic(), 0
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL, stderr=errors)
        while process.poll() is None:
            peak = max(peak, anonymous_bytes(process.pid))
            time.sleep(0.01)
        errors.seek(0)
        require(process.returncode == 0, f"{arguments[1]} failed: {errors.read()[-500:].decode(errors='replace')}")
    print(f"{arguments[1]}: {peak / 2**20:.0f} MiB anonymous at most, {time.monotonic() - start:.1f} s", flush=True)
    require(peak < limit, f"{arguments[1]} needs {peak / 2**20:.0f} MiB of anonymous memory, more than {limit / 2**20:.0f}")
    return peak


def measure_sensitivity(cli, folder):
    model = folder / "two_gib"
    model.mkdir()
    parameters = write_model(model, LAYERS_OF_2_GIB)
    print(f"{parameters / 2**29:.2f} GiB of weights", flush=True)
    require(parameters >= 1 << 30, "too small a model")
    text = folder / "calibration.txt"
    text.write_text((SAMPLE / "calibration.txt").read_text(encoding="utf-8")[:6000], encoding="utf-8")
    start = measure(cli, "info", model)
    limit = start + SENSITIVITY_LIMIT
    measure(cli, "sensitivity", model, "--text", text, "--windows", "6", limit=limit)
    held_out = folder / "evaluation.txt"
    held_out.write_text((SAMPLE / "evaluation.txt").read_text(encoding="utf-8")[:3000], encoding="utf-8")
    measure(cli, "measure", model, "--text", text, "--windows", "6", "--held-out", held_out, "--trials", "2",
            "--target", "any", "--set", ".*=int4-g32-sym:nearest", limit=limit)
    for what in (("--curvature", "trace", "--samples", "1"), ("--density", "all", "--steps", "2")):
        measure(cli, "sensitivity", model, "--text", text, "--windows", "2", "--context", "32", *what,
                limit=start + CURVATURE_LIMIT)


def main(cli):
    if os.environ.get("BITLOOM_BIG_TESTS") != "1":
        skipped("1.5 billion parameters need 50 GB of disk and minutes: set BITLOOM_BIG_TESTS=1")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        model.mkdir()
        parameters = write_model(model, LAYERS)
        print(f"{parameters / 1e9:.2f} billion parameters", flush=True)
        require(parameters > 1.5e9, "too small a model")
        measure(cli, "info", model)
        measure(cli, "stats", model)
        measure(cli, "export", model, "--set", ".*=q4_0,f16", "--format", "gguf", "-o", Path(folder) / "large.gguf")
        shutil.rmtree(model)
        measure_sensitivity(cli, Path(folder))


main(sys.argv[1])
