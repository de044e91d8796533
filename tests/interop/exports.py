# SPDX-License-Identifier: GPL-3.0-or-later
"""exports.py CLI: foreign readers see in our exports exactly what we say is in them."""
import json
import re
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from common import SAMPLE, require, run, same_bits
from safetensors import deserialize

TYPES = ["f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q4_k", "q3_k", "q2_k", "q5_0", "q5_1", "q4_1", "q4_0"]
LAYER = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def hugging_face_name(name):
    layer = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name)
    if layer:
        return f"model.layers.{layer[1]}.{LAYER[layer[2]]}.weight"
    return TOP[name.removesuffix(".weight")] + ".weight"


def unpermuted(values, name, config):
    """llama.cpp turns neighbouring pairs, Hugging Face halves: undo the order of rows of q and k."""
    heads = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}.get(name.split(".")[-2])
    if heads is None:
        return values
    count = config[heads]
    return values.reshape(count, values.shape[0] // count // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)


def load(path):
    """Tensors of a .safetensors as float32; numpy alone has no bfloat16."""
    tensors = {}
    for name, entry in deserialize(path.read_bytes()):
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(entry["data"], np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(entry["data"], {"F32": np.float32, "F16": np.float16}[entry["dtype"]])
        tensors[name] = values.astype(np.float32).reshape(entry["shape"])
    return tensors


def check(cli, kind, folder, config):
    recipe = ("--set", f".*={kind},f16")
    written = folder / f"{kind}.gguf"
    run(cli, "export", "sample", *recipe, "--format", "gguf", "-o", written)
    run(cli, "export", "sample", *recipe, "--format", "safetensors", "--force", "-o", folder / "fake.safetensors")
    fake = load(folder / "fake.safetensors")
    reader = gguf.GGUFReader(written)
    seen = {}
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(tuple(reversed(tensor.shape.tolist())))
        name = hugging_face_name(tensor.name)
        same_bits(fake[name], unpermuted(values, tensor.name, config), f"{kind}: {name}")
        seen[name] = tensor.tensor_type.name.lower()
    require(set(seen) == set(fake), f"{kind}: tensors differ: {set(seen) ^ set(fake)}")
    require(seen["model.layers.0.mlp.up_proj.weight"] == kind, f"{kind}: up_proj is {seen['model.layers.0.mlp.up_proj.weight']}")
    require(seen["model.norm.weight"] == "f32", f"{kind}: norms must be f32")
    require(reader.get_field("general.architecture").contents() == "llama", "architecture")
    return len(seen)


def main(cli):
    config = json.loads((SAMPLE / "config.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for kind in TYPES:
            count = check(cli, kind, Path(folder), config)
            print(f"{kind}: {count} tensors agree bit for bit")
            (Path(folder) / f"{kind}.gguf").unlink()


main(sys.argv[1])
