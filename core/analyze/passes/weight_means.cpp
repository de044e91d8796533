// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/weight_means.h"

#include <algorithm>
#include <utility>

namespace bitloom {

SpilledSums weightSums(const Graph& graph, MeasurementEntry entry)
{
    std::vector<int64_t> counts;
    for (const Slot& slot : graph.slots)
        counts.push_back(slot.quantizable ? slot.weights() : 0);
    return {std::move(entry), std::move(counts)};
}

WeightMeans measureWeightMeans(UseGradients& gradients, SpilledSums sums, const AddUses& add,
                               Progress& progress)
{
    const Graph& graph = gradients.graph();
    const UseGradients::Take take = [&](size_t /*window*/, int index, const auto& uses) {
        const Slot& slot = graph.slot(index);
        float* values = sums.values(static_cast<size_t>(index)).data();
        add(torch::from_blob(values, {slot.rows, slot.columns}), uses);
    };
    const std::vector<int64_t> predictions = addAllUses(gradients, sums, take, progress);
    if (std::ranges::all_of(predictions, [](int64_t count) { return count == 0; }))
        return {};
    WeightMeans means = std::move(sums).release();
    for (size_t slot = 0; slot < means.size(); ++slot) {
        if (predictions[slot] == 0)
            means[slot].reset();
        else
            for (float& value : means[slot]->values())
                value *= static_cast<float>(1 / static_cast<double>(predictions[slot]));
    }
    return means;
}

} // namespace bitloom
