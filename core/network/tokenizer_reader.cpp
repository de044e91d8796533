// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizer_gguf.h"
#include "core/network/tokenizer_json.h"

namespace bitloom {

std::optional<TokenizerData> readTokenizerData(const Checkpoint& checkpoint)
{
    if (checkpoint.sideFiles.contains("tokenizer.json"))
        return tokenizerFromJson(checkpoint.sideFiles);
    if (checkpoint.metadata.contains("tokenizer.ggml.model"))
        return tokenizerFromGguf(checkpoint.metadata);
    return std::nullopt;
}

} // namespace bitloom
