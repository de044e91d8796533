// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/network/engine/engine.h"

#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// A matrix through which a hidden state comes back to itself, step after step: a norm above 1 lets
/// errors and gradients grow, one far below lets them die (Pascanu et al. 2013).
struct HiddenMatrix {
    int slot = -1;
    double norm = 0;                     ///< spectral, of the original weights
    std::optional<double> quantizedNorm; ///< of those under a recipe
};

/// How far a hidden state drifts from the original network's.
struct HiddenDrift {
    int value = -1; ///< index into Graph::values
    /// By time step: ‖h − ĥ‖ / ‖h‖, the mean over the windows that have such a step.
    std::vector<double> byStep;
};

struct Recurrence {
    std::vector<HiddenMatrix> matrices; ///< empty: nothing in the network comes back
    std::vector<HiddenDrift> drifts;
    int64_t windows = 0;  ///< that the drifts were measured on
    bool complete = true; ///< false: stopped early
};

/// Largest singular value, to about 1e-6 of itself: power iteration on WᵀW, the same for the same
/// weights.
double spectralNorm(const Matrix& weights);

/// Slots that hidden states are multiplied with; empty where the network has no recurrent states.
std::vector<int> hiddenMatrices(const Graph& graph);

/// Runs both engines over the windows and compares every recurrent step's output. `windows` of the
/// result says how many were finished.
Recurrence hiddenDrifts(const Graph& graph, Engine& original, Engine& quantized,
                        const std::vector<Window>& windows, Progress& progress);

} // namespace bitloom
