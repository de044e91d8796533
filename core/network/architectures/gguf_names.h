// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bitloom {

/// How a family's tensors are called in GGUF and by Hugging Face, ".weight" and ".bias" aside.
struct GgufNames {
    using Pair = std::pair<std::string_view, std::string_view>; ///< GGUF, Hugging Face
    std::string_view blockPrefix; ///< of blocks by Hugging Face: "model.layers."; GGUF says "blk."
    std::span<const Pair> outer;
    std::span<const Pair> inBlock;

    /// The other world's name; unknown names stay.
    std::string toHuggingFace(const std::string& name) const;
    std::string toGguf(const std::string& name) const;
    /// The same of a whole name, with its ".weight" or ".bias".
    std::string tensorToHuggingFace(const std::string& name) const;
    std::string tensorToGguf(const std::string& name) const;
};

/// Values among a GGUF's keys; `family` is the prefix of the keys that are asked for without one.
class GgufNumbers {
public:
    GgufNumbers(std::string_view family, const Checkpoint& checkpoint)
        : m_family(family)
        , m_checkpoint(checkpoint)
    {
    }
    std::string_view family() const { return m_family; }
    bool has(const std::string& key) const { return m_checkpoint.metadata.contains(keyOf(key)); }
    /// By whole key; a list of the same number for every block counts as that number. Error when it
    /// is there and no number.
    std::optional<double> find(const std::string& key) const;
    /// At least 1. Error when it is missing or makes no sense.
    int64_t whole(const std::string& key) const;
    int64_t whole(const std::string& key, int64_t otherwise) const;
    /// Error when it is missing.
    double real(const std::string& key) const;
    double real(const std::string& key, double otherwise) const;
    /// Above 0 and finite. Error when it is missing or is not.
    double positive(const std::string& key) const;
    double positive(const std::string& key, double otherwise) const;
    /// Error when it is there and no text.
    std::string text(const std::string& key, const std::string& otherwise) const;
    /// How many tokens the key says or, where there is none, the table of words holds. Error when
    /// both are missing.
    int64_t vocabulary() const;
    /// bos_token_id and eos_token_id, where the tokenizer's keys have them.
    void readTokens(nlohmann::json& configuration) const;

private:
    std::string keyOf(const std::string& key) const { return std::string(m_family) + "." + key; }

    std::string_view m_family;
    const Checkpoint& m_checkpoint;
};

} // namespace bitloom
