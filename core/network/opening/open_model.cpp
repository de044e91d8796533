// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/model.h"

#include "core/base/error.h"
#include "core/base/sentence.h"
#include "core/network/architectures/architectures.h"
#include "core/network/architectures/configuration.h"
#include "core/network/model/display_name.h"
#include "core/network/model/gguf_plan.h"
#include "core/network/model/stored_quantization.h"
#include "core/network/opening/loose_slots.h"
#include "core/network/tokenizers/vocabulary_fit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

json parsedConfiguration(const Checkpoint& checkpoint, const std::string& text)
{
    const std::string file = "config.json of " + checkpoint.path;
    try {
        json configuration = json::parse(text);
        if (!configuration.is_object())
            throw Error("open", file + " is not a JSON object");
        return configuration;
    } catch (const json::exception& error) {
        throw Error("open", file + " is not valid JSON: " + error.what());
    }
}

std::string text(const std::map<std::string, MetadataValue>& metadata, const std::string& key)
{
    const auto found = metadata.find(key);
    const auto* value =
        found == metadata.end() ? nullptr : std::get_if<std::string>(&found->second);
    return value ? *value : std::string();
}

/// What the model's own files call it.
std::string claimedName(const Checkpoint& checkpoint)
{
    if (checkpoint.format == "gguf")
        return text(checkpoint.metadata, "general.name");
    const auto file = checkpoint.sideFiles.find("config.json");
    const json configuration = file == checkpoint.sideFiles.end()
                                   ? json()
                                   : json::parse(file->second, nullptr, /*allow_exceptions=*/false);
    const bool named = configuration.is_object() && configuration.contains("_name_or_path") &&
                       configuration["_name_or_path"].is_string();
    return named ? configuration["_name_or_path"].get<std::string>() : std::string();
}

/// What the file calls its network, for people.
std::string shownArchitecture(const json& configuration)
{
    for (std::string name : {architectureName(configuration), modelType(configuration)})
        if (!name.empty())
            return name;
    return "unnamed";
}

const Architecture* matching(const json& configuration)
{
    for (const Architecture& architecture : architectures())
        if (architecture.matches(configuration))
            return &architecture;
    return nullptr;
}

std::string unknownArchitecture(const std::string& name)
{
    return "Only the weights can be looked at: the architecture " + name + " is not known.";
}

/// Empty where there is no reason.
std::string lookedAtOnly(const std::string& reason)
{
    return reason.empty() ? reason : "Only the weights can be looked at: " + reason + ".";
}

/// Finds the configuration and architecture; nullptr sets `missing`.
const Architecture* identify(Model& model, json& configuration)
{
    Checkpoint& checkpoint = model.checkpoint;
    if (checkpoint.format == "gguf") {
        const std::string name = text(checkpoint.metadata, "general.architecture");
        const Architecture* architecture = findArchitecture(name);
        if (architecture && architecture->adoptGguf) {
            model.architecture = architecture->id;
            model.missing = lookedAtOnly(architecture->ggufUnsupported(checkpoint));
            if (!model.missing.empty())
                return nullptr;
            configuration = architecture->adoptGguf(checkpoint);
            return architecture;
        }
        model.missing = architecture
                            ? "Only the weights can be looked at: a " + name +
                                  " is understood from its Hugging Face folder, not from a GGUF."
                            : unknownArchitecture(name.empty() ? "of a file without a name" : name);
        return nullptr;
    }
    const auto file = checkpoint.sideFiles.find("config.json");
    if (file == checkpoint.sideFiles.end()) {
        model.missing = "Only the weights can be looked at: there is no config.json that says "
                        "what network they belong to.";
        return nullptr;
    }
    configuration = parsedConfiguration(checkpoint, file->second);
    const Architecture* architecture = matching(configuration);
    model.quantization = storedQuantization(checkpoint.sideFiles);
    if (!model.quantization.empty()) {
        model.architecture = architecture ? architecture->id : "";
        model.missing = "Only the weights can be looked at: they are already quantized with " +
                        model.quantization + ".";
        return nullptr;
    }
    if (!architecture)
        model.missing = unknownArchitecture(shownArchitecture(configuration));
    return architecture;
}

