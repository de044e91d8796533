// SPDX-License-Identifier: GPL-3.0-or-later
// LoRC, a low-rank compensation of the error that codes leave (Yao et al. 2023, "ZeroQuant-V2",
// §4), and its form that weighs the error by what the layer sees (Zhang et al. 2024, "QERA").
#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/encode_rows.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr const char* kRank = "rank";
constexpr double kUsualRank = 8; ///< more gains little (ZeroQuant-V2, table 8)
constexpr double kMostRank = 512;
/// Eight bits lose nothing that can be measured (ZeroQuant-V2, §4).
constexpr std::string_view kFactorScheme = "int8-row-sym";

/// Of a rank no higher than the matrix can have.
LowRankShape shapeOf(int64_t rows, int64_t columns, const CorrectionStep& step)
{
    const int64_t rank = std::lround(step.number(kRank, kUsualRank));
    return {&schemeNamed(kFactorScheme), std::min({rank, rows, columns})};
}

PackedTensor packed(const Matrix& factor)
{
    const Scheme& scheme = schemeNamed(kFactorScheme);
    std::span<std::byte> writable;
    PackedTensor result = PackedTensor::allocate(scheme, factor.rows, factor.columns, writable);
    requireEncodable(scheme, factor.view(), "a factor of the correction");
    encodeRows(scheme, factor.view(), RangeSearch::SquaredError, 0, writable);
    return result;
}

/// Rounding the factors may cost more than they gain: then they are zero.
std::shared_ptr<const LowRank> fitted(const Matrix& error, const InverseFactor* inputs,
                                      const CorrectionStep& step)
{
    const int64_t rank = shapeOf(error.rows, error.columns, step).rank;
    const LowRankFactors factors = closestOfRank(error, rank, inputs);
    auto rounded = std::make_shared<const LowRank>(packed(factors.left), packed(factors.right));
    Matrix rest = error;
    rounded->addTo(rest.values, 0, -1);
    if (weightedSquares(rest, inputs) < weightedSquares(error, inputs))
        return rounded;
    return std::make_shared<const LowRank>(packed(Matrix(error.rows, rank)), rounded->right);
}

Correction rowOf(std::string_view id, std::string_view title)
{
    Correction row;
    row.id = id;
    row.title = title;
    row.parameters = {{kRank, "of the matrix that is added; two factors of eight bits are stored",
                       1, kMostRank, kUsualRank, /*whole=*/true}};
    row.shape = shapeOf;
    row.fit = fitted;
    return row;
}

} // namespace

Correction lorc()
{
    Correction row = rowOf("lorc", "LoRC");
    row.description = "Adds a matrix of low rank to the decoded weights, the one closest to what "
                      "rounding took from them.";
    row.objective = "the mean squared error of the weights";
    return row;
}

Correction weightedLorc()
{
    Correction row = rowOf("lorc-weighted", "Weighted LoRC");
    row.description = "As lorc, but the closest in what the layer gives on the calibration text.";
    row.objective = "the squared error of the layer's output on the calibration text, damped";
    row.needsInputs = true;
    return row;
}

} // namespace bitloom
