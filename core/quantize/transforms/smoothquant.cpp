// SPDX-License-Identifier: GPL-3.0-or-later
// SmoothQuant (Xiao et al. 2023, §4): a norm's output is divided by s, channel by channel, and the
// columns of the matrices behind it are multiplied by s, where
//
//     s_j = max|X_j|^α / max|W_j|^(1 − α),
//
// so that outliers of activations become a little larger weights. The maximum over the weights is
// that of all matrices that read the norm together.
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/quantize/encoding/clip.h"
#include "core/quantize/transforms/scaling_groups.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace bitloom {

namespace {

constexpr std::string_view kAlpha = "alpha";
/// Below this there is nothing to smooth: a channel that is never active stays as it is.
constexpr float kSmallest = 1e-5F;

TransformScope scopeOf(const Graph& graph)
{
    TransformScope scope;
    for (const ScalingGroup& group : scalingGroups(graph, scope.leftOut)) {
        scope.values.push_back(group.value);
        scope.slots.insert(scope.slots.end(), group.norm.begin(), group.norm.end());
        scope.slots.insert(scope.slots.end(), group.products.begin(), group.products.end());
    }
    std::ranges::sort(scope.slots);
    std::ranges::sort(scope.values);
    return scope;
}

/// What the search and the formula need to know of the matrices that read one norm.
struct Readers {
    std::vector<float> largest;           ///< |W| of each column, over all rows of all of them
    std::vector<double> squares;          ///< Σ W² of each column
    std::vector<std::vector<float>> rows; ///< a sample: the search looks at their ranges
    double share = 1;                     ///< rows for each one of the sample
};

constexpr int64_t kSampledRows = 256;

void addRows(const Matrix& rows, int64_t first, int64_t stride, Readers& readers)
{
    for (int64_t r = 0; r < rows.rows; ++r) {
        const std::span<const float> row = rows.row(r);
        for (size_t i = 0; i < row.size(); ++i) {
            readers.largest[i] = std::max(readers.largest[i], std::abs(row[i]));
            readers.squares[i] += static_cast<double>(row[i]) * row[i];
        }
        if ((first + r) % stride == 0)
            readers.rows.emplace_back(row.begin(), row.end());
    }
}

Readers readersOf(const Model& model, const ScalingGroup& group)
{
    const auto width = static_cast<size_t>(model.graph.value(group.value).width);
    Readers readers{std::vector<float>(width), std::vector<double>(width), {}, 1};
    int64_t all = 0;
    for (const int slot : group.products)
        all += model.graph.slot(slot).rows;
    const int64_t stride = std::max<int64_t>(1, all / kSampledRows);
    readers.share = static_cast<double>(stride);
    for (const int slot : group.products) {
        const Slot& place = model.graph.slot(slot);
        const StoredTensor tensor = model.tensorOf(place);
        const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / place.columns);
        for (int64_t first = 0; first < place.rows; first += atOnce)
            addRows(tensor.readRows(first, std::min(atOnce, place.rows - first)), first, stride,
                    readers);
    }
    return readers;
}

/// α of a place: its own, else that of all; nothing: it is searched.
std::optional<double> alphaOf(const TransformStep& step, const std::string& value)
{
    for (const std::string& name : {value, std::string(kAlpha)})
        if (const auto found = step.parameters.find(name); found != step.parameters.end())
            return found->second;
    return std::nullopt;
}

std::vector<float> factorsOf(std::span<const float> inputs, const std::vector<float>& weights,
                             double alpha)
{
    std::vector<float> factors(weights.size(), 1.0F);
    for (size_t i = 0; i < factors.size(); ++i) {
        if (inputs[i] < kSmallest)
            continue;
        const double weight = std::max(weights[i], kSmallest);
        const double factor =
            std::pow(static_cast<double>(inputs[i]), alpha) / std::pow(weight, 1 - alpha);
        factors[i] = std::max(static_cast<float>(factor), kSmallest);
    }
    return factors;
}

/// Mean squares of a norm's channels.
std::vector<double> meanSquares(const SecondMoment& moment)
{
    const MatrixView view = moment.view();
    std::vector<double> diagonal(static_cast<size_t>(view.rows));
    for (int64_t i = 0; i < view.rows; ++i)
        diagonal[static_cast<size_t>(i)] = view.data[i * view.columns + i];
    return diagonal;
}

