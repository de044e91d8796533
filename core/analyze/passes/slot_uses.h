// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/network/graph/operations.h"
#include "core/network/graph/slot_input.h"
#include "core/network/torch/torch_forward.h"

#include <functional>
#include <map>
#include <vector>

namespace bitloom {

/// One place where a program reads a quantizable matrix.
struct SlotUse {
    int slot = -1;
    SlotInput input;       ///< what it is multiplied with, or the tokens it is looked up by
    bool lookedUp = false; ///< rows are picked, not multiplied
    int output = -1;       ///< the value whose derivative is that of the product
    LookedUpBy by = LookedUpBy::Token; ///< which rows are picked
};
std::vector<SlotUse> slotUses(const Graph& graph, const Program& program);

/// What a use saw and what came back, position by position; the gradient of the slot is the sum of
/// gradientᵀ · input over its uses.
struct UseGradient {
    torch::Tensor input;    ///< [positions, columns]; of a table: the rows picked, [positions]
    torch::Tensor gradient; ///< of the loss: [positions, rows], of a table [positions, columns];
                            ///< undefined: nothing depends on it
    bool lookedUp = false;
};

/// Adds rows [first, first + sums.size(0)) of the slot's gradient to `sums`.
void addGradientRows(const UseGradient& use, int64_t first, torch::Tensor& sums);

/// Forms the gradient of a slot a stretch of rows at a time: calls `work(first row, [some rows,
/// columns])`.
void formGradient(int64_t rows, int64_t columns, const std::vector<UseGradient>& uses,
                  const std::function<void(int64_t first, const torch::Tensor& gradient)>& work);

/// The hook of a pass that keeps what uses see, and once it was differentiated what came back.
class UseWatch {
public:
    explicit UseWatch(const std::vector<SlotUse>& uses);

    torch::Tensor operator()(int value, torch::Tensor tensor);
    UseGradient gradientOf(const SlotUse& use) const;

private:
    std::map<int, torch::Tensor> m_values; ///< by value; undefined: not computed yet
    std::map<int, torch::Tensor> m_gradients;
};

} // namespace bitloom
