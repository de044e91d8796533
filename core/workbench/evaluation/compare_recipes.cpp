// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/evaluation/compare_recipes.h"

#include "core/base/error.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>

#include <utility>

namespace bitloom {

namespace {

void requireFitting(const Recipe& recipe, const Model& model)
{
    if (const std::string problem = recipeProblem(recipe, model); !problem.empty())
        throw Error("recipe", problem);
}

SlotDifference::Side sideOf(Predictions& predictions, int slot, const Recipe& recipe,
                            Progress& progress)
{
    const ModelCalibration& calibration = predictions.calibration();
    const Model& model = calibration.model();
    const SlotChoice& choice = recipe.choice(model.graph.slot(slot).name);
    SlotDifference::Side side{choice, 0, {}};
    const std::string stored =
        schemeUnder(transformedSlots(model.graph, recipe.transforms), slot, choice.scheme);
    side.bytes = slotBytes(model, model.graph.slot(slot), stored, choice.correction);
    if (!choice.changesWeights() && calibration.known().fisher) {
        side.damage = 0;
    } else if (calibration.canEncode(choice) && calibration.canEncode(recipe) &&
               !progress.stopRequested()) {
        const SlotError error =
            predictions.errors().slotError(slot, choice, false, progress, recipe.transforms);
        if (error.hasDamage && !progress.stopRequested())
            side.damage = error.damage;
    }
    return side;
}

ValueDifference::Side sideOf(const ActivationDamages& damages, int value,
                             const ActivationScheme* scheme)
{
    if (!scheme)
        return {"", 0.0};
    return {std::string(scheme->id), damages.of(value, *scheme)};
}

std::vector<ValueDifference> valueDifferences(const ModelCalibration& calibration, const Recipe& a,
                                              const Recipe& b)
{
    if (a.values == b.values)
        return {};
    const Graph& graph = calibration.model().graph;
    const KnownCalibration known = calibration.known();
    const ActivationDamages damagesOfA = known.activationsAfter(graph, a.transforms);
    const ActivationDamages damagesOfB = known.activationsAfter(graph, b.transforms);
    std::vector<ValueDifference> found;
    for (int value = 0; value < static_cast<int>(graph.values.size()); ++value) {
        const ActivationScheme* ofA = a.activationScheme(graph, value);
        const ActivationScheme* ofB = b.activationScheme(graph, value);
        if (ofA != ofB)
            found.push_back(
                {value, sideOf(damagesOfA, value, ofA), sideOf(damagesOfB, value, ofB)});
    }
    return found;
}

template <class Side>
std::optional<double> moreOf(const Side& a, const Side& b)
{
    return a.damage && b.damage ? std::optional(*b.damage - *a.damage) : std::nullopt;
}

} // namespace

std::optional<double> SlotDifference::damage() const
{
    return moreOf(a, b);
}

std::optional<double> ValueDifference::damage() const
{
    return moreOf(a, b);
}

RecipeComparison compareRecipes(Predictions& predictions, const Recipe& a, const Recipe& b,
                                Progress& progress)
{
    const ModelCalibration& calibration = predictions.calibration();
    const Model& model = calibration.model();
    requireFitting(a, model);
    requireFitting(b, model);
    RecipeComparison result;
    result.sizeA = calibration.opened().size(a);
    result.sizeB = calibration.opened().size(b);
    const std::vector<Slot>& all = model.graph.slots;
    for (size_t i = 0; i < all.size(); ++i) {
        const SlotChoice& ofA = a.choice(all[i].name);
        const SlotChoice& ofB = b.choice(all[i].name);
        if (ofA.storesLike(ofB)) // also where a transform changes what it is made of
            continue;
        const auto slot = static_cast<int>(i);
        progress.report(static_cast<double>(i) / static_cast<double>(all.size()), all[i].name);
        result.differences.push_back(
            {slot, sideOf(predictions, slot, a, progress), sideOf(predictions, slot, b, progress)});
    }
    result.values = valueDifferences(calibration, a, b);
    result.transformsDiffer = a.transforms != b.transforms;
    result.complete = !progress.stopRequested();
    if (result.complete) {
        result.predictionA = predictions.prediction(a, progress);
        result.predictionB = predictions.prediction(b, progress);
    }
    return result;
}

Recipe withChoicesOf(const Model& model, Recipe into, const Recipe& from,
                     const std::vector<int>& slots)
{
    for (const int slot : withFused(model, targetNamed(into.target), slots)) {
        const std::string& name = model.graph.slot(slot).name;
        SlotChoice choice = from.choice(name);
        choice.fit = into.choice(name).fit;
        if (choice == SlotChoice())
            into.slots.erase(name);
        else
            into.slots[name] = std::move(choice);
    }
    requireFitting(into, model);
    return into;
}

} // namespace bitloom
