// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizers.h"

#include "core/base/error.h"

namespace bitloom {

namespace {

/// Error when types or ids do not fit the token list.
void check(const TokenizerData& data)
{
    const auto count = static_cast<int32_t>(data.tokens.size());
    if (data.types.size() != data.tokens.size())
        throw Error("tokenizer", "there are " + std::to_string(count) + " tokens but " +
                                     std::to_string(data.types.size()) + " token types");
    if (!data.scores.empty() && data.scores.size() < data.tokens.size())
        throw Error("tokenizer", "there are fewer scores than tokens");
    std::set<int32_t> ids = data.endOfText;
    ids.insert({data.bos, data.endOfSequence, data.unknown});
    if (*ids.begin() < -1 || *ids.rbegin() >= count)
        throw Error("tokenizer", "a special token's id lies outside the vocabulary of " +
                                     std::to_string(count) + " tokens");
    if ((data.addBos && data.bos < 0) || (data.addEos && data.endOfSequence < 0))
        throw Error("tokenizer", "a token is to be added to every text, but nobody says which");
}

} // namespace

const std::vector<TokenizerKind>& tokenizerKinds()
{
    static const std::vector<TokenizerKind> kKinds = {
        {"llama", "SentencePiece-style BPE with byte fallback", &makeLlamaTokenizer},
        {"gpt2", "byte-level BPE", &makeGpt2Tokenizer},
        {"bpe", "BPE of characters", &makeBpeTokenizer},
        {"char", "characters", &makeCharTokenizer},
        {"wordpiece", "WordPiece", &makeWordPieceTokenizer},
    };
    return kKinds;
}

std::unique_ptr<Tokenizer> makeTokenizer(TokenizerData data)
{
    for (const TokenizerKind& kind : tokenizerKinds()) {
        if (kind.id != data.kind)
            continue;
        check(data);
        return kind.make(std::move(data));
    }
    throw Error("tokenizer", "there is no tokenizer of the kind '" + data.kind + "'");
}

} // namespace bitloom
