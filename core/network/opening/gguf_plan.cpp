// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/gguf_plan.h"

#include "core/base/error.h"
#include "core/files/io/names.h"
#include "core/network/architectures/architectures.h"
#include "core/network/model/chat_templates.h"
#include "core/network/model/gguf_special_tokens.h"
#include "core/network/tokenizers/tokenizer_gguf.h"

#include <algorithm>

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

/// llama.cpp wants exactly one token per row of the embedding: rows without one get a name, tokens
/// without a row have no place.
std::vector<GgufEntry> tokensForEachRow(const TokenizerData& data, int64_t vocabulary)
{
    if (static_cast<int64_t>(data.tokens.size()) > vocabulary)
        throw Error("gguf", "the tokenizer has " + std::to_string(data.tokens.size()) +
                                " tokens, the network only " + std::to_string(vocabulary));
    return ggufTokenizerMetadata(data, vocabulary);
}

/// Keys that hold for the file they are in: writing another sets them anew.
bool isOfItsFile(const std::string& key)
{
    return key.starts_with("split.") || key == "general.alignment" || key == "general.file_type" ||
           key == "general.quantization_version";
}

/// A GGUF's own keys, also those that we do not know, in place of ours.
void carryKeys(const Checkpoint& checkpoint, std::vector<GgufEntry>& metadata)
{
    std::erase_if(metadata, [](const GgufEntry& entry) { return !isOfItsFile(entry.key); });
    for (const auto& [key, encoded] : checkpoint.encodedKeys)
        if (!isOfItsFile(key))
            metadata.push_back({key, GgufEntry::Type::Encoded, encoded});
}

/// What a safetensors header says that is not about the file itself.
void carryAnnotations(const Checkpoint& checkpoint, std::vector<GgufEntry>& metadata)
{
    for (const auto& [key, text] : checkpoint.annotations)
        if (key != "format")
            metadata.push_back({"safetensors." + key, GgufEntry::Type::String, text});
}

bool isExtra(const GgufPlan& plan, const std::string& name)
{
    return std::any_of(plan.extra.begin(), plan.extra.end(),
                       [&](const TensorToWrite& extra) { return extra.name == name; });
}

/// The tensors that the network has no place for: a GGUF's own are carried over; llama.cpp loads no
/// file with one that it does not know.
void addUnused(const Model& model, GgufPlan& plan)
{
    const bool fromGguf = model.checkpoint.format == "gguf";
    for (const Slot& slot : model.graph.slots) {
        if (!slot.uses.empty())
            continue;
        const StoredTensor& tensor = model.storedOf(slot);
        if (fromGguf) {
            std::erase_if(plan.extra,
                          [&](const TensorToWrite& extra) { return extra.name == tensor.name; });
            plan.extra.push_back(copyOf(tensor));
        } else if (!isExtra(plan, tensor.name)) {
            plan.leftOut.push_back("Tensor " + shown(tensor.name) +
                                   ", which the network never reads, has no place in a GGUF.");
        }
    }
}

/// Names the tokens that end a text and for which GGUF has no key left.
void sayLostEnds(const TokenizerData& data, GgufPlan& plan)
{
    const auto isKept = [&](int32_t id) {
        return std::any_of(plan.metadata.begin(), plan.metadata.end(), [&](const auto& entry) {
            const auto* value = std::get_if<uint64_t>(&entry.value);
            return entry.key.starts_with("tokenizer.ggml.eo") && value &&
                   *value == static_cast<uint64_t>(id);
        });
    };
    for (const int32_t id : data.endOfText)
        if (!isKept(id))
            plan.leftOut.push_back("Token " + std::to_string(id) + ", " +
                                   shown(data.tokens[static_cast<size_t>(id)]) +
                                   ", also ends a text; GGUF has no key left to say so.");
}

/// Tokenizer and templates of a Hugging Face folder.
void addTexts(const Model& model, GgufPlan& plan)
{
    const TokenizerData& data = model.tokenizer->data();
    std::vector<GgufEntry> entries = tokensForEachRow(data, model.graph.vocabulary);
    const std::vector<GgufEntry> templates =
        ggufChatTemplates(chatTemplates(model.checkpoint.sideFiles));
    entries.insert(entries.end(), templates.begin(), templates.end());
    const std::vector<GgufEntry> special = ggufSpecialTokens(data, model.checkpoint.sideFiles);
    entries.insert(entries.end(), special.begin(), special.end());
    plan.metadata.insert(plan.metadata.end(), entries.begin(), entries.end());
    carryAnnotations(model.checkpoint, plan.metadata);
    sayLostEnds(data, plan);
}

/// Lists of two or more slots.
std::vector<std::vector<int>> storedTogether(const Graph& graph, const GgufPlan& plan)
{
    std::vector<std::vector<int>> groups;
    for (const GgufPlan::Tensor& tensor : plan.tensors)
        if (tensor.slots.size() > 1 && graph.slot(tensor.slots.front()).quantizable)
            groups.push_back(tensor.slots);
    return groups;
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
    addUnused(model, plan);
    return plan;
}

GgufExport ggufExport(const Model& model)
{
    GgufExport made;
    try {
        GgufPlan plan = ggufNetworkPlan(model);
        made.storedTogether = storedTogether(model.graph, plan);
        if (model.checkpoint.encodedKeys.empty())
            addTexts(model, plan);
        else
            carryKeys(model.checkpoint, plan.metadata);
        made.plan = std::make_shared<const GgufPlan>(std::move(plan));
    } catch (const Error& error) {
        made.refusal = error;                          // said when somebody wants such a file
    } catch (const nlohmann::json::exception& error) { // a side file that says odd things
        made.refusal =
            Error("gguf", std::string("this model cannot be written as GGUF: ") + error.what());
    }
    return made;
}

const GgufPlan& ggufPlan(const Model& model)
{
    if (model.gguf.plan)
        return *model.gguf.plan;
    throw model.gguf.refusal.value_or(Error("gguf", "this model cannot be written as GGUF"));
}

} // namespace bitloom
