// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/report/report.h"

#include "core/files/formats/writers.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/transforms/transform.h"
#include "core/workbench/report/report_html.h"

#include <map>

namespace bitloom {
namespace {

/// Every slot alike, for comparison; nullopt where some slot cannot have the scheme.
std::optional<Recipe> uniformRecipe(const Model& model, const std::string& scheme)
{
    Recipe recipe;
    recipe.target = "safetensors"; // which holds every scheme
    for (const Slot& slot : model.graph.slots) {
        if (!slot.quantizable)
            continue;
        if (!schemeNamed(scheme).accepts(slot.columns))
            return std::nullopt;
        recipe.slots[slot.name].scheme = scheme;
        recipe.slots[slot.name].method = "nearest";
    }
    return recipe;
}

void addRecipePoints(ReportInput& input)
{
    const double bits = input.size.bitsPerWeight();
    if (input.predicted)
        input.points.push_back({"this recipe, predicted", bits, input.predicted->value, true});
    if (input.evaluation && input.evaluation->compared())
        input.points.push_back(
            {"this recipe, measured", bits, input.evaluation->divergence().value, true});
}

void addConditions(const ModelCalibration& calibration, const ReportSettings& settings,
                   ReportInput& input)
{
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            input.conditions.emplace_back(name, value);
    };
    if (const auto fisher = calibration.fisher()) {
        add("Calibration text", settings.calibrationName);
        const Graph& graph = calibration.model().graph;
        add("Calibration", std::to_string(fisher->windows) + " " +
                               examplesOf(graph, fisher->context) + ", " +
                               std::to_string(fisher->predictions) + " predictions, seed " +
                               std::to_string(fisher->seed));
        add("Damage",
            "rank-1 Fisher diagonal with the correlations of the inputs, and what shortens all "
            "weights weighed by itself: expected " +
                quantityTitle(graph.output) + ", no fitted constant");
    }
    if (settings.evaluation) {
        add("Evaluation text", settings.evaluationName);
        add("Evaluation", settings.windows);
        add("Engine", settings.engine);
    } else if (settings.evaluatedBefore) {
        add("Evaluation", "none: what was measured was measured before the last change");
    }
}

/// How many values the network quantizes, by scheme.
void addActivationSchemes(const Recipe& recipe, ReportInput& input)
{
    std::map<std::string, int> counts;
    for (const auto& [value, scheme] : recipe.values)
        ++counts[scheme];
    for (const auto& [scheme, count] : counts)
        input.conditions.emplace_back("Quantized to " + scheme,
                                      std::to_string(count) + " values between steps");
}

void addTransforms(const Recipe& recipe, ReportInput& input)
{
    for (const TransformStep& step : recipe.transforms)
        input.conditions.emplace_back("Transform", rowChoiceText(step));
}

} // namespace

void Reports::addUniformPoints(ReportInput& input, Progress& progress)
{
    for (const int bits : {2, 3, 4, 5, 6, 8}) {
        const std::string scheme = "int" + std::to_string(bits) + "-g32-sym";
        const auto recipe = uniformRecipe(model(), scheme);
        if (!recipe || progress.stopRequested())
            continue;
        if (const auto predicted = m_predictions.prediction(*recipe, progress))
            input.points.push_back({scheme + " (predicted)",
                                    calibration().opened().size(*recipe).bitsPerWeight(),
                                    predicted->range.value, false});
    }
}

ReportSlot Reports::slotLine(const Recipe& recipe, int index, Progress& progress)
{
    const Slot& slot = model().graph.slot(index);
    const SlotChoice& choice = recipe.choice(slot.name);
    ReportSlot line;
    line.name = slot.name;
    line.role = roleName(slot.role);
    line.rows = slot.rows;
    line.columns = slot.columns;
    line.scheme = choice.scheme.empty() ? model().storedOf(slot).type + " (kept)" : choice.scheme;
    line.method = choice.scheme.empty() ? "" : choice.methodText();
    if (choice.correction)
        line.method += ", " + correctionTitle(*choice.correction);
    const std::string stored =
        schemeUnder(transformedSlots(model().graph, recipe.transforms), index, choice.scheme);
    line.bytes = slotBytes(model(), slot, stored, choice.correction);
    const SlotError error =
        m_predictions.errors().slotError(index, choice, false, progress, recipe.transforms);
    line.relativeError = error.relative;
    if (error.hasDamage) {
        line.damage = error.damage;
        line.sensitivity = m_predictions.errors().sensitivity(index, progress);
    }
    if (model().canRead(index))
        line.histogram = m_statistics.statistics(index, progress).histogram;
    return line;
}

ReportInput Reports::gatherReport(const Recipe& recipe, const ReportSettings& settings,
                                  Progress& progress)
{
    const Model& model = this->model();
    ReportInput input;
    input.modelName = model.name;
    input.modelIdentity = model.identity;
    input.target = targetNamed(recipe.target).title;
    input.size = calibration().opened().size(recipe);
    input.originalBytes = model.checkpoint.fileBytes;
    input.output = model.graph.output;
    input.evaluation = settings.evaluation;
    for (const std::string& warning : settings.warnings)
        if (!warning.empty())
            input.warnings.push_back(warning);
    const auto slots = static_cast<double>(model.graph.slots.size());
    for (size_t i = 0; i < model.graph.slots.size() && !progress.stopRequested(); ++i) {
        if (!model.graph.slots[i].quantizable)
            continue;
        const auto done = static_cast<double>(i);
        ProgressSpan span(progress, 0.6 * done / slots, 0.6 * (done + 1) / slots);
        input.slots.push_back(slotLine(recipe, static_cast<int>(i), span));
    }
    ProgressSpan rest(progress, 0.6, 1);
    if (const auto predicted = m_predictions.prediction(recipe, rest))
        input.predicted = predicted->range;
    if (settings.evaluation && settings.evaluation->predicted) // said before it was measured
        input.predicted = settings.evaluation->predicted->range;
    addUniformPoints(input, rest);
    addRecipePoints(input);
    addConditions(calibration(), settings, input);
    addTransforms(recipe, input);
    addActivationSchemes(recipe, input);
    return input;
}

bool Reports::writeReport(const Recipe& recipe, const ReportSettings& settings,
                          const OutputFile& file, Progress& progress)
{
    requireWritable(file);
    calibration().opened().requireFiniteWeights("report", progress);
    const ReportInput input = gatherReport(recipe, settings, progress);
    if (progress.stopRequested())
        return false;
    writeTextFile(file, htmlReport(input));
    return true;
}

} // namespace bitloom
