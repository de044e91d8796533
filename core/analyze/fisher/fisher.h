// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/activation_metrics.h"
#include "core/base/tensor.h"
#include "core/network/model/model.h"
#include "core/storage/activation_scheme.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace bitloom {

/// What a change ΔW of a slot's weights W is made of, in forms that add up over stretches of rows:
/// q(a, b) is a form of two rows over their columns, r the weight of a row.
struct ChangeSums {
    double change = 0; ///< Σ r_o q(ΔW_o, ΔW_o)
    double cross = 0;  ///< Σ r_o q(ΔW_o, W_o)
    double rows = 0;   ///< Σ r_o of these rows
    double inner = 0;  ///< ⟨ΔW, W⟩
    double square = 0; ///< ‖W‖²

    void add(const ChangeSums& more);
    /// How much shorter W became along itself: ΔW = E − shrinkage · W, E with nothing of W in it.
    double shrinkage() const { return square > 0 ? -inner / square : 0; }
};

/// The Fisher diagonal of one slot, kept as rank 1: with
/// F_oi = Σ_windows (∂L/∂W_oi)² / predictions, L the loss of one example (OutputKind),
/// rowSums[o] = Σ_i F_oi and columnSums[i] = Σ_o F_oi. Nats per prediction (an embedding: 1 −
/// cosine) per unit weight squared.
struct SlotFisher {
    std::vector<float> rowSums;
    std::vector<float> columnSums;
    double total = 0; ///< Σ rowSums
    /// Σ_windows ⟨∂L/∂W, W⟩² / predictions: the same information along W itself, which no diagonal
    /// knows of. Nothing: it was not measured.
    std::optional<double> alongWeights = {};

    bool empty() const { return rowSums.empty(); }
    bool operator==(const SlotFisher&) const = default;
    /// Expected KL in nats per prediction, or 1 − cosine, of a change. A form by rows and columns
    /// takes their errors for independent. Codes that are the best in the mean square are not: they
    /// shorten all of W by their relative squared error, and the network feels that as one. What is
    /// along W is therefore taken out and weighed by what was measured there:
    ///
    ///     ½ Σ r_o q(ΔW_o, E_o) / Σ r_o + ½ shrinkage² · alongWeights,  E = ΔW + shrinkage · W,
    ///
    /// or without that measurement ½ Σ r_o q(ΔW_o, ΔW_o) / Σ r_o. One side keeps what is along W:
    /// for most codes q(E_o, W_o) is next to nothing, and for GPTQ's, whose errors lean on W, this
    /// came nearer to what was measured than q(E_o, E_o). Sums over some rows stand for all.
    double damage(const ChangeSums& sums) const;
    /// By the diagonal, q(a, b) = Σ c_i a_i b_i; rows are a stretch that starts at `firstRow`.
    ChangeSums sums(MatrixView original, MatrixView changed, int64_t firstRow = 0) const;
    /// The damage of a change of all rows of a slot, by the diagonal.
    double damage(MatrixView original, MatrixView changed) const
    {
        return damage(sums(original, changed));
    }
};

struct Fisher {
    std::vector<SlotFisher> slots; ///< by slot index; empty for those not quantizable
    ActivationDamages activations;
    int64_t windows = 0; ///< measured so far
    int64_t predictions = 0;
    int64_t context = 0;
    uint64_t seed = 0;

    bool operator==(const Fisher&) const = default;
};

} // namespace bitloom
