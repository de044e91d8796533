// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"
#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/base/tensor.h"
#include "core/network/engine/engine.h"
#include "core/network/model/model.h"

#include <memory>
#include <optional>
#include <vector>

namespace bitloom {

/// Runs a network with other weights than its own, or with values quantized: the measured KL that
/// sensitivities predict. By Torch, segment by segment, so that memory is bounded however large the
/// network is. The same numbers for any number of cores.
class SlotTrials {
public:
    using Changed = std::shared_ptr<const WeightSource>;

    /// Error when the network cannot run or a window has nothing to predict.
    SlotTrials(std::shared_ptr<const Model> model, std::vector<Window> windows,
               const SegmentLimits& limits = {});
    ~SlotTrials();

    /// KL(original ‖ changed) of the predictions of each of the windows [from, to), nats, of an
    /// embedding 1 − cosine. Nothing: stopped.
    std::vector<BlockSum> divergences(const Changed& changed, size_t from, size_t to,
                                      Progress& progress) const;
    /// Their mean over all windows. Nothing: stopped.
    std::optional<Estimate> divergence(const Changed& changed, Progress& progress) const;
    /// The mean divergence with all weights of one slot replaced.
    std::optional<Estimate> divergence(int slot, MatrixView weights, Progress& progress) const;
    size_t windows() const;

private:
    struct Network;
    std::unique_ptr<Network> m_network;
};

} // namespace bitloom
