// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/network_segments.h"
#include "core/quantize/variant/variant.h"

#include <memory>
#include <string>
#include <utility>

namespace bitloom {

/// A variant of a model, as far as the moments are known that its methods need.
class EncodedSoFar : public WeightSource {
public:
    EncodedSoFar(std::shared_ptr<const Model> model, const Recipe& recipe)
        : m_model(std::move(model))
        , m_recipe(recipe)
        , m_variant(TransformedModel(m_model), recipe)
    {
    }
    void know(std::shared_ptr<const InputMoments> moments)
    {
        m_variant = Variant(TransformedModel(m_model, std::move(moments)), m_recipe);
    }
    PackedTensor slot(int index) const override { return m_variant.slot(index); }
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_variant.activationScheme(value);
    }

private:
    std::shared_ptr<const Model> m_model;
    Recipe m_recipe;
    Variant m_variant;
};

/// The network as a recipe stores it, segment by segment.
struct EncodedNetwork {
    std::shared_ptr<EncodedSoFar> weights;
    NetworkSegments segments;

    EncodedNetwork(const std::shared_ptr<const Model>& model, const Recipe& recipe, int64_t longest,
                   const SegmentLimits& limits)
        : weights(std::make_shared<EncodedSoFar>(model, recipe))
        , segments(model, longest, limits, weights)
    {
    }
};

} // namespace bitloom
