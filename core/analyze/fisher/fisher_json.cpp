// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace bitloom {

namespace {

template <typename Number>
bool isSum(Number sum)
{
    return std::isfinite(sum) && sum >= 0;
}

[[noreturn]] void refuseSums()
{
    throw Error("sensitivity", "the measured sensitivities do not fit the model's shapes");
}

/// The sums of one slot, checked: as many as expected, finite and not negative.
std::vector<float> sumsFromJson(const nlohmann::json& array, int64_t expected)
{
    auto sums = array.get<std::vector<float>>();
    if (static_cast<int64_t>(sums.size()) != expected ||
        !std::all_of(sums.begin(), sums.end(), isSum<float>))
        refuseSums();
    return sums;
}

nlohmann::json roundingsToJson(const Fisher& fisher, const Graph& graph)
{
    nlohmann::json values = nlohmann::json::object();
    for (size_t value = 0; value < fisher.roundings.size(); ++value)
        for (const ActivationScheme& scheme : activationSchemes())
            if (const auto damage = fisher.roundingDamage(static_cast<int>(value), scheme))
                values[graph.values[value].name][std::string(scheme.id)] = *damage;
    return values;
}

std::vector<std::vector<double>> roundingsFromJson(const nlohmann::json& values, const Graph& graph)
{
    std::vector<std::vector<double>> roundings(graph.values.size());
    for (size_t value = 0; value < roundings.size(); ++value) {
        if (!values.contains(graph.values[value].name))
            continue;
        for (const ActivationScheme& scheme : activationSchemes()) {
            const nlohmann::json& measured = values.at(graph.values[value].name);
            roundings[value].push_back(measured.at(std::string(scheme.id)).get<double>());
            if (!isSum(roundings[value].back()))
                refuseSums();
        }
    }
    return roundings;
}

Fisher parseFisher(const nlohmann::json& document, const Model& model)
{
    if (document.at("model").get<std::string>() != model.identity)
        throw Error("sensitivity",
                    "the measured sensitivities belong to another model than " + model.name);
    Fisher fisher;
    fisher.windows = document.at("windows").get<int64_t>();
    fisher.predictions = document.at("predictions").get<int64_t>();
    fisher.context = document.at("context").get<int64_t>();
    fisher.seed = document.at("seed").get<uint64_t>();
    for (const Slot& slot : model.graph.slots) {
        SlotFisher measured;
        if (document.at("slots").contains(slot.name)) {
            const nlohmann::json& entry = document.at("slots").at(slot.name);
            measured.rowSums = sumsFromJson(entry.at("rows"), slot.rows);
            measured.columnSums = sumsFromJson(entry.at("columns"), slot.columns);
            measured.total = std::accumulate(measured.rowSums.begin(), measured.rowSums.end(), 0.0);
            if (entry.contains("along"))
                measured.alongWeights = entry.at("along").get<double>();
            if (!isSum(measured.alongWeights.value_or(0)))
                refuseSums();
        }
        fisher.slots.push_back(std::move(measured));
    }
    if (document.contains("values"))
        fisher.roundings = roundingsFromJson(document.at("values"), model.graph);
    return fisher;
}

} // namespace

std::string Fisher::toJson(const Model& model) const
{
    nlohmann::json document = {
        {"model", model.identity},          {"modelName", model.name}, {"windows", windows},
        {"predictions", predictions},       {"context", context},      {"seed", seed},
        {"slots", nlohmann::json::object()}};
    for (size_t i = 0; i < slots.size(); ++i)
        if (!slots[i].empty()) {
            auto& entry = document["slots"][model.graph.slots[i].name];
            entry = {{"rows", slots[i].rowSums}, {"columns", slots[i].columnSums}};
            if (slots[i].alongWeights)
                entry["along"] = *slots[i].alongWeights;
        }
    if (!roundings.empty())
        document["values"] = roundingsToJson(*this, model.graph);
    return document.dump();
}

Fisher Fisher::fromJson(const std::string& text, const Model& model)
{
    try {
        return parseFisher(nlohmann::json::parse(text), model);
    } catch (const nlohmann::json::exception& error) {
        throw Error("sensitivity",
                    std::string("the measured sensitivities cannot be read: ") + error.what());
    }
}

} // namespace bitloom
