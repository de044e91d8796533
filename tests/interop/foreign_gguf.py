# SPDX-License-Identifier: GPL-3.0-or-later
"""foreign_gguf.py DUMP: our reader against files that the package `gguf` wrote."""
import json
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from common import require, run, same_bits

ROWS, COLUMNS = 6, 512
# Where a block keeps its half-precision scales; the package cannot quantize these types itself.
SCALES = {"Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}
QUANTIZED = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "BF16")


def random_blocks(kind, random):
    """Any codes, but finite scales."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for offset in SCALES[kind.name]:
        scales = random.normal(0, 0.01, len(blocks)).astype(np.float16)
        blocks[:, offset:offset + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(ROWS, -1)


def write(path, random):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.name", "foreign")
    writer.add_array("test.words", ["a", "", "\u2581b"])
    writer.add_array("test.flags", [True, False])
    writer.add_float32("test.number", 0.25)
    weights = random.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32)
    writer.add_tensor("w.F32", weights)
    writer.add_tensor("w.F16", weights.astype(np.float16))
    writer.add_tensor("w.I32", np.arange(7, dtype=np.int32))
    writer.add_tensor("w.IQ4_NL", random.integers(0, 256, (ROWS, COLUMNS // 32 * 18), dtype=np.uint8),
                      raw_dtype=gguf.GGMLQuantizationType.IQ4_NL)
    for name in QUANTIZED:
        kind = gguf.GGMLQuantizationType[name]
        writer.add_tensor("w." + name, gguf.quants.quantize(weights, kind), raw_dtype=kind)
    for name in SCALES:
        kind = gguf.GGMLQuantizationType[name]
        writer.add_tensor("w." + name, random_blocks(kind, random), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(dump):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "foreign.gguf"
        write(path, np.random.default_rng(1))
        lines = [json.loads(line) for line in run(dump, path, Path(folder) / "values").splitlines()]
        values = np.fromfile(Path(folder) / "values", dtype=np.float32)
        at = 0
        theirs = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
        require([line["name"] for line in lines] == list(theirs), "names differ")
        for line in lines:
            kind = line["name"].split(".")[1]
            readable = kind not in ("I32", "IQ4_NL")
            require(line["readable"] == readable, f"{kind}: readable is {line['readable']}")
            require(line["type"] == (kind.lower() if readable else kind), f"{kind} is {line['type']}")
            require(line["shape"] == ([7] if kind == "I32" else [ROWS, COLUMNS]), f"{kind}: shape {line['shape']}")
            if readable:
                tensor = theirs[line["name"]]
                expected = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
                same_bits(values[at:at + ROWS * COLUMNS], expected, kind)
                at += ROWS * COLUMNS
        print(f"{len(lines)} tensors written by gguf read bit for bit")


main(sys.argv[1])
