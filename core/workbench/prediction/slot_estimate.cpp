// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/slot_estimate.h"

#include "core/quantize/variant/encode_pieces.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom {

namespace {

/// Narrow pieces see more rows and columns for the same work.
constexpr int64_t kPieceColumns = 64;
/// Fewer tell nothing of their spread.
constexpr int64_t kFewestPieces = 4;
/// Relative deviation between the diagonal form and the full one, as bench_quick_estimates found
/// it.
constexpr double kFormDeviation = 0.08;
/// Multiples of it fill [0, 1) evenly, however many there are.
constexpr double kGoldenRatio = 0.6180339887498949;

/// Draws positions with chances in proportion to their weights, so many neighbours being one
/// position.
class WeightedPositions {
public:
    WeightedPositions(std::span<const float> weights, int64_t together)
    {
        for (size_t i = 0; i < weights.size(); ++i) {
            if (i % static_cast<size_t>(together) == 0)
                m_until.push_back(total());
            m_until.back() += static_cast<double>(weights[i]);
        }
    }
    double total() const { return m_until.empty() ? 0 : m_until.back(); }
    double weight(int64_t position) const
    {
        const auto at = static_cast<size_t>(position);
        return m_until[at] - (at > 0 ? m_until[at - 1] : 0);
    }
    /// The position at a share, in [0, 1), of the sum of all weights.
    int64_t at(double share) const
    {
        const auto found = std::ranges::upper_bound(m_until, share * total());
        return std::min(found, m_until.end() - 1) - m_until.begin();
    }

private:
    std::vector<double> m_until;
};

/// A piece as if it were a row of its own, of weight 1: as wide as all columns weigh together. What
/// is along the weights is not weighed back to all pieces alike, as the full form has it: that
/// would let few that matter little decide.
ChangeSums sumsOfPiece(const EncodedPieces& pieces, int64_t index,
                       std::span<const float> columnWeights, double scale)
{
    ChangeSums sums;
    const std::span<const float> from = pieces.original.row(index);
    const std::span<const float> to = pieces.changed.row(index);
    for (size_t i = 0; i < from.size(); ++i) {
        const double value = from[i];
        const double error = to[i] - value;
        const double weighted = scale * static_cast<double>(columnWeights[i]) * error;
        sums.change += weighted * error;
        sums.cross += weighted * value;
        sums.inner += error * value;
        sums.square += value * value;
    }
    sums.rows = 1;
    return sums;
}

/// Variance of the mean, as far as so few values tell it (of Student's t).
double varianceOfMean(const std::vector<double>& values)
{
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return squares / (count * (count - 3));
}

SlotEstimate estimateOf(const SlotFisher& fisher, const std::vector<ChangeSums>& pieces)
{
    ChangeSums all;
    for (const ChangeSums& piece : pieces)
        all.add(piece);
    const double shrinkage = fisher.alongWeights ? all.shrinkage() : 0;
    std::vector<double> damages;
    for (const ChangeSums& piece : pieces)
        damages.push_back((piece.change + shrinkage * piece.cross) / 2);
    const double damage = fisher.damage(all);
    return {damage, std::hypot(std::sqrt(varianceOfMean(damages)), kFormDeviation * damage)};
}

} // namespace

SlotEstimate estimateSlot(const TransformedModel& model, int slot, const Encoding& encoding,
                          const SlotFisher& fisher, int64_t weights)
{
    const int64_t columns = pieceColumns(model, slot, encoding, kPieceColumns);
    const WeightedPositions rows(fisher.rowSums, 1);
    const WeightedPositions stretches(fisher.columnSums, columns);
    if (!(rows.total() > 0) || !(stretches.total() > 0))
        return {};
    const int64_t count = std::max(kFewestPieces, weights / columns);
    std::vector<RowPiece> positions;
    for (int64_t i = 0; i < count; ++i) {
        const double middle = static_cast<double>(i) + 0.5;
        const double share = middle * kGoldenRatio;
        positions.push_back({rows.at(middle / static_cast<double>(count)),
                             stretches.at(share - std::floor(share)) * columns});
    }
    const EncodedPieces pieces = encodePieces(model, slot, encoding, positions, columns);
    std::vector<ChangeSums> sums;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t first = positions[static_cast<size_t>(i)].firstColumn;
        const auto columnWeights =
            std::span(fisher.columnSums)
                .subspan(static_cast<size_t>(first), static_cast<size_t>(columns));
        sums.push_back(sumsOfPiece(pieces, i, columnWeights,
                                   stretches.total() / stretches.weight(first / columns)));
    }
    return estimateOf(fisher, sums);
}

} // namespace bitloom
