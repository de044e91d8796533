// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/model_calibration.h"

#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/passes/input_moments.h"
#include "core/base/error.h"
#include "core/workbench/session/calibration.h"

#include <algorithm>
#include <string>
#include <utility>

namespace bitloom {
namespace {

/// Share of a measurement's time: a pass forward, where the rest goes there and back.
constexpr double kInputsShare = 0.25;
/// Of measuring transformed activations: the weights are read once for the factors.
constexpr double kPlanShare = 0.05;

} // namespace

Fisher ModelCalibration::measureSensitivity(const CalibrationSettings& text, Progress& progress,
                                            const std::function<void(const Fisher&)>& onWindow)
{
    ProgressSpan inputs(progress, 0, kInputsShare);
    ProgressSpan gradients(progress, kInputsShare, 1);
    m_opened.requireComputable("sensitivity", progress);
    const std::vector<Window> windows = calibrationExamples(model(), text);
    measureInputs(windows, text, inputs, nullptr);
    Fisher fisher = measureFisher(m_opened.shared(), windows, text.seed, gradients, onWindow, {},
                                  m_opened.store(gradients));
    if (fisher.windows > 0)
        setFisher(fisher, {text.text, recipeCalibration(text)});
    return fisher;
}

bool ModelCalibration::measureInputs(const CalibrationSettings& text, Progress& progress,
                                     const Recipe* through)
{
    m_opened.requireComputable("inputs", progress);
    if (through && !through->transforms.empty())
        throw Error("inputs",
                    "what layers see behind quantized ones cannot be measured of a recipe "
                    "with transforms");
    return measureInputs(calibrationExamples(model(), text), text, progress, through);
}

bool ModelCalibration::measureInputs(const std::vector<Window>& windows,
                                     const CalibrationSettings& text, Progress& progress,
                                     const Recipe* through)
{
    auto moments = measureInputMoments(m_opened.shared(), windows, progress, {},
                                       m_opened.store(progress), through);
    if (!moments)
        return false;
    KnownCalibration::Source from{text.text, recipeCalibration(text)};
    from.cut.quantizedInputs = through != nullptr;
    setInputs(std::move(moments), std::move(from));
    return true;
}

void ModelCalibration::setInputs(std::shared_ptr<const InputMoments> measured,
                                 KnownCalibration::Source from)
{
    const std::scoped_lock lock(m_mutex);
    m_known.inputs = std::move(measured);
    m_known.inputsFrom = std::move(from);
    ++m_known.version;
    ++m_known.inputsVersion;
    m_known.transformed.clear();
    m_transformed.clear();
}

void ModelCalibration::setFisher(Fisher fisher, KnownCalibration::Source from)
{
    if (fisher.slots.size() != model().graph.slots.size())
        throw Error("sensitivity", "these measurements belong to a model of " +
                                       std::to_string(fisher.slots.size()) +
                                       " slots, this one has " +
                                       std::to_string(model().graph.slots.size()));
    auto shared = std::make_shared<const Fisher>(std::move(fisher));
    const std::scoped_lock lock(m_mutex);
    m_known.fisher = std::move(shared);
    m_known.fisherFrom = std::move(from);
    m_known.transformed.clear();
    ++m_known.version;
}

bool ModelCalibration::needsActivations(const Recipe& recipe) const
{
    const KnownCalibration now = known();
    if (!now.fisher || now.fisherFrom.text.empty() || now.transformed.contains(recipe.transforms))
        return false;
    return std::ranges::any_of(transformedValues(model().graph, recipe.transforms), [&](int value) {
        return recipe.activationScheme(model().graph, value) != nullptr;
    });
}

bool ModelCalibration::measureActivations(const Recipe& recipe, Progress& progress)
{
    if (!needsActivations(recipe))
        return true;
    const KnownCalibration before = known();
    const RecipeCalibration& cut = before.fisherFrom.cut;
    std::vector<Window> windows =
        calibrationExamples(model(), {before.fisherFrom.text, cut.text, cut.context, cut.windows,
                                      cut.lines, before.fisher->seed});
    windows.resize(std::min(windows.size(), static_cast<size_t>(before.fisher->windows)));
    const ActivationMeasurement measured =
        measureActivationQuantization(transformed(recipe.transforms), windows, before.fisher->seed,
                                      progress, m_opened.store(progress));
    if (measured.windows < std::ssize(windows))
        return false;
    const std::scoped_lock lock(m_mutex);
    if (m_known.version != before.version)
        return false;
    m_known.transformed[recipe.transforms] =
        std::make_shared<const ActivationDamages>(damagesOf(measured));
    return true;
}

ActivationDamages KnownCalibration::activationsAfter(const Graph& graph,
                                                     const std::vector<TransformStep>& steps) const
{
    if (const auto measured = transformed.find(steps); measured != transformed.end())
        return *measured->second;
    ActivationDamages damages = fisher ? fisher->activations : ActivationDamages();
    for (const int value : transformedValues(graph, steps))
        if (value < std::ssize(damages.values))
            damages.values[static_cast<size_t>(value)].clear();
    return damages;
}

KnownCalibration ModelCalibration::known() const
{
    const std::scoped_lock lock(m_mutex);
    return m_known;
}

std::optional<Fisher> ModelCalibration::fisher() const
{
    const std::shared_ptr<const Fisher> factors = known().fisher;
    return factors ? std::optional(*factors) : std::nullopt;
}

std::shared_ptr<const InputMoments> ModelCalibration::inputs() const
{
    return known().inputs;
}

bool ModelCalibration::canEncode(const SlotChoice& choice) const
{
    return !choice.needsCalibration() || inputs();
}

bool ModelCalibration::canEncode(int slot, const SlotChoice& choice) const
{
    return canEncode(choice) && m_opened.holding()(slot, choice);
}

TransformedModel ModelCalibration::transformed(const std::vector<TransformStep>& steps) const
{
    Progress silent;
    return transformed(steps, silent).value();
}

std::optional<TransformedModel>
ModelCalibration::transformed(const std::vector<TransformStep>& steps, Progress& progress) const
{
    if (steps.empty()) {
        // Kept, so that what is fitted to whole slots is, too.
        const std::scoped_lock lock(m_mutex);
        return m_transformed.try_emplace(steps, m_opened.shared(), m_known.inputs).first->second;
    }
    const std::scoped_lock once(m_planning);
    std::unique_lock lock(m_mutex);
    if (const auto made = m_transformed.find(steps); made != m_transformed.end())
        return made->second;
    const std::shared_ptr<const InputMoments> seen = m_known.inputs;
    if (!seen)
        throw Error("transform", std::string(transformNamed(steps.front().id).title) +
                                     " needs what the layers see on a calibration text, which "
                                     "has not been measured");
    lock.unlock();
    auto plan = std::make_shared<const TransformPlan>(planOf(model(), *seen, steps, progress));
    if (progress.stopRequested())
        return std::nullopt;
    TransformedModel made(m_opened.shared(), seen, steps, std::move(plan));
    lock.lock();
    if (seen == m_known.inputs)
        m_transformed.emplace(steps, made);
    return made;
}

Variant ModelCalibration::variant(const Recipe& recipe) const
{
    return {transformed(recipe.transforms), recipe};
}

std::optional<Variant> ModelCalibration::variant(const std::optional<Recipe>& recipe) const
{
    return recipe ? std::optional(variant(*recipe)) : std::nullopt;
}

Recipe ModelCalibration::calibrated(Recipe recipe) const
{
    const KnownCalibration now = known();
    if (!recipe.needsCalibration())
        recipe.calibration.reset();
    else if (now.inputs)
        recipe.calibration = now.inputsFrom.cut;
    if (recipe.calibration && recipe.calibration->quantizedInputs && !recipe.transforms.empty())
        throw Error("recipe", "transforms need what layers see of the original network, and the "
                              "inputs were measured behind quantized layers: analyse again");
    return recipe;
}

void ModelCalibration::requireHeldOut(const EvaluationSettings& text) const
{
    const KnownCalibration now = known();
    requireFreshText(now.inputsFrom.text, text);
    requireFreshText(now.fisherFrom.text, text);
}

RecipeCalibration recipeCalibration(const CalibrationSettings& text)
{
    return {text.textName, text.text.hash(), text.context, text.windows, text.lines};
}

} // namespace bitloom
