// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/files/store/measurement_store.h"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace bitloom {

/// Whose labels a gradient is of: drawn from the model's own distribution ("true" Fisher, the
/// curvature of KL), or those of the text ("empirical").
enum class FisherLabels { Sampled, OfText };

/// Fisher diagonals that keep every weight, nats per prediction and unit weight squared, on disk:
/// what rank 1 (SlotFisher) is held against.
class WholeFisher {
public:
    /// By slot, null for those that cannot be quantized.
    WholeFisher(const Graph& graph, std::vector<std::unique_ptr<Scratch>> slots)
        : m_graph(graph)
        , m_slots(std::move(slots))
    {
    }

    /// ½ Σ F_oi ΔW²_oi; 0 for a slot that cannot be quantized.
    double damage(int slot, MatrixView original, MatrixView changed) const;
    /// Its row and column sums.
    SlotFisher rankOne(int slot) const;
    /// [rows, columns]; empty for a slot that cannot be quantized.
    std::span<const float> values(int slot) const;

private:
    const Graph& m_graph;
    std::vector<std::unique_ptr<Scratch>> m_slots;
};

/// F_oi = Σ_windows (∂L/∂W_oi)² / predictions: as measureFisher, tied uses and positions add before
/// squaring. What was done stays in `store`, but for the
/// last windows where keeping takes long, and the next call goes on behind it. Null: stopped
/// before a window was done. Error: the text has no labels of that kind.
std::unique_ptr<WholeFisher> measureSequenceFisher(const std::shared_ptr<const Model>& model,
                                                   const std::vector<Window>& windows,
                                                   FisherLabels labels, uint64_t seed,
                                                   Progress& progress,
                                                   const MeasurementStore& store = {});

/// F_oi = Σ_positions g_o² x_i² / predictions, x what the slot is multiplied with at a position and
/// g the derivative of the window's loss by what comes out there: takes positions, and the uses of
/// a tied slot, for independent. Kept and stopped as above.
std::unique_ptr<WholeFisher> measurePositionFisher(const std::shared_ptr<const Model>& model,
                                                   const std::vector<Window>& windows,
                                                   uint64_t seed, Progress& progress,
                                                   const MeasurementStore& store = {});

} // namespace bitloom
