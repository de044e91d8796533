// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/stored_quantization.h"

#include "core/files/io/names.h"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>

namespace bitloom {

namespace {

using QuantizationJson = nlohmann::json;

QuantizationJson objectOf(const std::map<std::string, std::string>& sideFiles, const char* file)
{
    const auto text = sideFiles.find(file);
    return text == sideFiles.end() ? QuantizationJson()
                                   : QuantizationJson::parse(text->second, nullptr, false);
}

/// The first of some members that is there and not null.
const QuantizationJson* firstOf(const QuantizationJson& stored,
                                std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const auto found = stored.find(name); found != stored.end() && !found->is_null())
            return &*found;
    return nullptr;
}

bool isSet(const QuantizationJson& stored, const char* name)
{
    const auto found = stored.find(name);
    return found != stored.end() && found->is_boolean() && found->get<bool>();
}

/// What the weights of compressed-tensors' first group are; empty for other methods.
QuantizationJson firstGroup(const QuantizationJson& stored)
{
    const QuantizationJson* groups = firstOf(stored, {"config_groups"});
    if (!groups || !groups->is_object() || groups->empty() || !groups->front().is_object())
        return QuantizationJson::object();
    const QuantizationJson* weights = firstOf(groups->front(), {"weights"});
    return weights && weights->is_object() ? *weights : QuantizationJson::object();
}

std::optional<int64_t> numberIn(const QuantizationJson& stored,
                                std::initializer_list<const char*> names)
{
    const QuantizationJson* number = firstOf(stored, names);
    return number && number->is_number_integer() ? std::optional(number->get<int64_t>())
                                                 : std::nullopt;
}

std::optional<int64_t> bitsIn(const QuantizationJson& stored)
{
    for (const char* prefix : {"", "_"})
        for (const int64_t bits : {4, 8})
            if (isSet(stored, (prefix + ("load_in_" + std::to_string(bits)) + "bit").c_str()))
                return bits;
    return numberIn(stored, {"bits", "w_bit", "nbits", "num_bits"});
}

std::string methodIn(const QuantizationJson& stored)
{
    const QuantizationJson* method = firstOf(stored, {"quant_method", "quant_type", "format"});
    return method && method->is_string() ? shown(method->get<std::string>())
                                         : "a method without a name";
}

/// bitsandbytes writes its settings also where it was told to leave everything alone.
bool isSwitchedOff(const QuantizationJson& stored)
{
    return methodIn(stored) == "bitsandbytes" && !bitsIn(stored) && stored.contains("load_in_8bit");
}

std::string described(const QuantizationJson& stored, const std::string& method)
{
    if (!stored.is_object() || stored.empty() || isSwitchedOff(stored))
        return {};
    const QuantizationJson group = firstGroup(stored);
    std::string text = method.empty() ? methodIn(stored) : method;
    const std::optional<int64_t> ofGroup = bitsIn(group);
    if (const std::optional<int64_t> bits = ofGroup ? ofGroup : bitsIn(stored))
        text += ", " + std::to_string(*bits) + " bits";
    const std::optional<int64_t> whole = numberIn(stored, {"group_size", "q_group_size"});
    const std::optional<int64_t> size = whole ? whole : numberIn(group, {"group_size"});
    if (size && *size > 0)
        text += ", group size " + std::to_string(*size);
    if (const auto* blocks = firstOf(stored, {"weight_block_size"}))
        text += ", blocks of " + shown(blocks->dump());
    return text;
}

} // namespace

std::string storedQuantization(const std::map<std::string, std::string>& sideFiles)
{
    const QuantizationJson configuration = objectOf(sideFiles, "config.json");
    if (configuration.is_object())
        if (const QuantizationJson* own =
                firstOf(configuration, {"quantization_config", "compression_config"}))
            return described(*own, {});
    const QuantizationJson gptq = objectOf(sideFiles, "quantize_config.json");
    if (gptq.is_object() && !gptq.empty())
        return described(gptq, gptq.contains("quant_method") ? "" : "gptq");
    const QuantizationJson awq = objectOf(sideFiles, "quant_config.json");
    return awq.is_object() && !awq.empty() ? described(awq, "awq") : std::string();
}

} // namespace bitloom
