// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"
#include "core/workbench/session/memory.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

Json slotJson(const Model& model, const Slot& slot)
{
    const StoredTensor tensor = model.tensorOf(slot);
    return {{"name", slot.name},
            {"tensor", slot.tensor},
            {"role", roleName(slot.role)},
            {"block", slot.block},
            {"shape", tensor.shape},
            {"type", tensor.type},
            {"parameters", elementCount(tensor.shape)},
            {"bytes", tensor.storedBytes()},
            {"quantizable", slot.quantizable}};
}

/// Every tensor of the file, whether it can be read or not.
Json tensorsJson(const Model& model)
{
    Json tensors = Json::array();
    for (const StoredTensor& tensor : model.checkpoint.tensors)
        tensors.push_back({{"name", tensor.name},
                           {"shape", tensor.shape},
                           {"type", tensor.type},
                           {"parameters", elementCount(tensor.shape)},
                           {"bytes", static_cast<int64_t>(tensor.bytes.size())},
                           {"readable", tensor.scheme != nullptr}});
    return tensors;
}

int64_t sumOf(const Json& rows, const char* member)
{
    int64_t sum = 0;
    for (const Json& row : rows)
        sum += row[member].get<int64_t>();
    return sum;
}

Json modelJson(const Workbench& workbench)
{
    const Model& model = workbench.model();
    Json slots = Json::array();
    for (const Slot& slot : model.graph.slots)
        slots.push_back(slotJson(model, slot));
    const Json tensors = tensorsJson(model);
    const MemoryEstimate memory = estimateMemory(model, Recipe());
    return {{"name", model.name},
            {"path", model.checkpoint.path},
            {"format", model.checkpoint.format},
            {"architecture", model.architecture},
            {"runnable", model.runnable()},
            {"missing", model.missing},
            {"notice", model.notice},
            {"identity", model.identity},
            {"quantization", model.quantization.empty() ? Json() : Json(model.quantization)},
            {"parameters", sumOf(tensors, "parameters")},
            {"tensor_bytes", sumOf(tensors, "bytes")},
            {"file_bytes", model.checkpoint.fileBytes},
            {"context", model.graph.contextLength == kNoLastPosition
                            ? Json() // as long as one likes
                            : Json(model.graph.contextLength)},
            {"vocabulary", model.graph.vocabulary},
            {"blocks", model.graph.blocks},
            {"tokenizer", model.tokenizer ? Json(model.tokenizer->data().kind) : Json()},
            {"memory",
             {{"original", memory.original},
              {"quantized", memory.quantized},
              {"key_value_cache", memory.keyValueCache}}},
            {"slots", slots},
            {"tensors", tensors}};
}

std::string text(const Json& json)
{
    return json.is_string() ? json.get<std::string>() : json.dump();
}

void printModel(const Json& model)
{
    print("%s: %s, %s parameters, %s\n", text(model["name"]).c_str(),
          text(model["architecture"]).empty() ? "unknown architecture"
                                              : text(model["architecture"]).c_str(),
          text(model["parameters"]).c_str(), bytesText(model["file_bytes"].get<int64_t>()).c_str());
    if (!model["runnable"].get<bool>())
        print("%s\n", text(model["missing"]).c_str());
    print("%-36s %-16s %-8s %16s %12s\n", "slot", "shape", "type", "parameters", "bytes");
    for (const Json& slot : model["slots"])
        print("%-36s %-16s %-8s %16s %12s  %s%s\n", text(slot["name"]).c_str(),
              slot["shape"].dump().c_str(), text(slot["type"]).c_str(),
              text(slot["parameters"]).c_str(), text(slot["bytes"]).c_str(),
              text(slot["role"]).c_str(), slot["quantizable"].get<bool>() ? "" : " (kept)");
    print("%zu tensors, %s parameters, %s bytes\n", model["tensors"].size(),
          text(model["parameters"]).c_str(), text(model["tensor_bytes"]).c_str());
}

Action declareInfo(CLI::App& command)
{
    const auto options = std::make_shared<ModelOptions>();
    options->add(command);
    return [options] {
        const Json model = modelJson(*options->open());
        if (options->json)
            printJson(model);
        else
            printModel(model);
    };
}

} // namespace

Verb infoVerb()
{
    return {"info", "what a model is made of",
            "name, path, format, architecture, runnable, missing, notice, quantization (null: "
            "the weights are not quantized already), identity, parameters, tensor_bytes, "
            "file_bytes, context, vocabulary, blocks, tokenizer, memory {original, quantized, "
            "key_value_cache}, slots [{name, tensor, role, block, shape, type, parameters, "
            "bytes, quantizable}], tensors [{name, shape, type, parameters, bytes, readable}]",
            &declareInfo};
}

} // namespace bitloom
