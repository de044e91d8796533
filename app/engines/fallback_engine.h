// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/engines/engine_options.h"
#include "core/base/error.h"
#include "core/network/engine/engine.h"

#include <memory>
#include <string>
#include <vector>

namespace bitloom {

/// All that a source gives of what the network reads, taken once, since it may be gone, and costly
/// to ask, when it is needed again.
class WeightSnapshot : public WeightSource {
public:
    WeightSnapshot(const Model& model, const WeightSource& weights)
        : m_activationSchemes(activationSchemesOf(model.graph, weights))
    {
        for (size_t slot = 0; slot < model.graph.slots.size(); ++slot)
            m_slots.push_back(model.graph.slots[slot].uses.empty()
                                  ? PackedTensor()
                                  : weights.slot(static_cast<int>(slot)));
    }
    PackedTensor slot(int index) const override { return m_slots.at(static_cast<size_t>(index)); }
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_activationSchemes.at(static_cast<size_t>(value));
    }
    int64_t bytes() const
    {
        int64_t sum = 0;
        for (const PackedTensor& slot : m_slots)
            sum += slot.storedBytes();
        return sum;
    }

private:
    std::vector<PackedTensor> m_slots;
    std::vector<const ActivationScheme*> m_activationSchemes; ///< by value
};

/// `vulkan` until its device is lost or has no memory left, then Torch with the same weights: what
/// a sequence holds is computed again there, and options.onReplaced hears why.
std::unique_ptr<Engine> makeFallbackEngine(std::shared_ptr<const Model> model,
                                           WeightSnapshot weights, std::unique_ptr<Engine> vulkan,
                                           EngineOptions options);

/// The sentence of an error without the operation that met it.
std::string causeOf(const Error& error);

} // namespace bitloom
