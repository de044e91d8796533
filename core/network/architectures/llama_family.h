// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/gguf_names.h"
#include "core/network/architectures/transformer_builder.h"
#include "core/network/model/architecture.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

/// A family of networks that are Llamas but for little, and how it differs.
struct LlamaFamily {
    std::string_view id;    ///< in Errors; GGUF's general.architecture, and in front of its keys
    std::string_view title; ///< for people
    /// What transformers calls them under "architectures" and "model_type"; the first ones are
    /// given to what a GGUF holds.
    std::span<const std::string_view> classes;
    std::span<const std::string_view> modelTypes;
    std::span<const Field> fields; ///< of config.json, as far as they mean something else
    GgufNames ggufNames;
    /// Whether a GGUF keeps the two numbers of a rotated pair side by side (llama.cpp's rope NORM).
    bool rowsInPairs = false;
    /// What is otherwise in the network; null: nothing.
    void (*vary)(const nlohmann::json& configuration, Transformer& transformer) = nullptr;
    /// Empty, or what else a configuration asks for that is not computed; null: nothing.
    std::string (*alsoUnsupported)(const nlohmann::json& configuration) = nullptr;
};

// The columns of its row.
bool isOfFamily(const LlamaFamily& family, const nlohmann::json& configuration);
std::string llamaUnsupported(const LlamaFamily& family, const nlohmann::json& configuration,
                             const Checkpoint& checkpoint);
/// RMSNorm, rotate-half rope, grouped-query attention, SwiGLU, tied or separate head (transformers,
/// modeling_llama.py), and what the family does otherwise.
Graph buildLlama(const LlamaFamily& family, const nlohmann::json& configuration,
                 const Checkpoint& checkpoint);
/// Empty, or the key of a GGUF's metadata that asks for what is not computed.
std::string llamaGgufUnsupported(const LlamaFamily& family, const Checkpoint& checkpoint);
/// Gives a GGUF's tensors their Hugging Face names, undoes the permutation of queries and keys, and
/// makes a configuration of the metadata. Error naming a key that is missing or odd.
nlohmann::json adoptLlamaGguf(const LlamaFamily& family, Checkpoint& checkpoint);
/// Keys and tensors as llama.cpp's loader wants them.
GgufPlan llamaGgufPlan(const LlamaFamily& family, const nlohmann::json& configuration,
                       const Graph& graph);

/// The family's row of the architectures table.
template <const LlamaFamily& family>
Architecture llamaLike()
{
    using nlohmann::json;
    return {
        family.id,
        family.title,
        "language models",
        [](const json& c) { return isOfFamily(family, c); },
        [](const json& c, const Checkpoint& files) { return llamaUnsupported(family, c, files); },
        [](const json& c, const Checkpoint& files) { return buildLlama(family, c, files); },
        [](const Checkpoint& files) { return llamaGgufUnsupported(family, files); },
        [](Checkpoint& files) { return adoptLlamaGguf(family, files); },
        [](const json& c, const Graph& graph) { return llamaGgufPlan(family, c, graph); },
    };
}

} // namespace bitloom