std::string unreadableSlot(const Model& model)
{
    for (const Slot& slot : model.graph.slots)
        if (const StoredTensor& tensor = model.storedOf(slot);
            !tensor.scheme || !canBeViewed(tensor, slot.view))
            return "Only the weights can be looked at: tensor " + tensor.name + " is stored as " +
                   tensor.type + ", which cannot be read.";
    return {};
}

/// Builds the network, or says in `missing` why it stays unbuilt.
void buildGraph(Model& model, const Architecture& architecture, const json& configuration)
{
    model.missing = lookedAtOnly(architecture.unsupported(configuration, model.checkpoint));
    if (!model.missing.empty())
        return;
    model.graph = architecture.build(configuration, model.checkpoint);
    model.missing = unreadableSlot(model);
}

/// A network without its embedding tables runs on values that are given.
void sayWhatIsLacking(Model& model)
{
    const Graph& graph = model.graph;
    if (model.missing.empty() && !graph.programs.front().readsTokens)
        model.missing = "The checkpoint has no embedding tables: text cannot be read, but the "
                        "network runs on given values of " +
                        graph.value(graph.programs.front().input).name + ".";
}

/// A tokenizer we cannot honour exactly leaves the weights to look at, like none at all.
void readTokenizer(Model& model)
{
    try {
        auto data = readTokenizerData(model.checkpoint);
        if (!data) {
            model.missing = lookedAtOnly("the model has no tokenizer");
            return;
        }
        auto tokenizer = makeTokenizer(std::move(*data));
        model.notice = vocabularyNotice(tokenizer->data(), model.graph.vocabulary);
        model.tokenizer = boundedTokenizer(std::move(tokenizer), model.graph.vocabulary);
    } catch (const Error& error) {
        model.missing = lookedAtOnly(withoutOperations(error.what()));
    }
}

/// Whether all slots can be made of their tensors, read or not.
bool canBeViewed(const Model& model)
{
    return std::all_of(model.graph.slots.begin(), model.graph.slots.end(), [&](const Slot& slot) {
        return canBeViewed(model.storedOf(slot), slot.view);
    });
}

/// A model that cannot run keeps its slots (and their roles where they are known) and loses its
/// programs.
void makeInspectOnly(Model& model)
{
    if (model.graph.slots.empty() || !canBeViewed(model))
        model.graph = looseSlots(model);
    model.graph.programs.clear();
    for (Slot& slot : model.graph.slots) {
        slot.uses.clear();
        slot.quantizable = slot.quantizable && model.storedOf(slot).scheme;
    }
}

void understandNetwork(Model& model)
{
    json configuration;
    const Architecture* architecture = identify(model, configuration);
    if (!architecture)
        return;
    model.architecture = architecture->id;
    model.configuration = configuration.dump(2);
    buildGraph(model, *architecture, configuration);
    sayWhatIsLacking(model);
    if (model.missing.empty())
        readTokenizer(model);
}

void understand(Model& model)
{
    try {
        understandNetwork(model);
    } catch (const TensorMismatch& error) {
        model.missing = lookedAtOnly(withoutOperations(error.what()));
    }
}

} // namespace

std::shared_ptr<const Model> openModel(const std::string& path)
{
    auto model = std::make_shared<Model>();
    model->checkpoint = openCheckpoint(path);
    model->name = displayName(model->checkpoint.path, claimedName(model->checkpoint));
    model->identity = model->checkpoint.identity();
    try {
        understand(*model);
    } catch (const json::exception& error) { // a value of another type than its key calls for
        throw Error("open",
                    "the configuration of " + path + " cannot be understood: " + error.what());
    }
    if (!model->runnable() && !model->runsOnValues())
        makeInspectOnly(*model);
    addUnusedSlots(*model);
    model->gguf = ggufExport(*model);
    if (const std::string& notice = model->checkpoint.notice; !notice.empty())
        model->notice += (model->notice.empty() ? "" : " ") + notice;
    return model;
}

} // namespace bitloom
