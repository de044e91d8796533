// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// A share or a mean, and how far chance alone may have moved it.
struct Estimate {
    double value = 0;
    double standardError = 0;
};

/// Mean of independent values; standard error: sample standard deviation / √n. None: zeros.
Estimate meanOf(std::span<const double> values);

/// Mean of values that hang together within blocks but hardly across them: `blocks` holds how many
/// consecutive values each block has, all values in order. Standard error: that of a ratio of block
/// sums to block lengths (Cochran 1977, §6.3; "cluster robust"),
///   √( B/(B−1) · Σ_b (S_b − n_b · mean)² ) / n.
/// Blocks of one value each give meanOf.
Estimate blockMean(std::span<const double> values, std::span<const int64_t> blocks);

/// A block, of which only the sum of its values is known.
struct BlockSum {
    double sum = 0;
    int64_t count = 0;
};
/// The mean over blocks of which only the sums are known.
Estimate blockMean(std::span<const BlockSum> blocks);
/// The sum of each block.
std::vector<BlockSum> blockSums(std::span<const double> values, std::span<const int64_t> blocks);
/// Mean of `a` minus that of `b`, over the same blocks in the same order: what is hard for both
/// cancels, so that this is far surer than either. Error when the blocks are not alike.
Estimate pairedDifference(std::span<const BlockSum> a, std::span<const BlockSum> b);

/// Blocks for predictions of running text: a window each, whose tokens hang together by their
/// subject and by the context they share. Fewer windows than kFewestBlocks are cut into equal runs
/// of neighbours until there are as many, where there are so many predictions.
std::vector<int64_t> textBlocks(std::span<const int64_t> predictionsOfWindows);
inline constexpr int64_t kFewestBlocks = 16;

/// Between the two nearest ranks, as NumPy's default. `sorted` is ascending and not empty.
double quantile(std::span<const double> sorted, double share);

} // namespace bitloom
