// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/rank_correlation.h"

#include "core/analyze/numerics/estimate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace bitloom {

namespace {

/// From 0; equal values share their mean rank.
std::vector<double> ranksOf(std::span<const double> values)
{
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (size_t from = 0; from < order.size();) {
        size_t to = from;
        while (to < order.size() && values[order[to]] == values[order[from]])
            ++to;
        for (size_t i = from; i < to; ++i)
            ranks[order[i]] = static_cast<double>(from + to - 1) / 2;
        from = to;
    }
    return ranks;
}

} // namespace

double spearman(std::span<const double> a, std::span<const double> b)
{
    const auto isNan = [](double value) { return std::isnan(value); };
    if (std::ranges::any_of(a, isNan) || std::ranges::any_of(b, isNan))
        return std::numeric_limits<double>::quiet_NaN(); // NaN has no rank
    const std::vector<double> x = ranksOf(a);
    const std::vector<double> y = ranksOf(b);
    const double middle = (static_cast<double>(x.size()) - 1) / 2;
    double both = 0;
    double ofX = 0;
    double ofY = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        both += (x[i] - middle) * (y[i] - middle);
        ofX += (x[i] - middle) * (x[i] - middle);
        ofY += (y[i] - middle) * (y[i] - middle);
    }
    return ofX > 0 && ofY > 0 ? both / std::sqrt(ofX * ofY) : 0;
}

double explainedShare(std::span<const double> predicted, std::span<const double> measured)
{
    std::vector<double> logs;
    double missed = 0;
    for (size_t i = 0; i < predicted.size(); ++i)
        if (predicted[i] > 0 && measured[i] > 0) {
            logs.push_back(std::log(measured[i]));
            missed += std::pow(std::log(measured[i] / predicted[i]), 2);
        }
    const double mean = meanOf(logs).value;
    double varied = 0;
    for (const double log : logs)
        varied += std::pow(log - mean, 2);
    return varied > 0 ? 1 - missed / varied : 0;
}

LogRatio logRatio(std::span<const double> predicted, std::span<const double> measured)
{
    std::vector<double> logs;
    for (size_t i = 0; i < predicted.size(); ++i)
        if (predicted[i] > 0 && measured[i] > 0)
            logs.push_back(std::log(predicted[i] / measured[i]));
    const Estimate mean = meanOf(logs);
    const auto pairs = static_cast<double>(logs.size());
    return {mean.value, mean.standardError * std::sqrt(pairs), static_cast<int>(logs.size())};
}

} // namespace bitloom
