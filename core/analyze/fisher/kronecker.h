// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/files/store/measurement_store.h"

#include <map>
#include <memory>
#include <vector>

namespace bitloom {

/// The Fisher information of one use of a slot as a product of two factors, one over its rows and
/// one over its columns (K-FAC, Martens and Grosse 2015): A = E[x xᵀ] of what it is multiplied
/// with, mean over positions, and G = Σ_positions g gᵀ / predictions of the derivatives by what
/// comes out, labels drawn from the model. A table that is looked up has G over its columns and
/// over its rows the share of positions that pick each.
struct KroneckerFactors {
    int64_t rows = 0;
    int64_t columns = 0;
    bool rowsCorrelate = false;           ///< else overRows is a diagonal
    std::unique_ptr<Scratch> overRows;    ///< [rows, rows] or [rows]
    std::unique_ptr<Scratch> overColumns; ///< [columns, columns]

    /// ½ tr(R ΔW C ΔWᵀ): nats per prediction.
    double damage(MatrixView original, MatrixView changed) const;
    /// The diagonals alone: ½ Σ R_oo C_ii ΔW²_oi.
    SlotFisher diagonal() const;
};

/// Slots of more rows keep the diagonal of the factor over them.
inline constexpr int64_t kMostCorrelatedRows = 4096;

/// By slot, for each of its uses; their damages add. Kept in `store` as in
/// measureSequenceFisher. Empty: stopped before a window was done.
std::map<int, std::vector<KroneckerFactors>>
measureKroneckerFactors(const std::shared_ptr<const Model>& model,
                        const std::vector<Window>& windows, uint64_t seed, Progress& progress,
                        const MeasurementStore& store = {});

} // namespace bitloom
