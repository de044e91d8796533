// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/parallel.h"
#include "core/quantize/method.h"
#include "core/workbench/caches.h"
#include "core/workbench/fit_plan.h"

#include <array>
#include <cstdio>
#include <functional>
#include <utility>

namespace bitloom {
namespace {

void requireSensible(const Model& model, const Recipe& start, const FitSettings& settings,
                     bool measured)
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
    methodNamed(settings.method);
    if (const std::string problem = recipeProblem(start, model); !problem.empty())
        throw Error("fit", problem);
}

using Options = std::vector<std::vector<BudgetOption>>;
using DamageOf = std::function<double(int slot, const SlotChoice& choice)>;

/// Adds up what every option costs; every (item, option) pair in one list, so that threads share
/// them evenly. False: stopped.
bool measureOptions(const FitPlan& plan, const DamageOf& damage, Options& options,
                    Progress& progress)
{
    std::vector<std::pair<size_t, size_t>> pairs;
    for (size_t item = 0; item < options.size(); ++item)
        for (size_t option = 0; option < options[item].size(); ++option)
            pairs.emplace_back(item, option);
    const int64_t left =
        parallelFor(static_cast<int64_t>(pairs.size()), 0, progress, "measuring the choices",
                    [&](int64_t i, int) {
                        const auto [item, option] = pairs[static_cast<size_t>(i)];
                        const FitItem& fitItem = plan.items()[item];
                        for (size_t slot = 0; slot < fitItem.slots.size(); ++slot)
                            options[item][option].damage +=
                                damage(fitItem.slots[slot], fitItem.choices[option][slot]);
                    });
    return left == 0;
}

/// What the slots cost that the fit leaves as they are.
double keptDamage(const FitPlan& plan, const Model& model, const DamageOf& damage)
{
    double kept = 0;
    for (const int slot : plan.keptSlots())
        kept +=
            damage(slot, plan.start().choice(model.graph.slots[static_cast<size_t>(slot)].name));
    return kept;
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

void requireGoodEnough(const FitResult& fit, const FitSettings& settings)
{
    const double best = fit.front.back().predicted;
    if (!settings.mostDamage || best <= *settings.mostDamage)
        return;
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(),
                  "with these schemes and locked slots at least %.4g is lost, more than %.4g", best,
                  *settings.mostDamage);
    throw Error("fit", text.data());
}

BudgetChoice solved(const FitPlan& plan, const BudgetSolver& solver, const Options& options,
                    const FitSettings& settings, double kept)
{
    if (settings.mostDamage)
        return solver.reaching(*settings.mostDamage - kept);
    const std::optional<BudgetChoice> exact = exactBudget(options, plan.budget());
    return exact ? *exact : solver.within(plan.budget());
}

} // namespace

FitResult Workbench::fit(const Recipe& start, const FitSettings& settings, Progress& progress)
{
    requireSensible(*m_model, start, settings, fisher().has_value());
    const FitPlan plan(*m_model, start, settings);
    Options options = plan.options();
    if (!settings.mostDamage)
        plan.requireReachable(BudgetSolver(options).smallest());
    const DamageOf damage = [&](int slot, const SlotChoice& choice) {
        Progress quiet;
        return m_caches->slotError(*m_model, slot, choice, kFitting, 1, quiet).damage;
    };
    ProgressSpan measuring(progress, 0, 0.95);
    if (!measureOptions(plan, damage, options, measuring))
        return {start, plan.size(start), 0, {}, {}, false};
    const double kept = keptDamage(plan, *m_model, damage);
    const BudgetSolver solver(options);
    FitResult result;
    result.front = frontOf(plan, solver, kept);
    requireGoodEnough(result, settings);
    const BudgetChoice chosen = solved(plan, solver, options, settings, kept);
    result.recipe = plan.recipe(chosen);
    result.reasons = reasonsOf(plan, options, chosen);
    result.size = plan.size(result.recipe);
    ProgressSpan predicting(progress, 0.95, 1);
    result.predictedKl = predictedKl(result.recipe, predicting).value_or(0);
    return result;
}

} // namespace bitloom
