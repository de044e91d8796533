# SPDX-License-Identifier: GPL-3.0-or-later
"""tokens.py TOKENIZE: token ids of byte-level and SentencePiece-style BPE equal those of the package `tokenizers`."""
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import ROOT, SAMPLE, compare_tokens as compare, skipped, test_data
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

TEXTS = [
    "", " ", "\n", "Once upon a time, there was a little girl named Lily.", "  two  spaces  ",
    "tabs\tand\nnew\r\nlines\n\n\n  end ", "It's we'll I'VE don't they'd", "1234567 3.14159 1,000",
    "na\u00efve caf\u00e9 \u00fcber \u00c6sop \u00df", "\u4f60\u597d\uff0c\u4e16\u754c", "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 emoji", "\u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947",
    "e\u0301 combining \u1e9b\u0323", "\u00a0nbsp\u3000wide\u2003em", "<s>control</s> <unk>", "<|endoftext|>after",
    "def f(x):\n    return x**2  # code", "a" * 300, "\u2581already\u2581there", "\x00\x01\x7f control bytes",
    "MiXeD CaSe HTTPServer", "!!!???...---___", "\u00bd \u2160 \u00b2 numbers", "word " * 50,
]
GPT2 = None
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def random_texts():
    """Seeded strings over letters, marks, digits, blanks and symbols of several scripts."""
    random = np.random.default_rng(7)
    alphabet = list("abcdeXYZ 019.,'!?-\n\t") + ["\u00e9", "\u00df", "\u4e2d", "\u0301", "\u200d", "\U0001f600", "\u0660", "\u2581", "  ", "'s", "<s>"]
    return ["".join(random.choice(alphabet, random.integers(1, 60))) for _ in range(200)]


def train_byte_level(folder, pattern):
    """A small byte-level BPE, in the form of GPT-2 or of Llama 3 (its own regular expression)."""
    tokenizer = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    if pattern:
        split = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    else:
        tokenizer.pre_tokenizer = byte_level
    tokenizer.decoder = decoders.ByteLevel()
    corpus = [(SAMPLE / name).read_text(encoding="utf-8") for name in ("calibration.txt", "evaluation.txt") if (SAMPLE / name).exists()]
    corpus += [(ROOT / "LICENSE").read_text(encoding="utf-8"), *TEXTS]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=["<|endoftext|>"], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(corpus, trainer)
    if pattern:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)])])
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"w": np.zeros((2, 2), np.float32)}, str(folder / "model.safetensors"))
    return tokenizer


def main(program):
    texts = TEXTS + random_texts()
    compare(program, SAMPLE, Tokenizer.from_file(str(SAMPLE / "tokenizer.json")), texts)
    if data := test_data():
        stories = data / "models" / "stories260K" / "hf"
        story = (data / "text" / "tinystories" / "tinystories_sample_cs336.txt").read_text(encoding="utf-8")
        compare(program, stories, Tokenizer.from_file(str(stories / "tokenizer.json")), [*texts, story[:20000]])
    else:
        skipped("no test data: set BITLOOM_TEST_DATA")
    for name, pattern in (("gpt2-form", GPT2), ("llama3-form", LLAMA3)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.mkdir()
            compare(program, path, train_byte_level(path, pattern), texts)


main(sys.argv[1])
