// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/transformed_model.h"

#include <map>
#include <string>
#include <vector>

namespace bitloom {

/// All that the output of a variant depends on beside the opened model: equal keys, equal networks.
struct VariantKey {
    std::vector<SlotKey> slots;                     ///< those whose weights change, in order
    std::map<std::string, std::string> values = {}; ///< activation schemes by value
    std::vector<TransformStep> transforms = {};
    std::string calibration = {}; ///< InputMoments::key, where there are transforms

    bool operator==(const VariantKey&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const VariantKey&) const = default;
    bool isOriginal() const { return slots.empty() && values.empty() && transforms.empty(); }
    /// Whether some weights depend on what is known of the inputs.
    bool needsCalibration() const;
};

/// A model and the choices of a recipe for it: what engines run, trials measure and exports write.
/// Immutable, thread safe and cheap to make; slots are encoded when asked for and not kept in
/// memory.
class Variant : public WeightSource {
public:
    /// Slots and values of `recipe` that the model does not have count for nothing. Error when the
    /// model is not after the transforms of the recipe.
    Variant(TransformedModel model, const Recipe& recipe);

    const TransformedModel& model() const { return m_model; }
    const Encoding& encoding(int slot) const;
    VariantKey key() const;

    PackedTensor slot(int index) const override;
    const ActivationScheme* activationScheme(int value) const override;

private:
    TransformedModel m_model;
    std::map<int, Encoding> m_encodings; ///< of slots whose weights change
    std::map<int, const ActivationScheme*> m_values;
};

/// A recipe that makes what a key was made of, and says nothing else.
Recipe recipeOf(const Graph& graph, const VariantKey& key);

} // namespace bitloom
