// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/passes/slot_trial.h"
#include "core/quantize/variant/variant.h"

#include <map>
#include <memory>
#include <vector>

namespace bitloom {

/// Runs a network under recipe after recipe. What slots become is kept, so that a recipe near one
/// that ran before costs little more than its run.
class RecipeTrials {
public:
    /// Errors as SlotTrials.
    RecipeTrials(TransformedModel model, std::vector<Window> windows);

    /// As SlotTrials::divergences.
    std::vector<BlockSum> divergences(const Recipe& recipe, size_t from, size_t to,
                                      Progress& progress);

private:
    class Weights;
    PackedTensor encoded(int slot, const Encoding& encoding);

    TransformedModel m_model;
    SlotTrials m_trials;
    std::map<SlotKey, PackedTensor> m_encoded;
    int64_t m_encodedBytes = 0;
};

} // namespace bitloom
