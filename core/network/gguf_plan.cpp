// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model.h"

#include "core/error.h"
#include "core/network/architectures.h"
#include "core/network/tokenizer_gguf.h"

#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

/// GGUF's general.file_type of the original; informative only, mixes are told by the tensors.
uint64_t fileType(const Model& model)
{
    for (const Slot& slot : model.graph.slots)
        if (slot.quantizable)
            return model.storedOf(slot).type == "f32"    ? 0
                   : model.storedOf(slot).type == "bf16" ? 32
                                                         : 1;
    return 1;
}

/// llama.cpp wants exactly one token per row of the embedding: rows without one get a name.
TokenizerData paddedTokens(TokenizerData data, int64_t vocabulary)
{
    if (static_cast<int64_t>(data.tokens.size()) > vocabulary)
        throw Error("gguf", "the tokenizer has " + std::to_string(data.tokens.size()) +
                                " tokens, the network only " + std::to_string(vocabulary));
    while (static_cast<int64_t>(data.tokens.size()) < vocabulary) {
        data.tokens.push_back("[PAD" + std::to_string(data.tokens.size()) + "]");
        data.types.push_back(TokenType::Unused);
    }
    return data;
}

} // namespace

GgufPlan ggufNetworkPlan(const Model& model)
{
    const Architecture* architecture = findArchitecture(model.architecture);
    if (!model.runnable() || !architecture)
        throw Error("gguf", "this model cannot be written as GGUF. " + model.missing);
    if (!architecture->ggufPlan)
        throw Error("gguf", "GGUF files of the architecture " + model.architecture +
                                " are not written; export safetensors instead");
    GgufPlan plan = architecture->ggufPlan(nlohmann::json::parse(model.configuration), model.graph);
    using Type = GgufEntry::Type;
    std::vector<GgufEntry> metadata = {
        {"general.architecture", Type::String, std::string(architecture->id)},
        {"general.name", Type::String, model.name},
        {"general.file_type", Type::U32, fileType(model)},
        {"general.quantization_version", Type::U32, uint64_t{2}},
    };
    metadata.insert(metadata.end(), plan.metadata.begin(), plan.metadata.end());
    plan.metadata = std::move(metadata);
    return plan;
}

GgufPlan ggufPlan(const Model& model)
{
    GgufPlan plan = ggufNetworkPlan(model);
    const std::vector<GgufEntry> tokenizer =
        ggufTokenizerMetadata(paddedTokens(model.tokenizer->data(), model.graph.vocabulary));
    plan.metadata.insert(plan.metadata.end(), tokenizer.begin(), tokenizer.end());
    return plan;
}

} // namespace bitloom
