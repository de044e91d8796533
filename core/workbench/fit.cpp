// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/parallel.h"
#include "core/quantize/method.h"
#include "core/workbench/caches.h"
#include "core/workbench/fit_plan.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <utility>

namespace bitloom {
namespace {

void requireSensible(const Model& model, const Recipe& start, const FitSettings& settings,
                     bool measured, bool inputsKnown)
{
    if (settings.bitsPerWeight.has_value() + settings.fileBytes.has_value() +
            settings.mostDamage.has_value() !=
        1)
        throw Error("fit", "a budget is either bits per weight, or bytes of the file, or the most "
                           "that may be lost");
    if (!measured)
        throw Error("fit", "the sensitivity of this model has not been measured yet");
    for (const std::string& scheme : settings.schemes)
        schemeNamed(scheme);
    if (settings.methods.empty())
        throw Error("fit", "there is no method to fit with");
    for (const std::string& method : settings.methods)
        if (methodNamed(method).looksAtInputs() && !inputsKnown)
            throw Error("fit", std::string(methodNamed(method).title()) +
                                   " needs the second moments of the inputs, which have not been "
                                   "measured yet");
    if (const std::string problem = recipeProblem(start, model); !problem.empty())
        throw Error("fit", problem);
}

using Options = std::vector<std::vector<BudgetOption>>;
using DamageOf = std::function<double(int slot, const SlotChoice& choice)>;

/// What is lost with every option, and by the slots that the fit leaves as they are.
struct Damages {
    Options options;
    double kept = 0;
};

/// Every (item, option) pair and every kept slot in one list, so that threads share them evenly.
/// False: stopped.
bool measure(const FitPlan& plan, const Model& model, const DamageOf& damage, Damages& damages,
             Progress& progress)
{
    std::vector<std::pair<size_t, size_t>> pairs;
    for (size_t item = 0; item < damages.options.size(); ++item)
        for (size_t option = 0; option < damages.options[item].size(); ++option)
            pairs.emplace_back(item, option);
    std::vector<double> kept(plan.keptSlots().size());
    const auto measureKept = [&](size_t i) {
        const int slot = plan.keptSlots()[i];
        const std::string& name = model.graph.slots[static_cast<size_t>(slot)].name;
        kept[i] = damage(slot, plan.start().choice(name));
    };
    const auto measurePair = [&](const auto& pair) {
        const auto [item, option] = pair;
        const FitItem& fitItem = plan.items()[item];
        for (size_t slot = 0; slot < fitItem.slots.size(); ++slot)
            damages.options[item][option].damage +=
                damage(fitItem.slots[slot], fitItem.choices[option][slot]);
    };
    const int64_t left = parallelFor(static_cast<int64_t>(pairs.size() + kept.size()), 0, progress,
                                     "measuring the choices", [&](int64_t index, int) {
                                         const auto i = static_cast<size_t>(index);
                                         if (i < pairs.size())
                                             measurePair(pairs[i]);
                                         else
                                             measureKept(i - pairs.size());
                                     });
    damages.kept = std::accumulate(kept.begin(), kept.end(), 0.0);
    return left == 0;
}

constexpr size_t kFrontPoints = 200;

std::vector<FitPoint> frontOf(const FitPlan& plan, const BudgetSolver& solver, double kept)
{
    std::vector<FitPoint> front;
    for (const BudgetChoice& corner : solver.front(kFrontPoints)) {
        const Size size = plan.size(plan.recipe(corner));
        front.push_back({size.fileBytes, size.bitsPerWeight(), corner.damage + kept});
    }
    return front;
}

std::vector<FitReason> reasonsOf(const FitPlan& plan, const Options& options,
                                 const BudgetChoice& chosen)
{
    std::vector<FitReason> reasons;
    for (size_t item = 0; item < options.size(); ++item) {
        const FitItem& fitItem = plan.items()[item];
        const auto schemeOf = [&](int option) {
            return fitItem.choices[static_cast<size_t>(option)].front().scheme;
        };
        const auto told = [&](const std::optional<BudgetStep>& step) {
            return step ? std::optional(
                              FitReason::Step{schemeOf(step->option), step->bytes, step->damage})
                        : std::nullopt;
        };
        const int now = chosen.option[item];
        reasons.push_back({fitItem.slots, schemeOf(now), told(stepUp(options[item], now)),
                           told(stepDown(options[item], now)), chosen.price});
    }
    return reasons;
}

void requireGoodEnough(double best, double most)
{
    if (best <= most)
        return;
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(),
                  "with these schemes and locked slots at least %.4g is lost, more than %.4g", best,
                  most);
    throw Error("fit", text.data());
}

using Predict = std::function<double(const BudgetChoice& chosen)>;
constexpr int kTries = 8;
constexpr double kRounding = 1 + 1e-9;

/// The smallest found of which no more than `most` is predicted to be lost. A prediction looks
/// closer at large slots than the solver's options do: where it says more than they, less is tried.
BudgetChoice reaching(const BudgetSolver& solver, double most, double kept, const Predict& predict)
{
    BudgetChoice best = solver.front(2).back();
    double limit = most - kept;
    for (int i = 0; i < kTries; ++i) {
        BudgetChoice chosen = solver.reaching(std::max(limit, best.damage));
        const double predicted = predict(chosen);
        if (predicted <= most * kRounding)
            return chosen;
        limit = (chosen.damage + kept) * most / predicted * (1 - 0.01 * i) - kept;
    }
    requireGoodEnough(predict(best), most * kRounding);
    return best;
}

BudgetChoice solved(const FitPlan& plan, const BudgetSolver& solver, const Damages& damages,
                    const FitSettings& settings, const Predict& predict)
{
    if (settings.mostDamage)
        return reaching(solver, *settings.mostDamage, damages.kept, predict);
    const std::optional<BudgetChoice> exact = exactBudget(damages.options, plan.budget());
    return exact ? *exact : solver.within(plan.budget());
}

} // namespace

FitResult Workbench::fit(const Recipe& start, const FitSettings& settings, Progress& progress)
{
    requireSensible(*m_model, start, settings, fisher().has_value(), inputs() != nullptr);
    const FitPlan plan(*m_model, start, settings);
    Damages damages{plan.options()};
    if (!settings.mostDamage)
        plan.requireReachable(BudgetSolver(damages.options).smallest());
    FitResult stopped{start, plan.size(start), 0, {}, {}, false};
    const DamageOf damage = [&](int slot, const SlotChoice& choice) {
        Progress quiet;
        return m_caches->slotError(*m_model, slot, choice, kFitting, 1, quiet).damage;
    };
    ProgressSpan measuring(progress, 0, 0.95);
    if (!measure(plan, *m_model, damage, damages, measuring))
        return stopped;
    ProgressSpan predicting(progress, 0.95, 1);
    const Predict predict = [&](const BudgetChoice& chosen) {
        return predictedKl(plan.recipe(chosen), predicting).value_or(0);
    };
    const BudgetSolver solver(damages.options);
    const BudgetChoice chosen = solved(plan, solver, damages, settings, predict);
    FitResult result;
    result.recipe = calibrated(plan.recipe(chosen));
    result.size = plan.size(result.recipe);
    result.predictedKl = predict(chosen);
    result.front = frontOf(plan, solver, damages.kept);
    result.reasons = reasonsOf(plan, damages.options, chosen);
    return progress.stopRequested() ? stopped : result;
}

} // namespace bitloom
