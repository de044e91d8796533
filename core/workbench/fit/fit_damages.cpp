// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fit_damages.h"

#include "core/base/parallel.h"
#include "core/quantize/methods/method.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace bitloom {

namespace {

using Pairs = std::vector<std::pair<size_t, size_t>>; ///< (item, option)

/// Every pair and every locked slot in one list, so that threads share them evenly. False: stopped.
bool measurePairs(const FitPlan& plan, const Pairs& pairs,
                  const std::function<void(size_t)>& locked, const DamageOf& damage,
                  FitDamages& damages, Progress& progress)
{
    const auto measurePair = [&](const auto& pair) {
        const auto [item, option] = pair;
        const FitItem& fitItem = plan.items()[item];
        double& sum = damages.options[item][option].damage;
        sum = 0;
        for (size_t slot = 0; slot < fitItem.slots.size(); ++slot)
            sum += damage(fitItem.slots[slot], fitItem.choices[option][slot]);
    };
    const size_t lockedSlots = locked ? plan.lockedSlots().size() : 0;
    const int64_t left = parallelFor(static_cast<int64_t>(pairs.size() + lockedSlots), 0, progress,
                                     "measuring the choices", [&](int64_t index, int) {
                                         const auto i = static_cast<size_t>(index);
                                         if (i < pairs.size())
                                             measurePair(pairs[i]);
                                         else
                                             locked(i - pairs.size());
                                     });
    return left == 0;
}

Pairs allPairs(const FitOptions& options)
{
    Pairs pairs;
    for (size_t item = 0; item < options.size(); ++item)
        for (size_t option = 0; option < options[item].size(); ++option)
            pairs.emplace_back(item, option);
    return pairs;
}

/// What its items are encoded with is the same for all of their slots.
const SlotChoice& choiceOf(const FitPlan& plan, size_t item, size_t option)
{
    return plan.items()[item].choices[option].front();
}

/// Those that need calibration, of the schemes chosen, a step up and a step down.
Pairs pairsNear(const FitPlan& plan, const FitOptions& options, const BudgetChoice& chosen)
{
    Pairs pairs;
    for (size_t item = 0; item < options.size(); ++item) {
        const int now = chosen.option[item];
        std::set<std::string> near = {choiceOf(plan, item, static_cast<size_t>(now)).scheme};
        for (const auto& step : {stepUp(options[item], now), stepDown(options[item], now)})
            if (step)
                near.insert(choiceOf(plan, item, static_cast<size_t>(step->option)).scheme);
        for (size_t option = 0; option < options[item].size(); ++option) {
            const SlotChoice& choice = choiceOf(plan, item, option);
            if (choice.needsCalibration() && near.contains(choice.scheme))
                pairs.emplace_back(item, option);
        }
    }
    return pairs;
}

/// Damages of the stand-in times what the method makes of it where both are known.
void scaleTheOthers(const FitPlan& plan, const Pairs& measured, const FitOptions& rough,
                    FitOptions& options)
{
    const std::set<std::pair<size_t, size_t>> known(measured.begin(), measured.end());
    using Sums = std::pair<double, double>; // measured, rough
    std::map<std::pair<size_t, std::string>, Sums> sums;
    for (const auto& [item, option] : measured) {
        Sums& both = sums[{item, choiceOf(plan, item, option).method}];
        both.first += options[item][option].damage;
        both.second += rough[item][option].damage;
    }
    for (size_t item = 0; item < options.size(); ++item)
        for (size_t option = 0; option < options[item].size(); ++option) {
            const SlotChoice& choice = choiceOf(plan, item, option);
            const auto both = sums.find({item, choice.method});
            if (choice.needsCalibration() && !known.contains({item, option}) &&
                both != sums.end() && both->second.second > 0)
                options[item][option].damage *= both->second.first / both->second.second;
        }
}

} // namespace

bool measureDamages(const FitPlan& plan, const Model& model, const DamageOf& damage,
                    FitDamages& damages, Progress& progress)
{
    std::vector<double> locked(plan.lockedSlots().size());
    const auto measureLocked = [&](size_t i) {
        const int slot = plan.lockedSlots()[i];
        const std::string& name = model.graph.slot(slot).name;
        locked[i] = damage(slot, plan.start().choice(name));
    };
    const bool whole =
        measurePairs(plan, allPairs(damages.options), measureLocked, damage, damages, progress);
    damages.locked = std::accumulate(locked.begin(), locked.end(), 0.0);
    return whole;
}

bool measureDamagesNearBest(const FitPlan& plan, const Model& model, const DamageOf& damage,
                            const std::function<BudgetChoice(const FitOptions&)>& solve,
                            FitDamages& damages, Progress& progress)
{
    ProgressSpan roughly(progress, 0, 0.5);
    ProgressSpan exactly(progress, 0.5, 1);
    const DamageOf standIn = [&](int slot, const SlotChoice& choice) {
        SlotChoice plain = choice;
        if (!choice.needsCalibration() || !plan.isFree(slot))
            return damage(slot, choice);
        plain.method = kDefaultMethod;
        plain.parameters.clear();
        if (plain.needsCalibration()) // a correction that does
            plain.correction.reset();
        return damage(slot, plain);
    };
    if (!measureDamages(plan, model, standIn, damages, roughly))
        return false;
    const FitOptions rough = damages.options;
    const Pairs near = pairsNear(plan, rough, solve(rough));
    if (!measurePairs(plan, near, {}, damage, damages, exactly))
        return false;
    scaleTheOthers(plan, near, rough, damages.options);
    return true;
}

} // namespace bitloom
