// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/correlated_damage.h"

#include "core/network/torch/torch_forward.h"

#include <cmath>

namespace bitloom {

namespace {

/// √(c_i / A_ii); 0 where the input never moves, and with it the loss.
std::vector<float> columnScales(const SlotFisher& fisher, MatrixView moment)
{
    std::vector<float> scales(static_cast<size_t>(moment.columns));
    for (size_t i = 0; i < scales.size(); ++i) {
        const float square = moment.row(static_cast<int64_t>(i))[i];
        scales[i] = square > 0 ? std::sqrt(fisher.columnSums[i] / square) : 0;
    }
    return scales;
}

} // namespace

ChangeSums correlatedSums(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                          MatrixView changed, int64_t firstRow)
{
    ChangeSums sums;
    if (fisher.total <= 0)
        return sums;
    const std::vector<float> scales = columnScales(fisher, secondMoment);
    withTorchErrors("sensitivity", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1);
        const torch::Tensor scale = asTensor({scales.data(), 1, secondMoment.columns});
        const torch::Tensor weights = asTensor(original);
        const torch::Tensor change = asTensor(changed) - weights;
        const torch::Tensor scaled = change * scale;
        const torch::Tensor felt = scaled.mm(asTensor(secondMoment));
        const torch::Tensor byChange = (felt * scaled).sum(1);
        const torch::Tensor byWeights = (felt * (weights * scale)).sum(1);
        for (int64_t row = 0; row < original.rows; ++row) {
            const auto weight =
                static_cast<double>(fisher.rowSums[static_cast<size_t>(firstRow + row)]);
            sums.change += weight * static_cast<double>(byChange.data_ptr<float>()[row]);
            sums.cross += weight * static_cast<double>(byWeights.data_ptr<float>()[row]);
            sums.rows += weight;
        }
        sums.inner = (change * weights).sum(torch::kFloat64).item<double>();
        sums.square = weights.square().sum(torch::kFloat64).item<double>();
    });
    return sums;
}

double correlatedDamage(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                        MatrixView changed)
{
    return fisher.damage(correlatedSums(fisher, secondMoment, original, changed));
}

} // namespace bitloom
