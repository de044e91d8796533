// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/gguf_names.h"

#include "core/base/error.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

constexpr std::string_view kGgufBlock = "blk.";

/// Replaces `stem` by its partner in `names`; false when it is not there.
bool translate(std::span<const GgufNames::Pair> names, std::string& stem, bool toHuggingFace)
{
    for (const auto& [gguf, hf] : names)
        if (stem == (toHuggingFace ? gguf : hf)) {
            stem = toHuggingFace ? hf : gguf;
            return true;
        }
    return false;
}

/// Splits "PREFIX12.REST" into "12" and "REST".
std::optional<std::pair<std::string, std::string>> splitBlock(const std::string& name,
                                                              std::string_view prefix)
{
    const size_t dot = name.find('.', prefix.size());
    if (!name.starts_with(prefix) || dot == std::string::npos || dot == prefix.size())
        return std::nullopt;
    return std::pair(name.substr(prefix.size(), dot - prefix.size()), name.substr(dot + 1));
}

std::string translated(const GgufNames& names, const std::string& name, bool toHuggingFace)
{
    const std::string_view from = toHuggingFace ? kGgufBlock : names.blockPrefix;
    const std::string_view to = toHuggingFace ? names.blockPrefix : kGgufBlock;
    if (auto block = splitBlock(name, from);
        block && translate(names.inBlock, block->second, toHuggingFace))
        return std::string(to) + block->first + "." + block->second;
    std::string stem = name;
    translate(names.outer, stem, toHuggingFace);
    return stem;
}

/// "wte.weight" and "h.0.ln_1.bias" cut into stem and kind.
std::pair<std::string, std::string> cutKind(const std::string& name)
{
    const size_t dot = name.rfind('.');
    return {name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot)};
}

} // namespace

std::string GgufNames::toHuggingFace(const std::string& name) const
{
    return translated(*this, name, true);
}

std::string GgufNames::toGguf(const std::string& name) const
{
    return translated(*this, name, false);
}

std::string GgufNames::tensorToHuggingFace(const std::string& name) const
{
    const auto [stem, kind] = cutKind(name);
    return toHuggingFace(stem) + kind;
}

std::string GgufNames::tensorToGguf(const std::string& name) const
{
    const auto [stem, kind] = cutKind(name);
    return toGguf(stem) + kind;
}

std::optional<double> GgufNumbers::find(const std::string& key) const
{
    const auto found = m_checkpoint.metadata.find(key);
    if (found == m_checkpoint.metadata.end()) {
        if (m_checkpoint.encodedKeys.contains(key)) // an array of arrays
            throw Error("gguf", "the key " + key + " of " + m_checkpoint.path + " is not a number");
        return std::nullopt;
    }
    // One number per block; ggufKeysUnsupported found them to be the same.
    if (const auto* values = std::get_if<std::vector<int64_t>>(&found->second);
        values && !values->empty())
        return static_cast<double>(values->front());
    if (const auto* values = std::get_if<std::vector<double>>(&found->second);
        values && !values->empty())
        return values->front();
    if (const auto* value = std::get_if<int64_t>(&found->second))
        return static_cast<double>(*value);
    if (const auto* value = std::get_if<uint64_t>(&found->second))
        return static_cast<double>(*value);
    if (const auto* value = std::get_if<double>(&found->second))
        return *value;
    throw Error("gguf", "the key " + key + " of " + m_checkpoint.path + " is not a number");
}

double GgufNumbers::real(const std::string& key) const
{
    const std::optional<double> value = find(keyOf(key));
    if (!value)
        throw Error("gguf", "the metadata of " + m_checkpoint.path + " has no key " + keyOf(key));
    return *value;
}

double GgufNumbers::real(const std::string& key, double otherwise) const
{
    return find(keyOf(key)).value_or(otherwise);
}

double GgufNumbers::positive(const std::string& key) const
{
    const double value = real(key);
    if (!(value > 0) || !std::isfinite(value))
        throw Error("gguf", "the key " + keyOf(key) + " of " + m_checkpoint.path +
                                " makes no sense: " + std::to_string(value));
    return value;
}

double GgufNumbers::positive(const std::string& key, double otherwise) const
{
    return find(keyOf(key)) ? positive(key) : otherwise;
}

std::string GgufNumbers::text(const std::string& key, const std::string& otherwise) const
{
    const auto found = m_checkpoint.metadata.find(keyOf(key));
    if (found == m_checkpoint.metadata.end())
        return otherwise;
    if (const auto* value = std::get_if<std::string>(&found->second))
        return *value;
    throw Error("gguf", "the key " + keyOf(key) + " of " + m_checkpoint.path + " is not text");
}

int64_t GgufNumbers::whole(const std::string& key) const
{
    const double value = real(key);
    if (!(value >= 1) || value > 1e9)
        throw Error("gguf", "the key " + keyOf(key) + " of " + m_checkpoint.path +
                                " makes no sense: " + std::to_string(value));
    return static_cast<int64_t>(value);
}

int64_t GgufNumbers::whole(const std::string& key, int64_t otherwise) const
{
    return find(keyOf(key)) ? whole(key) : otherwise;
}

int64_t GgufNumbers::vocabulary() const
{
    if (find(keyOf("vocab_size")))
        return whole("vocab_size");
    const StoredTensor* words = m_checkpoint.find("token_embd.weight");
    if (!words)
        throw Error("gguf", "tensor token_embd.weight is missing from " + m_checkpoint.path);
    return words->rows();
}

void GgufNumbers::readTokens(nlohmann::json& configuration) const
{
    for (const char* key : {"bos_token_id", "eos_token_id"})
        if (const auto id = find(std::string("tokenizer.ggml.") + key))
            configuration[key] = static_cast<int64_t>(*id);
}

} // namespace bitloom
