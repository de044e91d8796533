// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/size.h"

#include "core/quantize/corrections/correction.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>

namespace bitloom {

SizeCalculator::SizeCalculator(const Model& model, const Target& target)
    : m_model(model)
    , m_target(target)
{
    int tensor = 0;
    for (const std::vector<int>& group : fuseGroups(model, target)) {
        for (const int index : group) {
            const Slot& slot = model.graph.slot(index);
            m_variable.push_back({index, slotBytes(model, slot, {}), tensor});
        }
        ++tensor;
    }
    m_fixedBytes = target.fixedBytes(model, target);
}

int64_t SizeCalculator::addedByTransforms(const std::vector<int>& transformed) const
{
    int64_t added = 0;
    for (const int index : transformed) {
        const Slot& slot = m_model.graph.slot(index);
        if (slot.quantizable)
            continue;
        added +=
            m_target.padded(slotBytes(m_model, slot, "f32")) -
            m_target.padded(slotBytes(m_model, slot, m_target.unquantizedScheme(m_model, index)));
    }
    return added;
}

Size SizeCalculator::size(const Recipe& recipe) const
{
    const std::vector<int> transformed = transformedSlots(m_model.graph, recipe.transforms);
    Size size;
    size.fileBytes = m_fixedBytes + addedByTransforms(transformed);
    int64_t ofTensor = 0;
    for (size_t i = 0; i < m_variable.size(); ++i) {
        const auto& [index, storedBytes, tensor] = m_variable[i];
        const Slot& slot = m_model.graph.slot(index);
        const SlotChoice& choice = recipe.choice(slot.name);
        const std::string scheme = schemeUnder(transformed, index, choice.scheme);
        const int64_t bytes =
            scheme.empty() ? storedBytes : slotBytes(m_model, slot, scheme, choice.correction);
        size.quantizableBytes += bytes;
        size.quantizableWeights += slot.weights();
        ofTensor += bytes;
        if (i + 1 < m_variable.size() && m_variable[i + 1].tensor == tensor)
            continue;
        size.fileBytes += m_target.padded(ofTensor);
        ofTensor = 0;
    }
    return size;
}

Size recipeSize(const Model& model, const Recipe& recipe)
{
    return SizeCalculator(model, targetNamed(recipe.target)).size(recipe);
}

int64_t slotBytes(const Model& model, const Slot& slot, const std::string& scheme,
                  const std::optional<CorrectionStep>& correction)
{
    if (scheme.empty())
        return model.tensorOf(slot).storedBytes();
    return schemeNamed(scheme).slotBytes(slot.rows, slot.columns) +
           correctionBytes(correction, slot.rows, slot.columns);
}

} // namespace bitloom
