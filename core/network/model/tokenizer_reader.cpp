// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/side_files.h"
#include "core/network/tokenizers/tokenizer_characters.h"
#include "core/network/tokenizers/tokenizer_gguf.h"
#include "core/network/tokenizers/tokenizer_json.h"
#include "core/network/tokenizers/tokenizer_wordpiece.h"

namespace bitloom {

std::optional<TokenizerData> readTokenizerData(const Checkpoint& checkpoint)
{
    if (checkpoint.sideFiles.contains("tokenizer.json"))
        return tokenizerFromJson(checkpoint.sideFiles);
    if (hasCharacterVocabulary(checkpoint.sideFiles))
        return tokenizerFromCharacters(checkpoint.sideFiles);
    const auto keys = checkpoint.sideFiles.find(kGgufTokenizerFile);
    if (keys != checkpoint.sideFiles.end())
        return tokenizerFromGguf(ggufTokenizerKeys(keys->second));
    if (checkpoint.metadata.contains("tokenizer.ggml.model"))
        return tokenizerFromGguf(checkpoint.metadata);
    if (checkpoint.sideFiles.contains("vocab.txt"))
        return wordPieceFromVocabulary(checkpoint.sideFiles);
    return std::nullopt;
}

} // namespace bitloom
