// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/passes/input_moments.h"
#include "core/base/error.h"
#include "core/files/io/fingerprint.h"
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/reference_choice.h"

namespace bitloom {
namespace {

/// Part of a measurement's time: a pass forward, where the rest goes there and back.
constexpr double kInputsShare = 0.25;

} // namespace

Fisher Workbench::measureSensitivity(const CalibrationSettings& text, Progress& progress,
                                     const std::function<void(const Fisher&)>& onWindow)
{
    ProgressSpan inputs(progress, 0, kInputsShare);
    ProgressSpan gradients(progress, kInputsShare, 1);
    m_caches->requireComputable(*m_model, "sensitivity", progress);
    const std::vector<Window> windows = calibrationExamples(*m_model, text);
    measureInputs(windows, text, inputs, nullptr);
    Fisher fisher = measureFisher(m_model, windows, text.seed, gradients, onWindow, {},
                                  m_caches->store(gradients));
    if (fisher.windows > 0) {
        setFisher(fisher);
        const std::scoped_lock lock(m_caches->mutex);
        m_caches->calibrationText = text.text;
    }
    return fisher;
}

bool Workbench::measureInputs(const CalibrationSettings& text, Progress& progress,
                              const Recipe* through)
{
    m_caches->requireComputable(*m_model, "inputs", progress);
    if (through && !through->transforms.empty())
        throw Error("inputs",
                    "what layers see behind quantized ones cannot be measured of a recipe "
                    "with transforms");
    return measureInputs(calibrationExamples(*m_model, text), text, progress, through);
}

bool Workbench::measureInputs(const std::vector<Window>& windows, const CalibrationSettings& text,
                              Progress& progress, const Recipe* through)
{
    auto moments =
        measureInputMoments(m_model, windows, progress, {}, m_caches->store(progress), through);
    if (!moments)
        return false;
    RecipeCalibration from = recipeCalibration(text);
    from.quantizedInputs = through != nullptr;
    m_caches->setInputs(std::move(moments), text, from);
    return true;
}

RoundingMeasurement Workbench::roundings(const CalibrationSettings& text, Progress& progress)
{
    m_caches->requireComputable(*m_model, "sensitivity", progress);
    return measureRoundings(m_model, calibrationExamples(*m_model, text), text.seed, progress,
                            m_caches->store(progress));
}

std::shared_ptr<const InputMoments> Workbench::inputs() const
{
    return m_caches->transformed({}).inputs();
}

TransformedModel Workbench::transformed(const std::vector<TransformStep>& steps) const
{
    return m_caches->transformed(steps);
}

Variant Workbench::variant(const Recipe& recipe) const
{
    return {transformed(recipe.transforms), recipe};
}

std::optional<Variant> Workbench::variant(const std::optional<Recipe>& recipe) const
{
    return recipe ? std::optional(variant(*recipe)) : std::nullopt;
}

bool Workbench::canEncode(const SlotChoice& choice) const
{
    return !choice.looksAtInputs() || inputs();
}

bool Workbench::canEncode(int slot, const SlotChoice& choice) const
{
    return canEncode(choice) && m_caches->holding(*m_model)(slot, choice);
}

RecipeCalibration recipeCalibration(const CalibrationSettings& text)
{
    return {text.textName, text.text.hash(), text.context, text.windows, text.lines};
}

Recipe Workbench::calibrated(Recipe recipe) const
{
    const std::scoped_lock lock(m_caches->mutex);
    if (!recipe.looksAtInputs())
        recipe.calibration.reset();
    else if (m_caches->moments)
        recipe.calibration = m_caches->momentsFrom;
    if (recipe.calibration && recipe.calibration->quantizedInputs && !recipe.transforms.empty())
        throw Error("recipe", "transforms look at what layers see of the original network, and the "
                              "inputs were measured behind quantized layers: analyse again");
    return recipe;
}

std::optional<Fisher> Workbench::fisher() const
{
    const std::scoped_lock lock(m_caches->mutex);
    return m_caches->fisher ? std::optional(*m_caches->fisher) : std::nullopt;
}

void Workbench::setFisher(Fisher fisher)
{
    if (fisher.slots.size() != m_model->graph.slots.size())
        throw Error("sensitivity", "these measurements belong to a model of " +
                                       std::to_string(fisher.slots.size()) +
                                       " slots, this one has " +
                                       std::to_string(m_model->graph.slots.size()));
    const std::scoped_lock lock(m_caches->mutex);
    m_caches->fisher = std::make_shared<const Fisher>(std::move(fisher));
    m_caches->calibrationText = {};
    m_caches->forgetErrors();
}

SlotError Workbench::slotError(int slot, const Encoding& encoding, bool exact, Progress& progress,
                               const std::vector<TransformStep>& transforms)
{
    return m_caches->slotError(transformed(transforms), slot, encoding, exact ? kExact : kQuick, 0,
                               progress);
}

double Workbench::sensitivity(int slot, Progress& progress)
{
    return slotError(slot, referenceChoice(), false, progress).damage;
}

} // namespace bitloom
