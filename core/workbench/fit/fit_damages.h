// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: what the options of a fit lose.

#include "core/workbench/fit/fit_plan.h"

#include <functional>
#include <vector>

namespace bitloom {

using FitOptions = std::vector<std::vector<BudgetOption>>;
using DamageOf = std::function<double(int slot, const SlotChoice& choice)>;

/// What is lost with every option, and by the slots that the fit leaves as they are.
struct FitDamages {
    FitOptions options;
    double locked = 0;
};

/// Fills in the damages of every option and every locked slot. False: stopped.
bool measureDamages(const FitPlan& plan, const Model& model, const DamageOf& damage,
                    FitDamages& damages, Progress& progress);

/// The same, encoding with methods that need calibration only near the best: the default method
/// stands in for them (nearest, which is cheaper, would put the smallest recipes of the front 3
/// times too high on the sample), `solve` says what is best so, and there, a step up and a step
/// down, the true damages are measured. What they are of the stand-in's goes for all others.
bool measureDamagesNearBest(const FitPlan& plan, const Model& model, const DamageOf& damage,
                            const std::function<BudgetChoice(const FitOptions&)>& solve,
                            FitDamages& damages, Progress& progress);

} // namespace bitloom
