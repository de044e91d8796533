// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/quantizable_indices.h"

namespace bitloom {

std::vector<int> quantizableSlots(const Graph& graph)
{
    std::vector<int> slots;
    for (size_t i = 0; i < graph.slots.size(); ++i)
        if (graph.slots[i].quantizable)
            slots.push_back(static_cast<int>(i));
    return slots;
}

std::vector<int> quantizableValues(const Graph& graph)
{
    std::vector<int> values;
    for (int value = 0; value < static_cast<int>(graph.values.size()); ++value)
        if (graph.canBeQuantized(value))
            values.push_back(value);
    return values;
}

} // namespace bitloom
