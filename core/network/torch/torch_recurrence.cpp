// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_recurrence.h"

#include <vector>

namespace bitloom {

namespace {

/// Gates side by side as i, f, o, g: those with the same activation are neighbours.
torch::Tensor joined(const std::array<torch::Tensor, 4>& gates, int64_t dimension)
{
    return torch::cat({gates[0], gates[1], gates[3], gates[2]}, dimension);
}

} // namespace

torch::Tensor torchLstm(const TorchGates& gates, TorchCell& memory, const TorchHiddenRule& rule)
{
    const int64_t texts = memory.hidden.size(0);
    const int64_t width = memory.hidden.size(1);
    torch::Tensor inputs = joined(gates.inputs, 1);
    if (gates.biases.front().defined())
        inputs = inputs + joined(gates.biases, 1);
    const torch::Tensor matrix = joined(gates.matrices, 0).t();
    std::vector<torch::Tensor> rows;
    for (const torch::Tensor& input : inputs.view({texts, -1, 4 * width}).unbind(1)) {
        const torch::Tensor sums = torch::addmm(input, memory.hidden, matrix);
        const torch::Tensor open = torch::sigmoid(sums.narrow(1, 0, 3 * width));
        const torch::Tensor fresh = torch::tanh(sums.narrow(1, 3 * width, width));
        memory.cell = open.narrow(1, width, width) * memory.cell + open.narrow(1, 0, width) * fresh;
        memory.hidden = rule(open.narrow(1, 2 * width, width) * torch::tanh(memory.cell));
        rows.push_back(memory.hidden);
    }
    return torch::stack(rows, 1).flatten(0, 1);
}

} // namespace bitloom
