// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fits.h"

#include "core/base/error.h"
#include "core/quantize/methods/method.h"
#include "core/workbench/fit/fit_damages.h"
#include "core/workbench/fit/fit_measured.h"
#include "core/workbench/fit/fit_plan.h"
#include "core/workbench/fit/fit_solver.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace bitloom {
namespace {

void requireOneOrTwoBudgets(const FitSettings& settings)
{
    const int sizes = settings.bitsPerWeight.has_value() + settings.fileBytes.has_value();
    const int others = settings.memory.has_value() + settings.decode.has_value();
    if (settings.mostDamage ? sizes + others > 0
                            : sizes > 1 || sizes + others == 0 || sizes + others > 2)
        throw Error("fit", "a budget is the most that may be lost, alone; or one or two of: a size "
                           "(bits per weight or bytes of the file), memory, and the time of a "
                           "token");
}

void requireSensible(const Model& model, const Recipe& start, const FitSettings& settings,
                     bool measured, bool inputsKnown)
{
    const bool corrects = std::ranges::any_of(
        start.slots, [](const auto& slot) { return slot.second.correction.has_value(); });
    if ((corrects || !start.transforms.empty()) && settings.decode)
        throw Error("fit", std::string("the time that a token takes under a recipe with ") +
                               (corrects ? "corrections" : "transforms") +
                               " is not known, so that it cannot be held; size and memory can");
    requireOneOrTwoBudgets(settings);
    if (!measured)
        throw Error("fit", "the sensitivity of this model has not been measured yet");
    for (const std::string& scheme : settings.schemes)
        schemeNamed(scheme);
    if (settings.methods.empty())
        throw Error("fit", "there is no method to fit with");
    for (const std::string& method : settings.methods)
        if (methodNamed(method).needsCalibration() && !inputsKnown)
            throw Error("fit", std::string(methodNamed(method).title()) +
                                   " needs the second moments of the inputs, which have not been "
                                   "measured yet");
    if (const std::string problem = recipeProblem(start, model); !problem.empty())
        throw Error("fit", problem);
}

constexpr size_t kFrontPoints = 200;

/// By what the first budget counts where that is a size, else by the bytes of the file.
std::vector<FitPoint> frontOf(const FitPlan& plan, const FitBudget& budget,
                              const FitDamages& damages)
{
    FitBudget file;
    file.kind = FitBudget::Kind::FileBytes;
    FitOptions options = plan.options(budget.isSum() ? file : budget);
    for (size_t item = 0; item < options.size(); ++item)
        for (size_t option = 0; option < options[item].size(); ++option)
            options[item][option].damage = damages.options[item][option].damage;
    std::vector<FitPoint> front;
    for (const BudgetChoice& corner : BudgetSolver(options).front(kFrontPoints)) {
        const Size size = plan.size(plan.recipe(corner));
        front.push_back({size.fileBytes, size.bitsPerWeight(), corner.damage + damages.locked});
    }
    return front;
}

std::vector<FitReason> reasonsOf(const FitPlan& plan, const FitOptions& options,
                                 const BudgetChoice& chosen, bool isTime)
{
    std::vector<FitReason> reasons;
    for (size_t item = 0; item < options.size(); ++item) {
        const FitItem& fitItem = plan.items()[item];
        const auto schemeOf = [&](int option) {
            return fitItem.choices[static_cast<size_t>(option)].front().scheme;
        };
        const auto described = [&](const std::optional<BudgetStep>& step) {
            return step ? std::optional(
                              FitReason::Step{schemeOf(step->option), step->bytes, step->damage})
                        : std::nullopt;
        };
        const int now = chosen.option[item];
        reasons.push_back({fitItem.slots, schemeOf(now), described(stepUp(options[item], now)),
                           described(stepDown(options[item], now)), chosen.price, isTime});
    }
    return reasons;
}

void requireGoodEnough(double best, double most)
{
    if (best <= most)
        return;
    std::array<char, 128> text{};
    std::snprintf(
        text.data(), text.size(),
        "with these schemes, locked slots and limits at least %.4g is lost, more than %.4g", best,
        most);
    throw Error("fit", text.data());
}

/// Of the time, where recipes are measured too.
constexpr double kPredictingShare = 0.3;

using Predict = std::function<double(const BudgetChoice& chosen)>;
constexpr int kTries = 8;
constexpr double kRounding = 1 + 1e-9;

/// The smallest found of which no more than `most` is predicted to be lost. A prediction looks
/// closer at large slots than the solver's options do: where it says more than they, less is tried.
BudgetChoice reaching(const BudgetSolver& solver, double most, double locked,
                      const Predict& predict)
{
    BudgetChoice best = solver.front(2).back();
    double limit = most - locked;
    for (int i = 0; i < kTries; ++i) {
        BudgetChoice chosen = solver.reaching(std::max(limit, best.damage));
        const double predicted = predict(chosen);
        if (predicted <= most * kRounding)
            return chosen;
        limit = (chosen.damage + locked) * most / predicted * (1 - 0.01 * i) - locked;
    }
    requireGoodEnough(predict(best), most * kRounding);
    return best;
}

BudgetChoice solved(const FitSolver& solver, const FitDamages& damages, const FitSettings& settings,
                    const Predict& predict)
{
    return settings.mostDamage ? reaching(BudgetSolver(damages.options), *settings.mostDamage,
                                          damages.locked, predict)
                               : solver.best(damages.options);
}

/// The products of all choices of a plan.
std::set<ProductShape> productsOf(const FitPlan& plan, const Model& model)
{
    std::set<ProductShape> products;
    const auto add = [&](int slot, const SlotChoice& choice) {
        if (productsWith(model.graph, slot) > 0)
            products.insert(productOf(model, slot, choice.scheme));
    };
    for (const FitItem& item : plan.items())
        for (const auto& choices : item.choices)
            for (size_t i = 0; i < choices.size(); ++i)
                add(item.slots[i], choices[i]);
    for (const int slot : plan.lockedSlots())
        add(slot, plan.start().choice(model.graph.slot(slot).name));
    return products;
}

/// Of the time, where products are timed too.
constexpr double kTimingShare = 0.3;

/// Fills in the damages of a plan. False: stopped.
bool measure(const FitPlan& plan, const Model& model, const FitSettings& settings,
             const FitSolver& solver, const DamageOf& damage, FitDamages& damages,
             Progress& progress)
{
    if (!settings.nearBestOnly)
        return measureDamages(plan, model, damage, damages, progress);
    const auto solveRoughly = [&](const FitOptions& options) {
        if (!settings.mostDamage)
            return solver.roughlyBest(options);
        const BudgetSolver hull(options);
        return hull.reaching(std::max(*settings.mostDamage, hull.front(2).back().damage));
    };
    return measureDamagesNearBest(plan, model, damage, solveRoughly, damages, progress);
}

} // namespace

