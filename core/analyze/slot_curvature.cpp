// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/slot_curvature.h"

#include "core/analyze/eigenvalues.h"
#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bitloom {

namespace {

std::vector<SlotCurvature> tracesPerWeight(const CurvatureQuestion& question, Progress& progress)
{
    const NetworkCurvature curvature(question.model, question.windows, question.settings);
    const SymmetricOperator hessian = curvature.hessian();
    const TraceEstimate trace = estimateTrace(hessian, question.trace, progress);
    std::vector<SlotCurvature> result;
    for (size_t i = 0; i < trace.parts.size() && trace.whole.samples > 0; ++i) {
        const SampleMean& part = trace.parts[i];
        const auto weights = static_cast<double>(hessian.parts[i]);
        result.push_back({curvature.slots()[i], part.mean / weights, part.standardError / weights,
                          part.samples, part.relativeError() < question.trace.relativeError});
    }
    return result;
}

/// What is known of a slot after some subsets.
struct TopEigenvalues {
    Vector values;
    int64_t products = 0;
    bool converged = true;

    void add(const Eigenpair& pair)
    {
        values.push_back(pair.value);
        products += pair.products;
        converged = converged && pair.converged;
    }
};

/// Adds the top eigenvalue of every slot on one subset. A stop leaves the others as they are.
void addTopEigenvalues(std::vector<TopEigenvalues>& found, const NetworkCurvature& curvature,
                       const EigenvalueSettings& settings, Progress& progress)
{
    found.resize(curvature.slots().size());
    for (size_t i = 0; i < found.size(); ++i) {
        const auto all = static_cast<double>(found.size());
        ProgressSpan span(progress, static_cast<double>(i) / all, static_cast<double>(i + 1) / all);
        const SymmetricOperator block = curvature.hessian({curvature.slots()[i]});
        const Eigenpair pair = largestEigenvalue(block, settings, span);
        if (progress.stopRequested())
            return;
        found[i].add(pair);
    }
}

std::vector<SlotCurvature> topEigenvalues(const CurvatureQuestion& question, Progress& progress)
{
    EigenvalueSettings settings;
    settings.seed = question.trace.seed;
    const auto count = static_cast<int64_t>(question.windows.size());
    const int64_t subsets = std::clamp<int64_t>(question.subsets, 1, std::max<int64_t>(1, count));
    std::vector<TopEigenvalues> found;
    std::vector<int> slots;
    for (int64_t i = 0; i < subsets && !progress.stopRequested(); ++i) {
        const auto all = static_cast<double>(subsets);
        ProgressSpan span(progress, static_cast<double>(i) / all, static_cast<double>(i + 1) / all);
        const auto from = question.windows.begin() + i * count / subsets;
        const auto to = question.windows.begin() + (i + 1) * count / subsets;
        const NetworkCurvature curvature(question.model, {from, to}, question.settings);
        addTopEigenvalues(found, curvature, settings, span);
        slots = curvature.slots();
    }
    std::vector<SlotCurvature> result;
    for (size_t i = 0; i < found.size(); ++i)
        if (!found[i].values.empty())
            result.push_back({slots[i], meanPlusDeviation(found[i].values),
                              deviation(found[i].values), found[i].products, found[i].converged});
    return result;
}

} // namespace

const std::vector<CurvatureMeasure>& curvatureMeasures()
{
    static const std::vector<CurvatureMeasure> kMeasures = {
        {"trace", "tr(H)/n", "HAWQ-V2", &tracesPerWeight},
        {"top-eigenvalue", "|mean| + deviation of λ", "Q-BERT", &topEigenvalues},
    };
    return kMeasures;
}

const CurvatureMeasure& curvatureMeasureNamed(std::string_view id)
{
    std::string known;
    for (const CurvatureMeasure& measure : curvatureMeasures()) {
        if (measure.id == id)
            return measure;
        known.append(known.empty() ? "" : ", ").append(measure.id);
    }
    throw Error("curvature", "there is no measure " + std::string(id) + "; there are " + known);
}

} // namespace bitloom
