// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/base/tensor.h"
#include "core/files/store/measurement_store.h"
#include "core/network/model/model.h"
#include "core/quantize/methods/input_moments.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace bitloom {

/// What a sensitivity is measured on. What was measured already over these very windows is given,
/// and measured when it is null and asked for.
struct SensitivityQuestion {
    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    uint64_t seed = 1;
    std::shared_ptr<const Fisher> fisher = nullptr;
    std::shared_ptr<const InputMoments> inputs = nullptr;
    MeasurementStore store = {}; ///< where what takes long is kept on the way
};

/// All weights of a slot, [rows, columns], and what becomes of them.
struct WeightChange {
    int slot = -1;
    MatrixView original;
    MatrixView changed;
};

/// What a change of one slot costs, by one way of telling it. Pure, once measured.
class Sensitivity {
public:
    virtual ~Sensitivity() = default;
    /// In the unit of its row; 0 for a slot that the measurement did not get to.
    virtual double damage(const WeightChange& change, Progress& progress) const = 0;
};

/// A row of the table of sensitivities.
struct SensitivityRow {
    std::string_view id;
    std::string_view title;
    std::string_view source; ///< of the formula
    /// Damages are the expected divergence itself (quantityOf), without a fitted constant; else
    /// they only say which of two changes is worse.
    bool predicts = false;
    bool wantsLabels = false; ///< of the text itself: networks that continue it
    /// Null: stopped before there was anything to keep.
    std::unique_ptr<Sensitivity> (*measure)(const SensitivityQuestion& question,
                                            Progress& progress);
    bool readsText = true; ///< false: it looks at weights alone

    bool appliesTo(const Graph& graph) const
    {
        return !wantsLabels || graph.output == OutputKind::NextToken;
    }
};

} // namespace bitloom
