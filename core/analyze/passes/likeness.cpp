// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/likeness.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace bitloom {

double cosineOf(std::span<const float> a, std::span<const float> b)
{
    const auto dot = [](std::span<const float> x, std::span<const float> y) {
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0, std::plus<>(),
                                  [](double u, double v) { return u * v; });
    };
    const double ofA = dot(a, a);
    const double ofB = dot(b, b);
    if (ofA == 0 || ofB == 0)
        return ofA == ofB ? 1 : 0;
    return std::clamp(dot(a, b) / (std::sqrt(ofA) * std::sqrt(ofB)), -1.0, 1.0);
}

std::vector<double> logShares(std::span<const float> logits)
{
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits)
        sum += std::exp(logit - top);
    std::vector<double> shares;
    for (const float logit : logits)
        shares.push_back(logit - top - std::log(sum));
    return shares;
}

std::vector<Neighbour> nearestRows(MatrixView rows, std::span<const float> point, size_t most)
{
    std::vector<Neighbour> found;
    for (int64_t row = 0; row < rows.rows; ++row)
        found.push_back({row, cosineOf(rows.row(row), point)});
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
    found.resize(std::min(most, found.size()));
    return found;
}

} // namespace bitloom
