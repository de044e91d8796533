// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher.h"
#include "core/tensor.h"

#include <cstdint>

namespace bitloom {

/// The full form of the damage, which sees how errors of one row's columns add up or cancel by the
/// correlations of their inputs (allocation.md §5.9):
///
///     ½ Σ_o (r_o / Σr) ΔW_o (D A D) ΔW_oᵀ,  D = diag(√(c_i / A_ii)),
///
/// with r and c from the Fisher diagonal, A = E[x xᵀ] [columns, columns]. For errors that are not
/// correlated the same as SlotFisher::damage, in its units; right also for methods that move errors
/// between columns. Rows may be a stretch starting at `firstRow`.
double correlatedDamage(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                        MatrixView changed, int64_t firstRow = 0);

} // namespace bitloom
