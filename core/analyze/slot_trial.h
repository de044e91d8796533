// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/estimate.h"
#include "core/analyze/text.h"
#include "core/network/model.h"
#include "core/progress.h"
#include "core/storage/activation_scheme.h"
#include "core/tensor.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace bitloom {

/// All weights that a slot has instead of its own.
struct ChangedSlot {
    int slot = -1;
    MatrixView weights;
};

/// What is changed of a network.
struct NetworkChange {
    std::vector<ChangedSlot> slots;
    std::vector<const ActivationScheme*> rounding = {}; ///< by value, null: not; empty: none
};

/// Runs a network with some slots changed and everything else as it is: the truth that
/// sensitivities predict. By Torch. The same numbers for any number of cores.
class SlotTrials {
public:
    /// Error when the network cannot run or a window has nothing to predict.
    SlotTrials(std::shared_ptr<const Model> model, std::vector<Window> windows);
    ~SlotTrials();

    /// KL(original ‖ changed) of the predictions of each of the windows [from, to), nats, of an
    /// embedding 1 − cosine. Nothing: stopped.
    std::vector<BlockSum> divergences(const NetworkChange& change, size_t from, size_t to,
                                      Progress& progress) const;
    /// Their mean over all windows. Nothing: stopped.
    std::optional<Estimate> divergence(const NetworkChange& change, Progress& progress) const;
    /// The same with one slot changed.
    std::optional<Estimate> divergence(int slot, MatrixView changed, Progress& progress) const
    {
        return divergence({{{slot, changed}}}, progress);
    }
    size_t windows() const;

private:
    struct Network;
    std::unique_ptr<Network> m_network;
};

} // namespace bitloom
