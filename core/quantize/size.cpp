// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/size.h"

#include "core/files/writers.h"
#include "core/quantize/gguf_tensors.h"
#include "core/quantize/transform.h"

#include <algorithm>

namespace bitloom {

namespace {

/// GGUF pads every tensor to this (general.alignment).
constexpr int64_t kGgufAlignment = 32;

int64_t padded(int64_t bytes)
{
    return (bytes + kGgufAlignment - 1) / kGgufAlignment * kGgufAlignment;
}

int64_t tensorBytes(const TensorToWrite& tensor)
{
    const int64_t columns = tensor.shape.empty() ? 1 : tensor.shape.back();
    const int64_t rows = columns == 0 ? 0 : elementCount(tensor.shape) / columns;
    return rows * schemeNamed(tensor.scheme).rowBytes(columns);
}

} // namespace

SizeCalculator::SizeCalculator(const Model& model, const Target& target)
    : m_model(model)
    , m_gguf(target.id == "gguf")
{
    int tensor = 0;
    for (const std::vector<int>& group : fuseGroups(model, target)) {
        for (const int index : group) {
            const Slot& slot = model.graph.slot(index);
            m_variable.push_back({index, slotBytes(model, slot, {}), tensor});
        }
        ++tensor;
    }
    if (m_gguf)
        countGguf();
    else
        countAny();
}

void SizeCalculator::countGguf()
{
    const GgufPlan& plan = ggufPlan(m_model);
    const auto tensors = ggufTensors(Variant(TransformedModel(m_model), {}), plan);
    m_fixedBytes = ggufBytes(plan.metadata, tensors);
    for (size_t i = 0; i < plan.tensors.size(); ++i)
        if (m_model.graph.slot(plan.tensors[i].slots.front()).quantizable)
            m_fixedBytes -= padded(tensorBytes(tensors[i]));
}

void SizeCalculator::countAny()
{
    for (const Slot& slot : m_model.graph.slots)
        if (!slot.quantizable)
            m_fixedBytes += slotBytes(m_model, slot, {});
}

int64_t SizeCalculator::addedByTransforms(const std::vector<int>& transformed) const
{
    const Variant asStored(TransformedModel(m_model), {});
    int64_t added = 0;
    for (const int index : transformed) {
        const Slot& slot = m_model.graph.slot(index);
        if (slot.quantizable)
            continue;
        const std::string scheme = m_gguf ? ggufScheme(asStored, index) : std::string();
        const int64_t before = slotBytes(m_model, slot, scheme);
        const int64_t after = slotBytes(m_model, slot, "f32");
        added += m_gguf ? padded(after) - padded(before) : after - before;
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
        std::string scheme = recipe.choice(slot.name).scheme;
        if (scheme.empty() && std::ranges::binary_search(transformed, index))
            scheme = "f32";
        const int64_t bytes = scheme.empty() ? storedBytes : slotBytes(m_model, slot, scheme);
        size.quantizableBytes += bytes;
        size.quantizableWeights += slot.weights();
        ofTensor += bytes;
        if (i + 1 < m_variable.size() && m_variable[i + 1].tensor == tensor)
            continue;
        size.fileBytes += m_gguf ? padded(ofTensor) : ofTensor;
        ofTensor = 0;
    }
    return size;
}

Size recipeSize(const Model& model, const Recipe& recipe)
{
    return SizeCalculator(model, targetNamed(recipe.target)).size(recipe);
}

int64_t slotBytes(const Model& model, const Slot& slot, const std::string& scheme)
{
    if (scheme.empty())
        return model.tensorOf(slot).storedBytes();
    return slot.rows * schemeNamed(scheme).rowBytes(slot.columns);
}

} // namespace bitloom
