// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/configuration.h"
#include "core/network/architectures/families.h"
#include "core/network/architectures/llama_family.h"
#include "core/network/architectures/llama_gguf_names.h"

#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr int64_t kMistralWindow = 4096;
constexpr auto kClasses =
    std::to_array<std::string_view>({"LlamaForCausalLM", "MistralForCausalLM"});
constexpr auto kModelTypes = std::to_array<std::string_view>({"llama", "mistral"});

bool isMistral(const json& configuration)
{
    return architectureName(configuration) == kClasses[1] ||
           modelType(configuration) == kModelTypes[1];
}

/// A window that no text is longer than hides nothing. MistralConfig has one of 4096 unless it says
/// otherwise, null included.
std::string windowUnsupported(const json& configuration)
{
    const ConfigurationReader read("llama", configuration);
    const bool assumed = isMistral(configuration) && !configuration.contains("sliding_window");
    if (!assumed && !read.has("sliding_window"))
        return {};
    const int64_t window = assumed ? kMistralWindow : read.whole("sliding_window");
    const int64_t context = read.whole("max_position_embeddings");
    return window >= context
               ? std::string()
               : "attention with a sliding window is not supported, and it has one of " +
                     std::to_string(window) + " tokens in a context of " + std::to_string(context) +
                     (assumed ? " (a Mistral whose sliding_window is not null)" : "");
}

constexpr LlamaFamily kLlama = {
    .id = "llama",
    .title = "Llama",
    .classes = kClasses,
    .modelTypes = kModelTypes,
    .fields = {},
    .ggufNames = kLlamaGgufNames,
    .rowsInPairs = true,
    .alsoUnsupported = windowUnsupported,
};

} // namespace

Architecture llamaArchitecture()
{
    return llamaLike<kLlama>();
}

} // namespace bitloom
