// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/network/graph/program_segments.h"
#include "core/network/torch/segment_weights.h"

#include <functional>
#include <memory>
#include <vector>

namespace bitloom {

/// A network as segments that run one after the other, so that memory is bounded by a segment: its
/// weights, and the values of as many windows as run beside each other. A small network is one
/// segment.
class NetworkSegments {
public:
    /// `longest`: positions of a window. Without weights the original ones. Error when the network
    /// cannot run.
    NetworkSegments(std::shared_ptr<const Model> model, int64_t longest,
                    const SegmentLimits& limits,
                    std::shared_ptr<const WeightSource> weights = nullptr);

    const Graph& graph() const { return m_model->graph; }
    size_t count() const { return m_segments.size(); }
    const Program& segment(size_t index) const { return m_segments[index]; }
    /// Rows that a window has of a value.
    int64_t positions(const Window& window, int value) const;
    /// Before the passes of a segment; none may be under way. False: stopped while weights came.
    bool enter(size_t index, Progress& progress);
    /// What the segment ends with for one window: [positions, width]. `given`: what the segment
    /// before ended with; undefined for the first segment.
    torch::Tensor run(size_t index, const Window& window, const torch::Tensor& given,
                      const TorchHook& hook = {}, const TorchHook& hiddenHook = {});

    /// How many windows may be between two segments at a time.
    size_t together() const { return m_together; }
    /// Takes what the network says of a window: [predictions, width], not to be differentiated.
    using TakeOutput = std::function<void(size_t window, const torch::Tensor& output)>;
    /// Windows [from, to) of all, beside each other, segment by segment. The same bits for any
    /// number of cores. False: stopped.
    bool runAll(const std::vector<Window>& windows, size_t from, size_t to, const TakeOutput& take,
                Progress& progress);

private:
    std::shared_ptr<const Model> m_model;
    SegmentWeights m_weights;
    std::vector<Program> m_segments;
    size_t m_together = 0;
};

} // namespace bitloom
