// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// Answers sizes of recipes for one model and target fast enough for every mouse move: what does
/// not depend on the recipe (metadata, names, tensors that are no slots) is counted once.
/// Immutable and thread safe; `model` must live as long.
class SizeCalculator {
public:
    /// Error when the model cannot be expressed in the target's format.
    SizeCalculator(const Model& model, const Target& target);
    Size size(const Recipe& recipe) const;

private:
    struct Variable {
        int slot = -1;
        int64_t storedBytes = 0;
        int tensor = 0; ///< of the file: fused slots share one
    };
    /// What transforms add to the slots that cannot be quantized.
    int64_t addedByTransforms(const std::vector<int>& transformed) const;

    const Model& m_model;
    const Target& m_target;
    int64_t m_fixedBytes = 0;
    std::vector<Variable> m_variable; ///< slots whose bytes the recipe decides
};

} // namespace bitloom
