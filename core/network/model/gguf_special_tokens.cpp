// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/gguf_special_tokens.h"

#include "core/network/tokenizers/tokenizer_parts.h"

#include <array>

namespace bitloom {

namespace {

/// A token by its name in Hugging Face's files, and the key of its id in GGUF (which spells one of
/// them wrong).
struct SpecialToken {
    const char* name;
    const char* key;
};
constexpr auto kSpecialTokens =
    std::to_array<SpecialToken>({{"pad_token", "tokenizer.ggml.padding_token_id"},
                                 {"sep_token", "tokenizer.ggml.seperator_token_id"},
                                 {"cls_token", "tokenizer.ggml.cls_token_id"},
                                 {"mask_token", "tokenizer.ggml.mask_token_id"}});

int32_t idByName(const TokenizerData& data, const parts::Json& file, const std::string& name)
{
    const parts::Json& token = parts::member(file, name.c_str());
    const std::string text =
        token.is_object() ? parts::textOf(token, "content") : parts::textOf(file, name.c_str());
    return text.empty() ? -1 : parts::idOf(data, text);
}

int32_t idByNumber(const TokenizerData& data, const parts::Json& file, const std::string& name)
{
    const parts::Json& id = parts::member(file, (name + "_id").c_str());
    return id.is_number_unsigned() && id.get<uint64_t>() < data.tokens.size() ? id.get<int32_t>()
                                                                              : -1;
}

} // namespace

std::vector<GgufEntry> ggufSpecialTokens(const TokenizerData& data,
                                         const std::map<std::string, std::string>& sideFiles)
{
    std::vector<GgufEntry> entries;
    for (const SpecialToken& token : kSpecialTokens) {
        int32_t id = -1;
        for (const char* file : {"tokenizer_config.json", "special_tokens_map.json"})
            if (id < 0)
                id = idByName(data, parts::parsed(sideFiles, file), token.name);
        for (const char* file : {"generation_config.json", "config.json"})
            if (id < 0)
                id = idByNumber(data, parts::parsed(sideFiles, file), token.name);
        if (id >= 0)
            entries.push_back({token.key, GgufEntry::Type::U32, static_cast<uint64_t>(id)});
    }
    return entries;
}

} // namespace bitloom
