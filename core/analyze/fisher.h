// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model.h"
#include "core/tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// The Fisher diagonal of one slot, kept as rank 1 (allocation.md §5.7): with
/// F_oi = Σ_windows (∂L/∂W_oi)² / predictions, L the loss of one example (OutputKind),
/// rowSums[o] = Σ_i F_oi and columnSums[i] = Σ_o F_oi. Nats per prediction (an embedding: 1 −
/// cosine) per unit weight squared.
struct SlotFisher {
    std::vector<float> rowSums;
    std::vector<float> columnSums;
    double total = 0; ///< Σ rowSums

    bool empty() const { return rowSums.empty(); }
    /// Expected KL in nats per prediction, or 1 − cosine, of replacing `original` by `changed`:
    /// ½ Σ r_o c_i ΔW²_oi / total. Rows may be a stretch starting at `firstRow`.
    double damage(MatrixView original, MatrixView changed, int64_t firstRow = 0) const;
};

struct Fisher {
    std::vector<SlotFisher> slots; ///< by slot index; empty for those not quantizable
    int64_t windows = 0;           ///< measured so far
    int64_t predictions = 0;
    int64_t context = 0;
    uint64_t seed = 0;

    std::string toJson(const Model& model) const;
    static Fisher fromJson(const std::string& text, const Model& model);
};

} // namespace bitloom
