// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers.h"

#include "core/error.h"

namespace bitloom {

const std::vector<TokenizerKind>& tokenizerKinds()
{
    static const std::vector<TokenizerKind> kKinds = {
        {"llama", "SentencePiece-style BPE with byte fallback", &makeLlamaTokenizer},
        {"gpt2", "byte-level BPE", &makeGpt2Tokenizer},
        {"bpe", "BPE of characters", &makeBpeTokenizer},
        {"char", "characters", &makeCharTokenizer},
    };
    return kKinds;
}

std::unique_ptr<Tokenizer> makeTokenizer(TokenizerData data)
{
    for (const TokenizerKind& kind : tokenizerKinds()) {
        if (kind.id == data.kind)
            return kind.make(std::move(data));
    }
    throw Error("tokenizer", "there is no tokenizer of the kind '" + data.kind + "'");
}

} // namespace bitloom
