// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/slot_curvature.h"

#include "core/analyze/numerics/eigenvalues.h"
#include "core/analyze/numerics/number_row.h"
#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kSlotCurvatureVersion = 2;

Fingerprint curvatureKey(const CurvatureQuestion& question, std::string_view measure)
{
    Fingerprint key;
    key.add(kSlotCurvatureVersion);
    key.add(measure);
    key.add(question.model->identity);
    addTo(key, question.windows);
    key.add(static_cast<int64_t>(question.settings.loss));
    key.add(question.trace.seed);
    return key;
}

/// The same matrix, whose forms are taken from what is kept where they are there.
SymmetricOperator remembering(const SymmetricOperator& matrix, const NumberStore& stored)
{
    SymmetricOperator result = matrix;
    const auto rows = std::make_shared<NumberRows>(stored.load().value_or(NumberRows()));
    result.forms = [=](uint64_t seed, uint64_t number, Progress& progress) {
        if (number <= rows->size()) // numbers begin with 1
            return vectorFrom((*rows)[number - 1]);
        Vector forms = signForms(matrix, seed, number, progress);
        if (!forms.empty()) {
            rows->push_back(rowFrom(forms));
            stored.keep(*rows);
        }
        return forms;
    };
    return result;
}

std::vector<SlotCurvature> tracesPerWeight(const CurvatureQuestion& question, Progress& progress)
{
    const NetworkCurvature curvature(question.model, question.windows, question.settings);
    const NumberStore stored(question.store, "curvature", curvatureKey(question, "trace"));
    const SymmetricOperator hessian = remembering(curvature.hessian(), stored);
    const TraceEstimate trace = estimateTrace(hessian, question.trace, progress);
    std::vector<SlotCurvature> result;
    for (size_t i = 0; i < trace.slices.size() && trace.whole.samples > 0; ++i) {
        const SampleMean& slice = trace.slices[i];
        const auto weights = static_cast<double>(hessian.slices[i]);
        result.push_back({curvature.slots()[i], slice.mean / weights, slice.standardError / weights,
                          slice.samples, slice.relativeError() < question.trace.relativeError});
    }
    return result;
}

/// Top eigenvalues that were found: [value, products, converged] by subset of the windows and slot.
class FoundEigenvalues {
public:
    FoundEigenvalues(const CurvatureQuestion& question, int64_t subsets)
        : m_stored(question.store, "curvature", keyWith(question, subsets))
    {
        for (const std::vector<double>& row : m_stored.load().value_or(NumberRows()))
            if (row.size() == kNumbers)
                m_rows.push_back(row);
    }
    bool has(int64_t subset, int slot) const { return find(subset, slot) != m_rows.end(); }
    void add(int64_t subset, int slot, const Eigenpair& pair)
    {
        m_rows.push_back({static_cast<double>(subset), static_cast<double>(slot), pair.value,
                          static_cast<double>(pair.products), pair.converged ? 1.0 : 0.0});
        m_stored.keep(m_rows);
    }
    /// Over all subsets that are known; nothing: none is.
    std::optional<SlotCurvature> of(int slot) const;

private:
    static constexpr size_t kNumbers = 5;
    static Fingerprint keyWith(const CurvatureQuestion& question, int64_t subsets)
    {
        Fingerprint key = curvatureKey(question, "top-eigenvalue");
        key.add(subsets);
        return key;
    }
    NumberRows::const_iterator find(int64_t subset, int slot) const
    {
        return std::ranges::find_if(m_rows, [&](const std::vector<double>& row) {
            return row[0] == static_cast<double>(subset) && row[1] == static_cast<double>(slot);
        });
    }

    NumberStore m_stored;
    NumberRows m_rows;
};

std::optional<SlotCurvature> FoundEigenvalues::of(int slot) const
{
    SlotCurvature result;
    result.slot = slot;
    result.converged = true;
    Vector values;
    for (const std::vector<double>& row : m_rows)
        if (row[1] == static_cast<double>(slot)) {
            values.push_back(row[2]);
            result.products += static_cast<int64_t>(row[3]);
            result.converged = result.converged && row[4] != 0;
        }
    result.value = meanPlusDeviation(values);
    result.uncertainty = deviation(values);
    return values.empty() ? std::nullopt : std::optional(result);
}

/// Adds the top eigenvalue of every slot on one subset. A stop leaves the others out.
void addTopEigenvalues(FoundEigenvalues& found, int64_t subset, const NetworkCurvature& curvature,
                       const EigenvalueSettings& settings, Progress& progress)
{
    const auto all = static_cast<double>(curvature.slots().size());
    for (size_t i = 0; i < curvature.slots().size(); ++i) {
        const int slot = curvature.slots()[i];
        ProgressSpan span(progress, static_cast<double>(i) / all, static_cast<double>(i + 1) / all);
        if (found.has(subset, slot))
            continue;
        const SymmetricOperator block = curvature.hessian({slot});
        const Eigenpair pair = largestEigenvalue(block, settings, span);
        if (progress.stopRequested())
            return;
        found.add(subset, slot, pair);
    }
}

std::vector<SlotCurvature> topEigenvalues(const CurvatureQuestion& question, Progress& progress)
{
    EigenvalueSettings settings;
    settings.seed = question.trace.seed;
    const auto count = static_cast<int64_t>(question.windows.size());
    const int64_t subsets = std::clamp<int64_t>(question.subsets, 1, std::max<int64_t>(1, count));
    FoundEigenvalues found(question, subsets);
    for (int64_t i = 0; i < subsets && !progress.stopRequested(); ++i) {
        const auto all = static_cast<double>(subsets);
        ProgressSpan span(progress, static_cast<double>(i) / all, static_cast<double>(i + 1) / all);
        const auto from = question.windows.begin() + i * count / subsets;
        const auto to = question.windows.begin() + (i + 1) * count / subsets;
        const NetworkCurvature curvature(question.model, {from, to}, question.settings);
        addTopEigenvalues(found, i, curvature, settings, span);
    }
    std::vector<SlotCurvature> result;
    for (size_t slot = 0; slot < question.model->graph.slots.size(); ++slot)
        if (const auto known = found.of(static_cast<int>(slot)))
            result.push_back(*known);
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
