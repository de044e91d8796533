// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/kept_trials.h"

#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::json;

/// Grows with every change of what a trial measures.
constexpr int64_t kVersion = 1;

Fingerprint trialsKey(const Model& model)
{
    Fingerprint key;
    key.add(kVersion);
    key.add(model.identity);
    return key;
}

Json toJson(const std::optional<double>& number)
{
    return number ? Json(*number) : Json();
}

std::optional<double> numberFrom(const Json& json)
{
    return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

Json toJson(const std::optional<PriorPrediction>& predicted)
{
    if (!predicted)
        return {};
    const PredictionRange& range = predicted->range;
    return {range.value, range.low, range.high, predicted->learntFrom, predicted->slotsMeasured};
}

std::optional<PriorPrediction> predictionFrom(const Json& json)
{
    if (json.is_null())
        return std::nullopt;
    return PriorPrediction{{json.at(0), json.at(1), json.at(2)}, json.at(3), json.at(4)};
}

Json toJson(const Model& model, const Changes& changes)
{
    Json all = Json::array();
    for (const auto& [slot, scheme, method, low, high] : changes)
        all.push_back({model.graph.slot(slot).name, scheme, method, toJson(low), toJson(high)});
    return all;
}

Changes changesFrom(const Model& model, const Json& json)
{
    Changes changes;
    for (const Json& change : json) {
        const int slot = model.graph.findSlot(change.at(0).get<std::string>());
        if (slot < 0)
            throw Json::other_error::create(500, "no such slot", &change);
        changes.emplace_back(slot, change.at(1), change.at(2), numberFrom(change.at(3)),
                             numberFrom(change.at(4)));
    }
    return changes;
}

} // namespace

KeptTrials::KeptTrials(const Model& model, const MeasurementStore& store)
    : m_model(model)
    , m_entry(store.entry("trials", trialsKey(model)))
{
}

Trials KeptTrials::load() const
{
    Trials trials;
    const Json all = Json::parse(m_entry.read("trials").value_or("[]"), nullptr, false);
    for (const Json& trial : all.is_array() ? all : Json::array()) {
        try {
            const TrialKey key{changesFrom(m_model, trial.at("changes")), trial.at("examples"),
                               trial.at("calibration")};
            trials[key] = {{trial.at("value"), trial.at("error")},
                           predictionFrom(trial.value("predicted", Json()))};
        } catch (const Json::exception&) { // NOLINT(bugprone-empty-catch): measured again
        }
    }
    return trials;
}

void KeptTrials::keep(const Trials& trials) const
{
    Json all = Json::array();
    for (const auto& [key, trial] : trials)
        all.push_back({{"changes", toJson(m_model, key.changes)},
                       {"examples", key.examples},
                       {"calibration", key.calibration},
                       {"value", trial.measured.value},
                       {"error", trial.measured.standardError},
                       {"predicted", toJson(trial.predicted)}});
    m_entry.write("trials", all.dump());
}

} // namespace bitloom
