// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/calibration.h"
#include "core/workbench/statistics/model_statistics.h"

namespace bitloom {

Recurrence ModelStatistics::recurrence(const std::optional<Recipe>& recipe,
                                       const CalibrationSettings& text, Progress& progress)
{
    const Graph& graph = model().graph;
    const std::vector<int> slots = hiddenMatrices(graph);
    Recurrence result;
    if (slots.empty())
        return result;
    const std::optional<Variant> changed = m_calibration.variant(recipe);
    if (changed && !text.text.empty()) {
        // As for activations: made for this and given back.
        std::string notice;
        const std::shared_ptr<const Model>& shared = opened().shared();
        const EngineFactory& engines = opened().engineFactory();
        const auto original = engines(shared, OriginalWeights(shared), "torch", notice);
        const auto quantized = engines(shared, *changed, "torch", notice);
        result = hiddenDrifts(graph, *original, *quantized, calibrationExamples(model(), text),
                              progress);
    }
    for (const int slot : slots) {
        HiddenMatrix& matrix = result.matrices.emplace_back();
        matrix.slot = slot;
        matrix.norm = spectralNorm(TransformedModel(opened().shared()).source(slot));
        if (changed)
            matrix.quantizedNorm = spectralNorm(changed->slot(slot).decode());
    }
    return result;
}

} // namespace bitloom
