// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/square_sums.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bitloom {

namespace {

/// ⟨gradient, weights⟩ over rows from `first` on.
double alongRows(const torch::Tensor& gradient, const StoredTensor& weights, int64_t first)
{
    const Matrix rows = weights.readRows(first, gradient.size(0));
    return (gradient * asTensor(rows.view())).sum(torch::kFloat64).item<double>();
}

} // namespace

void SquareSums::add(const Model& model, int slot, const std::vector<UseGradient>& uses)
{
    const Slot& place = model.graph.slot(slot);
    const StoredTensor weights = model.tensorOf(place);
    rows.resize(static_cast<size_t>(place.rows));
    columns.resize(static_cast<size_t>(place.columns));
    double inner = 0;
    formGradient(place.rows, place.columns, uses,
                 [&](int64_t first, const torch::Tensor& gradient) {
                     addSquares(gradient, first);
                     inner += alongRows(gradient, weights, first);
                 });
    along += inner * inner;
}

void SquareSums::addSquares(const torch::Tensor& gradient, int64_t firstRow)
{
    const int64_t width = gradient.size(1);
    constexpr int64_t kLanes = 8; // partial sums, so that the compiler may use wide registers
    for (int64_t r = 0; r < gradient.size(0); ++r) {
        const float* row = gradient.data_ptr<float>() + r * width;
        std::array<double, kLanes> sums{};
        for (int64_t from = 0; from < width; from += kLanes)
            for (int64_t i = from; i < std::min(from + kLanes, width); ++i) {
                const double square = static_cast<double>(row[i]) * static_cast<double>(row[i]);
                columns[static_cast<size_t>(i)] += square;
                sums[static_cast<size_t>(i - from)] += square;
            }
        rows[static_cast<size_t>(firstRow + r)] += std::accumulate(sums.begin(), sums.end(), 0.0);
    }
}

namespace {

void addInto(std::vector<double>& sums, const std::vector<double>& more)
{
    sums.resize(std::max(sums.size(), more.size()));
    for (size_t i = 0; i < more.size(); ++i)
        sums[i] += more[i];
}

} // namespace

void SquareSums::merge(const SquareSums& other)
{
    addInto(rows, other.rows);
    addInto(columns, other.columns);
    along += other.along;
}

} // namespace bitloom
