#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the small tokenizers and the reference ids beside this script, with PyPI's
`tokenizers`. Usage: make_tokenizers.py [FOLDER OF TEST DATA]"""
import json
import os
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "..", "..", "resources", "sample")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXTS = [
    "",
    " ",
    "Once upon a time there was a little boat.",
    "  two blanks before,  two inside, two behind  ",
    "tabs\tand\nlines\n\n\nand\r\nreturns \t \n mixed",
    "It's we'll THEY'RE I'M don't 'tis o'clock ſ'ſ",
    "numbers 1 12 123 1234567 3.14159 ½ ² Ⅷ ٣٤",
    "Zürich, naïve café, Straße, ŒUVRE, ångström",
    "漢字とかな交じり文。한국어도 조금.",
    "smile 😀 family 👩‍👩‍👧 flag 🇨🇭 zero​width nbsp \u00a0 em\u2003space \u180e\u0085end",
    "<s> not </s> really <unk> and <0x41> bytes",
    "<|begin|>special tokens<|end|> in a text<|begin|> <|end|>",
    "a term of our own: bitloom, bitlooms and Bitloom.",
    "\u2581already\u2581there \u2581 \u2581\u2581",
    "!!!??? ... --- (([[{{<<>>}}]])) #@$%^&*~`|\\/",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbb",
    "e\u0301 combining \u0e01\u0e33 \u0928\u092e\u0938\u094d\u0924\u0947 \U0001F468\u200d\U0001F4BB\x00\x01\x7f",
    "                                 many blanks",
    "The quick brown fox\n    indents\n\tand tabs\n",
]


def byte_level(llama3):
    tokenizer = Tokenizer(models.BPE(ignore_merges=llama3))
    if llama3:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=["<|begin|>", "<|end|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train([os.path.join(SAMPLE, "calibration.txt")], trainer)
    tokenizer.add_tokens([AddedToken("bitloom", normalized=False)])
    if llama3:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])])
    return tokenizer


def characters(unknown, fuse):
    """BPE of characters: no pre-tokenizer, so merges reach over blanks."""
    tokenizer = Tokenizer(models.BPE(unk_token=unknown, fuse_unk=fuse))
    tokenizer.decoder = decoders.Fuse()
    trainer = trainers.BpeTrainer(vocab_size=220, show_progress=False,
                                  special_tokens=[unknown] if unknown else [])
    with open(os.path.join(SAMPLE, "calibration.txt"), encoding="utf-8") as file:
        tokenizer.train_from_iterator(file.read().split("\n"), trainer)
    return tokenizer


def wordpiece():
    """As BERT's, with a limit that long words of the texts pass."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=400, show_progress=False,
                                        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.train([os.path.join(SAMPLE, "calibration.txt")], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def metaspace(sample):
    """The newer form of Llama's tokenizer: a blank in front of the very first word only."""
    described = json.loads(sample.to_str())
    described["normalizer"] = None
    described["pre_tokenizer"] = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False}
    return Tokenizer.from_str(json.dumps(described))


def kept(name, tokenizer):
    """The one that is already here: training breaks ties anew each time."""
    path = os.path.join(HERE, name, "tokenizer.json")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(json.loads(tokenizer.to_str()), file, ensure_ascii=False, separators=(",", ":"))
    return Tokenizer.from_file(path)


def fnv(ids):
    value = 0xCBF29CE484222325
    for i in ids:
        for byte in int(i).to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def main():
    made = {"byte_llama3": byte_level(True), "byte_gpt2": byte_level(False),
            "characters": characters(None, False), "characters_unknown": characters("<unk>", False),
            "characters_fused": characters("<unk>", True), "wordpiece": wordpiece()}
    for name in made:
        made[name] = kept(name, made[name])
    made["sample"] = Tokenizer.from_file(os.path.join(SAMPLE, "tokenizer.json"))
    made["sample_metaspace"] = metaspace(made["sample"])
    cases = []
    for name, tokenizer in made.items():
        for text in TEXTS:
            ids = tokenizer.encode(text).ids
            cases.append({"tokenizer": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids)})
    files = []
    data = sys.argv[1] if len(sys.argv) > 1 else ""
    for model in ("sample", "stories260K", "gpt2-childrens-books") if data else ():
        tokenizer = Tokenizer.from_file(os.path.join(data, "models", model, "hf", "tokenizer.json"))
        for text in ("childrens_books/valid.txt", "tinyshakespeare/tinyshakespeare.txt",
                     "wikitext-2-raw/wiki.test.raw", "hacker_news_titles/hacker_news_2000.txt"):
            with open(os.path.join(data, "text", text), encoding="utf-8", newline="") as file:
                ids = tokenizer.encode(file.read()).ids
            files.append({"model": model, "text": text, "count": len(ids), "first": ids[:8], "fnv": fnv(ids)})
    with open(os.path.join(HERE, "tokenizer_references.json"), "w", encoding="utf-8") as file:
        file.write('{"cases":[\n' + ",\n".join(json.dumps(case) for case in cases) + '\n],\n"files":[\n'
                   + ",\n".join(json.dumps(entry) for entry in files) + "\n]}\n")


if __name__ == "__main__":
    main()