std::optional<std::vector<FitBudget>> Fits::fitBudgets(const FitPlan& plan,
                                                       const FitSettings& settings,
                                                       FitResult& result, Progress& progress) const
{
    std::vector<FitBudget> budgets = plan.sizeBudgets();
    if (settings.memory)
        budgets.push_back(
            memoryBudget(model(), opened().engineMemory(), *settings.memory, plan.start()));
    if (settings.decode) {
        result.decode =
            measureDecodeTimes(opened().shared(), opened().engineFactory(), settings.decode->engine,
                               plan.smallest(), productsOf(plan, model()), progress);
        if (!result.decode)
            return std::nullopt;
        budgets.push_back(decodeBudget(model(), std::make_shared<DecodeTimes>(*result.decode),
                                       settings.decode->seconds));
    }
    return budgets;
}

void Fits::requirePossible(const Recipe& start, const FitSettings& settings,
                           Progress& progress) const
{
    const KnownCalibration now = calibration().known();
    requireSensible(model(), start, settings, now.fisher != nullptr, now.inputs != nullptr);
    opened().requireFiniteWeights("fit", progress);
    if (settings.mostDamage && !m_predictions.activationDamage(start))
        throw Error("fit",
                    "what it costs to quantize the values of this recipe is not predicted, so "
                    "that no loss can be held");
}

