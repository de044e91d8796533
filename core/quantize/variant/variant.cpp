// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/variant.h"

#include "core/base/error.h"

#include <algorithm>

namespace bitloom {

bool VariantKey::needsCalibration() const
{
    return !transforms.empty() || std::any_of(slots.begin(), slots.end(), [](const SlotKey& key) {
        return key.encoding.needsCalibration();
    });
}

Variant::Variant(TransformedModel model, const Recipe& recipe)
    : m_model(std::move(model))
{
    if (recipe.transforms != m_model.transforms())
        throw Error("quantize", "the weights were not transformed as the recipe asks");
    const Graph& graph = m_model.graph();
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const SlotChoice& choice = recipe.choice(graph.slots[i].name);
        if (choice.changesWeights())
            m_encodings[static_cast<int>(i)] = choice;
    }
    for (size_t i = 0; i < graph.values.size(); ++i) {
        const auto index = static_cast<int>(i);
        if (const ActivationScheme* scheme = recipe.activationScheme(graph, index))
            m_values[index] = scheme;
    }
}

const Encoding& Variant::encoding(int slot) const
{
    static const Encoding asStored;
    const auto found = m_encodings.find(slot);
    return found == m_encodings.end() ? asStored : found->second;
}

VariantKey Variant::key() const
{
    VariantKey key;
    key.transforms = m_model.transforms();
    if (!key.transforms.empty() && m_model.inputs())
        key.calibration = m_model.inputs()->key();
    for (const auto& [slot, encoding] : m_encodings)
        key.slots.push_back(m_model.key(slot, encoding));
    for (const auto& [value, scheme] : m_values)
        key.values[m_model.graph().value(value).name] = scheme->id;
    return key;
}

PackedTensor Variant::slot(int index) const
{
    return m_model.encodeOnce(index, encoding(index));
}

const ActivationScheme* Variant::activationScheme(int value) const
{
    const auto found = m_values.find(value);
    return found == m_values.end() ? nullptr : found->second;
}

Recipe recipeOf(const Graph& graph, const VariantKey& key)
{
    Recipe recipe;
    for (const SlotKey& slot : key.slots)
        recipe.slots[graph.slot(slot.slot).name] = SlotChoice{slot.encoding, {}};
    recipe.values = key.values;
    recipe.transforms = key.transforms;
    return recipe;
}

} // namespace bitloom
