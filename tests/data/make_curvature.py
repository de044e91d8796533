#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes curvature_references.json beside this script: trace and top eigenvalue of stories260K's Hessian over its
matrices, in nats per prediction, with PyPI's `pyhessian`; also `torch`, `transformers`.
Usage: make_curvature.py [FOLDER OF TEST DATA]"""
import json
import os
import sys
import time
from importlib.metadata import version

import numpy
import torch
from pyhessian import hessian
from transformers import AutoTokenizer, LlamaForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = sys.argv[1] if len(sys.argv) > 1 else os.environ["BITLOOM_TEST_DATA"]
WINDOWS, CONTEXT, SAMPLES, SEED = 5, 64, 200, 1
THREADS = int(os.environ.get("THREADS", "2"))


class Predictions(torch.nn.Module):
    """[windows, tokens] -> [predictions, vocabulary]"""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, tokens):
        logits = self.network(tokens).logits[:, :-1]
        return logits.reshape(-1, logits.shape[-1])


def network():
    model = LlamaForCausalLM.from_pretrained(f"{DATA}/models/stories260K/hf", attn_implementation="eager",
                                             dtype=torch.float32, use_cache=False)
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.ndim == 2)
    return Predictions(model)


def windows():
    """The beginnings of stories."""
    tokenizer = AutoTokenizer.from_pretrained(f"{DATA}/models/stories260K/hf")
    with open(f"{DATA}/text/tinystories/tinystories_sample_cs336.txt", encoding="utf-8") as file:
        stories = [story.strip() for story in file.read().split("<|endoftext|>")]
    ids = [tokenizer(story, add_special_tokens=False).input_ids[:CONTEXT - 1] for story in stories if story]
    return [[tokenizer.bos_token_id] + story for story in ids if len(story) == CONTEXT - 1][:WINDOWS]


def figures(model, tokens, targets):
    torch.manual_seed(SEED)
    tool = hessian(model, torch.nn.CrossEntropyLoss(), data=(tokens, targets), cuda=False)
    begin = time.perf_counter()
    samples = tool.trace(maxIter=SAMPLES, tol=-1)
    seconds = (time.perf_counter() - begin) / len(samples)
    print(f"{1000 * seconds:.1f} ms per sample, {torch.get_num_threads()} threads")
    return {"trace": float(numpy.mean(samples)), "samples": len(samples),
            "standard_error": float(numpy.std(samples, ddof=1) / len(samples)**0.5),
            "top_eigenvalue": tool.eigenvalues(maxIter=1000, tol=1e-6)[0][0]}


def main():
    torch.set_num_threads(THREADS)
    model = network()
    tokens = torch.tensor(windows())
    own = torch.softmax(model(tokens).detach(), -1)
    result = {"made_with": {name: version(name) for name in ("pyhessian", "torch", "transformers")}, "seed": SEED,
              "windows": tokens.tolist(), "cross_entropy": figures(model, tokens, tokens[:, 1:].reshape(-1)),
              "kl": figures(model, tokens, own)}
    with open(os.path.join(HERE, "curvature_references.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")


main()
