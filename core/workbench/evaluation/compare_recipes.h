// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/prediction/predictions.h"

#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// A slot of which two recipes make something else; a lock alone is no difference.
struct SlotDifference {
    struct Side {
        SlotChoice choice;
        int64_t bytes = 0;            ///< stored
        std::optional<double> damage; ///< as quantityOf; none: not known (Predictions::prediction)
    };
    int slot = -1;
    Side a;
    Side b;

    int64_t bytes() const { return b.bytes - a.bytes; }
    /// None unless both are known.
    std::optional<double> damage() const;
};

/// A value that two recipes quantize differently.
struct ValueDifference {
    struct Side {
        std::string scheme;           ///< of activationSchemes(); empty: floats
        std::optional<double> damage; ///< as quantityOf; none: not known
    };
    int value = -1;
    Side a;
    Side b;
    /// None unless both are known.
    std::optional<double> damage() const;
};

/// Two recipes side by side; differences are what b has more than a.
struct RecipeComparison {
    std::vector<SlotDifference> differences; ///< in the model's order
    std::vector<ValueDifference> values;     ///< the same
    bool transformsDiffer = false;           ///< then layers of one choice are other weights too
    Size sizeA;
    Size sizeB;
    std::optional<Prediction> predictionA; ///< none: not known
    std::optional<Prediction> predictionB;
    bool complete = true; ///< false: stopped; damages may be missing
};

/// What differs and what each difference costs. Error when a recipe does not fit the model.
RecipeComparison compareRecipes(Predictions& predictions, const Recipe& a, const Recipe& b,
                                Progress& progress);

/// `into` with what `from` makes of some slots and of all that the target keeps in one tensor with
/// them; locks stay, and so does what it quantizes. Error when the target of `into` cannot hold it.
Recipe withChoicesOf(const Model& model, Recipe into, const Recipe& from,
                     const std::vector<int>& slots);

} // namespace bitloom