/// What eight bits leave of the products' output, as the variance of rounding: of weights, a scale
/// for each row, and of inputs, a scale for each token, whose largest channel is taken to lie
/// within three standard deviations.
double outputError(const Readers& readers, const SecondMoment& seen,
                   const std::vector<double>& squares, const std::vector<float>& factors)
{
    constexpr double kDeviations = 3;
    double ofInputs = 0;
    double ofWeights = 0;
    double token = 0;
    for (size_t i = 0; i < factors.size(); ++i) {
        const double factor = factors[i];
        const double usual = kDeviations * std::sqrt(squares[i]);
        token = std::max(token, std::min<double>(seen.largest()[i], usual) / factor);
        ofInputs += factor * factor * readers.squares[i];
        ofWeights += squares[i] / (factor * factor);
    }
    double rows = 0;
    for (const std::vector<float>& row : readers.rows) {
        float largest = 0;
        for (size_t i = 0; i < factors.size(); ++i)
            largest = std::max(largest, std::abs(row[i] * factors[i]));
        rows += static_cast<double>(largest) * largest;
    }
    return token * token * ofInputs + readers.share * rows * ofWeights;
}

/// The best of 0, 0.05, … 1, and of leaving the norm as it is.
std::vector<float> searchedFactors(const Readers& readers, const SecondMoment& seen)
{
    constexpr int kSteps = 20;
    const std::vector<double> squares = meanSquares(seen);
    std::vector<float> best(squares.size(), 1.0F);
    double least = outputError(readers, seen, squares, best);
    for (int step = 0; step <= kSteps; ++step) {
        auto factors =
            factorsOf(seen.largest(), readers.largest, static_cast<double>(step) / kSteps);
        const double error = outputError(readers, seen, squares, factors);
        if (error < least) {
            least = error;
            best = std::move(factors);
        }
    }
    return best;
}

TransformPlan planFor(const Model& model, const InputMoments& inputs, const TransformStep& step,
                      Progress& progress)
{
    std::vector<std::string> leftOut;
    const std::vector<ScalingGroup> groups = scalingGroups(model.graph, leftOut);
    std::vector<std::vector<float>> factors(groups.size());
    parallelFor(static_cast<int64_t>(groups.size()), 0, progress, "smoothing", [&](int64_t i, int) {
        const ScalingGroup& group = groups[static_cast<size_t>(i)];
        const std::string& name = model.graph.value(group.value).name;
        const SecondMoment* seen = inputs.of(group.products.front());
        if (!seen || seen->largest().empty())
            throw Error("transform", "how large " + name + " becomes was not measured");
        const Readers readers = readersOf(model, group);
        const std::optional<double> alpha = alphaOf(step, name);
        factors[static_cast<size_t>(i)] = alpha
                                              ? factorsOf(seen->largest(), readers.largest, *alpha)
                                              : searchedFactors(readers, *seen);
    });
    if (progress.stopRequested())
        return {};
    TransformPlan plan;
    for (size_t i = 0; i < groups.size(); ++i) {
        for (const int slot : groups[i].products)
            plan.columns[slot] = factors[i];
        plan.values[groups[i].value] = factors[i];
        std::vector<float>& inverse = factors[i];
        for (float& factor : inverse)
            factor = 1 / factor;
        for (const int slot : groups[i].norm)
            plan.columns[slot] = inverse;
    }
    return plan;
}

} // namespace

Transform smoothQuant()
{
    Transform row;
    row.id = "smoothquant";
    row.title = "SmoothQuant";
    row.description = "Moves what is hard to quantize from a norm's output into the columns of the "
                      "matrices behind it, by how large both become on the calibration text. For "
                      "quantized activations.";
    row.parameters = {
        {kAlpha,
         "which range decides: 1 that of the activations alone, 0 that of the weights "
         "alone; not given: for every norm what serves eight bits best",
         0, 1}};
    row.scope = scopeOf;
    row.plan = planFor;
    return row;
}

} // namespace bitloom
