# SPDX-License-Identifier: GPL-3.0-or-later
"""lossless.py CLI: what foreign writers put into a file is in our exports of it, as foreign readers see them."""
import json
import shutil
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from common import SAMPLE, require, run
from safetensors import deserialize

SET_BY_WRITING = {"general.file_type", "general.quantization_version", "general.alignment"}
HEAD = ("GGUF.version", "GGUF.tensor_count", "GGUF.kv_count")
WIDTHS = {"F64": 8, "I64": 8, "U32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "F32": 4, "U8": 1, "BOOL": 1,
          "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1}


def odd_tensors():
    """A tensor of every type that our schemes do not read, and shapes without rows."""
    tensors = {}
    for index, (kind, width) in enumerate(WIDTHS.items()):
        for shape in ([], [3], [2, 5], [0, 4]):
            size = int(np.prod(shape, dtype=np.int64)) * width
            data = bytes((index * 31 + i * 7) % 2 if kind == "BOOL" else (index * 31 + i * 7) % 251 for i in range(size))
            tensors[f"odd.{kind}.{len(shape)}.{size}"] = {"dtype": kind, "shape": shape, "data": data}
    return tensors


def serialize(tensors, metadata):
    """A safetensors file, wide types first; the package's own way to write one differs from version to version."""
    header, data = {"__metadata__": metadata}, b""
    for name, entry in sorted(tensors.items(), key=lambda item: -WIDTHS[item[1]["dtype"]]):
        header[name] = {"dtype": entry["dtype"], "shape": entry["shape"], "data_offsets": [len(data), len(data) + len(entry["data"])]}
        data += entry["data"]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def safetensors_keep_everything(cli, folder):
    model = folder / "odd"
    shutil.copytree(SAMPLE, model)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config["architectures"] = ["UnheardForCausalLM"]
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tensors = {name: {**entry, "data": bytes(entry["data"])}
               for name, entry in deserialize((SAMPLE / "model.safetensors").read_bytes())}
    tensors |= odd_tensors()
    (model / "model.safetensors").write_bytes(serialize(tensors, {"format": "pt", "note": "kept"}))
    out = folder / "odd.safetensors"
    told = json.loads(run(cli, "export", model, "--format", "safetensors", "-o", out, "--json"))
    written = out.read_bytes()
    kept = dict(deserialize(written))
    require(set(kept) == set(tensors), f"tensors differ: {set(kept) ^ set(tensors)}")
    for name, entry in tensors.items():
        same = all(kept[name][part] == entry[part] for part in ("dtype", "shape")) and bytes(kept[name]["data"]) == entry["data"]
        require(same, f"{name} came out as {kept[name]['dtype']} {kept[name]['shape']}")
    header = json.loads(written[8:8 + int.from_bytes(written[:8], "little")])
    require(header["__metadata__"]["note"] == "kept", "the header lost its note")
    require(told["tensors_verified"] == len(tensors), f"{told['tensors_verified']} of {len(tensors)} verified")
    listed = json.loads(run(cli, "info", model, "--json"))
    require({t["name"] for t in listed["tensors"]} == set(tensors), "info does not list every tensor")
    require(listed["tensor_bytes"] == sum(len(e["data"]) for e in tensors.values()), "info counts other bytes")
    print(f"safetensors: {len(tensors)} tensors, each as it was")


def add_keys(writer, plain):
    for name, field in plain.fields.items():
        if name in HEAD or name == "general.architecture":
            continue
        kind = field.types[0]
        writer.add_key_value(name, field.contents(), kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)
    for kind, value in (("UINT8", 200), ("INT8", -100), ("UINT16", 60000), ("INT16", -30000), ("UINT32", 4000000000), ("INT32", -5),
                        ("FLOAT32", 0.1), ("BOOL", True), ("STRING", "für"), ("UINT64", 2**63), ("INT64", -2**40), ("FLOAT64", 0.1)):
        writer.add_key_value(f"x.{kind}", value, gguf.GGUFValueType[kind])
        writer.add_key_value(f"x.{kind}.list", [value, value], gguf.GGUFValueType.ARRAY, gguf.GGUFValueType[kind])
    writer.add_chat_template([{"name": "default", "template": "{{ a }}"}, {"name": "tool_use", "template": "{{ b }}"}])


def seen(reader):
    return {name: ([t.name for t in field.types], field.contents()) for name, field in reader.fields.items()
            if name not in SET_BY_WRITING and name not in HEAD}


def gguf_keeps_everything(cli, folder):
    run(cli, "export", "sample", "--set", ".*=q8_0", "--format", "gguf", "-o", folder / "plain.gguf")
    plain = gguf.GGUFReader(folder / "plain.gguf")
    writer = gguf.GGUFWriter(folder / "in.gguf", "llama")
    add_keys(writer, plain)
    for tensor in plain.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    run(cli, "export", folder / "in.gguf", "--format", "gguf", "-o", folder / "out.gguf")
    before, after = (gguf.GGUFReader(folder / name) for name in ("in.gguf", "out.gguf"))
    require(seen(before) == seen(after), f"keys differ: {set(seen(before)) ^ set(seen(after))}")
    bytes_of = [{t.name: (t.tensor_type, t.data.tobytes()) for t in reader.tensors} for reader in (before, after)]
    require(bytes_of[0] == bytes_of[1], "tensors differ")
    print(f"GGUF: {len(seen(before))} keys and {len(bytes_of[0])} tensors, each as it was")


def main(cli):
    with tempfile.TemporaryDirectory() as name:
        safetensors_keep_everything(cli, Path(name))
        gguf_keeps_everything(cli, Path(name))


main(sys.argv[1])
