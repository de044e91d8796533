// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/correlated_damage.h"

#include "core/network/torch_forward.h"

#include <cmath>
#include <numeric>

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

torch::Tensor asTensor(MatrixView view)
{
    // Torch has no constant tensors; nothing here writes to it.
    return torch::from_blob(const_cast<float*>(view.data), {view.rows, view.columns});
}

} // namespace

double correlatedDamage(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                        MatrixView changed, int64_t firstRow)
{
    if (fisher.total <= 0)
        return 0;
    const std::vector<float> scales = columnScales(fisher, secondMoment);
    double sum = 0;
    withTorchErrors("sensitivity", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1);
        const MatrixView scaleRow{scales.data(), 1, secondMoment.columns};
        const torch::Tensor scaled = (asTensor(changed) - asTensor(original)) * asTensor(scaleRow);
        const torch::Tensor byRow = (scaled.mm(asTensor(secondMoment)) * scaled).sum(1);
        const float* costs = byRow.data_ptr<float>();
        for (int64_t row = 0; row < original.rows; ++row)
            sum += static_cast<double>(fisher.rowSums[static_cast<size_t>(firstRow + row)]) *
                   static_cast<double>(costs[row]);
    });
    return sum / (2 * fisher.total);
}

} // namespace bitloom
