// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"

namespace bitloom {

Recurrence Workbench::recurrence(const std::optional<Recipe>& recipe,
                                 const CalibrationSettings& text, Progress& progress)
{
    const Graph& graph = m_model->graph;
    const std::vector<int> slots = hiddenMatrices(graph);
    Recurrence result;
    const std::shared_ptr<const InputMoments> inputs = m_caches->inputs();
    if (recipe && !slots.empty() && !text.text.empty()) {
        // As for activations: made for this and given back.
        std::string notice;
        const auto original = m_engines(m_model, OriginalWeights(m_model), "torch", notice);
        const auto quantized =
            m_engines(m_model, RecipeWeights(m_model, *recipe, inputs), "torch", notice);
        result = hiddenDrifts(graph, *original, *quantized, calibrationExamples(*m_model, text),
                              progress);
    }
    for (const int slot : slots) {
        HiddenMatrix& matrix = result.matrices.emplace_back();
        const Slot& place = graph.slot(slot);
        matrix.slot = slot;
        matrix.norm = spectralNorm(m_model->tensorOf(place).read());
        if (recipe)
            matrix.quantizedNorm = spectralNorm(
                encodeSlot({*m_model, inputs.get()}, slot, recipe->choice(place.name)).decode());
    }
    return result;
}

} // namespace bitloom