FitResult Fits::fit(const Recipe& start, const FitSettings& settings, Progress& progress)
{
    requirePossible(start, settings, progress);
    const FitPlan plan(model(), start, settings, opened().holding());
    FitResult stopped;
    stopped.recipe = start;
    stopped.size = plan.size(start);
    stopped.complete = false;
    std::optional<FitTrials> trials;
    if (settings.measurement) {
        calibration().requireHeldOut(settings.measurement->text);
        trials.emplace(calibration().transformed(start.transforms), *settings.measurement);
    }
    const double predicted = trials ? kPredictingShare : 1; // of the time
    const double timed = settings.decode ? kTimingShare * predicted : 0;
    ProgressSpan timing(progress, 0, timed);
    FitResult result;
    const auto budgets = fitBudgets(plan, settings, result, timing);
    if (!budgets)
        return stopped;
    const FitSolver solver(plan, *budgets);
    FitDamages damages{solver.options()};
    const std::shared_ptr<const Recalibration> known = m_predictions.recalibration(timing);
    if (!known)
        return stopped;
    const TransformedModel source = calibration().transformed(start.transforms);
    const DamageOf damage = [&](int slot, const SlotChoice& choice) {
        Progress quiet;
        const SlotError error =
            m_predictions.errors().slotError(source, slot, choice, kFitting, 1, quiet);
        return known->corrected({source.key(slot, choice), error.damage});
    };
    ProgressSpan measuring(progress, timed, 0.95 * predicted);
    if (!measure(plan, model(), settings, solver, damage, damages, measuring))
        return stopped;
    damages.locked += m_predictions.activationDamage(start).value_or(0);
    ProgressSpan predicting(progress, 0.95 * predicted, predicted);
    const Predict predict = [&](const BudgetChoice& chosen) {
        const auto expected = m_predictions.prediction(plan.recipe(chosen), predicting);
        return expected ? expected->damages.total : chosen.damage + damages.locked;
    };
    BudgetChoice chosen = solved(solver, damages, settings, predict);
    if (progress.stopRequested())
        return stopped;
    if (trials) {
        ProgressSpan trying(progress, predicted, 1);
        const int64_t bytes = settings.mostDamage ? chosen.bytes : solver.left();
        const Recipe predictedBest = plan.recipe(chosen);
        result.measured = trials->improve(plan, solver, damages.options, bytes, chosen, trying);
        m_predictions.learnFromFit(predictedBest, plan.recipe(chosen), *result.measured);
    }
    result.front = frontOf(plan, budgets->front(), damages);
    result.reasons = reasonsOf(plan, damages.options, chosen,
                               budgets->front().kind == FitBudget::Kind::DecodeTime);
    result.recipe = calibration().calibrated(plan.recipe(chosen));
    result.predictedKl =
        chosen.damage + damages.locked; // where activation quantization is not predicted
    describe(settings, result);
    return result;
}

void Fits::describe(const FitSettings& settings, FitResult& result)
{
    result.size = opened().size(result.recipe);
    if (settings.memory)
        result.memory = opened().memory(result.recipe, settings.memory->positions);
    if (result.decode)
        result.decodeSeconds = result.decode->ofToken(model(), result.recipe);
    Progress silent; // a stop while recipes were measured keeps the best of them
    if (const auto predicted = m_predictions.prediction(result.recipe, silent))
        result.predictedKl = predicted->damages.total;
}

} // namespace bitloom
