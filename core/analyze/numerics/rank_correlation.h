// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace bitloom {

/// Spearman's correlation of two lists of the same length: Pearson's of their ranks, equal values
/// sharing the mean of theirs. 0 where one of them does not vary, NaN where
/// one of them holds NaN.
double spearman(std::span<const double> a, std::span<const double> b);

/// R² of the logarithms, with no fitted constant: 1 − Σ ln²(measured / predicted) / Σ (ln(measured)
/// − its mean)² over the pairs of which both are above 0. Below 0: worse than the mean. 0 where the
/// measured do not vary.
double explainedShare(std::span<const double> predicted, std::span<const double> measured);

/// How a prediction that needs no scale misses: ln(predicted / measured) over the pairs of which
/// both are above 0.
struct LogRatio {
    double mean = 0;
    double deviation = 0; ///< of the sample, by n − 1
    int pairs = 0;
};
LogRatio logRatio(std::span<const double> predicted, std::span<const double> measured);

} // namespace bitloom
