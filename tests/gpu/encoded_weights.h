// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/quantize/methods/method.h"
#include "tests/relative_difference.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace bitloom {

inline PackedTensor encoded(const Scheme& scheme, const Matrix& weights)
{
    return encodeMatrix(scheme, methodNamed("nearest"), weights.view());
}

/// A model's weights with every quantizable slot in `scheme` where it is accepted, all else f32.
class EncodedWeights : public WeightSource {
public:
    EncodedWeights(std::shared_ptr<const Model> model, const Scheme& scheme)
    {
        const OriginalWeights original(model);
        for (int i = 0; i < static_cast<int>(model->graph.slots.size()); ++i) {
            const Slot& slot = model->graph.slot(i);
            const bool takes = slot.quantizable && scheme.accepts(slot.columns);
            m_slots.push_back(
                encoded(takes ? scheme : schemeNamed("f32"), original.slot(i).decode()));
            m_packedBytes += static_cast<int64_t>(m_slots.back().bytes.size());
            m_encoded += takes ? 1 : 0;
        }
    }
    PackedTensor slot(int index) const override { return m_slots[static_cast<size_t>(index)]; }
    const ActivationScheme* activationScheme(int /*value*/) const override { return nullptr; }
    int64_t packedBytes() const { return m_packedBytes; }
    /// Slots that took the scheme.
    int encodedSlots() const { return m_encoded; }

private:
    std::vector<PackedTensor> m_slots;
    int64_t m_packedBytes = 0;
    int m_encoded = 0;
};

/// Row lengths of a model's quantizable slots.
inline std::vector<int64_t> rowLengths(const Model& model)
{
    std::vector<int64_t> result;
    for (const Slot& slot : model.graph.slots)
        if (slot.quantizable)
            result.push_back(slot.columns);
    return result;
}

} // namespace bitloom
