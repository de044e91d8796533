// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/base/progress.h"
#include "core/quantize/variant/transformed_model.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// What a choice does to one slot.
struct SlotError {
    double relative = 0; ///< ‖ΔW‖ / ‖W‖
    double meanSquare = 0;
    double damage = 0; ///< nats per token; valid when `hasDamage`
    bool hasDamage = false;
    bool sampled = false; ///< from a row sample of a very large slot (shown with ≈)
};

struct RowRange {
    int64_t first = 0;
    int64_t count = 0;
};

/// How closely a slot is looked at; slots smaller than the limit are always seen whole.
struct Precision {
    int64_t wholeUpTo = 0;     ///< weights; 0: every slot whole
    int64_t sampleWeights = 0; ///< about so many weights of a larger slot, in bands over all rows
};
inline constexpr Precision kExact{0, 0};
inline constexpr Precision kQuick{int64_t{8} << 20, int64_t{1} << 20};
inline constexpr Precision kFitting{int64_t{1} << 20, int64_t{1} << 18};

bool seenWhole(const Slot& slot, const Precision& precision);
/// Bands of rows, small enough to be encoded by one thread each, in order.
std::vector<RowRange> rowBands(const Slot& slot, const Precision& precision);

/// Error and damage of an encoding over bands of rows; the damage in its full form where the model
/// knows the inputs (correlatedSums), else the diagonal one. Bands that do not cover the slot (or a
/// stop on the way) stand for the rest, and `sampled` is set. Rows in bands are summed in order:
/// the same result for any thread count.
SlotError measureSlotError(const TransformedModel& model, int slot, const Encoding& encoding,
                           const SlotFisher* fisher, const std::vector<RowRange>& bands,
                           int threads, Progress& progress);

} // namespace bitloom
