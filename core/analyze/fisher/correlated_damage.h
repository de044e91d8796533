// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/base/tensor.h"

#include <cstdint>

namespace bitloom {

/// The full form of the damage, which sees how errors of one row's columns add up or cancel by the
/// correlations of their inputs:
///
///     q(a, b) = a (D A D) bᵀ,  D = diag(√(c_i / A_ii)),
///
/// with c from the Fisher diagonal, A = E[x xᵀ] [columns, columns]. For errors that are not
/// correlated the same as SlotFisher::sums, in its units; right also for methods that move errors
/// between columns. Rows are a stretch that starts at `firstRow`.
ChangeSums correlatedSums(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                          MatrixView changed, int64_t firstRow = 0);

/// SlotFisher::damage of all rows of a slot by that form.
double correlatedDamage(const SlotFisher& fisher, MatrixView secondMoment, MatrixView original,
                        MatrixView changed);

} // namespace bitloom
