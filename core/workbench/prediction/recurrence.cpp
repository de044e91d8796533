// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"

namespace bitloom {

Recurrence Workbench::recurrence(const std::optional<Recipe>& recipe,
                                 const CalibrationSettings& text, Progress& progress)
{
    const Graph& graph = m_model->graph;
    const std::vector<int> slots = hiddenMatrices(graph);
    Recurrence result;
    if (slots.empty())
        return result;
    const std::optional<Variant> changed = variant(recipe);
    if (changed && !text.text.empty()) {
        // As for activations: made for this and given back.
        std::string notice;
        const auto original = m_engines(m_model, OriginalWeights(m_model), "torch", notice);
        const auto quantized = m_engines(m_model, *changed, "torch", notice);
        result = hiddenDrifts(graph, *original, *quantized, calibrationExamples(*m_model, text),
                              progress);
    }
    for (const int slot : slots) {
        HiddenMatrix& matrix = result.matrices.emplace_back();
        matrix.slot = slot;
        matrix.norm = spectralNorm(TransformedModel(m_model).source(slot));
        if (changed)
            matrix.quantizedNorm = spectralNorm(changed->slot(slot).decode());
    }
    return result;
}

} // namespace bitloom
