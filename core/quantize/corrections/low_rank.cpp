// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/network/torch/torch_forward.h"
#include "core/quantize/corrections/correction.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

/// Up to this short side all singular values are found; it takes seconds beyond.
constexpr int64_t kDenseSide = 512;
/// Directions beyond the rank that a range finder follows, and how long it goes on (Halko et al.
/// 2011, §4.4 and §4.5: two rounds where the spectrum falls, more where it is as flat as here).
constexpr int64_t kOversampling = 8;
constexpr int kMostRounds = 8;
constexpr double kLeastGain = 1e-4; ///< of the squares found, by a round
constexpr uint64_t kSeed = 1;

torch::Tensor inDouble(const Matrix& matrix)
{
    return torch::from_blob(const_cast<float*>(matrix.values.data()), {matrix.rows, matrix.columns},
                            torch::kFloat)
        .to(torch::kDouble);
}

/// R of InverseFactor, not copied.
torch::Tensor factorOf(const InverseFactor& inputs)
{
    return torch::from_blob(const_cast<double*>(inputs.values.data()), {inputs.width, inputs.width},
                            torch::kDouble);
}

/// H being R⁻¹R⁻ᵀ, what has the squares tr(Δ H Δᵀ).
torch::Tensor weighted(const torch::Tensor& matrix, const InverseFactor* inputs)
{
    return inputs ? torch::linalg_solve_triangular(factorOf(*inputs), matrix, /*upper=*/true,
                                                   /*left=*/false)
                  : matrix;
}

torch::Tensor randomDirections(int64_t rows, int64_t columns)
{
    torch::Tensor result = torch::empty({rows, columns}, torch::kDouble);
    double* at = result.data_ptr<double>();
    for (int64_t i = 0; i < rows * columns; ++i)
        at[i] = randomNormal(kSeed, static_cast<uint64_t>(i));
    return result;
}

/// Columns at right angles that hold nearly all that so many directions of a matrix can.
torch::Tensor rangeOf(const torch::Tensor& matrix, int64_t directions)
{
    torch::Tensor range;
    torch::Tensor seen = torch::matmul(matrix, randomDirections(matrix.size(1), directions));
    double before = 0;
    for (int round = 0; round < kMostRounds; ++round) {
        range = std::get<0>(torch::linalg_qr(seen));
        const torch::Tensor held = torch::matmul(range.t(), matrix);
        const double squares = held.square().sum().item<double>();
        if (squares - before <= kLeastGain * squares)
            break;
        before = squares;
        seen = torch::matmul(matrix, std::get<0>(torch::linalg_qr(held.t())));
    }
    return range;
}

using Decomposition = std::tuple<torch::Tensor, torch::Tensor, torch::Tensor>;

Decomposition largestOf(const torch::Tensor& matrix, int64_t rank)
{
    const int64_t shortSide = std::min(matrix.size(0), matrix.size(1));
    if (shortSide <= std::max(kDenseSide, 4 * rank))
        return torch::linalg_svd(matrix, /*full_matrices=*/false);
    const torch::Tensor range = rangeOf(matrix, rank + kOversampling);
    const auto [left, values, right] =
        torch::linalg_svd(torch::matmul(range.t(), matrix), /*full_matrices=*/false);
    return {torch::matmul(range, left), values, right};
}

/// A power of two that makes two factors about equally large, so that neither is too small or too
/// large to be stored however small the inputs are.
double evenShare(const torch::Tensor& left, const torch::Tensor& right)
{
    if (left.numel() == 0 || right.numel() == 0)
        return 1;
    const double ratio = right.abs().max().item<double>() / left.abs().max().item<double>();
    return std::isnormal(ratio) ? std::exp2(std::round(std::log2(ratio) / 2)) : 1;
}

Matrix toMatrix(const torch::Tensor& tensor)
{
    const torch::Tensor floats = tensor.to(torch::kFloat).contiguous();
    Matrix result(floats.size(0), floats.size(1));
    std::copy_n(floats.data_ptr<float>(), result.size(), result.values.begin());
    return result;
}

} // namespace

LowRankFactors closestOfRank(const Matrix& matrix, int64_t rank, const InverseFactor* inputs)
{
    LowRankFactors result;
    withTorchErrors("quantize", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1); // more would sum in another order
        const int64_t most = std::min({rank, matrix.rows, matrix.columns});
        const auto [left, values, right] = largestOf(weighted(inDouble(matrix), inputs), most);
        const torch::Tensor roots = values.narrow(0, 0, most).sqrt();
        const torch::Tensor rows = roots.unsqueeze(1) * right.narrow(0, 0, most);
        const torch::Tensor columns = left.narrow(1, 0, most) * roots;
        const torch::Tensor weightedRows = inputs ? torch::matmul(rows, factorOf(*inputs)) : rows;
        const double share = evenShare(columns, weightedRows);
        result.left = toMatrix(columns * share);
        result.right = toMatrix(weightedRows / share);
    });
    return result;
}

double weightedSquares(const Matrix& difference, const InverseFactor* inputs)
{
    double squares = 0;
    withTorchErrors("quantize", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1);
        squares = weighted(inDouble(difference), inputs).square().sum().item<double>();
    });
    return squares;
}

} // namespace bitloom
