// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/store/measurement_store.h"
#include "core/network/graph/slot_input.h"
#include "core/quantize/methods/inverse_factor.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace bitloom {

/// A mean of x xᵀ over so many positions.
struct MomentHalf {
    std::shared_ptr<Scratch> values; ///< [width, width]
    int64_t positions = 0;
};

/// E[x xᵀ] of one input x, over the positions of a calibration text. A method that fits codes to it
/// makes its error on that very text too small, so that some of the text is held out to evaluate
/// by.
struct SecondMoment {
    SlotInput input;
    int64_t width = 0;
    MomentHalf fitted;
    MomentHalf heldOut;                  ///< no positions: the text was too short
    std::shared_ptr<Scratch> magnitudes; ///< [width]

    /// The largest |x| of each channel over all positions, held out or not; empty: not measured.
    std::span<const float> largest() const
    {
        return magnitudes ? magnitudes->values() : std::span<float>();
    }
    MatrixView view() const { return {fitted.values->values().data(), width, width}; }
    MatrixView evaluating() const
    {
        const MomentHalf& half = heldOut.positions > 0 ? heldOut : fitted;
        return {half.values->values().data(), width, width};
    }
};

/// The second moments of all inputs that slots are multiplied with, each once however many slots
/// share it (q/k/v, gate/up), and the factors that methods make of them.
class InputMoments {
public:
    /// `key`: of the model, the text and, where there was one, the recipe that the inputs came
    /// through. `cached`: where they are kept, and what is made by them may be.
    InputMoments(const Graph& graph, std::vector<SecondMoment> moments, std::string key = {},
                 MeasurementEntry cached = {});

    /// What encodings that depend on these moments are told apart by.
    const std::string& key() const { return m_key; }

    /// Null for a slot that is looked up.
    const SecondMoment* of(int slot) const;
    /// Computed when first asked for; the last few are kept. Null like `of`.
    std::shared_ptr<const InverseFactor> factor(int slot, ColumnOrder order,
                                                double damping = kDamping) const;

    const MeasurementEntry& entry() const { return m_entry; }

private:
    using FactorKey = std::tuple<int, ColumnOrder, double>; ///< moment, order and damping
    struct CachedFactor {
        FactorKey key;
        std::shared_ptr<const InverseFactor> factor;
    };

    std::vector<SecondMoment> m_moments;
    std::map<int, int> m_bySlot;
    std::string m_key;
    MeasurementEntry m_entry;
    mutable std::mutex m_mutex; ///< guards what follows
    mutable std::deque<CachedFactor> m_cached;
};

} // namespace bitloom
