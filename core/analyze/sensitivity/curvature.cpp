// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/slot_curvature.h"
#include "core/analyze/sensitivity/rows.h"

namespace bitloom {

namespace {

MeasuredSensitivity halfCurvature(std::string_view measure, const SensitivityQuestion& question,
                                  Progress& progress)
{
    CurvatureQuestion curvature;
    curvature.model = question.model;
    curvature.windows = question.windows;
    curvature.trace.seed = question.seed;
    curvature.store = question.store;
    std::map<int, double> factors;
    for (const SlotCurvature& slot : curvatureMeasureNamed(measure).measure(curvature, progress))
        factors[slot.slot] = slot.value / 2;
    return factors.empty() ? nullptr : std::make_unique<ScaledError>(std::move(factors));
}

} // namespace

MeasuredSensitivity measureTrace(const SensitivityQuestion& question, Progress& progress)
{
    return halfCurvature("trace", question, progress);
}

MeasuredSensitivity measureTopEigenvalue(const SensitivityQuestion& question, Progress& progress)
{
    return halfCurvature("top-eigenvalue", question, progress);
}

} // namespace bitloom
