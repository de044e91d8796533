// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/slot_error.h"

#include "core/analyze/fisher/correlated_damage.h"
#include "core/base/error.h"
#include "core/base/finite.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>

namespace bitloom {
namespace {

/// Below this an encoder starts no threads of its own (core/quantize/methods/encode_rows.cpp).
constexpr int64_t kBandWeights = int64_t{1} << 15;

struct BandSums {
    double squares = 0;
    double errorSquares = 0;
    ChangeSums change;
    int64_t weights = 0;
};

ChangeSums changeSums(const TransformedModel& model, int slot, const SlotFisher& fisher,
                      const Matrix& original, const Matrix& changed, int64_t firstRow)
{
    if (const SecondMoment* moment = model.inputs(slot))
        return correlatedSums(fisher, moment->evaluating(), original.view(), changed.view(),
                              firstRow);
    return fisher.sums(original.view(), changed.view(), firstRow);
}

BandSums measureBand(const TransformedModel& model, int slot, const Encoding& encoding,
                     const SlotFisher* fisher, const RowRange& band)
{
    const Matrix original = model.original(slot, band.first, band.count);
    Matrix changed = model.encodeRows(slot, encoding, band.first, band.count).decode();
    model.restore(slot, changed);
    BandSums sums;
    sums.weights = original.size();
    for (size_t i = 0; i < original.values.size(); ++i) {
        const double value = original.values[i];
        const double error = changed.values[i] - value;
        sums.squares += value * value;
        sums.errorSquares += error * error;
    }
    if (fisher && !fisher->empty())
        sums.change = changeSums(model, slot, *fisher, original, changed, band.first);
    return sums;
}

BandSums sumOfBands(const std::vector<BandSums>& bandSums)
{
    BandSums sum;
    for (const BandSums& sums : bandSums) {
        sum.squares += sums.squares;
        sum.errorSquares += sums.errorSquares;
        sum.change.add(sums.change);
        sum.weights += sums.weights;
    }
    return sum;
}

/// A damage that is not a number would be compared with others, and lose or win by chance.
void requireFinite(const SlotError& error, const Slot& slot, const Encoding& encoding)
{
    if (std::isfinite(error.damage) && std::isfinite(error.meanSquare))
        return;
    throw Error("sensitivity",
                "what " + slot.name + " loses as " +
                    (encoding.scheme.empty() ? std::string("it is stored") : encoding.scheme) +
                    " is " +
                    notFiniteText(std::isfinite(error.damage) ? error.meanSquare : error.damage));
}

} // namespace

bool seenWhole(const Slot& slot, const Precision& precision)
{
    return precision.wholeUpTo == 0 || slot.weights() <= precision.wholeUpTo;
}

std::vector<RowRange> rowBands(const Slot& slot, const Precision& precision)
{
    const int64_t height = std::clamp<int64_t>(kBandWeights / std::max<int64_t>(1, slot.columns), 1,
                                               std::max<int64_t>(1, slot.rows));
    const int64_t all = (slot.rows + height - 1) / height;
    const int64_t wanted = seenWhole(slot, precision)
                               ? all
                               : std::min(all, precision.sampleWeights / (height * slot.columns));
    std::vector<RowRange> bands;
    for (int64_t b = 0; b < std::max<int64_t>(1, wanted); ++b) {
        const int64_t first = b * all / std::max<int64_t>(1, wanted) * height;
        bands.push_back({first, std::min(height, slot.rows - first)});
    }
    return bands;
}

SlotError measureSlotError(const TransformedModel& model, int slot, const Encoding& encoding,
                           const SlotFisher* fisher, const std::vector<RowRange>& bands,
                           int threads, Progress& progress)
{
    SlotError result;
    result.hasDamage = fisher && !fisher->empty();
    if (!encoding.changesWeights())
        return result;
    std::vector<BandSums> bandSums(bands.size());
    parallelFor(static_cast<int64_t>(bands.size()), threads, progress, "measuring errors",
                [&](int64_t i, int) {
                    const auto band = static_cast<size_t>(i);
                    bandSums[band] = measureBand(model, slot, encoding, fisher, bands[band]);
                });
    const BandSums sum = sumOfBands(bandSums);
    const Slot& place = model.graph().slot(slot);
    result.sampled = sum.weights < place.weights();
    if (sum.weights > 0)
        result.meanSquare = sum.errorSquares / static_cast<double>(sum.weights);
    if (sum.squares > 0)
        result.relative = std::sqrt(sum.errorSquares / sum.squares);
    if (result.hasDamage)
        result.damage = fisher->damage(sum.change);
    requireFinite(result, place, encoding);
    return result;
}

} // namespace bitloom
