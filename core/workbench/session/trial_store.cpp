// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/trial_store.h"

#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/transforms/transform.h"

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

Json toJson(const std::string& text)
{
    return text;
}

Json toJson(const std::optional<double>& number)
{
    return number ? Json(*number) : Json();
}

Json toJson(const std::optional<CorrectionStep>& step)
{
    return step ? Json(rowChoiceText(*step)) : Json();
}

Json toJson(const std::map<std::string, double>& numbers)
{
    return numbers;
}

void take(const Json& json, std::map<std::string, double>& numbers)
{
    numbers = json.get<std::map<std::string, double>>();
}

void take(const Json& json, std::string& text)
{
    text = json.get<std::string>();
}

void take(const Json& json, std::optional<double>& number)
{
    number = json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

void take(const Json& json, std::optional<CorrectionStep>& step)
{
    step = json.is_null() ? std::nullopt : std::optional(parseCorrection(json.get<std::string>()));
}

/// Where a field of an encoding stands behind the slot's name: those that came after the transforms
/// stand behind them.
size_t placeOf(size_t field)
{
    constexpr size_t kBeforeTransforms = 4;
    return field < kBeforeTransforms ? 1 + field : 2 + field;
}
constexpr size_t kTransformsPlace = 5;

/// The slot's name, every field of its encoding, and what transforms made of it.
Json toJson(const Graph& graph, const SlotKey& key)
{
    Json all = {graph.slot(key.slot).name};
    all[kTransformsPlace] = key.transforms;
    size_t at = 0;
    forEachField(key.encoding,
                 [&](const char*, const auto& field) { all[placeOf(at++)] = toJson(field); });
    return all;
}

SlotKey keyFrom(const TransformedModel& model, const Json& json)
{
    const int slot = model.graph().findSlot(json.at(0).get<std::string>());
    if (slot < 0)
        throw Json::other_error::create(500, "no such slot", &json);
    Encoding encoding;
    size_t at = 0;
    forEachField(encoding, [&](const char*, auto& field) {
        if (const size_t place = placeOf(at++); place < json.size()) // kept before there was one
            take(json.at(place), field);
    });
    const bool hasTransforms = json.size() > kTransformsPlace;
    return {slot,
            encoding,
            hasTransforms ? json.at(kTransformsPlace).get<std::string>() : std::string(),
            {}};
}

Json toJson(const Graph& graph, const std::vector<SlotKey>& slots)
{
    Json all = Json::array();
    for (const SlotKey& slot : slots)
        all.push_back(toJson(graph, slot));
    return all;
}

Json toJson(const std::vector<TransformStep>& steps)
{
    Json all = Json::array();
    for (const TransformStep& step : steps)
        all.push_back(rowChoiceText(step));
    return all;
}

std::vector<TransformStep> transformsFrom(const Json& texts)
{
    std::vector<TransformStep> steps;
    for (const std::string text : texts)
        steps.push_back(parseTransform(text));
    return steps;
}

/// What depends on the inputs does so on the same ones; empty: nothing does.
std::string calibrationOf(const VariantKey& variant)
{
    if (!variant.calibration.empty())
        return variant.calibration;
    for (const SlotKey& slot : variant.slots)
        if (!slot.calibration.empty())
            return slot.calibration;
    return {};
}

VariantKey variantFrom(const Model& model, const Json& trial)
{
    const std::string calibration = trial.at("calibration");
    const TransformedModel stored(model);
    VariantKey variant;
    variant.transforms = transformsFrom(trial.value("transforms", Json::array()));
    if (!variant.transforms.empty())
        variant.calibration = calibration;
    std::vector<SlotKey>& slots = variant.slots;
    for (const Json& change : trial.at("changes")) {
        slots.push_back(keyFrom(stored, change));
        if (slots.back().encoding.needsCalibration() && slotInput(model.graph, slots.back().slot))
            slots.back().calibration = calibration;
    }
    return variant;
}

} // namespace

TrialStore::TrialStore(const Model& model, const MeasurementStore& store)
    : m_model(model)
    , m_entry(store.entry("trials", trialsKey(model)))
{
}

Trials TrialStore::load() const
{
    Trials trials;
    const Json all = Json::parse(m_entry.read("trials").value_or("[]"), nullptr, false);
    for (const Json& trial : all.is_array() ? all : Json::array()) {
        try {
            const TrialKey key{variantFrom(m_model, trial), trial.at("examples")};
            trials[key] = {{trial.at("value"), trial.at("error")},
                           predictionFrom(trial.value("predicted", Json()))};
        } catch (const Json::exception&) { // NOLINT(bugprone-empty-catch): measured again
        } catch (const Error&) { // NOLINT(bugprone-empty-catch): of a transform that is gone
        }
    }
    return trials;
}

void TrialStore::keep(const Trials& trials) const
{
    Json all = Json::array();
    for (const auto& [key, trial] : trials)
        all.push_back({{"changes", toJson(m_model.graph, key.variant.slots)},
                       {"transforms", toJson(key.variant.transforms)},
                       {"examples", key.examples},
                       {"calibration", calibrationOf(key.variant)},
                       {"value", trial.measured.value},
                       {"error", trial.measured.standardError},
                       {"predicted", toJson(trial.predicted)}});
    m_entry.write("trials", all.dump());
}

} // namespace bitloom
