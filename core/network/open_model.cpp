// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model.h"

#include "core/error.h"
#include "core/network/architectures.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

std::string displayName(const std::string& path)
{
    std::filesystem::path named = std::filesystem::path(path).lexically_normal();
    if (named.filename().empty())
        named = named.parent_path();
    return named.filename().string();
}

json parsedConfiguration(const Checkpoint& checkpoint, const std::string& text)
{
    json configuration = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!configuration.is_object())
        throw Error("open", "config.json of " + checkpoint.path + " is not a JSON object");
    return configuration;
}

std::string text(const std::map<std::string, MetadataValue>& metadata, const std::string& key)
{
    const auto found = metadata.find(key);
    const auto* value =
        found == metadata.end() ? nullptr : std::get_if<std::string>(&found->second);
    return value ? *value : std::string();
}

/// What the file calls its architecture, for people.
std::string architectureName(const json& configuration)
{
    const auto names = configuration.find("architectures");
    if (names != configuration.end() && names->is_array() && !names->empty() &&
        names->front().is_string())
        return names->front().get<std::string>();
    const auto type = configuration.find("model_type");
    return type != configuration.end() && type->is_string() ? type->get<std::string>() : "unnamed";
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
    if (!architecture)
        model.missing = unknownArchitecture(architectureName(configuration));
    return architecture;
}

/// Slots for everything that reads as floats, when nobody knows what it is for.
Graph looseSlots(const Checkpoint& checkpoint)
{
    Graph graph;
    for (const StoredTensor& tensor : checkpoint.tensors) {
        if (!tensor.scheme || tensor.shape.empty() || elementCount(tensor.shape) == 0)
            continue;
        Slot slot;
        slot.name = tensor.name.ends_with(".weight") ? tensor.name.substr(0, tensor.name.size() - 7)
                                                     : tensor.name;
        slot.tensor = tensor.name;
        slot.rows = tensor.rows();
        slot.columns = tensor.columns();
        slot.quantizable = tensor.shape.size() >= 2;
        graph.slots.push_back(std::move(slot));
    }
    return graph;
}

std::string unreadableSlot(const Model& model)
{
    for (const Slot& slot : model.graph.slots)
        if (const StoredTensor& tensor = model.storedOf(slot);
            !tensor.scheme || (slot.view.transposed && !tensor.scheme->isPlain()))
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
                        graph.values[static_cast<size_t>(graph.programs.front().input)].name + ".";
}

/// A tokenizer we cannot honour exactly leaves the weights to look at, like none at all.
void readTokenizer(Model& model)
{
    try {
        if (auto data = readTokenizerData(model.checkpoint))
            model.tokenizer = makeTokenizer(std::move(*data));
        else
            model.missing = "Only the weights can be looked at: the model has no tokenizer.";
    } catch (const Error& error) {
        model.missing = std::string("Only the weights can be looked at: ") + error.what() + ".";
    }
}

/// A model that cannot run keeps its slots (and their roles where they are known) and loses its
/// programs.
void makeInspectOnly(Model& model)
{
    if (model.graph.slots.empty() || !unreadableSlot(model).empty())
        model.graph = looseSlots(model.checkpoint);
    model.graph.programs.clear();
    for (Slot& slot : model.graph.slots)
        slot.uses.clear();
}

void understand(Model& model)
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

} // namespace

std::shared_ptr<const Model> openModel(const std::string& path)
{
    auto model = std::make_shared<Model>();
    model->name = displayName(path);
    model->checkpoint = openCheckpoint(path);
    model->identity = model->checkpoint.identity();
    try {
        understand(*model);
    } catch (const json::exception& error) { // a value of another type than its key calls for
        throw Error("open",
                    "the configuration of " + path + " cannot be understood: " + error.what());
    }
    if (!model->runnable() && !model->runsOnValues())
        makeInspectOnly(*model);
    return model;
}

} // namespace bitloom
