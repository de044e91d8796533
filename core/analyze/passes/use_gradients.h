// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/network_segments.h"
#include "core/analyze/passes/slot_uses.h"
#include "core/files/store/spilled_sums.h"

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace bitloom {

/// What is differentiated: a scalar of a window's output for its predictions, [predictions, width].
using WindowLoss = std::function<torch::Tensor(const torch::Tensor& output, size_t window)>;

/// Takes a value that steps compute, [positions, width], and the gradient by it, of a hidden state
/// with what comes of it at later positions. Windows beside each other.
using TakeValue = std::function<void(size_t window, int value, const torch::Tensor& rows,
                                     const torch::Tensor& gradient)>;

/// Gradients of windows' losses by the quantizable slots, never formed: each is handed on as what
/// the slot's uses saw and what came back. Segment by segment (NetworkSegments): forward, keeping
/// what lies between segments, then back, each segment computed again where it is differentiated
/// (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The same bits for any
/// number of cores.
class UseGradients {
public:
    /// Without weights the original ones.
    UseGradients(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                 WindowLoss loss, const SegmentLimits& limits,
                 std::shared_ptr<const WeightSource> weights = nullptr);

    /// Also takes all values that can be quantized.
    void alsoTake(TakeValue takeValue) { m_takeValue = std::move(takeValue); }
    const Graph& graph() const { return m_segments.graph(); }
    const std::vector<Window>& windows() const { return m_windows; }
    /// All uses, those of one slot in the order that `Take` gets them.
    std::vector<SlotUse> uses() const;
    /// How many windows from `from` on run together, so that weights are decoded for all of them.
    size_t groupFrom(size_t from) const;
    /// Takes all uses of a slot that windows reach. Slots beside each other; the windows of one
    /// slot in order.
    using Take = std::function<void(size_t window, int slot, const std::vector<UseGradient>& uses)>;
    /// Windows [from, from + count). False: stopped, and not every slot was taken.
    bool run(size_t from, size_t count, const Take& take, Progress& progress);

private:
    struct Running {
        std::vector<torch::Tensor> given;             ///< by segment
        torch::Tensor cotangent;                      ///< of what the segment ends with
        std::map<int, std::vector<UseGradient>> seen; ///< by slot, until all uses are there
    };
    void forward(size_t segment, size_t window, Running& running);
    void backward(size_t segment, size_t window, Running& running);
    /// What watches a pass back: the uses, and where they are wanted the values.
    TorchHook watching(size_t segment, size_t window, UseWatch& uses) const;
    /// A hidden state, position by position, and the gradients once the pass went back.
    struct PositionRows {
        std::vector<torch::Tensor> values; ///< [1, width] each
        std::vector<torch::Tensor> gradients;
    };
    using HiddenRows = std::map<int, PositionRows>; ///< by value
    TorchHook watchingHidden(HiddenRows& hidden) const;
    torch::Tensor watched(size_t window, int value, torch::Tensor tensor) const;
    void takeComplete(size_t segment, size_t first, std::span<Running> running, const Take& take);

    const std::vector<Window>& m_windows;
    WindowLoss m_loss;
    TakeValue m_takeValue;
    SegmentLimits m_limits;
    NetworkSegments m_segments;
    std::vector<std::vector<SlotUse>> m_uses; ///< by segment
    std::set<int> m_hidden;                   ///< values that are hidden states
    std::vector<std::set<int>> m_complete;    ///< by segment: slots that no segment before it reads
};

/// Lets `take` add all windows to the sums, behind those that they are of already, until it is
/// stopped. Returns the predictions of the windows that each slot was taken of, by slot; 0: none
/// was.
std::vector<int64_t> addAllUses(UseGradients& gradients, SpilledSums& sums,
                                const UseGradients::Take& take, Progress& progress);

} // namespace bitloom
